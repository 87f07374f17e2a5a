"""The office: where its staff arrives, the list of domains, making one, its sheet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from tests.books import new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of, query_count
from zelfboeken.access.models import DomainAssignment, Member, PortalMember, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.billing.models import Standing
from zelfboeken.ledger.models import GLAccount, Period
from zelfboeken.tenancy.models import Administration, Bundle, Domain, PricingModel
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Café De Zon BV",
    "slug": "cafe-de-zon",
    "owner_name": "Zoë Zon",
    "owner_email": "Zoe@Zon.example",
    "language": "fr",
    "kind": "MINIMAL",
    "trial_until": "",
    "responsible": "",
    "administration_enterprise_number": "0999.000.228",
    "administration_vat_number": "",
    "administration_vat_regime": "QUARTERLY",
    "first_year": "2026",
}


def texts(response: Any) -> str:
    """The text of a page, with plain spaces."""
    body = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ")


def rows_of(response: Any) -> list[str]:
    """The names in the list of domains, in order."""
    found = re.findall(r'<a\s+class="q b"\s+href="[^"]+"\s+data-row\s*>([^<]+)', response.content.decode())
    return [one.strip() for one in found]


def more_domains(office: Office, **facts: dict[str, Any]) -> None:
    for name, changes in facts.items():
        Domain.objects.create(portal=office.portal, slug=name.lower(), name=name, **changes)


def test_signing_in_leads_staff_to_their_office_and_others_to_their_domain():
    office = new_office()

    assert office.browser().get("/")["Location"] == "/kantoor/"
    assert office.browser().get("/kantoor/")["Location"] == "/kantoor/monitor/"
    assert browser_of(office.owner.user).get("/")["Location"] == f"/d/{office.domain.slug}/"


def test_the_switcher_leads_from_office_to_domain_and_back():
    office = new_office()
    client = office.browser()

    assert f'href="/d/{office.domain.slug}/"' in client.get("/kantoor/domeinen/").content.decode()
    assert f"/kantoor/monitor/?kantoor={office.portal.slug}" in client.get(f"/d/{office.domain.slug}/").content.decode()


def test_staff_of_two_offices_chooses_one_and_stays_there():
    ours, theirs = new_office(), new_office()
    member = PortalMember.objects.create(user=ours.admin, portal=theirs.portal)
    member.roles.create(role=PortalRole.PORTAL_ADMIN.value)
    client = ours.browser()

    assert rows_of(client.get("/kantoor/domeinen/", {"kantoor": theirs.portal.slug})) == [theirs.domain.name]
    assert rows_of(client.get("/kantoor/domeinen/")) == [theirs.domain.name]
    PortalMember.objects.filter(id=member.id).update(is_active=False)
    assert rows_of(client.get("/kantoor/domeinen/")) == [ours.domain.name]


def test_the_list_shows_zelfboeken_users_bundle_status_workflow_and_responsible():
    office = new_office()
    member = PortalMember.objects.get(user=office.admin)
    DomainAssignment.objects.create(member=member, domain=office.domain, task=DomainAssignment.Task.RESPONSIBLE)

    page = texts(office.browser().get("/kantoor/domeinen/"))

    assert "Domein ↑ Zelfboeken Gebruikers Bundel Status Workflow Verantwoordelijke" in page
    assert f"{office.domain.name} Medium · Actief uit 2 Medium Actief Normaal Pia Portaal" in page


def test_the_list_is_searched_filtered_sorted_and_cut_by_its_address():
    office = new_office(name="Midden")
    more_domains(
        office,
        Aardvark={"is_authorised": True},
        Zebra={"bundle": Bundle.LARGE},
        Trein={"pricing_model": PricingModel.MODULES},
    )
    client = office.browser()

    def listed(**fields: str) -> list[str]:
        return rows_of(client.get("/kantoor/domeinen/", fields))

    assert listed() == ["Aardvark", "Midden", "Trein", "Zebra"]
    assert listed(sorteer="-naam") == ["Zebra", "Trein", "Midden", "Aardvark"]
    assert listed(sorteer="-bundel") == ["Zebra", "Midden", "Aardvark", "Trein"]
    assert listed(q="zeb") == ["Zebra"]
    assert listed(zelfboeken="WAITS_FOR_BUNDLE") == ["Aardvark"]
    assert listed(zelfboeken="MODULES") == ["Trein"]
    assert listed(bundel="LARGE") == ["Zebra"]
    assert listed(status="ACTIVE") == ["Midden"]
    assert listed(verantwoordelijke="-", q="e") == ["Midden", "Trein", "Zebra"]
    assert "Geen domein gevonden" in texts(client.get("/kantoor/domeinen/", {"q": "bestaat niet"}))
    for wrong in ({"sorteer": "geheim"}, {"bundel": "HUGE"}, {"status": "x"}):
        assert client.get("/kantoor/domeinen/", wrong).status_code == 404


def test_a_long_list_goes_by_pages_and_keeps_its_filter():
    office = new_office(name="Midden")
    Domain.objects.bulk_create(
        Domain(portal=office.portal, slug=f"rij-{number:03}", name=f"Rij {number:03}") for number in range(60)
    )
    client = office.browser()

    first = client.get("/kantoor/domeinen/", {"q": "rij"})
    assert rows_of(first) == [f"Rij {number:03}" for number in range(50)]
    assert "blad=2" in first.content.decode()
    assert "q=rij" in first.content.decode()
    assert rows_of(client.get("/kantoor/domeinen/", {"q": "rij", "blad": "2"}))[0] == "Rij 050"


def test_the_list_asks_as_many_queries_for_sixty_domains_as_for_one():
    office = new_office()
    client = office.browser()
    few = query_count(client, "/kantoor/domeinen/")
    Domain.objects.bulk_create(
        Domain(portal=office.portal, slug=f"rij-{number:03}", name=f"Rij {number:03}") for number in range(60)
    )

    assert query_count(client, "/kantoor/domeinen/") == few


def test_many_domains_are_assigned_at_once_and_each_log_says_so():
    office = new_office()
    more_domains(office, Ander={})
    colleague = new_staff(office.portal, PortalRole.PORTAL_BACKOFFICE, name="Cas")
    member = PortalMember.objects.get(user=colleague)
    ander = Domain.objects.get(slug="ander")
    DomainAssignment.objects.create(
        member=PortalMember.objects.get(user=office.admin), domain=ander, task=DomainAssignment.Task.RESPONSIBLE
    )
    form = {"domain": [office.domain.slug, "ander"], "task": "RESPONSIBLE", "member": str(member.id)}

    response = office.browser().post("/kantoor/domeinen/?sorteer=-naam", form)

    assert response["Location"] == "/kantoor/domeinen/?sorteer=-naam"
    held = DomainAssignment.objects.filter(domain__portal=office.portal).values_list(
        "domain__slug", "member_id", "task"
    )
    assert sorted(held) == sorted((slug, member.id, "RESPONSIBLE") for slug in ("ander", office.domain.slug))
    with domain_scope(ander.id):
        event = Event.objects.get(domain_id=ander.id, action="domain.assigned")
        assert event.detail == {"task": "RESPONSIBLE", "from": "Pia Portaal", "to": "Cas"}
    assert rows_of(browser_of(colleague).get("/kantoor/domeinen/")) == ["Ander", office.domain.name]


def test_assigning_without_a_tick_or_to_a_stranger_changes_nothing():
    office, other = new_office(), new_office()
    client = office.browser()
    stranger = PortalMember.objects.get(user=other.admin).id

    nothing = client.post("/kantoor/domeinen/", {"task": "BACKUP", "member": "-"})
    assert nothing.status_code == 422
    assert "Vink eerst de domeinen aan" in texts(nothing)
    form = {"domain": office.domain.slug, "task": "BACKUP", "member": str(stranger)}
    assert client.post("/kantoor/domeinen/", form).status_code == 404
    assert client.post("/kantoor/domeinen/", {**form, "task": "BOSS"}).status_code == 400
    assert not DomainAssignment.objects.filter(domain=office.domain).exists()


def test_a_guest_of_the_portal_is_offered_no_task_and_gets_none():
    office = new_office()
    guest = new_staff(office.portal, PortalRole.GUEST, name="Gerda Gast").portal_memberships.get()
    client = office.browser()
    form = {"domain": office.domain.slug, "task": "BACKUP", "member": str(guest.id)}

    assert client.post("/kantoor/domeinen/", form).status_code == 404
    assert not DomainAssignment.objects.filter(domain=office.domain).exists()
    for page in ("domeinen/", f"domeinen/{office.domain.slug}/bewerken/"):
        assert "Gerda Gast" not in texts(client.get(f"/kantoor/{page}"))
    assert "Gerda Gast" in texts(client.get("/kantoor/gebruikers/"))


# A new domain


def test_a_new_domain_has_an_owner_with_directie_books_a_standing_and_an_invitation(
    django_capture_on_commit_callbacks: Any,
):
    office = new_office()

    with django_capture_on_commit_callbacks(execute=True):
        response = office.browser().post("/kantoor/nieuw-domein/", NEW)

    assert response["Location"] == "/kantoor/domeinen/cafe-de-zon/"
    domain = Domain.objects.get(slug="cafe-de-zon")
    assert (domain.portal, domain.lifecycle, domain.bundle, domain.is_authorised) == (
        office.portal, "STARTUP", "MINIMAL", False,
    )  # fmt: skip
    owner = Member.objects.get(domain=domain)
    assert (owner.user.email, owner.user.name, owner.user.language, owner.is_owner) == (
        "zoe@zon.example", "Zoë Zon", "fr", True,
    )  # fmt: skip
    assert list(owner.roles.values_list("role", "state")) == [(Role.MANAGEMENT, "ACTIVE")]
    assert not owner.user.has_usable_password()
    assert DomainAssignment.objects.get(domain=domain).member.user == office.admin
    with domain_scope(domain.id):
        administration = Administration.objects.get(domain=domain)
        assert (administration.name, administration.enterprise_number) == ("Café De Zon BV", "0999000228")
        assert GLAccount.objects.filter(domain=domain, administration_id=administration.id).count() > 100
        assert Period.objects.filter(domain=domain, fiscal_year=2026).count() == 12
        assert Standing.objects.get(domain=domain).bundle == "MINIMAL"
        actions = set(Event.objects.filter(domain=domain).values_list("action", flat=True))
    assert actions == {"domain.made", "domain.assigned", "administration.made", "member.invited"}
    assert PortalEvent.objects.get(portal=office.portal).action == "domain.made"
    letter = mail.outbox[-1]
    assert letter.to == ["zoe@zon.example"]
    assert "vous invite dans le domaine Café De Zon BV" in letter.body
    assert re.search(rf"{re.escape(settings.ADDRESS)}/uitnodiging/\S+/", letter.body)


def test_a_new_domain_may_begin_in_trial():
    office = new_office()

    office.browser().post("/kantoor/nieuw-domein/", {**NEW, "kind": "TRIAL", "trial_until": "31/12/2027"})

    assert str(Domain.objects.get(slug="cafe-de-zon").trial_until) == "2027-12-31"


def test_everything_that_is_wrong_with_a_new_domain_is_told_at_once_and_nothing_is_made():
    office = new_office()
    wrong = {
        **NEW, "name": "", "slug": "Mijn Zaak", "owner_name": "", "owner_email": "geen", "kind": "TRIAL",
        "trial_until": "31/02", "administration_enterprise_number": "123", "first_year": "99",
    }  # fmt: skip

    response = office.browser().post("/kantoor/nieuw-domein/", wrong)

    assert response.status_code == 422
    page = texts(response)
    for told in (
        "Het domein is niet gemaakt", "Vul de naam van de klant in", "kleine letters, cijfers of streepjes",
        "Vul in wie de eigenaar is", "geen is geen mailadres", "is geen geldig ondernemingsnummer",
        "Kies een eerste boekjaar", "februari heeft",
    ):  # fmt: skip
        assert told.lower() in page.lower(), told
    assert Domain.objects.filter(portal=office.portal).count() == 1


@pytest.mark.parametrize(
    ("name", "slug"), [("Café De Zon BV", "cafe-de-zon"), ("  Élan & Zonen nv ", "elan-zonen"), ("BV", "bv"), ("ℵ", "")]
)
def test_an_address_is_proposed_from_the_name(name: str, slug: str):
    from zelfboeken.billing.new_domain import proposed_slug

    assert proposed_slug(name) == slug


def test_an_address_that_is_taken_is_refused_with_a_free_one_and_an_empty_one_follows_the_name():
    office, other = new_office(), new_office()
    Domain.objects.create(portal=other.portal, slug="cafe-de-zon", name="Ander café")

    taken = office.browser().post("/kantoor/nieuw-domein/", {**NEW, "slug": ""})

    assert taken.status_code == 422
    assert "Het adres cafe-de-zon bestaat al. Vrij is bijvoorbeeld cafe-de-zon-2." in texts(taken)


def test_who_may_make_domains_but_assign_none_looks_after_what_he_makes():
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.PORTAL_BACKOFFICE)
    client = browser_of(colleague)

    assert client.post("/kantoor/nieuw-domein/", NEW).status_code == 303
    assert rows_of(client.get("/kantoor/domeinen/")) == ["Café De Zon BV"]
    admin = PortalMember.objects.get(user=office.admin).id
    other = {**NEW, "slug": "tweede", "responsible": str(admin)}
    assert client.post("/kantoor/nieuw-domein/", other).status_code == 422


def test_inv14_the_same_form_twice_makes_one_domain():
    office = new_office()
    client = office.browser()
    form = {**NEW, "key": "een-sleutel-1"}

    first, second = (client.post("/kantoor/nieuw-domein/", form) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert client.post("/kantoor/nieuw-domein/", {**form, "name": "Ander"}).status_code == 409
    assert Domain.objects.filter(portal=office.portal).count() == 2


def test_the_address_of_a_domain_never_changes_also_not_in_the_database():
    office = new_office()

    with pytest.raises(DatabaseError), transaction.atomic():
        Domain.objects.filter(id=office.domain.id).update(slug="nieuw-adres")

    assert Domain.objects.filter(id=office.domain.id, slug=office.books.domain.slug).exists()


def test_inv24_the_log_of_a_portal_is_append_only_for_its_writer_too():
    office = new_office()
    office.browser().post("/kantoor/nieuw-domein/", NEW)

    for statement in ("UPDATE audit_portalevent SET action = 'x'", "DELETE FROM audit_portalevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert PortalEvent.objects.filter(portal=office.portal).count() == 1


# The sheet


def test_the_sheet_reads_and_has_a_tab_for_what_there_is():
    office = new_office()
    client = office.browser()

    sheet = texts(client.get(office.url()))
    assert "Gegevens en werking Gebruikers 2 Administraties en boekjaren Facturatie Historiek" in sheet
    assert "0999.000.129" in sheet
    assert "Zelfboeken uit Workflow Normaal" in sheet
    assert "Dirk Directie eigenaar" in texts(client.get(office.url("gebruikers/")))
    assert "Kwartaalaangever 2026" in texts(client.get(office.url("boekjaren/")))


def test_a_domain_that_opens_for_nobody_still_has_its_sheet():
    office = new_office()
    Domain.objects.filter(id=office.domain.id).update(lifecycle="INACTIVE")
    client = office.browser()

    assert client.get(f"/d/{office.domain.slug}/").status_code == 404
    page = client.get(office.url())
    assert "Inactief" in texts(page)
    assert "Open domein" not in texts(page)
    assert "Dit domein is niet actief." in texts(client.get(office.url("bewerken/")))


def test_an_administration_is_added_and_changed_with_its_numbers_checked():
    office = new_office()
    client = office.browser()
    form = {"name": "Tweede BV", "enterprise_number": "0999.000.228", "vat_number": "", "vat_regime": "MONTHLY"}

    assert client.post(office.url("administratie/"), {**form, "first_year": "1999"}).status_code == 422
    assert client.post(office.url("administratie/"), {**form, "first_year": "2026"}).status_code == 303
    with domain_scope(office.domain.id):
        made = Administration.objects.get(domain=office.domain, name="Tweede BV")
        assert (made.is_default, made.vat_regime) == (False, "MONTHLY")
    url = office.url(f"administratie/{made.public_id}/")
    wrong = client.post(url, {**form, "vat_number": "BE0999000129"})
    assert wrong.status_code == 422
    assert "Dit btw-nummer hoort bij een ander ondernemingsnummer." in texts(wrong)
    assert client.post(url, {**form, "name": "Derde BV", "vat_number": "BE0999000228"}).status_code == 303
    assert "Derde BV" in texts(client.get(office.url("boekjaren/")))
    history = texts(client.get(office.url("historiek/")))
    assert "Administratie gewijzigd · " in history
    assert "Naam: Tweede BV → Derde BV" in history


def test_the_history_goes_back_by_pages():
    office = new_office()
    client = office.browser()
    for number in range(60):
        form = {"action": "save", "name": f"Naam {number}", "version": version_of(client, office)}
        assert client.post(office.url("bewerken/"), form).status_code == 303

    newest = client.get(office.url("historiek/"))
    older = re.search(r'href="([^"]+\?voor=\d+)"', newest.content.decode())

    assert "Naam 59" in texts(newest)
    assert older is not None
    assert "Naam 0 " in texts(client.get(older[1]))


def version_of(client: Client, office: Office) -> str:
    found = re.search(r'name="version"\s+value="(\w+)"', client.get(office.url("bewerken/")).content.decode())
    assert found is not None
    return found[1]


# The staff


def test_a_portaalbeheerder_gives_and_takes_portal_roles_and_the_last_one_stays():
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY, name="Cas", domain=office.domain)
    member = PortalMember.objects.get(user=colleague).id
    own = PortalMember.objects.get(user=office.admin).id
    client = office.browser()

    last = client.post("/kantoor/gebruikers/", {"action": "roles", "member": own, "roles": ["CONTROLLER"]})
    assert last.status_code == 409
    assert "Pia Portaal is de laatste Portaalbeheerder." in texts(last)
    given = {"action": "roles", "member": member, "roles": ["PORTAL_ADMIN", "CONTROLLER"]}
    assert client.post("/kantoor/gebruikers/", given).status_code == 303
    assert client.post("/kantoor/gebruikers/", {"action": "roles", "member": own, "roles": []}).status_code == 303
    # Without a role he is out from his next request on (INV-23).
    assert client.get("/kantoor/gebruikers/").status_code == 404
    assert client.get("/account/").status_code == 200
    assert browser_of(colleague).get("/kantoor/gebruikers/").status_code == 200


@pytest.mark.parametrize(
    "roles", [["CONTROLLER"], ["DATA_ENTRY", "CONTROLLER"], []], ids=["another", "one more", "none"]
)
def test_inv38_a_change_of_portal_role_ends_the_sessions_of_that_colleague(roles: list[str]):
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY, domain=office.domain)
    theirs, mine = browser_of(colleague), office.browser()
    assert theirs.get("/kantoor/", follow=True).status_code == 200

    form = {"action": "roles", "member": PortalMember.objects.get(user=colleague).id, "roles": roles}
    assert mine.post("/kantoor/gebruikers/", form).status_code == 303

    assert theirs.get("/kantoor/domeinen/")["Location"] == "/account/login/?next=/kantoor/domeinen/"
    assert mine.get("/kantoor/gebruikers/").status_code == 200


def test_inv38_roles_that_stay_as_they_were_end_no_session():
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY, domain=office.domain)
    theirs = browser_of(colleague)

    form = {"action": "roles", "member": PortalMember.objects.get(user=colleague).id, "roles": ["DATA_ENTRY"]}
    assert office.browser().post("/kantoor/gebruikers/", form).status_code == 303

    assert theirs.get("/kantoor/domeinen/").status_code == 200


def test_inv38_who_changes_his_own_portal_roles_stays_in_here_and_nowhere_else():
    office = new_office()
    here, elsewhere = office.browser(), office.browser()
    own = PortalMember.objects.get(user=office.admin).id

    form = {"action": "roles", "member": own, "roles": ["PORTAL_ADMIN", "CONTROLLER"]}
    assert here.post("/kantoor/gebruikers/", form).status_code == 303

    assert here.get("/kantoor/gebruikers/").status_code == 200
    assert elsewhere.get("/kantoor/gebruikers/").status_code == 302


def test_inv23_a_domain_given_to_a_colleague_is_closed_to_the_former_one_from_his_next_request():
    office = new_office()
    former = new_staff(office.portal, PortalRole.CONTROLLER, domain=office.domain)
    other = new_staff(office.portal, PortalRole.CONTROLLER)
    theirs = browser_of(former)
    assert theirs.get(f"/d/{office.domain.slug}/").status_code == 200

    member = PortalMember.objects.get(user=other).id
    form = {"task": "RESPONSIBLE", "member": member, "domain": [office.domain.slug]}
    assert office.browser().post("/kantoor/domeinen/", form).status_code == 303

    assert theirs.get(f"/d/{office.domain.slug}/").status_code == 404
    assert browser_of(other).get(f"/d/{office.domain.slug}/").status_code == 200


def test_inv38_who_leaves_the_office_loses_roles_domains_and_sessions_at_once():
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.CONTROLLER, name="Cas", domain=office.domain)
    theirs = browser_of(colleague)
    assert theirs.get(f"/d/{office.domain.slug}/").status_code == 200

    member = PortalMember.objects.get(user=colleague).id
    assert office.browser().post("/kantoor/gebruikers/", {"action": "leave", "member": member}).status_code == 303

    assert theirs.get(f"/d/{office.domain.slug}/").status_code == 302
    assert browser_of(colleague).get(f"/d/{office.domain.slug}/").status_code == 404
    assert not DomainAssignment.objects.filter(member_id=member).exists()
    assert User.objects.get(id=colleague.id).is_active
    stranger = PortalMember.objects.get(user=new_office().admin).id
    assert office.browser().post("/kantoor/gebruikers/", {"action": "leave", "member": stranger}).status_code == 404


def test_inv22_nobody_who_cannot_sign_in_becomes_the_owner_of_a_new_domain():
    office = new_office()
    closed = new_user("weg@zon.example")
    User.objects.filter(id=closed.id).update(is_active=False)

    answer = office.browser().post("/kantoor/nieuw-domein/", {**NEW, "owner_email": "Weg@zon.example"})

    assert answer.status_code == 422
    assert "Dit account is niet meer in gebruik." in answer.content.decode()
    assert not Domain.objects.filter(slug="cafe-de-zon").exists()
