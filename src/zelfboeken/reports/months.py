"""What waits in each month: documents and bank lines that are not booked, so that nobody shuts a month over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access


@dataclass(frozen=True, slots=True)
class WaitingIn:
    """How many documents and bank lines of a month are not booked."""

    documents: int = 0
    lines: int = 0


_WAITING = """
SELECT month, sum(documents)::int, sum(lines)::int FROM (
  SELECT date_trunc('month', on_date)::date AS month, count(*) AS documents, 0 AS lines FROM booking_proposal
   WHERE domain_id = %s AND administration_id = %s AND entry_id IS NULL AND handled_at IS NULL GROUP BY 1
  UNION ALL
  SELECT date_trunc('month', l.booked_on)::date, 0, count(*) FROM bank_bankline l
    JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id
   WHERE l.domain_id = %s AND l.administration_id = %s AND l.entry_id IS NULL AND l.amount_cents <> 0
     AND s.state <> 'QUARANTINED' GROUP BY 1) waiting
 GROUP BY month
"""


def waiting_in_months(*, access: Access, administration_id: int) -> dict[date, WaitingIn]:
    """What waits, by the first day of its month; a month in which nothing waits is left out."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [access.domain_id, administration_id] * 2)
        return {month: WaitingIn(documents, lines) for month, documents, lines in cursor.fetchall()}
