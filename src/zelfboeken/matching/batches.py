"""A movement that the bank booked as a whole: each of its parts is looked at as a line of its own (rules §4.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from zelfboeken.matching.bank_codes import meaning_of
from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    Choice,
    Decision,
    DecisionKind,
    DetailFacts,
    GLShare,
    LineProposal,
    Method,
    OpenItemFacts,
    Reason,
)
from zelfboeken.matching.items import OpenItems

TO_PROCESS = "499010"
"""Bank lines to process: what nobody could place yet. It must be zero at closing."""
_PART_OF_ONE_PAYMENT = "8"
_MOST_CERTAIN = 95
_NAMED_AT_THE_MOST = 3
_REASONS_AT_THE_MOST = 3
_ANSWERS_AT_THE_MOST = 3
"""Of one part; with the choice to leave it for later that is four, one for each key."""

Single = Callable[[BankLineFacts], LineProposal]


def parts_of(line: BankLineFacts) -> tuple[BankLineFacts, ...]:
    """The parts of a movement as lines of their own; none when they do not add up to it: those are never split."""
    if sum(part.amount_cents for part in line.details) != line.amount_cents:
        return ()
    return tuple(_as_line(line, part) for part in line.details if part.amount_cents)


def by_parts(line: BankLineFacts, items: OpenItems, single: Single) -> LineProposal | None:
    """One proposal for the whole of a collective movement, from what ``single`` proposes for each of its parts.

    Ready when every part is, never automatic. Otherwise a choice books what is clear and leaves the rest to be
    processed; when only one part asks, its own choices come first. None for a movement without parts, or of which no
    part is clear.
    """
    parts = parts_of(line)
    proposals = _proposals(parts, items, single) if parts else ()
    clear = [one for one in proposals if _is_clear(one)]
    if not clear:
        return None
    decision = _together({n: one.decision for n, one in enumerate(proposals, start=1) if _is_clear(one)})
    unknown = [part for part, one in zip(parts, proposals, strict=True) if not _is_clear(one)]
    told = _told(clear)
    title = _parts(len(parts))
    method: Method = "MEDEDELING" if decision.allocations else "GEWOONTE"
    if not unknown:
        head = Reason("list-checks", "ok", f"{_of_each(len(parts))} herkend aan een stuk of een gewoonte")
        certainty = min(_MOST_CERTAIN, *(one.certainty_percent for one in clear))
        why = "De bank boekte dit als een geheel, daarom niet automatisch"
        return LineProposal("READY", decision, method, certainty, (head, *told), why, title=title)
    choices = (*_answers(proposals), _the_rest_later(decision, len(clear), parts, unknown))
    why = f"{_parts(len(unknown))} niet herkend: {_names(unknown)}"
    reasons = (
        Reason("list-checks", "ok", f"{len(clear)} van de {len(parts)} delen herkend"),
        Reason("circle-question-mark", "warn", why),
        *told,
    )
    return LineProposal("CHOOSE", None, method, 60, reasons, why, choices, title)


def _as_line(line: BankLineFacts, part: DetailFacts) -> BankLineFacts:
    own = replace(
        line,
        amount_cents=part.amount_cents,
        counterparty=part.counterparty,
        counter_iban=part.counter_iban,
        communication=part.communication,
        structured=part.structured,
        transaction_code=part.transaction_code,
        has_other_side=False,
        details=(),
    )
    is_of_one_payment = (part.transaction_code or "").startswith(_PART_OF_ONE_PAYMENT)
    if not is_of_one_payment or part.counterparty or part.counter_iban or meaning_of(own):
        return own
    # One payment told apart, for one into its gross amount and the bank's costs: its other side is that of the whole.
    return replace(
        own,
        counterparty=line.counterparty,
        counter_iban=line.counter_iban,
        communication=f"{own.communication} {line.communication}".strip(),
        structured=own.structured or line.structured,
    )


def _proposals(parts: Sequence[BankLineFacts], items: OpenItems, single: Single) -> tuple[LineProposal, ...]:
    """What is proposed for each part; what a clear one settles is not open for the others.

    A second look helps a part that fitted two documents until another part named one of them.
    """
    found: dict[int, LineProposal] = {}
    before: dict[int, OpenItemFacts | None] = {}
    try:
        for _ in range(2):
            for n, part in enumerate(parts):
                if n in found and _is_clear(found[n]):
                    continue
                proposal = found[n] = single(part)
                for allocation in proposal.decision.allocations if proposal.decision and _is_clear(proposal) else ():
                    before.setdefault(allocation.item_id, items.get(allocation.item_id))
                    items.reduce(allocation.item_id, allocation.cents)
    finally:
        for item in before.values():
            if item is not None:
                items.add(item)
    return tuple(found[n] for n in range(len(parts)))


def _answers(proposals: Sequence[LineProposal]) -> tuple[Choice, ...]:
    """The choices of the one part that asks, each for the whole movement; none when several parts ask."""
    asking = [n for n, one in enumerate(proposals, start=1) if not _is_clear(one)]
    if len(asking) != 1:
        return ()
    known = {n: one.decision for n, one in enumerate(proposals, start=1) if n != asking[0]}
    taken = {own.item_id for one in known.values() if one is not None for own in one.allocations}
    return tuple(
        Choice(choice.title, choice.hint, _together({**known, asking[0]: choice.decision}))
        for choice in proposals[asking[0] - 1].choices[:_ANSWERS_AT_THE_MOST]
        if not choice.decision.rest_cents and taken.isdisjoint(own.item_id for own in choice.decision.allocations)
    )


def _the_rest_later(
    decision: Decision, known: int, parts: Sequence[BankLineFacts], unknown: Sequence[BankLineFacts]
) -> Choice:
    rest = sum(part.amount_cents for part in unknown)
    shares = (*decision.shares, GLShare(TO_PROCESS, rest, "Nog te verwerken")) if rest else decision.shares
    title = f"Verwerk {known} van de {len(parts)}"
    return Choice(title, f"de rest op {TO_PROCESS}", replace(decision, shares=shares))


def _is_clear(proposal: LineProposal) -> bool:
    """Whether nothing is asked and nothing is left open: a rest of a part has no contact in the whole."""
    return proposal.group != "CHOOSE" and proposal.decision is not None and not proposal.decision.rest_cents


def _together(decisions: Mapping[int, Decision | None]) -> Decision:
    """One decision for the whole; the number of its part describes a share that has no text of its own."""
    allocations: list[Allocation] = []
    shares: list[GLShare] = []
    for n, decision in decisions.items():
        if decision is not None:
            allocations += decision.allocations
            shares += [replace(share, description=share.description or f"Deel {n}") for share in decision.shares]
    kind: DecisionKind = "MATCH" if allocations else "BOOK"
    return Decision(kind, tuple(allocations), tuple(shares))


def _told(proposals: Sequence[LineProposal]) -> tuple[Reason, ...]:
    """What was said of the parts, each reason once, those against first."""
    reasons = {reason: None for one in proposals for reason in one.reasons}
    return tuple(sorted(reasons, key=lambda one: one.tone != "warn"))[:_REASONS_AT_THE_MOST]


def _of_each(count: int) -> str:
    return "Het ene deel is" if count == 1 else f"Elk van de {count} delen is"


def _parts(count: int) -> str:
    return "1 deel" if count == 1 else f"{count} delen"


def _names(unknown: Sequence[BankLineFacts]) -> str:
    names = [one.counterparty or one.communication[:30] or "zonder naam" for one in unknown]
    more = len(names) - _NAMED_AT_THE_MOST
    return ", ".join(names[:_NAMED_AT_THE_MOST]) + (f" en {more} andere" if more > 0 else "")
