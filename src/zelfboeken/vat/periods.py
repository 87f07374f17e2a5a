"""The months and quarters for which a VAT return is made (Belgian rules, chapter 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date


class UnknownPeriod(LookupError):
    """The text names no month or quarter."""

    code = "unknown_vat_period"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"“{text[:20]}” is geen aangifteperiode. Schrijf 2026-10 voor een maand, 2026-K4 voor een kwartaal."
        )


@dataclass(frozen=True, slots=True, order=True)
class VatPeriod:
    """A period of one or three whole months; `starts_on` is its first day."""

    starts_on: date
    months: int

    @property
    def until(self) -> date:
        """The first day after it."""
        return _month_after(self.starts_on, self.months)

    @property
    def number(self) -> int:
        """The month (1–12) or the quarter (1–4)."""
        return (self.starts_on.month - 1) // self.months + 1

    @property
    def code(self) -> str:
        """2026-10 or 2026-K4."""
        if self.months == 1:
            return f"{self.starts_on.year:04}-{self.number:02}"
        return f"{self.starts_on.year:04}-K{self.number}"

    @property
    def due_on(self) -> date:
        """The last day to hand in and pay: the 20th after a month, the 25th after a quarter (chapter 2.2)."""
        return self.until.replace(day=20 if self.months == 1 else 25)

    def next(self) -> VatPeriod:
        """The period after this one."""
        return VatPeriod(self.until, self.months)

    def previous(self) -> VatPeriod:
        """The period before this one."""
        return VatPeriod(_month_after(self.starts_on, -self.months), self.months)

    def containing(self, on: date) -> VatPeriod:
        """The period of the same length that a day lies in."""
        return period_of(on, months=self.months)


def period_of(on: date, *, months: int) -> VatPeriod:
    """The period of 1 or 3 months that a day lies in."""
    return VatPeriod(date(on.year, (on.month - 1) // months * months + 1, 1), months)


def read_period(text: str) -> VatPeriod:
    """The period of a code such as 2026-10 or 2026-K4, from 1971, the first year of VAT, to 2999.

    Raises:
        UnknownPeriod: any other text.
    """
    found = re.fullmatch(r"(19[7-9][0-9]|2[0-9]{3})-(?:K([1-4])|(0[1-9]|1[0-2]))", text, re.ASCII)
    if not found or int(found[1]) < 1971:
        raise UnknownPeriod(text)
    if found[2]:
        return VatPeriod(date(int(found[1]), int(found[2]) * 3 - 2, 1), 3)
    return VatPeriod(date(int(found[1]), int(found[3]), 1), 1)


def _month_after(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
