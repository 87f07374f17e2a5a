"""Finding bank lines by name, message, account number or amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A bank line that was found, in cents signed from the holder's side."""

    public_id: str
    booked_on: date
    counterparty: str
    communication: str
    amount_cents: int
    is_booked: bool


def find_lines(*, access: Access, administration_id: int, text: str, cents: int | None, limit: int) -> list[FoundLine]:
    """The newest lines whose party, message, account number or amount (either way) is what was typed. One query."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    plain = "".join(char for char in text.upper() if char.isalnum())
    digits = "".join(char for char in text if char.isdigit())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public_id::text, booked_on, counterparty, coalesce(nullif(communication, ''), structured), "
            "amount_cents, entry_id IS NOT NULL FROM bank_bankline WHERE domain_id = %s AND administration_id = %s "
            "AND (counterparty ILIKE %s OR communication ILIKE %s OR (length(%s) >= 8 AND counter_iban LIKE %s) "
            "OR (length(%s) = 12 AND structured = %s) OR abs(amount_cents) = %s) "
            "ORDER BY booked_on DESC, id DESC LIMIT %s",
            [
                access.domain_id,
                administration_id,
                pattern,
                pattern,
                plain,
                f"%{plain}%",
                digits,
                digits,
                None if cents is None else abs(cents),
                limit,
            ],
        )
        return [FoundLine(*row) for row in cursor.fetchall()]
