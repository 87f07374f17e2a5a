"""Reading counters of several domains at once, and the calendar of an office."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from zelfboeken.tenancy.scope import listing_scope
from zelfboeken.workload.models import DayException, WorkingHours
from zelfboeken.workload.rules import WorkingCalendar

ByMonth = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a domain, as its counter says."""

    documents: int = 0
    documents_ready: int = 0
    documents_stuck: int = 0
    oldest_document_at: datetime | None = None
    received_at: datetime | None = None
    bank_lines: int = 0
    bank_lines_ready: int = 0
    oldest_line_on: date | None = None
    statement_on: date | None = None
    posted_at: datetime | None = None
    questions_to_office: int = 0
    questions_to_client: int = 0
    arrived: Mapping[str, int] = field(default_factory=dict)
    documents_by_month: ByMonth = field(default_factory=dict)
    lines_by_month: ByMonth = field(default_factory=dict)
    returns: Mapping[str, int] = field(default_factory=dict)

    @property
    def active_at(self) -> datetime | None:
        """When a file last came in or an entry was last posted."""
        return max((at for at in (self.received_at, self.posted_at) if at is not None), default=None)


_PLAIN = (
    "documents, documents_ready, documents_stuck, oldest_document_at, received_at, bank_lines, bank_lines_ready, "
    "oldest_line_on, statement_on, posted_at, questions_to_office, questions_to_client"
)
# One text of all that is kept as JSON: reading it apart for each column takes longer than the query.
_COUNTERS = (
    f"SELECT domain_id, {_PLAIN}, jsonb_build_array(arrived, documents_by_month, lines_by_month, returns)::text "
    "FROM workload_counter WHERE domain_id IS NOT NULL"
)


def waiting_in(domain_ids: Sequence[int]) -> dict[int, Waiting]:
    """What waits in each of these domains; one of which nothing was ever counted is left out. Only `access` asks."""
    with listing_scope(domain_ids), connection.cursor() as cursor:
        cursor.execute(_COUNTERS)
        return {row[0]: Waiting(*row[1:-1], *json.loads(row[-1])) for row in cursor.fetchall()}


def calendar_of(portal_id: int) -> WorkingCalendar:
    """When an office works: what it set itself, else noon, Monday to Friday, and not on public holidays."""
    hours = WorkingHours.objects.filter(portal_id=portal_id).first() or WorkingHours(portal_id=portal_id)
    exceptions = dict(DayException.objects.filter(portal_id=portal_id).values_list("on_date", "works"))
    return WorkingCalendar(hours.cut_off_hour, frozenset(int(one) for one in hours.weekdays), exceptions)
