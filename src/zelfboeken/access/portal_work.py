"""What waits in the domains of an office: the list of them that a member of its staff reaches, with their counters."""

from __future__ import annotations

from dataclasses import dataclass

from zelfboeken.access.office import PortalAccess, reached_ids
from zelfboeken.access.portal_domains import PortalDomain, portal_domains
from zelfboeken.tenancy.models import Lifecycle
from zelfboeken.workload.queries import Waiting, waiting_in
from zelfboeken.workload.rules import Today

WORKED = frozenset({Lifecycle.STARTUP, Lifecycle.ACTIVE})
"""In any other life nothing can be written, so nothing is anybody's work."""


@dataclass(frozen=True, slots=True)
class PortalWork:
    """A domain and what waits there. `is_mine`: it was assigned to whoever asks."""

    domain: PortalDomain
    waiting: Waiting
    is_mine: bool

    @property
    def is_unassigned(self) -> bool:
        """Whether nobody of the office is responsible for it."""
        return self.domain.responsible_id is None


def portal_work(*, office: PortalAccess, today: Today) -> list[PortalWork]:
    """The domains that are worked in and that this member of the staff reaches, with what waits there today.

    Which ones is read from the assignments here, never passed by the caller (invariants, chapter 5); however many there
    are, it takes the same number of questions to the database.

    Raises:
        NotAllowed: he may not enter domains.
    """
    domains = [one for one in portal_domains(office=office, on=today.on) if one.facts.lifecycle in WORKED]
    mine = set(reached_ids(office).values_list("domain_id", flat=True))
    waiting = waiting_in([one.id for one in domains], today=today) if domains else {}
    return [PortalWork(one, waiting.get(one.id, _NOTHING), one.id in mine) for one in domains]


_NOTHING = Waiting()
