"""Everything of a domain as a zip: complete, provable without us, and what its reader may see."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from tests.access.test_door import staff
from tests.books import NOW, TODAY, new_user
from tests.everything import Everything, new_everything
from tests.portal.pages import browser_of
from tests.portal.test_security import kept_nowhere, strict
from zelfboeken.access.models import AdministrationGrant, Member, RoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed, UnknownDomain, access_of, add_member
from zelfboeken.audit.models import Event
from zelfboeken.contacts.models import Contact
from zelfboeken.documents.models import Document
from zelfboeken.documents.storage import _path, write_original
from zelfboeken.inbox.answers import GivenFile, ask_with_files
from zelfboeken.ledger.models import Entry, GLAccount
from zelfboeken.portal.views.export import domain_export_zip, office_domain_export
from zelfboeken.questions.models import Message, MissingInvoice, Side, Topic
from zelfboeken.questions.services import Addressee, Subject
from zelfboeken.reports.export import EVERYTHING, export_domain, safe_name
from zelfboeken.tenancy.models import Administration, Domain, Lifecycle
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


def new_directie(domain: Domain, name: str = "mee") -> User:
    user = new_user(f"{name}{domain.id}@export.test", name="Mee")
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
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

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
    [match] = rows_of(made, f"{folder}/koppelingen.csv")
    assert (match["bedrag"], match["ongedaan_op"]) == ("121,00", "")
    assert match["bankverrichting"] in {one["nummer"] for one in rows_of(made, f"{folder}/bankverrichtingen.csv")}
    for table in ("rekeningen", "btw", "bankverrichtingen", "betalingen"):
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
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

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
        for part in export_domain(opening=opening, domain_id=domain.id, name=domain.name, sight=EVERYTHING, at=NOW):
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
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

    [late] = [one for one in rows_of(made, "originelen.csv") if one["naam"] == "laat.txt"]
    assert late["ontvangen"] == "2026-12-01 00:30:00"
    assert late["bestand"].startswith("originelen/2026-12/")
    assert len(made.namelist()) == len(set(made.namelist()))


def test_inv31_a_formula_in_a_name_is_text_and_a_name_is_no_path():
    everything = new_everything()
    with domain_scope(everything.books.domain.id):
        Contact.objects.filter(domain_id=everything.books.domain.id).update(name='=HYPERLINK("x")')
    domain = put_away(everything)
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

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
    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

    states = {one["sha256"]: (one["toestand"], one["bestand"] != "") for one in rows_of(made, "originelen.csv")}
    assert states.pop(lost.sha256) == ("file_missing", False)
    assert set(states.values()) == {("gaaf", True)}


def test_a_domain_in_use_is_taken_along_and_an_inactive_one_by_who_still_comes_in():
    everything = new_everything()
    domain = everything.books.domain
    admin = browser_of(staff(domain.portal, PortalRole.PORTAL_ADMIN, name="export").user)
    directie = browser_of(new_directie(domain))
    office_url, url = f"/kantoor/domeinen/{domain.slug}/export/", f"/d/{domain.slug}/export/zip/"
    for client, at in ((admin, office_url), (directie, url)):
        assert zip_of(client, at).namelist()[-1] == "manifest.csv"
    page = directie.get(f"/d/{domain.slug}/export/").content.decode()
    assert url in page
    assert "Zit er niet in" not in page
    assert f"/d/{domain.slug}/export/" in directie.get(f"/d/{domain.slug}/").content.decode()

    put_away(everything, Lifecycle.INACTIVE)
    assert zip_of(admin, office_url).namelist()[-1] == "manifest.csv"
    assert office_url in admin.get(f"/kantoor/domeinen/{domain.slug}/facturatie/").content.decode()
    assert directie.get(url).status_code == 404

    put_away(everything, Lifecycle.INACTIVE, is_view_only=True)
    assert zip_of(directie, url).namelist()[-1] == "manifest.csv"


def test_who_lost_zelfboeken_takes_everything_along_all_the_same():
    everything = new_everything()
    domain = everything.books.domain
    Domain.objects.filter(id=domain.id).update(is_authorised=False, bundle="MINIMAL")

    made = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

    assert "logboek.csv" in made.namelist()
    with domain_scope(domain.id):
        assert len(rows_of(made, "originelen.csv")) == Document.objects.filter(domain_id=domain.id).count() + 1
        done = Event.objects.filter(domain_id=domain.id, action="domain.export_completed")
        assert [one.detail for one in done] == [{}]


@pytest.mark.parametrize("roles", [{Role.FINANCE}, {Role.EXTERNAL_ACCOUNTANT}, {Role.FINANCE, Role.SECURITY_MANAGER}])
def test_who_may_export_and_is_no_directie_takes_along_what_he_may_see(roles: set[Role]):
    everything = new_everything()
    domain = everything.books.domain
    with domain_scope(domain.id):
        wages = ask_about_wages(everything)
    user = new_user("ander@export.test")
    add_member(domain=domain, user=user, roles=frozenset(roles))
    Member.objects.filter(user=user).update(reaches_all=True)
    page = browser_of(user).get(f"/d/{domain.slug}/export/").content.decode()
    made = zip_of(browser_of(user), f"/d/{domain.slug}/export/zip/")
    whole = zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/")

    log = set() if Role.SECURITY_MANAGER in roles else {"logboek.csv", "logboek-ketting.csv"}
    told = "het logboek, dat voor de Directie is; " if log else ""
    assert f"Zit er niet in: {told}vragen die je niet mag zien." in page
    assert {name for name in set(whole.namelist()) - set(made.namelist()) if name.startswith("logboek")} == log
    assert "loonbrief.txt" in [one["naam"] for one in rows_of(whole, "originelen.csv")]
    assert "loonbrief.txt" not in [one["naam"] for one in rows_of(made, "originelen.csv")]
    assert wages in [one["tekst"] for one in rows_of(whole, "vragen.csv")]
    assert wages not in [one["tekst"] for one in rows_of(made, "vragen.csv")]
    for name in whole.namelist():
        if name.startswith("administraties/"):
            assert made.read(name) == whole.read(name), name
    with domain_scope(domain.id):
        # What he took along is told as a part, and is no ground to erase anything.
        asked = Event.objects.filter(domain_id=domain.id, action="domain.exported").order_by("id")
        assert [one.detail for one in asked] == [{"is_part": True}, {}]
        assert Event.objects.filter(domain_id=domain.id, action="domain.export_completed").count() == 1


def ask_about_wages(everything: Everything) -> str:
    """A question about wages with a file, of the Directie to the office; its text."""
    books = everything.books
    directie = access_of(user_id=new_directie(books.domain, "loon").id, slug=books.domain.slug, on=TODAY)
    ask_with_files(
        access=directie, administration=books.administration, subject=Subject(), topic=Topic.PAYROLL, title="Loon",
        text="Klopt dit loon?", to=Addressee(Side.OFFICE), files=[GivenFile("loonbrief.txt", b"een loonbrief")],
        is_delivered=False, at=NOW, link_to=lambda slug, public_id: f"https://test/{slug}/{public_id}",
    )  # fmt: skip
    return "Klopt dit loon?"


def test_who_reaches_one_administration_takes_along_that_one():
    everything = new_everything()
    domain = everything.books.domain
    with domain_scope(domain.id):
        other = Administration.objects.create(domain_id=domain.id, name="Tweede zaak")
        digest = write_original(domain_id=domain.id, content=b"van de tweede")
        Document.objects.create(
            domain_id=domain.id, administration_id=other.id, size=13, name="tweede.txt", sha256=digest, received_at=NOW
        )
    user = new_directie(domain)
    Member.objects.filter(user=user).update(reaches_all=False)
    AdministrationGrant.objects.create(
        member=Member.objects.get(user=user), administration_id=everything.books.administration.id
    )
    made = zip_of(browser_of(user), f"/d/{domain.slug}/export/zip/")

    assert {name.split("/")[1][3:] for name in made.namelist() if name.startswith("administraties/")} == {
        everything.books.administration.name
    }
    assert "tweede.txt" not in [one["naam"] for one in rows_of(made, "originelen.csv")]
    assert "logboek.csv" not in made.namelist()


def test_inv09_who_reaches_no_administration_takes_no_contacts_along_either():
    everything = new_everything()
    domain = everything.books.domain
    user = new_directie(domain)
    Member.objects.filter(user=user).update(reaches_all=False)

    for rest in ("relaties/", "export/", "export/zip/"):
        assert browser_of(user).get(f"/d/{domain.slug}/{rest}").status_code == 404, rest
    with domain_scope(domain.id):
        assert not Event.objects.filter(domain_id=domain.id, action__startswith="domain.export").exists()


def test_a_kijkgebruiker_takes_nothing_along():
    everything = new_everything()
    domain = everything.books.domain
    user = new_user("kijkt@export.test")
    add_member(domain=domain, user=user, roles=frozenset({Role.VIEWER}))

    for rest in ("export/", "export/zip/"):
        assert browser_of(user).get(f"/d/{domain.slug}/{rest}").status_code == 403
    assert f"/d/{domain.slug}/export/" not in browser_of(user).get(f"/d/{domain.slug}/").content.decode()


def journal_of(made: zipfile.ZipFile) -> str:
    [name] = [one for one in made.namelist() if one.endswith("/boekhouding.journal")]
    return made.read(name).decode()


def test_inv26_the_plain_journal_adds_up_to_our_balances():
    everything = new_everything()
    domain = everything.books.domain
    with domain_scope(domain.id):
        GLAccount.objects.filter(domain_id=domain.id, code="601000").update(name_nl="Diensten: van  alles; en | meer")
    text = journal_of(zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/"))

    sums: dict[str, Decimal] = {}
    entries, asserted = 0, 0
    for block in text.strip().split("\n\n")[1:]:
        head, *postings = block.splitlines()
        assert re.match(r"\d{4}-\d\d-\d\d \* ", head)
        entries += 1
        total = Decimal(0)
        for posting in postings:
            found = re.fullmatch(r"    (\S+(?: \S+)*)  (-?\d+\.\d\d) EUR(?: = (-?\d+\.\d\d) EUR)?(?:  ; .*)?", posting)
            assert found is not None, posting
            account, amount, balance = found[1], Decimal(found[2]), found[3]
            total += amount
            sums[account] = sums.get(account, Decimal(0)) + amount
            if balance is not None:
                asserted += 1
                assert sums[account] == Decimal(balance)
        assert total == 0
    assert "601000 Diensten van alles en meer" in sums
    assert asserted == len(sums)
    with domain_scope(domain.id):
        assert entries == Entry.objects.filter(domain_id=domain.id).count() + 1


@pytest.mark.skipif(not shutil.which("hledger"), reason="hledger is not installed here")
@pytest.mark.parametrize("name", ["Verpakking Noord", "Save the date: events BV", "X date:2020-01-01", "Noord [12/31]"])
def test_inv26_hledger_reads_the_plain_journal_and_agrees(tmp_path: Path, name: str):
    everything = new_everything()
    domain = everything.books.domain
    with domain_scope(domain.id):
        Contact.objects.filter(domain_id=domain.id).update(name=name)
    text = journal_of(zip_of(browser_of(new_directie(domain)), f"/d/{domain.slug}/export/zip/"))
    good, bad = tmp_path / "goed.journal", tmp_path / "fout.journal"
    good.write_text(text, encoding="utf-8")
    bad.write_text(re.sub(r"= (-?)(\d+)", r"= \g<1>1\2", text, count=1), encoding="utf-8")

    def check(file: Path) -> int:
        return subprocess.run(["hledger", "-f", str(file), "check"], capture_output=True, check=False).returncode

    assert check(good) == 0
    assert check(bad) != 0
    register = ["hledger", "-f", str(good), "register", "-O", "csv"]
    listed = csv.DictReader(io.StringIO(subprocess.run(register, capture_output=True, text=True, check=True).stdout))
    with domain_scope(domain.id):
        booked = {str(one) for one in Entry.objects.filter(domain_id=domain.id).values_list("on_date", flat=True)}
    # No name of a contact moves a line to another day.
    assert {one["date"] for one in listed} == booked


def test_inv23_who_loses_his_role_while_he_downloads_gets_no_more():
    everything = new_everything()
    domain = put_away(everything)
    user = new_directie(domain)
    add_member(domain=domain, user=new_user("blijft@export.test"), roles=frozenset({Role.MANAGEMENT}))
    response = browser_of(user).get(f"/d/{domain.slug}/export/zip/")
    parts: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    got = next(parts)

    Member.objects.filter(user=user).update(is_active=False)

    with pytest.raises((NotAllowed, UnknownDomain)):
        for part in parts:
            got += part
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))


def test_who_asks_for_the_head_alone_took_nothing_along():
    everything = new_everything()
    domain = put_away(everything)
    admin = staff(domain.portal, PortalRole.PORTAL_ADMIN, name="hoofd").user
    for view, user in ((domain_export_zip, new_directie(domain)), (office_domain_export, admin)):
        # A server may read on to the end of an answer of which it sends the head: the client of these tests does not.
        request = RequestFactory().head("/export/")
        request.user, request.session = user, browser_of(user).session
        response = view(request, domain=domain.slug)

        assert (response.status_code, b"".join(response.streaming_content)) == (200, b"")

    with domain_scope(domain.id):
        assert not Event.objects.filter(domain_id=domain.id, action__startswith="domain.export").exists()


@pytest.mark.parametrize("lost", ["administration", "role"])
def test_inv23_who_sees_less_while_he_downloads_gets_no_more(lost: str):
    everything = new_everything()
    domain = put_away(everything)
    user = new_directie(domain)
    member = Member.objects.get(user=user)
    add_member(domain=domain, user=new_user("blijft@export.test"), roles=frozenset({Role.MANAGEMENT}))
    response = browser_of(user).get(f"/d/{domain.slug}/export/zip/")
    parts: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    got = next(parts)

    if lost == "administration":
        Member.objects.filter(id=member.id).update(reaches_all=False)
        AdministrationGrant.objects.create(member=member, administration_id=everything.books.administration.id)
    else:
        # He still exports, as whoever does the finances, and reads no log any more.
        RoleAssignment.objects.filter(member=member).update(role=Role.FINANCE)

    with pytest.raises(NotAllowed):
        for part in parts:
            got += part
    assert b"logboek" not in got
    with domain_scope(domain.id):
        assert not Event.objects.filter(domain_id=domain.id, action="domain.export_completed").exists()


def test_a_long_name_keeps_its_ending_and_is_short_enough_for_a_disk():
    for stem in ("a", "€", "😀"):
        for ending in (".pdf", "", "." + "x" * 300):
            short = safe_name(stem * 300 + ending)
            assert len(short.encode()) <= 200
            assert short.startswith(stem * 40)
            assert short.endswith(ending) is (len(ending) < 300)
    # What turns letters around, or ends a line elsewhere, and a space or dot where it was cut.
    assert safe_name("x\u202egpj.exe") == "x_gpj.exe"
    assert safe_name("\x85a\u2028b") == "_a_b"
    assert safe_name("a" * 175 + " " * 20 + ".pdf") == "a" * 175 + ".pdf"
    assert safe_name("a" * 179 + " b") == "a" * 179


def test_two_slow_downloads_leave_room_for_everybody_else():
    everything = new_everything()
    domain = everything.books.domain
    url = f"/d/{domain.slug}/export/zip/"
    browser = browser_of(new_directie(domain))
    begun = browser.get(url)
    next(iter(begun.streaming_content))  # type: ignore[attr-defined]

    second = browser.get(url)

    assert second.status_code == 503
    assert "Probeer het over enkele minuten opnieuw." in second.content.decode()
    with domain_scope(domain.id):
        assert Event.objects.filter(domain_id=domain.id, action="domain.exported").count() == 1
    # Broken off, whoever comes next is let in; taken whole, too.
    begun._iterator.close()  # type: ignore[attr-defined]
    for _time in range(2):
        assert zip_of(browser, url).testzip() is None
    with domain_scope(domain.id):
        assert Event.objects.filter(domain_id=domain.id, action="domain.export_completed").count() == 2
