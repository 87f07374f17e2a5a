"""Random runs of posting, reversing, closing and paying against a simple model; afterwards the books are proven.

The model knows numbers, balances, grids and open amounts as plain sums. After each run it is compared with what is
stored, and `verify` finds nothing (INV-01, 04, 05, 10, 12, 17, 18, 26).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.books import NOW
from tests.ledger.raw import ask_all, check_now
from tests.ledger.stage import Stage, new_stage
from zelfboeken.ledger.models import PeriodState
from zelfboeken.ledger.rules import EntryRefused, NewEntry, NewLine
from zelfboeken.ledger.services import (
    AlreadyPosted,
    ItemsAreMatched,
    NotReversible,
    PeriodNotOpen,
    post_entries,
    reverse_entry,
    set_period_state,
)
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.models import Match
from zelfboeken.matching.services import NotSettled, Settlement, settle, take_back, undo_match
from zelfboeken.reports.verify import verify_domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
JOURNALS = ("AK", "VK", "DP")


@dataclass
class Posted:
    """An entry as the model knows it: what it did, what is open of it, whether it was reversed."""

    place: int
    journal: str
    subject: str
    attempt: int
    movements: dict[str, int]
    grids: dict[int, int]
    entry_id: int
    open_cents: int = 0
    item_cents: int = 0
    is_reversed: bool = False


@dataclass
class Paid:
    """A booked bank line: which entry it pays and for how much, with its match as long as that stands."""

    line_id: int
    of: Posted
    cents: int
    entry_id: int
    match_id: int | None


@dataclass
class Model:
    """The books as plain sums, per administration."""

    numbers: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    length: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    balances: dict[tuple[int, str, date], int] = field(default_factory=lambda: defaultdict(int))
    grids: dict[tuple[int, int, date], int] = field(default_factory=lambda: defaultdict(int))
    states: dict[tuple[int, date], PeriodState] = field(default_factory=dict)
    entries: list[Posted] = field(default_factory=list)
    payments: list[Paid] = field(default_factory=list)

    def post(self, place: int, journal: str, on: date, movements: dict[str, int], grids: dict[int, int]) -> int:
        """Add these movements; the number the entry gets."""
        self.length[place] += 1
        self.numbers[(place, journal)] += 1
        for code, cents in movements.items():
            self.balances[(place, code, on.replace(day=1))] += cents
        for grid, cents in grids.items():
            self.grids[(place, grid, on.replace(day=1))] += cents
        return self.numbers[(place, journal)]

    def state(self, place: int, on: date) -> PeriodState:
        return self.states.get((place, on.replace(day=1)), PeriodState.OPEN)


class BooksMachine(RuleBasedStateMachine):
    """One run: a transaction in which nothing is posted yet, rolled back at its end."""

    stage: ClassVar[Stage]

    places = st.integers(0, 1)
    days = st.builds(lambda month, day: month + timedelta(days=day), st.sampled_from(MONTHS), st.integers(0, 27))
    amounts = st.integers(1, 50) | st.integers(1, 10**9)

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.run_of = itertools.count(1)
        self.open = ExitStack()
        self.open.enter_context(transaction.atomic())
        self.open.enter_context(domain_scope(self.stage.domain))

    def teardown(self) -> None:
        with suppress(_RunIsOver), self.open:
            check_now()
            self._compare()
            raise _RunIsOver

    @initialize()
    def begin(self) -> None:
        assert ask_all("SELECT 1 FROM ledger_entry WHERE domain_id = %s", self.stage.domain) == []

    # --- posting

    def entry(self, place: int, journal: str, on: date, cents: int, subject: str, attempt: int) -> NewEntry:
        """A purchase with VAT in AK, a sale with VAT in VK, a line without contact in DP."""
        books = self.stage.books[place]
        sign = -1 if journal == "VK" else 1
        lines = tuple(
            NewLine(
                books.accounts[code],
                max(sign * amount, 0),
                max(-sign * amount, 0),
                description=f"{code}; {on}, “{cents}”",
                contact_id=books.contact_id if code in {"400000", "440000"} else None,
                grids=((grid, cents),) if grid else (),
                document_number=subject,
            )
            for code, amount, grid in _PATTERNS[journal](cents)
        )
        return books.entry(*lines, journal_id=books.journals[journal], on_date=on, subject=subject, attempt=attempt)

    def known(
        self, place: int, journal: str, on: date, cents: int, subject: str, attempt: int, entry_id: int
    ) -> Posted:
        """What the model expects of such an entry."""
        sign = -1 if journal == "VK" else 1
        movements = {code: sign * amount for code, amount, _ in _PATTERNS[journal](cents)}
        grids = {grid: cents for _, _, grid in _PATTERNS[journal](cents) if grid}
        owed = movements.get("440000", 0) + movements.get("400000", 0)
        return Posted(place, journal, subject, attempt, movements, grids, entry_id, owed, owed)

    @rule(
        wanted=st.lists(st.tuples(places, st.sampled_from(JOURNALS), days, amounts), min_size=1, max_size=4),
        is_controller=st.booleans(),
    )
    def post(self, wanted: list[tuple[int, str, date, int]], is_controller: bool) -> None:
        asked = [(*one, f"RUN:{next(self.run_of)}", 1) for one in wanted]
        self.post_all(asked, is_controller)

    def post_all(self, asked: list[tuple[int, str, date, int, str, int]], is_controller: bool) -> None:
        access = self.stage.controller if is_controller else self.stage.books[0].access
        shut = {PeriodState.CLOSED} if is_controller else {PeriodState.CLOSED, PeriodState.BLOCKED}
        entries = [self.entry(*one) for one in asked]
        if any(self.model.state(place, on) in shut for place, _, on, *_ in asked):
            self.refused(PeriodNotOpen, lambda: post_entries(access=access, entries=entries, at=NOW))
            return
        posted = post_entries(access=access, entries=entries, at=NOW)
        for one, done in zip(asked, posted, strict=True):
            place, journal, on = one[:3]
            expected = self.known(*one, done.id)
            number = self.model.post(place, journal, on, expected.movements, expected.grids)
            assert (done.number, done.seq) == (number, self.model.length[place])
            self.model.entries.append(expected)

    @rule(place=places, on=days, cents=amounts, off=st.sampled_from([-1, 1]))
    def post_a_cent_off(self, place: int, on: date, cents: int, off: int) -> None:
        entry = self.entry(place, "DP", on, cents, f"RUN:{next(self.run_of)}", 1)
        first, *others = entry.lines
        first = replace(first, debit_cents=first.debit_cents + off) if first.debit_cents + off else first
        if first == entry.lines[0]:
            return
        wrong = replace(entry, lines=(first, *others))
        self.refused(EntryRefused, lambda: post_entries(access=self.stage.books[0].access, entries=[wrong], at=NOW))

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data(), on=days, cents=amounts)
    def post_again(self, data: Any, on: date, cents: int) -> None:
        old = data.draw(st.sampled_from(self.model.entries))
        newest = max(
            (one for one in self.model.entries if (one.place, one.subject) == (old.place, old.subject)),
            key=lambda one: one.attempt,
        )
        asked = (old.place, old.journal, on, cents, old.subject, newest.attempt + newest.is_reversed)
        if newest.is_reversed or self.model.state(old.place, on) is PeriodState.CLOSED:
            self.post_all([asked], True)
            return
        again = [self.entry(*asked)]
        self.refused(AlreadyPosted, lambda: post_entries(access=self.stage.controller, entries=again, at=NOW))

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data(), on=days)
    def reverse(self, data: Any, on: date) -> None:
        posted = data.draw(st.sampled_from(self.model.entries))

        def undo() -> Any:
            return reverse_entry(access=self.stage.books[0].access, entry_id=posted.entry_id, on=on, at=NOW)

        if self.model.state(posted.place, on) is not PeriodState.OPEN:
            self.refused(PeriodNotOpen, undo)
        elif posted.is_reversed:
            self.refused(NotReversible, undo)
        elif posted.open_cents != posted.item_cents:
            self.refused(ItemsAreMatched, undo)
        else:
            done = undo()
            opposite = {code: -cents for code, cents in posted.movements.items()}
            number = self.model.post(
                posted.place, posted.journal, on, opposite, {grid: -cents for grid, cents in posted.grids.items()}
            )
            assert (done.number, done.seq) == (number, self.model.length[posted.place])
            posted.is_reversed, posted.open_cents = True, 0
            self.refused(NotReversible, undo)

    # --- periods

    @rule(place=places, month=st.sampled_from(MONTHS), state=st.sampled_from(PeriodState), often=st.integers(0, 3))
    def set_month(self, place: int, month: date, state: PeriodState, often: int) -> None:
        if state is PeriodState.CLOSED and often:
            return  # A month that closed never opens: seldom, or soon nothing can be posted.

        def change() -> None:
            set_period_state(
                access=self.stage.controller,
                administration_id=self.stage.books[place].administration.id,
                starts_on=month,
                state=state,
                at=NOW,
            )

        if self.model.state(place, month) is PeriodState.CLOSED:
            self.refused(PeriodNotOpen, change)
        else:
            change()
            self.model.states[(place, month)] = state

    # --- paying

    @precondition(lambda self: any(one.item_cents for one in self.model.entries))
    @rule(data=st.data(), on=days)
    def pay(self, data: Any, on: date) -> None:
        owed = data.draw(st.sampled_from([one for one in self.model.entries if one.item_cents]))
        most = abs(owed.item_cents)
        cents = data.draw(st.integers(1, most)) * (1 if owed.item_cents > 0 else -1)
        line_id = self.stage.bank_line(owed.place, on, cents)
        [[item_id]] = ask_all(
            "SELECT id FROM ledger_openitem WHERE domain_id = %s AND entry_id = %s", self.stage.domain, owed.entry_id
        )

        def book() -> Any:
            decision = Decision("MATCH", (Allocation(item_id, cents),))
            return settle(
                access=self.stage.books[0].access, settlements=[Settlement(line_id, decision)], at=NOW
            )[0]  # fmt: skip

        if abs(cents) > abs(owed.open_cents):
            self.refused(ValueError, book)
        elif self.model.state(owed.place, on) is not PeriodState.OPEN:
            self.refused(PeriodNotOpen, book)
        else:
            done = book()
            control = "400000" if cents > 0 else "440000"
            number = self.model.post(owed.place, "B1", on, {"550000": cents, control: -cents}, {})
            assert (done.entry.number, done.entry.seq) == (number, self.model.length[owed.place])
            match = Match.objects.get(domain_id=self.stage.domain, bank_line_id=line_id, undone_at__isnull=True)
            owed.open_cents -= cents
            self.model.payments.append(Paid(line_id, owed, cents, done.entry.id, match.id))

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data())
    def undo(self, data: Any) -> None:
        paid = data.draw(st.sampled_from(self.model.payments))

        def undo() -> None:
            undo_match(access=self.stage.books[0].access, match_id=paid.match_id or 0, at=NOW)

        if paid.match_id is None:
            self.refused(NotSettled, undo)
            return
        undo()
        paid.of.open_cents += paid.cents
        paid.match_id = None

    @precondition(lambda self: self.model.payments)
    @rule(data=st.data(), on=days)
    def take_back(self, data: Any, on: date) -> None:
        paid = data.draw(st.sampled_from(self.model.payments))

        def back() -> Any:
            return take_back(access=self.stage.books[0].access, bank_line_id=paid.line_id, on=on, at=NOW)

        if self.model.state(paid.of.place, on) is not PeriodState.OPEN:
            self.refused(PeriodNotOpen, back)
            return
        back()
        control = "400000" if paid.cents > 0 else "440000"
        self.model.post(paid.of.place, "B1", on, {"550000": -paid.cents, control: paid.cents}, {})
        if paid.match_id is not None:
            paid.of.open_cents += paid.cents
        self.model.payments.remove(paid)

    # --- what must hold

    def refused(self, error: type[Exception], act: Callable[[], object]) -> None:
        """The act is refused, and leaves nothing behind."""
        with pytest.raises(error), transaction.atomic():
            act()

    def _compare(self) -> None:
        domain, model = self.stage.domain, self.model
        place_of = {books.administration.id: place for place, books in enumerate(self.stage.books)}
        code_of = {
            account_id: code for books in self.stage.books for code, account_id in books.accounts.items()
        }  # fmt: skip
        journal_of = {journal_id: code for books in self.stage.books for code, journal_id in books.journals.items()}
        journal_of |= {account.journal_id: "B1" for account in self.stage.accounts}
        chain = ask_all(
            "SELECT administration_id, seq, journal_id, number FROM ledger_entry WHERE domain_id = %s ORDER BY 1, 2",
            domain,
        )
        numbers: dict[tuple[int, str], list[int]] = defaultdict(list)
        lengths: dict[int, list[int]] = defaultdict(list)
        for administration, seq, journal, number in chain:
            lengths[place_of[administration]].append(seq)
            numbers[(place_of[administration], journal_of[journal])].append(number)
        assert dict(lengths) == {place: list(range(1, n + 1)) for place, n in model.length.items() if n}
        assert dict(numbers) == {series: list(range(1, n + 1)) for series, n in model.numbers.items() if n}
        balances = {
            (place_of[administration], code_of[account], month): debit - credit
            for administration, account, month, debit, credit in ask_all(
                "SELECT administration_id, gl_account_id, month_starts_on, debit_cents, credit_cents "
                "FROM ledger_balance WHERE domain_id = %s",
                domain,
            )
        }
        assert {key: cents for key, cents in balances.items() if cents} == {
            key: cents for key, cents in model.balances.items() if cents
        }
        grids = {
            (place_of[administration], grid, month): cents
            for administration, grid, month, cents in ask_all(
                "SELECT administration_id, grid, month_starts_on, cents FROM ledger_grid_balance WHERE domain_id = %s",
                domain,
            )
        }
        assert {key: cents for key, cents in grids.items() if cents} == {
            key: cents for key, cents in model.grids.items() if cents
        }
        still_open = dict(
            ask_all("SELECT entry_id, amount_cents - matched_cents FROM ledger_openitem WHERE domain_id = %s", domain)
        )
        for posted in model.entries:
            assert still_open.get(posted.entry_id, 0) == posted.open_cents
        for paid in model.payments:
            assert still_open[paid.entry_id] == (-paid.cents if paid.match_id is None else 0)
        # The statements of the stage have no file behind them.
        assert {one.check for one in verify_domain(domain_id=domain).differences} <= {"files"}


class _RunIsOver(Exception):
    """Rolls a run back."""


def _with_vat(
    cost: str, vat: str, owed: str, grids: tuple[int, int]
) -> Callable[[int], tuple[tuple[str, int, int], ...]]:
    def lines(cents: int) -> tuple[tuple[str, int, int], ...]:
        return ((cost, cents, grids[0]), (vat, cents, grids[1]), (owed, -2 * cents, 0))

    return lines


_PATTERNS: dict[str, Callable[[int], tuple[tuple[str, int, int], ...]]] = {
    "AK": _with_vat("613000", "411059", "440000", (82, 59)),
    "VK": _with_vat("700000", "451054", "400000", (3, 54)),
    "DP": lambda cents: (("613000", cents, 0), ("499000", -cents, 0)),
}
"""Per journal: account, debit − credit of a purchase (turned for a sale), and the grid its amount counts in."""


@pytest.fixture(autouse=True)
def stage() -> None:
    """The stage of all runs of a test."""
    BooksMachine.stage = new_stage()


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_inv26_short_random_runs_agree_with_the_model():
    run_state_machine_as_test(
        BooksMachine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=QUIET, derandomize=True
        ),
    )


@pytest.mark.slow
def test_inv26_twenty_thousand_random_operations_agree_with_the_model():
    run_state_machine_as_test(
        BooksMachine,
        settings=settings(max_examples=400, stateful_step_count=50, deadline=None, suppress_health_check=QUIET),
    )
