"""Doing the same, or opposite things, at the same time: one wins, the loser is told, and nobody waits for ever."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connections

from tests.books import NOW, Books, fill_books, new_domain, office_access, waiting_purchase
from tests.ledger.raw import ask, ask_all
from tests.ledger.stage import Stage, new_stage
from tests.threads import in_threads
from zelfboeken.access.rights import PortalRole
from zelfboeken.booking import services
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, ProposalChanged, approve, take_back
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.ledger.models import OpenItem, PeriodState
from zelfboeken.ledger.months import Change, change_months, months_of
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.ledger.services import (
    AlreadyPosted,
    NotReversible,
    PeriodNotOpen,
    post_entries,
    post_entry,
    reverse_entry,
    set_period_state,
)
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.services import Settlement, settle
from zelfboeken.reports.verify import see_one_moment, verify_domain
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow

LATER = date(2026, 11, 25)


class ChangedMyMind(Exception):
    """Rolls a transaction back."""


def new_books() -> Books:
    domain, user = new_domain()
    with domain_scope(domain.id):
        return fill_books(domain, user)


def differences(domain_id: int) -> list[str]:
    """What the verifier finds, apart from the statements of a stage: they have no file behind them and no balances."""
    with domain_scope(domain_id):
        found = verify_domain(domain_id=domain_id).differences
    return [f"{one.check}: {one.at} {one.text}" for one in found if one.check not in {"files", "bank"}]


def test_inv05_eight_who_post_and_change_their_mind_one_time_in_five_leave_no_gap(own_database: Urls):
    books = new_books()

    def post(worker: int) -> list[int]:
        chance, numbers = random.Random(worker), []
        for _ in range(40):
            try:
                with domain_scope(books.domain.id):
                    posted = post_entry(access=books.access, entry=books.entry(), at=NOW)
                    if chance.random() < 0.2:
                        raise ChangedMyMind
            except ChangedMyMind:
                continue
            numbers.append(posted.number)
        return numbers

    numbers = [number for own in in_threads(8, post) for number in own]

    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert 200 < len(numbers) < 300
    with domain_scope(books.domain.id):
        chain = ask_all("SELECT seq, number FROM ledger_entry WHERE domain_id = %s ORDER BY seq", books.domain.id)
    assert chain == [(n, n) for n in range(1, len(numbers) + 1)]
    assert differences(books.domain.id) == []


def test_inv04_two_who_reverse_the_same_entry_make_one_reversal(own_database: Urls):
    books = new_books()
    for _ in range(25):
        with domain_scope(books.domain.id):
            posted = post_entry(access=books.access, entry=books.entry(), at=NOW)

        def reverse(_: int, entry_id: int = posted.id) -> str:
            try:
                with domain_scope(books.domain.id):
                    reverse_entry(access=books.access, entry_id=entry_id, on=LATER, at=NOW)
            except NotReversible as no:
                return str(no)
            return "done"

        assert sorted(in_threads(2, reverse)) == ["Deze boeking is al teruggedraaid.", "done"]
    assert differences(books.domain.id) == []


def test_inv12_what_is_posted_while_a_month_is_closed_came_before_or_is_refused(own_database: Urls):
    books = new_books()
    closer = office_access(books.domain, PortalRole.CONTROLLER)
    outcomes: Counter[str] = Counter()
    for month in range(1, 13):
        starts_on = date(2026, month, 1)

        def act(worker: int, starts_on: date = starts_on) -> str:
            try:
                if worker == 0:
                    with domain_scope(books.domain.id):
                        set_period_state(
                            access=closer,
                            administration_id=books.administration.id,
                            starts_on=starts_on,
                            state=PeriodState.CLOSED,
                            at=NOW,
                        )
                    return "closed"
                for _ in range(4):
                    with domain_scope(books.domain.id):
                        post_entry(access=books.access, entry=books.entry(on_date=starts_on), at=NOW)
            except PeriodNotOpen as no:
                return no.code
            return "posted"

        outcomes.update(in_threads(4, act))
        with domain_scope(books.domain.id):
            [closing] = ask("SELECT max(id) FROM audit_event WHERE action = 'period.state'")
            late = ask("SELECT count(*) FROM ledger_entry WHERE period_starts_on = %s AND id > %s", starts_on, closing)
            assert late == (0,)

    assert outcomes["closed"] == 12
    assert outcomes["period_closed"] > 0
    assert set(outcomes) <= {"closed", "period_closed", "posted"}
    assert differences(books.domain.id) == []


def test_inv12_closing_waits_for_the_posting_that_is_under_way(own_database: Urls):
    books = new_books()
    closer = office_access(books.domain, PortalRole.CONTROLLER)
    posted, go_on = threading.Event(), threading.Event()

    def post_slowly() -> None:
        try:
            with domain_scope(books.domain.id):
                post_entry(access=books.access, entry=books.entry(), at=NOW)
                posted.set()
                go_on.wait(30)
        finally:
            connections.close_all()

    def close() -> None:
        try:
            with domain_scope(books.domain.id):
                set_period_state(
                    access=closer,
                    administration_id=books.administration.id,
                    starts_on=date(2026, 11, 1),
                    state=PeriodState.CLOSED,
                    at=NOW,
                )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool, psycopg.connect(own_database.admin, autocommit=True) as admin:
        posting = pool.submit(post_slowly)
        posted.wait(30)
        closing = pool.submit(close)
        while admin.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() == (0,):
            assert not closing.done()
        go_on.set()
        posting.result()
        closing.result()

    with domain_scope(books.domain.id), pytest.raises(PeriodNotOpen):
        post_entry(access=books.access, entry=books.entry(), at=NOW)
    assert differences(books.domain.id) == []


def test_inv12_one_opens_months_while_another_blocks_later_ones_and_no_hole_is_left(own_database: Urls):
    books = new_books()
    closer = office_access(books.domain, PortalRole.CONTROLLER)
    opened, go_on = threading.Event(), threading.Event()

    def change(name: Change, month: int) -> list[int]:
        try:
            with domain_scope(books.domain.id):
                found = change_months(
                    access=closer,
                    administration_id=books.administration.id,
                    change=name,
                    starts_on=date(2026, month, 1),
                    at=NOW,
                )
                if name == "open":
                    opened.set()
                    go_on.wait(30)
            return [one.starts_on.month for one in found]
        finally:
            connections.close_all()

    assert change("block", 4) == [1, 2, 3, 4]
    with ThreadPoolExecutor(2) as pool, psycopg.connect(own_database.admin, autocommit=True) as admin:
        opening = pool.submit(change, "open", 3)
        opened.wait(30)
        blocking = pool.submit(change, "block", 6)
        while admin.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() == (0,):
            assert not opening.done()
        go_on.set()

        assert opening.result() == [3, 4]
        assert blocking.result() == [3, 4, 5, 6]

    with domain_scope(books.domain.id):
        found = months_of(access=closer, administration_id=books.administration.id)
    assert "".join(one.state.value[0] for one in found) == "BBBBBBOOOOOO"


def test_inv18_a_document_moves_to_an_earlier_month_while_months_are_blocked_and_neither_fails(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    books = new_books()
    closer = office_access(books.domain, PortalRole.CONTROLLER)
    with domain_scope(books.domain.id):
        proposal = waiting_purchase(books)
        approve(access=books.access, approvals=[Approval(proposal.id, 1)], at=NOW)
        [version] = ask("SELECT version FROM booking_proposal WHERE id = %s", proposal.id)
    lines = lines_from_json(proposal.lines)
    reversed_, go_on = threading.Event(), threading.Event()
    change = services._change

    def slowly(*values: Any, **named: Any) -> Proposal:
        reversed_.set()
        go_on.wait(30)
        return change(*values, **named)

    monkeypatch.setattr(services, "_change", slowly)

    def move() -> None:
        try:
            with domain_scope(books.domain.id):
                services.correct(
                    access=books.access,
                    proposal_id=proposal.id,
                    version=version,
                    on=LATER,
                    on_date=date(2026, 9, 14),
                    lines=lines,
                    at=NOW,
                )
        finally:
            connections.close_all()

    def block() -> list[int]:
        try:
            with domain_scope(books.domain.id):
                found = change_months(
                    access=closer,
                    administration_id=books.administration.id,
                    change="block",
                    starts_on=date(2026, 11, 1),
                    at=NOW,
                )
            return [one.starts_on.month for one in found]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool, psycopg.connect(own_database.admin, autocommit=True) as admin:
        moving = pool.submit(move)
        reversed_.wait(30)
        blocking = pool.submit(block)
        while admin.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() == (0,):
            assert not blocking.done()
        go_on.set()
        moving.result()
        assert blocking.result() == list(range(1, 12))

    with domain_scope(books.domain.id):
        days = ask_all("SELECT on_date FROM ledger_entry WHERE domain_id = %s ORDER BY seq", books.domain.id)
    assert [day for (day,) in days] == [date(2026, 11, 12), date(2026, 11, 12), date(2026, 9, 14)]
    assert differences(books.domain.id) == []


def test_inv18_eight_who_approve_the_same_document_book_it_once(own_database: Urls):
    books = new_books()
    for _ in range(10):
        with domain_scope(books.domain.id):
            proposal = waiting_purchase(books)

        def send(_: int, proposal_id: int = proposal.id) -> str:
            try:
                with domain_scope(books.domain.id):
                    approve(access=books.access, approvals=[Approval(proposal_id, 1)], at=NOW)
            except ProposalChanged as no:
                return str(no)
            return "booked"

        told = "Iemand anders boekte dit stuk intussen. Ga verder met het volgende."
        assert sorted(in_threads(8, send)) == [*[told] * 7, "booked"]
    assert differences(books.domain.id) == []


def test_inv18_the_same_source_posted_by_four_at_once_stands_once(own_database: Urls):
    books = new_books()
    for n in range(10):

        def post(_: int, subject: str = f"BRON:{n}") -> str:
            try:
                with domain_scope(books.domain.id):
                    post_entry(access=books.access, entry=books.entry(subject=subject), at=NOW)
            except AlreadyPosted as no:
                return no.code
            return "posted"

        assert sorted(in_threads(4, post)) == ["already_posted"] * 3 + ["posted"]
    assert differences(books.domain.id) == []


def test_inv18_one_books_a_document_while_another_takes_it_back(own_database: Urls):
    books = new_books()
    with domain_scope(books.domain.id):
        proposal = waiting_purchase(books)

    def to_and_fro(worker: int) -> int:
        done = 0
        for _ in range(30):
            try:
                with domain_scope(books.domain.id):
                    [version] = ask("SELECT version FROM booking_proposal WHERE id = %s", proposal.id)
                    if worker % 2:
                        take_back(access=books.access, proposal_id=proposal.id, version=version, on=LATER, at=NOW)
                    else:
                        approve(access=books.access, approvals=[Approval(proposal.id, version)], at=NOW)
            except ValueError:
                continue
            done += 1
        return done

    done = sum(in_threads(4, to_and_fro))

    with domain_scope(books.domain.id):
        assert ask("SELECT count(*) FROM ledger_entry WHERE domain_id = %s", books.domain.id) == (done,)
    assert done > 2
    assert differences(books.domain.id) == []


def test_inv17_an_item_is_paid_or_its_entry_reversed_and_never_both(own_database: Urls):
    stage = new_stage()
    books = stage.books[0]
    outcomes: Counter[tuple[str, ...]] = Counter()
    for _ in range(25):
        with domain_scope(stage.domain):
            posted = post_entry(access=books.access, entry=books.entry(), at=NOW)
            item = OpenItem.objects.get(domain_id=stage.domain, entry_id=posted.id)
            line_id = stage.bank_line(0, date(2026, 11, 16), -12_100)

        def act(worker: int, entry_id: int = posted.id, item_id: int = item.id, line_id: int = line_id) -> str:
            decision = Decision("MATCH", (Allocation(item_id, -12_100),))
            try:
                with domain_scope(stage.domain):
                    if worker:
                        reverse_entry(access=books.access, entry_id=entry_id, on=LATER, at=NOW)
                        return "reversed"
                    settle(access=books.access, settlements=[Settlement(line_id, decision)], at=NOW)
                    return "paid"
            except ValueError:
                return "refused"

        outcomes[tuple(sorted(in_threads(2, act)))] += 1

    assert set(outcomes) <= {("paid", "refused"), ("refused", "reversed")}
    assert differences(stage.domain) == []


def test_many_who_work_in_the_same_books_in_another_order_never_lock_each_other_out(own_database: Urls):
    stage = new_stage()
    done: Counter[str] = Counter()

    def work(worker: int) -> Counter[str]:
        chance, own = random.Random(worker), Counter[str]()
        mine: list[int] = []
        for _ in range(25):
            try:
                with domain_scope(stage.domain):
                    what = one_thing(stage, chance, mine)
            except (EntryRefused, ValueError):
                what = "refused"
            own[what] += 1
        return own

    for own in in_threads(8, work):
        done += own

    assert done["posted"] > 50
    assert done["reversed"] > 10
    assert done["paid"] > 5
    assert differences(stage.domain) == []


def one_thing(stage: Stage, chance: random.Random, mine: list[int]) -> str:
    """Post a batch in both books in any order, reverse one of the own entries, or pay somebody's."""
    kind = chance.choice(["post", "post", "reverse", "pay"])
    if kind == "reverse" and mine:
        entry_id = chance.choice(mine)
        reverse_entry(
            access=stage.books[0].access, entry_id=entry_id, on=chance.choice([LATER, date(2026, 10, 1)]), at=NOW
        )
        return "reversed"
    if kind == "pay":
        items = ask_all(
            "SELECT o.id, o.administration_id FROM ledger_openitem o WHERE o.domain_id = %s AND o.matched_cents = 0 "
            "AND o.amount_cents < 0",
            stage.domain,
        )
        if not items:
            return "nothing to pay"
        item_id, administration_id = chance.choice(items)
        place = [books.administration.id for books in stage.books].index(administration_id)
        line_id = stage.bank_line(place, chance.choice([LATER, date(2026, 10, 1)]), -12_100)
        decision = Decision("MATCH", (Allocation(item_id, -12_100),))
        settle(access=stage.books[0].access, settlements=[Settlement(line_id, decision)], at=NOW)
        return "paid"
    entries = [
        books.entry(journal_id=books.journals[chance.choice(["AK", "VK", "DP"])], on_date=on)
        for books in chance.sample(stage.books, 2)
        for on in chance.sample([date(2026, 10, 5), date(2026, 11, 5), date(2026, 12, 5)], 2)
    ]
    posted = post_entries(access=stage.books[0].access, entries=entries, at=NOW)
    mine += [one.id for one in posted]
    return "posted"


def test_inv26_the_verifier_sees_one_moment_while_others_post(own_database: Urls):
    books = new_books()
    finished = threading.Event()

    def post() -> int:
        posted = 0
        try:
            while not finished.is_set():
                with domain_scope(books.domain.id):
                    post_entry(access=books.access, entry=books.entry(), at=NOW)
                posted += 1
        finally:
            connections.close_all()
        return posted

    with ThreadPoolExecutor(2) as pool:
        posting = [pool.submit(post) for _ in range(2)]
        try:
            seen = []
            for _ in range(15):
                with domain_scope(books.domain.id):
                    see_one_moment()
                    seen.append(verify_domain(domain_id=books.domain.id))
        finally:
            finished.set()
        posted = sum(one.result() for one in posting)

    assert [one.differences for one in seen] == [()] * 15
    assert 0 <= seen[0].entries < seen[-1].entries <= posted
