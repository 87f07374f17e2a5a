"""Who may what, on pages: the rights matrix, the role log, the owner, what somebody reaches, what the office ticks."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.access.test_rights import CELLS, COLUMNS
from tests.books import TODAY, fill_books, new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of
from tests.portal.test_office import texts
from tests.portal.test_rights_over_http import user_of
from zelfboeken.access.models import AdministrationGrant, Member, OwnerTransfer, RoleAssignment, TickedRight, User
from zelfboeken.access.rights import TICKABLE, PortalRole, Right, Role
from zelfboeken.access.services import AdministrationNotReached, access_of, add_member
from zelfboeken.audit.models import Event
from zelfboeken.billing.owner import owner_of
from zelfboeken.billing.standing import TIME, settle_roles
from zelfboeken.inbox.queries import waiting_documents
from zelfboeken.portal.rights_matrix import COLUMNS as SHOWN
from zelfboeken.portal.rights_matrix import right_name
from zelfboeken.reports.banks import bank_balances
from zelfboeken.reports.queries import trial_balance
from zelfboeken.reports.search import find_entries
from zelfboeken.tenancy.models import Administration, Bundle, Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
MARKS = {"Y": "yes", "e": "self", "t": "tick", "·": "no"}
WORDS = {"yes": "ja", "self": "met Zelfboeken", "tick": "als het kantoor het aanvinkt", "no": "nee"}


@pytest.fixture
def office() -> Office:
    """A live domain with a bundle and Zelfboeken on; Dirk owns it, Anna, Bob and Cleo are users."""
    made = new_office(is_authorised=True, workflow="EXCLUDED")
    for name in ("Anna", "Bob", "Cleo"):
        add_member(domain=made.domain, user=new_user(f"{name.lower()}@zaak.example", name=name))
    return made


def member(office: Office, name: str) -> Member:
    return Member.objects.get(domain=office.domain, user__name=name)


def at(office: Office, rest: str = "") -> str:
    return f"/d/{office.domain.slug}/{rest}"


def matrix_of(response: Any) -> dict[tuple[str, int], tuple[str, str, bool]]:
    """(right, column) → mark, words, whether it is marked as one's own."""
    found = {}
    for right, row in re.findall(r'<tr\s+data-right="([^"]+)"\s*>(.*?)</tr>', response.content.decode(), re.S):
        for number, (classes, cell) in enumerate(re.findall(r'<td\s+class="([^"]*)"[^>]*>(.*?)</td>', row, re.S)):
            mark = re.search(r'class="mk (\w+)"', cell)
            words = re.search(r'class="vh"\s*>([^<]+)<', cell)
            assert mark is not None and words is not None
            found[right, number] = (mark[1], html.unescape(words[1]).strip(), "mine" in classes.split())
    return found


def roles_now(office: Office, name: str) -> set[str]:
    held = RoleAssignment.objects.filter(member=member(office, name), state="ACTIVE")
    return set(held.values_list("role", flat=True))


# The matrix


def test_each_cell_of_the_page_is_that_of_the_table(office: Office):
    seen = matrix_of(browser_of(office.owner.user).get(at(office, "gebruikers/rechten/")))

    order = {role or "EVERYBODY": name for name, role in COLUMNS.items()}
    names = [order[str(column)] for column in SHOWN]
    expected = {(right, names.index(column)): MARKS[cell] for right, column, cell in CELLS}
    assert {where: mark for where, (mark, _, _) in seen.items()} == expected
    assert {(mark, words) for mark, words, _ in seen.values()} == set(WORDS.items())


