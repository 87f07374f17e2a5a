"""Other clients of the demo's office, each at another step of Zelfboeken, made through the office's own door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from zelfboeken.access.models import Invitation, Member, PortalRoleAssignment, User
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import access_of, add_member
from zelfboeken.billing.activation import Wish, switch_self_booking
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.contracts import DebtorDetails, enter_debtor
from zelfboeken.billing.lifecycle import change_life
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.new_domain import NewDomain, start_domain
from zelfboeken.billing.seats import give_role
from zelfboeken.demo.numbers import enterprise_number
from zelfboeken.ledger.administrations import AdministrationDetails
from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle, PricingModel
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the office. `users` come beside the owner, with their roles."""

    slug: str
    name: str
    number: int
    bundle: Bundle = Bundle.MINIMAL
    is_on: bool = False
    is_trial: bool = False
    is_modules: bool = False
    users: tuple[tuple[str, Role], ...] = ()

    @property
    def owner(self) -> str:
        """The mail address with which its Directie signs in."""
        return f"directie@{self.slug}.example"


CLIENTS = (
    Client(
        "hamer",
        "Hamer Voorbeeld BV",
        201,
        bundle=Bundle.MEDIUM,
        users=(("administratie", Role.PURCHASE), ("winkel", Role.SALES)),
    ),
    Client("specimen", "Hotel Specimen NV", 202, is_on=True),
    Client("proef", "Traiteur Proef BV", 203, is_trial=True),
    Client("model", "Café Model BV", 204, is_modules=True),
)


def make_clients(*, password: str, year: int) -> None:
    """Make the clients, with people who sign in with this password."""
    at = datetime.combine(date(year, 11, 2), time(9), UTC)
    admin = PortalRoleAssignment.objects.filter(role=PortalRole.PORTAL_ADMIN.value).earliest("id").member
    office = portal_access_of(user_id=admin.user_id)
    for client in CLIENTS:
        if not Domain.objects.filter(slug=client.slug).exists():
            _make(office, client, password=password, year=year, at=at)


def _make(office: PortalAccess, client: Client, *, password: str, year: int, at: datetime) -> None:
    number = enterprise_number(client.number)
    details = AdministrationDetails(client.name, number, f"BE{number}")
    domain = start_domain(
        office=office,
        wanted=NewDomain(
            name=client.name,
            slug=client.slug,
            owner_name=f"Directie {client.name.split()[0]}",
            owner_email=client.owner,
            administration=details,
            first_year=year,
            trial_until=date(year, 12, 31) if client.is_trial else None,
        ),
        at=at,
        link_to=lambda token: f"http://localhost:8000/uitnodiging/{token}/",
    )
    owner = Member.objects.get(domain=domain, is_owner=True)
    _set_password(owner.user, password)
    # In the demo each has his password already: nobody opens this link any more.
    Invitation.objects.filter(domain=domain).update(accepted_at=at, accepted_by=owner.user)
    with domain_scope(domain.id):
        change_life(office=office, domain_id=domain.id, life=Lifecycle.ACTIVE, reason="Alles is klaar", at=at)
        if client.is_modules:
            Domain.objects.filter(id=domain.id).update(pricing_model=PricingModel.MODULES)
        access = access_of(user_id=owner.user_id, slug=domain.slug, on=at.date())
        if client.bundle != Bundle.MINIMAL:
            payer = DebtorDetails(client.name, "Voorbeeldstraat 1", "9000", "Gent", enterprise_number=number)
            enter_debtor(access=access, details=payer, debtor=Debtor.DOMAIN, at=at)
            choose_bundle(access=access, bundle=client.bundle, at=at)
        for first, role in client.users:
            user = User.objects.create_user(f"{first}@{client.slug}.example", None, name=first.capitalize())
            _set_password(user, password)
            member = add_member(domain=domain, user=user)
            give_role(access=access, member_id=member.id, role=role, at=at)
        if client.is_on:
            switch_self_booking(office=office, domain=domain, wish=Wish(is_on=True), at=at)


def _set_password(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
