"""Something to see of who may what: a second set of books, a right that the office ticked, an owner who hands over, and
guests with the old Backoffice toegang."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from zelfboeken.access.models import LegacyGrant, Member, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.reach import change_reach
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import access_of
from zelfboeken.access.ticks import change_ticks
from zelfboeken.billing.legacy import import_grants
from zelfboeken.billing.owner import offer_owner
from zelfboeken.demo.numbers import enterprise_number
from zelfboeken.ledger.administrations import AdministrationDetails, add_administration
from zelfboeken.tenancy.models import Administration, Domain
from zelfboeken.tenancy.scope import domain_scope

LIST = """domein;e-mail;naam;vanaf;tot
hamer;winkel@hamer.example;Winkel;2020-02-01;
hamer;gast@hamer.example;Gerda Gast;2019-09-01;
specimen;boekhouding@specimen.example;Bert Boeken;2021-03-15;
model;uitbater@model.example;Ugo Uitbater;2021-06-01;2021-09-30
"""


def show_roles(*, year: int) -> None:
    """Let the clients of the office show what there is about roles."""
    if LegacyGrant.objects.exists():
        return
    at = datetime.combine(date(year, 11, 3), time(9), UTC)
    admin = PortalRoleAssignment.objects.filter(role=PortalRole.PORTAL_ADMIN.value).earliest("id").member
    office = portal_access_of(user_id=admin.user_id)
    _share_books(office, Domain.objects.get(slug="hamer"), at)
    guest = User.objects.create_user("gast@hamer.example", None, name="Gerda Gast")
    member = PortalMember.objects.create(user=guest, portal_id=office.portal_id)
    PortalRoleAssignment.objects.create(member=member, role=PortalRole.GUEST.value)
    import_grants(office=office, content=LIST.encode(), at=at)


def _share_books(office: PortalAccess, domain: Domain, at: datetime) -> None:
    number = enterprise_number(211)
    with domain_scope(domain.id):
        first = Administration.objects.filter(domain_id=domain.id).earliest("id")
        add_administration(
            access=access_of(user_id=office.user_id, slug=domain.slug, on=at.date()),
            details=AdministrationDetails("Hamer Vastgoed BV", number, f"BE{number}"),
            first_year=at.year,
            at=at,
        )
        owner = Member.objects.get(domain=domain, is_owner=True)
        shop = Member.objects.get(domain=domain, user__email="winkel@hamer.example")
        directie = access_of(user_id=owner.user_id, slug=domain.slug, on=at.date())
        change_reach(
            access=directie,
            member_id=shop.id,
            administration_ids={first.id},
            limits_backoffice=True,
            reason="Ziet het vastgoed niet",
            at=at,
        )
        offer_owner(access=directie, member_id=shop.id, reason="Ik ga met pensioen", at=at)
        ticks = {(Role.BACKOFFICE.value, Right.PERIOD_CLOSE)}
        change_ticks(office=office, domain=domain, ticks=ticks, reason="Sluit zelf de maanden af", at=at)
