"""Finding a posted entry by the number people know it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access

_VOUCHER = re.compile(r"([a-z][a-z0-9]{0,5})-?([0-9]{4})-?([0-9]{1,9})|([a-z][a-z0-9]{0,5})-([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry with its voucher number."""

    id: int
    voucher: str
    on_date: date
    description: str


def find_entries(*, access: Access, administration_id: int, text: str, limit: int) -> list[FoundEntry]:
    """The entries called AK-2026-0418, or AK-418 in the newest year that has it; none for any other text."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    found = _VOUCHER.fullmatch(text.strip().lower())
    if found is None:
        return []
    code, year, number = (found[1], int(found[2]), int(found[3])) if found[1] else (found[4], None, int(found[5]))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, j.code || '-' || e.fiscal_year || '-' || lpad(e.number::text, 4, '0'), e.on_date, "
            "e.description FROM ledger_entry e "
            "JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
            "WHERE e.domain_id = %s AND e.administration_id = %s AND lower(j.code) = %s AND e.number = %s "
            "AND (%s::int IS NULL OR e.fiscal_year = %s) ORDER BY e.fiscal_year DESC, e.id DESC LIMIT %s",
            [access.domain_id, administration_id, code, number, year, year, limit],
        )
        return [FoundEntry(*row) for row in cursor.fetchall()]
