"""What is in the bank, by the last statement of each account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access


@dataclass(frozen=True, slots=True)
class BankBalance:
    """A bank account with the closing balance of its last accepted statement, in cents; None without a statement."""

    iban: str
    name: str
    currency: str
    closing_cents: int | None
    on_date: date | None


def bank_balances(*, access: Access, administration_id: int) -> list[BankBalance]:
    """The bank accounts of an administration in the order in which they were added."""
    access.require(Right.LEDGER_SEE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.iban, b.name, b.currency, s.closing_cents, s.on_date FROM bank_bankaccount b "
            "LEFT JOIN LATERAL (SELECT closing_cents, on_date FROM bank_statement "
            "WHERE domain_id = b.domain_id AND bank_account_id = b.id AND state = 'ACCEPTED' "
            "ORDER BY on_date DESC, year DESC, coalesce(number, 0) DESC, id DESC LIMIT 1) s ON true "
            "WHERE b.domain_id = %s AND b.administration_id = %s ORDER BY b.id",
            [access.domain_id, administration_id],
        )
        return [BankBalance(*row) for row in cursor.fetchall()]
