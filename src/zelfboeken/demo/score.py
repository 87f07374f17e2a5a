"""How much was booked and matched right without a hand: a proposal held against the truth of its file."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from zelfboeken.demo.truth import Allocation, CodedLine, DocumentTruth, GLAmount, LineTruth

Outcome = Literal["RIGHT", "WRONG", "ASKED"]
"""Right without a hand, wrong without a hand (the worst), or left to a person."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of outcomes of one kind of file or line."""

    right: int = 0
    wrong: int = 0
    asked: int = 0

    @property
    def total(self) -> int:
        """How many were tried."""
        return self.right + self.wrong + self.asked

    @property
    def right_percent(self) -> Decimal:
        """The share that was right, in percent with one decimal, half up; 0 when nothing was tried."""
        if not self.total:
            return Decimal("0.0")
        return (Decimal(100 * self.right) / self.total).quantize(Decimal("0.1"), ROUND_HALF_UP)


def document_outcome(truth: DocumentTruth, proposed: Iterable[CodedLine] | None) -> Outcome:
    """Whether proposed lines book the document as the truth does; None means that a person is asked.

    Lines of one account, VAT code and deduction count together: how a bill is split does not matter, sums do.
    """
    if proposed is None:
        return "ASKED"
    return "RIGHT" if _sums(proposed) == _sums(truth.lines) else "WRONG"


def bank_line_outcome(
    truth: LineTruth,
    allocations: Iterable[Allocation] | None,
    gl_lines: Iterable[GLAmount] = (),
    on_account_cents: int = 0,
) -> Outcome:
    """Whether a bank line was matched or booked as the truth says, to the cent; None means that a person is asked."""
    if allocations is None:
        return "ASKED"
    is_right = (
        _by_document(allocations) == _by_document(truth.allocations)
        and _by_account(gl_lines) == _by_account(truth.gl_lines)
        and on_account_cents == truth.on_account_cents
    )
    return "RIGHT" if is_right else "WRONG"


def scores(outcomes: Iterable[tuple[str, Outcome]]) -> dict[str, Score]:
    """A score for each name (a contact, or the ``how`` of a bank line), in order of name."""
    counts: dict[str, dict[Outcome, int]] = defaultdict(lambda: {"RIGHT": 0, "WRONG": 0, "ASKED": 0})
    for name, outcome in outcomes:
        counts[name][outcome] += 1
    return {name: Score(own["RIGHT"], own["WRONG"], own["ASKED"]) for name, own in sorted(counts.items())}


def _sums(lines: Iterable[CodedLine]) -> dict[tuple[str, str, Decimal], int]:
    sums: dict[tuple[str, str, Decimal], int] = defaultdict(int)
    for line in lines:
        sums[line.gl_code, line.vat_code, line.deductible_percent] += line.net_cents
    return {key: cents for key, cents in sums.items() if cents}


def _by_document(allocations: Iterable[Allocation]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for allocation in allocations:
        sums[allocation.document] += allocation.cents
    return {key: cents for key, cents in sums.items() if cents}


def _by_account(lines: Iterable[GLAmount]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.gl_code] += line.debit_cents - line.credit_cents
    return {code: cents for code, cents in sums.items() if cents}
