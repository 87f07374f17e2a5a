"""A line that names its documents but pays more or less than is open (booking patterns 16, 17, 18 and 20)."""

from collections.abc import Sequence

from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    Choice,
    Decision,
    GLShare,
    LineProposal,
    OpenItemFacts,
    Reason,
)

PAYMENT_DIFFERENCES = "643000"
BANK_COSTS = "657000"
WRITE_OFF_LIMIT_CENTS = 5
COSTS_LIMIT_CENTS = 1_500


def decided(line: BankLineFacts, found: Sequence[OpenItemFacts], reasons: tuple[Reason, ...]) -> LineProposal:
    """The proposal when the amount differs from what is open on the documents named, all on the line's side.

    Up to 5 cents go to 643000; a customer's short payment up to 15 euro is a choice between bank costs and open;
    other short payments stay open for the rest, and what is too much stays open on the contact.
    """
    items = sorted(found, key=lambda item: (item.on_date, item.id))
    total = sum(item.open_cents for item in items)
    short = total - line.amount_cents
    title = items[0].document_number if len(items) == 1 else f"{len(items)} stukken"
    is_short = abs(line.amount_cents) < abs(total)
    why = f"Verschil van {_euro(abs(short))} met het open bedrag"
    against = (*reasons, Reason("euro", "warn", why))
    if abs(short) <= WRITE_OFF_LIMIT_CENTS:
        decision = _with_share(items, -short, PAYMENT_DIFFERENCES, "Betalingsverschil")
        return LineProposal("READY", decision, "MEDEDELING", 93, against, why, title=title)
    open_rest = oldest_first(line.amount_cents, items)
    if is_short and total > 0 and short <= COSTS_LIMIT_CENTS and items[0].gl_code.startswith("40"):
        choices = (
            Choice("Rest blijft open", f"{_euro(short)} nog te betalen", open_rest),
            Choice("Bankkosten 657000", f"{_euro(short)} kosten", _with_share(items, -short, BANK_COSTS, "Bankkosten")),
        )
        return LineProposal("CHOOSE", None, "MEDEDELING", 60, against, why, choices, title)
    return LineProposal("READY", open_rest, "MEDEDELING", 90, against, why, title=title)


def _with_share(items: Sequence[OpenItemFacts], cents: int, gl_code: str, text: str) -> Decision:
    allocations = tuple(Allocation(item.id, item.open_cents) for item in items)
    return Decision("MATCH", allocations, (GLShare(gl_code, cents, text),) if cents else ())


def oldest_first(amount_cents: int, items: Sequence[OpenItemFacts]) -> Decision:
    """Settles items on the line's side in their order; what is left stays open on their contact."""
    left, allocations = amount_cents, []
    for item in items:
        cents = min(left, item.open_cents) if amount_cents > 0 else max(left, item.open_cents)
        if cents:
            allocations.append(Allocation(item.id, cents))
            left -= cents
    return Decision("MATCH", tuple(allocations), contact_id=items[0].contact_id if left else None, rest_cents=left)


def _euro(cents: int) -> str:
    return f"€ {cents // 100},{cents % 100:02d}"
