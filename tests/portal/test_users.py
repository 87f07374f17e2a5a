"""Users and roles of a domain, and the question on opening it (S8–S16)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from tests.billing.stage import confirm_examples
from tests.books import new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of
from tests.portal.test_office import texts
from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.billing.models import SeatPrice
from zelfboeken.billing.rules import Month, SeatPolicy
from zelfboeken.tenancy.models import Domain

pytestmark = pytest.mark.django_db
ROLE_QUESTION = "Backoffice-rol toewijzen"
BUNDLE_QUESTION = "Activeer eerst een bundel"


@pytest.fixture
def office() -> Office:
    """A domain with Medium in which the office permits Zelfboeken, and two more users."""
    confirm_examples()
    made = new_office(is_authorised=True, workflow="EXCLUDED")
    for name in ("An", "Bo"):
        add_member(domain=made.domain, user=new_user(f"{name.lower()}@zaak.example", name=name))
    return made


def member_named(office: Office, name: str) -> Member:
    return Member.objects.get(domain=office.domain, user__name=name)


def at(office: Office, rest: str = "") -> str:
    return f"/d/{office.domain.slug}/{rest}"


def post(office: Office, *names: str, **form: Any) -> Any:
    members = [str(member_named(office, name).id) for name in names]
    return browser_of(office.owner.user).post(at(office, "gebruikers/backoffice/"), {"member": members, **form})


def agreed_in(response: Any) -> str:
    found = re.search(r'name="agreed"\s+value="(\d+)"', response.content.decode())
    assert found is not None
    return found[1]


def holders(office: Office) -> set[str]:
    held = RoleAssignment.objects.filter(member__domain=office.domain, role="BACKOFFICE", state="ACTIVE")
    return {str(one.member.user) for one in held}


def test_s9_the_popup_is_there_for_the_directie_and_for_nobody_else(office: Office):
    start = browser_of(office.owner.user).get(at(office)).content.decode()
    assert ROLE_QUESTION in start
    assert f"{office.portal.name} heeft Zelfboeken geactiveerd." in start
    assert not re.search(r'name="member"[^>]*checked', start)

    others = (member_named(office, "An").user, office.admin, office.books.user)
    assert [ROLE_QUESTION in browser_of(user).get(at(office)).content.decode() for user in others] == [False] * 3


def test_s8_who_is_not_directie_reads_whom_to_ask(office: Office):
    client = browser_of(member_named(office, "An").user)

    assert "In dit domein boekt nog niemand zelf. Vraag het aan de Directie: Dirk Directie." in texts(
        client.get(at(office))
    )
    page = client.get(at(office, "gebruikers/"))
    assert "Alleen de Directie geeft rollen. Vraag het aan de Directie: Dirk Directie." in texts(page)
    assert "<form" not in page.content.decode().split("<main", 1)[1].split("</main>")[0]
    refused = client.post(at(office, "gebruikers/backoffice/"), {"agreed": "3900"})
    assert refused.status_code == 403
    assert "Vraag het aan de Directie." in texts(refused)


def test_s15_s16_the_price_is_shown_before_confirming_and_what_was_shown_is_what_is_given(office: Office):
    today = timezone.localdate()
    left, days = (Month.of(today).until - today).days, Month.of(today).length
    this_month = (2 * 2_500 * left + days) // (2 * days)

    shown = post(office, "An", "Bo", action="show", agreed="0")

    page = texts(shown)
    assert "Bundel Medium € 39,00 Eerste Backoffice-rol inbegrepen 1 extra Backoffice-rol € 25,00" in page
    assert "Per maand, excl. btw € 64,00" in page
    assert f"betaal je € {this_month / 100:.2f} extra, voor {left} van de {days} dagen".replace(".", ",") in page
    assert f"De afrekening gaat naar {office.domain.name}." in page
    assert "Wijs 2 rollen toe voor € 64,00 per maand" in page
    assert "An jij" not in page
    assert agreed_in(shown) == "6400"
    assert holders(office) == set()

    done = post(office, "An", "Bo", agreed="6400")
    assert done["Location"] == at(office, "gebruikers/")
    assert holders(office) == {"An", "Bo"}
    assert ROLE_QUESTION not in browser_of(office.owner.user).get(at(office)).content.decode()


def test_without_scripts_the_first_press_shows_the_price_and_the_second_confirms(office: Office):
    client = browser_of(office.owner.user)
    start = client.get(at(office))
    members = [str(member_named(office, name).id) for name in ("An", "Bo")]
    url = at(office, "gebruikers/backoffice/")

    first = client.post(url, {"member": members, "agreed": agreed_in(start)})
    assert first.status_code == 200
    assert "Dit kost het. Kijk het na en bevestig." in texts(first)
    assert holders(office) == set()
    second = client.post(url, {"member": members, "agreed": agreed_in(first)})
    assert second.status_code == 303
    assert holders(office) == {"An", "Bo"}


def test_who_holds_nothing_but_the_role_is_not_called_somebody_without_a_role(office: Office):
    assert "geen andere rol" not in texts(browser_of(office.owner.user).get(at(office, "gebruikers/")))
    post(office, "Bo", agreed="3900")

    page = texts(browser_of(office.owner.user).get(at(office, "gebruikers/")))

    assert holders(office) == {"Bo"}
    assert page.count("geen andere rol") == 1


def test_the_role_is_taken_away_on_the_same_screen(office: Office):
    post(office, "An", "Bo", agreed="6400")

    shown = post(office, "An", action="show", agreed="0")
    assert "Verliest de rol: Bo." in texts(shown)
    assert post(office, "An", agreed=agreed_in(shown)).status_code == 303
    assert holders(office) == {"An"}


def test_inv38_whose_role_is_taken_away_is_signed_out_and_whoever_keeps_his_is_not(office: Office):
    post(office, "An", "Bo", agreed="6400")
    an, bo = (browser_of(member_named(office, name).user) for name in ("An", "Bo"))

    shown = post(office, "An", action="show", agreed="0")
    assert post(office, "An", agreed=agreed_in(shown)).status_code == 303

    assert an.get(at(office)).status_code == 200
    assert bo.get(at(office))["Location"] == f"/account/login/?next={at(office)}"


def test_inv38_a_directie_who_gives_up_a_role_of_his_own_stays_in_here_and_nowhere_else(office: Office):
    here, elsewhere = browser_of(office.owner.user), browser_of(office.owner.user)
    own = {"action": "roles", "member": office.owner.id}
    assert here.post(at(office, "gebruikers/"), {**own, "roles": ["MANAGEMENT", "HRM"]}).status_code == 303

    assert here.post(at(office, "gebruikers/"), {**own, "roles": ["MANAGEMENT"]}).status_code == 303

    assert here.get(at(office)).status_code == 200
    assert elsewhere.get(at(office)).status_code == 302


def test_later_hides_the_question_for_a_week(office: Office):
    client = browser_of(office.owner.user)

    assert client.post(at(office, "gebruikers/later/"))["Location"] == at(office)
    assert ROLE_QUESTION not in client.get(at(office)).content.decode()
    # The same screen is always under Gebruikers en rollen.
    assert "Wie boekt mee?" in texts(client.get(at(office, "gebruikers/")))
    Member.objects.filter(id=office.owner.id).update(backoffice_asked_from=timezone.now())
    assert ROLE_QUESTION in client.get(at(office)).content.decode()


def test_s14_without_a_bundle_the_four_are_named_with_the_way_to_them(office: Office):
    Domain.objects.filter(id=office.domain.id).update(bundle="MINIMAL")
    client = browser_of(office.owner.user)

    for page in (client.get(at(office)), client.get(at(office, "gebruikers/"))):
        text = page.content.decode()
        assert BUNDLE_QUESTION in text
        for bundle, price in (("SMALL", "19,00"), ("MEDIUM", "39,00"), ("LARGE", "69,00"), ("UNLIMITED", "119,00")):
            assert f"/bundel/?bundel={bundle}" in text
            assert price in text
    refused = post(office, "An", agreed="0")
    assert refused.status_code == 403
    assert "Activeer eerst een bundel: Small, Medium, Large of Unlimited." in texts(refused)


@pytest.mark.parametrize(
    ("facts", "told", "way", "refused"),
    [
        ({"bundle": "MINIMAL"}, "Activeer eerst een bundel", "/bundel/", "Activeer eerst een bundel"),
        ({"trial_until": "2099-01-01"}, "Dit domein is in proef tot en met 01/01/2099", "/bundel/", "nog in proef"),
        ({"pricing_model": "MODULES"}, "Dit domein neemt modules af", "/bundel/", "neemt modules af"),
        ({"is_authorised": False}, "heeft Zelfboeken nog niet geactiveerd", "mailto:", "nog niet geactiveerd"),
    ],
    ids=["S11 minimal", "S12 trial", "S13 modules", "S2 not permitted"],
)
def test_s10_to_s14_each_refusal_has_its_reason_and_its_way_out(
    office: Office, facts: dict[str, object], told: str, way: str, refused: str
):
    new_staff(office.portal, PortalRole.PORTAL_BACKOFFICE, domain=office.domain)
    Domain.objects.filter(id=office.domain.id).update(**facts)

    page = browser_of(office.owner.user).get(at(office, "gebruikers/"))
    main = page.content.decode().split("<main", 1)[1]
    assert told in texts(page)
    assert way in main
    assert "Wijs" not in texts(page)
    answer = post(office, "An", agreed="3900")
    assert answer.status_code == 403
    assert refused in texts(answer)
    assert holders(office) == set()


def test_a_blocked_domain_says_why_and_gives_nothing(office: Office):
    Domain.objects.filter(id=office.domain.id).update(lifecycle="BLOCKED")

    answer = post(office, "An", agreed="3900")

    assert answer.status_code == 403
    assert "Dit domein is niet actief." in texts(answer)


@pytest.mark.parametrize(
    "forged",
    [{"role": "BACKOFFICE"}, {"is_authorised": "1"}, {"agreed": "-1"}, {"agreed": "6400,0"}, {"action": "give"}],
    ids=lambda form: next(iter(form)),
)
def test_a_forged_form_gives_nothing(office: Office, forged: dict[str, str]):
    assert post(office, "An", **{"agreed": "3900", **forged}).status_code == 400
    assert holders(office) == set()


def test_a_member_of_another_domain_is_not_there(office: Office):
    other = new_office()

    for foreign in (str(other.owner.id), "9000000000000", "x"):
        form = {"member": foreign, "agreed": "3900"}
        assert browser_of(office.owner.user).post(at(office, "gebruikers/backoffice/"), form).status_code == 404
        roles = {"action": "roles", "member": foreign, "roles": ["SALES"]}
        assert browser_of(office.owner.user).post(at(office, "gebruikers/"), roles).status_code == 404


def test_other_roles_are_kept_by_their_boxes_and_backoffice_is_none_of_them(office: Office):
    client = browser_of(office.owner.user)
    an = member_named(office, "An").id

    kept = client.post(at(office, "gebruikers/"), {"action": "roles", "member": an, "roles": ["SALES", "HRM"]})
    assert kept.status_code == 303
    assert set(RoleAssignment.objects.filter(member_id=an).values_list("role", flat=True)) == {"SALES", "HRM"}
    theirs = browser_of(member_named(office, "An").user)
    assert (
        client.post(at(office, "gebruikers/"), {"action": "roles", "member": an, "roles": ["HRM"]}).status_code == 303
    )
    assert theirs.get(at(office)).status_code == 302
    forged = client.post(at(office, "gebruikers/"), {"action": "roles", "member": an, "roles": ["BACKOFFICE"]})
    assert forged.status_code == 400
    last = client.post(at(office, "gebruikers/"), {"action": "roles", "member": office.owner.id, "roles": []})
    assert last.status_code == 409
    assert "houdt altijd de rol Directie" in texts(last)


def test_inv38_who_leaves_the_domain_is_signed_out_and_finds_it_no_more(office: Office):
    theirs = browser_of(member_named(office, "An").user)
    assert theirs.get(at(office)).status_code == 200

    form = {"action": "leave", "member": member_named(office, "An").id}
    assert browser_of(office.owner.user).post(at(office, "gebruikers/"), form).status_code == 303

    assert theirs.get(at(office)).status_code == 302
    assert browser_of(member_named(office, "An").user).get(at(office)).status_code == 404


def test_the_page_asks_as_many_queries_for_ten_users_as_for_three(office: Office):
    from tests.portal.pages import query_count

    Domain.objects.filter(id=office.domain.id).update(bundle="UNLIMITED")
    client = browser_of(office.owner.user)
    few = query_count(client, at(office, "gebruikers/"))
    for number in range(8):
        user = new_user(f"rij{number}@zaak.example", name=f"Rij {number}")
        add_member(domain=office.domain, user=user, roles=frozenset({Role.VIEWER}))

    assert query_count(client, at(office, "gebruikers/")) == few


def test_without_scripts_the_price_is_looked_at_again_after_going_back(office: Office):
    key = "een-sleutel-van-de-pagina"

    for names, extra in ((("An",), 0), (("An", "Bo"), 2_500), (("An",), 0)):
        shown = post(office, *names, action="show", agreed="3900", key=key)
        assert (shown.status_code, agreed_in(shown)) == (200, str(3_900 + extra))
    done = post(office, "An", action="confirm", agreed="3900", key=key)

    assert (done.status_code, holders(office)) == (303, {"An"})


def test_where_the_highest_number_of_the_month_counts_the_price_says_so_and_promises_no_day(office: Office):
    today = timezone.localdate()
    SeatPrice.objects.create(
        valid_from=today.replace(day=1),
        monthly_cents=2_500,
        policy=SeatPolicy.FULL_MONTH.value,
        is_confirmed=True,
        entered_at=timezone.now(),
    )

    shown = texts(post(office, "An", "Bo", action="show", agreed="3900"))

    assert "€ 25,00 extra: het hoogste aantal van een maand telt voor de hele maand." in shown.replace("\xa0", " ")
    assert "per dag" not in shown
