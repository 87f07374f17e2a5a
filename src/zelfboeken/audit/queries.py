"""Reading the chained part of a log: what was decided about people and rights, with the hashes that prove it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from zelfboeken.audit.chain import ABOUT_PEOPLE


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """An event with its link; hashes in hexadecimal, `prev_hash` "" for the first."""

    seq: int
    event_id: int
    at: datetime
    actor_name: str
    action: str
    subject: str
    detail: dict[str, Any]
    prev_hash: str
    hash: str
    content: str


def chained_in_domain(
    *, domain_id: int, people_only: bool = False, before: int | None = None, limit: int | None = None
) -> list[ChainedEvent]:
    """The chained events of the open domain, newest first; `people_only` keeps those about roles and users."""
    return _chained("audit_event", "audit_eventlink", "domain_id", domain_id, people_only, before, limit)


def chained_in_portal(
    *, portal_id: int, people_only: bool = False, before: int | None = None, limit: int | None = None
) -> list[ChainedEvent]:
    """The chained events of a portal, newest first."""
    return _chained("audit_portalevent", "audit_portaleventlink", "portal_id", portal_id, people_only, before, limit)


def _chained(
    events: str, links: str, owner: str, owner_id: int, people_only: bool, before: int | None, limit: int | None
) -> list[ChainedEvent]:
    where, values = f"l.{owner} = %s", [owner_id]
    if people_only:
        where += " AND (" + " OR ".join(f"starts_with(e.action, '{one}')" for one in ABOUT_PEOPLE) + ")"
    if before is not None:
        where += " AND l.seq < %s"
        values.append(before)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.seq, e.id, e.at, e.actor_name, e.action, e.subject, e.detail, "
            "coalesce(encode(l.prev_hash, 'hex'), ''), encode(l.hash, 'hex'), convert_from(l.content, 'UTF8') "
            f"FROM {links} l JOIN {events} e ON e.{owner} = l.{owner} AND e.id = l.event_id "
            f"WHERE {where} ORDER BY l.seq DESC" + (" LIMIT %s" if limit is not None else ""),
            [*values, *([limit] if limit is not None else [])],
        )
        return [ChainedEvent(*row) for row in _read(cursor.fetchall())]


def _read(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*row[:6], json.loads(row[6]) if isinstance(row[6], str) else row[6], *row[7:]) for row in rows]
