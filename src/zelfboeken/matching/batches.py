"""A movement that the bank booked as a whole: each part is looked at as a line of its own (rules, chapter 4.1)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    Choice,
    Decision,
    DecisionKind,
    GLShare,
    LineProposal,
    Reason,
)

TO_PROCESS = "499010"
"""Bank lines to process: what nobody could place yet. It must be zero at closing."""
_NAMED_AT_THE_MOST = 3


def parts_of(line: BankLineFacts) -> tuple[BankLineFacts, ...]:
    """The parts of a line as lines of their own, on its day; none when they do not add up to it."""
    if sum(part.amount_cents for part in line.details) != line.amount_cents:
        return ()
    return tuple(
        replace(
            line,
            amount_cents=part.amount_cents,
            counterparty=part.counterparty,
            counter_iban=part.counter_iban,
            communication=part.communication,
            structured=part.structured,
            transaction_code=part.transaction_code,
            details=(),
        )
        for part in line.details
    )


def by_parts(line: BankLineFacts, single: Callable[[BankLineFacts], LineProposal | None]) -> LineProposal | None:
    """One proposal for the whole of a collective movement, from what ``single`` proposes for each of its parts.

    Ready when every part is; otherwise a choice books what is clear and leaves the rest to be processed. None for a
    movement without parts, or of which no part is clear.
    """
    parts = parts_of(line)
    allocations: list[Allocation] = []
    shares: list[GLShare] = []
    unknown: list[BankLineFacts] = []
    for part in parts:
        decision = _clear(single(part))
        if decision is None or {one.item_id for one in decision.allocations} & {one.item_id for one in allocations}:
            unknown.append(part)
            continue
        allocations += decision.allocations
        shares += decision.shares
    if not allocations and not shares:
        return None
    kind: DecisionKind = "MATCH" if allocations else "BOOK"
    if not unknown:
        reason = Reason("list-checks", "ok", f"{_of_each(len(parts))} herkend aan een stuk of een gewoonte")
        why = "De bank boekte dit als een geheel, daarom niet automatisch"
        decision = Decision(kind, tuple(allocations), tuple(shares))
        return LineProposal("READY", decision, "MEDEDELING", 95, (reason,), why, title=_counted(len(parts)))
    rest = sum(part.amount_cents for part in unknown)
    known = len(parts) - len(unknown)
    why = f"{_counted(len(unknown))} niet herkend: {_names(unknown)}"
    choice = Choice(
        f"Verwerk {known} van de {len(parts)}",
        f"de rest op {TO_PROCESS}",
        Decision(kind, tuple(allocations), (*shares, GLShare(TO_PROCESS, rest, "Nog te verwerken"))),
    )
    reasons = (
        Reason("list-checks", "ok", f"{known} van de {len(parts)} delen herkend"),
        Reason("circle-question-mark", "warn", why),
    )
    return LineProposal("CHOOSE", None, "MEDEDELING", 60, reasons, why, (choice,), _counted(len(parts)))


def _clear(proposal: LineProposal | None) -> Decision | None:
    """The decision of a proposal that asks nothing and leaves nothing open."""
    if proposal is None or proposal.decision is None or proposal.group == "CHOOSE" or proposal.decision.rest_cents:
        return None
    return proposal.decision


def _of_each(count: int) -> str:
    return "Het ene deel is" if count == 1 else f"Elk van de {count} delen is"


def _counted(count: int) -> str:
    return "1 deel" if count == 1 else f"{count} delen"


def _names(unknown: Sequence[BankLineFacts]) -> str:
    names = [one.counterparty or one.communication[:30] or "zonder naam" for one in unknown]
    more = len(names) - _NAMED_AT_THE_MOST
    return ", ".join(names[:_NAMED_AT_THE_MOST]) + (f" en {more} andere" if more > 0 else "")
