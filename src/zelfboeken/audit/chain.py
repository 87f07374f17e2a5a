"""The chain over what was decided about people and rights: who may what, given by whom, and when (product A6).

Each link holds the canonical form of one event and the hash of the link before it, so that nobody changes, drops or
slips in an event without the chain saying so. What is booked has a chain of its own, in the ledger. Pure: values in,
bytes out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

VERSION = "rol1"
"""The form below. A new field is a new version; old links keep theirs."""

_CHAINED = (
    "role.",
    "member.",
    "owner.",
    "right.",
    "invitation.",
    "legacy.",
    "self_booking.",
    "bundle.",
    "contract.",
    "domain.",
    "period.",
)
ABOUT_PEOPLE = ("role.", "member.", "owner.", "right.", "invitation.", "legacy.", "staff.")
"""The actions of the role log proper: who may what, of a domain and of a portal."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_chained(action: str) -> bool:
    """Whether an event of a domain with this action is in the chain: roles, permissions, bundle, price, locks."""
    return action.startswith(_CHAINED)


def is_chained_in_portal(action: str) -> bool:
    """Whether an event of a portal is in its chain: every act, and no refusal."""
    return action != "refused"


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it stands in the log; `owner_id` is its domain or its portal."""

    owner_id: int
    event_id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    action: str
    subject: str
    detail: Mapping[str, Any]


def canonical_form(seq: int, fact: Fact) -> bytes:
    """One event as bytes: numbers as digits, time in microseconds, text by its length, so that no two read the same."""
    micros = (fact.at - _EPOCH) // timedelta(microseconds=1)
    detail = json.dumps(fact.detail, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    parts = [str(seq), str(fact.owner_id), str(fact.event_id), str(micros)]
    parts.append("-" if fact.actor_id is None else str(fact.actor_id))
    parts += [_text(one) for one in (fact.actor_name, fact.action, fact.subject, detail)]
    return ";".join((VERSION, *parts)).encode()


def seal(prev_hash: bytes | None, content: bytes) -> bytes:
    """The hash of a link: over the one before it and its own content."""
    return hashlib.sha256((prev_hash or b"") + content).digest()


def _text(value: str) -> str:
    return f"{len(value.encode())}:{value}"
