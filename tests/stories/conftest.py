"""The real portal, started by its own command, and a browser that visits it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from zelfboeken.config.chromium import browser as installed_browser
from zelfboeken.demo.loading import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
]


@dataclass(frozen=True)
class Portal:
    """A running portal."""

    url: str

    def sign_in(self, page: Any, email: str) -> None:
        """Sign in as a user of the demo, and arrive in the domain."""
        page.goto(self.url)
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", PASSWORD)
        page.click("form [type=submit]")
        page.wait_for_url(re.compile("/d/bakkerij/"))


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """`zelfboeken demo --empty` in a folder of its own, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="zb-story-") as folder:
        Path(folder).chmod(0o755)
        log = Path(folder) / "log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        environment.pop("DATABASE_URL", None)
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "zelfboeken", "demo", "--empty", "--folder", folder, "--port", str(port)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        url = f"http://localhost:{port}/"
        try:
            _wait_for(url, process, log)
            yield Portal(url)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    path = installed_browser()
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail("No Chromium. Run `make chromium`, or set ZELFBOEKEN_CHROMIUM to one.")
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()
