"""An office with its staff and a domain, for the tests of its pages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from django.test import Client

from tests.books import Books, fill_books, new_domain, new_user
from tests.portal.pages import browser_of
from zelfboeken.access.models import DomainAssignment, Member, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.tenancy.models import Domain, Portal
from zelfboeken.tenancy.scope import domain_scope

_count = itertools.count(1)


@dataclass(frozen=True)
class Office:
    """A portal of its own, its Portaalbeheerder, and one domain with books and an owner."""

    portal: Portal
    admin: User
    books: Books
    owner: Member

    @property
    def domain(self) -> Domain:
        """The domain as it is stored."""
        return Domain.objects.get(id=self.books.domain.id)

    @property
    def access(self) -> PortalAccess:
        """What the Portaalbeheerder may do."""
        return portal_access_of(user_id=self.admin.id, slug=self.portal.slug)

    def browser(self) -> Client:
        """The browser of the Portaalbeheerder."""
        return browser_of(self.admin)

    def url(self, rest: str = "") -> str:
        """An address on the sheet of the domain."""
        return f"/kantoor/domeinen/{self.domain.slug}/{rest}"


def new_staff(portal: Portal, role: PortalRole, *, domain: Domain | None = None, name: str = "") -> User:
    """A member of the staff with one role; with a domain he looks after it."""
    n = next(_count)
    user = new_user(f"staf{n}@kantoor.test", name=name or f"Staf {n}")
    member = PortalMember.objects.create(user=user, portal=portal)
    PortalRoleAssignment.objects.create(member=member, role=role.value)
    if domain is not None:
        DomainAssignment.objects.create(member=member, domain=domain, task=DomainAssignment.Task.RESPONSIBLE)
    return user


def new_office(**facts: object) -> Office:
    """An office with a Portaalbeheerder and a domain; `facts` are those of the domain, off by default."""
    n = next(_count)
    portal = Portal.objects.create(slug=f"kantoor-{n}", name=f"Kantoor {n}")
    admin = new_staff(portal, PortalRole.PORTAL_ADMIN, name="Pia Portaal")
    domain, user = new_domain(roles=frozenset({Role.EXTERNAL_ACCOUNTANT}))
    Domain.objects.filter(id=domain.id).update(portal=portal, **{"is_authorised": False, **facts})
    domain.refresh_from_db()
    owner = add_member(domain=domain, user=new_user(f"directie{n}@kantoor.test", name="Dirk Directie"), is_owner=True)
    with domain_scope(domain.id):
        return Office(portal, admin, fill_books(domain, user), owner)
