"""What waits on the bank page, and what can be matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from zelfboeken.matching.facts import OpenItemFacts
from zelfboeken.payments.writers.pain001 import message_id_of


@dataclass(frozen=True, slots=True)
class BankCounts:
    """How many bank lines wait: with a clear proposal, and with a choice to make."""

    ready: int
    to_choose: int


# Lines that are not booked; those of a quarantined statement are nobody's work. Placeholders: domain, administration.
COUNT_LINES = (
    "SELECT count(*) FILTER (WHERE p.\"group\" = 'READY') AS ready, "
    "count(*) FILTER (WHERE p.\"group\" IS DISTINCT FROM 'READY') AS to_choose FROM bank_bankline l "
    "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
    "LEFT JOIN matching_lineproposal p ON p.domain_id = l.domain_id AND p.bank_line_id = l.id "
    "WHERE l.domain_id = %s AND l.administration_id = %s AND l.entry_id IS NULL AND l.amount_cents <> 0 "
    "AND s.state <> 'QUARANTINED'"
)


# The approved payment file in which an open item `o` stands, if any.
_PAYMENT_FILE = (
    "LEFT JOIN (payments_plannedpayment n "
    "JOIN payments_payment p ON p.domain_id = n.domain_id AND p.id = n.payment_id "
    "JOIN payments_paymentfile f ON f.domain_id = p.domain_id AND f.id = p.file_id "
    "JOIN payments_filedecision y ON y.domain_id = f.domain_id AND y.file_id = f.id AND y.kind = 'APPROVED') "
    "ON n.domain_id = o.domain_id AND n.open_item_id = o.id "
)


def open_item_facts(*, domain_id: int, administration_id: int, ids: Sequence[int] | None = None) -> list[OpenItemFacts]:
    """Open items as the matching rules see them, with the bank accounts of their contacts; one query."""
    where, values = "o.matched_cents <> o.amount_cents", [domain_id, administration_id]
    if ids is not None:
        where = "o.id = ANY(%s)"
        values.append(list(ids))  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.contact_id, c.name, a.code, o.amount_cents - o.matched_cents, o.document_number, "
            "o.structured, o.due_on, o.on_date, "
            "ARRAY(SELECT b.iban FROM contacts_contactbankaccount b "
            "WHERE b.domain_id = o.domain_id AND b.contact_id = o.contact_id), "
            "f.public_id::text, f.bank_account_id FROM ledger_openitem o "
            "JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id "
            "JOIN ledger_glaccount a ON a.domain_id = o.domain_id AND a.id = o.gl_account_id "
            f"{_PAYMENT_FILE}WHERE o.domain_id = %s AND o.administration_id = %s AND {where} ORDER BY o.on_date, o.id",
            values,
        )
        return [
            OpenItemFacts(
                id=row[0],
                contact_id=row[1],
                contact_name=row[2],
                gl_code=row[3],
                open_cents=row[4],
                document_number=row[5],
                structured=row[6],
                due_on=row[7],
                on_date=row[8],
                ibans=tuple(row[9]),
                payment_file=message_id_of(row[10]) if row[10] else "",
                payment_account_id=row[11] or 0,
            )
            for row in cursor.fetchall()
        ]
