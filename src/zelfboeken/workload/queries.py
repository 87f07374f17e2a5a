"""Reading counters of several domains at once, and the calendar of an office."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from zelfboeken.tenancy.scope import listing_scope
from zelfboeken.workload.models import DayException, WorkingHours
from zelfboeken.workload.rules import NOTHING_PROMISED, Promised, Today, WorkingCalendar

ByMonth = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a domain, as its counter says on a day. Moments are seconds since 1970, 0 for none: a list reads
    thousands of them and shows a few."""

    documents: int = 0
    documents_ready: int = 0
    documents_stuck: int = 0
    oldest_document: int = 0
    active: int = 0
    """When a file last came in or an entry was last posted."""
    bank_lines: int = 0
    bank_lines_ready: int = 0
    oldest_line_on: date | None = None
    statement_on: date | None = None
    questions_to_office: int = 0
    questions_to_client: int = 0
    promised: Promised = NOTHING_PROMISED
    documents_by_month: ByMonth = field(default_factory=dict)
    lines_by_month: ByMonth = field(default_factory=dict)
    returns: Mapping[str, int] = field(default_factory=dict)

    @property
    def oldest_document_at(self) -> datetime | None:
        """When the oldest document came in that waits."""
        return datetime.fromtimestamp(self.oldest_document, UTC) if self.oldest_document else None

    @property
    def active_at(self) -> datetime | None:
        """When a file last came in or an entry was last posted."""
        return datetime.fromtimestamp(self.active, UTC) if self.active else None


# The columns of the day are summed where the hours are, and what is kept as JSON comes as one text of each domain, all
# of them read as one: to read thousands of small texts takes longer than the query.
_COUNTERS = """
SELECT domain_id, documents, documents_ready, documents_stuck,
       coalesce(floor(extract(epoch FROM oldest_document_at)), 0)::bigint,
       coalesce(floor(extract(epoch FROM greatest(received_at, posted_at))), 0)::bigint,
       bank_lines, bank_lines_ready, oldest_line_on, statement_on, questions_to_office, questions_to_client,
       p.late, p.today, documents - p.late - p.today,
       jsonb_build_array(documents_by_month, lines_by_month, returns)::text
  FROM workload_counter CROSS JOIN LATERAL (
       SELECT coalesce(sum(n::int) FILTER (WHERE hour::bigint < %(late)s), 0)::int AS late,
              coalesce(sum(n::int) FILTER (WHERE hour::bigint >= %(late)s AND hour::bigint < %(today)s), 0)::int
                AS today
         FROM jsonb_each_text(arrived) AS a (hour, n)) p
 WHERE domain_id IS NOT NULL
"""


def waiting_in(domain_ids: Sequence[int], *, today: Today) -> dict[int, Waiting]:
    """What waits in each of these domains; one of which nothing was ever counted is left out. Only `access` asks."""
    with listing_scope(domain_ids), connection.cursor() as cursor:
        cursor.execute(_COUNTERS, {"late": today.late_before, "today": today.today_before})
        rows = cursor.fetchall()
    kept = json.loads(f"[{','.join(row[15] for row in rows)}]")
    return {row[0]: _waiting(row[1:12], row[12:15], months) for row, months in zip(rows, kept, strict=True)}


def _waiting(plain: tuple[Any, ...], promised: tuple[int, int, int], kept: list[Any]) -> Waiting:
    return Waiting(*[*plain, Promised(*promised), *kept])


def calendar_of(portal_id: int) -> WorkingCalendar:
    """When an office works: what it set itself, else noon, Monday to Friday, and not on public holidays."""
    hours = WorkingHours.objects.filter(portal_id=portal_id).first() or WorkingHours(portal_id=portal_id)
    exceptions = dict(DayException.objects.filter(portal_id=portal_id).values_list("on_date", "works"))
    return WorkingCalendar(hours.cut_off_hour, frozenset(int(one) for one in hours.weekdays), exceptions)
