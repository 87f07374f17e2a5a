"""Whether statements follow each other (INV-16), and what makes a bank line the same line when a file comes again."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zelfboeken.bank.readers.model import Finding, ReadBankLine, ReadStatement


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """What is kept of the statement before: its number in its year, its new balance and the day of that balance."""

    number: int | None
    year: int
    closing_cents: int
    on_date: date


def continuity(previous: StatementFacts | None, statement: ReadStatement) -> list[Finding]:
    """What is wrong between a statement and the one before on the same account; nothing for the first ever.

    ``WRONG_OPENING`` (ERROR): the old balance isn't the last new balance, so the statement goes into quarantine.
    ``NUMBER_GAP`` (WARNING): numbers are missing; not bookable until they arrive or a person accepts with a reason.
    ``NUMBER_AGAIN`` (WARNING): the number was there already. ``DATE_BACK`` (WARNING): the day lies before the last.
    Numbers start at 1 each year (Febelfin), so a first statement of a year other than 1 is a gap too.
    """
    if previous is None:
        return []
    findings: list[Finding] = []
    if statement.opening_cents != previous.closing_cents:
        findings.append(
            Finding(
                "WRONG_OPENING",
                "ERROR",
                0,
                0,
                f"Het oude saldo is {_euros(statement.opening_cents)}, maar het vorige uittreksel eindigde op "
                f"{_euros(previous.closing_cents)}. Laad eerst het uittreksel dat ertussen ligt.",
            )
        )
    if statement.date is not None and statement.date < previous.on_date:
        findings.append(
            Finding("DATE_BACK", "WARNING", 0, 0, "Dit uittreksel is ouder dan het laatste dat we al kennen.")
        )
    findings += _numbers(previous, statement)
    return findings


def _numbers(previous: StatementFacts, statement: ReadStatement) -> list[Finding]:
    if statement.number is None or previous.number is None:
        return []
    year = statement.date.year if statement.date else previous.year
    last = previous.number if year == previous.year else 0
    # The last day of a year is often delivered in the next and still counts on; 999 has no room for 1000.
    if year == previous.year + 1 and statement.number == previous.number + 1:
        return []
    if statement.number == last + 1 or (last == 999 and statement.number in (1, 0)):
        return []
    if statement.number <= last:
        return [Finding("NUMBER_AGAIN", "WARNING", 0, 0, f"Uittreksel {statement.number} van {year} kennen we al.")]
    first = last + 1
    missing = f"{first}" if statement.number == first + 1 else f"{first} tot {statement.number - 1}"
    return [Finding("NUMBER_GAP", "WARNING", 0, 0, f"Uittreksel {missing} van {year} ontbreekt. Laad het eerst in.")]


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


def with_occurrences(lines: Sequence[ReadBankLine]) -> list[tuple[bytes, int]]:
    """Identity and occurrence from 1, in order: two equal payments in one statement are two lines."""
    seen: Counter[bytes] = Counter()
    numbered: list[tuple[bytes, int]] = []
    for line in lines:
        identity = line_identity(line)
        seen[identity] += 1
        numbered.append((identity, seen[identity]))
    return numbered


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"
