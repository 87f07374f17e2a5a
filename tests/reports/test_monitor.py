"""What the monitor makes of the counters: returns, next steps, the order, the filters and the figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.access.portal_domains import PortalDomain
from zelfboeken.access.portal_work import PortalWork
from zelfboeken.reports.monitor import (
    MonitorFilter,
    Only,
    Step,
    VatState,
    Whose,
    by_urgency,
    figures_of,
    monitor_of,
    monitor_row,
    vat_turn,
)
from zelfboeken.tenancy.models import Bundle, DomainFacts, Lifecycle, PricingModel, Workflow
from zelfboeken.workload.queries import Waiting
from zelfboeken.workload.rules import Promised, WorkingCalendar, today_of

ON = date(2026, 11, 17)
TODAY = today_of(WorkingCalendar(), ON)
_ids = count(1)


def work(
    name: str = "Bakkerij",
    *,
    workflow: str = Workflow.NORMAL,
    responsible: int | None = 1,
    is_mine: bool = True,
    **waiting: Any,
) -> PortalWork:
    n = next(_ids)
    facts = DomainFacts(PricingModel.BUNDLE, Bundle.MEDIUM, Lifecycle.ACTIVE, None, False)
    domain = PortalDomain(n, f"d{n}", name, workflow, 1, 0, responsible, "Katrien" if responsible else "", facts)
    return PortalWork(domain, Waiting(**waiting), is_mine)


def seconds(days_ago: int) -> int:
    return int((datetime(2026, 11, 17, 9, tzinfo=UTC) - timedelta(days=days_ago)).timestamp())


MONTHLY, QUARTERLY = {"1": 1}, {"1": 3}


@pytest.mark.parametrize(
    ("on", "returns", "code", "state"),
    [
        (date(2026, 11, 17), MONTHLY, "2026-10", VatState.READY),
        (date(2026, 11, 20), MONTHLY, "2026-10", VatState.READY),
        (date(2026, 11, 21), MONTHLY, "2026-11", VatState.BUILDING),
        (date(2026, 11, 17), QUARTERLY, "2026-K4", VatState.BUILDING),
        (date(2026, 10, 25), QUARTERLY, "2026-K3", VatState.READY),
        (date(2026, 10, 26), QUARTERLY, "2026-K4", VatState.BUILDING),
        (date(2027, 1, 5), MONTHLY, "2026-12", VatState.READY),
    ],
)
def test_until_its_day_the_period_that_is_over_is_due_then_the_one_that_runs(
    on: date, returns: dict[str, int], code: str, state: VatState
):
    turn = vat_turn(Waiting(returns=returns), on)

    assert turn is not None
    assert (turn.period.code, turn.state) == (code, state)


def test_a_domain_that_hands_in_no_returns_has_none():
    assert vat_turn(Waiting(documents_by_month={"1": {"2026-10": 3}}), ON) is None


def test_what_is_not_booked_of_the_period_or_of_before_keeps_the_return_back():
    waiting = Waiting(
        returns=MONTHLY,
        documents_by_month={"1": {"2026-09": 1, "2026-10": 2, "2026-11": 4}},
        lines_by_month={"1": {"2026-10": 3, "2026-11": 9}},
    )

    turn = vat_turn(waiting, ON)

    assert turn is not None
    assert (turn.state, turn.documents, turn.bank_lines, turn.waiting) == (VatState.MISSING, 3, 3, 6)


def test_what_waits_of_a_period_that_was_due_is_late_and_what_runs_is_not():
    waiting = Waiting(returns=MONTHLY, documents_by_month={"1": {"2026-10": 2, "2026-11": 4}})

    late = vat_turn(waiting, date(2026, 11, 21))
    assert late is not None
    assert (late.period.code, late.state, late.documents) == ("2026-11", VatState.LATE, 2)


def test_of_several_administrations_the_one_that_is_due_first_counts_then_the_one_that_is_worse():
    returns = {"1": 3, "2": 1, "3": 1}
    waiting = Waiting(returns=returns, documents_by_month={"1": {"2026-11": 9}, "3": {"2026-10": 1}})

    turn = vat_turn(waiting, ON)

    assert turn is not None
    assert (turn.period.code, turn.state, turn.documents) == ("2026-10", VatState.MISSING, 1)


@pytest.mark.parametrize(("on", "is_soon"), [(date(2026, 11, 12), False), (date(2026, 11, 13), True), (ON, True)])
def test_a_return_is_soon_from_a_week_before(on: date, is_soon: bool):
    turn = vat_turn(Waiting(returns=MONTHLY), on)

    assert turn is not None
    assert turn.is_soon(on) is is_soon


def test_a_return_that_is_being_built_up_is_never_soon():
    turn = vat_turn(Waiting(returns=MONTHLY), date(2026, 11, 21))

    assert turn is not None
    assert not turn.is_soon(date(2026, 12, 19))


@pytest.mark.parametrize(
    ("waiting", "step"),
    [
        ({}, Step.NOTHING),
        ({"bank_lines": 2}, Step.MATCH),
        ({"bank_lines": 2, "documents": 1}, Step.BOOK),
        ({"documents": 1, "questions_to_office": 1}, Step.ANSWER),
        ({"questions_to_client": 3}, Step.NOTHING),
        ({"returns": MONTHLY}, Step.HAND_IN),
        (
            {"returns": MONTHLY, "documents": 1, "documents_by_month": {"1": {"2026-10": 1}}, "questions_to_office": 1},
            Step.CHECK_VAT,
        ),
        ({"returns": QUARTERLY}, Step.NOTHING),
        ({"statement_on": date(2026, 11, 2)}, Step.ASK_STATEMENTS),
        ({"statement_on": date(2026, 11, 3)}, Step.NOTHING),
    ],
)
def test_the_next_step_is_what_presses_most(waiting: dict[str, Any], step: Step):
    assert monitor_row(work(**waiting), ON).step is step


def test_a_return_that_is_ready_but_not_due_soon_comes_after_the_work():
    early = date(2026, 11, 3)

    assert monitor_row(work(returns=MONTHLY, documents=1), early).step is Step.BOOK
    assert monitor_row(work(returns=MONTHLY), early).step is Step.HAND_IN


def names(rows: Any) -> list[str]:
    return [row.work.domain.name for row in rows]


def test_most_urgent_first_a_return_then_a_question_then_the_oldest_document():
    works = [
        work("nothing"),
        work("young", documents=1, oldest_document=seconds(1)),
        work("old", documents=1, oldest_document=seconds(9)),
        work("lines", bank_lines=4, oldest_line_on=date(2026, 11, 2)),
        work("question", questions_to_office=1),
        work("return ready", returns=MONTHLY),
        work("return not ready", returns=MONTHLY, documents=1, documents_by_month={"1": {"2026-10": 1}}),
        work("return later", returns=QUARTERLY),
    ]

    assert names(by_urgency(monitor_row(one, ON) for one in works)) == [
        "return not ready", "return ready", "question", "old", "young", "lines", "nothing", "return later",
    ]  # fmt: skip


def test_equals_stand_by_name():
    works = [work("b"), work("A"), work("c")]

    assert names(by_urgency(monitor_row(one, ON) for one in works)) == ["A", "b", "c"]


def shown(works: list[PortalWork], **wanted: Any) -> list[str]:
    return names(monitor_of(works, MonitorFilter(**wanted), TODAY).rows)


def test_s6_an_excluded_domain_is_in_its_own_view_and_not_among_the_normal_ones():
    works = [work("normal", documents=1), work("self", workflow=Workflow.EXCLUDED, documents=1)]

    assert shown(works) == ["normal"]
    assert shown(works, is_excluded=True, with_done=True) == ["self"]


def test_questions_and_returns_of_an_excluded_domain_reach_the_office():
    works = [
        work("normal", questions_to_office=1),
        work("asks", workflow=Workflow.EXCLUDED, questions_to_office=2, documents=4),
        work("due", workflow=Workflow.EXCLUDED, returns=MONTHLY),
        work("quiet", workflow=Workflow.EXCLUDED, bank_lines=9),
    ]

    found = monitor_of(works, MonitorFilter(), TODAY)
    assert names(found.rows) == ["normal"]
    assert (found.attention, found.excluded, found.normal) == (2, 3, 1)
    assert (found.figures.questions, found.figures.vat_soon, found.figures.documents) == (3, 1, 0)
    assert shown(works, only=Only.QUESTIONS) == ["asks", "normal"]
    assert shown(works, only=Only.VAT) == ["due"]
    assert shown(works, only=Only.BANK) == []


def test_domains_where_nothing_waits_are_shown_when_asked_for_or_searched():
    works = [work("busy", documents=1), work("done")]

    assert shown(works) == ["busy"]
    assert monitor_of(works, MonitorFilter(), TODAY).done == 1
    assert shown(works, with_done=True) == ["busy", "done"]
    assert shown(works, search="don") == ["done"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Only.EVERYTHING, ["late", "today", "tomorrow", "bank", "quiet"]),
        (Only.YESTERDAY, ["late"]),
        (Only.TODAY, ["today"]),
        (Only.TOMORROW, ["tomorrow"]),
        (Only.BANK, ["bank", "quiet"]),
    ],
)
def test_a_key_figure_lets_through_what_it_counts(only: Only, expected: list[str]):
    works = [
        work("late", documents=1, promised=Promised(yesterday=1), oldest_document=seconds(4)),
        work("today", documents=1, promised=Promised(today=1), oldest_document=seconds(1)),
        work("tomorrow", documents=1, promised=Promised(tomorrow=1), oldest_document=seconds(0)),
        work("bank", bank_lines=1, oldest_line_on=ON),
        work("quiet", statement_on=date(2026, 10, 1)),
    ]

    assert shown(works, only=only) == expected


def test_whose_domains_are_shown_and_how_many_there_are_of_each():
    works = [
        work("mine", documents=1),
        work("theirs", documents=1, is_mine=False),
        work("nobody's", documents=1, is_mine=False, responsible=None),
        work("other view", workflow=Workflow.EXCLUDED, is_mine=False, responsible=None),
    ]

    assert shown(works, whose=Whose.MINE) == ["mine"]
    assert shown(works, whose=Whose.NOBODYS) == ["nobody's"]
    assert dict(monitor_of(works, MonitorFilter(), TODAY).counts) == {
        Whose.ALL: 3, Whose.MINE: 1, Whose.NOBODYS: 1,
    }  # fmt: skip
    assert monitor_of(works, MonitorFilter(whose=Whose.MINE), TODAY).figures.documents == 1


def test_the_figures_add_up_what_waits_and_leave_the_work_of_excluded_domains_out():
    rows = [
        monitor_row(one, ON)
        for one in (
            work(documents=3, documents_stuck=1, promised=Promised(1, 2, 0), bank_lines=4),
            work(documents=2, promised=Promised(1, 0, 1), statement_on=date(2026, 10, 1), returns=QUARTERLY),
            work(documents=9, promised=Promised(9, 0, 0), bank_lines=9, workflow=Workflow.EXCLUDED, returns=MONTHLY),
        )
    ]

    found = figures_of(rows)

    assert (found.promised, found.promised_domains) == (Promised(2, 2, 1), Promised(2, 1, 1))
    assert (found.documents, found.documents_stuck, found.bank_lines, found.bank_domains) == (5, 1, 4, 1)
    assert (found.quiet_domains, found.vat_soon, found.vat_ready) == (1, 1, 1)
    assert found.next_vat_on == date(2026, 11, 20)


def test_an_office_without_domains_has_nothing():
    found = monitor_of([], MonitorFilter(), TODAY)

    assert (found.rows, found.done, found.attention, found.figures.next_vat_on) == ((), 0, 0, None)


_WAITING = st.builds(
    Waiting,
    documents=st.integers(0, 3),
    oldest_document=st.sampled_from([0, seconds(1), seconds(20)]),
    bank_lines=st.integers(0, 3),
    oldest_line_on=st.sampled_from([None, ON, date(2026, 9, 1)]),
    statement_on=st.sampled_from([None, ON, date(2026, 9, 1)]),
    questions_to_office=st.integers(0, 1),
    returns=st.sampled_from([{}, MONTHLY, QUARTERLY]),
    documents_by_month=st.sampled_from([{}, {"1": {"2026-10": 1}}]),
)


@given(st.lists(st.tuples(_WAITING, st.sampled_from(Workflow.values)), max_size=8))
def test_every_domain_is_in_exactly_one_of_the_two_views(found: list[tuple[Waiting, str]]):
    works = [
        PortalWork(work(f"d{n}", workflow=workflow).domain, waiting, True)
        for n, (waiting, workflow) in enumerate(found)
    ]

    normal = shown(works, with_done=True)
    excluded = shown(works, is_excluded=True, with_done=True)

    assert sorted(normal + excluded) == sorted(one.domain.name for one in works)
    assert set(shown(works, only=Only.VAT)) <= {*normal, *excluded}
