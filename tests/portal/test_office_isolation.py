"""INV-09 at the office: another portal's domain, or one that is not assigned, is like one that does not exist.

And every role at every page and button of the office, as the rights table says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access.test_rights import COLUMNS, TABLE
from tests.books import new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of
from zelfboeken.access.models import DomainAssignment, Member, PortalMember, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.tenancy.models import Administration, Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
NOBODYS_UUID = "00000000-0000-4000-8000-000000000000"
# Per address of an office: the right it takes, and whether it names a domain.
PORTAL_ROWS: dict[str, tuple[str, bool]] = {
    "office": ("domain.enter", False),
    "office_monitor": ("domain.enter", False),
    "office_views": ("domain.enter", False),
    "office_calendar": ("portal.manage", False),
    "office_domains": ("domain.enter", False),
    "office_new_domain": ("domain.create", False),
    "office_staff": ("portal.manage", False),
    "office_rights": ("domain.enter", False),
    "office_role_log": ("log.read", False),
    "office_role_log_csv": ("log.read", False),
    "office_legacy": ("portal.manage", False),
    "office_domain_rights": ("portal.manage", True),
    "office_domain_owner": ("portal.manage", True),
    "office_domain_role_log": ("log.read", True),
    "office_domain_role_log_csv": ("log.read", True),
    "office_domain": ("domain.enter", True),
    "office_domain_edit": ("domain.edit", True),
    "office_domain_users": ("domain.enter", True),
    "office_domain_books": ("domain.enter", True),
    "office_new_administration": ("domain.edit", True),
    "office_administration": ("domain.edit", True),
    "office_domain_history": ("log.read", True),
    "office_domain_export": ("portal.manage", True),
    "office_domain_billing": ("portal.manage", True),
    "office_domain_debtor": ("portal.manage", True),
    "office_statement": ("portal.manage", True),
    "office_statement_pdf": ("portal.manage", True),
    "office_statement_ubl": ("portal.manage", True),
    "office_prices": ("portal.manage", False),
    "office_price": ("portal.manage", False),
    "operator_statements": ("portal.manage", False),
    "operator_statement": ("portal.manage", False),
    "operator_statement_pdf": ("portal.manage", False),
    "operator_statement_ubl": ("portal.manage", False),
    "office_questions": ("domain.enter", False),
}
MONTHLY = {"office_statement", "office_statement_pdf", "office_statement_ubl"}
"""Addresses of a month: that of a domain without a statement in it is not there, also for who may see it."""

NUMBERED = {"operator_statement", "operator_statement_pdf", "operator_statement_ubl"}
"""Addresses of a number of the operator's series: one that was not given out is not there, also for the operator."""


POST_ONLY = {"office_views"}
"""Addresses that take a form and show nothing."""


def address(name: str, slug: str, administration: object = NOBODYS_UUID) -> str:
    kwargs: dict[str, Any] = {"domain": slug} if PORTAL_ROWS[name][1] else {}
    if name == "office_administration":
        kwargs["administration"] = administration
    if name == "office_price":
        kwargs["item"] = "rol"
    if name in NUMBERED:
        kwargs["number"] = "ZB-2026-0001"
    if name in MONTHLY:
        kwargs["month"] = "2026-10"
    return reverse(name, kwargs=kwargs)


def answer(client: Client, method: str, url: str) -> tuple[Any, ...]:
    response = getattr(client, method)(url)
    return response.status_code, response.content, dict(response.headers), sorted(response.cookies)


def administration_of(office: Office) -> object:
    with domain_scope(office.domain.id):
        return Administration.objects.get(domain_id=office.domain.id).public_id


def _unassigned(office: Office) -> User:
    return new_staff(office.portal, PortalRole.CONTROLLER)


def _account_manager(office: Office) -> User:
    user = new_staff(office.portal, PortalRole.PORTAL_BACKOFFICE)
    DomainAssignment.objects.create(
        member=PortalMember.objects.get(user=user),
        domain=office.domain,
        task=DomainAssignment.Task.ACCOUNT_MANAGER,
    )
    return user


def _left(office: Office) -> User:
    user = new_staff(office.portal, PortalRole.PORTAL_ADMIN)
    PortalMember.objects.filter(user=user).update(is_active=False)
    return user


