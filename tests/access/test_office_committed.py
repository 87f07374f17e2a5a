"""The office on a database of its own: what is committed, what two do at once, what a missing guard lets in."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from tests.portal.offices import Office, new_office, new_staff
from tests.threads import in_threads
from zelfboeken.access import invitations
from zelfboeken.access.invitations import (
    InvitationGone,
    InvitationRefused,
    accept_invitation,
    invite_to_domain,
    invite_to_staff,
)
from zelfboeken.access.models import Invitation, Member, PortalMember, PortalRoleAssignment
from zelfboeken.access.office import UnknownPortal, open_portal, portal_access_of
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.services import NotAllowed
from zelfboeken.access.staff import StaffRefused, StaffUnknown, change_portal_role, end_staff
from zelfboeken.audit.models import PortalEvent
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow
NEW_PASSWORD = "een heel lang wachtwoord"


def test_a_refusal_at_the_office_is_committed_although_the_block_was_rolled_back(own_database: Urls):
    office = new_office()
    colleague = new_staff(office.portal, PortalRole.DATA_ENTRY)
    with (
        pytest.raises(NotAllowed) as refused,
        open_portal(user_id=colleague.id, slug=office.portal.slug, at=timezone.now(), doing="POST /kantoor/") as access,
    ):
        PortalMember.objects.filter(user=colleague).update(is_active=False)
        access.require(Right.PORTAL_MANAGE)

    assert PortalMember.objects.get(user=colleague).is_active
    event = PortalEvent.objects.get(portal=office.portal)
    assert (event.action, event.actor_id, event.detail["reference"]) == (
        "refused", colleague.id, refused.value.reference,
    )  # fmt: skip


def test_inv22_two_portaalbeheerders_who_remove_each_other_at_once_leave_one(own_database: Urls):
    for change in ("role", "leave") * 5:
        office = new_office()
        users = (office.admin, new_staff(office.portal, PortalRole.PORTAL_ADMIN))

        def remove(number: int, office: Office = office, users: tuple = users, change: str = change) -> str:  # type: ignore[type-arg]
            own, other = users[number], users[1 - number]
            member_id = PortalMember.objects.get(user=other).id
            try:
                with transaction.atomic():
                    access = portal_access_of(user_id=own.id, slug=office.portal.slug)
                    if change == "leave":
                        end_staff(office=access, member_id=member_id, at=timezone.now())
                    else:
                        change_portal_role(
                            office=access,
                            member_id=member_id,
                            role=PortalRole.PORTAL_ADMIN,
                            is_given=False,
                            at=timezone.now(),
                        )
            except (NotAllowed, StaffRefused, StaffUnknown, UnknownPortal):
                return "refused"
            return "removed"

        assert sorted(in_threads(2, remove)) == ["refused", "removed"]
        standing = PortalRoleAssignment.objects.filter(
            member__portal=office.portal, member__is_active=True, withdrawn_at__isnull=True
        )
        assert standing.count() == 1


def test_two_who_open_an_invitation_at_the_same_time_make_one_account(own_database: Urls):
    office = new_office()
    tokens: list[str] = []

    def link_to(token: str) -> str:
        tokens.append(token)
        return token

    with domain_scope(office.domain.id):
        invite_to_domain(
            access=office.access,
            domain=office.domain,
            email="ras@zaak.example",
            language="nl",
            at=timezone.now(),
            link_to=link_to,
        )

    def accept(number: int) -> str:
        try:
            with transaction.atomic():
                accept_invitation(
                    token=tokens[0], user=None, name=f"Nr {number}", password=NEW_PASSWORD, at=timezone.now()
                )
        except InvitationGone:
            return "gone"
        return "in"

    assert sorted(in_threads(4, accept)) == ["gone", "gone", "gone", "in"]
    assert Member.objects.filter(domain=office.domain, user__email="ras@zaak.example").count() == 1


def earlier(office: Office, count: int, email: str = "") -> None:
    """Invitations into the domain of an hour ago, each to another address or all to one."""
    at = timezone.now() - timedelta(hours=1)
    Invitation.objects.bulk_create(
        Invitation(
            token_sha256=secrets.token_bytes(32), email=email or f"{n}@zaak.example", language="nl",
            portal=office.portal, domain=office.domain, portal_role="", invited_by=office.admin, invited_at=at,
            expires_at=at + timedelta(days=7),
        )
        for n in range(count)
    )  # fmt: skip


def invited_at_once(office: Office, addresses: list[str], *, to_staff: bool = False) -> list[str]:
    """What became of invitations that were sent at the same time: "sent", or the code of the refusal."""

    def invite(number: int) -> str:
        told = {"email": addresses[number], "language": "nl", "at": timezone.now(), "link_to": str}
        try:
            with transaction.atomic():
                if to_staff:
                    invite_to_staff(office=office.access, role=PortalRole.DATA_ENTRY, **told)
                    return "sent"
                with domain_scope(office.domain.id):
                    invite_to_domain(access=office.access, domain=office.domain, **told)
        except InvitationRefused as no:
            return no.code
        return "sent"

    return sorted(in_threads(len(addresses), invite))


@pytest.mark.parametrize("to_staff", [False, True], ids=["into a domain", "onto the staff"])
def test_eight_invitations_of_one_address_at_once_send_five(own_database: Urls, to_staff: bool):
    office = new_office()

    told = invited_at_once(office, ["druk@zaak.example"] * 8, to_staff=to_staff)

    assert told == ["invited_too_often"] * 3 + ["sent"] * 5
    assert Invitation.objects.filter(email="druk@zaak.example").count() == 5
    assert Invitation.objects.filter(email="druk@zaak.example", withdrawn_at__isnull=True).count() == 1


def test_four_invitations_at_once_where_one_is_left_send_one(own_database: Urls):
    office = new_office()
    earlier(office, 199)

    told = invited_at_once(office, [f"laat{n}@zaak.example" for n in range(4)])

    assert told == ["invited_too_many"] * 3 + ["sent"]
    assert Invitation.objects.filter(domain=office.domain).count() == 200


def test_sabotage_without_the_lock_of_the_log_more_invitations_get_through(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    office = new_office()
    earlier(office, 4, "druk@zaak.example")
    counted = threading.Barrier(4)
    require_moderate = invitations._require_moderate

    def counted_together(**which: Any) -> None:
        require_moderate(**which)
        counted.wait(timeout=30)

    monkeypatch.setattr(invitations, "_lock_log", lambda *_which: None)
    monkeypatch.setattr(invitations, "_require_moderate", counted_together)

    assert invited_at_once(office, ["druk@zaak.example"] * 4) == ["sent"] * 4


def test_sabotage_without_its_trigger_the_address_of_a_domain_does_change(own_database: Urls):
    office = new_office()
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("DROP TRIGGER slug_stays ON tenancy_domain")

    Domain.objects.filter(id=office.domain.id).update(slug="nieuw-adres")

    assert Domain.objects.filter(slug="nieuw-adres").exists()


def test_sabotage_without_its_trigger_the_log_of_a_portal_is_changed_by_its_owner(own_database: Urls):
    office = new_office()
    office.access.log(at=timezone.now(), events=[])
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("DELETE FROM audit_portalevent")
        owner.execute("DROP TRIGGER posted_stays ON audit_portalevent")
        owner.execute("DELETE FROM audit_portalevent")
