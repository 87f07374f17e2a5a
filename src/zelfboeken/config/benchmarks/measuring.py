"""A figure, how it is taken, and the database it is taken on."""

from __future__ import annotations

import os
import resource
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Process
from pathlib import Path

from zelfboeken.runtime.postgres import start_embedded
from zelfboeken.runtime.roles import drop_database, prepare_database

DATABASE = "zelfboeken_bench"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: how many in how many seconds (wall and CPU of this process), and the memory at its highest."""

    name: str
    count: int
    wall_seconds: float
    cpu_seconds: float
    per_second: float
    peak_rss_mb: int
    note: str = ""

    @property
    def line(self) -> str:
        """The figure as a line of text."""
        return (
            f"{self.name:22} {self.count:>9} in {self.wall_seconds:8.2f} s (cpu {self.cpu_seconds:7.2f}) "
            f"{self.per_second:11.1f}/s  rss {self.peak_rss_mb} MB  {self.note}"
        )


@contextmanager
def timed(name: str, count: int, note: str = "") -> Iterator[list[Measured]]:
    """Time the block; the list holds the figure after it."""
    result: list[Measured] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield result
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    result.append(Measured(name, count, round(wall, 3), round(cpu, 3), round(count / wall, 1), peak_rss_mb(), note))


def middle_of(name: str, ask: Callable[[], object], *, times: int, note: str) -> Measured:
    """Ask so many times after a first one; the note tells the median and the 95th percentile in milliseconds."""
    ask()
    taken, cpu = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - started)
    total = sum(taken)
    return Measured(
        name,
        times,
        round(total, 3),
        round(time.process_time() - cpu, 3),
        round(times / total, 1),
        peak_rss_mb(),
        f"{percentiles(taken)}, {note}",
    )


_ADDITIONS = 3_000_000


def this_machine() -> list[Measured]:
    """How fast this machine counts at this moment, in one process and in two at once.

    It tells a slow hour from slower code, and what a second processor is worth where several processes make a figure.
    """
    found = []
    for processes in (1, 2):
        workers = [Process(target=_add) for _ in range(processes)]
        note = f"additions in Python, {processes} process{'es at once' if processes > 1 else ''}, to compare runs with"
        with timed("this-machine", _ADDITIONS * processes, note) as result:
            for one in workers:
                one.start()
            for one in workers:
                one.join()
        found += result
    return found


def _add() -> None:
    total = 0
    for n in range(_ADDITIONS):
        total += n


def percentiles(seconds: Sequence[float]) -> str:
    """The median and the 95th percentile, in words."""
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2] * 1000:.1f} ms, p95 {ordered[len(ordered) * 95 // 100] * 1000:.1f} ms"


def peak_rss_mb() -> int:
    """The most memory this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def bench_database() -> Iterator[None]:
    """A new embedded server with our migrated database; settings of the server are those of the demo."""
    with tempfile.TemporaryDirectory(prefix="zb-bench-") as folder:
        Path(folder).chmod(0o755)
        server = start_embedded(Path(folder), settings={"shared_buffers": "256MB"})
        try:
            drop_database(server.admin_url, DATABASE)
            urls = prepare_database(server.admin_url, DATABASE)
            os.environ.update(
                DATABASE_URL=urls.app,
                ZELFBOEKEN_MIGRATE_URL=urls.migrate,
                ZELFBOEKEN_DEMO="1",
                ZELFBOEKEN_SECRET_KEY=secrets.token_urlsafe(50),
                ZELFBOEKEN_FILES=f"{folder}/files",
            )
            import django
            from django.conf import settings

            django.setup()
            from django.db import connections

            from zelfboeken.config.environment import database_from_url
            from zelfboeken.config.migrating import migrate_database

            described = database_from_url(urls.app)
            connections.settings["default"].update(described)
            connections["default"].settings_dict.update(described)
            settings.FILES = Path(folder) / "files"
            migrate_database(urls.migrate)
            yield
        finally:
            from django.db import connections

            connections.close_all()
            server.stop()


def analyze() -> None:
    """Let the planner know what the tables hold (invariants, chapter 5: measure on filled tables)."""
    from zelfboeken.config.migrating import analyze_database

    analyze_database(os.environ["ZELFBOEKEN_MIGRATE_URL"])
