"""The door to a domain: who comes in, with what, now; and what is written when somebody is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.books import NOW, TODAY, new_domain, new_user, open_new_books
from zelfboeken.access.models import (
    AdministrationGrant,
    DomainAssignment,
    Member,
    PortalMember,
    PortalRoleAssignment,
    RoleAssignment,
    TickedRight,
    User,
)
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import Access, NotAllowed, UnknownDomain, access_of, add_member, domains_of, open_domain
from zelfboeken.audit.models import Event
from zelfboeken.contacts.models import Contact
from zelfboeken.tenancy.models import Administration, Bundle, Domain, Lifecycle, Portal, PricingModel
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def enter(user: User, domain: Domain, on: date = TODAY) -> Access:
    return access_of(user_id=user.id, slug=domain.slug, on=on)


def comes_in(user: User, domain: Domain) -> bool:
    try:
        enter(user, domain)
    except UnknownDomain:
        return False
    return True


def staff(portal: Portal, *roles: PortalRole, name: str = "mira") -> PortalMember:
    member = PortalMember.objects.create(user=new_user(f"{name}@kantoor.test"), portal=portal)
    for role in roles:
        PortalRoleAssignment.objects.create(member=member, role=role.value)
    return member


def assign(member: PortalMember, domain: Domain, task: str = "RESPONSIBLE") -> DomainAssignment:
    return DomainAssignment.objects.create(member=member, domain=domain, task=task)


# Members


def test_a_stranger_and_an_unknown_domain_get_the_same_answer():
    domain, _ = new_domain()
    stranger = new_user("vreemd@example.test")

    with pytest.raises(UnknownDomain):
        enter(stranger, domain)
    with pytest.raises(UnknownDomain):
        access_of(user_id=stranger.id, slug="bestaat-niet", on=TODAY)
    with pytest.raises(UnknownDomain):
        access_of(user_id=999_999_999, slug=domain.slug, on=TODAY)


def test_a_member_without_a_role_delivers_and_sees_no_books():
    domain, _ = new_domain()
    user = new_user("zonder@example.test")
    add_member(domain=domain, user=user)

    assert enter(user, domain).rights == {Right.DOMAIN_ENTER, Right.DOCUMENT_DELIVER, Right.DOCUMENT_SEE_ALL_USERS}


def test_roles_of_a_member_add_up_and_withdrawn_and_suspended_ones_do_not_count():
    domain, _ = new_domain()
    user = new_user("veel@example.test")
    member = add_member(domain=domain, user=user, roles=frozenset({Role.SALES, Role.HRM, Role.FINANCE, Role.VIEWER}))
    assert enter(user, domain).roles == {"SALES", "HRM", "FINANCE", "VIEWER"}

    RoleAssignment.objects.filter(member=member, role="FINANCE").update(state="WITHDRAWN", withdrawn_at=NOW)
    RoleAssignment.objects.filter(member=member, role="HRM").update(state="SUSPENDED", suspended_because="test")

    access = enter(user, domain)
    assert access.roles == {"SALES", "VIEWER"}
    assert access.may(Right.SALES_INVOICE_SEND)
    assert not access.may(Right.DATA_COMPLETE)
    assert not access.may(Right.DOCUMENT_SEE_PERSONNEL)


def test_the_owner_always_has_the_management():
    domain, _ = new_domain()
    user = new_user("eigenaar@example.test")
    add_member(domain=domain, user=user, is_owner=True)

    assert enter(user, domain).may(Right.ROLE_GIVE)


def test_inv23_what_was_taken_away_counts_from_the_next_look():
    domain, user = new_domain()
    member = Member.objects.get(user=user)
    assert enter(user, domain).may(Right.DOCUMENT_BOOK)

    RoleAssignment.objects.update(state="SUSPENDED", suspended_because="seat_limit")
    assert not enter(user, domain).may(Right.DOCUMENT_BOOK)
    RoleAssignment.objects.update(state="ACTIVE", suspended_because="")
    assert enter(user, domain).may(Right.DOCUMENT_BOOK)

    Member.objects.filter(id=member.id).update(is_active=False)
    assert not comes_in(user, domain)
    Member.objects.filter(id=member.id).update(is_active=True)
    User.objects.filter(id=user.id).update(is_active=False)
    assert not comes_in(user, domain)
    assert domains_of(user_id=user.id) == []


# Self-booking, from the stored facts

FIRST = TODAY.replace(day=1)
NEXT = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, None),
        ({"lifecycle": Lifecycle.STARTUP}, None),
        ({"bundle": Bundle.UNLIMITED}, None),
        ({"lifecycle": Lifecycle.ARCHIVED, "pricing_model": PricingModel.MODULES}, "domain_not_live"),
        ({"lifecycle": Lifecycle.BLOCKED, "bundle": Bundle.MINIMAL}, "domain_not_live"),
        ({"pricing_model": PricingModel.MODULES, "trial_until": TODAY}, "domain_takes_modules"),
        ({"pricing_model": PricingModel.LEGACY, "is_authorised": False}, "domain_takes_modules"),
        ({"trial_until": TODAY, "is_authorised": False}, "domain_in_trial"),
        ({"trial_until": TODAY - timedelta(days=1)}, "no_bundle"),  # an expired trial is Minimal (product A6)
        ({"planned_on": FIRST, "planned_bundle": Bundle.MINIMAL, "planned_pricing_model": "BUNDLE"}, "no_bundle"),
        ({"planned_on": NEXT, "planned_bundle": Bundle.MINIMAL, "planned_pricing_model": "BUNDLE"}, None),
        ({"authorised_until": TODAY}, "not_authorised_by_office"),
        ({"authorised_until": NEXT}, None),
        ({"is_authorised": False, "bundle": Bundle.MINIMAL}, "not_authorised_by_office"),
        ({"bundle": Bundle.MINIMAL}, "no_bundle"),
    ],
)
def test_inv20_the_stored_facts_decide_and_the_first_reason_is_told(change: dict[str, object], missing: str | None):
    domain, user = new_domain()
    Domain.objects.filter(id=domain.id).update(**change)

    access = enter(user, domain)

    assert access.self_booking_missing == missing
    assert access.may(Right.DOCUMENT_BOOK) == (missing is None)
    if missing is not None:
        with pytest.raises(NotAllowed) as refused:
            access.require(Right.DOCUMENT_BOOK)
        assert (refused.value.code, refused.value.right) == (missing, Right.DOCUMENT_BOOK)


def test_inv20_without_the_role_the_role_is_what_is_missing():
    domain, _ = new_domain()
    _, director = new_domain()
    add_member(domain=domain, user=director, roles=frozenset({Role.MANAGEMENT}))

    assert enter(director, domain).self_booking_missing == "no_backoffice_role"


def test_a_backoffice_user_without_bundle_is_not_told_to_buy_one_for_what_no_bundle_gives():
    domain, user = new_domain()
    Domain.objects.filter(id=domain.id).update(bundle=Bundle.MINIMAL)
    access = enter(user, domain)

    codes = {}
    for right in set(Right) - access.rights:
        with pytest.raises(NotAllowed) as refused:
            access.require(right)
        codes[right] = refused.value.code

    assert {right.value for right, code in codes.items() if code == "no_bundle"} == {
        "sales_invoice.send", "data.complete", "document.book", "bank.match", "bank.book", "bank.split",
        "payment.prepare", "export.all",
    }  # fmt: skip
    assert {right.value for right, code in codes.items() if code == "not_ticked"} == {
        "document.see_personnel",
        "period.close",
    }
    assert codes[Right.ROLE_GIVE] == codes[Right.LOG_READ] == codes[Right.VAT_APPROVE] == "right_missing"


# The life of a domain


@pytest.mark.parametrize("lifecycle", list(Lifecycle))
def test_what_a_member_may_in_each_life_of_a_domain(lifecycle: Lifecycle):
    domain, user = new_domain(roles=frozenset({Role.BACKOFFICE, Role.MANAGEMENT}))
    Domain.objects.filter(id=domain.id).update(lifecycle=lifecycle)

    if lifecycle == Lifecycle.INACTIVE:
        assert not comes_in(user, domain)
        return
    access = enter(user, domain)
    reading = {right for right in access.rights if ".see" in right or right in {"log.read", "export.all"}}
    if lifecycle == Lifecycle.BLOCKED:
        assert access.rights == {Right.DOMAIN_ENTER}
    elif lifecycle == Lifecycle.ARCHIVED:
        assert Right.LEDGER_SEE in reading
        assert access.rights == reading | {Right.DOMAIN_ENTER}
    else:
        assert {Right.DOCUMENT_BOOK, Right.ROLE_GIVE, Right.LEDGER_SEE} <= access.rights
    assert access.is_readonly == (lifecycle in {Lifecycle.BLOCKED, Lifecycle.ARCHIVED})


@pytest.mark.parametrize("role", [one for one in Role if one not in {Role.MANAGEMENT, Role.VIEWER}])
def test_an_inactive_domain_that_is_looked_at_opens_for_directie_and_kijkgebruiker_alone(role: Role):
    domain, other = new_domain(roles=frozenset({role}))
    admin = staff(domain.portal, PortalRole.PORTAL_ADMIN)
    lookers = [new_user("directie@kijken.test"), new_user("kijker@kijken.test")]
    add_member(domain=domain, user=lookers[0], roles=frozenset({Role.MANAGEMENT, Role.BACKOFFICE}))
    add_member(domain=domain, user=lookers[1], roles=frozenset({Role.VIEWER}))
    Domain.objects.filter(id=domain.id).update(lifecycle=Lifecycle.INACTIVE)
    assert not any(comes_in(user, domain) for user in (*lookers, other, admin.user))

    Domain.objects.filter(id=domain.id).update(is_view_only=True)

    assert [comes_in(user, domain) for user in (*lookers, other, admin.user)] == [True, True, False, False]
    chosen = [domain.slug in {one.slug for one in domains_of(user_id=user.id)} for user in (*lookers, other)]
    assert chosen == [True, True, False]
    for user in lookers:
        access = enter(user, domain)
        assert access.is_readonly
        assert access.may(Right.LEDGER_SEE)
        for right in set(Right) - access.rights:
            with pytest.raises(NotAllowed, match="Dit domein is inactief: je kunt het alleen bekijken") as refused:
                access.require(right)
            assert refused.value.code == "domain_view_only"
        assert access.rights <= {
            Right.DOMAIN_ENTER, Right.DOCUMENT_SEE_ALL_USERS, Right.DOCUMENT_SEE_SALES, Right.DOCUMENT_SEE_PURCHASE,
            Right.DOCUMENT_SEE_PERSONNEL, Right.LEDGER_SEE, Right.LOG_READ, Right.EXPORT_ALL,
        }  # fmt: skip


def test_only_an_inactive_domain_is_kept_to_be_looked_at_by_the_database_too():
    domain, _ = new_domain()

    with pytest.raises(IntegrityError, match="domain_is_looked_at_only_when_inactive"):
        Domain.objects.filter(id=domain.id).update(is_view_only=True)


def test_the_office_still_reads_the_books_of_a_blocked_client_and_writes_nothing():
    domain, _ = new_domain()
    controller = staff(domain.portal, PortalRole.CONTROLLER)
    assign(controller, domain)
    Domain.objects.filter(id=domain.id).update(lifecycle=Lifecycle.BLOCKED)

    access = enter(controller.user, domain)

    assert access.may(Right.LEDGER_SEE)
    with pytest.raises(NotAllowed) as refused:
        access.require(Right.DOCUMENT_BOOK)
    assert refused.value.code == "domain_not_live"


# Staff of the office


@pytest.mark.parametrize("role", [PortalRole.DATA_ENTRY, PortalRole.PORTAL_BACKOFFICE, PortalRole.CONTROLLER])
def test_a_portal_role_reaches_assigned_domains_of_its_own_portal_only(role: PortalRole):
    assigned, _ = new_domain()
    unassigned, _ = new_domain()
    elsewhere, _ = new_domain()
    Domain.objects.filter(id=elsewhere.id).update(portal=Portal.objects.create(slug="ander", name="Ander"))
    member = staff(assigned.portal, role)
    assign(member, assigned)
    assign(member, elsewhere)

    assert [comes_in(member.user, one) for one in (assigned, unassigned, elsewhere)] == [True, False, False]
    assert [choice.slug for choice in domains_of(user_id=member.user_id)] == [assigned.slug]
    access = enter(member.user, assigned)
    assert access.roles == {role.value}
    assert not access.is_member
    assert access.administration_ids is None


def test_an_account_manager_is_there_for_information_only():
    domain, _ = new_domain()
    member = staff(domain.portal, PortalRole.CONTROLLER)
    assign(member, domain, "ACCOUNT_MANAGER")

    assert not comes_in(member.user, domain)
    assert domains_of(user_id=member.user_id) == []


def test_the_portal_administrator_reaches_all_of_his_portal_and_nothing_of_another():
    first, _ = new_domain()
    second, _ = new_domain()
    elsewhere, _ = new_domain()
    Domain.objects.filter(id=elsewhere.id).update(portal=Portal.objects.create(slug="ander", name="Ander"))
    member = staff(first.portal, PortalRole.PORTAL_ADMIN)

    assert [comes_in(member.user, one) for one in (first, second, elsewhere)] == [True, True, False]
    assert enter(member.user, first).may(Right.PORTAL_MANAGE)


def test_a_guest_of_the_portal_comes_in_only_where_he_has_a_role():
    domain, _ = new_domain()
    other, _ = new_domain()
    guest = staff(domain.portal, PortalRole.GUEST)
    assign(guest, domain)
    assert not comes_in(guest.user, domain)

    add_member(domain=other, user=guest.user, roles=frozenset({Role.VIEWER}))

    assert enter(guest.user, other).roles == {"VIEWER"}
    assert [choice.slug for choice in domains_of(user_id=guest.user_id)] == [other.slug]


@pytest.mark.parametrize("taken", ["role", "assignment", "member"])
def test_inv23_what_the_office_took_away_counts_from_the_next_look(taken: str):
    domain, _ = new_domain()
    member = staff(domain.portal, PortalRole.PORTAL_BACKOFFICE)
    assign(member, domain)
    assert comes_in(member.user, domain)

    if taken == "role":
        PortalRoleAssignment.objects.filter(member=member).update(withdrawn_at=NOW)
    elif taken == "assignment":
        DomainAssignment.objects.filter(member=member).delete()
    else:
        PortalMember.objects.filter(id=member.id).update(is_active=False)

    assert not comes_in(member.user, domain)
    assert domains_of(user_id=member.user_id) == []


def test_somebody_of_the_office_who_is_a_user_too_has_both():
    domain, _ = new_domain()
    member = staff(domain.portal, PortalRole.DATA_ENTRY)
    assign(member, domain)
    add_member(domain=domain, user=member.user, roles=frozenset({Role.VIEWER}))

    access = enter(member.user, domain)

    assert access.roles == {"DATA_ENTRY", "VIEWER"}
    assert access.is_member
    assert {Right.LEDGER_SEE, Right.BANK_MATCH, Right.DOCUMENT_DELIVER} <= access.rights
    assert not access.may(Right.DOCUMENT_BOOK)


# Ticked rights


def test_a_right_the_office_ticked_is_held_by_that_role_in_that_domain_only():
    domain, _ = new_domain()
    other, _ = new_domain()
    accountant = new_user("ea@example.test")
    for one in (domain, other):
        add_member(domain=one, user=accountant, roles=frozenset({Role.EXTERNAL_ACCOUNTANT}))
    tick = TickedRight.objects.create(domain=domain, role=Role.EXTERNAL_ACCOUNTANT, right=Right.PERIOD_CLOSE)

    assert enter(accountant, domain).may(Right.PERIOD_CLOSE)
    assert not enter(accountant, other).may(Right.PERIOD_CLOSE)
    tick.delete()
    assert not enter(accountant, domain).may(Right.PERIOD_CLOSE)


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (
            lambda domain, member: TickedRight.objects.create(domain=domain, role="SALES", right="document.book"),
            "right_may_be_ticked",
        ),
        (lambda domain, member: RoleAssignment.objects.create(member=member, role="OWNER"), "role_is_known"),
        (lambda domain, member: RoleAssignment.objects.create(member=member, role="BACKOFFICE"), "role_is_given_once"),
        (
            lambda domain, member: RoleAssignment.objects.create(member=member, role="SALES", state="SUSPENDED"),
            "role_suspension_has_a_reason",
        ),
        (
            lambda domain, member: PortalRoleAssignment.objects.create(
                member=PortalMember.objects.create(user=member.user, portal=domain.portal), role="BOSS"
            ),
            "portal_role_is_known",
        ),
        (
            lambda domain, member: Domain.objects.filter(id=domain.id).update(lifecycle="PAUSED"),
            "domain_lifecycle_is_known",
        ),
        (lambda domain, member: Domain.objects.filter(id=domain.id).update(bundle="HUGE"), "domain_bundle_is_known"),
        (
            lambda domain, member: Domain.objects.filter(id=domain.id).update(pricing_model="FREE"),
            "domain_pricing_model_is_known",
        ),
        (
            lambda domain, member: Domain.objects.create(portal=domain.portal, slug="Met Spatie", name="X"),
            "domain_slug_is_plain",
        ),
        (
            lambda domain, member: Member.objects.create(user=member.user, domain=domain),
            "member_is_once_in_a_domain",
        ),
    ],
)
def test_inv33_what_is_not_known_cannot_be_stored(make, constraint: str):
    domain, user = new_domain()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(domain, Member.objects.get(user=user))


# Administrations


def test_a_member_who_does_not_reach_all_reaches_what_he_was_granted():
    with open_new_books() as books:
        second = Administration.objects.create(domain=books.domain, name="Tweede")
    user = new_user("deel@example.test")
    member = add_member(domain=books.domain, user=user, roles=frozenset({Role.FINANCE}))
    Member.objects.filter(id=member.id).update(reaches_all=False)
    AdministrationGrant.objects.create(member=member, administration_id=second.id)

    access = enter(user, books.domain)

    assert access.reaches(second.id)
    assert not access.reaches(books.administration.id)


def test_a_backoffice_user_reaches_every_administration_whatever_was_granted():
    domain, user = new_domain()
    Member.objects.update(reaches_all=False)

    assert enter(user, domain).administration_ids is None


# The list of domains is what the door opens


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_list_of_domains_is_what_the_door_opens(data: st.DataObject):
    with transaction.atomic():
        portals = [Portal.objects.create(slug=f"p{n}", name="P") for n in range(2)]
        domains = [
            Domain.objects.create(
                portal=data.draw(st.sampled_from(portals)),
                slug=f"d{n}",
                name=f"Domein {n}",
                lifecycle=data.draw(st.sampled_from(Lifecycle.values)),
            )
            for n in range(4)
        ]
        user = new_user("iemand@example.test")
        User.objects.filter(id=user.id).update(is_active=data.draw(st.sampled_from([True, True, True, False])))
        for domain in domains:
            if data.draw(st.booleans()):
                Member.objects.create(user=user, domain=domain, is_active=data.draw(st.booleans()))
        for portal in portals:
            if data.draw(st.booleans()):
                member = PortalMember.objects.create(user=user, portal=portal, is_active=data.draw(st.booleans()))
                for role in data.draw(st.sets(st.sampled_from(list(PortalRole)))):
                    withdrawn = data.draw(st.sampled_from([None, NOW]))
                    PortalRoleAssignment.objects.create(member=member, role=role.value, withdrawn_at=withdrawn)
                for domain in data.draw(st.sets(st.sampled_from(domains))):
                    assign(member, domain, data.draw(st.sampled_from(DomainAssignment.Task.values)))

        listed = [choice.slug for choice in domains_of(user_id=user.id)]
        opened = [domain.slug for domain in domains if comes_in(user, domain)]

        assert sorted(listed) == opened
        transaction.set_rollback(True)


# What is written when somebody is refused


def refusals(domain: Domain) -> list[Event]:
    with domain_scope(domain.id):
        return list(Event.objects.filter(domain_id=domain.id, action="refused").order_by("id"))


def test_inv24_a_refusal_undoes_the_block_and_is_written_to_the_log():
    domain, user = new_domain(roles=frozenset({Role.SALES}))

    with (
        pytest.raises(NotAllowed) as refused,
        open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="POST /d/x/") as access,
    ):
        Contact.objects.create(domain=domain, name="Half werk")
        access.require(Right.DOCUMENT_BOOK)

    (event,) = refusals(domain)
    assert (event.actor_id, event.actor_name, event.at, event.subject) == (user.id, user.name, NOW, "POST /d/x/")
    assert event.detail == {
        "code": "no_backoffice_role",
        "right": "document.book",
        "reference": refused.value.reference,
    }
    assert len(refused.value.reference) == 8
    with domain_scope(domain.id):
        assert not Contact.objects.filter(domain_id=domain.id).exists()


def test_inv24_every_right_that_is_refused_is_written_with_its_own_number():
    domain, _ = new_domain()
    user = new_user("zonder@example.test")
    add_member(domain=domain, user=user)
    refused = [right for right in Right if not enter(user, domain).may(right)]
    numbers = []

    for right in refused:
        with (
            pytest.raises(NotAllowed) as caught,
            open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access,
        ):
            access.require(right)
        numbers.append(caught.value.reference)

    assert [event.detail["right"] for event in refusals(domain)] == [right.value for right in refused]
    assert [event.detail["reference"] for event in refusals(domain)] == numbers
    assert len(set(numbers)) == len(refused) == 21


def test_another_error_than_a_refusal_is_not_written_as_one():
    domain, user = new_domain()

    with pytest.raises(ZeroDivisionError), open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test"):
        raise ZeroDivisionError

    assert refusals(domain) == []
