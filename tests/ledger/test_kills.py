"""The session of the database ends at any statement of a command: all or nothing, and trying again completes it.

Nothing acknowledged is lost, nothing is done twice, no number is skipped, the chain stays whole (INV-01, 05, 10, 18).
"""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections

from tests.books import NOW, Books, waiting_purchase
from tests.faults import session_ends
from tests.ledger.raw import ask, ask_all
from tests.ledger.stage import Stage, new_stage
from tests.threads import in_threads
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, ProposalChanged, approve, take_back
from zelfboeken.ledger.models import OpenItem, PeriodState
from zelfboeken.ledger.services import AlreadyPosted, post_entries, post_entry, set_period_state
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.services import Settlement, settle
from zelfboeken.matching.services import take_back as take_back_line
from zelfboeken.reports.verify import verify_domain
from zelfboeken.runtime.idempotency import claim, keep_answer
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow

LOST = (OperationalError, InterfaceError, psycopg.OperationalError)
"""What the driver says when the session is gone."""


def picture(stage: Stage) -> dict[str, str]:
    """Every row of the domain, as one hash per table."""
    with domain_scope(stage.domain):
        tables = ask_all(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name = 'domain_id' ORDER BY 1"
        )
        return {
            table: ask(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE domain_id = %s",
                       stage.domain)[0]
            for (table,) in tables
        }  # fmt: skip


def is_right(stage: Stage) -> bool:
    """Whether the verifier finds nothing but the statements of the stage, which have no file behind them."""
    with domain_scope(stage.domain):
        return {one.check for one in verify_domain(domain_id=stage.domain).differences} <= {"files"}


@dataclass(frozen=True)
class Command:
    """A command in a domain, made ready by `prepare`; `run` is one transaction."""

    name: str
    prepare: Callable[[Stage], object]
    run: Callable[[Stage, object], object]


def _approve(stage: Stage, prepared: object) -> object:
    assert isinstance(prepared, list)
    approvals = [Approval(proposal.id, proposal.version) for proposal in prepared]
    with domain_scope(stage.domain):
        return approve(access=stage.books[0].access, approvals=approvals, at=NOW)


def _waiting(stage: Stage, *places: int) -> list[Proposal]:
    with domain_scope(stage.domain):
        return [waiting_purchase(stage.books[place]) for place in places]


def _booked(stage: Stage) -> object:
    proposals = _waiting(stage, 0)
    _approve(stage, proposals)
    return proposals


def _take_back(stage: Stage, prepared: object) -> object:
    assert isinstance(prepared, list)
    with domain_scope(stage.domain):
        return take_back(access=stage.books[0].access, proposal_id=prepared[0].id, on=date(2026, 11, 25), at=NOW)


def _payable(stage: Stage) -> object:
    _booked(stage)
    with domain_scope(stage.domain):
        item = OpenItem.objects.get(domain_id=stage.domain)
        return stage.bank_line(0, date(2026, 11, 16), -12_100), item.id


def _settle(stage: Stage, prepared: object) -> object:
    assert isinstance(prepared, tuple)
    line_id, item_id = prepared
    decision = Decision("MATCH", (Allocation(item_id, -12_100),))
    with domain_scope(stage.domain):
        return settle(access=stage.books[0].access, settlements=[Settlement(line_id, decision)], at=NOW)


def _paid(stage: Stage) -> object:
    prepared = _payable(stage)
    _settle(stage, prepared)
    return prepared


def _take_back_line(stage: Stage, prepared: object) -> object:
    assert isinstance(prepared, tuple)
    with domain_scope(stage.domain):
        return take_back_line(access=stage.books[0].access, bank_line_id=prepared[0], on=date(2026, 11, 25), at=NOW)


def _post_many(stage: Stage, prepared: object) -> object:
    assert isinstance(prepared, str)
    entries = [
        stage.books[n % 2].entry(subject=f"{prepared}:{n}", journal_id=stage.books[n % 2].journals[code])
        for n, code in enumerate(("AK", "VK", "DP", "AK", "AK"))
    ]
    with domain_scope(stage.domain):
        return post_entries(access=stage.books[0].access, entries=entries, at=NOW)


def _close(stage: Stage, _: object) -> object:
    with domain_scope(stage.domain):
        return set_period_state(
            access=stage.controller,
            administration_id=stage.books[0].administration.id,
            starts_on=date(2026, 5, 1),
            state=PeriodState.CLOSED,
            at=NOW,
        )


