"""A domain to buy for: a Directie who owns it, two more users, an office, confirmed prices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tests.books import new_user
from zelfboeken.access.models import Member, PortalMember, PortalRoleAssignment, RoleAssignment, User
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import Access, access_of, add_member
from zelfboeken.billing.contracts import DebtorDetails, enter_debtor
from zelfboeken.billing.models import BundlePrice, Debtor
from zelfboeken.billing.rules import BRUSSELS, BundleTerms
from zelfboeken.billing.seats import give_role
from zelfboeken.billing.standing import TIME, locked_domain, settle_roles
from zelfboeken.billing.terms import OperatorDetails, enter_bundle_price, enter_operator, enter_view_price, view_example
from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle, Portal
from zelfboeken.tenancy.scope import domain_scope

_count = itertools.count(1)
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
DETAILS = DebtorDetails(
    name="Bakkerij Voorbeeld BV",
    street="Ovenstraat 1",
    postcode="9000",
    city="Gent",
    enterprise_number="0999.000.129",
    vat_number="BE0999000129",
    email="directie@bakkerij.example",
)
OPERATOR = OperatorDetails(
    name="Kantoor Voorbeeld BV",
    street="Kaai 7",
    postcode="2000",
    city="Antwerpen",
    enterprise_number="0999.000.228",
    vat_number="BE0999000228",
    iban="BE98 9990 0011 8793",
    email="facturen@kantoor.example",
    series="zb",
    payment_days=30,
)


def moment(text: str) -> datetime:
    """A moment in Belgium, such as ``2026-11-17 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


@dataclass(frozen=True)
class Stage:
    """The domain and who is in it."""

    domain: Domain
    owner: Member
    others: tuple[Member, ...]
    admin: User

    def directie(self, at: datetime = START) -> Access:
        """What the owner may do on a day."""
        return access_of(user_id=self.owner.user_id, slug=self.domain.slug, on=at.astimezone(BRUSSELS).date())

    def as_user(self, member: Member, at: datetime = START) -> Access:
        """What another user may do on a day."""
        return access_of(user_id=member.user_id, slug=self.domain.slug, on=at.astimezone(BRUSSELS).date())

    def office(self, at: datetime = START) -> Access:
        """What the Portaalbeheerder may do in the domain."""
        return access_of(user_id=self.admin.id, slug=self.domain.slug, on=at.astimezone(BRUSSELS).date())

    @property
    def portal(self) -> PortalAccess:
        """What the Portaalbeheerder may do in his portal."""
        return portal_access_of(user_id=self.admin.id, slug=self.domain.portal.slug)

    def now(self) -> Domain:
        """The domain as it is stored."""
        return Domain.objects.get(id=self.domain.id)

    def states(self) -> dict[str, str]:
        """Each role that was not withdrawn: whose, and its state or why it rests."""
        given = RoleAssignment.objects.filter(member__domain=self.domain).exclude(state="WITHDRAWN")
        return {f"{one.member.user.name} {one.role}": one.suspended_because or one.state for one in given}


def make_stage(
    *, bundle: str = Bundle.MEDIUM, users: int = 2, is_authorised: bool = True, lifecycle: str = Lifecycle.ACTIVE
) -> Stage:
    """A domain with its people; its scope is not open."""
    n = next(_count)
    portal, _ = Portal.objects.get_or_create(slug="kantoor", defaults={"name": "Kantoor Voorbeeld"})
    domain = Domain.objects.create(
        portal=portal,
        slug=f"bundel-{n}",
        name="Bakkerij Voorbeeld",
        bundle=bundle,
        lifecycle=lifecycle,
        is_authorised=is_authorised,
    )
    owner = add_member(domain=domain, user=new_user(f"directie{n}@bundel.test", name="Dirk"), is_owner=True)
    names = ("An", "Bo", "Cleo", "Door", "Els", "Fons", "Gil", "Hans", "Ilse")
    others = tuple(
        add_member(domain=domain, user=new_user(f"{name.lower()}{n}@bundel.test", name=name)) for name in names[:users]
    )
    admin = new_user(f"portaal{n}@bundel.test", name="Pia")
    staff = PortalMember.objects.create(user=admin, portal=portal)
    PortalRoleAssignment.objects.create(member=staff, role=PortalRole.PORTAL_ADMIN)
    return Stage(domain, owner, others, admin)


@contextmanager
def open_stage(*, has_debtor: bool = True, at: datetime = START, **made: object) -> Iterator[Stage]:
    """A domain whose standing is known from `at` on, its scope open."""
    stage = make_stage(**made)  # type: ignore[arg-type]
    with domain_scope(stage.domain.id):
        settle_roles(locked_domain(stage.domain.id, at=at), at=at, actor=TIME, because="made")
        if has_debtor:
            enter_debtor(access=stage.directie(), details=DETAILS, debtor=Debtor.DOMAIN, at=at)
        yield stage


def operator_access() -> PortalAccess:
    """A Portaalbeheerder of the operator's portal, which is the first that was made."""
    Portal.objects.get_or_create(slug="kantoor", defaults={"name": "Kantoor Voorbeeld"})
    first = Portal.objects.earliest("id")
    user = new_user(f"operator{next(_count)}@bundel.test", name="Otto")
    staff = PortalMember.objects.create(user=user, portal=first)
    PortalRoleAssignment.objects.create(member=staff, role=PortalRole.PORTAL_ADMIN)
    return portal_access_of(user_id=user.id, slug=first.slug)


def confirm_examples() -> None:
    """Confirm the prices that ship as examples, as the operator would."""
    office = operator_access()
    for one in BundlePrice.objects.order_by("id"):
        terms = BundleTerms(
            bundle=one.bundle,
            valid_from=one.valid_from,
            monthly_cents=one.monthly_cents,
            users=one.users,
            documents=one.documents,
            pack_documents=one.pack_documents,
            pack_cents=one.pack_cents,
        )
        enter_bundle_price(office=office, terms=terms, today=date(2026, 10, 1), at=START)
    looking = view_example()
    if looking is not None:
        enter_view_price(office=office, terms=looking, today=date(2026, 10, 1), at=START)


def know_operator() -> None:
    """Fill in who sends the statements."""
    enter_operator(office=operator_access(), details=OPERATOR, at=START)


def give(stage: Stage, member: Member, role: Role = Role.BACKOFFICE, at: datetime = START) -> None:
    """A role given before anything else happens, in the way of the services."""
    give_role(access=stage.directie(at), member_id=member.id, role=role, at=at)
