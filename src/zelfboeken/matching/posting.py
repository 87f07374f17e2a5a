"""From a decision about a bank line to the lines of its entry (booking patterns 15–22 and 32).

Money in is a debit of the bank's account. Each open item is settled on its own line of the control account, so
that a transfer for three bills is three matches.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from zelfboeken.matching.facts import Decision, OpenItemFacts


class SettlementDoesNotAddUp(ValueError):
    """The parts of a decision are not the amount of the bank line, or a rest has nobody to stay open with."""

    code = "settlement_does_not_add_up"

    def __init__(self, difference_cents: int) -> None:
        self.difference_cents = difference_cents
        super().__init__(
            f"De verdeling klopt niet met de bankregel: er is {_euro(difference_cents)} verschil. "
            "Verdeel het bedrag helemaal, of kies bij welke relatie de rest openblijft."
        )


class NothingToSettle(ValueError):
    """The bank line is of no amount: the books take no entry of nothing, and it needs none."""

    code = "nothing_to_settle"

    def __init__(self) -> None:
        super().__init__("Deze verrichting is nul euro: er is niets te boeken. Ga verder met de volgende.")


class MatchTooLarge(ValueError):
    """More would be settled of an item than is open, or in the other direction."""

    code = "match_too_large"

    def __init__(self, document_number: str, open_cents: int) -> None:
        super().__init__(
            f"Op {document_number} staat nog {_euro(open_cents)} open. Koppel hoogstens dat bedrag, niet meer."
        )


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """A ledger line of the settlement; exactly one of the two amounts is above zero."""

    gl_code: str
    debit_cents: int
    credit_cents: int
    contact_id: int | None
    item_id: int | None
    description: str


def lines_for_settlement(
    *,
    bank_gl_code: str,
    amount_cents: int,
    decision: Decision,
    items: Mapping[int, OpenItemFacts],
    control_gl_code: str | None = None,
) -> tuple[SettlementLine, ...]:
    """The balanced lines of a bank line's entry: the bank, each matched item, the shares, the rest that stays open.

    ``control_gl_code`` takes the rest, on ``decision.contact_id``; by default that of the first matched item, and
    without one 400000 Handelsdebiteuren for money in and 440000 Leveranciers for money out.

    Raises:
        NothingToSettle: the amount is zero.
        SettlementDoesNotAddUp: the parts are not the amount, or the rest has no contact.
        MatchTooLarge: an allocation is more than is open; KeyError when ``items`` lacks one.
    """
    _check(amount_cents, decision, items)
    lines = [_line(bank_gl_code, amount_cents)]
    for part in decision.allocations:
        item = items[part.item_id]
        lines.append(_line(item.gl_code, -part.cents, item.contact_id, item.id, item.document_number))
    lines.extend(
        _line(share.gl_code, -share.cents, description=share.description) for share in decision.shares if share.cents
    )
    if decision.rest_cents:
        control = control_gl_code or _control_of(decision, items, amount_cents)
        lines.append(_line(control, -decision.rest_cents, decision.contact_id, description="Rest blijft open"))
    return tuple(lines)


def _control_of(decision: Decision, items: Mapping[int, OpenItemFacts], amount_cents: int) -> str:
    if decision.allocations:
        return items[decision.allocations[0].item_id].gl_code
    return "400000" if amount_cents > 0 else "440000"


def _check(amount_cents: int, decision: Decision, items: Mapping[int, OpenItemFacts]) -> None:
    if not amount_cents:
        raise NothingToSettle
    sums: dict[int, int] = defaultdict(int)
    for part in decision.allocations:
        sums[part.item_id] += part.cents
        open_cents = items[part.item_id].open_cents
        is_other_direction = part.cents * open_cents <= 0
        if is_other_direction or abs(sums[part.item_id]) > abs(open_cents):
            raise MatchTooLarge(items[part.item_id].document_number, open_cents)
    total = sum(sums.values()) + sum(share.cents for share in decision.shares) + decision.rest_cents
    if total != amount_cents:
        raise SettlementDoesNotAddUp(amount_cents - total)
    if decision.rest_cents and decision.contact_id is None:
        raise SettlementDoesNotAddUp(decision.rest_cents)


def _line(
    gl_code: str,
    debit_less_credit: int,
    contact_id: int | None = None,
    item_id: int | None = None,
    description: str = "",
) -> SettlementLine:
    return SettlementLine(
        gl_code, max(debit_less_credit, 0), max(-debit_less_credit, 0), contact_id, item_id, description
    )


def _euro(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"€ {whole:,}".replace(",", ".") + f",{rest:02d}"
