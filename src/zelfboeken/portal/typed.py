"""What a person types in a field: amounts and sums, dates, percentages (ux, chapters 4 and 6), read strictly."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from zelfboeken.portal.texts import amount, decimal_sign

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_MOST_CENTS = 10**15
_LONGEST = 60


class NotUnderstood(ValueError):
    """What a person typed is no amount, date or percentage; the text says what is expected."""

    code = "not_understood"


_BIGGEST_ID = 2**63 - 1


def read_id(text: str) -> int:
    """The id a form sends; 0, which is nobody's, for anything that cannot be one."""
    typed = text.strip()
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else 0
    return number if number <= _BIGGEST_ID else 0


def read_amount(text: str) -> int:
    """Cents of what was typed: 1.234,56, 1234.56 or a sum such as 586*1,21, rounded once to the cent.

    The last separator with one or two digits behind it is the decimal sign; 1.234 is a thousand.

    Raises:
        NotUnderstood: NaN, 1e5, letters, more than two decimals, division by zero, too large.
    """
    typed = re.sub(r"[\s\u00a0\u202f€]", "", text).replace("\u2212", "-").replace("–", "-")
    parts = re.split(r"([-+*/])", typed.replace("×", "*").replace("÷", "/"))
    is_signed = len(parts) > 2 and parts[0] == "" and parts[1] in "+-"
    parts[0] = "0" if is_signed else parts[0]
    is_plain = len(parts) == (3 if is_signed else 1)
    values = [_number(part, digits=2 if is_plain else 9) for part in parts[::2]]
    cents = _computed(values, parts[1::2]) if None not in values and len(typed) <= _LONGEST else None
    if cents is None or abs(cents) > _MOST_CENTS:
        raise NotUnderstood(
            _("“%(typed)s” is no amount. Write it as %(example)s.") % {"typed": _shown(text), "example": amount(123456)}
        )
    return cents


def read_day(text: str, today: date) -> date:
    """A day as people type it: 17/11/2026, 17/11, 17112026, 171126, 1711, 17, vandaag, -1, or ISO.

    Raises:
        NotUnderstood: with the reason, for one that November has 30 days.
    """
    typed = text.strip().casefold()
    if typed in {"vandaag", "v", "aujourd'hui", "aujourd’hui", "auj", "today", "t"}:
        return today
    if re.fullmatch(r"[-+\u2212][0-9]{1,3}", typed, re.ASCII):
        return today + timedelta(days=int(typed.replace("\u2212", "-")))
    return _date(text, *_parts_of_date(text, typed, today))


def read_percent(text: str) -> Decimal:
    """A share from 0 to 100. Raises NotUnderstood."""
    typed = text.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", typed, re.ASCII):
        raise NotUnderstood(
            _("“%(typed)s” is no percentage. Write a number from 0 to 100.") % {"typed": _shown(text, 10)}
        )
    value = Decimal(typed)
    if value > 100:
        raise NotUnderstood(_("More than the whole cannot be deducted. Write a number from 0 to 100."))
    return value


def read_rate(text: str) -> Decimal:
    """An exchange rate as typed: 0,92 or 1.0835. Raises NotUnderstood."""
    typed = text.strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,10})?", typed, re.ASCII):
        raise NotUnderstood(_("“%(typed)s” is no rate. Write it as 0,92.") % {"typed": _shown(text, 20)})
    return Decimal(typed)


def _parts_of_date(text: str, typed: str, today: date) -> tuple[int, int, int]:
    """Year, month and day as typed, whether or not there is such a day."""
    if iso := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", typed, re.ASCII):
        return int(iso[1]), int(iso[2]), int(iso[3])
    with_signs = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{4}|[0-9]{2}))?", typed, re.ASCII)
    without = re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{4}|[0-9]{2})?", typed, re.ASCII)
    if found := with_signs or without:
        year = int(found[3]) if found[3] else today.year
        return year + 2000 if found[3] and len(found[3]) == 2 else year, int(found[2]), int(found[1])
    if re.fullmatch(r"[0-9]{1,2}", typed, re.ASCII):
        return today.year, today.month, int(typed)
    raise NotUnderstood(
        _("“%(typed)s” is no date. Write it as %(example)s.")
        % {"typed": _shown(text), "example": f"17/11/{today.year}"}
    )


def _date(text: str, year: int, month: int, number: int) -> date:
    shown = {"typed": _shown(text)}
    if not 1 <= month <= 12:
        raise NotUnderstood(_("%(typed)s does not exist. A year has 12 months: write the day first.") % shown)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise NotUnderstood(_("%(typed)s does not exist here. Look at the year again.") % shown)
    days = monthrange(year, month)[1]
    if not 1 <= number <= days:
        name = str(MONTHS[month])
        raise NotUnderstood(
            _("%(typed)s does not exist. %(month)s has %(days)d days.")
            % {**shown, "month": name[:1].upper() + name[1:], "days": days}
        )
    return date(year, month, number)


def _number(text: str, *, digits: int) -> Fraction | None:
    """A number without a sign. Written the Dutch way inside, whatever the language of the page."""
    if decimal_sign() == ".":
        text = text.translate(str.maketrans(",.", ".,"))
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]{1,9}))?", text, re.ASCII)
    if not found and (found := re.fullmatch(r"([0-9]+)\.([0-9]{1,2})", text, re.ASCII)) is None:
        return None
    whole, rest = found[1].replace(".", ""), found[2] or ""
    if len(rest) > digits or len(whole) > 15:
        return None
    return Fraction(int(whole + rest), 10 ** len(rest))


def _computed(values: list[Fraction | None], signs: list[str]) -> int | None:
    """Whole cents of the sum, products first, rounded half away from zero; None when it divides by zero."""
    terms: list[Fraction] = [values[0] or Fraction(0)]
    for sign, value in zip(signs, values[1:], strict=True):
        number = value or Fraction(0)
        if sign == "*":
            terms[-1] *= number
        elif sign == "/":
            if not number:
                return None
            terms[-1] /= number
        else:
            terms.append(number if sign == "+" else -number)
    cents = sum(terms, Fraction(0)) * 100
    rounded = (2 * abs(cents) + 1) // 2
    return int(rounded if cents >= 0 else -rounded)


def _shown(text: str, longest: int = 30) -> str:
    return text.strip()[:longest]
