"""`zelfboeken report`: figures from the posted books as rows, for JSON or CSV. Amounts in whole cents."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, TextIO

from zelfboeken.access.services import Access
from zelfboeken.reports import queries


def report_rows(
    name: str, *, access: Access, administration_id: int, from_on: date, until: date
) -> list[dict[str, Any]]:
    """The rows of one report; `until` is exclusive. Raises ValueError for an unknown name."""
    period: dict[str, Any] = {
        "access": access,
        "administration_id": administration_id,
        "from_on": from_on,
        "until": until,
    }
    if name == "trial-balance":
        return [asdict(row) for row in queries.trial_balance(**period)]
    if name in {"journal", "ledger"}:
        entries = queries.journal(**period, journal_code=None, limit=1_000_000)
        rows = [_line(entry, line) for entry in reversed(entries) for line in entry.lines]
        return sorted(rows, key=lambda row: (row["gl_code"], row["on"])) if name == "ledger" else rows
    if name == "open-items":
        return [asdict(row) for row in queries.open_items(access=access, administration_id=administration_id)]
    if name == "vat-grids":
        sums = queries.grid_sums(
            access=access,
            administration_id=administration_id,
            from_month=from_on.replace(day=1),
            until_month=until,
        )
        return [{"grid": grid, "cents": cents} for grid, cents in sums.items() if cents]
    if name == "balance-sheet":
        sheet = queries.balance_sheet(access=access, administration_id=administration_id, on=until - timedelta(days=1))
        return [asdict(row) for row in sheet]
    if name == "profit-and-loss":
        return [asdict(row) for row in queries.profit_and_loss(**period)]
    if name == "matches":
        return [asdict(row) for row in queries.matches(**period)]
    raise ValueError(name)


def write_csv(rows: Sequence[dict[str, Any]], out: TextIO) -> None:
    """The rows as CSV; a text that a spreadsheet would take for a formula gets an apostrophe in front (INV-31)."""
    if not rows:
        return
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _safe(value) for name, value in row.items()})


def _safe(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value


def _line(entry: queries.JournalEntry, line: queries.JournalLine) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "voucher": entry.voucher,
        "on": entry.on_date.isoformat(),
        "subject": entry.subject,
        "description": entry.description,
        "reverses": entry.reverses_id,
        "gl_code": line.gl_code,
        "name": line.name,
        "contact": line.contact_name,
        "debit_cents": line.debit_cents,
        "credit_cents": line.credit_cents,
        "grids": {str(grid): cents for grid, cents in line.grids},
        "text": line.description,
    }
