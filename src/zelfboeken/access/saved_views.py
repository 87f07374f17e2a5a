"""The views that a member of the staff keeps of the monitor: a name for what its address says."""

from __future__ import annotations

from dataclasses import dataclass

from zelfboeken.access.models import PortalMember, SavedView
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right

MOST_VIEWS = 12
LONGEST_NAME = 40


class ViewRefused(ValueError):
    """A view that is not kept."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class UnknownView(LookupError):
    """He has no such view."""

    code = "unknown"


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view of the monitor under its name."""

    id: int
    name: str
    query: str


def views_of(*, office: PortalAccess) -> list[KeptView]:
    """His views of this portal, by name."""
    found = SavedView.objects.filter(member_id=office.member_id).values_list("id", "name", "query")
    return sorted((KeptView(*row) for row in found), key=lambda one: (one.name.casefold(), one.id))


def keep_view(*, office: PortalAccess, name: str, query: str) -> KeptView:
    """Keep a view under a name; a view of the same name is the new one from then on.

    Raises:
        NotAllowed: he may not enter domains.
        ViewRefused: no name, one that is too long, or as many views as there may be.
    """
    office.require(Right.DOMAIN_ENTER)
    told = " ".join(name.split())
    if not told:
        raise ViewRefused("name_missing", "Geef je weergave een naam.")
    if len(told) > LONGEST_NAME:
        raise ViewRefused("name_too_long", f"Kies een naam van hoogstens {LONGEST_NAME} tekens.")
    PortalMember.objects.select_for_update(no_key=True).get(id=office.member_id)
    own = SavedView.objects.filter(member_id=office.member_id)
    same = next((one for one in own if one.name.casefold() == told.casefold()), None)
    if same is None and own.count() >= MOST_VIEWS:
        raise ViewRefused("too_many_views", f"Je hebt al {MOST_VIEWS} weergaven. Verwijder er eerst een.")
    kept = same or SavedView(member_id=office.member_id)
    kept.name, kept.query = told, query
    kept.save()
    return KeptView(kept.id, kept.name, kept.query)


def forget_view(*, office: PortalAccess, view_id: int) -> str:
    """Forget a view; its name.

    Raises:
        NotAllowed: he may not enter domains. UnknownView: it is not his.
    """
    office.require(Right.DOMAIN_ENTER)
    found = SavedView.objects.filter(id=view_id, member_id=office.member_id).first()
    if found is None:
        raise UnknownView(str(view_id))
    found.delete()
    return found.name
