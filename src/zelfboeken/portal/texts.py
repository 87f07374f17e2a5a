"""Figures and dates as a Belgian reads them in his language (ux, chapter 6); once per value, before the template."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from django.utils import timezone
from django.utils.translation import get_language

_MINUS = "\u2212"
_NBSP = "\u00a0"
_SIGNS = {"nl": (".", ","), "fr": ("\u202f", ","), "en": (",", ".")}
"""Between groups of three digits, and before the cents."""


def language() -> str:
    """The language of the page: nl, fr or en."""
    found = (get_language() or "nl")[:2]
    return found if found in _SIGNS else "nl"


def decimal_sign() -> str:
    """What stands before the cents in the language of the page."""
    return _SIGNS[language()][1]


def amount(cents: int) -> str:
    """1.234,56, with a real minus sign when below zero."""
    group, decimal = _SIGNS[language()]
    digits = str(abs(cents)).rjust(3, "0")
    whole, rest = digits[:-2], digits[-2:]
    if len(whole) > 3:
        whole = f"{int(whole):,}".replace(",", group)
    return f"{_MINUS if cents < 0 else ''}{whole}{decimal}{rest}"


def whole(number: int) -> str:
    """1.201: a count, grouped like an amount."""
    return f"{number:,}".replace(",", _SIGNS[language()][0])


def signed(cents: int) -> str:
    """The amount with + or − always shown, for bank lines."""
    return f"+{amount(cents)}" if cents > 0 else amount(cents)


def euro(cents: int) -> str:
    """€ 1.234,56 in Dutch, 1 234,56 € in French, €1,234.56 in English."""
    spoken = language()
    if spoken == "fr":
        return f"{amount(cents)}{_NBSP}€"
    if spoken == "en":
        return f"{_MINUS if cents < 0 else ''}€{amount(abs(cents))}"
    return f"€{_NBSP}{amount(cents)}"


def percent(value: Decimal) -> str:
    """A percentage without its sign, as it stands in a field: 50 or 12,5."""
    return f"{value.normalize():f}".replace(".", decimal_sign())


def share(value: Decimal | int) -> str:
    """A percentage with its sign: 21 %, and 21% in English."""
    return f"{percent(Decimal(value))}{'' if language() == 'en' else _NBSP}%"


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
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}" if len(digits) == 10 and digits.isdigit() else digits


def grouped_vat_number(number: str) -> str:
    """BE 0999.000.129; that of another country with its letters apart: NL 999900043B01."""
    country, rest = number[:2], number[2:]
    if not country.isalpha():
        return grouped_enterprise_number(number)
    return f"{country} {grouped_enterprise_number(rest) if country == 'BE' else rest}"


def country_name(code: str) -> str:
    """België for BE, in the language of the page."""
    return str(Locale.parse(language()).territories.get(code, code))


def without_name(text: str, name: str) -> str:
    """A description without the name it begins with, where that name stands beside it already."""
    if not name or not text.casefold().startswith(name.casefold()):
        return text
    return text[len(name) :].strip(" ·,-") or text
