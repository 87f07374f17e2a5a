"""Cells of a file for a spreadsheet, none of which can be taken for a formula (INV-31)."""

from __future__ import annotations

from datetime import date

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: str | int | date | None) -> str:
    """A value as it is written: an int is cents and becomes 1234,56, a day 2026-11-25, nothing nothing; a text is made
    safe.
    """
    if value is None:
        return ""
    if isinstance(value, int):
        digits = str(abs(value)).rjust(3, "0")
        return f"{'-' if value < 0 else ''}{digits[:-2]},{digits[-2:]}"
    if isinstance(value, date):
        return value.isoformat()
    return "'" + value if value.lstrip(" ").startswith(_FORMULA_STARTS) else value
