"""`zelfboeken tick`: what the passing of time brought, as one JSON object."""

from __future__ import annotations

import pytest

from tests.billing.stage import confirm_examples, give, know_operator, open_stage
from tests.books import NOW
from tests.config.command import run
from tests.questions.stage import link_to
from tests.questions.stage import open_stage as open_questions
from zelfboeken.matching.missing import ask_for_invoices

pytestmark = pytest.mark.django_db


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
            "reminded": [],
            "reported": [],
        }
    ]
    assert again.rows[0]["issued"] == []


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
