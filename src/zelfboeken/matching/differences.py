"""A line that names its documents but pays more or less than is open (booking patterns 16 to 20)."""

from collections.abc import Sequence

from zelfboeken.matching.bank_codes import BANK_COSTS
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
from zelfboeken.money.texts import euro_text

PAYMENT_DIFFERENCES = "643000"
WRITE_OFF_LIMIT_CENTS = 5
COSTS_LIMIT_CENTS = 1_500
DISCOUNT_GIVEN, DISCOUNT_TAKEN = "653000", "756000"
DISCOUNT_LIMIT_PERCENT = 5


def decided(line: BankLineFacts, found: Sequence[OpenItemFacts], reasons: tuple[Reason, ...]) -> LineProposal:
    """The proposal when the amount differs from what is open on the documents named, all on the line's side.

    Up to 5 cents go to 643000. A customer's short payment up to 15 euro may be bank costs, and one up to 5 % of what
    is open, his or ours, a discount for paying in time: a person chooses between that and leaving the rest open.
    Other short payments stay open for the rest, and what is too much stays open on the contact.
    """
    items = sorted(found, key=lambda item: (item.on_date, item.id))
    total = sum(item.open_cents for item in items)
    short = total - line.amount_cents
    title = items[0].document_number if len(items) == 1 else f"{len(items)} stukken"
    is_short = abs(line.amount_cents) < abs(total)
    why = f"Verschil van {_euro(short)} met het open bedrag"
    against = (*reasons, Reason("euro", "warn", why))
    if abs(short) <= WRITE_OFF_LIMIT_CENTS:
        decision = _with_share(items, -short, PAYMENT_DIFFERENCES, "Betalingsverschil")
        return LineProposal("READY", decision, "MEDEDELING", 93, against, why, title=title)
    open_rest = oldest_first(line.amount_cents, items)
    choices = _choices(items, short, open_rest) if is_short else ()
    if len(choices) > 1:
        return LineProposal("CHOOSE", None, "MEDEDELING", 60, against, why, choices, title)
    return LineProposal("READY", open_rest, "MEDEDELING", 90, against, why, title=title)


def _choices(items: Sequence[OpenItemFacts], short: int, open_rest: Decision) -> tuple[Choice, ...]:
    """What a payment that is `short` may be, the rest left open first."""
    total = sum(item.open_cents for item in items)
    is_customer = items[0].gl_code.startswith("40")
    choices = [Choice("Rest blijft open", f"{_euro(short)} nog te betalen", open_rest)]
    if is_customer != (total > 0):
        return tuple(choices)  # a credit note that is paid back takes no costs and no discount
    if is_customer and short <= COSTS_LIMIT_CENTS:
        costs = _with_share(items, -short, BANK_COSTS, "Bankkosten")
        choices.append(Choice(f"Bankkosten {BANK_COSTS}", f"{_euro(short)} kosten", costs))
    if 100 * abs(short) <= DISCOUNT_LIMIT_PERCENT * abs(total):
        gl_code = DISCOUNT_GIVEN if is_customer else DISCOUNT_TAKEN
        discount = _with_share(items, -short, gl_code, "Korting voor contante betaling")
        choices.append(Choice(f"Korting contant {gl_code}", f"{_euro(short)} korting", discount))
    return tuple(choices)


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
    return f"€ {euro_text(abs(cents))}"
