"""Proving the chain over roles and permissions again: every link against the one before it and against its event.

The form of a link is built here once more, from the columns, so that a mistake in `audit.chain` does not vouch for
itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

_PREFIXES = (
    "role.", "member.", "owner.", "right.", "invitation.", "legacy.", "self_booking.", "bundle.", "contract.",
    "domain.", "period.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Log:
    owner: str
    events: str
    links: str
    chained: str


_DOMAIN = _Log(
    "domain_id",
    "audit_event",
    "audit_eventlink",
    "(" + " OR ".join(f"starts_with(e.action, '{one}')" for one in _PREFIXES) + ")",
)
_PORTAL = _Log("portal_id", "audit_portalevent", "audit_portaleventlink", "e.action <> 'refused'")


@dataclass(frozen=True, slots=True)
class PortalVerified:
    """The links of a portal's log that were checked, and what differs: where, and what is wrong."""

    links: int
    differences: tuple[tuple[str, str], ...]


def role_log_differences(*, domain_id: int) -> Iterator[tuple[str, str]]:
    """Where the role log of a domain is broken, and what is wrong (INV-24)."""
    yield from _differences(_DOMAIN, domain_id)


def verify_portal(*, portal_id: int) -> PortalVerified:
    """Check the log of a portal; at most 20 differences are given."""
    found = tuple(one for one, _ in zip(_differences(_PORTAL, portal_id), range(20), strict=False))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_portaleventlink WHERE portal_id = %s", [portal_id])
        [links] = cursor.fetchone()
    return PortalVerified(links, found)


def _differences(log: _Log, owner_id: int) -> Iterator[tuple[str, str]]:
    expected, before = 1, None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.seq, l.event_id, l.prev_hash, l.content, l.hash, e.id, "
            "(extract(epoch FROM e.at) * 1000000)::bigint, e.actor_id, e.actor_name, e.action, e.subject, "
            "e.detail::text "
            f"FROM {log.links} l LEFT JOIN {log.events} e ON e.{log.owner} = l.{log.owner} AND e.id = l.event_id "
            f"WHERE l.{log.owner} = %s ORDER BY l.seq",
            [owner_id],
        )
        links = cursor.fetchall()
        cursor.execute(
            f"SELECT e.id, e.action FROM {log.events} e LEFT JOIN {log.links} l ON l.{log.owner} = e.{log.owner} "
            f"AND l.event_id = e.id WHERE e.{log.owner} = %s AND l.seq IS NULL AND {log.chained} ORDER BY e.id",
            [owner_id],
        )
        loose = cursor.fetchall()
    for seq, event_id, prev_hash, content, digest, *event in links:
        at = f"link {seq}"
        if seq != expected:
            yield at, f"follows {expected - 1}: a link between them is gone"
        elif _bytes(prev_hash) != before:
            yield at, "does not hold the hash of the link before it"
        if hashlib.sha256((_bytes(prev_hash) or b"") + bytes(content)).digest() != bytes(digest):
            yield at, "its hash is not that of its content"
        if event[0] is None:
            yield at, f"its event {event_id} is gone"
        elif bytes(content) != _form(owner_id, seq, *event):
            yield at, f"event {event_id} says something else than when it was linked"
        expected, before = seq + 1, bytes(digest)
    for event_id, action in loose:
        yield f"event {event_id}", f"{action} is not in the chain"


def _form(
    owner_id: int,
    seq: int,
    event_id: int,
    micros: int,
    actor_id: int | None,
    actor_name: str,
    action: str,
    subject: str,
    detail: str,
) -> bytes:
    plain = json.dumps(json.loads(detail), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    told = ";".join(f"{len(one.encode())}:{one}" for one in (actor_name, action, subject, plain))
    return f"rol1;{seq};{owner_id};{event_id};{micros};{'-' if actor_id is None else actor_id};{told}".encode()


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
