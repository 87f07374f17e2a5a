"""Customers and suppliers with what is open, and what was booked for one of them. One query a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access

Kind = Literal["", "CUSTOMER", "SUPPLIER", "OPEN"]


def is_receivable(gl_code: str) -> bool:
    """Whether an open item on this account is a claim (40 and 41); the others are debts."""
    return gl_code.startswith(("40", "41"))


@dataclass(frozen=True, slots=True)
class ContactBalance:
    """A contact with what he owes and is owed in one administration, in cents; `late_count` are claims past due."""

    public_id: str
    name: str
    vat_number: str
    enterprise_number: str
    city: str
    is_customer: bool
    is_supplier: bool
    receivable_cents: int
    payable_cents: int
    late_count: int


@dataclass(frozen=True, slots=True)
class ContactList:
    """One page of contacts, with the number and sums of them all."""

    rows: tuple[ContactBalance, ...]
    count: int
    receivable_cents: int
    payable_cents: int


def contact_balances(
    *,
    access: Access,
    administration_id: int,
    today: date,
    kind: Kind = "",
    search: str = "",
    limit: int = 100,
    offset: int = 0,
) -> ContactList:
    """The contacts of the domain by name, `limit` at a time, with what is open in this administration."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    where, values = ["c.domain_id = %s"], [access.domain_id]
    if search.strip():
        plain = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        digits = plain.replace(".", "").replace(" ", "")
        where.append("(c.name ILIKE %s OR c.vat_number ILIKE %s OR c.enterprise_number ILIKE %s)")
        values += [f"%{plain}%", f"%{digits}%", f"%{digits}%"]  # type: ignore[list-item]
    if kind:
        where.append({"CUSTOMER": "o.customer", "SUPPLIER": "o.supplier", "OPEN": "o.open"}[kind])
    sql = (
        "WITH o AS (SELECT i.contact_id, bool_or(a.claim) AS customer, bool_or(NOT a.claim) AS supplier, "
        "bool_or(i.matched_cents <> i.amount_cents) AS open, "
        "coalesce(sum(i.amount_cents - i.matched_cents) FILTER (WHERE a.claim), 0)::bigint AS receivable, "
        "coalesce(sum(i.matched_cents - i.amount_cents) FILTER (WHERE NOT a.claim), 0)::bigint AS payable, "
        "count(*) FILTER (WHERE a.claim AND i.due_on < %s AND i.amount_cents > i.matched_cents) AS late "
        "FROM ledger_openitem i JOIN (SELECT domain_id, id, left(code, 2) IN ('40', '41') AS claim "
        "FROM ledger_glaccount WHERE domain_id = %s AND administration_id = %s) a "
        "ON a.domain_id = i.domain_id AND a.id = i.gl_account_id "
        "WHERE i.domain_id = %s AND i.administration_id = %s GROUP BY i.contact_id) "
        "SELECT c.public_id::text, c.name, c.vat_number, c.enterprise_number, c.city, coalesce(o.customer, false), "
        "coalesce(o.supplier, false), coalesce(o.receivable, 0), coalesce(o.payable, 0), coalesce(o.late, 0), "
        "count(*) OVER (), (sum(coalesce(o.receivable, 0)) OVER ())::bigint, "
        "(sum(coalesce(o.payable, 0)) OVER ())::bigint "
        "FROM contacts_contact c LEFT JOIN o ON o.contact_id = c.id "
        f"WHERE {' AND '.join(where)} ORDER BY lower(c.name), c.id LIMIT %s OFFSET %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            [
                today,
                access.domain_id,
                administration_id,
                access.domain_id,
                administration_id,
                *values,
                limit,
                offset,
            ],
        )
        found = cursor.fetchall()
    rows = tuple(ContactBalance(*row[:10]) for row in found)
    count, receivable, payable = found[0][10:] if found else (0, 0, 0)
    return ContactList(rows, count, receivable, payable)


@dataclass(frozen=True, slots=True)
class ContactMovement:
    """An entry with what it did to the account of a contact, in cents: + he owes us more."""

    entry_id: int
    voucher: str
    journal_kind: str
    on_date: date
    description: str
    cents: int


def contact_movements(
    *,
    access: Access,
    administration_id: int,
    contact_id: int,
    limit: int,
    before: tuple[date, int] | None = None,
) -> list[ContactMovement]:
    """What was booked for a contact, newest first, `limit` at a time from before (date, entry id)."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    where, values = "", []
    if before:
        where, values = "AND (e.on_date, e.id) < (%s, %s) ", list[Any](before)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, j.code || '-' || e.fiscal_year || '-' || lpad(e.number::text, 4, '0'), j.kind, e.on_date, "
            "e.description, sum(l.debit_cents - l.credit_cents)::bigint FROM ledger_entry_line l "
            "JOIN ledger_entry e ON e.domain_id = l.domain_id AND e.id = l.entry_id "
            "JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
            f"WHERE l.domain_id = %s AND l.administration_id = %s AND l.contact_id = %s {where}"
            "GROUP BY e.domain_id, e.id, j.code, j.kind, e.fiscal_year, e.number, e.on_date, e.description "
            "ORDER BY e.on_date DESC, e.id DESC LIMIT %s",
            [access.domain_id, administration_id, contact_id, *values, limit],
        )
        return [ContactMovement(*row) for row in cursor.fetchall()]
