"""Time passes: everything that is due once, for any day, twice without harm, missed days caught up."""

from __future__ import annotations

from datetime import date

import pytest
from django.core import mail
from django.db import connection

from tests.billing.stage import START, Stage, confirm_examples, give, know_operator, make_stage, moment, open_stage
from tests.billing.test_statements import fill_invoices
from zelfboeken.access.rights import Role
from zelfboeken.audit.models import Event
from zelfboeken.billing.activation import Wish, switch_self_booking
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.lifecycle import start_trial
from zelfboeken.billing.models import LimitNotice, MonthlyStatement, Standing
from zelfboeken.billing.ticking import bring_to, tell_limits, tick
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def stored(stage: Stage) -> list[tuple[object, ...]]:
    """All that time can touch in a domain."""
    with domain_scope(stage.domain.id):
        return [
            *MonthlyStatement.objects.filter(domain_id=stage.domain.id).values_list(),
            *Standing.objects.filter(domain_id=stage.domain.id).order_by("id").values_list(),
            *LimitNotice.objects.filter(domain_id=stage.domain.id).values_list(),
            *Event.objects.filter(domain_id=stage.domain.id).order_by("id").values_list("id", "action"),
            tuple(stage.states().items()),
            *Domain.objects.filter(id=stage.domain.id).values_list(),
        ]


def ending_bundle() -> Stage:
    """A domain whose bundle ends with November, with a self-booker."""
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        give(stage, stage.others[0])
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=START)
    return stage


def test_a_second_time_changes_nothing():
    stage = ending_bundle()
    first = tick(at=moment("2026-12-01 00:01"))
    after = stored(stage)

    again = tick(at=moment("2026-12-01 00:01"))
    later = tick(at=moment("2026-12-01 09:00"))

    assert (first.changed, first.issued) == ([stage.domain.slug], [f"{stage.domain.slug} 2026-11"])
    assert [(one.changed, one.issued, one.not_issued, one.told) for one in (again, later)] == [([], [], [], [])] * 2
    assert stored(stage) == after


def test_missed_days_are_caught_up_as_of_the_day_for_which_they_were_decided():
    stage = ending_bundle()

    done = tick(at=moment("2027-02-15 08:00"))

    assert done.issued == [f"{stage.domain.slug} 2026-11"]
    with domain_scope(stage.domain.id):
        newest = Standing.objects.filter(domain_id=stage.domain.id).latest("id")
        assert (newest.bundle, newest.at, newest.seats) == ("MINIMAL", moment("2026-12-01 00:00"), 0)
        months = MonthlyStatement.objects.filter(domain_id=stage.domain.id).order_by("month")
        assert [(one.month, one.net_cents) for one in months] == [
            (date(2026, 11, 1), 3_900),
            (date(2026, 12, 1), 0),
            (date(2027, 1, 1), 0),
        ]


def test_day_by_day_and_at_once_come_to_the_same():
    slow = ending_bundle()
    for day in range(25, 31):
        tick(at=moment(f"2026-11-{day} 03:00"))
    for day in range(1, 11):
        tick(at=moment(f"2026-12-{day:02} 03:00"))
    fast = make_ending_again()
    tick(at=moment("2026-12-10 03:00"))

    def seen(stage: Stage) -> list[object]:
        with domain_scope(stage.domain.id):
            return [
                stage.states(),
                list(MonthlyStatement.objects.filter(domain_id=stage.domain.id).values_list("month", "net_cents")),
                list(Standing.objects.filter(domain_id=stage.domain.id).order_by("id").values_list("at", "bundle")),
            ]

    assert seen(slow) == seen(fast)


def make_ending_again() -> Stage:
    with open_stage() as stage:
        give(stage, stage.others[0])
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=START)
    return stage


def test_a_statement_that_cannot_be_issued_says_why_and_comes_later_by_itself():
    confirm_examples()
    with open_stage() as stage:
        pass
    at = moment("2027-01-02 03:00")
    (waiting,) = tick(at=at).not_issued
    assert (waiting.domain, waiting.month, waiting.code) == (stage.domain.slug, "2026-11", "operator_missing")
    know_operator()

    assert tick(at=at).issued == [f"{stage.domain.slug} 2026-11", f"{stage.domain.slug} 2026-12"]


def test_a_trial_that_is_over_is_minimal_from_the_day_after():
    with open_stage(bundle="MINIMAL") as stage:
        start_trial(office=stage.portal, domain_id=stage.domain.id, until=date(2026, 11, 20), at=START)
    tick(at=moment("2026-11-20 23:59"))
    assert stage.now().trial_until == date(2026, 11, 20)
    tick(at=moment("2026-11-21 00:00"))
    assert (stage.now().trial_until, stage.now().bundle) == (None, "MINIMAL")


def test_the_permission_of_the_office_ends_on_its_day_and_the_workflow_is_what_it_was():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
    Domain.objects.filter(id=stage.domain.id).update(
        authorised_until=date(2026, 12, 1), workflow="EXCLUDED", former_workflow="NORMAL"
    )
    tick(at=moment("2026-12-01 00:00"))

    assert (stage.now().is_authorised, stage.now().workflow) == (False, "NORMAL")
    assert stage.states()["An BACKOFFICE"] == "not_authorised"