@pytest.mark.parametrize(
    "stranger",
    [lambda _: new_office().admin, _unassigned, _account_manager, _left, lambda _: new_user("niemand@example.test")],
    ids=["administrator of another portal", "not assigned", "account manager", "left", "of no domain and no portal"],
)
def test_inv09_the_sheet_of_a_domain_is_not_there_for_a_stranger(stranger: Callable[[Office], User]):
    office = new_office()
    administration = administration_of(office)
    client = browser_of(stranger(office))

    for name, (_right, names_domain) in PORTAL_ROWS.items():
        if not names_domain:
            continue
        for method in METHODS:
            foreign = answer(client, method, address(name, office.domain.slug, administration))
            assert foreign == answer(client, method, address(name, "bestaat-niet", administration)), (method, name)
            assert foreign[0] == 404


def test_inv09_a_domain_of_another_portal_is_neither_listed_nor_assigned():
    theirs, ours = new_office(), new_office()
    client = ours.browser()

    assert theirs.domain.slug not in client.get("/kantoor/domeinen/").content.decode()
    member = PortalMember.objects.get(user=ours.admin).id
    form = {"task": "RESPONSIBLE", "member": member}
    for slug in (theirs.domain.slug, "bestaat-niet"):
        assert client.post("/kantoor/domeinen/", {**form, "domain": [ours.domain.slug, slug]}).status_code == 404
    assert not DomainAssignment.objects.filter(domain__in=[theirs.domain, ours.domain]).exists()


def test_inv09_an_administration_of_another_domain_is_not_there_on_the_own_sheet():
    theirs, ours = new_office(), new_office()
    url = address("office_administration", ours.domain.slug, administration_of(theirs))

    assert ours.browser().get(url).status_code == 404
    assert ours.browser().post(url, {"name": "Gekaapt"}).status_code == 404


def test_another_portal_asked_for_by_name_is_not_there():
    theirs, ours = new_office(), new_office()
    client = ours.browser()

    assert client.get("/kantoor/domeinen/", {"kantoor": theirs.portal.slug}).status_code == 404
    assert client.get("/kantoor/domeinen/").status_code == 200


def test_who_is_not_signed_in_is_asked_to():
    office = new_office()

    for name in PORTAL_ROWS:
        url = address(name, office.domain.slug)
        response = Client().get(url)
        assert (response.status_code, response["Location"]) == (302, f"{reverse('account_login')}?next={url}")


def _buttons(office: Office) -> list[tuple[str, str, dict[str, str], str]]:
    """(method, address, form, right): every page and every button of an office."""
    slug = office.domain.slug
    administration = administration_of(office)
    pages = [
        ("get", address(name, slug, administration), {}, right)
        for name, (right, _) in PORTAL_ROWS.items()
        if name not in POST_ONLY
    ]
    edit = address("office_domain_edit", slug)
    return [
        *pages,
        ("post", address("office_views", slug), {"action": "keep", "name": "X", "query": ""}, "domain.enter"),
        ("post", address("office_calendar", slug), {"action": "hours", "cut_off": "9"}, "portal.manage"),
        ("post", edit, {"action": "save", "name": "X", "self_booking": "on"}, "domain.edit"),
        ("post", edit, {"action": "show", "name": "X", "self_booking": "on"}, "domain.edit"),
        ("post", address("office_domains", slug), {"task": "BACKUP", "member": "-", "domain": slug}, "portal.manage"),
        ("post", address("office_new_domain", slug), {"kind": "MINIMAL"}, "domain.create"),
        ("post", address("office_domain_users", slug), {"action": "invite", "email": "x"}, "domain.edit"),
        ("post", address("office_new_administration", slug), {"name": ""}, "domain.edit"),
        ("post", address("office_domain_books", slug), {"administration": str(administration)}, "domain.edit"),
        ("post", address("office_administration", slug, administration), {"name": ""}, "domain.edit"),
        ("post", address("office_legacy", slug), {"action": "invite"}, "portal.manage"),
        ("post", address("office_domain_rights", slug), {"action": "save"}, "portal.manage"),
        ("post", address("office_domain_owner", slug), {"action": "WITHDRAW"}, "portal.manage"),
        ("post", address("office_staff", slug), {"action": "invite", "email": "x", "role": "GUEST"}, "portal.manage"),
        ("post", address("operator_statement", slug), {"action": "credit", "line_0": "1,00"}, "portal.manage"),
    ]


