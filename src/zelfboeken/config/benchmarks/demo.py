"""The demo as a visitor meets it: how much needs no hand, how soon it starts again, and what it costs in memory."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from zelfboeken.config.benchmarks.measuring import Measured, peak_rss_mb

_AFTER = date(2026, 4, 1)
_PAGES = ("", "documenten/", "documenten/?filter=geboekt", "bank/", "btw/", "btw/2026-K3/?rooster=59", "relaties/",
          "dagboeken/", "rapporten/proefbalans/")  # fmt: skip


def without_a_hand() -> Iterator[Measured]:
    """The generated year through the real services: what was right without a hand after three months of history."""
    from zelfboeken.demo.loading import book_year, make_portal
    from zelfboeken.demo.score import Score
    from zelfboeken.demo.year import generate

    started = time.perf_counter()
    tally = book_year(make_portal(slug="share"), generate())
    wall = time.perf_counter() - started
    for name, met in (("invoices", tally.documents), ("bank-lines", tally.bank_lines)):
        found = [one for one in met if one.on >= _AFTER]
        counts = Counter(one.outcome for one in found)
        score = Score(counts["RIGHT"], counts["WRONG"], counts["ASKED"])
        unchanged = sum(1 for one in found if one.is_right_as_proposed)
        automatic = sum(1 for one in found if one.is_automatic)
        yield Measured(
            f"without-a-hand-{name}",
            score.total,
            round(wall, 1),
            0.0,
            0.0,
            peak_rss_mb(),
            f"{score.right_percent} % certain and right, {score.wrong} certain and wrong, "
            f"{100 * unchanged / score.total:.1f} % right as proposed, {automatic} booked by itself",
        )


def demo() -> Iterator[Measured]:
    """`zelfboeken demo`: the first start, the second, and the memory after a visit to every page."""
    with tempfile.TemporaryDirectory(prefix="zb-demo-") as folder:
        Path(folder).chmod(0o755)
        seconds, process, port = _start(folder)
        _stop(process)
        yield Measured("demo-first-start", 1, seconds, 0.0, 0.0, 0, "to the first page, a year of books made")
        seconds, process, port = _start(folder)
        try:
            yield Measured("demo-second-start", 1, seconds, 0.0, 0.0, 0, "to the first page")
            for _ in range(5):
                _visit(port)
            parts = _memory(process.pid, Path(folder))
        finally:
            _stop(process)
        note = ", ".join(f"{name} {cents} MB" for name, cents in parts.items())
        yield Measured("demo-memory", 1, 0.0, 0.0, 0.0, sum(parts.values()), f"proportional, after use: {note}")


def _start(folder: str) -> tuple[float, subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "ZELFBOEKEN_FILES"}
    }
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "zelfboeken", "demo", "--folder", folder, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/", timeout=5).close()
            return round(time.perf_counter() - started, 2), process, port
        except OSError:
            if process.poll() is not None:
                raise
            time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def _visit(port: int) -> None:
    """Sign in and look at every page, as a visitor does."""
    from zelfboeken.demo.logins import PASSWORD, SLUG, USERS

    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    root = f"http://localhost:{port}/"
    with browser.open(root) as page:
        address, text = page.geturl(), page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token
    form = urllib.parse.urlencode(
        {"csrfmiddlewaretoken": token[1], "login": USERS[0][0], "password": PASSWORD}
    ).encode()
    request = urllib.request.Request(address, form, {"Referer": address})  # noqa: S310
    browser.open(request).close()
    for path in _PAGES:
        browser.open(f"{root}d/{SLUG}/{path}").close()


def _memory(pid: int, folder: Path) -> dict[str, int]:
    """Proportional memory in MB of the portal and of the database with all their processes."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))

    def tree(root: int) -> set[int]:
        return {root}.union(*(tree(child) for child in children.get(root, [])))

    database = int(next(folder.rglob("postmaster.pid")).read_text().splitlines()[0])
    servers = tree(database)
    return {"portal": _pss(tree(pid) - servers), "database": _pss(servers)}


def _pss(pids: set[int]) -> int:
    kilobytes = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes += int(text.partition("\nPss:")[2].split()[0])
    return kilobytes // 1024
