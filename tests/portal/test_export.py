"""Everything of a domain that is written to no more, as a zip: complete, provable without us, and only for who may."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.access.test_door import staff
from tests.books import NOW, new_user
from tests.everything import Everything, new_everything
from tests.portal.pages import browser_of
from tests.portal.test_security import kept_nowhere, strict
from zelfboeken.access.models import Member, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed, UnknownDomain, add_member
from zelfboeken.audit.models import Event
from zelfboeken.contacts.models import Contact
from zelfboeken.documents.models import Document
from zelfboeken.documents.storage import _path, write_original
from zelfboeken.questions.models import Message, MissingInvoice
from zelfboeken.reports.export import export_domain, safe_name
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def put_away(everything: Everything, life: str = Lifecycle.ARCHIVED, **facts: bool) -> Domain:
    domain = everything.books.domain
    Domain.objects.filter(id=domain.id).update(lifecycle=life, **facts)
    return domain


def zip_of(client: Client, url: str) -> zipfile.ZipFile:
    response = client.get(url)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    strict(response)
    kept_nowhere(response)
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]


def rows_of(made: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.read(name).decode("utf-8-sig")), delimiter=";"))


def new_directie(domain: Domain) -> User:
    user = new_user(f"mee{domain.id}@export.test", name="Mee")
    member = add_member(domain=domain, user=user, roles=frozenset({Role.MANAGEMENT}))
    Member.objects.filter(id=member.id).update(reaches_all=True)
    return user


def proves_itself(made: zipfile.ZipFile, name: str) -> int:
    """The links of a chain that follow from each other, counted from the file alone."""
    before = b""
    rows = rows_of(made, name)
    for number, row in enumerate(rows, 1):
        assert int(row["volgnummer"]) == number
        assert bytes.fromhex(row["vorige_sha256"]) == before
        before = hashlib.sha256(before + bytes.fromhex(row["inhoud_hex"])).digest()
        assert row["sha256"] == before.hex()
    return len(rows)


def test_the_zip_has_every_original_and_the_books_and_proves_itself():
    everything = new_everything()
    domain = put_away(everything)
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/")

    with domain_scope(domain.id):
        stored = {one.sha256: one.name for one in Document.objects.filter(domain_id=domain.id)}
    originals = rows_of(made, "originelen.csv")
    documents = [one for one in originals if one["naam"] != "mail.eml"]
    assert {one["sha256"]: one["naam"] for one in documents} == stored
    for one in originals:
        assert hashlib.sha256(made.read(one["bestand"])).hexdigest() == one["sha256"]
        assert one["bestand"].endswith(f" {safe_name(one['naam'])}")
    [books] = {name.split("/")[1] for name in made.namelist() if name.startswith("administraties/")}
    folder = f"administraties/{books}"
    lines = rows_of(made, f"{folder}/boekingen.csv")
    assert {one["dagboek"] for one in lines} != set()
    cents = [int(one["debet"].replace(",", "")) - int(one["credit"].replace(",", "")) for one in lines]
    assert sum(cents) == 0
    assert proves_itself(made, f"{folder}/ketting.csv") == len({one["boeking"] for one in lines})
    assert proves_itself(made, "logboek-ketting.csv") > 0
    # The one invoice of these books is paid.
    assert rows_of(made, f"{folder}/openstaande-posten.csv") == []
    for table in ("rekeningen", "btw", "bankverrichtingen"):
        assert rows_of(made, f"{folder}/{table}.csv") != [], table
    assert rows_of(made, "relaties.csv") != []
    manifest = {one["bestand"]: one["sha256"] for one in rows_of(made, "manifest.csv")}
    assert set(manifest) == set(made.namelist()) - {"manifest.csv"}
    assert {name: hashlib.sha256(made.read(name)).hexdigest() for name in manifest} == manifest
    assert made.namelist()[-1] == "manifest.csv"
    with domain_scope(domain.id):
        assert Event.objects.filter(domain_id=domain.id, action="domain.exported").count() == 1


def test_what_was_asked_and_answered_goes_along_and_notes_of_the_office_stay():
    everything = new_everything()
    domain = put_away(everything)
    with domain_scope(domain.id):
        said = list(Message.objects.filter(domain_id=domain.id).exclude(kind="NOTE"))
        first = said[0]
        Message.objects.create(
            domain_id=domain.id, question_id=first.question_id, n=900, kind="NOTE", side="OFFICE",
            author=first.author, author_name="Kantoor", text="Alleen voor ons", said_at=first.said_at,
        )  # fmt: skip
        asked = MissingInvoice.objects.filter(domain_id=domain.id).count()
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/")

    assert sorted(one["tekst"] for one in rows_of(made, "vragen.csv")) == sorted(one.text for one in said)
    [missing] = [name for name in made.namelist() if name.endswith("/ontbrekende-facturen.csv")]
    lines = {one["nummer"] for one in rows_of(made, missing.replace("ontbrekende-facturen", "bankverrichtingen"))}
    told = {one["bankverrichting"] for one in rows_of(made, missing)}
    assert len(told) == asked > 0
    assert told <= lines
    assert not any(b"Alleen voor ons" in made.read(name) for name in made.namelist())


def test_inv23_no_original_goes_out_once_the_right_is_gone():
    everything = new_everything()
    domain = everything.books.domain
    given = bytearray()

    @contextmanager
    def opening() -> Iterator[None]:
        if given.count(b"originelen/") > 0:
            raise UnknownDomain(domain.slug)
        with domain_scope(domain.id):
            yield

    def take() -> None:
        for part in export_domain(opening=opening, domain_id=domain.id, name=domain.name, at=NOW):
            given.extend(part)

    with pytest.raises(UnknownDomain):
        take()

    assert given.count(b"originelen/") == 1


def test_the_folder_and_the_time_of_an_original_are_those_of_the_wall():
    everything = new_everything()
    domain = put_away(everything)
    with domain_scope(domain.id):
        Document.objects.create(
            domain_id=domain.id, administration_id=everything.books.administration.id, size=4, name="laat.txt",
            sha256=write_original(domain_id=domain.id, content=b"laat"),
            received_at=datetime(2026, 11, 30, 23, 30, tzinfo=UTC),
        )  # fmt: skip
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/")

    [late] = [one for one in rows_of(made, "originelen.csv") if one["naam"] == "laat.txt"]
    assert late["ontvangen"] == "2026-12-01 00:30:00"
    assert late["bestand"].startswith("originelen/2026-12/")
    assert len(made.namelist()) == len(set(made.namelist()))


def test_inv31_a_formula_in_a_name_is_text_and_a_name_is_no_path():
    everything = new_everything()
    with domain_scope(everything.books.domain.id):
        Contact.objects.filter(domain_id=everything.books.domain.id).update(name='=HYPERLINK("x")')
    domain = put_away(everything)
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/")

    assert {one["naam"] for one in rows_of(made, "relaties.csv")} == {'\'=HYPERLINK("x")'}
    assert [safe_name(one) for one in ("../../etc/x", "C:\\a|b?.pdf", " . ", "a\nb.xml")] == [
        "_.._etc_x", "C__a_b_.pdf", "bestand", "a_b.xml",
    ]  # fmt: skip


def test_a_lost_original_is_named_and_the_rest_is_there():
    everything = new_everything()
    domain = put_away(everything)
    with domain_scope(domain.id):
        lost = Document.objects.filter(domain_id=domain.id).earliest("id")
    _path(domain.id, lost.sha256).unlink()
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/")

    states = {one["sha256"]: (one["toestand"], one["bestand"] != "") for one in rows_of(made, "originelen.csv")}
    assert states.pop(lost.sha256) == ("file_missing", False)
    assert set(states.values()) == {("gaaf", True)}


def test_the_portaalbeheerder_takes_an_inactive_domain_from_its_sheet_and_nobody_takes_one_that_is_open():
    everything = new_everything()
    domain = everything.books.domain
    admin = browser_of(staff(domain.portal, PortalRole.PORTAL_ADMIN, name="export").user)
    directie = browser_of(new_directie(domain))
    office_url, url = f"/kantoor/domeinen/{domain.slug}/export/", f"/d/{domain.slug}/export/"
    for client, at in ((admin, office_url), (directie, url)):
        refused = client.get(at)
        assert refused.status_code == 409
        assert "In dit domein wordt nog gewerkt" in refused.content.decode()

    put_away(everything, Lifecycle.INACTIVE)
    assert zip_of(admin, office_url).namelist()[-1] == "manifest.csv"
    assert office_url in admin.get(f"/kantoor/domeinen/{domain.slug}/facturatie/").content.decode()
    assert directie.get(url).status_code == 404

    put_away(everything, Lifecycle.INACTIVE, is_view_only=True)
    assert zip_of(directie, url).namelist()[-1] == "manifest.csv"
    assert url in directie.get(f"/d/{domain.slug}/").content.decode()


@pytest.mark.parametrize("role", [Role.FINANCE, Role.EXTERNAL_ACCOUNTANT, Role.VIEWER])
def test_whoever_is_no_directie_of_everything_takes_nothing_along(role: Role):
    everything = new_everything()
    domain = put_away(everything)
    user = new_user("ander@export.test")
    add_member(domain=domain, user=user, roles=frozenset({role}))
    part = new_user("deel@export.test")
    add_member(domain=domain, user=part, roles=frozenset({Role.MANAGEMENT}))
    Member.objects.filter(user=part).update(reaches_all=False)

    for one in (user, part):
        assert browser_of(one).get(f"/d/{domain.slug}/export/").status_code == 403


def test_inv23_who_loses_his_role_while_he_downloads_gets_no_more():
    everything = new_everything()
    domain = put_away(everything)
    user = new_directie(domain)
    add_member(domain=domain, user=new_user("blijft@export.test"), roles=frozenset({Role.MANAGEMENT}))
    response = browser_of(user).get(f"/d/{domain.slug}/export/")
    parts: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    got = next(parts)

    Member.objects.filter(user=user).update(is_active=False)

    with pytest.raises((NotAllowed, UnknownDomain)):
        for part in parts:
            got += part
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))
