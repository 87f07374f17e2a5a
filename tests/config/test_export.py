"""`zelfboeken export`: the zip of a domain as a file, whole or not at all, in the name of a user who may."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.books import new_user
from tests.config.command import is_one_sentence, run
from tests.everything import new_everything
from zelfboeken.access.models import Member
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.reports import export
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def new_domain() -> Domain:
    domain = new_everything().books.domain
    add_member(domain=domain, user=new_user(f"baas{domain.id}@uit.test"), is_owner=True)
    add_member(domain=domain, user=new_user(f"kijkt{domain.id}@uit.test"), roles=frozenset({Role.VIEWER}))
    return domain


def test_the_owner_gets_everything_in_one_file(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    domain = new_domain()
    out = tmp_path / "alles.zip"

    ran = run(capsys, "export", out, "--domain", domain.slug)

    assert (ran.code, ran.err) == (0, "")
    assert ran.rows == [{"file": str(out), "bytes": out.stat().st_size, "is_whole": True}]
    with zipfile.ZipFile(out) as made:
        assert made.testzip() is None
        assert made.namelist()[-1] == "manifest.csv"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["alles.zip"]
    with domain_scope(domain.id):
        told = Event.objects.filter(domain_id=domain.id, action__startswith="domain.export").order_by("id")
        assert [one.action for one in told] == ["domain.exported", "domain.export_completed"]


def test_who_may_not_export_and_who_is_not_there_get_no_file(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    domain = new_domain()
    out = tmp_path / "alles.zip"
    tried = [
        run(capsys, "export", out, "--domain", domain.slug, "--user", f"kijkt{domain.id}@uit.test"),
        run(capsys, "export", out, "--domain", domain.slug, "--user", "niemand@uit.test"),
        run(capsys, "export", out, "--domain", "bestaat-niet"),
        run(capsys, "export", tmp_path / "geen" / "map.zip", "--domain", domain.slug),
    ]

    assert all(is_one_sentence(one) for one in tried)
    assert not out.exists()


def test_an_export_that_breaks_off_leaves_the_former_file_as_it_was(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    domain = new_domain()
    out = tmp_path / "alles.zip"
    out.write_bytes(b"de vorige")

    def fails(**_given: object) -> bytes:
        raise OSError(5, "schijf stuk")

    monkeypatch.setattr(export, "read_original", fails)
    assert is_one_sentence(run(capsys, "export", out, "--domain", domain.slug))

    assert out.read_bytes() == b"de vorige"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["alles.zip"]


@pytest.mark.parametrize("lost", [{"is_active": False}, {"reaches_all": False}], ids=["his place", "what he reaches"])
def test_who_loses_his_way_in_while_it_runs_gets_no_file_and_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: dict[str, bool]
):
    domain = new_domain()
    email = f"directie{domain.id}@uit.test"
    directie = add_member(domain=domain, user=new_user(email), roles=frozenset({Role.MANAGEMENT}))
    read = export.read_original

    def meanwhile(**given: Any) -> bytes:
        Member.objects.filter(id=directie.id).update(**lost)
        return read(**given)

    monkeypatch.setattr(export, "read_original", meanwhile)
    ran = run(capsys, "export", tmp_path / "alles.zip", "--domain", domain.slug, "--user", email)

    assert is_one_sentence(ran)
    assert [one for one in tmp_path.iterdir() if one.is_file()] == []
