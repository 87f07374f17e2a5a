"""Writing the event log, and the chain over what it says about people and rights."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from zelfboeken.audit.chain import Fact, canonical_form, is_chained, is_chained_in_portal, seal
from zelfboeken.tenancy.scope import current_domain


@dataclass(frozen=True, slots=True)
class Happened:
    """One line for the log: `action` is a name like `entry.posted`, `subject` what it was done to."""

    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Log:
    """The tables of a log and of its chain, whose row is locked while a link is added, and what is chained."""

    owner: str
    events: str
    links: str
    locked: str
    is_chained: Callable[[str], bool]


_DOMAIN = _Log("domain_id", "audit_event", "audit_eventlink", "tenancy_domain", is_chained)
_PORTAL = _Log("portal_id", "audit_portalevent", "audit_portaleventlink", "tenancy_portal", is_chained_in_portal)


def record(*, at: datetime, actor_id: int | None, actor_name: str, events: Sequence[Happened]) -> None:
    """Add to the log of the open domain, in the transaction of the act itself: no log, no act."""
    if events:
        _add(_DOMAIN, current_domain(), at, actor_id, actor_name, events)


def record_in_portal(
    *, portal_id: int, at: datetime, actor_id: int | None, actor_name: str, events: Sequence[Happened]
) -> None:
    """Add to the log of a portal, in the transaction of the act itself: no log, no act."""
    if events:
        _add(_PORTAL, portal_id, at, actor_id, actor_name, events)


def _add(
    log: _Log, owner_id: int, at: datetime, actor_id: int | None, actor_name: str, events: Sequence[Happened]
) -> None:
    is_linked = any(log.is_chained(event.action) for event in events)
    end = _end_of_chain(log, owner_id) if is_linked else None
    row = "(%s, %s, %s, %s, %s, %s, %s)"
    values: list[Any] = []
    for event in events:
        values += [owner_id, at, actor_id, actor_name, event.action, event.subject, json.dumps(event.detail)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {log.events} ({log.owner}, at, actor_id, actor_name, action, subject, detail) VALUES "
            + ", ".join([row] * len(events))
            # Asked for only where they are used: bookings are written without waiting for answers.
            + (" RETURNING id" if is_linked else ""),
            values,
        )
        ids = [found for (found,) in cursor.fetchall()] if is_linked else []
    if end is None:
        return
    seq, prev_hash = end
    links: list[Any] = []
    for event_id, event in zip(ids, events, strict=True):
        if not log.is_chained(event.action):
            continue
        seq += 1
        fact = Fact(
            owner_id=owner_id,
            event_id=event_id,
            at=at,
            actor_id=actor_id,
            actor_name=actor_name,
            action=event.action,
            subject=event.subject,
            # As it comes back from the database: what is no plain JSON value has become one.
            detail=json.loads(json.dumps(event.detail)),
        )
        content = canonical_form(seq, fact)
        digest = seal(prev_hash, content)
        links += [owner_id, seq, event_id, prev_hash, content, digest]
        prev_hash = digest
    if links:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {log.links} ({log.owner}, seq, event_id, prev_hash, content, hash) VALUES "
                + ", ".join(["(%s, %s, %s, %s, %s, %s)"] * (len(links) // 6)),
                links,
            )


def _end_of_chain(log: _Log, owner_id: int) -> tuple[int, bytes | None]:
    """The last link, 0 and None before the first. Who adds one holds the row, so that they come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {log.locked} WHERE id = %s FOR NO KEY UPDATE", [owner_id])
        cursor.execute(
            f"SELECT seq, hash FROM {log.links} WHERE {log.owner} = %s ORDER BY seq DESC LIMIT 1", [owner_id]
        )
        found = cursor.fetchone()
    return (found[0], bytes(found[1])) if found else (0, None)
