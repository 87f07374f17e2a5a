"""Decisions about invoices that need no database."""

import re

_PART = re.compile(r"[0-9]+|[a-z]+")


def number_key(number: str) -> str:
    """A document number as duplicates and payments compare it: no case, spaces, separators or leading zeros."""
    parts = _PART.findall(number.casefold())
    return "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
