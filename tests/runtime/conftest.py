"""Folders that a server started by root can reach, and servers that are stopped and removed after the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

import zelfboeken
from zelfboeken.runtime.postgres import RunningServer, start_embedded

Start = Callable[..., RunningServer]
AsUser = Callable[..., "subprocess.CompletedProcess[str]"]
NOBODY = 65534
SOURCE = Path(zelfboeken.__file__).parents[1]
PACKAGES = Path(psycopg.__file__).parents[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that every user may enter; pytest's own are private to root."""
    made = Path(tempfile.mkdtemp(prefix="zb-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def start() -> Iterator[Start]:
    """`start_embedded`, with each server stopped and its data removed afterwards."""
    started: list[RunningServer] = []

    def start_and_remember(folder: Path, settings: Mapping[str, str] | None = None) -> RunningServer:
        server = start_embedded(folder, settings=settings)
        started.append(server)
        return server

    yield start_and_remember
    for server in started:
        if server.home.exists():
            server.stop()
    for server in started:
        shutil.rmtree(server.home, ignore_errors=True)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningServer]:
    """One server for the tests that only look at it or make their own databases."""
    made = Path(tempfile.mkdtemp(prefix="zb-", dir="/tmp"))
    made.chmod(0o755)
    with start_embedded(made) as server:
        yield server
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def as_ordinary_user() -> AsUser:
    """Run Python code in a process of a user who is not root, with our packages; skips where no user can."""
    account = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PYTHONPATH": f"{SOURCE}:{PACKAGES}", "PATH": os.environ["PATH"]}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"

    def runs(interpreter: str) -> bool:
        try:
            return not subprocess.run(
                [interpreter, "-c", "import psycopg, zelfboeken.runtime.postgres"],
                env=environment,
                cwd="/",
                capture_output=True,
                **account,
            ).returncode
        except OSError:
            return False

    interpreter = next((each for each in (sys.executable, f"/usr/bin/{version}") if runs(each)), None)
    if interpreter is None:
        pytest.skip(
            f"Not tested: user nobody can run neither {sys.executable} nor /usr/bin/{version} with our packages"
        )

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [interpreter, "-c", code, *arguments], env=environment, cwd="/", capture_output=True, text=True, **account
        )

    return run
