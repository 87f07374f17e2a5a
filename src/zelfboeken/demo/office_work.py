"""Clients of the demo's office whose work the office does: what they handed in the last days waits in the monitor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from zelfboeken.access.models import Invitation, Member, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import access_of
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.billing.lifecycle import change_life
from zelfboeken.billing.new_domain import NewDomain, start_domain
from zelfboeken.demo.coda_file import CodaMovement, CodaStatement, write_statement
from zelfboeken.demo.loading import give_demo_factor
from zelfboeken.demo.numbers import belgian_iban, enterprise_number
from zelfboeken.demo.people import belgian_party
from zelfboeken.documents.models import Arrival
from zelfboeken.inbox.services import receive_file
from zelfboeken.invoices.writers.ubl import UblInvoice, UblLine, write_ubl
from zelfboeken.ledger.administrations import AdministrationDetails
from zelfboeken.tenancy.models import Administration, Domain, Lifecycle, VatRegime
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class WorkedClient:
    """A client and what waits there. ``arrived`` are the hours ago at which a document came in each."""

    slug: str
    name: str
    number: int
    is_monthly: bool = False
    is_colleagues: bool = False
    """Somebody else than the Portaalbeheerder looks after it."""
    arrived: tuple[int, ...] = ()
    lines: int = 0
    statement_days: int = 1
    """How many days ago the last statement was made."""
    unreadable: int = 0


WORKED_CLIENTS = (
    WorkedClient("fictief-bouw", "Fictief Bouw NV", 221, is_monthly=True, arrived=(3, 5, 27, 30, 52, 75, 214), lines=9),
    WorkedClient(
        "garage-proef", "Garage Proef BV", 222, is_monthly=True, is_colleagues=True, arrived=(2, 20, 28), lines=5
    ),
    WorkedClient("apotheek-staal", "Apotheek Staal BV", 223, is_colleagues=True, arrived=(1, 4), lines=3, unreadable=1),
    WorkedClient("schilder-voorbeeld", "Schilder Voorbeeld", 224, arrived=(290, 150, 49), statement_days=29, lines=2),
    WorkedClient("reclame-model", "Reclame Model BV", 225, is_colleagues=True, arrived=(26,), lines=4),
    WorkedClient("transport-specimen", "Transport Specimen NV", 226, is_monthly=True, arrived=(2, 3, 6, 50), lines=11),
    WorkedClient("kinesist-demo", "Kinesist Demo BV", 227, is_colleagues=True, lines=0, statement_days=2),
    WorkedClient("drukkerij-fictief", "Drukkerij Fictief NV", 228, arrived=(5, 29, 53), lines=0, statement_days=3),
)
COLLEAGUE = ("bram@kantoor.example", "Bram Boekhouder")
_SUPPLIER = belgian_party(290, "Kantoorbenodigdheden Proef BV", "Papierstraat 4", "9000", "Gent")
_WHAT = ("Papier en inkt", "Verzending", "Onderhoud", "Gereedschap", "Brandstof", "Telefonie", "Verpakking")


def make_office_work(*, password: str, year: int, at: datetime) -> None:
    """Make a colleague of the Portaalbeheerder and clients of whom documents and bank lines wait at this moment."""
    admin = PortalRoleAssignment.objects.filter(role=PortalRole.PORTAL_ADMIN.value).earliest("id").member
    office = portal_access_of(user_id=admin.user_id)
    user = User.objects.create_user(COLLEAGUE[0], password, name=COLLEAGUE[1])
    give_demo_factor(user)
    colleague = PortalMember.objects.create(user=user, portal_id=office.portal_id)
    PortalRoleAssignment.objects.create(member=colleague, role=PortalRole.PORTAL_BACKOFFICE)
    for client in WORKED_CLIENTS:
        responsible = colleague.id if client.is_colleagues else office.member_id
        domain = _start(office, client, responsible=responsible, year=year, at=at - timedelta(days=40))
        _hand_in(office, domain, client, at=at)


def _start(office: PortalAccess, client: WorkedClient, *, responsible: int, year: int, at: datetime) -> Domain:
    number = enterprise_number(client.number)
    regime = VatRegime.MONTHLY if client.is_monthly else VatRegime.QUARTERLY
    domain = start_domain(
        office=office,
        wanted=NewDomain(
            name=client.name,
            slug=client.slug,
            owner_name=f"Directie {client.name.split()[0]}",
            owner_email=f"directie@{client.slug}.example",
            responsible_id=responsible,
            administration=AdministrationDetails(client.name, number, f"BE{number}", regime),
            first_year=min(year, at.year),
        ),
        at=at,
        link_to=lambda token: f"http://localhost:8000/uitnodiging/{token}/",
    )
    owner = Member.objects.get(domain=domain, is_owner=True)
    # The office does the work of these clients: nobody of them signs in to the demo.
    Invitation.objects.filter(domain=domain).update(accepted_at=at, accepted_by=owner.user)
    with domain_scope(domain.id):
        change_life(office=office, domain_id=domain.id, life=Lifecycle.ACTIVE, reason="Alles is klaar", at=at)
    return domain


def _hand_in(office: PortalAccess, domain: Domain, client: WorkedClient, *, at: datetime) -> None:
    files = [
        (
            at - timedelta(hours=hours),
            f"{client.slug}-{n}.xml",
            _invoice(client, n, on=(at - timedelta(hours=hours)).date()),
        )
        for n, hours in enumerate(client.arrived, start=1)
    ]
    files += [
        (at - timedelta(hours=8 * n), f"{client.slug}-scan-{n}.pdf", b"onleesbaar %d" % n)
        for n in range(1, client.unreadable + 1)
    ]
    on = (at - timedelta(days=client.statement_days)).date()
    files.append((datetime.combine(on, time(6), UTC), f"{client.slug}.cod", _statement(client, on=on)))
    with domain_scope(domain.id):
        access = access_of(user_id=office.user_id, slug=domain.slug, on=at.date())
        administration = Administration.objects.get(domain_id=domain.id, is_default=True)
        add_bank_account(
            access=access,
            administration_id=administration.id,
            iban=belgian_iban(client.number),
            name="Zichtrekening",
            gl_code="550000",
            journal_code="B1",
        )
        for moment, name, content in sorted(files):
            receive_file(
                access=access,
                administration=administration,
                name=name,
                content=content,
                source=Arrival.Source.UPLOAD,
                at=moment,
            )


def _invoice(client: WorkedClient, n: int, *, on: date) -> bytes:
    cents = 4_000 + client.number * 7 + n * 1_310
    price = Decimal(cents) / 100
    return write_ubl(
        UblInvoice(
            kind="INVOICE",
            number=f"{on.year}-{client.number}{n:02d}",
            issued_on=on,
            due_on=on + timedelta(days=30),
            supplier=_SUPPLIER,
            customer=belgian_party(client.number, client.name, "Voorbeeldstraat 1", "9000", "Gent"),
            buyer_reference=client.slug,
            iban=belgian_iban(290),
            structured=None,
            preceding=(),
            lines=(
                UblLine(_WHAT[(client.number + n) % len(_WHAT)], Decimal(1), "C62", price, cents, "S", Decimal(21)),
            ),
        )
    )


def _statement(client: WorkedClient, *, on: date) -> bytes:
    movements = tuple(
        CodaMovement(
            booked_on=on,
            amount_cents=(-1) ** n * (2_500 + n * 1_777),
            counterparty=f"RELATIE {n + 1} VOORBEELD",
            iban=belgian_iban(400 + n),
            bic="ZELFBEBB",
            communication=f"betaling {client.number}{n:02d}",
            structured=None,
            transaction_code="00150000" if n % 2 == 0 else "00101000",
        )
        for n in range(client.lines)
    )
    return write_statement(
        CodaStatement(
            iban=belgian_iban(client.number),
            holder=client.name,
            enterprise=enterprise_number(client.number),
            description="Zichtrekening",
            number=1,
            opened_on=on - timedelta(days=1),
            opening_cents=1_250_000,
            closed_on=on,
            movements=movements,
        )
    )
