"""`zelfboeken tick`: what the passing of time brought, as one JSON object."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.billing.stage import START, confirm_examples, give, know_operator, moment, open_stage
from tests.books import NOW, new_user
from tests.config.command import is_one_sentence, run
from tests.portal.pages import browser_of
from tests.questions.stage import link_to
from tests.questions.stage import open_stage as open_questions
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.models import Standing, StatementNumber
from zelfboeken.matching.missing import ask_for_invoices
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_the_new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """The days that are asked for are over: a day that is still to come is refused."""
    monkeypatch.setattr(timezone, "now", lambda: moment("2027-01-15 10:00"))


def test_a_day_is_carried_out_and_a_second_time_brings_nothing(capsys: pytest.CaptureFixture[str]):
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        give(stage, stage.others[0])

    ran = run(capsys, "tick", "--on", "2026-12-01")
    again = run(capsys, "tick", "--on", "2026-12-01")

    assert (ran.code, ran.err) == (0, "")
    assert ran.rows == [
        {
            "domains": 1,
            "changed": [],
            "owners": [],
            "issued": [f"{stage.domain.slug} 2026-11"],
            "not_issued": [],
            "told": [],
            "failed": [],
            "years": [],
            "reminded": [],
            "reported": [],
            "expired": 0,
        }
    ]
    assert again.rows[0]["issued"] == []


def test_a_session_whose_time_is_over_goes_with_what_it_remembers(capsys: pytest.CaptureFixture[str]):
    ours = new_user("iemand@example.test")
    living, over = (browser_of(ours).cookies["sessionid"].value for _ in range(2))
    Session.objects.filter(session_key=over).update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (living, over):
        UserSession.objects.create(user=ours, session_key=key, ip="127.0.0.1", user_agent="")

    assert run(capsys, "tick").rows[0]["expired"] == 1

    assert list(Session.objects.values_list("session_key", flat=True)) == [living]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [living]


def test_what_keeps_a_statement_waiting_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]):
    confirm_examples()
    with open_stage() as stage:
        pass

    ran = run(capsys, "tick", "--on", "2026-12-01")

    assert ran.code == 0
    assert ran.err.startswith(f"{stage.domain.slug} 2026-11: De gegevens van de beheerder ontbreken: naam, adres")


def test_a_missing_invoice_is_reminded_of_once_a_stage(capsys: pytest.CaptureFixture[str]):
    with open_questions() as stage:
        ask_for_invoices(
            access=stage.access(stage.office),
            administration=stage.books.administration,
            line_public_ids=[str(stage.line.public_id)],
            owner_id=None,
            due_on=None,
            at=NOW,
            link_to=link_to,
            amount_text=str,
        )
    told = [f"{stage.books.domain.slug} {stage.books.user.name}"]

    ran = [run(capsys, "tick", "--on", day).rows[0]["reminded"] for day in ("2026-12-01", "2026-12-07", "2026-12-07")]

    assert ran == [[], told, []]


def test_a_day_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "tick", "--on", "2026-11-31")

    assert ran.code == 2
    assert "2026-11-31 is geen datum" in ran.err


def test_a_day_that_is_still_to_come_is_refused_since_nothing_of_it_could_be_undone(capsys: pytest.CaptureFixture[str]):
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        choose_bundle(access=stage.directie(), bundle="SMALL", at=START, stays=[stage.owner.id])

    ran = run(capsys, "tick", "--on", "2027-01-16")

    assert ran.code == 1
    assert is_one_sentence(ran)
    assert ran.err.startswith("16/01/2027 moet nog komen.")
    assert not StatementNumber.objects.exists()
    assert stage.now().bundle == "MEDIUM"


def test_today_is_carried_out_as_of_now_and_not_of_tonight(capsys: pytest.CaptureFixture[str]):
    with open_stage() as stage:
        # Another way of changing a fact, which the task finds.
        Domain.objects.filter(id=stage.domain.id).update(bundle="LARGE")
    assert run(capsys, "tick", "--on", "2027-01-15").code == 0

    with domain_scope(stage.domain.id):
        newest = Standing.objects.filter(domain_id=stage.domain.id).latest("id")
    assert (newest.bundle, newest.at) == ("LARGE", moment("2027-01-15 10:00"))


def test_a_demo_looks_ahead(capsys: pytest.CaptureFixture[str], settings: Any):
    settings.DEMO = True
    confirm_examples()
    know_operator()
    with open_stage() as stage:
        pass

    assert f"{stage.domain.slug} 2027-01" in run(capsys, "tick", "--on", "2027-02-01").rows[0]["issued"]


@pytest.mark.parametrize(
    ("broken", "doing"),
    [
        ("zelfboeken.billing.ticking.bring_to", "tick"),
        ("zelfboeken.ledger.fiscal_years._open_coming", "fiscal years"),
        ("zelfboeken.matching.missing.remind", "reminders"),
        ("zelfboeken.matching.completeness.report", "completeness"),
    ],
)
def test_what_goes_wrong_in_one_domain_is_told_and_time_passes_in_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broken: str, doing: str
):
    confirm_examples()
    know_operator()
    with open_stage() as first:
        pass
    with open_stage() as second:
        pass
    module, name = broken.rsplit(".", 1)
    right, seen = getattr(import_module(module), name), []

    def fails(*given: Any, **named: Any) -> Any:
        domain = named.get("domain_id") or getattr(given[0], "id", given[0])
        seen.append(domain)
        if domain == first.domain.id:
            Standing.objects.filter(domain_id=domain).latest("nonsense")
        return right(*given, **named)

    monkeypatch.setattr(broken, fails)
    ran = run(capsys, "tick", "--on", "2027-01-05")

    assert ran.code == 1
    assert ran.rows[0]["failed"] == [f"{first.domain.slug} {doing}"]
    assert f"{first.domain.slug} {doing}: er ging iets fout" in ran.err
    assert second.domain.id in seen
    assert f"{second.domain.slug} 2026-11" in ran.rows[0]["issued"]
