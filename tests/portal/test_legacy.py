"""The old Backoffice toegang on the office's page (S3): the list, the dry run, the cut-over, undoing it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.books import new_user
from tests.portal.offices import Office, new_office
from tests.portal.pages import browser_of
from tests.portal.test_office import texts
from zelfboeken.access.models import CutOver, LegacyGrant
from zelfboeken.access.services import add_member

pytestmark = pytest.mark.django_db
URL = "/kantoor/backoffice-toegang/"


@pytest.fixture
def office() -> Office:
    return new_office(is_authorised=False)


def hand_in(office: Office, *lines: str, **form: Any) -> Any:
    content = "domein;e-mail;naam;vanaf;tot\n" + "".join(f"{one}\n" for one in lines)
    sent = {"action": "import", "list": SimpleUploadedFile("lijst.csv", content.encode()), **form}
    return office.browser().post(URL, sent)


def act(office: Office, action: str) -> Any:
    return office.browser().post(URL, {"action": action})


def test_s3_the_whole_way_from_the_list_to_the_cut_over_and_back(office: Office):
    add_member(domain=office.domain, user=new_user("an@gast.example", name="An Gast"))
    slug = office.domain.slug
    assert (
        hand_in(office, f"{slug};an@gast.example;;2021-05-01;", f"{slug};bo@gast.example;Bo;01/06/2020;").status_code
        == 303
    )

    page = texts(office.browser().get(URL))
    assert "Vervangen door Zelfboeken vanaf 01/01/2022." in page
    assert "An Gast wacht an@gast.example" in page
    assert "Bo buitengesloten bo@gast.example" in page
    assert "Krijgt een uitnodiging per mail" in page
    assert "Directie: geef de rol Backoffice" in page
    assert "Vervang de toegang van 2 gasten" in page

    assert act(office, "invite").status_code == 303
    assert act(office, "cut_over").status_code == 303
    done = texts(office.browser().get(URL))
    assert "Het kan ongedaan gemaakt worden tot" in done
    assert "Lever een lijst aan" not in done
    assert "Zelfboeken gaat aan" not in done
    assert office.domain.is_authorised

    refused = hand_in(office, f"{slug};cleo@gast.example;;2021-05-01;")
    assert (refused.status_code, "komt er geen oude toegang meer bij" in texts(refused)) == (409, True)
    assert act(office, "undo_cut_over").status_code == 303
    assert not office.domain.is_authorised
    assert act(office, "undo_import").status_code == 303
    assert "Geen oude toegang" in texts(office.browser().get(URL))


def test_each_wrong_line_is_told_and_nothing_is_kept(office: Office):
    answer = hand_in(office, f"{office.domain.slug};an@gast.example;;2021-05-01;", "elders;bo@gast.example;;gisteren;")

    page = texts(answer)
    assert answer.status_code == 422
    assert "1 regel klopt niet. Er is niets bewaard." in page
    assert "3 Domein elders is er niet in dit portaal. Kijk de naam na." in page
    assert not LegacyGrant.objects.filter(portal=office.portal).exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "import"}, 422),
        ({"action": "destroy"}, 400),
        ({"action": "cut_over"}, 409),
        ({"action": "undo_cut_over"}, 409),
        ({"action": "undo_import"}, 409),
        ({"action": "invite", "portal": "ander"}, 400),
        ({"action": "invite", "cut_over_on": "2099-01-01"}, 400),
    ],
)
def test_what_cannot_be_is_refused(office: Office, form: dict[str, str], status: int):
    assert office.browser().post(URL, form).status_code == status
    assert not CutOver.objects.filter(portal=office.portal).exists()


def test_a_file_that_is_too_large_or_no_list_is_told(office: Office):
    for content in (b"x" * (1024 * 1024 + 1), b"\xff\xfe\x00", b"a;b\n1;2\n"):
        answer = office.browser().post(URL, {"action": "import", "list": SimpleUploadedFile("a.csv", content)})
        assert answer.status_code == 422


def test_a_script_in_a_list_is_text(office: Office):
    name = "<script>alert(1)</script>"
    assert hand_in(office, f"{office.domain.slug};an@gast.example;{name};2021-05-01;").status_code == 303

    page = office.browser().get(URL).content.decode()
    assert name not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_directie_reads_who_had_the_old_access_when_giving_the_role(office: Office):
    add_member(domain=office.domain, user=new_user("an@gast.example", name="An Gast"))
    hand_in(office, f"{office.domain.slug};an@gast.example;;2021-05-01;")
    act(office, "cut_over")

    page = texts(browser_of(office.owner.user).get(f"/d/{office.domain.slug}/gebruikers/"))

    assert "an@gast.example · geen rol · had Backoffice toegang" in page
