"""What the office changes about a domain itself: its name. Its address stays."""

from __future__ import annotations

from datetime import datetime

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.audit.services import Happened
from zelfboeken.tenancy.models import Domain


class DomainDataRefused(ValueError):
    """A detail of a domain that cannot be; `field` is where."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


def change_name(*, office: PortalAccess, domain: Domain, name: str, at: datetime) -> bool:
    """Give a domain another name; whether it had another one. The scope of the domain is open.

    Raises:
        NotAllowed: who asks does not edit domains.
        DomainDataRefused: no name.
    """
    office.require(Right.DOMAIN_EDIT)
    new = name.strip()[:200]
    if not new:
        raise DomainDataRefused("name", "name_missing", "Vul de naam van de klant in.")
    if new == domain.name:
        return False
    Domain.objects.filter(id=domain.id).update(name=new)
    office.log_in_domain(
        at=at, events=[Happened("domain.renamed", f"domain:{domain.slug}", {"from": domain.name, "to": new})]
    )
    return True
