"""Figures and dates as a Belgian reads them (ux, chapter 6); once per value, before the template."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone

_MINUS = "\u2212"
_EURO = "€\u00a0"


def amount(cents: int) -> str:
    """1.234,56, with a real minus sign when below zero."""
    digits = str(abs(cents)).rjust(3, "0")
    whole, rest = digits[:-2], digits[-2:]
    if len(whole) > 3:
        whole = f"{int(whole):,}".replace(",", ".")
    return f"{_MINUS if cents < 0 else ''}{whole},{rest}"


def signed(cents: int) -> str:
    """The amount with + or − always shown, for bank lines."""
    return f"+{amount(cents)}" if cents > 0 else amount(cents)


def euro(cents: int) -> str:
    """€ 1.234,56."""
    return _EURO + amount(cents)


def day(on: date | None) -> str:
    """24/11/2026, or nothing."""
    return f"{on:%d/%m/%Y}" if on else ""


def short_day(on: date, today: date) -> str:
    """24/11 this year, else with its year."""
    return f"{on:%d/%m}" if on.year == today.year else f"{on:%d/%m/%Y}"


def day_of(moment: datetime) -> str:
    """The day of a moment in Brussels time."""
    return day(timezone.localtime(moment).date())


def grouped_enterprise_number(digits: str) -> str:
    """0999.000.129, or the text itself when it has another length."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}" if len(digits) == 10 else digits


class NotUnderstood(ValueError):
    """What a person typed is no amount, date or percentage; the text says what is expected."""

    code = "not_understood"


_AMOUNT = re.compile(r"[-\u2212+]?[0-9]{1,3}(\.[0-9]{3})*(,[0-9]{1,2})?|[-\u2212+]?[0-9]+([,.][0-9]{1,2})?")


def read_amount(text: str) -> int:
    """Cents of what was typed: 1.234,56 or 1234.56; the last separator with one or two digits is the decimal sign.

    Raises:
        NotUnderstood: NaN, 1e5, letters, more than two decimals.
    """
    typed = text.strip().replace("\u00a0", "").replace(" ", "").removeprefix("€")
    if not _AMOUNT.fullmatch(typed) or len(typed) > 20:
        raise NotUnderstood(f"“{text.strip()[:30]}” is geen bedrag. Schrijf het als 1.234,56.")
    typed = typed.replace(_MINUS, "-")
    if re.search(r"[,.][0-9]{1,2}$", typed):
        whole, rest = re.split(r"[,.](?=[0-9]{1,2}$)", typed)
    else:
        whole, rest = typed, "0"
    sign = -1 if whole.startswith("-") else 1
    digits = whole.lstrip("+-").replace(".", "")
    return sign * (int(digits) * 100 + int(rest.ljust(2, "0")))


def read_day(text: str, today: date) -> date:
    """A day as people type it: 17/11/2026, 17/11, 1711, 17, vandaag, -1 (ux, chapter 4), or ISO.

    Raises:
        NotUnderstood: with the reason, for one that November has 30 days.
    """
    typed = text.strip().lower()
    if typed in {"vandaag", "today", "v"}:
        return today
    if re.fullmatch(r"[-+][0-9]{1,3}", typed):
        return today + timedelta(days=int(typed))
    if iso := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", typed):
        year, month, number = (int(part) for part in iso.groups())
    elif found := re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{2}|[0-9]{4}))?", typed):
        number, month = int(found[1]), int(found[2])
        year = int(found[3]) if found[3] else today.year
        year += 2000 if year < 100 else 0
    elif found := re.fullmatch(r"([0-9]{2})([0-9]{2})", typed):
        number, month, year = int(found[1]), int(found[2]), today.year
    elif re.fullmatch(r"[0-9]{1,2}", typed):
        number, month, year = int(typed), today.month, today.year
    else:
        raise NotUnderstood(f"“{text.strip()[:30]}” is geen datum. Schrijf ze als 17/11/{today.year}.")
    try:
        return date(year, month, number)
    except ValueError:
        raise NotUnderstood(f"De datum {text.strip()[:30]} bestaat niet. Kijk de dag en de maand na.") from None


def read_percent(text: str) -> Decimal:
    """A share from 0 to 100. Raises NotUnderstood."""
    typed = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", typed):
            raise InvalidOperation
        value = Decimal(typed)
    except InvalidOperation:
        raise NotUnderstood(f"“{text.strip()[:10]}” is geen percentage. Schrijf een getal van 0 tot 100.") from None
    if value > 100:
        raise NotUnderstood("Meer dan 100 % kan niet aftrekbaar zijn.")
    return value


def read_rate(text: str) -> Decimal:
    """An exchange rate as typed: 0,92 or 1.0835. Raises NotUnderstood."""
    typed = text.strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,10})?", typed):
        raise NotUnderstood(f"“{text.strip()[:20]}” is geen koers. Schrijf ze als 0,92.")
    return Decimal(typed)


def percent(value: Decimal) -> str:
    """A percentage without its sign, as it stands in a field: 50 or 12,5."""
    return f"{value.normalize():f}".replace(".", ",")