COMMANDS = [
    Command("approve", lambda stage: _waiting(stage, 0), _approve),
    Command("approve-three-in-two-books", lambda stage: _waiting(stage, 1, 0, 1), _approve),
    Command("take-back", _booked, _take_back),
    Command("post-many", lambda stage: "VEEL", _post_many),
    Command("settle", _payable, _settle),
    Command("take-back-a-bank-line", _paid, _take_back_line),
    Command("close-a-month", lambda stage: None, _close),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_whose_session_ends_at_any_statement_leaves_nothing_and_can_be_tried_again(
    own_database: Urls, command: Command
):
    stage = new_stage()
    prepared = command.prepare(stage)
    before = picture(stage)
    for at in itertools.count(1):
        with session_ends(own_database.admin, at=at) as sent:
            try:
                command.run(stage, prepared)
            except LOST:
                pass
            else:
                # Every statement had its turn, COMMIT the last: this one was let through.
                assert sent.count == at - 1
                break
        connection.close()
        assert picture(stage) == before, f"something was left by an end at statement {at}"

    assert at > 5
    assert picture(stage) != before
    assert is_right(stage)


def test_the_harness_sees_a_command_that_is_not_one_transaction(own_database: Urls):
    stage = new_stage()
    before = picture(stage)
    left = []
    for at in itertools.count(1):
        with session_ends(own_database.admin, at=at):
            try:
                for n in range(2):
                    with domain_scope(stage.domain):
                        post_entry(
                            access=stage.books[0].access, entry=stage.books[0].entry(subject=f"{at}:{n}"), at=NOW
                        )
            except LOST:
                pass
            else:
                break
        connection.close()
        left.append(picture(stage) != before)
        before = picture(stage)

    assert True in left
    assert is_right(stage)


def test_inv14_an_approval_whose_answer_was_lost_after_commit_is_not_done_twice(own_database: Urls):
    stage = new_stage()
    [proposal] = _waiting(stage, 0)
    with session_ends(own_database.admin, after_commit=True), pytest.raises(LOST):
        _approve(stage, [proposal])
    connection.close()

    with pytest.raises(ProposalChanged) as refused:
        _approve(stage, [proposal])

    assert refused.value.is_booked
    with domain_scope(stage.domain):
        assert ask("SELECT count(*) FROM ledger_entry WHERE domain_id = %s", stage.domain) == (1,)
    assert is_right(stage)


@pytest.mark.parametrize("after_commit", [False, True], ids=["before COMMIT", "after COMMIT"])
def test_inv14_a_command_with_a_key_gets_its_answer_when_it_is_sent_again(own_database: Urls, after_commit: bool):
    stage = new_stage()
    [proposal] = _waiting(stage, 0)

    def send() -> str:
        with domain_scope(stage.domain):
            before = claim(domain_id=stage.domain, key="een-sleutel-1", content=b"boek", at=NOW)
            if before is not None:
                return before
            [booked] = approve(
                access=stage.books[0].access, approvals=[Approval(proposal.id, proposal.version)], at=NOW
            )
            keep_answer(domain_id=stage.domain, key="een-sleutel-1", answer=f"boeking {booked.entry.number}")
            return f"boeking {booked.entry.number}"

    at = None if after_commit else 12
    with session_ends(own_database.admin, at=at, after_commit=after_commit), pytest.raises(LOST):
        send()
    connection.close()

    assert [send(), send(), send()] == ["boeking 1"] * 3
    assert is_right(stage)


def test_inv05_sessions_that_are_ended_at_random_lose_nothing_acknowledged_and_skip_no_number(own_database: Urls):
    stage = new_stage()
    books: Books = stage.books[0]
    finished = threading.Event()

    def post(worker: int) -> tuple[list[str], int]:
        acknowledged, lost = [], 0
        for n in range(60):
            subject = f"W{worker}:{n}"
            for _ in range(20):
                try:
                    with domain_scope(stage.domain):
                        post_entry(access=books.access, entry=books.entry(subject=subject), at=NOW)
                except AlreadyPosted:
                    # It was committed, and only its answer was lost.
                    acknowledged.append(subject)
                    break
                except LOST:
                    connections["default"].close()
                    lost += 1
                else:
                    acknowledged.append(subject)
                    break
        return acknowledged, lost

    def end_sessions() -> None:
        chance = random.Random(5)
        with psycopg.connect(own_database.admin, autocommit=True) as admin:
            while not finished.wait(chance.uniform(0.01, 0.08)):
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND usename = 'zb_app' ORDER BY random() LIMIT 1"
                )

    killer = threading.Thread(target=end_sessions)
    killer.start()
    try:
        results = in_threads(4, post)
    finally:
        finished.set()
        killer.join()
    with suppress(*LOST), domain_scope(stage.domain):
        ask("SELECT 1")
    connection.close()

    acknowledged = {subject for done, _ in results for subject in done}
    with domain_scope(stage.domain):
        stored = ask_all("SELECT subject, number FROM ledger_entry WHERE domain_id = %s ORDER BY seq", stage.domain)
    assert sum(lost for _, lost in results) > 10
    assert {subject for subject, _ in stored} == acknowledged
    assert len(acknowledged) == 240
    assert [number for _, number in stored] == list(range(1, 241))
    assert is_right(stage)
