"""The real portal, started by its own command, and a browser that visits it."""

from __future__ import annotations

import email
import email.policy
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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from zelfboeken.config.chromium import browser as installed_browser
from zelfboeken.demo.logins import PASSWORD
from zelfboeken.portal.accounts import DEMO_CODE

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
    """A running portal, and the folder it keeps its things in."""

    url: str
    folder: Path

    def let_time_pass(self, on: date) -> None:
        """`zelfboeken tick --on` beside the running portal."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "zelfboeken", "tick", "--folder", str(self.folder), "--on", on.isoformat()]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)

    def sign_in(self, page: Any, address: str, *, lands: str = "/d/bakkerij/|/kantoor/") -> None:
        """Sign in as a user of the demo, and arrive in the domain or the office, which has a second step."""
        page.goto(self.url)
        page.fill("input[name=login]", address)
        page.fill("input[name=password]", PASSWORD)
        page.click("form [type=submit]")
        page.wait_for_url(re.compile(f"{lands}|/account/login/code/"))
        if "/account/login/code/" in page.url:
            page.fill("input[name=code]", DEMO_CODE)
            page.click("button:has-text('Meld je aan')")
            page.wait_for_url(re.compile(lands))

    def link_in_mail_to(self, address: str) -> str:
        """The newest link that was mailed to this address."""
        link = re.search(r"http://\S+", self.last_mail(address))
        assert link is not None
        return link[0]

    def last_mail(self, to: str) -> str:
        """The text of the last mail to this address."""
        files = sorted((self.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        mails = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files)
        found = next(mail for mail in mails if mail["To"] == to)
        return str(found.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


def hand_in(page: Any, portal: Portal, where: str, files: list[tuple[str, bytes]]) -> None:
    """Choose files in the upload form of a page and wait until they have all arrived."""
    page.goto(f"{portal.url}d/bakkerij/{where}/")
    form = page.locator("form[data-upload]").first
    sent = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    with page.expect_navigation(timeout=60_000):
        form.locator("input[type=file]").set_input_files(sent)
    page.wait_for_load_state("networkidle")


def waiting(page: Any, count: int) -> None:
    """Wait until this many documents wait."""
    expect = playwright_expect()
    expect(page.locator(".dqh > b")).to_have_text(re.compile(rf"\b{count}$"), timeout=15_000)


def playwright_expect() -> Any:
    """Playwright's own waiting assertions; imported late, so that tests without a browser do not need it."""
    from playwright.sync_api import expect

    return expect


_ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = ["color-contrast"]


def violations(page: Any, *, colours_only: bool = False) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its best practices, or against the contrast of colours alone."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate("scrollTo(0, 0)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then(found => found.violations)",
        _COLOURS if colours_only else _ALL_RULES,
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])}×)" for one in found]


def is_wider_than_its_window(page: Any) -> bool:
    """Whether the page itself scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def faults(page: Any) -> list[str]:
    """What is wrong on a desk and on a phone, in both themes; the page is on a desk afterwards."""
    found = []
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{size['width']} {scheme}: {one}" for one in violations(page)]
        if is_wider_than_its_window(page):
            found.append(f"{size['width']}: scrolls sideways")
    return found


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """The portal that the stories share."""
    with running_portal() as started:
        yield started


@contextmanager
def running_portal() -> Iterator[Portal]:
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
            yield Portal(url, Path(folder))
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
