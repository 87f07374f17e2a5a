"""Where somebody may go: the portals on whose staff he is, and his domains."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zelfboeken.access.office import portals_of
from zelfboeken.access.services import domains_of
from zelfboeken.portal.pages import Place
from zelfboeken.portal.periods import with_query

MOST_PLACES = 20
"""So many domains stand in the switcher; the list of an office has them all."""


def office_place(slug: str, name: str, *, is_current: bool = False) -> Place:
    """A portal in the switcher."""
    return Place(
        name=name,
        detail=_("Office portal"),
        url=with_query(reverse("office_domains"), {"kantoor": slug}),
        initials=initials(name),
        is_current=is_current,
    )


def office_places(*, user_id: int) -> tuple[Place, ...]:
    """The portals on whose staff this user is, for the switcher of a domain."""
    return tuple(office_place(one.slug, one.name) for one in portals_of(user_id=user_id))


def domain_places(*, user_id: int, but: str) -> tuple[Place, ...]:
    """The domains of this user for the switcher, the first by name; `but` is the one he is in."""
    return tuple(
        Place(one.name, "", reverse("start", args=[one.slug]), initials(one.name))
        for one in domains_of(user_id=user_id, most=MOST_PLACES)
        if one.slug != but
    )


def initials(name: str) -> str:
    """The first letters of the first two words."""
    return "".join(word[0] for word in name.split()[:2]).upper()
