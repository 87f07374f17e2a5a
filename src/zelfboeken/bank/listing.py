"""The bank accounts of an administration, each with the last statement that came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.services import Access


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A bank account; `last_number` and `last_on` are those of its newest statement that is not in quarantine."""

    name: str
    iban: str
    gl_code: str
    journal_code: str
    last_number: int | None
    last_on: date | None


def accounts_of(*, access: Access, administration_id: int) -> list[AccountRow]:
    """The bank accounts of one administration, in the order in which they were added."""
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
SELECT a.name, a.iban, g.code, j.code, s.number, s.on_date
  FROM bank_bankaccount a
  JOIN ledger_glaccount g ON g.domain_id = a.domain_id AND g.id = a.gl_account_id
  JOIN ledger_journal j ON j.domain_id = a.domain_id AND j.id = a.journal_id
  LEFT JOIN LATERAL (
    SELECT number, on_date FROM bank_statement s
     WHERE s.domain_id = a.domain_id AND s.bank_account_id = a.id AND s.state <> 'QUARANTINED'
     ORDER BY s.on_date DESC, s.id DESC LIMIT 1) s ON true
 WHERE a.domain_id = %s AND a.administration_id = %s
 ORDER BY a.id
""",
            [access.domain_id, administration_id],
        )
        return [AccountRow(*row) for row in cursor.fetchall()]
