"""How much of the work of a domain went without a hand in the last thirty days: what its own rows say, not a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from zelfboeken.access.office import PortalAccess, reached_domain
from zelfboeken.access.rights import Right, granted_rights
from zelfboeken.tenancy.scope import domain_scope

DAYS = 30


@dataclass(frozen=True, slots=True)
class Automation:
    """Bank lines of statements and documents dated in these days, as they stand now.

    A line counts when it is matched with an open item: whether that was done by itself is written at the match. A
    transfer between own accounts leaves no match, and is not told. A document counts when it is booked.
    """

    lines: int
    lines_by_itself: int
    documents: int
    documents_as_proposed: int
    """Booked without anybody changing what was proposed."""
    undone: int
    """Lines of which a match that was made by itself was undone."""

    @property
    def done(self) -> int:
        """All that was done."""
        return self.lines + self.documents

    @property
    def without_a_hand(self) -> int:
        """How much of it nobody decided on."""
        return self.lines_by_itself + self.documents_as_proposed


def automation(*, office: PortalAccess, slug: str, on: date) -> Automation | None:
    """What was done in a domain without a hand until this day; None for who does not read its books.

    Raises:
        UnknownDomain: he does not reach it.
    """
    if Right.LEDGER_SEE not in granted_rights(office.roles, self_booking=False):
        return None
    domain = reached_domain(office, slug)
    since = on - timedelta(days=DAYS - 1)
    with domain_scope(domain.id), connection.cursor() as cursor:
        cursor.execute(_DONE, {"domain": domain.id, "since": since, "until": on + timedelta(days=1)})
        return Automation(*cursor.fetchone())


# Along the statements and proposals by date: what lies before these days is not read.
_DONE = """
WITH m AS (
  SELECT m.bank_line_id, bool_or(m.undone_at IS NULL) AS stands,
         bool_or(m.undone_at IS NULL AND m.method = 'AUTOMATIC') AS by_itself,
         bool_or(m.undone_at IS NOT NULL AND m.method = 'AUTOMATIC') AS undone
    FROM bank_bankaccount a
    JOIN bank_statement s ON s.domain_id = a.domain_id AND s.bank_account_id = a.id
    JOIN bank_bankline l ON l.domain_id = s.domain_id AND l.statement_id = s.id
    JOIN matching_match m ON m.domain_id = l.domain_id AND m.bank_line_id = l.id
   WHERE a.domain_id = %(domain)s AND s.on_date >= %(since)s AND s.on_date < %(until)s
   GROUP BY m.bank_line_id
), d AS (
  SELECT p.is_edited
    FROM tenancy_administration a
    JOIN booking_proposal p ON p.domain_id = a.domain_id AND p.administration_id = a.id
   WHERE a.domain_id = %(domain)s AND p.entry_id IS NOT NULL
     AND p.on_date >= %(since)s AND p.on_date < %(until)s
)
SELECT (SELECT count(*) FROM m WHERE stands), (SELECT count(*) FROM m WHERE by_itself),
       (SELECT count(*) FROM d), (SELECT count(*) FROM d WHERE NOT is_edited), (SELECT count(*) FROM m WHERE undone)
"""
