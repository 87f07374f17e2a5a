"""Whatever is booked, paid, matched, undone and reversed, in whatever order: the books stay right (INV-17, INV-26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.banking import (
    SAVINGS_IBAN,
    bank_lines,
    differences,
    matches,
    new_contact,
    open_books_with_bank,
    owed,
    proposal_of,
    take_in,
)
from tests.books import NOW, TODAY, Books
from tests.files import OUR_IBAN, THEIR_IBAN, movement, statement
from zelfboeken.bank.models import BankAccount, BankLine, Statement
from zelfboeken.bank.readers.model import ReadBankLine
from zelfboeken.bank.services import NoGap, accept_gap
from zelfboeken.belgium import structured_reference
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.ledger.services import reverse_entry
from zelfboeken.matching.facts import Decision, GLShare, OpenItemFacts
from zelfboeken.matching.listing import booked_balance, statement_shown
from zelfboeken.matching.posting import MatchTooLarge
from zelfboeken.matching.queries import open_item_facts
from zelfboeken.matching.services import (
    ItemNotOpen,
    LineChanged,
    LineNotBookable,
    NotSettled,
    Settlement,
    propose_again,
    settle,
    take_back,
    undo_match,
)
from zelfboeken.matching.set_off import NotSetOff, set_off

pytestmark = pytest.mark.django_db
OTHER_IBAN = "BE49999000000171"
_FIRST = date(2026, 3, 2)
_REFUSED = (EntryRefused, ItemNotOpen, LineChanged, LineNotBookable, MatchTooLarge, NoGap, NotSetOff, NotSettled)
_KINDS = ("exact", "part", "more", "cents", "number", "sum", "cost", "out", "into", "unknown")
_NTH = st.integers(0, 20)


class Payments(RuleBasedStateMachine):
    """What happens in an office, in any order; every act in a transaction of its own, as a request has it."""

    books: Books
    contacts: tuple[int, int]

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.made = 0
        self.entries: list[int] = []
        self.numbers = {OUR_IBAN: 0, SAVINGS_IBAN: 0}
        self.balances = {OUR_IBAN: 0, SAVINGS_IBAN: 0}
        self.withheld: list[bytes] = []

    def teardown(self) -> None:
        for content in self.withheld:
            take_in(self.books, content)
        assert differences(self.books) == ()
        self.the_books_say_what_the_bank_says()
        transaction.savepoint_rollback(self.point)

    def the_books_say_what_the_bank_says(self) -> None:
        for iban, account in (
            (one.iban, one) for one in BankAccount.objects.filter(domain_id=self.books.domain.id).order_by("id")
        ):
            own = Statement.objects.filter(domain_id=self.books.domain.id, bank_account_id=account.id)
            assert sorted(own.values_list("number", "state")) == [
                (number, "ACCEPTED") for number in range(1, self.numbers[iban] + 1)
            ]
            for one in own:
                row = statement_shown(
                    access=self.books.access,
                    administration_id=self.books.administration.id,
                    bank_account_id=account.id,
                    public_id=str(one.public_id),
                )
                assert row is not None
                assert row.opening_cents + row.received_cents - row.paid_cents == row.closing_cents
                books = booked_balance(access=self.books.access, gl_account_id=account.gl_account_id, statement=row)
                assert books.booked_cents + books.waiting_cents == row.closing_cents

    def act(self, what: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                what()
        except _REFUSED:
            pass

    @initialize(paid=st.lists(st.tuples(st.sampled_from(_KINDS), _NTH), min_size=3, max_size=3))
    def begin_with_work(self, paid: list[tuple[str, int]]) -> None:
        """Three documents, and a statement that pays something of them: else most runs never match anything."""
        for n in range(3):
            self.book_a_document(n + 2, n > 0, n == 2, True)
        self.hand_in_a_statement([("exact", 0), ("exact", 1), *paid], False)

    @rule(euros=st.integers(1, 9), is_sale=st.booleans(), who=st.booleans(), has_reference=st.booleans())
    def book_a_document(self, euros: int, is_sale: bool, who: bool, has_reference: bool) -> None:
        self.made += 1
        item = owed(
            self.books,
            euros * (100 if is_sale else -100),
            f"D2026-{self.made:04d}",
            structured=structured_reference.from_number(self.made) if has_reference else "",
            on=_FIRST,
            contact_id=self.contacts[who],
        )
        self.entries.append(OpenItem.objects.get(domain_id=self.books.domain.id, id=item).entry_id)

    @rule(
        lines=st.lists(st.tuples(st.sampled_from(_KINDS), _NTH), min_size=1, max_size=3),
        is_withheld=st.sampled_from([False, False, False, True]),
    )
    def hand_in_a_statement(self, lines: list[tuple[str, int]], is_withheld: bool) -> None:
        items = open_item_facts(domain_id=self.books.domain.id, administration_id=self.books.administration.id)
        self.deliver(OUR_IBAN, [self.movement(kind, n, items) for kind, n in lines], is_withheld=is_withheld)

    @rule(is_in=st.booleans(), is_withheld=st.booleans())
    def hand_in_the_other_side_of_a_transfer(self, is_in: bool, is_withheld: bool) -> None:
        line = movement(100 if is_in else -100, text="eigen", iban=OUR_IBAN, name="WIJ")
        self.deliver(SAVINGS_IBAN, [line], is_withheld=is_withheld)

    @rule(nth=_NTH)
    def hand_in_what_was_withheld(self, nth: int) -> None:
        if self.withheld:
            take_in(self.books, self.withheld.pop(nth % len(self.withheld)))

    @rule(nth=_NTH, choice=st.integers(0, 3))
    def accept_a_proposal_or_a_choice(self, nth: int, choice: int) -> None:
        if line := self.nth_line(nth, is_booked=False):
            proposal = proposal_of(self.books, line)
            decisions = [one for one in [proposal.decision, *(c.decision for c in proposal.choices)] if one]
            if decisions:
                self.settle(line, decisions[choice % len(decisions)])

    @rule(nth=_NTH)
    def book_a_line_on_an_account(self, nth: int) -> None:
        if line := self.nth_line(nth, is_booked=False):
            self.settle(line, Decision("BOOK", shares=(GLShare("657000", line.amount_cents, ""),)))

    @rule()
    def accept_everything_that_is_ready(self) -> None:
        for line in bank_lines(self.books):
            if line.entry_id is None and (decision := proposal_of(self.books, line).decision):
                self.settle(line, decision)

    @rule(nth=_NTH)
    def undo_a_match(self, nth: int) -> None:
        if made := matches(self.books):
            match = made[nth % len(made)]
            self.act(lambda: undo_match(access=self.books.access, match_id=match.id, at=NOW))

    @rule(who=st.booleans(), code=st.sampled_from(["400000", "440000"]), most=st.integers(2, 5))
    def set_open_items_off(self, who: bool, code: str, most: int) -> None:
        """Also items of one side only, which is refused."""
        items = open_item_facts(domain_id=self.books.domain.id, administration_id=self.books.administration.id)
        ids = [one.id for one in items if one.contact_id == self.contacts[who] and one.gl_code == code][:most]
        self.act(
            lambda: set_off(
                access=self.books.access, administration_id=self.books.administration.id, item_ids=ids, at=NOW
            )
        )

    @rule(nth=_NTH)
    def take_a_line_back(self, nth: int) -> None:
        if line := self.nth_line(nth, is_booked=True):
            self.act(lambda: take_back(access=self.books.access, bank_line_id=line.id, on=TODAY, at=NOW))

    @rule(nth=_NTH)
    def reverse_a_document(self, nth: int) -> None:
        if self.entries:
            entry = self.entries[nth % len(self.entries)]
            self.act(lambda: reverse_entry(access=self.books.access, entry_id=entry, on=TODAY, at=NOW))

    @rule()
    def propose_anew(self) -> None:
        propose_again(access=self.books.access, administration_id=self.books.administration.id, at=NOW)

    @rule()
    def accept_a_gap(self) -> None:
        waiting = Statement.objects.filter(domain_id=self.books.domain.id, state="GAP").first()
        if waiting:
            self.act(lambda: accept_gap(access=self.books.access, statement=waiting, reason="komt later", at=NOW))

    @invariant()
    def control_accounts_equal_open_items(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT g.code, coalesce((SELECT sum(b.debit_cents - b.credit_cents) FROM ledger_balance b "
                "WHERE b.domain_id = g.domain_id AND b.gl_account_id = g.id), 0), coalesce((SELECT "
                "sum(o.amount_cents - o.matched_cents) FROM ledger_openitem o WHERE o.domain_id = g.domain_id "
                "AND o.gl_account_id = g.id), 0) FROM ledger_glaccount g WHERE g.domain_id = %s AND g.is_control",
                [self.books.domain.id],
            )
            for code, balance, open_items in cursor.fetchall():
                assert balance == open_items, code

    def settle(self, line: BankLine, decision: Decision) -> None:
        self.act(lambda: settle(access=self.books.access, settlements=[Settlement(line.id, decision)], at=NOW))

    def nth_line(self, nth: int, *, is_booked: bool) -> BankLine | None:
        found = [line for line in bank_lines(self.books) if (line.entry_id is not None) == is_booked]
        return found[nth % len(found)] if found else None

    def deliver(self, iban: str, movements: list[ReadBankLine], *, is_withheld: bool) -> None:
        self.numbers[iban] += 1
        day = _FIRST + timedelta(days=self.numbers[iban])
        content = statement(
            *(replace(one, booked_on=day, value_on=day) for one in movements),
            number=self.numbers[iban],
            opening_cents=self.balances[iban],
            iban=iban,
            on=day,
        )
        self.balances[iban] += sum(one.amount_cents for one in movements)
        if is_withheld:
            self.withheld.append(content)
        else:
            take_in(self.books, content)

    def movement(self, kind: str, n: int, items: list[OpenItemFacts]) -> ReadBankLine:
        if kind == "cost":
            cost = movement(-10 - n, text="kosten", iban=None, name=None)
            return replace(cost, transaction_code="08001000")
        if kind in ("out", "into"):
            return movement(100 if kind == "into" else -100, text="eigen", iban=SAVINGS_IBAN, name="WIJ")
        if kind == "unknown" or not items:
            return movement(n * 7 - 33, text="geen idee", iban=OTHER_IBAN, name="IEMAND")
        item = items[n % len(items)]
        sign = 1 if item.open_cents > 0 else -1
        cents = {
            "part": item.open_cents // 2 or item.open_cents,
            "more": item.open_cents + 50 * sign,
            "cents": item.open_cents - 2 * sign or item.open_cents,
            "sum": sum(one.open_cents for one in items if one.contact_id == item.contact_id) or item.open_cents,
        }.get(kind, item.open_cents)
        if kind in ("exact", "part", "more", "cents") and item.structured:
            return movement(cents, structured=item.structured, name=item.contact_name)
        text = item.document_number if kind != "sum" else "betaling"
        return movement(cents, text=text, iban=OTHER_IBAN if kind == "number" else THEIR_IBAN, name=item.contact_name)


def run(examples: int, steps: int, *, is_random: bool) -> None:
    with open_books_with_bank(savings=True) as books:
        Payments.books = books
        Payments.contacts = (books.contact_id, new_contact(books, "Hotel Specimen NV", OTHER_IBAN))
        run_state_machine_as_test(
            Payments,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=not is_random,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_inv26_in_whatever_order_things_happen_the_books_stay_right():
    run(20, 12, is_random=False)


@pytest.mark.slow
def test_inv26_in_whatever_order_many_things_happen_the_books_stay_right():
    run(100, 50, is_random=True)
