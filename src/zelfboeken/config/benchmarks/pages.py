"""Lists and pages among 50,000 documents: one after the other on the server, and 16 clients at once over HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zelfboeken.config.benchmarks.measuring import Measured, analyze, middle_of, peak_rss_mb, percentiles

if TYPE_CHECKING:
    from zelfboeken.demo.loading import DemoBooks

_DOCUMENTS = 50_000
_BOOKED = 49_000
_ROUND = 1_000
"""Documents come in and are booked in turn, as they do: the space of what a row was before goes to later ones."""
_CLIENTS = 16
_REQUESTS = 4_000
_WORKERS = 2


def pages() -> Iterator[Measured]:
    """The queue, the booked list and the document page, and the size of the database that holds them."""
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zelfboeken.config.benchmarks.books import new_books, waiting_documents

    books = new_books("pages")
    before = _database_bytes()
    for first in range(0, _BOOKED, _ROUND):
        _book(books, waiting_documents(books, _ROUND, start=first))
        if first in {0, _ROUND * 5}:
            analyze()
    waiting_documents(books, _DOCUMENTS - _BOOKED, start=_BOOKED, with_files=_DOCUMENTS - _BOOKED)
    yield _size(before)
    client = Client(SERVER_NAME="localhost")
    client.force_login(books.user, backend="zelfboeken.access.sessions.SignIn")
    address = f"/d/{books.domain.slug}/documenten/"
    found = re.search(rb'href="(/d/[a-z]+/documenten/[0-9a-f-]{36}/)', client.get(address).content)
    assert found, "the queue is empty"
    document = found[1].decode()
    for name, url in (
        ("list-waiting", address),
        ("list-booked", address + "?filter=geboekt"),
        ("document-page", document),
    ):
        from django.db import connection

        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        note = f"{len(asked)} queries, {len(answer.content) // 1024} kB, through Django's own handler"
        yield middle_of(name, lambda url=url: client.get(url), times=60, note=note)  # type: ignore[misc]
    # As a browser that has been here before: without the token's cookie each page would make a new one.
    cookie = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    with _server() as port:
        for name, url in (("http-list-booked", address + "?filter=geboekt"), ("http-document", document)):
            yield _load(name, port, url, cookie)


def _book(books: DemoBooks, proposals: Sequence[int]) -> None:
    from zelfboeken.booking.services import Approval
    from zelfboeken.config.benchmarks.books import moment
    from zelfboeken.config.benchmarks.services import DAY
    from zelfboeken.invoices.services import book_invoices

    for first in range(0, len(proposals), 500):
        with books.open(DAY) as access:
            approvals = [Approval(one, 1) for one in proposals[first : first + 500]]
            book_invoices(access=access, approvals=approvals, at=moment())


def _database_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _size(before: int) -> Measured:
    from django.db import connection

    analyze()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'ledger_entry_line'::regclass")
        lines = int(cursor.fetchone()[0])
    per = (_database_bytes() - before) / lines * 100_000 / 1024 / 1024
    return Measured(
        "database-size", lines, 0.0, 0.0, 0.0, 0, f"{per:.1f} MB per 100,000 ledger lines, with their documents' rows"
    )


@contextmanager
def _server() -> Iterator[int]:
    """`zelfboeken serve` with two workers on a free port, on the database of the measurement."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "zelfboeken", "serve", "--port", str(port), "--workers", str(_WORKERS)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_settings_of_a_portal(),
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _settings_of_a_portal() -> dict[str, str]:
    """The settings under which `serve` starts: not those of a demo, which it refuses. No mail is sent by a page."""
    own = {name: value for name, value in os.environ.items() if name != "ZELFBOEKEN_DEMO"}
    return {**own, "ZELFBOEKEN_PLAIN_HTTP": "0", "ZELFBOEKEN_MAIL_HOST": "localhost"}


def _load(name: str, port: int, url: str, cookie: str) -> Measured:
    """So many clients, each asking the next page as soon as it has one."""
    taken = asyncio.run(_clients(port, url, cookie, requests=400))
    started = time.perf_counter()
    taken = asyncio.run(_clients(port, url, cookie, requests=_REQUESTS))
    wall = time.perf_counter() - started
    note = f"{percentiles(taken)} at {_CLIENTS} clients, {_WORKERS} workers, clients on the same cores"
    return Measured(name, len(taken), round(wall, 3), 0.0, round(len(taken) / wall, 1), peak_rss_mb(), note)


async def _clients(port: int, url: str, cookie: str, *, requests: int) -> list[float]:
    request = (
        f"GET {url} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\nAccept-Encoding: identity\r\n\r\n"
    ).encode()
    left, taken = iter(range(requests)), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for _ in left:
            started = time.perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head[:200]
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            taken.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    return taken