@pytest.mark.parametrize("column", list(COLUMNS))
def test_each_cell_holds_at_the_door_and_one_reads_what_one_may(office: Office, column: str):
    user = user_of(column, office.domain)
    access = access_of(user_id=user.id, slug=office.domain.slug, on=TODAY)
    page = browser_of(user).get(at(office, "gebruikers/rechten/"))
    mine = page.content.decode().split('class="may"', 1)[1].split("</ul>", 1)[0]
    told = {html.unescape(one).strip() for one in re.findall(r"<span>([^<]+)</span>", mine)}

    # Zelfboeken is effective here and nothing was ticked.
    expected = {right for right, name, cell in CELLS if name == column and cell in {"Y", "e"}}
    assert {one.value for one in access.rights} == expected
    assert told == {_in_dutch(Right(one)) for one in expected}


def _in_dutch(right: Right) -> str:
    from django.utils import translation

    with translation.override("nl"):
        return right_name(right)


def test_ones_own_columns_are_marked_and_no_other(office: Office):
    seen = matrix_of(browser_of(office.owner.user).get(at(office, "gebruikers/rechten/")))

    assert {column for (_, column), (_, _, is_own) in seen.items() if is_own} == {0, SHOWN.index(Role.MANAGEMENT)}


def test_what_waits_is_told_with_its_first_reason(office: Office):
    add_member(domain=office.domain, user=new_user("bo@zaak.example"), roles=frozenset({Role.BACKOFFICE}))
    user = User.objects.get(email="bo@zaak.example")
    office.domain.__class__.objects.filter(id=office.domain.id).update(bundle="MINIMAL")

    page = texts(browser_of(user).get(at(office, "gebruikers/rechten/")))

    assert "Dit hoort ook bij je rollen, maar nu niet" in page
    assert "Documenten boeken en terugdraaien Activeer eerst een bundel: Small, Medium, Large of Unlimited." in page
    assert "als het kantoor dat aanvinkt" in page


def test_the_office_sees_the_same_matrix_with_its_portal_roles_marked(office: Office):
    for role in (PortalRole.PORTAL_ADMIN, PortalRole.DATA_ENTRY):
        user = office.admin if role is PortalRole.PORTAL_ADMIN else new_staff(office.portal, role)
        seen = matrix_of(browser_of(user).get("/kantoor/gebruikers/rechten/"))
        assert {column for (_, column), (_, _, is_own) in seen.items() if is_own} == {SHOWN.index(role)}


# What the office ticks


def test_the_office_ticks_a_right_and_the_role_has_it_from_the_next_request(office: Office):
    RoleAssignment.objects.create(member=member(office, "Anna"), role=Role.BACKOFFICE.value)
    anna = member(office, "Anna").user
    before = access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY)
    url = office.url("rechten/")

    answer = office.browser().post(
        url, {"action": "save", "tick": "BACKOFFICE.period.close", "reason": "Sluit zelf af"}
    )

    assert answer.status_code == 303
    after = access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY)
    assert (before.may(Right.PERIOD_CLOSE), after.may(Right.PERIOD_CLOSE)) == (False, True)
    seen = matrix_of(browser_of(office.owner.user).get(at(office, "gebruikers/rechten/")))
    where = ("period.close", SHOWN.index(Role.BACKOFFICE))
    assert seen[where] == ("yes", "ja, aangevinkt door het kantoor", False)
    with domain_scope(office.domain.id):
        event = Event.objects.get(domain_id=office.domain.id, action="right.ticked")
    assert event.detail == {"role": "BACKOFFICE", "right": "period.close", "reason": "Sluit zelf af"}

    office.browser().post(url, {"action": "save"})
    assert not access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY).may(Right.PERIOD_CLOSE)


def test_every_cell_marked_t_can_be_ticked_on_the_page_and_no_other(office: Office):
    page = office.browser().get(office.url("rechten/")).content.decode()
    offered = set(re.findall(r'name="tick"\s+value="([^"]+)"', page))
    assert offered == {f"{role}.{right.value}" for role, right in TICKABLE}

    for forged in ("BACKOFFICE.role.give", "MANAGEMENT.period.close", "x", ""):
        answer = office.browser().post(office.url("rechten/"), {"action": "save", "tick": forged})
        assert answer.status_code == 400
    assert not TickedRight.objects.filter(domain=office.domain).exists()


