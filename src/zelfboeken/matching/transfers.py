"""Transfers between own accounts: which line on one account is the other side of which line on another (pattern 32)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from zelfboeken.matching.items import number_key

MOST_DAYS = 5
"""How far apart two banks book the sides of one transfer."""


@dataclass(frozen=True, slots=True)
class TransferSide:
    """A line that names one of our own accounts; ``iban`` is the account it stands on."""

    line_id: int
    iban: str
    counter_iban: str
    amount_cents: int
    booked_on: date


def paired(sides: Iterable[TransferSide]) -> dict[int, int]:
    """Each line with its other side, both ways: mirrored accounts, opposite amounts, at most five days apart.

    A line is the other side of one line only; the earliest pair first, whatever the order of arrival.
    """
    ordered = sorted(sides, key=lambda side: (side.booked_on, side.line_id))
    pairs: dict[int, int] = {}
    for out in ordered:
        if out.amount_cents >= 0:
            continue
        for into in ordered:
            if into.line_id not in pairs and _are_one(out, into):
                pairs[out.line_id], pairs[into.line_id] = into.line_id, out.line_id
                break
    return pairs


def _are_one(out: TransferSide, into: TransferSide) -> bool:
    return (
        out.amount_cents == -into.amount_cents
        and number_key(out.counter_iban) == number_key(into.iban)
        and number_key(into.counter_iban) == number_key(out.iban)
        and abs((out.booked_on - into.booked_on).days) <= MOST_DAYS
    )
