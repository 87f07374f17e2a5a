"""Writing the event log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from zelfboeken.audit.models import PortalEvent
from zelfboeken.tenancy.scope import current_domain


@dataclass(frozen=True, slots=True)
class Happened:
    """One line for the log: `action` is a name like `entry.posted`, `subject` what it was done to."""

    action: str
    subject: str
    detail: dict[str, Any]


def record(*, at: datetime, actor_id: int | None, actor_name: str, events: Sequence[Happened]) -> None:
    """Add to the log of the open domain, in the transaction of the act itself: no log, no act."""
    if not events:
        return
    domain_id = current_domain()
    row = "(%s, %s, %s, %s, %s, %s, %s)"
    values: list[Any] = []
    for event in events:
        values += [domain_id, at, actor_id, actor_name, event.action, event.subject, json.dumps(event.detail)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (domain_id, at, actor_id, actor_name, action, subject, detail) VALUES "
            + ", ".join([row] * len(events)),
            values,
        )


def record_in_portal(
    *, portal_id: int, at: datetime, actor_id: int | None, actor_name: str, events: Sequence[Happened]
) -> None:
    """Add to the log of a portal, in the transaction of the act itself: no log, no act."""
    PortalEvent.objects.bulk_create(
        PortalEvent(
            portal_id=portal_id,
            at=at,
            actor_id=actor_id,
            actor_name=actor_name,
            action=event.action,
            subject=event.subject,
            detail=event.detail,
        )
        for event in events
    )
