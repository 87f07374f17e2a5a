"""Commands without DATABASE_URL work on the embedded database of the demo, and leave it as they found it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.command import ROOT, is_one_sentence, run_apart
from tests.files import invoice
from zelfboeken.demo.clients import CLIENTS
from zelfboeken.demo.logins import SLUG
from zelfboeken.runtime.server_folders import POINTER

DOMAINS = (SLUG, *(one.slug for one in CLIENTS))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user may enter."""
    made = Path(tempfile.mkdtemp(prefix="zb-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(home_of(made), ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)


def home_of(folder: Path) -> Path:
    """Where the database of this folder is: elsewhere, when the server's user may not enter here."""
    pointer = folder / POINTER
    return Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else folder / "postgres"


@pytest.mark.parametrize(
    "command", [("verify",), ("check",), ("report", "journal", "--domain", "x"), ("import", "x.xml", "--domain", "x")]
)
def test_without_a_demo_the_command_says_what_to_do(folder: Path, command: tuple[str, ...]):
    ran = run_apart(*command, "--folder", folder)

    assert is_one_sentence(ran)
    assert ran.err.strip() == (
        f"Er is geen databank: in {folder} staat geen demo. Zet DATABASE_URL, of start eerst zelfboeken demo."
    )


@pytest.mark.slow
def test_a_first_start_that_was_stopped_half_way_is_made_anew_and_never_served_half(folder: Path):
    command = [sys.executable, "-m", "zelfboeken", "demo", "--no-serve", "--folder", str(folder)]
    with subprocess.Popen(command, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}, cwd="/") as first:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not any((folder / "files").rglob("*")):
            time.sleep(0.1)
        first.terminate()
    assert (folder / "making").read_text(encoding="ascii") == "busy"

    made = run_apart("demo", "--folder", folder, "--no-serve", "--empty")

    assert made.code == 0, made.err
    assert (folder / "making").read_text(encoding="ascii") == ""
    verified = run_apart("verify", "--folder", folder).rows
    *domains, portal = verified
    assert {row["domain"]: row["entries"] for row in domains} == dict.fromkeys(DOMAINS, 0)
    assert portal["differences"] == []


@pytest.mark.slow
def test_the_books_of_the_demo_are_read_imported_into_and_verified_without_an_address(folder: Path):
    made = run_apart("demo", "--folder", folder, "--no-serve", "--empty")
    assert made.code == 0, made.err
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    file = folder / "factuur.xml"
    file.write_bytes(invoice())
    at = ("--folder", folder)

    checked = run_apart("check", *at)
    taken = run_apart("import", file, "--domain", "bakkerij", *at)
    reported = run_apart("report", "open-items", "--domain", "bakkerij", *at)
    verified = run_apart("verify", *at)

    assert (checked.code, checked.err) == (0, "")
    assert taken.code == 0, taken.err
    assert taken.rows[0]["state"] in {"INVOICE", "ASK_SIDE"}
    assert (reported.code, reported.out) == (0, "")
    assert verified.code == 0
    *domains, portal = verified.rows
    assert portal["differences"] == []
    assert {row["domain"]: row["files"] for row in domains} == dict.fromkeys(DOMAINS, 0) | {"bakkerij": 1}
    assert not (home_of(folder) / "data" / "postmaster.pid").exists()