# The role log


def give_and_take(office: Office) -> None:
    client = browser_of(office.owner.user)
    form = {"action": "roles", "member": member(office, "Anna").id, "reason": "=SOM(1;2)"}
    assert client.post(at(office, "gebruikers/"), {**form, "roles": ["SALES"]}).status_code == 303
    assert client.post(at(office, "gebruikers/"), form).status_code == 303


def test_the_role_log_says_who_gave_and_took_which_role_of_whom_when_and_why(office: Office):
    give_and_take(office)

    page = texts(browser_of(office.owner.user).get(at(office, "gebruikers/logboek/")))

    assert "De keten is heel." in page
    assert re.search(
        r"\d\d/\d\d/\d{4} \d\d:\d\d Dirk Directie Rol gegeven · Reden: =SOM\(1;2\) · Gebruiker: Anna · Rol: Verkoop",
        page,
    )
    assert "Rol ingetrokken · Reden: =SOM(1;2) · Gebruiker: Anna · Rol: Verkoop" in page
    assert page.index("Rol gegeven") > page.index("schakel 2")


def test_the_role_log_is_for_directie_security_manager_and_portaalbeheerder(office: Office):
    security = new_user("sec@zaak.example")
    add_member(domain=office.domain, user=security, roles=frozenset({Role.SECURITY_MANAGER}))
    urls = (at(office, "gebruikers/logboek/"), at(office, "gebruikers/logboek/csv/"))
    for user, status in ((office.owner.user, 200), (security, 200), (member(office, "Bob").user, 403)):
        assert {browser_of(user).get(url).status_code for url in urls} == {status}
    links = browser_of(member(office, "Bob").user).get(at(office, "gebruikers/")).content.decode()
    assert "logboek/" not in links
    assert office.browser().get(office.url("logboek/")).status_code == 200


def test_the_file_holds_the_whole_chain_and_anybody_can_prove_it(office: Office):
    give_and_take(office)
    for client, url in (
        (browser_of(office.owner.user), at(office, "gebruikers/logboek/csv/")),
        (office.browser(), office.url("logboek/csv/")),
    ):
        answer = client.get(url)
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        before = ""
        for number, row in enumerate(rows, start=1):
            assert (row["seq"], row["prev_hash"]) == (str(number), before)
            content = bytes.fromhex(before) + row["content"].encode()
            assert row["hash"] == hashlib.sha256(content).hexdigest()
            before = row["hash"]
        assert [row["action"] for row in rows][-2:] == ["role.given", "role.withdrawn"]
        assert rows[-1]["reason"] == "'=SOM(1;2)"
        assert "attachment" in answer["Content-Disposition"]


def test_the_log_of_the_portal_names_who_gave_which_portal_role(office: Office):
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY, name="Dora")
    form = {"action": "roles", "member": colleague.portal_memberships.get().id, "roles": ["CONTROLLER"]}
    assert office.browser().post("/kantoor/gebruikers/", {**form, "reason": "Boekt nu af"}).status_code == 303

    page = texts(office.browser().get("/kantoor/gebruikers/logboek/"))

    assert "Portaalrol gegeven · Reden: Boekt nu af · Gebruiker: Dora · Rol: Portaal backoffice controller" in page
    assert "Portaalrol ingetrokken · Reden: Boekt nu af · Gebruiker: Dora · Rol: Portaal data-entry" in page
    rows = office.browser().get("/kantoor/gebruikers/logboek/csv/").content.decode()
    assert rows.count("staff.role_") >= 2