def test_a_fact_that_changed_by_another_way_is_in_the_history_from_then_on():
    with open_stage() as stage:
        pass
    Domain.objects.filter(id=stage.domain.id).update(bundle="LARGE")
    at = moment("2026-11-19 10:00")
    tick(at=at)

    with domain_scope(stage.domain.id):
        newest = Standing.objects.filter(domain_id=stage.domain.id).latest("id")
    assert (newest.bundle, newest.at, newest.because) == ("LARGE", at, "tick")


def test_the_directie_is_told_at_80_and_at_100_percent_and_each_once(django_capture_on_commit_callbacks):
    confirm_examples()
    at = moment("2026-11-19 10:00")
    with open_stage(bundle="SMALL") as stage, connection.cursor() as cursor:
        fill_invoices(cursor, stage.domain.id, 59)
        with django_capture_on_commit_callbacks(execute=True):
            assert tell_limits(domain_id=stage.domain.id, at=at) == []
        cursor.execute(
            "INSERT INTO documents_document (domain_id, public_id, administration_id, sha256, size, name, received_at) "
            "SELECT domain_id, gen_random_uuid(), administration_id, repeat('a', 64), 1, 'x', received_at "
            "FROM documents_document WHERE domain_id = %s LIMIT 1 RETURNING id",
            [stage.domain.id],
        )
        document = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO invoices_invoice (domain_id, public_id, administration_id, document_id, side, kind, "
            "contact_id, number, number_key, issued_on, currency, net_cents, vat_cents, total_cents, payable_cents, "
            "structured, iban, duplicate_reason) SELECT domain_id, gen_random_uuid(), administration_id, %s, side, "
            "kind, contact_id, number, number_key, issued_on, currency, net_cents, vat_cents, total_cents, "
            "payable_cents, structured, iban, duplicate_reason FROM invoices_invoice WHERE domain_id = %s LIMIT 1",
            [document, stage.domain.id],
        )
        with django_capture_on_commit_callbacks(execute=True):
            assert tell_limits(domain_id=stage.domain.id, at=at) == [80]
            assert tell_limits(domain_id=stage.domain.id, at=at) == []
    (sent,) = mail.outbox
    assert sent.to == [stage.owner.user.email]
    assert "60 van de 75 documenten" in sent.body


def test_a_domain_that_is_over_both_thresholds_gets_one_mail():
    confirm_examples()
    with open_stage(bundle="SMALL") as stage, connection.cursor() as cursor:
        fill_invoices(cursor, stage.domain.id, 80)
        assert tell_limits(domain_id=stage.domain.id, at=moment("2026-11-19 10:00")) == [100, 80]


def test_who_took_a_larger_bundle_after_a_notice_is_told_again_when_that_one_is_full():
    confirm_examples()
    at = moment("2026-11-19 10:00")
    with open_stage(bundle="SMALL") as stage, connection.cursor() as cursor:
        fill_invoices(cursor, stage.domain.id, 200)
        assert tell_limits(domain_id=stage.domain.id, at=at) == [100, 80]

        choose_bundle(access=stage.directie(at), bundle="MEDIUM", at=at)

        assert tell_limits(domain_id=stage.domain.id, at=at) == [80]
        assert tell_limits(domain_id=stage.domain.id, at=at) == []


def test_every_domain_is_passed_by():
    stages = [make_stage(bundle="MINIMAL") for _ in range(3)]
    done = tick(at=START)

    assert done.domains == Domain.objects.count() >= len(stages)


def test_run_for_a_day_long_past_it_gives_no_role_back():
    confirm_examples()
    with open_stage(bundle="MEDIUM") as stage:
        for one in stage.others:
            give(stage, one, Role.SALES)
        choose_bundle(access=stage.directie(), bundle="SMALL", at=moment("2026-11-17 12:00"), stays=[stage.owner.id])
        bring_to(domain_id=stage.domain.id, at=moment("2026-12-02 10:00"))
        before = stage.states()

        # Before the first price there was no limit.
        bring_to(domain_id=stage.domain.id, at=moment("2021-12-02 10:00"))

        assert stage.states() == before
        assert before["An SALES"] == "seat_limit"


def test_the_permission_ends_on_its_day_and_without_a_known_workflow_the_work_comes_back_to_the_office():
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(workflow="EXCLUDED", authorised_until=date(2026, 12, 1))

        bring_to(domain_id=stage.domain.id, at=moment("2026-12-01 00:00"))

        assert (stage.now().is_authorised, stage.now().workflow) == (False, "NORMAL")


def test_the_workflow_that_the_office_chose_in_minimal_stays_when_a_bundle_is_bought_again():
    confirm_examples()
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(workflow="EXCLUDED", former_workflow="NORMAL")
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=moment("2026-11-17 12:00"))
        at = moment("2026-12-03 10:00")
        bring_to(domain_id=stage.domain.id, at=at)
        for workflow in ("EXCLUDED", "NORMAL"):
            switch_self_booking(office=stage.portal, domain=stage.now(), wish=Wish(True, workflow), at=at)

        choose_bundle(access=stage.directie(at), bundle="MEDIUM", at=at)

        assert stage.now().workflow == "NORMAL"
