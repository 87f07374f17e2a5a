"""`zelfboeken serve`: on a safe portal and a free port, and else not at all; and what wrong arguments get."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import pytest

from tests.config.command import ROOT, is_one_sentence, run, run_apart
from tests.database import TestServer
from zelfboeken.config.serving import CannotListen, require_free_port

SECRET = "een-lange-geheime-tekst-van-meer-dan-32-tekens"


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(server: TestServer) -> dict[str, str]:
    return {
        "DATABASE_URL": server.urls.app,
        "ZELFBOEKEN_SECRET_KEY": SECRET,
        "ZELFBOEKEN_PLAIN_HTTP": "0",
        "ZELFBOEKEN_HOSTS": '["boek.example"]',
        "ZELFBOEKEN_MAIL_HOST": "mail.example",
    }


def test_a_used_port_is_refused_with_what_to_do(used_port: int):
    with pytest.raises(CannotListen) as no:
        require_free_port("127.0.0.1", used_port)

    assert str(no.value) == f"Poort {used_port} op 127.0.0.1 is in gebruik. Kies een andere met --port."
    assert no.value.code == "port_in_use"


@pytest.mark.parametrize(("host", "code"), [("203.0.113.7", "host_unknown"), ("geen.adres.invalid", "host_unknown")])
def test_an_address_that_is_not_of_this_machine_is_refused(host: str, code: str, free_port: int):
    with pytest.raises(CannotListen, match="is geen adres van deze machine") as no:
        require_free_port(host, free_port)

    assert no.value.code == code


def test_a_free_port_is_taken(free_port: int):
    require_free_port("127.0.0.1", free_port)
    require_free_port("localhost", free_port)


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8000.5", "²"])
def test_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], command: str, port: str):
    ran = run(capsys, command, f"--port={port}")

    assert ran.code == 2
    assert f"{port} is geen poort. Kies een getal van 1 tot 65535." in ran.err


@pytest.mark.parametrize("workers", ["0", "-2", "veel", "1000"])
def test_a_number_of_workers_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], workers: str):
    ran = run(capsys, "serve", f"--workers={workers}")

    assert ran.code == 2
    assert f"{workers} is geen aantal." in ran.err


@pytest.mark.parametrize("arguments", [(), ("onbekend",), ("bench",), ("verify", "te", "veel"), ("read", "--nee", "x")])
def test_wrong_arguments_get_the_usage_and_no_traceback(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]):
    ran = run(capsys, *arguments)

    assert ran.code == 2
    assert ran.err.startswith("usage: zelfboeken")


def test_without_a_database_serve_says_what_to_set():
    ran = run_apart("serve")

    assert is_one_sentence(ran)
    assert ran.err.startswith("DATABASE_URL is niet gezet.")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DATABASE_URL": "postgresql://server"}, "DATABASE_URL: Het adres van de databank klopt niet."),
        ({"ZELFBOEKEN_HOSTS": "boek.example"}, "Deze instelling klopt niet: ZELFBOEKEN_HOSTS."),
        ({"ZELFBOEKEN_PLAIN_HTTP": "misschien"}, "Deze instelling klopt niet: ZELFBOEKEN_PLAIN_HTTP."),
    ],
)
def test_a_setting_that_is_wrong_is_named(settings: dict[str, str], told: str):
    ran = run_apart("serve", **{"DATABASE_URL": "postgresql://zb_app@/x?host=/nergens", **settings})

    assert is_one_sentence(ran)
    assert ran.err.startswith(told)


@pytest.mark.slow
def test_serve_refuses_unsafe_settings_and_a_used_port(server: TestServer, used_port: int):
    unsafe = run_apart("serve", "--port", used_port, DATABASE_URL=server.urls.app)
    in_use = run_apart("serve", "--port", used_port, **environment(server))

    assert unsafe.code == 1
    assert [line.split()[0] for line in unsafe.err.splitlines()] == [
        "ZELFBOEKEN_SECRET_KEY",
        "ZELFBOEKEN_PLAIN_HTTP",
        "ZELFBOEKEN_MAIL_HOST",
    ]
    assert is_one_sentence(in_use)
    assert in_use.err.strip() == f"Poort {used_port} op 127.0.0.1 is in gebruik. Kies een andere met --port."


def test_inv38_serve_refuses_to_be_the_demo_with_codes_that_everybody_knows(server: TestServer, free_port: int):
    refused = run_apart("serve", "--port", free_port, **environment(server), ZELFBOEKEN_DEMO="1")

    assert is_one_sentence(refused)
    assert refused.err.startswith("ZELFBOEKEN_DEMO staat aan, met codes die iedereen kent.")


def ask(port: int, path: str, **headers: str) -> tuple[int, Message]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as no:
        return no.code, no.headers


@pytest.mark.slow
def test_a_safe_portal_is_served_behind_https_until_it_is_told_to_stop(server: TestServer, free_port: int):
    started = subprocess.Popen(
        [sys.executable, "-m", "zelfboeken", "serve", "--port", str(free_port), "--workers", "1"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **environment(server)},
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                ask(free_port, "/gezond/", Host="boek.example")
                break
            except (urllib.error.URLError, ConnectionError):
                assert started.poll() is None
                time.sleep(0.1)
        page = {"Host": "boek.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.1"}
        status, headers = ask(free_port, "/account/login/", **page)
        foreign, _ = ask(free_port, "/account/login/", Host="kwaad.example")
    finally:
        started.send_signal(signal.SIGTERM)
        code = started.wait(timeout=30)

    assert (status, foreign, code) == (200, 400, 0)
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "; Secure" in str(headers["Set-Cookie"])
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
