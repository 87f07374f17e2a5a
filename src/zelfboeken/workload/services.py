"""Keeping the counter of a domain: counted at the end of each transaction that changed what waits there.

A count is not raised or lowered but taken anew, from the rows as they are when the transaction is about to end, while
the counter is locked: two who book at the same time count one after the other, and the second sees what the first one
did. So a change that was undone half way, or made twice, is never counted wrongly; and the lock is the last one that
anybody takes, so nobody who holds it waits for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import connection

from zelfboeken.tenancy.scope import before_leaving, close_now, current_domain, pipelined


@dataclass(frozen=True, slots=True)
class Counted:
    """What a package counts: the module `counted` in it names one as `COUNTED`.

    `sql` is one row with these columns of the counter, of the domain `%(domain)s`; it reads along an index what waits,
    never all that ever was.
    """

    name: str
    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Miscounted:
    """A column of a counter that is not what its rows come to."""

    column: str
    kept: str
    counted: str


def changed(*names: str) -> None:
    """Say that what a package counts has changed in the open domain: it is counted anew when the scope is left.

    Raises:
        NoScope: no domain is open; KeyError: nobody counts that.
    """
    for name in names:
        all_counted()[name]
        before_leaving(_count, name)


def recount(domain_id: int | None = None) -> None:
    """Count everything of the open domain anew, now."""
    _count(domain_id or current_domain(), frozenset(all_counted()))


def miscounted() -> list[Miscounted]:
    """The columns of the open domain's counter that differ from what its rows come to. A domain without one has
    nothing that waits. What changed in this scope is counted first."""
    close_now()
    names = frozenset(all_counted())
    columns = _columns(names)
    own = ", ".join(f"c.{one}::text" for one in columns)
    new = ", ".join(f"n.{one}::text" for one in columns)
    empty = "(SELECT %(domain)s::bigint AS domain_id) d LEFT JOIN workload_counter c ON c.domain_id = d.domain_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id IS NULL, {own}, {new} FROM {empty} CROSS JOIN {_joined(names)} n",
            {"domain": current_domain()},
        )
        is_missing, *values = cursor.fetchone()
    found = zip(columns, values[: len(columns)], values[len(columns) :], strict=True)
    if is_missing:
        return [Miscounted(one, "-", after) for one, _, after in found if after not in {None, "0", "{}"}]
    return [Miscounted(one, str(before), str(after)) for one, before, after in found if before != after]


@cache
def all_counted() -> dict[str, Counted]:
    """What every package counts, by name."""
    found: dict[str, Counted] = {}
    for app in apps.get_app_configs():
        if app.name.startswith("zelfboeken.") and find_spec(f"{app.name}.counted") is not None:
            one: Counted = import_module(f"{app.name}.counted").COUNTED
            found[one.name] = one
    return found


def _count(domain_id: int, names: frozenset[str]) -> None:
    values: dict[str, Any] = {"domain": domain_id}
    with pipelined(), connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        # A statement of its own: it must see what whoever held the lock has committed.
        cursor.execute(_update(names), values)


_LOCK = (
    "INSERT INTO workload_counter AS c (domain_id, version) VALUES (%(domain)s, 1) "
    "ON CONFLICT (domain_id) DO UPDATE SET version = c.version + 1"
)


@cache
def _update(names: frozenset[str]) -> str:
    sets = ", ".join(f"{column} = n.{column}" for column in _columns(names))
    return f"UPDATE workload_counter c SET {sets} FROM {_joined(names)} n WHERE c.domain_id = %(domain)s"


def _columns(names: Iterable[str]) -> list[str]:
    return [column for name in sorted(names) for column in all_counted()[name].columns]


def _joined(names: Iterable[str]) -> str:
    """One row with the columns of all of them."""
    parts = " CROSS JOIN ".join(f"({all_counted()[name].sql}) {name}" for name in sorted(names))
    return f"(SELECT {', '.join(_columns(names))} FROM {parts})"
