"""`zelfboeken statements`: the files of a month, to be sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from tests.billing.stage import confirm_examples, know_operator, moment, open_stage
from tests.config.command import is_one_sentence, run
from zelfboeken.invoices.readers.ubl import read_ubl

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_the_new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """The days that are asked for are over: a day that is still to come is refused."""
    monkeypatch.setattr(timezone, "now", lambda: moment("2027-01-15 10:00"))


def test_each_statement_of_the_month_is_written_as_pdf_and_e_invoice(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    confirm_examples()
    know_operator()
    with open_stage() as first:
        pass
    with open_stage() as second:
        pass
    with open_stage(bundle="MINIMAL"):
        pass
    run(capsys, "tick", "--on", "2026-12-01")

    ran = run(capsys, "statements", "2026-11", "--out", tmp_path / "uit")

    assert ran.code == 0
    assert [(row["domain"], row["number"], row["total_cents"]) for row in ran.rows] == [
        (first.domain.slug, "ZB-2026-0001", 4_719),
        (second.domain.slug, "ZB-2026-0002", 4_719),
    ]
    assert sorted(path.name for path in (tmp_path / "uit").iterdir()) == [
        "ZB-2026-0001.pdf",
        "ZB-2026-0001.xml",
        "ZB-2026-0002.pdf",
        "ZB-2026-0002.xml",
    ]
    assert read_ubl((tmp_path / "uit" / "ZB-2026-0002.xml").read_bytes()).findings == ()
    assert run(capsys, "statements", "2026-12", "--out", tmp_path / "uit").rows == []


def test_what_is_no_month_and_a_folder_that_cannot_be_written_are_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert "2026-13 is geen maand" in run(capsys, "statements", "2026-13", "--out", tmp_path).err
    (tmp_path / "bezet").write_text("een bestand")
    ran = run(capsys, "statements", "2026-11", "--out", tmp_path / "bezet")
    assert ran.code == 1
    assert is_one_sentence(ran)