def test_older_links_are_on_the_next_page(office: Office):
    with domain_scope(office.domain.id):
        from zelfboeken.audit.services import Happened, record

        for number in range(60):
            event = Happened("role.given", "member:1", {"user": f"Nr{number:02d}", "role": "SALES"})
            record(at=office.owner.user.joined_at, actor_id=1, actor_name="Piet", events=[event])
    client = browser_of(office.owner.user)
    first = client.get(at(office, "gebruikers/logboek/"))
    older = html.unescape(re.findall(r'href="([^"]+)"\s+rel="next"', first.content.decode())[0])

    assert "Nr59" in texts(first)
    assert "Nr00" not in texts(first)
    assert "Nr00" in texts(client.get(older))
    for garbage in ("x", "-1", "9" * 40):
        assert client.get(at(office, f"gebruikers/logboek/?voor={garbage}")).status_code == 200


# The owner


def post_owner(office: Office, user: User, **form: Any) -> Any:
    return browser_of(user).post(at(office, "gebruikers/eigenaar/"), form)


def test_the_owner_offers_on_the_page_and_the_new_owner_accepts(office: Office):
    anna = member(office, "Anna")
    assert post_owner(office, office.owner.user, action="propose", member=anna.id, reason="").status_code == 303
    page = texts(browser_of(anna.user).get(at(office, "gebruikers/eigenaar/")))
    assert "Anna wordt de eigenaar" in page
    assert "Aanvaard, ik word de eigenaar" in page
    assert "Aanvaard" not in texts(browser_of(member(office, "Bob").user).get(at(office, "gebruikers/eigenaar/")))

    assert post_owner(office, anna.user, action="ACCEPT").status_code == 303

    assert owner_of(office.domain.id) == anna
    assert roles_now(office, "Anna") == {"MANAGEMENT"}


def test_the_portaalbeheerder_names_an_owner_with_a_reason_and_the_owner_objects(office: Office):
    anna, url = member(office, "Anna"), office.url("eigenaar/")
    refused = office.browser().post(url, {"action": "propose", "member": anna.id, "reason": " "})
    assert (refused.status_code, "Zeg waarom je een nieuwe eigenaar aanduidt" in texts(refused)) == (422, True)
    assert office.browser().post(url, {"action": "propose", "member": anna.id, "reason": "Weg"}).status_code == 303
    assert post_owner(office, anna.user, action="ACCEPT").status_code == 303
    assert owner_of(office.domain.id) == office.owner

    page = texts(browser_of(office.owner.user).get(at(office, "gebruikers/eigenaar/")))
    assert "Maak bezwaar, ik blijf de eigenaar" in page
    assert post_owner(office, office.owner.user, action="OBJECT").status_code == 303
    assert OwnerTransfer.objects.get(domain=office.domain).outcome == "OBJECTED"


@pytest.mark.parametrize(
    ("who", "form", "status"),
    [
        ("Anna", {"action": "propose", "member": "own"}, 403),
        ("Anna", {"action": "ACCEPT"}, 409),
        ("Dirk Directie", {"action": "propose", "member": "0"}, 404),
        ("Dirk Directie", {"action": "propose", "member": "x"}, 404),
        ("Dirk Directie", {"action": "DESTROY"}, 400),
        ("Dirk Directie", {"action": "propose", "domain": "ander"}, 400),
        ("Dirk Directie", {"action": "propose", "is_owner": "1"}, 400),
    ],
)
def test_a_forged_form_changes_no_owner(office: Office, who: str, form: dict[str, str], status: int):
    sent = {**form, **({"member": str(member(office, who).id)} if form.get("member") == "own" else {})}

    assert post_owner(office, member(office, who).user, **sent).status_code == status
    assert owner_of(office.domain.id) == office.owner
    assert not OwnerTransfer.objects.filter(domain=office.domain).exists()


def test_a_member_of_another_domain_is_offered_nothing(office: Office):
    other = new_office()

    answer = post_owner(office, office.owner.user, action="propose", member=other.owner.id, reason="")

    assert answer.status_code == 404
    assert (
        office.browser()
        .post(office.url("eigenaar/"), {"action": "propose", "member": other.owner.id, "reason": "Weg"})
        .status_code
        == 404
    )


