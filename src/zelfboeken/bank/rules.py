"""Whether statements follow each other (INV-16), and what makes a bank line the same line when a file comes again."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from zelfboeken.bank.readers.model import Finding, ReadBankLine
from zelfboeken.money.texts import euro_text


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """A statement in the chain of its account: its number in the year it counts in, its balances and its day."""

    number: int | None
    year: int
    opening_cents: int
    closing_cents: int
    on_date: date


def continuity(
    previous: StatementFacts | None, statement: StatementFacts, following: StatementFacts | None = None
) -> list[Finding]:
    """What is wrong between a statement and its neighbours on the same account; nothing for the first ever.

    ``NUMBER_GAP`` (WARNING): one or more are missing on one of its sides; not bookable until they arrive or a person
    accepts with a reason. Balances that differ over a gap follow from it and are told with it.
    ``WRONG_OPENING``, ``WRONG_CLOSING`` (ERROR): nothing is missing, yet the balances of two neighbours differ, so the
    statement goes into quarantine. ``DATE_BACK`` (WARNING): the day lies before that of the number before.
    """
    findings: list[Finding] = []
    if previous is not None:
        findings += _between(previous, statement, "WRONG_OPENING")
        if statement.on_date < previous.on_date:
            text = f"Dit afschrift is ouder dan {_named(previous)}, dat ervoor hoort."
            findings.append(Finding("DATE_BACK", "WARNING", 0, 0, text))
    if following is not None:
        findings += _between(statement, following, "WRONG_CLOSING")
    return findings


def counts_on(previous: StatementFacts, *, number: int | None, on_date: date) -> bool:
    """Whether a statement of January still counts on from the year before: the last day is often delivered late."""
    return (
        number is not None
        and number != 1
        and previous.number == number - 1
        and (on_date.year, on_date.month) == (previous.year + 1, 1)
    )


def _between(first: StatementFacts, second: StatementFacts, rule: str) -> list[Finding]:
    missing = _missing(first, second)
    differs = first.closing_cents != second.opening_cents
    if not missing and not differs:
        return []
    balances = (
        f"{_named(first).capitalize()} eindigt op {euro_text(first.closing_cents)}, "
        f"{_named(second)} begint op {euro_text(second.opening_cents)}."
    )
    if not missing and first.year == second.year:
        what = "begin" if rule == "WRONG_OPENING" else "eind"
        text = f"Het {what}saldo past niet bij het afschrift ernaast. {balances} Vraag je bank het juiste afschrift."
        return [Finding(rule, "ERROR", 0, 0, text)]
    # How far the numbers of a year ran nobody knows, so balances that differ over New Year mean that one is missing.
    told = missing or f"Een afschrift van het einde van {first.year} ontbreekt."
    return [Finding("NUMBER_GAP", "WARNING", 0, 0, f"{told} {balances if differs else ''}".strip())]


def _missing(first: StatementFacts, second: StatementFacts) -> str:
    """The numbers between two statements, as a sentence; empty when none is. They start at 1 each year (Febelfin)."""
    if first.number is None or second.number is None:
        return ""
    expected = first.number + 1 if first.year == second.year else 1
    if second.number <= expected:
        return ""
    if second.number == expected + 1:
        return f"Afschrift {expected} van {second.year} ontbreekt."
    return f"Afschriften {expected} tot {second.number - 1} van {second.year} ontbreken."


def _named(statement: StatementFacts) -> str:
    number = f"afschrift {statement.number}" if statement.number is not None else "het afschrift"
    return f"{number} van {statement.on_date:%d/%m/%Y}"


def line_identity(line: ReadBankLine) -> bytes:
    """Sha-256 over what makes the movement: days, amount, other side, communication.

    The bank's reference stays out: by the standard it is informative only, and banks change it in a second delivery.
    """
    fields = (
        line.booked_on.isoformat(),
        line.value_on.isoformat() if line.value_on else "",
        str(line.amount_cents),
        (line.counter_iban or "").replace(" ", "").upper(),
        _same(line.counterparty or ""),
        _same(line.communication),
        line.structured or "",
    )
    # Lengths in front, so that no two different rows of fields give the same bytes.
    return hashlib.sha256("".join(f"{len(field)}:{field}" for field in fields).encode()).digest()


def with_occurrences(
    identities: Iterable[bytes], stored: Mapping[bytes, int] = MappingProxyType({})
) -> list[tuple[bytes, int]]:
    """Each identity with its occurrence, in order, counted on from what is `stored`: equal payments are two lines."""
    seen: Counter[bytes] = Counter(stored)
    numbered: list[tuple[bytes, int]] = []
    for identity in identities:
        seen[identity] += 1
        numbered.append((identity, seen[identity]))
    return numbered


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()
