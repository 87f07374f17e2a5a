"""Open items of one contact set off against each other by hand: a credit note against invoices, a payment that came in
without saying for what, what was paid too much against the next invoice.

Nothing is booked: both stand on one account of that contact already, and what a customer owes is never set off against
what is owed to him as a supplier (rules, chapter 7: no compensation between claims and debts).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankLine
from zelfboeken.matching.facts import OpenItemFacts
from zelfboeken.matching.models import Match
from zelfboeken.matching.queries import open_item_facts
from zelfboeken.matching.rows import NewMatch, lines_waiting_for, lock_items, raise_items, store_matches
from zelfboeken.matching.services import UnknownMatch, propose_for_entries, propose_without, undo_match

BY_HAND = "SET_OFF"
"""The method of such a match."""


class NotSetOff(ValueError):
    """What was chosen cannot be set off; the text says why and what to choose."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pair:
    """So many cents of two items go away against each other."""

    item_id: int
    against_id: int
    cents: int


def pairs_of(items: Sequence[OpenItemFacts]) -> list[Pair]:
    """How these items are set off: the oldest first, until one side is used up; what is left of the other stays open.

    Raises:
        NotSetOff: they are of more than one contact or account, or all on one side.
    """
    if len({(item.contact_id, item.gl_code) for item in items}) > 1:
        raise NotSetOff(
            "more_than_one_account",
            "Alleen posten van één relatie op één rekening worden verrekend. Kies ze binnen dezelfde lijst.",
        )
    ordered = sorted(items, key=lambda item: (item.on_date, item.id))
    claims = deque([item.id, item.open_cents] for item in ordered if item.open_cents > 0)
    debts = deque([item.id, -item.open_cents] for item in ordered if item.open_cents < 0)
    if not claims or not debts:
        raise NotSetOff(
            "one_side", "Kies minstens één bedrag langs elke kant, zoals een factuur en een creditnota of een betaling."
        )
    found = []
    while claims and debts:
        cents = min(claims[0][1], debts[0][1])
        found.append(Pair(claims[0][0], debts[0][0], cents))
        for side in (claims, debts):
            side[0][1] -= cents
            if not side[0][1]:
                side.popleft()
    return found


def set_off(*, access: Access, administration_id: int, item_ids: Collection[int], at: datetime) -> list[Pair]:
    """Set open items off against each other. Waiting bank lines that counted on one are proposed anew.

    Raises:
        NotAllowed: the user may not match.
        NotSetOff: fewer than two are still open, or they do not fit together (`pairs_of`).
    """
    access.require(Right.BANK_MATCH)
    access.require_reach(administration_id)
    # Lines before items, as everywhere: who books a line that counts on one of these waits, or we for him.
    counting = lines_waiting_for(access.domain_id, {administration_id}, item_ids)
    list(BankLine.objects.select_for_update().filter(domain_id=access.domain_id, id__in=counting).order_by("id"))
    lock_items(access.domain_id, item_ids)
    found = open_item_facts(domain_id=access.domain_id, administration_id=administration_id, ids=sorted(item_ids))
    items = [item for item in found if item.open_cents]
    if len(items) < len(set(item_ids)) or len(items) < 2:
        raise NotSetOff(
            "not_open", "Niet alles wat je koos staat nog open. Kijk de lijst na en kies opnieuw, minstens twee posten."
        )
    pairs = pairs_of(items)
    raised: dict[int, int] = {}
    for pair in pairs:
        raised[pair.item_id] = raised.get(pair.item_id, 0) + pair.cents
        raised[pair.against_id] = raised.get(pair.against_id, 0) - pair.cents
    raise_items(access.domain_id, raised)
    store_matches(
        access.domain_id,
        [NewMatch(administration_id, None, one.item_id, one.against_id, one.cents, BY_HAND) for one in pairs],
        at=at,
        user_id=access.user_id,
    )
    access.log(
        at=at,
        events=[Happened("match.set_off", f"{one.item_id}:{one.against_id}", {"cents": one.cents}) for one in pairs],
    )
    propose_without(access, {administration_id}, set(raised), at)
    return pairs


def set_off_ids(*, access: Access, pairs: Collection[Pair]) -> list[int]:
    """The ids of the newest matches of these pairs."""
    found = {}
    own = Match.objects.filter(domain_id=access.domain_id, bank_line_id=None, undone_at=None)
    for one in own.filter(item_id__in=[pair.item_id for pair in pairs]).order_by("id"):
        found[one.item_id, one.against_id] = one.id
    return [found[pair.item_id, pair.against_id] for pair in pairs]


def undo_set_off(*, access: Access, match_id: int, at: datetime, contact_id: int | None = None) -> Match:
    """Both items of a set-off, of this contact where one is named, are open again for its amount.

    Raises:
        NotAllowed: the user may not match.
        UnknownMatch: there is no such set-off of this contact.
        NotSettled: undone before.
    """
    access.require(Right.BANK_MATCH)
    own = Match.objects.filter(domain_id=access.domain_id, id=match_id, bank_line_id=None)
    if contact_id is not None:
        own = own.filter(item__contact_id=contact_id)
    if not own.exists():
        raise UnknownMatch(match_id)
    match = undo_match(access=access, match_id=match_id, at=at)
    propose_for_entries(
        access=access,
        administration_id=match.administration_id,
        entry_ids=[match.item.entry_id, match.against.entry_id],
        at=at,
    )
    return match


@dataclass(frozen=True, slots=True)
class SetOff:
    """A set-off that stands: when, which two, and for how much. A number is empty where the item has none."""

    match_id: int
    made_at: datetime
    cents: int
    gl_code: str
    item_number: str
    item_on: date
    item_entry_id: int
    against_number: str
    against_on: date
    against_entry_id: int


_STANDING = """
SELECT m.id, m.made_at, m.amount_cents, g.code, i.document_number, i.on_date, i.entry_id, a.document_number, a.on_date,
       a.entry_id
  FROM matching_match m
  JOIN ledger_openitem i ON i.domain_id = m.domain_id AND i.id = m.item_id
  JOIN ledger_openitem a ON a.domain_id = m.domain_id AND a.id = m.against_id
  JOIN ledger_glaccount g ON g.domain_id = i.domain_id AND g.id = i.gl_account_id
 WHERE m.domain_id = %s AND m.administration_id = %s AND m.bank_line_id IS NULL AND m.undone_at IS NULL
   AND i.contact_id = %s ORDER BY m.made_at DESC, m.id DESC LIMIT %s
"""


def set_offs_of(*, access: Access, administration_id: int, contact_id: int, limit: int) -> list[SetOff]:
    """What stands set off by hand for a contact, newest first."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [access.domain_id, administration_id, contact_id, limit])
        return [SetOff(*row) for row in cursor.fetchall()]
