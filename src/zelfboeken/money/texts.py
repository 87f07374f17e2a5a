"""Amounts and percentages as a Belgian reads them in a sentence."""

from decimal import Decimal


def euro_text(cents: int) -> str:
    """``1234567`` cents is ``12.345,67``; without a currency sign."""
    whole = f"{abs(cents) // 100:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{whole},{abs(cents) % 100:02}"


def plain_euro(cents: int) -> str:
    """``-1234567`` cents is ``-12345.67``: for programs."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def percent_text(percent: Decimal) -> str:
    """``Decimal("21.00")`` is ``21 %``."""
    return f"{percent.normalize():f}".replace(".", ",") + " %"


def rate_text(rate: Decimal) -> str:
    """``Decimal("0.9200")`` is ``0,92``: an exchange rate without the zeros that say nothing."""
    return f"{rate.normalize():f}".replace(".", ",")
