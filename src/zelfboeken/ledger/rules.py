"""What the constraints of the books say, in Python and in Dutch, before the database is asked (architecture §5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

MAX_LINES = 100_000
MAX_CENTS = 10**15


class EntryRefused(ValueError):
    """An entry that may not be stored; `code` for the API, the text for a person."""

    code = "entry_refused"

    def __init__(self, text: str, *, code: str | None = None) -> None:
        super().__init__(text)
        if code:
            self.code = code


class EntryUnbalanced(EntryRefused):
    """Debit and credit differ."""

    code = "entry_unbalanced"


@dataclass(frozen=True, slots=True)
class NewLine:
    """One line to post. Exactly one of debit and credit is above zero; `grids` holds (grid, signed cents) pairs."""

    gl_account_id: int
    debit_cents: int
    credit_cents: int
    description: str = ""
    contact_id: int | None = None
    grids: tuple[tuple[int, int], ...] = ()
    due_on: date | None = None
    document_number: str = ""
    structured: str = ""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to post. `subject` names its source (`PURCHASE:17`), `attempt` counts its postings from one."""

    administration_id: int
    journal_id: int
    on_date: date
    subject: str
    description: str
    lines: tuple[NewLine, ...]
    attempt: int = 1
    reverses_id: int | None = None
    document_sha256: bytes | None = None


def check_entry(entry: NewEntry) -> None:
    """Refuse an entry that the books could not hold.

    Raises:
        EntryUnbalanced: debit and credit differ.
        EntryRefused: too few or too many lines, a line without exactly one side, an amount that is no whole number of
            cents or out of bounds.
    """
    if not 2 <= len(entry.lines) <= MAX_LINES:
        raise EntryRefused("Een boeking heeft minstens twee en hoogstens 100.000 lijnen.", code="entry_line_count")
    difference = 0
    for number, line in enumerate(entry.lines, start=1):
        amounts = (line.debit_cents, line.credit_cents, *(cents for _, cents in line.grids))
        # The database would round a float in silence, and the seal would tell another amount.
        if any(type(cents) is not int for cents in amounts):
            raise EntryRefused(f"Het bedrag op lijn {number} is geen geheel aantal centen.", code="line_not_in_cents")
        if line.debit_cents < 0 or line.credit_cents < 0 or (line.debit_cents > 0) == (line.credit_cents > 0):
            raise EntryRefused(f"Lijn {number} heeft niet precies één kant: debet of credit.", code="line_one_side")
        if max(map(abs, amounts)) > MAX_CENTS:
            raise EntryRefused(f"Het bedrag op lijn {number} is te groot.", code="line_too_large")
        difference += line.debit_cents - line.credit_cents
    if difference:
        side = "debet" if difference > 0 else "credit"
        raise EntryUnbalanced(
            f"De boeking is niet in evenwicht: {_euro(abs(difference))} te veel {side}. Pas een lijn aan."
        )


def check_accounts(entry: NewEntry, control: Mapping[int, bool]) -> None:
    """Refuse a line whose account is not of these books, or whose account and contact do not go together.

    `control` tells of each account of the administration whether it is a control account. There every line names its
    contact and is an open item, and no other line does: so control accounts equal open items (INV-26).

    Raises:
        EntryRefused: `unknown_account`, `line_needs_contact` or `line_takes_no_contact`.
    """
    for number, line in enumerate(entry.lines, start=1):
        is_control = control.get(line.gl_account_id)
        if is_control == (line.contact_id is not None):
            continue
        if is_control is None:
            raise EntryRefused(
                f"De rekening op lijn {number} hoort niet bij dit rekeningstelsel. Kies een andere rekening.",
                code="unknown_account",
            )
        if is_control:
            raise EntryRefused(
                f"Lijn {number} staat op een rekening van klanten of leveranciers en noemt geen relatie. "
                "Kies de relatie, of een andere rekening.",
                code="line_needs_contact",
            )
        raise EntryRefused(
            f"Lijn {number} noemt een relatie, maar op haar rekening staan geen openstaande posten. "
            "Kies de rekening van klanten of leveranciers, of laat de relatie weg.",
            code="line_takes_no_contact",
        )


def running_sums(lines: Sequence[NewLine]) -> list[int]:
    """The sum of debit − credit up to and including each line, in cents; the last is zero when the entry balances."""
    sums, total = [], 0
    for line in lines:
        total += line.debit_cents - line.credit_cents
        sums.append(total)
    return sums


def reversed_lines(lines: Sequence[NewLine]) -> tuple[NewLine, ...]:
    """The exact opposite: sides swapped, grid amounts negated, the same accounts and contacts in the same order."""
    return tuple(
        NewLine(
            gl_account_id=line.gl_account_id,
            debit_cents=line.credit_cents,
            credit_cents=line.debit_cents,
            description=line.description,
            contact_id=line.contact_id,
            grids=tuple((grid, -cents) for grid, cents in line.grids),
            due_on=line.due_on,
            document_number=line.document_number,
            structured=line.structured,
        )
        for line in lines
    )


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """Every column of an entry that its seal covers, with its lines."""

    domain_id: int
    id: int
    administration_id: int
    journal_id: int
    fiscal_year: int
    period_starts_on: date
    period_until: date
    number: int
    seq: int
    posted_at: datetime
    posted_by: int
    entry: NewEntry
    running: list[int] = field(default_factory=list)


def canonical_form(sealed: SealedEntry) -> bytes:
    """The bytes that are hashed, version `jrn1` (invariants, chapter 5).

    Integers as digits, dates as YYYY-MM-DD, moments as microseconds since 1970 UTC, text as its byte length, a colon
    and UTF-8, NULL as `-`, lines in order joined by `;`.
    """
    entry = sealed.entry
    head = ",".join(
        (
            "jrn1",
            str(sealed.domain_id),
            str(sealed.id),
            str(sealed.administration_id),
            str(sealed.journal_id),
            str(sealed.fiscal_year),
            sealed.period_starts_on.isoformat(),
            sealed.period_until.isoformat(),
            entry.on_date.isoformat(),
            str(sealed.number),
            _text(entry.subject),
            str(entry.attempt),
            _optional(entry.reverses_id),
            str(len(entry.lines)),
            _text(entry.description),
            "-" if entry.document_sha256 is None else entry.document_sha256.hex(),
            str(_microseconds(sealed.posted_at)),
            str(sealed.posted_by),
            str(sealed.seq),
        )
    )
    lines = [
        ",".join(
            (
                str(n),
                str(line.gl_account_id),
                _optional(line.contact_id),
                str(line.debit_cents),
                str(line.credit_cents),
                str(running),
                "+".join(f"{grid}:{cents}" for grid, cents in line.grids) or "-",
                _text(line.description),
            )
        )
        for n, (line, running) in enumerate(zip(entry.lines, sealed.running, strict=True), start=1)
    ]
    return ";".join([head, *lines]).encode()


def seal(prev_hash: bytes | None, content: bytes) -> bytes:
    """SHA-256 of the hash before it and this entry's content (INV-10)."""
    return hashlib.sha256((prev_hash or b"") + content).digest()


def _text(value: str) -> str:
    return f"{len(value.encode())}:{value}"


def _optional(value: int | None) -> str:
    return "-" if value is None else str(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _euro(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"€ {whole:,}".replace(",", ".") + f",{rest:02d}"
