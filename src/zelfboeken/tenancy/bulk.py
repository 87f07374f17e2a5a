"""Writing many rows with one statement, as a cluster and row security allow it: multi-row VALUES, never COPY."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import psycopg
from django.db import connection

_MOST_VALUES = 60_000
"""A statement takes at most 65,535 values."""


def insert_rows(start: str, rows: Sequence[Sequence[Any]], end: str = "", *, row: str = "") -> int:
    """Run `start` with these rows as its VALUES and `end` behind them; how many rows the database says it wrote.

    `row` is the text of one row with `{}` for each value, by default the values alone. Placeholders are numbered here:
    for thousands of rows the driver takes longer to find them than the database to write.
    """
    if not rows:
        return 0
    template = row or ", ".join(["{}"] * len(rows[0]))
    chunk = max(1, _MOST_VALUES // len(rows[0]))
    written = 0
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        for first in range(0, len(rows), chunk):
            part = rows[first : first + chunk]
            cursor.execute(
                start + _numbered(template, len(part[0]), len(part)) + end, [value for one in part for value in one]
            )
            written += max(cursor.rowcount, 0)
    return written


@lru_cache(maxsize=256)
def _numbered(template: str, columns: int, count: int) -> str:
    numbers = (f"${number}" for number in range(1, columns * count + 1))
    return ", ".join("(" + template.format(*islice(numbers, columns)) + ")" for _ in range(count))
