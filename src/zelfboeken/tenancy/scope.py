"""The scope of a domain: the only place where the database is told whose rows may be seen (INV-08).

One transaction, one domain. Outside a scope row security shows no rows at all; since a list that is empty by mistake
looks like a list that is empty, a query of a domain's table is then refused aloud.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import CompositePrimaryKey

Closing = Callable[[int, frozenset[str]], None]
_current: ContextVar[int | None] = ContextVar("zelfboeken_domain", default=None)
_listing: ContextVar[bool] = ContextVar("zelfboeken_listing", default=False)
_closing: ContextVar[dict[Closing, set[str]] | None] = ContextVar("zelfboeken_closing", default=None)
LISTED_TABLES = frozenset({"workload_counter"})
"""The tables of domains that a list over several of them may read (architecture §6); none may be written so."""


class ScopeIsOpen(RuntimeError):
    """A scope was opened inside another one: one transaction works in one domain."""


class NoScope(RuntimeError):
    """A domain's rows were asked for outside a scope."""


@contextmanager
def domain_scope(domain_id: int) -> Iterator[None]:
    """Run the block in one transaction that sees and writes this domain only.

    Leaving it without an error runs the deferred checks, with the commit or, inside another transaction, at once: a
    broken entry is refused here and not later.

    Raises:
        ScopeIsOpen: another scope is open in this context.
    """
    if _current.get() is not None or _listing.get():
        raise ScopeIsOpen(f"domain {_current.get()} is open")
    token, closing = _current.set(domain_id), _closing.set({})
    try:
        with transaction.atomic():
            is_inside_another = bool(connection.savepoint_ids)
            _set_domain(str(int(domain_id)))
            yield
            _close(domain_id)
            if is_inside_another and not connection.needs_rollback:
                check_deferred_constraints()
                # The setting outlives a released savepoint, so we put back what was there: nothing, since no scope
                # opens inside another. A savepoint rolled back puts it back itself.
                _set_domain("")
    finally:
        _current.reset(token)
        _closing.reset(closing)


def before_leaving(act: Closing, about: str) -> None:
    """Have `act` called once when the open scope is left without an error, with everything it was asked for about.

    What it does is the last of the transaction, so that a row it locks is held for as short as can be and never
    waited for by who holds another.

    Raises:
        NoScope: no scope is open.
    """
    closing = _closing.get()
    if closing is None:
        raise NoScope("open a domain first: access.open_domain")
    closing.setdefault(act, set()).add(about)


def close_now() -> None:
    """Do now what was asked for before leaving, for who wants to see it inside the scope."""
    _close(current_domain())


def _close(domain_id: int) -> None:
    closing = _closing.get()
    if closing and not connection.needs_rollback:
        for act, about in list(closing.items()):
            act(domain_id, frozenset(about))
        closing.clear()


@contextmanager
def listing_scope(domain_ids: Sequence[int]) -> Iterator[None]:
    """Run the block in a transaction that reads `LISTED_TABLES` of these domains, and writes nothing of any.

    Only `access` opens it, with the domains that it read from assignments itself (architecture §6).

    Raises:
        ScopeIsOpen: the scope of a domain, or another list, is open in this context.
    """
    if _current.get() is not None or _listing.get():
        raise ScopeIsOpen(f"domain {_current.get()} is open")
    token = _listing.set(True)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The policy compares each row with the list, and would cut that to pieces for every row of a whole read;
            # along the key it does so once.
            ids = ",".join(str(int(one)) for one in domain_ids)
            cursor.execute(f"SET LOCAL app.domains = '{ids}'; SET LOCAL enable_seqscan = off")
            yield
            if not connection.needs_rollback:
                cursor.execute("SET LOCAL app.domains = ''; SET LOCAL enable_seqscan = on")
    finally:
        _listing.reset(token)


def current_domain() -> int:
    """The id of the open domain. Raises NoScope outside a scope."""
    domain_id = _current.get()
    if domain_id is None:
        raise NoScope("open a domain first: access.open_domain")
    return domain_id


def refuse_outside_a_scope(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Around every statement of Django's connection: outside a scope no statement names a domain's table.

    Raises:
        NoScope: this one does.
    """
    if _current.get() is None and isinstance(sql, str) and (table := _tenant_table_in(sql)):
        if _listing.get() and _reads_lists_only(sql):
            return execute(sql, params, many, context)
        raise NoScope(f"open a domain first: access.open_domain ({table} was asked for)")
    return execute(sql, params, many, context)


@lru_cache(maxsize=1024)
def _tenant_table_in(sql: str) -> str:
    """The first domain's table that a statement reads or writes rows of; making and guarding one is for migrations."""
    if not _ROWS.match(sql):
        return ""
    found = _tenant_tables().search(_LITERAL.sub("", sql))
    return found[0] if found else ""


@lru_cache(maxsize=64)
def _reads_lists_only(sql: str) -> bool:
    found = set(_tenant_tables().findall(_LITERAL.sub("", sql)))
    return bool(_READS.match(sql)) and found <= LISTED_TABLES


_READS = re.compile(r"\s*SELECT\b", re.I)
_LITERAL = re.compile(r"'[^']*'")
_ROWS = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.I)


@cache
def _tenant_tables() -> re.Pattern[str]:
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if isinstance(model._meta.pk, CompositePrimaryKey) and model._meta.pk_fields[0].column == "domain_id"
    ]
    return re.compile(rf"\b(?:{'|'.join(tables)})\b")


def check_deferred_constraints() -> None:
    """Run the checks that wait for the end of the transaction now, and defer them again."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _set_domain(value: str) -> None:
    # SET, not set_config(): only SET reaches the workers of a cluster (architecture §4). The value is digits or empty.
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.domain = '{value}'")


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the statements of the block without waiting for each answer; the first refusal is raised at the end.

    For statements whose answers nobody reads: a posting writes eight tables, and would wait eight times.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def answers_together(*statements: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows of several statements, each with its values, sent together and run one after the other.

    For statements that do not need each other's answers: a wait for each costs more than running it.
    """
    cursors = [connection.cursor() for _ in statements]
    with pipelined():
        for cursor, (sql, values) in zip(cursors, statements, strict=True):
            cursor.execute(sql, values)
    rows = [cursor.fetchall() for cursor in cursors]
    for cursor in cursors:
        cursor.close()
    return rows