def test_in_an_archived_domain_nobody_hands_it_over(office: Office):
    office.domain.__class__.objects.filter(id=office.domain.id).update(lifecycle=Lifecycle.ARCHIVED)

    answer = post_owner(office, office.owner.user, action="propose", member=member(office, "Anna").id)

    assert answer.status_code == 403


# What somebody reaches


def with_two_books(office: Office) -> tuple[Administration, Administration]:
    with domain_scope(office.domain.id):
        second = fill_books(office.domain, office.books.user).administration
        Administration.objects.filter(domain_id=office.domain.id, id=second.id).update(name="Vastgoed")
        first = Administration.objects.get(domain_id=office.domain.id, is_default=True)
    return first, second


def reach(office: Office, name: str, user: User | None = None, **form: Any) -> Any:
    url = at(office, f"gebruikers/{member(office, name).id}/")
    return browser_of(user or office.owner.user).post(url, form)


def test_a_backoffice_reaches_all_by_itself_with_a_warning_and_stays_within_when_limited(office: Office):
    first, second = with_two_books(office)
    RoleAssignment.objects.create(member=member(office, "Anna"), role=Role.BACKOFFICE.value)
    anna = member(office, "Anna").user
    assert reach(office, "Anna", reach="SOME", administration=str(first.public_id)).status_code == 303
    assert access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY).administration_ids is None
    page = texts(browser_of(office.owner.user).get(at(office, "gebruikers/")))
    assert "Bereikt alle administraties, door de rol Backoffice" in page

    limited = {"reach": "SOME", "administration": str(first.public_id), "limit": "on", "reason": "Ziet Vastgoed niet"}
    assert reach(office, "Anna", **limited).status_code == 303

    access = access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY)
    assert access.administration_ids == {first.id}
    with domain_scope(office.domain.id):
        for asked in (
            lambda: trial_balance(access=access, administration_id=second.id, from_on=TODAY, until=TODAY),
            lambda: bank_balances(access=access, administration_id=second.id),
            lambda: waiting_documents(access=access, administration_id=second.id),
            lambda: find_entries(access=access, administration_id=second.id, text="x", limit=5),
        ):
            with pytest.raises(AdministrationNotReached):
                asked()
        event = Event.objects.filter(domain_id=office.domain.id, action="member.reach_changed").latest("id")
    assert event.detail == {
        "user": "Anna",
        "from": first.name,
        "to": first.name,
        "backoffice": "LIMITED",
        "reason": "Ziet Vastgoed niet",
    }
    start = browser_of(anna).get(at(office, f"?administratie={second.public_id}"))
    assert start.status_code == 404
    assert reach(office, "Anna", reach="ALL").status_code == 303
    assert access_of(user_id=anna.id, slug=office.domain.slug, on=TODAY).administration_ids is None


@pytest.mark.parametrize(
    ("name", "form", "status", "told"),
    [
        ("Anna", {"reach": "SOME"}, 422, "Kies minstens één administratie voor Anna"),
        ("Dirk Directie", {"reach": "SOME", "administration": "first"}, 422, "bereikt altijd alle administraties"),
        ("Anna", {"reach": "NONE"}, 400, ""),
        ("Anna", {"reach": "ALL", "limit": "x"}, 400, ""),
        ("Anna", {"reach": "SOME", "administration": "00000000-0000-4000-8000-000000000000"}, 404, ""),
        ("Anna", {"reach": "SOME", "administration": "theirs"}, 404, ""),
        ("Anna", {"reach": "ALL", "reaches_all": "1"}, 400, ""),
    ],
)
def test_a_reach_that_cannot_be_is_refused(office: Office, name: str, form: dict[str, str], status: int, told: str):
    first, _ = with_two_books(office)
    theirs = new_office().books.administration
    ids = {"first": str(first.public_id), "theirs": str(theirs.public_id)}
    sent = {key: ids.get(value, value) for key, value in form.items()}

    answer = reach(office, name, **sent)

    assert answer.status_code == status
    assert told in texts(answer)
    assert not AdministrationGrant.objects.filter(member__domain=office.domain).exists()


