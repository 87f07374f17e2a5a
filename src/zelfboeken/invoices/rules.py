"""Decisions about invoices that need no database."""

import re
import unicodedata

_PART = re.compile(r"[0-9]+|[^\W\d_]+")


def number_key(number: str) -> str:
    """A document number as duplicates and payments compare it: no case, spaces, separators or leading zeros."""
    plain = unicodedata.normalize("NFKC", number).casefold()
    parts = _PART.findall(plain)
    if not parts:
        return "".join(plain.split())
    return "".join(part.lstrip("0") or "0" if part.isdecimal() else part for part in parts)
