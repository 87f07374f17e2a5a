"""`zelfboeken report`: figures from the posted books as rows, for JSON or CSV. Amounts in whole cents."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, timedelta
from typing import Any, TextIO

from zelfboeken.access.services import Access
from zelfboeken.reports import queries


class NotWholeMonths(ValueError):
    """VAT grids are kept per month, so they are asked for whole months only."""

    code = "not_whole_months"

    def __init__(self) -> None:
        super().__init__(
            "Btw-roosters gaan over hele maanden. Kies --from op de eerste en --until op de laatste dag van een maand."
        )


def columns_of(name: str) -> list[str]:
    """The columns of a report, also when it has no rows."""
    row = _ROWS[name]
    return list(row) if isinstance(row, tuple) else [field.name for field in fields(row)]


def report_rows(
    name: str, *, access: Access, administration_id: int, from_on: date, until: date
) -> list[dict[str, Any]]:
    """The rows of one report; `until` is exclusive. Open items are those open now, dated in the period.

    Raises:
        NotWholeMonths: VAT grids of a part of a month.
        ValueError: an unknown name.
    """
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
        items = queries.open_items(access=access, administration_id=administration_id)
        return [asdict(row) for row in items if from_on <= row.on_date < until]
    if name == "vat-grids":
        if from_on.day != 1 or until.day != 1:
            raise NotWholeMonths
        sums = queries.grid_sums(
            access=access,
            administration_id=administration_id,
            from_month=from_on,
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


def write_csv(columns: Sequence[str], rows: Sequence[dict[str, Any]], out: TextIO) -> None:
    """The rows as CSV, with a heading also when there are none."""
    writer = csv.DictWriter(out, fieldnames=columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    """A value fit for a cell; a text that a spreadsheet would take for a formula gets an apostrophe (INV-31)."""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return "'" + value
    return value


_LINE = (
    "entry", "voucher", "on", "subject", "description", "reverses", "gl_code", "name", "contact", "debit_cents",
    "credit_cents", "grids", "text",
)  # fmt: skip
_ROWS: dict[str, Any] = {
    "trial-balance": queries.TrialBalanceRow,
    "journal": _LINE,
    "ledger": _LINE,
    "open-items": queries.OpenItemRow,
    "vat-grids": ("grid", "cents"),
    "balance-sheet": queries.ResultRow,
    "profit-and-loss": queries.ResultRow,
    "matches": queries.MatchRow,
}


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
