"""From a decision to the lines of a bank entry (patterns 15 to 22 and 32 of the Belgian rules, chapter 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zelfboeken.matching.facts import Decision, OpenItemFacts

CUSTOMERS = "400000"
SUPPLIERS = "440000"


class SettlementDoesNotAddUp(ValueError):
    """Allocations, shares and rest are not the amount of the bank line."""

    code = "settlement_does_not_add_up"

    def __init__(self, *, amount_cents: int, decided_cents: int) -> None:
        super().__init__(
            f"De verrichting is {_euro(amount_cents)} en je verdeelt {_euro(decided_cents)}. "
            f"Verdeel nog {_euro(amount_cents - decided_cents)}."
        )


class MatchTooLarge(ValueError):
    """An item would be settled for more than is open, or on the wrong side."""

    code = "match_too_large"

    def __init__(self, item: OpenItemFacts) -> None:
        super().__init__(f"Op {item.document_number or 'dit stuk'} staat maar {_euro(abs(item.open_cents))} open.")


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """A line of the bank entry; `item_id` is the open item it settles, `contact_id` alone leaves it open."""

    gl_code: str
    debit_cents: int
    credit_cents: int
    contact_id: int | None = None
    item_id: int | None = None
    description: str = ""


def lines_for_settlement(
    *, bank_gl_code: str, amount_cents: int, decision: Decision, items: Mapping[int, OpenItemFacts]
) -> tuple[SettlementLine, ...]:
    """The bank line, one line per settled item, the shares, and what stays open on the contact.

    Raises:
        SettlementDoesNotAddUp: the parts are not the amount, or there is nothing to book.
        MatchTooLarge: an allocation passes what is open.
    """
    decided = (
        sum(one.cents for one in decision.allocations) + sum(one.cents for one in decision.shares) + decision.rest_cents
    )
    if decided != amount_cents or amount_cents == 0:
        raise SettlementDoesNotAddUp(amount_cents=amount_cents, decided_cents=decided)
    lines = [_line(bank_gl_code, amount_cents)]
    for allocation in decision.allocations:
        item = items[allocation.item_id]
        if (
            not allocation.cents
            or abs(allocation.cents) > abs(item.open_cents)
            or ((allocation.cents > 0) != (item.open_cents > 0))
        ):
            raise MatchTooLarge(item)
        lines.append(_line(item.gl_code, -allocation.cents, item.contact_id, item.id, item.document_number))
    lines += [
        _line(share.gl_code, -share.cents, description=share.description) for share in decision.shares if share.cents
    ]
    if decision.rest_cents:
        if decision.contact_id is None:
            raise SettlementDoesNotAddUp(amount_cents=amount_cents, decided_cents=decided - decision.rest_cents)
        settled = [items[one.item_id].gl_code for one in decision.allocations]
        control = settled[0] if settled else CUSTOMERS if amount_cents > 0 else SUPPLIERS
        lines.append(_line(control, -decision.rest_cents, decision.contact_id, description="Te verrekenen"))
    return tuple(lines)


def _line(
    gl_code: str, balance_cents: int, contact_id: int | None = None, item_id: int | None = None, description: str = ""
) -> SettlementLine:
    return SettlementLine(gl_code, max(0, balance_cents), max(0, -balance_cents), contact_id, item_id, description)


def _euro(cents: int) -> str:
    whole = f"{abs(cents) // 100:,}".replace(",", ".")
    return f"€ {'−' if cents < 0 else ''}{whole},{abs(cents) % 100:02d}"
