"""Whatever comes in, is booked, matched, asked, answered or taken back, in whatever order: the counter is the rows
(INV-26)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.banking import add_account, bank_lines, office_member, proposal_of
from tests.books import NOW, TODAY, Books, fill_books, new_domain
from tests.files import OUR_IBAN, movement, statement
from tests.intake import receive, ubl
from tests.questions.stage import link_to
from zelfboeken.access.models import User
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import Access, access_of
from zelfboeken.bank.models import Statement, StatementState
from zelfboeken.bank.services import NoGap, accept_gap
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, change_lines, take_back
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.inbox.queries import waiting_work
from zelfboeken.invoices.services import book_invoices
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.matching.facts import Decision, GLShare
from zelfboeken.matching.services import ItemNotOpen, LineChanged, LineNotBookable, NotSettled, Settlement, settle
from zelfboeken.matching.services import take_back as take_line_back
from zelfboeken.questions.models import Question, Side, SubjectKind, Topic
from zelfboeken.questions.rules import NobodyToAsk
from zelfboeken.questions.services import (
    Addressee,
    QuestionRefused,
    Subject,
    UnknownQuestion,
    Words,
    answer,
    ask,
    close,
    hand_to,
    standing_of,
)
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.queries import Waiting, waiting_in
from zelfboeken.workload.rules import WorkingCalendar, today_of
from zelfboeken.workload.services import miscounted

A_DAY = today_of(WorkingCalendar(), TODAY)
pytestmark = pytest.mark.django_db
_NTH = st.integers(0, 20)
_REFUSED = (
    EntryRefused, ItemNotOpen, LineChanged, LineNotBookable, NoGap, NobodyToAsk, NotSettled, QuestionRefused,
    UnknownQuestion,
)  # fmt: skip
_FIRST = date(2026, 11, 2)


class Stop(Exception):
    """What undoes an act half way."""


class Work(RuleBasedStateMachine):
    """A domain and whoever works in it; every act in a scope of its own, as a request has it."""

    books: Books
    office: User

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.made = 0
        self.statements = 0
        self.balance = 0
        self.withheld: list[bytes] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    def act(self, what: Callable[[], Any], *, is_undone: bool = False) -> None:
        try:
            with domain_scope(self.books.domain.id):
                what()
                if is_undone:
                    raise Stop
        except (*_REFUSED, Stop):
            pass

    @rule(is_read=st.booleans(), days=st.integers(0, 40), is_undone=st.booleans())
    def a_file_comes_in(self, is_read: bool, days: int, is_undone: bool) -> None:
        self.made += 1
        number = f"2026-{self.made:04d}"
        content = (
            ubl(("Verpakking", f"{self.made}.00", "S", "21"), number=number, issued_on=_FIRST) if is_read else b"?"
        )
        name = f"{number}.xml"
        at = NOW - timedelta(days=days)
        self.act(
            lambda: receive(self.books, content + (b"" if is_read else number.encode()), name=name, at=at),
            is_undone=is_undone,
        )

    @rule(cents=st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=3), is_withheld=st.booleans())
    def a_statement_comes_in(self, cents: list[int], is_withheld: bool) -> None:
        self.statements += 1
        content = statement(
            *(movement(one * 100, text=f"lijn {n}", iban=None, name=None) for n, one in enumerate(cents)),
            number=self.statements,
            opening_cents=self.balance,
            on=_FIRST + timedelta(days=self.statements),
        )
        self.balance += sum(cents) * 100
        if is_withheld:
            self.withheld.append(content)
        else:
            self.act(lambda: receive(self.books, content, name="bank.cod"))

    @precondition(lambda self: self.withheld)
    @rule()
    def a_statement_that_was_missing_comes_in(self) -> None:
        content = self.withheld.pop()
        self.act(lambda: receive(self.books, content, name="bank.cod"))

    @rule(nth=_NTH)
    def a_gap_is_accepted(self, nth: int) -> None:
        def accept() -> None:
            waiting = Statement.objects.filter(domain_id=self.books.domain.id, state=StatementState.GAP).order_by("id")
            if waiting:
                accept_gap(access=self.books.access, statement=waiting[nth % len(waiting)], reason="Kwijt", at=NOW)

        self.act(accept)

    @rule(nth=_NTH)
    def a_document_gets_its_lines(self, nth: int) -> None:
        def change() -> None:
            if one := self.nth_proposal(nth, is_booked=False):
                change_lines(
                    access=self.books.access, proposal_id=one.id, version=one.version, on_date=one.on_date,
                    lines=lines_from_json(one.lines), at=NOW,
                )  # fmt: skip

        self.act(change)

    @rule(nth=_NTH, is_undone=st.booleans())
    def a_document_is_booked(self, nth: int, is_undone: bool) -> None:
        def book() -> None:
            if one := self.nth_proposal(nth, is_booked=False):
                book_invoices(access=self.books.access, approvals=[Approval(one.id, one.version)], at=NOW)

        self.act(book, is_undone=is_undone)

    @rule(nth=_NTH)
    def a_document_is_taken_back(self, nth: int) -> None:
        def back() -> None:
            if one := self.nth_proposal(nth, is_booked=True):
                take_back(access=self.books.access, proposal_id=one.id, version=one.version, on=TODAY, at=NOW)

        self.act(back)

    @rule(nth=_NTH, is_undone=st.booleans())
    def a_line_is_booked(self, nth: int, is_undone: bool) -> None:
        def book() -> None:
            waiting = [one for one in bank_lines(self.books) if one.entry_id is None]
            if waiting:
                line = waiting[nth % len(waiting)]
                decision = proposal_of(self.books, line).decision or Decision(
                    "BOOK", shares=(GLShare("657000", line.amount_cents, ""),)
                )
                settle(access=self.books.access, settlements=[Settlement(line.id, decision)], at=NOW)

        self.act(book, is_undone=is_undone)

    @rule(nth=_NTH)
    def a_line_is_taken_back(self, nth: int) -> None:
        def back() -> None:
            booked = [one for one in bank_lines(self.books) if one.entry_id is not None]
            if booked:
                line = booked[nth % len(booked)]
                take_line_back(access=self.books.access, bank_line_id=line.id, on=TODAY, at=NOW)

        self.act(back)

    @rule(by_office=st.booleans(), to_office=st.booleans(), is_about_a_line=st.booleans(), is_undone=st.booleans())
    def a_question_is_asked(self, by_office: bool, to_office: bool, is_about_a_line: bool, is_undone: bool) -> None:
        def put() -> None:
            lines = bank_lines(self.books)
            subject = Subject(SubjectKind.NONE, None, "", "")
            if is_about_a_line and lines:
                subject = Subject(SubjectKind.BANK_LINE, lines[0].id, "ledger.see", "lijn")
            ask(
                access=self.access(by_office), administration_id=self.books.administration.id, subject=subject,
                topic=Topic.BOOKING, title="Waarvoor was dit?", words=Words("Zeg het eens."),
                to=Addressee(Side.OFFICE if to_office else Side.DOMAIN), at=NOW, link_to=link_to,
            )  # fmt: skip

        self.act(put, is_undone=is_undone)

    @rule(nth=_NTH, by_office=st.booleans(), is_undone=st.booleans())
    def a_question_is_answered_or_opened_again(self, nth: int, by_office: bool, is_undone: bool) -> None:
        def say() -> None:
            if one := self.nth_question(nth):
                answer(access=self.access(by_office), question=one, words=Words("Zo."), at=NOW, link_to=link_to)

        self.act(say, is_undone=is_undone)

    @rule(nth=_NTH, by_office=st.booleans())
    def a_question_is_closed(self, nth: int, by_office: bool) -> None:
        def end() -> None:
            if one := self.nth_question(nth):
                close(access=self.access(by_office), question=one, at=NOW)

        self.act(end)

    @rule(nth=_NTH, by_office=st.booleans(), to_office=st.booleans())
    def a_question_is_handed_on(self, nth: int, by_office: bool, to_office: bool) -> None:
        def hand() -> None:
            if one := self.nth_question(nth):
                to = self.office if to_office else self.books.user
                hand_to(access=self.access(by_office), question=one, user_id=to.id, at=NOW, link_to=link_to)

        self.act(hand)

    @invariant()
    def the_counter_is_what_the_rows_come_to(self) -> None:
        with domain_scope(self.books.domain.id):
            assert miscounted() == []

    @invariant()
    def the_office_sees_what_the_domain_sees(self) -> None:
        with domain_scope(self.books.domain.id):
            seen = waiting_work(access=self.books.access, administration_id=self.books.administration.id)
        queue, bank = seen.documents, seen.bank
        waiting = waiting_in([self.books.domain.id], today=A_DAY).get(self.books.domain.id, Waiting())
        assert (waiting.documents, waiting.documents_ready) == (queue.waiting + queue.stuck, queue.ready)
        assert (waiting.bank_lines, waiting.bank_lines_ready) == (bank.ready + bank.to_choose, bank.ready)
        with domain_scope(self.books.domain.id):
            turns = [standing_of(one) for one in Question.objects.filter(domain_id=self.books.domain.id)]
        office, domain = (sum(turn[side] for turn in turns) for side in (0, 1))
        assert (waiting.questions_to_office, waiting.questions_to_client) == (office, domain)
        promised = waiting.promised
        assert promised.yesterday + promised.today + promised.tomorrow == waiting.documents

    def access(self, by_office: bool) -> Access:
        user = self.office if by_office else self.books.user
        return access_of(user_id=user.id, slug=self.books.domain.slug, on=TODAY)

    def nth_question(self, nth: int) -> Question | None:
        found = list(Question.objects.filter(domain_id=self.books.domain.id).order_by("id"))
        return found[nth % len(found)] if found else None

    def nth_proposal(self, nth: int, *, is_booked: bool) -> Proposal | None:
        found = list(
            Proposal.objects.filter(domain_id=self.books.domain.id, entry_id__isnull=not is_booked).order_by("id")
        )
        return found[nth % len(found)] if found else None


def run(examples: int, steps: int, *, is_random: bool) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        Work.books = fill_books(domain, user)
        Work.office, _ = office_member(Work.books, PortalRole.PORTAL_BACKOFFICE)
        add_account(Work.books, OUR_IBAN, "Zichtrekening", "550000", "B1")
    run_state_machine_as_test(
        Work,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not is_random,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_inv26_in_whatever_order_work_is_done_the_counter_is_right():
    run(12, 12, is_random=False)


@pytest.mark.slow
def test_inv26_in_whatever_order_much_work_is_done_the_counter_is_right():
    run(80, 40, is_random=True)
