"""Measuring what is promised: `zelfboeken bench NAME`.

Every figure is taken through the real services and pages, durable transactions included, on a database of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict

from zelfboeken.config.benchmarks import demo, monitor, pages, services
from zelfboeken.config.benchmarks.measuring import Measured, bench_database, this_machine

Benchmark = Callable[[], Iterator[Measured]]

ON_A_DATABASE: dict[str, Benchmark] = {
    "read-ubl": services.read_ubl,
    "post-one": services.post_one,
    "post-many": services.post_many,
    "import-coda": services.import_coda,
    "match": services.match,
    "trial-balance": services.trial_balances,
    "vat-grids": services.vat_grids,
    "pages": pages.pages,
    "monitor": monitor.monitor,
    "without-a-hand": demo.without_a_hand,
}
ON_THEIR_OWN: dict[str, Benchmark] = {"demo": demo.demo}
"""Those that start a portal of their own."""


def run_benchmarks(name: str, *, as_json: bool) -> int:
    """Run one benchmark, or all; prints one line for each figure. Returns 2 for an unknown name."""
    known = {**ON_A_DATABASE, **ON_THEIR_OWN}
    if name != "all" and name not in known:
        print(f"Onbekende meting {name}. Kies uit: {', '.join([*known, 'all'])}.")
        return 2
    for measured in this_machine():
        print(json.dumps(asdict(measured)) if as_json else measured.line, flush=True)
    for one in known if name == "all" else [name]:
        with bench_database() if one in ON_A_DATABASE else nullcontext():
            for measured in known[one]():
                print(json.dumps(asdict(measured)) if as_json else measured.line, flush=True)
    return 0
