"""Proving payment files again: each payment pays its own debt, and nothing stands in a file that was taken back."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

_CHECKS = (
    (
        "SELECT 'payment ' || p.id, 'pays ' || p.amount_cents || ' of a debt of ' || -o.amount_cents "
        "FROM payments_payment p JOIN ledger_openitem o ON o.domain_id = p.domain_id AND o.id = p.open_item_id "
        "WHERE p.domain_id = %s AND (p.amount_cents > -o.amount_cents OR p.contact_id <> o.contact_id "
        "OR p.administration_id <> o.administration_id) ORDER BY p.id"
    ),
    (
        "SELECT 'payment ' || p.id, 'is planned, and its file was taken back' FROM payments_plannedpayment n "
        "JOIN payments_payment p ON p.domain_id = n.domain_id AND p.id = n.payment_id "
        "JOIN payments_filedecision d ON d.domain_id = p.domain_id AND d.file_id = p.file_id AND d.kind = 'WITHDRAWN' "
        "WHERE n.domain_id = %s ORDER BY p.id"
    ),
    (
        "SELECT 'payment file ' || f.id, 'has ' || count(p.id) || ' payments, numbered to ' || coalesce(max(p.n), 0) "
        "FROM payments_paymentfile f "
        "LEFT JOIN payments_payment p ON p.domain_id = f.domain_id AND p.file_id = f.id "
        "WHERE f.domain_id = %s GROUP BY f.domain_id, f.id "
        "HAVING count(p.id) = 0 OR count(p.id) <> max(p.n) ORDER BY f.id"
    ),
)


def payment_differences(*, domain_id: int) -> Iterator[tuple[str, str]]:
    """Where payment files do not fit together, and what is wrong with them (decision 16)."""
    with connection.cursor() as cursor:
        for check in _CHECKS:
            cursor.execute(check, [domain_id])
            yield from cursor.fetchall()
