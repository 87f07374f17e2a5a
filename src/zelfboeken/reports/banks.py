"""What is in the bank, by the statements of each account."""

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
    access.require_reach(administration_id)
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


def balance_history(*, access: Access, administration_id: int, since: date) -> list[tuple[date, int]]:
    """What all euro accounts held together at the end of each day with a statement, in cents, oldest first.

    An account holds what its last accepted statement says, and before its first one here what that one started with.
    """
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.bank_account_id, s.on_date, s.opening_cents, s.closing_cents FROM bank_statement s "
            "JOIN bank_bankaccount b ON b.domain_id = s.domain_id AND b.id = s.bank_account_id AND b.currency = 'EUR' "
            "WHERE s.domain_id = %s AND s.administration_id = %s AND s.state = 'ACCEPTED' AND s.on_date >= %s "
            "ORDER BY s.on_date, s.id",
            [access.domain_id, administration_id, since],
        )
        rows = cursor.fetchall()
    held: dict[int, int] = {}
    for account_id, _on, opening, _closing in rows:
        held.setdefault(account_id, opening)
    history: dict[date, int] = {}
    for account_id, on, _opening, closing in rows:
        held[account_id] = closing
        history[on] = sum(held.values())
    return sorted(history.items())
