"""The books of one administration as a journal of plain text, as hledger and its kin read it.

Every entry with its lines, and at the end the balance of each account as an assertion: a program that is not ours adds
the lines up and says whether they come to what we say (INV-26). Amounts in euro, positive is debit.
"""

from __future__ import annotations

import io
import re
from datetime import date
from typing import IO

from django.db import connection

from zelfboeken.money.texts import plain_euro

_AT_ONCE = 500

_LINES = """
SELECT e.id, e.on_date, j.code, e.fiscal_year, e.number, e.description, a.code || ' ' || a.name_nl,
       l.debit_cents - l.credit_cents, coalesce(c.name, '')
  FROM ledger_entry e
  JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id
  JOIN ledger_entry_line l ON l.domain_id = e.domain_id AND l.entry_id = e.id
  JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id
  LEFT JOIN contacts_contact c ON c.domain_id = l.domain_id AND c.id = l.contact_id
 WHERE e.domain_id = %s AND e.administration_id = %s ORDER BY e.on_date, e.seq, l.n
"""
_BALANCES = """
SELECT a.code || ' ' || a.name_nl, sum(b.debit_cents - b.credit_cents)::bigint
  FROM ledger_balance b JOIN ledger_glaccount a ON a.domain_id = b.domain_id AND a.id = b.gl_account_id
 WHERE b.domain_id = %s AND b.administration_id = %s GROUP BY a.code, a.name_nl ORDER BY a.code
"""


def write_journal(file: IO[bytes], *, domain_id: int, administration_id: int) -> None:
    """Write the journal to a file of bytes. The scope of the domain is open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True)
    try:
        text.write("decimal-mark .\ncommodity 1000.00 EUR\n")
        last = _write_entries(text, domain_id, administration_id)
        if last is not None:
            _write_balances(text, domain_id, administration_id, last)
    finally:
        text.detach()


def _write_entries(text: io.TextIOWrapper, domain_id: int, administration_id: int) -> date | None:
    former: int | None = None
    on: date | None = None
    with connection.chunked_cursor() as cursor:
        cursor.execute(_LINES, [domain_id, administration_id])
        while rows := cursor.fetchmany(_AT_ONCE):
            for entry_id, on, journal, year, number, description, account, cents, contact in rows:
                if entry_id != former:
                    former = entry_id
                    text.write(f"\n{on:%Y-%m-%d} * ({journal} {year}/{number}) {_words(description)}\n")
                who = f"  ; {_remark(contact)}" if contact else ""
                text.write(f"    {_account(account)}  {plain_euro(cents)} EUR{who}\n")
    return on


def _write_balances(text: io.TextIOWrapper, domain_id: int, administration_id: int, on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [domain_id, administration_id])
        rows = cursor.fetchall()
    text.write(f"\n{on:%Y-%m-%d} * saldi\n")
    for account, cents in rows:
        text.write(f"    {_account(account)}  0.00 EUR = {plain_euro(cents)} EUR\n")


def _words(text: str) -> str:
    """A text on one line that begins no comment."""
    return re.sub(r"[\s;|]+", " ", text).strip()


def _remark(text: str) -> str:
    """A text in a comment: there `date: x` and `[12/31]` would move the line to another day, or stop who reads it."""
    return _words(re.sub(r"[:\[\]]", " ", text))


def _account(text: str) -> str:
    """The name of an account: a colon would make it one below another, two spaces would end it."""
    return re.sub(r"[\s;:|]+", " ", text).strip()
