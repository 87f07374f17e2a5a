"""What the surplus of documents on a statement is reckoned from: also what earlier statements could not count yet.

A document counts in the month in which it came in. It may be recognised later, when the statement of that month is
there already: then the next statement charges the packs that are more than were charged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zelfboeken.billing.documents import documents_between
from zelfboeken.billing.models import MonthlyStatement
from zelfboeken.billing.rules import ChargeKind, Month


@dataclass(frozen=True, slots=True)
class Counted:
    """The invoices of each day, the earlier months that have a statement, and the packs of each month that stand on
    other statements.
    """

    by_day: Mapping[date, int]
    earlier: tuple[Month, ...]
    charged: Mapping[Month, int]


def counted_for(*, domain_id: int, month: Month) -> Counted:
    """What the statement of a month counts, as things are now."""
    standing: dict[Month, Mapping[str, Any]] = {}
    stored = MonthlyStatement.objects.filter(domain_id=domain_id).order_by("month", "edition")
    for on, content in stored.values_list("month", "content"):
        # What was credited whole and made anew counts for nothing: only the newest edition does.
        standing[Month.of(on)] = content
    standing.pop(month, None)
    charged: defaultdict[Month, int] = defaultdict(int)
    for content in standing.values():
        for line in content.get("lines", ()):
            if line["kind"] == ChargeKind.PACKS:
                charged[Month.of(date.fromisoformat(line["from_on"]))] += line["units"]
    earlier = tuple(one for one in standing if one.starts_on < month.starts_on)
    begins = min((one.starts_on for one in earlier), default=month.starts_on)
    return Counted(
        by_day=documents_between(domain_id=domain_id, from_on=begins, until=month.until),
        earlier=earlier,
        charged=dict(charged),
    )
