"""What the demo's bakery pays: confirmed prices, an operator, a second self-booker in spring, its statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from zelfboeken.access.models import Member, PortalRoleAssignment
from zelfboeken.access.office import portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import access_of
from zelfboeken.billing.contracts import DebtorDetails, enter_debtor
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.rules import BundleTerms
from zelfboeken.billing.seats import give_role, withdraw_role
from zelfboeken.billing.standing import TIME, locked_domain, settle_roles
from zelfboeken.billing.terms import (
    OperatorDetails,
    current_operator,
    enter_bundle_price,
    enter_operator,
    enter_view_price,
    examples,
    view_example,
)
from zelfboeken.billing.ticking import tick
from zelfboeken.demo.customers import BAKERY
from zelfboeken.demo.loading import DemoBooks
from zelfboeken.demo.numbers import enterprise_number
from zelfboeken.tenancy.scope import domain_scope

_OPERATOR_NUMBER = enterprise_number(977)


def bill_months(books: DemoBooks, *, year: int, until: date) -> None:
    """Confirm what ships as an example, and let the months until a day be billed as they would have been."""
    begin = _at(date(year, 1, 1))
    _confirm(begin)
    owner = Member.objects.get(domain=books.domain, is_owner=True)
    helper = Member.objects.get(domain=books.domain, roles__role=Role.VIEWER.value)

    with domain_scope(books.domain.id):
        settle_roles(locked_domain(books.domain.id, at=begin), at=begin, actor=TIME, because="made")
        for on, change in ((date(year, 3, 17), give_role), (date(year, 5, 31), withdraw_role)):
            access = access_of(user_id=owner.user_id, slug=books.domain.slug, on=on)
            change(access=access, member_id=helper.id, role=Role.BACKOFFICE, at=_at(on))
        details = DebtorDetails(
            name=BAKERY.name,
            street=BAKERY.street,
            postcode=BAKERY.postcode,
            city=BAKERY.city,
            enterprise_number=BAKERY.enterprise or "",
            vat_number=BAKERY.vat or "",
            email=BAKERY.email or "",
        )
        enter_debtor(access=access, details=details, debtor=Debtor.DOMAIN, at=begin)
    for month in range(2, until.month + 1):
        tick(at=_at(date(year, month, 1)))


def _confirm(at: datetime) -> None:
    admin = PortalRoleAssignment.objects.filter(role=PortalRole.PORTAL_ADMIN.value).earliest("id").member.user_id
    office = portal_access_of(user_id=admin)
    for one in examples():
        terms = BundleTerms(
            bundle=one.bundle,
            valid_from=one.valid_from,
            monthly_cents=one.monthly_cents,
            users=one.users,
            documents=one.documents,
            pack_documents=one.pack_documents,
            pack_cents=one.pack_cents,
        )
        enter_bundle_price(office=office, terms=terms, today=at.date(), at=at)
    looking = view_example()
    if looking is not None:
        enter_view_price(office=office, terms=looking, today=at.date(), at=at)
    if current_operator() is None:
        enter_operator(
            office=office,
            details=OperatorDetails(
                name="Kantoor Voorbeeld BV",
                street="Kaai 7",
                postcode="2000",
                city="Antwerpen",
                enterprise_number=_OPERATOR_NUMBER,
                vat_number=f"BE{_OPERATOR_NUMBER}",
                iban="BE98999000118793",
                email="facturen@kantoor.example",
                series="ZB",
                payment_days=30,
            ),
            at=at,
        )


def _at(on: date) -> datetime:
    return datetime.combine(on, time(9), UTC)
