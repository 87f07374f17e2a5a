"""Ready-made domains with books, for tests on the real database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from django.contrib.auth.hashers import make_password

from zelfboeken.access.models import DomainAssignment, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import Access, access_of, add_member
from zelfboeken.booking.models import Proposal, SubjectKind
from zelfboeken.booking.rules import DocumentFacts, DraftLine, PrintedVat
from zelfboeken.booking.stored import BookingFacts, facts_to_json, lines_to_json
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.models import GLAccount, Journal
from zelfboeken.ledger.opening import open_books
from zelfboeken.ledger.rules import NewEntry, NewLine
from zelfboeken.tenancy.models import Administration, Bundle, Domain, Lifecycle, Portal
from zelfboeken.tenancy.scope import domain_scope

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 25)
PASSWORD = "geheim-genoeg-1"
_count = itertools.count(1)


@dataclass(frozen=True)
class Books:
    """A domain with one administration and a user who may book in it."""

    domain: Domain
    administration: Administration
    user: User
    access: Access
    accounts: dict[str, int]
    journals: dict[str, int]
    contact_id: int

    def entry(self, *lines: NewLine, **changes: object) -> NewEntry:
        """A purchase of 121 unless other lines are given; its subject is new each time."""
        values: dict[str, object] = {
            "administration_id": self.administration.id,
            "journal_id": self.journals["AK"],
            "on_date": date(2026, 11, 12),
            "subject": f"TEST:{next(_count)}",
            "description": "Aankoop",
            "lines": lines or self.purchase(),
        }
        return NewEntry(**{**values, **changes})  # type: ignore[arg-type]

    def purchase(self, net_cents: int = 10_000, vat_cents: int = 2_100) -> tuple[NewLine, ...]:
        """The lines of pattern 1: services at 21 %."""
        return (
            NewLine(self.accounts["613000"], net_cents, 0, grids=((82, net_cents),)),
            NewLine(self.accounts["411059"], vat_cents, 0, grids=((59, vat_cents),)),
            NewLine(self.accounts["440000"], 0, net_cents + vat_cents, contact_id=self.contact_id),
        )


def new_domain(
    *, slug: str | None = None, roles: frozenset[Role] = frozenset({Role.BACKOFFICE})
) -> tuple[Domain, User]:
    """A bundle domain with Zelfboeken on and one user with these roles."""
    n = next(_count)
    portal, _ = Portal.objects.get_or_create(slug="kantoor", defaults={"name": "Kantoor Voorbeeld"})
    domain = Domain.objects.create(
        portal=portal,
        slug=slug or f"domein-{n}",
        name=f"Bakkerij {n}",
        bundle=Bundle.MEDIUM,
        lifecycle=Lifecycle.ACTIVE,
        is_authorised=True,
    )
    user = new_user(f"user{n}@example.test", name=f"Gebruiker {n}")
    add_member(domain=domain, user=user, roles=roles)
    return domain, user


def new_user(email: str, *, name: str = "") -> User:
    """A user who signs in with `PASSWORD`; it is hashed once for all, since argon2 is slow on purpose."""
    return User.objects.create(email=email, name=name or email, password=_hashed())


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def office_access(domain: Domain, role: PortalRole) -> Access:
    """What a new member of the office's staff with this role may do in a domain that is assigned to him."""
    n = next(_count)
    user = new_user(f"kantoor{n}@example.test", name=f"Medewerker {n}")
    member = PortalMember.objects.create(user=user, portal=domain.portal)
    PortalRoleAssignment.objects.create(member=member, role=role)
    DomainAssignment.objects.create(member=member, domain=domain, task=DomainAssignment.Task.RESPONSIBLE)
    return access_of(user_id=user.id, slug=domain.slug, on=TODAY)


@contextmanager
def open_new_books(*, slug: str | None = None, has_chart: bool = True) -> Iterator[Books]:
    """A new domain with books for 2026, its scope open; without a chart nothing can be booked, but all can be read."""
    domain, user = new_domain(slug=slug)
    with domain_scope(domain.id):
        yield fill_books(domain, user, has_chart=has_chart)


def fill_books(domain: Domain, user: User, *, has_chart: bool = True) -> Books:
    """Books in the open domain."""
    access = access_of(user_id=user.id, slug=domain.slug, on=TODAY)
    administration = Administration.objects.create(
        domain=domain,
        name=domain.name,
        enterprise_number="0999000129",
        vat_number="BE0999000129",
        is_default=not Administration.objects.filter(domain=domain).exists(),
    )
    if has_chart:
        open_books(access=access, administration=administration, first_year=2026)
    contact = Contact.objects.create(domain=domain, name="Verpakking Staal BV")
    return Books(
        domain=domain,
        administration=administration,
        user=user,
        access=access,
        accounts=dict(
            GLAccount.objects.filter(domain=domain, administration_id=administration.id).values_list("code", "id")
        ),
        journals=dict(
            Journal.objects.filter(domain=domain, administration_id=administration.id).values_list("code", "id")
        ),
        contact_id=contact.id,
    )


def waiting_purchase(books: Books, net_cents: int = 10_000) -> Proposal:
    """A purchase at 21 % that waits for approval, version 1; its document number is new each time."""
    n = next(_count)
    vat_cents = net_cents * 21 // 100
    facts = BookingFacts(
        document=DocumentFacts(
            side="PURCHASE",
            kind="INVOICE",
            total_cents=net_cents + vat_cents,
            printed_vat=(PrintedVat(Decimal(21), net_cents, vat_cents),),
            description=f"Verpakking Staal {n}",
        ),
        document_number=f"2026-{n}",
        due_on=date(2026, 12, 12),
        structured="",
        sha256="",
    )
    Proposal.objects.create(
        domain=books.domain,
        administration_id=books.administration.id,
        subject_kind=SubjectKind.PURCHASE,
        subject_id=n,
        contact_id=books.contact_id,
        on_date=date(2026, 11, 12),
        received_at=datetime(2026, 11, 12, tzinfo=UTC),
        facts=facts_to_json(facts),
        lines=lines_to_json((DraftLine("613000", "PURCHASE.domestic.21.service", net_cents),)),
        certainty_percent=99,
        is_ready=True,
    )
    return Proposal.objects.get(domain=books.domain, subject_kind=SubjectKind.PURCHASE, subject_id=n)
