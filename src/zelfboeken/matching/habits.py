"""What earlier bank lines without a document teach: features of a line, and the account they most likely mean."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from zelfboeken.matching.batches import TO_PROCESS, parts_of
from zelfboeken.matching.facts import BankLineFacts, Decision
from zelfboeken.matching.items import name_key, number_key, plain

_T = TypeVar("_T")
History = Mapping[str, Mapping[str, int]]
"""Feature to account to the number of lines that were booked there."""

CERTAIN_AFTER = 3
CERTAIN_PERCENT = 95


def features_of(line: BankLineFacts) -> tuple[str, ...]:
    """What is telling about a line, the most telling first; money in and money out are told apart."""
    side = "in" if line.amount_cents > 0 else "out"
    features = []
    words = " ".join(re.findall(r"[A-Z]{4,}", plain(line.communication))[:3])
    if line.counter_iban:
        iban = number_key(line.counter_iban)
        features += [f"bank:{side}:iban-words:{iban}:{words}", f"bank:{side}:iban:{iban}"]
    if line.counterparty:
        features.append(f"bank:{side}:name:{name_key(line.counterparty)}"[:200])
    if line.transaction_code:
        # A code without words is that of any transfer: it says nothing of whom it went to.
        if words:
            features.append(f"bank:{side}:code-words:{line.transaction_code}:{words}"[:200])
        if not line.counter_iban and not line.counterparty:
            features.append(f"bank:{side}:code:{line.transaction_code}")
    return tuple(features)


def observe(line: BankLineFacts, gl_code: str) -> tuple[tuple[str, str], ...]:
    """The counts to raise by one, as (feature, account), when a person booked the line there."""
    return tuple((feature, gl_code) for feature in features_of(line))


def lessons(line: BankLineFacts, decision: Decision) -> tuple[tuple[str, str], ...]:
    """The counts to raise by one, as (feature, account), for a line settled as decided.

    A line split over accounts teaches each of them, so that none of them is certain alone. A part of a collective
    movement teaches its own features, when its amount tells which share it is. What is yet to be processed, and what
    was paid with a document, teach nothing.
    """
    if decision.kind == "BOOK" and (not line.details or len(decision.shares) == 1):
        accounts = {share.gl_code for share in decision.shares if share.cents} - {TO_PROCESS}
        return tuple(one for gl_code in sorted(accounts) for one in observe(line, gl_code))
    parts = _by_amount((part.amount_cents, part) for part in parts_of(line))
    shares = _by_amount((share.cents, share.gl_code) for share in decision.shares)
    taught: list[tuple[str, str]] = []
    for cents, alike in parts.items():
        went_to = shares.get(cents, [])
        if len(went_to) == len(alike) and len(set(went_to)) == 1 and went_to[0] != TO_PROCESS:
            taught += [one for part in alike for one in observe(part, went_to[0])]
    return tuple(taught)


def accounts_seen(line: BankLineFacts, history: History) -> tuple[str, ...]:
    """The accounts of the most telling feature that was seen before, the most frequent first."""
    for feature in features_of(line):
        if counts := history.get(feature):
            return tuple(sorted(counts, key=lambda gl_code: (counts[gl_code], gl_code), reverse=True))
    return ()


def habit_of(line: BankLineFacts, history: History) -> tuple[str, int, bool] | None:
    """The account of the most telling feature, how often, and whether that is certain; None without history.

    Certain is at least 3 lines of which 95 % went to that account.
    """
    likely: tuple[str, int, bool] | None = None
    for feature in features_of(line):
        counts = history.get(feature)
        if not counts:
            continue
        gl_code, times = max(counts.items(), key=lambda one: (one[1], one[0]))
        if times >= CERTAIN_AFTER and 100 * times >= CERTAIN_PERCENT * sum(counts.values()):
            return gl_code, times, True
        likely = likely or (gl_code, times, False)
    return likely


def _by_amount(pairs: Iterable[tuple[int, _T]]) -> dict[int, list[_T]]:
    groups: dict[int, list[_T]] = defaultdict(list)
    for cents, one in pairs:
        groups[cents].append(one)
    return groups
