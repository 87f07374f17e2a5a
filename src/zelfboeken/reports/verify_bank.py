"""Proving the bank again: statements against their lines and their neighbours, booked lines against the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

_CHECKS = (
    (
        "SELECT 'statement ' || s.id, 'its lines come to ' || coalesce(sum(l.amount_cents), 0) || ', its balances to ' "
        "|| (s.closing_cents - s.opening_cents) FROM bank_statement s "
        "LEFT JOIN bank_bankline l ON l.domain_id = s.domain_id AND l.statement_id = s.id "
        "WHERE s.domain_id = %s AND s.state <> 'QUARANTINED' GROUP BY s.domain_id, s.id "
        "HAVING coalesce(sum(l.amount_cents), 0) <> s.closing_cents - s.opening_cents ORDER BY s.id"
    ),
    (
        "SELECT 'statement ' || id, 'opens with ' || opening_cents || ', the one before closed with ' || before FROM ("
        "SELECT s.*, lag(closing_cents) OVER chain AS before, lag(number) OVER chain AS last FROM bank_statement s "
        "WHERE domain_id = %s AND state <> 'QUARANTINED' AND number IS NOT NULL "
        "WINDOW chain AS (PARTITION BY bank_account_id, year ORDER BY number)) s "
        "WHERE number = last + 1 AND opening_cents <> before ORDER BY id"
    ),
    (
        "SELECT 'bank line ' || l.id, 'is ' || l.amount_cents || ', its entry moves the account by ' "
        "|| coalesce(sum(e.debit_cents - e.credit_cents), 0) FROM bank_bankline l "
        "JOIN bank_bankaccount a ON a.domain_id = l.domain_id AND a.id = l.bank_account_id "
        "LEFT JOIN ledger_entry_line e ON e.domain_id = l.domain_id AND e.entry_id = l.entry_id "
        "AND e.gl_account_id = a.gl_account_id "
        "WHERE l.domain_id = %s AND l.entry_id IS NOT NULL GROUP BY l.domain_id, l.id "
        "HAVING coalesce(sum(e.debit_cents - e.credit_cents), 0) <> l.amount_cents ORDER BY l.id"
    ),
    (
        "SELECT 'bank line ' || l.id, 'is booked, and its statement is ' || s.state FROM bank_bankline l "
        "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
        "WHERE l.domain_id = %s AND l.entry_id IS NOT NULL AND s.state <> 'ACCEPTED' ORDER BY l.id"
    ),
)


def bank_differences(*, domain_id: int) -> Iterator[tuple[str, str]]:
    """Where statements, bank lines and ledger do not tell the same, and what is wrong (INV-16)."""
    with connection.cursor() as cursor:
        for check in _CHECKS:
            cursor.execute(check, [domain_id])
            yield from cursor.fetchall()
