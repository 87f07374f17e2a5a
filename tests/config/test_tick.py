"""`zelfboeken tick`: what the passing of time brought, as one JSON object."""

from __future__ import annotations

import pytest

from tests.billing.stage import confirm_examples, give, know_operator, open_stage
from tests.config.command import run

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
            "issued": [f"{stage.domain.slug} 2026-11"],
            "not_issued": [],
            "told": [],
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


def test_a_day_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "tick", "--on", "2026-11-31")

    assert ran.code == 2
    assert "2026-11-31 is geen datum" in ran.err
