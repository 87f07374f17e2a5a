"""`zelfboeken legacy`: a list kept or refused whole, the forecast as JSON lines, the day of the cut-over as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.billing.stage import Stage, make_stage
from tests.config.command import is_one_sentence, run
from zelfboeken.access.models import LegacyGrant

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_database")]


@pytest.fixture
def stage() -> Stage:
    return make_stage(is_authorised=False)


def a_file(folder: Path, text: str) -> str:
    path = folder / "lijst.csv"
    path.write_text("domein;e-mail;vanaf\n" + text, encoding="utf-8")
    return str(path)


def test_s3_a_list_is_kept_reported_and_its_day_moved(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    listed = a_file(tmp_path, f"{stage.domain.slug};an@gast.example;2021-05-01\n")

    kept = run(capsys, "legacy", "kantoor", "--import", listed)
    told = run(capsys, "legacy", "kantoor", "--report", "--user", stage.admin.email)
    moved = run(capsys, "legacy", "kantoor", "--day", "2027-01-01")

    assert (kept.code, kept.rows) == (0, [{"portal": "kantoor", "kept": 1}])
    assert told.rows == [
        {
            "domain": stage.domain.slug,
            "email": "an@gast.example",
            "name": "an@gast.example",
            "granted_on": "2021-05-01",
            "ends_on": "2022-01-01",
            "has_account": False,
            "cut_over": False,
            "afterwards": "LOCKED_OUT",
            "steps": ["INVITE", "SWITCH_ON"],
            "todo": ["ACCEPT_INVITATION", "GIVE_ROLE"],
        }
    ]
    assert moved.rows == [{"portal": "kantoor", "cut_over_on": "2027-01-01", "changed": True}]


def test_a_list_with_a_wrong_line_keeps_nothing_and_names_it(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    listed = a_file(tmp_path, f"{stage.domain.slug};an@gast.example;2021-05-01\nelders;bo@gast.example;2021-05-01\n")

    ran = run(capsys, "legacy", "kantoor", "--import", listed)

    assert (ran.code, ran.out) == (1, "")
    assert "regel 3: Domein elders is er niet in dit portaal." in ran.err
    assert "1 regel klopt niet. Er is niets bewaard." in ran.err
    assert not LegacyGrant.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("bestaat-niet", "--report"),
        ("kantoor", "--report", "--user", "niemand@example.test"),
        ("kantoor", "--import", "/bestaat/niet.csv"),
        ("bestaat-niet", "--day", "2027-01-01"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    stage: Stage, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    assert is_one_sentence(run(capsys, "legacy", *arguments))
