"""Invitations by mail: one link, one address, one time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.books import PASSWORD, new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of
from zelfboeken.access.models import Invitation, Member, PortalMember, PortalRoleAssignment, RoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "een heel lang wachtwoord"


@pytest.fixture
def post(django_capture_on_commit_callbacks: Any) -> Any:
    """A form sent, with the mails that leave when it is stored."""

    def send(client: Client, url: str, form: dict[str, Any]) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(url, form)

    return send


def link_in(letter: Any) -> str:
    found = re.search(rf"{re.escape(settings.ADDRESS)}(/uitnodiging/\S+/)", letter.body)
    assert found is not None
    return found[1]


def invited(post: Any, office: Office, email: str = "nieuw@zaak.example") -> str:
    """The link that an address got into the domain of this office."""
    assert post(office.browser(), office.url("gebruikers/"), {"action": "invite", "email": email}).status_code == 303
    return link_in(mail.outbox[-1])


def test_a_new_address_chooses_a_name_and_password_and_comes_in_without_a_role(post: Any):
    office = new_office()
    link = invited(post, office)
    client = Client()

    page = client.get(link).content.decode()
    assert "Je meldt je aan met nieuw@zaak.example." in page
    done = client.post(link, {"name": "Nina Nieuw", "password": NEW_PASSWORD})

    assert done["Location"] == f"/account/login/?next=/d/{office.domain.slug}/"
    member = Member.objects.get(domain=office.domain, user__email="nieuw@zaak.example")
    assert member.user.name == "Nina Nieuw"
    assert member.user.check_password(NEW_PASSWORD)
    assert member.roles.count() == 0
    signed_in = client.post("/account/login/", {"login": "nieuw@zaak.example", "password": NEW_PASSWORD})
    assert signed_in.status_code == 302
    assert client.get(f"/d/{office.domain.slug}/").status_code == 200
    with domain_scope(office.domain.id):
        joined = Event.objects.get(domain_id=office.domain.id, action="member.joined")
        assert joined.actor_name == "Nina Nieuw"


def test_an_address_gets_five_links_a_day_and_the_last_one_works(post: Any):
    office = new_office()
    links = [invited(post, office) for _ in range(5)]

    refused = post(office.browser(), office.url("gebruikers/"), {"action": "invite", "email": "nieuw@zaak.example"})

    assert refused.status_code == 422
    assert "al 5 uitnodigingen gestuurd" in refused.content.decode()
    assert len(mail.outbox) == 5
    assert [Client().get(link).status_code for link in links] == [404, 404, 404, 404, 200]
    assert invited(post, office, "ander@zaak.example")


def test_a_domain_sends_no_more_than_two_hundred_invitations_a_day(post: Any):
    office = new_office()
    now = timezone.now()
    Invitation.objects.bulk_create(
        Invitation(
            token_sha256=n.to_bytes(32, "big"), email=f"{n}@zaak.example", language="nl", portal=office.portal,
            domain=office.domain, portal_role="", invited_by=office.admin, invited_at=now - age, expires_at=now,
        )
        for n, age in enumerate([timedelta(hours=23)] * 199 + [timedelta(hours=25)])
    )  # fmt: skip

    assert invited(post, office)
    refused = post(office.browser(), office.url("gebruikers/"), {"action": "invite", "email": "ander@zaak.example"})

    assert refused.status_code == 422
    assert "al 200 uitnodigingen verstuurd" in refused.content.decode()
    assert len(mail.outbox) == 1


def test_a_link_works_once(post: Any):
    office = new_office()
    link = invited(post, office)
    assert Client().post(link, {"name": "Nina", "password": NEW_PASSWORD}).status_code == 302

    for again in (Client().get(link), Client().post(link, {"name": "Dief", "password": NEW_PASSWORD})):
        assert again.status_code == 404
        assert "Deze uitnodiging werkt niet meer." in again.content.decode()
    assert User.objects.get(email="nieuw@zaak.example").name == "Nina"


def test_a_link_that_is_used_expired_withdrawn_or_made_up_gets_one_answer(post: Any):
    office = new_office()
    client = office.browser()
    withdrawn, expired = invited(post, office, "weg@zaak.example"), invited(post, office, "oud@zaak.example")
    one = Invitation.objects.get(email="weg@zaak.example")
    assert client.post(office.url("gebruikers/"), {"invitation": str(one.id)}).status_code == 303
    Invitation.objects.filter(email="oud@zaak.example").update(expires_at=timezone.now() - timedelta(seconds=1))

    answers = {
        (response.status_code, response.content)
        for response in (
            Client().get(link, headers={"accept-language": "nl"})
            for link in (withdrawn, expired, "/uitnodiging/verzonnen/", f"/uitnodiging/{'A' * 43}/")
        )
    }

    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


def test_abuse25_guessing_links_is_stopped_whether_they_are_real_or_made_up(post: Any):
    link = invited(post, new_office())

    made_up = [Client().get(f"/uitnodiging/{number:043d}/").status_code for number in range(30)]
    after = [Client().get(one) for one in ("/uitnodiging/verzonnen/", link)]
    elsewhere = Client().get(link, REMOTE_ADDR="203.0.113.9")

    assert made_up == [404] * 30
    assert [one.status_code for one in after] == [429, 429]
    assert after[0].content == after[1].content
    assert "Te veel pogingen" in after[0].content.decode()
    # Who did not guess is not kept out by who did.
    assert elsewhere.status_code == 200


def test_a_newer_invitation_ends_the_older_one(post: Any):
    office = new_office()
    older = invited(post, office)
    newer = invited(post, office)

    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200


def test_another_address_that_is_signed_in_is_refused_and_the_log_says_so(post: Any):
    office = new_office()
    link = invited(post, office)
    other = new_user("iemand-anders@zaak.example", name="Ander")
    client = browser_of(other)

    assert client.get(link).status_code == 403
    refused = client.post(link)

    assert refused.status_code == 403
    assert "Deze uitnodiging is voor een ander mailadres." in refused.content.decode()
    assert not Member.objects.filter(domain=office.domain, user=other).exists()
    with domain_scope(office.domain.id):
        event = Event.objects.get(domain_id=office.domain.id, action="refused")
        assert (event.actor_id, event.detail["code"]) == (other.id, "invitation_for_another")


def test_an_address_with_an_account_signs_in_and_its_password_stays(post: Any):
    office = new_office()
    user = new_user("bekend@zaak.example", name="Bekend")
    link = invited(post, office, "Bekend@zaak.example")

    assert "heeft al een account" in Client().get(link).content.decode()
    taken = Client().post(link, {"name": "Dief", "password": NEW_PASSWORD})
    assert taken["Location"].startswith("/account/login/?next=/uitnodiging/")
    assert not Member.objects.filter(domain=office.domain, user=user).exists()

    accepted = browser_of(user).post(link)
    assert accepted["Location"] == f"/d/{office.domain.slug}/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_weak_password_or_no_name_is_told_and_the_link_keeps_working(post: Any):
    office = new_office()
    link = invited(post, office)

    weak = Client().post(link, {"name": "Nina", "password": "kort"})
    nameless = Client().post(link, {"name": " ", "password": NEW_PASSWORD})

    assert (weak.status_code, nameless.status_code) == (422, 422)
    assert "Vul je naam in" in nameless.content.decode()
    assert not User.objects.filter(email="nieuw@zaak.example").exists()
    assert Client().get(link).status_code == 200


def test_a_form_of_an_invitation_holds_nothing_else(post: Any):
    link = invited(post, new_office())

    assert Client().post(link, {"name": "N", "password": NEW_PASSWORD, "domain": "ander"}).status_code == 400


def test_inv23_an_invitation_of_who_may_not_invite_any_more_does_not_work(post: Any):
    office = new_office()
    link = invited(post, office)
    new_staff(office.portal, PortalRole.PORTAL_ADMIN)
    PortalMember.objects.filter(user=office.admin).update(is_active=False)

    assert Client().get(link).status_code == 404


@pytest.mark.parametrize("lifecycle", ["BLOCKED", "ARCHIVED", "INACTIVE"])
def test_nobody_comes_into_a_domain_that_is_not_live(post: Any, lifecycle: str):
    office = new_office()
    link = invited(post, office)
    Domain.objects.filter(id=office.domain.id).update(lifecycle=lifecycle)

    assert Client().get(link).status_code == 404


def test_who_comes_back_begins_without_the_roles_of_before(post: Any):
    office = new_office()
    user = new_user("terug@zaak.example", name="Teun Terug")
    member = add_member(domain=office.domain, user=user, roles=frozenset({Role.MANAGEMENT, Role.SALES}))
    Member.objects.filter(id=member.id).update(is_active=False)

    assert browser_of(user).post(invited(post, office, user.email)).status_code == 303

    assert Member.objects.get(id=member.id).is_active
    assert set(RoleAssignment.objects.filter(member=member).values_list("state", flat=True)) == {"WITHDRAWN"}


@pytest.mark.parametrize("email", ["", "geen adres", "a@b", "x@y.z\nBcc: q@r.be"])
def test_what_is_no_address_is_not_invited(email: str):
    office = new_office()

    response = office.browser().post(office.url("gebruikers/"), {"action": "invite", "email": email})

    assert response.status_code == 422
    assert not Invitation.objects.filter(domain=office.domain).exists()


def test_who_is_in_the_domain_is_not_invited_again():
    office = new_office()
    form = {"action": "invite", "email": office.owner.user.email}

    response = office.browser().post(office.url("gebruikers/"), form)

    assert response.status_code == 422
    assert "is al gebruiker van dit domein" in response.content.decode()


def test_a_colleague_is_asked_onto_the_staff_with_his_role(post: Any):
    office = new_office()
    form = {"action": "invite", "email": "cas@kantoor.example", "role": "CONTROLLER", "language": "en"}

    assert post(office.browser(), "/kantoor/gebruikers/", form).status_code == 303
    assert "invites you to work at" in mail.outbox[-1].body
    done = Client().post(link_in(mail.outbox[-1]), {"name": "Cas", "password": NEW_PASSWORD})

    assert done["Location"] == "/account/login/?next=/kantoor/"
    member = PortalMember.objects.get(portal=office.portal, user__email="cas@kantoor.example")
    assert list(member.roles.values_list("role", flat=True)) == [PortalRole.CONTROLLER]


def test_nobody_withdraws_an_invitation_of_another(post: Any):
    ours, theirs = new_office(), new_office()
    invited(post, theirs)
    one = Invitation.objects.get(domain=theirs.domain)

    for client, url in (
        (ours.browser(), ours.url("gebruikers/")),
        (ours.browser(), "/kantoor/gebruikers/"),
        (browser_of(ours.owner.user), f"/d/{ours.domain.slug}/gebruikers/"),
        (theirs.browser(), "/kantoor/gebruikers/"),
    ):
        assert client.post(url, {"invitation": str(one.id)}).status_code == 404
    one.refresh_from_db()
    assert one.withdrawn_at is None


def test_only_a_portaalbeheerder_or_the_directie_invites_into_a_domain():
    office = new_office()
    colleague = browser_of(new_staff(office.portal, PortalRole.CONTROLLER, domain=office.domain))
    form = {"action": "invite", "email": "nieuw@zaak.example"}

    assert colleague.post(office.url("gebruikers/"), form).status_code == 403
    assert browser_of(office.books.user).post(f"/d/{office.domain.slug}/gebruikers/", form).status_code == 403
    assert browser_of(office.owner.user).post(f"/d/{office.domain.slug}/gebruikers/", form).status_code == 303


def test_inv38_the_link_of_an_invitation_names_our_own_host_whatever_the_request_says(post: Any, settings: Any):
    settings.ADDRESS = "https://boek.example"
    settings.ALLOWED_HOSTS = ["*"]
    office = new_office()
    browser = office.browser()
    browser.defaults["HTTP_HOST"] = "elders.example"

    post(browser, office.url("gebruikers/"), {"action": "invite", "email": "nieuw@zaak.example", "language": "nl"})

    assert re.search(r"https://boek\.example/uitnodiging/\S+/", mail.outbox[-1].body)
    assert "elders.example" not in mail.outbox[-1].body


def test_a_colleague_is_asked_into_the_office_whose_page_was_filled_in_when_another_was_opened_beside_it(post: Any):
    one, other = new_office(), new_office()
    staff = PortalMember.objects.create(user=one.admin, portal=other.portal)
    PortalRoleAssignment.objects.create(member=staff, role=PortalRole.PORTAL_ADMIN)
    browser = one.browser()
    page = browser.get("/kantoor/gebruikers/", {"kantoor": one.portal.slug}).content.decode()
    browser.get("/kantoor/gebruikers/", {"kantoor": other.portal.slug})
    actions = set(re.findall(r'action="(/kantoor/gebruikers/[^"]*)"', page))

    (url,) = actions
    post(browser, url, {"action": "invite", "email": "collega@zaak.example", "language": "nl", "role": "GUEST"})

    assert Invitation.objects.get(email="collega@zaak.example").portal == one.portal
