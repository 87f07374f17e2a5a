"""What earlier bank lines without a document teach: features of a line, and the account they most likely mean."""

import re
from collections.abc import Mapping

from zelfboeken.matching.facts import BankLineFacts
from zelfboeken.matching.items import name_key, number_key, plain

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
        features.append(f"bank:{side}:code-words:{line.transaction_code}:{words}"[:200])
        if not line.counter_iban and not line.counterparty:
            features.append(f"bank:{side}:code:{line.transaction_code}")
    return tuple(features)


def observe(line: BankLineFacts, gl_code: str) -> tuple[tuple[str, str], ...]:
    """The counts to raise by one, as (feature, account), when a person booked the line there."""
    return tuple((feature, gl_code) for feature in features_of(line))


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
