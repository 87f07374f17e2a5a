"""Whole cents: reading them strictly, taking a percentage, sharing them out.

Every rounding is half up, away from zero (chapter 2.7 of the Belgian rules), and happens here.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_PLAIN_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
MAX_CENTS = 10**15
"""The ledger takes no amount above this (architecture §5)."""


class AmountNotUnderstood(ValueError):
    """The text is not a plain decimal number; ``text`` is what stood there."""

    code = "amount_not_understood"

    def __init__(self, text: str) -> None:
        super().__init__(f"“{text[:40]}” is geen bedrag. Schrijf het als 1234.56.")
        self.text = text


def cents_of(text: str) -> int:
    """Whole cents of a plain decimal ("1234.5" → 123450), half up beyond two decimals.

    Refuses what only looks like a number: ``NaN``, ``1e5``, ``1,00``, spaces inside, an empty text.

    Raises:
        AmountNotUnderstood: the text is not a plain decimal or above ``MAX_CENTS``.
    """
    stripped = text.strip()
    if not _PLAIN_DECIMAL.fullmatch(stripped):
        raise AmountNotUnderstood(text)
    cents = _half_up(Decimal(stripped) * 100)
    if abs(cents) > MAX_CENTS:
        raise AmountNotUnderstood(text)
    return cents


def percent_of(cents: int, percent: Decimal) -> int:
    """``percent`` per cent of an amount, half up away from zero, in cents."""
    return _half_up(Decimal(cents) * percent / 100)


def times(cents: int, factor: Decimal) -> int:
    """An amount times a factor (an exchange rate), half up away from zero, in cents."""
    return _half_up(Decimal(cents) * factor)


def share_out(cents: int, weights: Sequence[int]) -> list[int]:
    """Parts in proportion to the weights that add up to exactly ``cents``; the largest weight takes the rest.

    Raises:
        ValueError: there is no weight, or they sum to zero.
    """
    total = sum(weights)
    if not total:
        raise ValueError("weights must not sum to zero")
    parts = [_half_up(Decimal(cents) * weight / total) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: abs(weights[index]))
    parts[largest] += cents - sum(parts)
    return parts


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