def test_who_is_no_directie_changes_no_reach_and_a_stranger_is_not_there(office: Office):
    first, _ = with_two_books(office)
    form = {"reach": "SOME", "administration": str(first.public_id)}

    assert reach(office, "Bob", user=member(office, "Anna").user, **form).status_code == 403
    other = new_office()
    url = at(office, f"gebruikers/{other.owner.id}/")
    assert browser_of(office.owner.user).get(url).status_code == 404
    assert browser_of(office.owner.user).post(url, form).status_code == 404


def test_the_database_keeps_no_limit_for_who_reaches_all(office: Office):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Member.objects.filter(id=member(office, "Anna").id).update(is_backoffice_limited=True)
    assert "member_is_limited_to_granted_administrations" in str(refused.value)


# All roles on pages


def test_every_domain_role_is_given_and_taken_by_the_directie_on_the_page(office: Office):
    client = browser_of(office.owner.user)
    others = [one.value for one in Role if one is not Role.BACKOFFICE]
    form = {"action": "roles", "member": member(office, "Anna").id}
    assert client.post(at(office, "gebruikers/"), {**form, "roles": others}).status_code == 303
    assert roles_now(office, "Anna") == set(others)

    assert client.post(at(office, "gebruikers/"), form).status_code == 303
    assert roles_now(office, "Anna") == set()


@pytest.mark.parametrize("because", ["no_bundle", "seat_limit"])
def test_the_directie_takes_a_resting_backoffice_role_away_and_it_never_comes_back(office: Office, because: str):
    anna = member(office, "Anna")
    role = RoleAssignment.objects.create(member=anna, role=Role.BACKOFFICE.value)
    if because == "no_bundle":
        Domain.objects.filter(id=office.domain.id).update(bundle=Bundle.MINIMAL.value)
    RoleAssignment.objects.filter(id=role.id).update(state="SUSPENDED", suspended_because=because)
    client, url = browser_of(office.owner.user), at(office, "gebruikers/")
    form = {"action": "resting", "member": anna.id, "reason": "Boekt niet meer"}
    assert "Neem de rustende rol Backoffice weg : Anna" in texts(client.get(url))
    assert browser_of(anna.user).post(url, form).status_code == 403

    assert client.post(url, form).status_code == 303

    role.refresh_from_db()
    assert (role.state, role.suspended_because) == ("WITHDRAWN", "")
    page = client.get(url).content.decode()
    assert "De rol Backoffice is weggenomen. Ze komt niet vanzelf terug." in page
    assert "Neem de rustende rol Backoffice weg" not in page
    with domain_scope(office.domain.id):
        event = Event.objects.filter(domain_id=office.domain.id, action="role.withdrawn").latest("id")
        assert event.detail == {"role": "BACKOFFICE", "user": "Anna", "reason": "Boekt niet meer"}
        domain = Domain.objects.get(id=office.domain.id)
        domain.bundle = Bundle.MEDIUM.value
        domain.save()
        assert settle_roles(domain, at=timezone.now(), actor=TIME, because="bundle_begun") == []
    assert client.post(url, form).status_code == 303
    assert roles_now(office, "Anna") == set()


def test_every_portal_role_is_given_and_taken_by_the_portaalbeheerder_on_the_page(office: Office):
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY)
    held = colleague.portal_memberships.get()
    client: Client = office.browser()
    form = {"action": "roles", "member": held.id}
    every = [one.value for one in PortalRole]
    assert client.post("/kantoor/gebruikers/", {**form, "roles": every}).status_code == 303
    given = held.roles.filter(withdrawn_at__isnull=True)
    assert set(given.values_list("role", flat=True)) == set(every)

    assert client.post("/kantoor/gebruikers/", form).status_code == 303
    assert not given.exists()