def test_s4_every_role_at_every_page_and_button_of_the_office():
    office = new_office()
    domain = office.domain
    told = {}
    portal_roles = {one.value for one in PortalRole}
    for column, role in COLUMNS.items():
        is_staff = role in portal_roles
        if is_staff:
            user = new_staff(office.portal, PortalRole(role), domain=domain)
        else:
            user = new_user(f"{column if role else 'zonder'}@example.test".lower())
            add_member(domain=domain, user=user, roles=frozenset({Role(role)} if role else set()))
        client = browser_of(user)
        for method, url, form, right in _buttons(office):
            may = is_staff and TABLE[right, column] == "Y"
            with transaction.atomic():
                response = getattr(client, method)(url, form)
                with domain_scope(domain.id):
                    refused = Event.objects.filter(domain_id=domain.id, action="refused", actor_id=user.id).count()
                refused += PortalEvent.objects.filter(action="refused", actor_id=user.id).count()
                transaction.set_rollback(True)
            if may and ("/2026-10/" in url or "/ZB-2026-0001/" in url):
                is_right = response.status_code == 404 and refused == 0
            elif may:
                is_right = response.status_code in {200, 302, 303, 409, 422} and refused == 0
            elif is_staff or domain.slug in url:
                # Staff and users of the domain are told why, and the refusal is in the log.
                is_right = response.status_code == 403 and refused == 1
            else:
                # For who is of no office, there is no office.
                is_right = response.status_code == 404 and refused == 0
            told[column, method, url, str(form)] = is_right

    assert [where for where, is_right in told.items() if not is_right] == []
    assert len(told) == 15 * (len(PORTAL_ROWS) - len(POST_ONLY) + 15)


@pytest.mark.parametrize("role", [one for one in PortalRole if one not in {PortalRole.PORTAL_ADMIN, PortalRole.GUEST}])
def test_s4_no_other_portal_role_sees_the_box_or_switches_it_on(role: PortalRole):
    office = new_office()
    client = browser_of(new_staff(office.portal, role, domain=office.domain))

    sheet = client.get(office.url())
    assert sheet.status_code == 200
    assert "bewerken/" not in sheet.content.decode()
    refused = client.post(office.url("bewerken/"), {"action": "save", "self_booking": "on"})
    assert refused.status_code == 403
    assert "Vraag het aan de Portaalbeheerder." in refused.content.decode()
    assert not office.domain.is_authorised


@pytest.mark.parametrize("role", list(Role))
def test_s4_no_domain_role_switches_it_on(role: Role):
    office = new_office()
    user = new_user("lid@example.test")
    add_member(domain=office.domain, user=user, roles=frozenset({role}))

    refused = browser_of(user).post(office.url("bewerken/"), {"action": "save", "self_booking": "on"})

    assert refused.status_code == 403
    assert "Deze pagina is voor het kantoor. Vraag het aan je accountant." in refused.content.decode()
    assert not office.domain.is_authorised


@pytest.mark.parametrize(
    "forged",
    [
        {"is_authorised": "1"},
        {"domain": "ander"},
        {"bundle": "UNLIMITED"},
        {"slug": "nieuw"},
        {"lifecycle": "ACTIVE"},
        {"workflow": "GONE"},
        {"when": "YESTERDAY"},
        {"self_booking": "1"},
        {"action": "destroy"},
    ],
    ids=lambda form: next(iter(form)),
)
def test_a_forged_field_refuses_the_form_of_the_sheet(forged: dict[str, str]):
    office = new_office()
    before = Domain.objects.filter(id=office.domain.id).values().get()

    response = office.browser().post(office.url("bewerken/"), {"action": "save", "name": "X", **forged})

    assert response.status_code == 400
    assert Domain.objects.filter(id=office.domain.id).values().get() == before


def test_a_member_of_the_staff_who_is_a_guest_goes_to_his_domains_only():
    office = new_office()
    guest = new_staff(office.portal, PortalRole.GUEST)
    add_member(domain=office.domain, user=guest)

    client = browser_of(guest)
    assert client.get("/")["Location"] == f"/d/{office.domain.slug}/"
    assert client.get("/kantoor/domeinen/").status_code == 404
    assert Member.objects.filter(user=guest).count() == 1
