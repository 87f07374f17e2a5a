"""The users of a domain with their roles, and who gets the role Backoffice."""

from dataclasses import dataclass

from zelfboeken.portal.pages.bundle import PriceLine
from zelfboeken.portal.pages.office import InvitationRow, InviteForm, RoleBox, Tag
from zelfboeken.portal.pages.parts import Link, Notice, Problem


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who has the role Backoffice or may get it; ``price`` is "inbegrepen" or "+ € 25,00"."""

    member: str
    name: str
    detail: str
    initials: str
    is_you: bool
    is_chosen: bool
    price: str
    is_included: bool
    rests: str = ""
    """Why his role rests; then it is not chosen, it comes back by itself."""


@dataclass(frozen=True, slots=True)
class BackofficeForm:
    """Who books: POST to ``url`` with ``key``, ``agreed`` (cents a month that were shown) and ``member`` (several).

    ``action`` is "confirm" or "show", which only shows the price.
    """

    url: str
    key: str
    agreed: str
    intro: str
    people: tuple[Candidate, ...]
    lines: tuple[PriceLine, ...]
    total_label: str
    total: str
    hint: str
    debtor: str
    button: str
    is_ready: bool
    """Whether there is something to confirm."""
    changes: str = ""
    problems: tuple[Problem, ...] = ()
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class BundleChoice:
    """A bundle that can be taken, with what it costs."""

    name: str
    price: str
    detail: str
    url: str
    fits: str = ""


@dataclass(frozen=True, slots=True)
class Popup:
    """What a Directie is asked when he opens the domain: who books, or which bundle.

    "Later" is POST to ``later_url`` with ``key``.
    """

    title: str
    intro: str
    later_url: str
    later_key: str
    form: BackofficeForm | None = None
    bundles: tuple[BundleChoice, ...] = ()
    compare: Link | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user with the boxes of his roles: POST ``action=roles``, ``leave`` or ``resting``, ``member``, ``roles``,
    ``reason``.
    """

    member: str
    key: str
    name: str
    email: str
    initials: str
    tags: tuple[Tag, ...]
    boxes: tuple[RoleBox, ...]
    is_you: bool = False
    may_leave: bool = False
    has_resting: bool = False
    """His role Backoffice rests, and may be taken from him: it has no box, and would come back by itself."""
    reach: Link | None = None
    """Which administrations he reaches, with the way to change it."""


@dataclass(frozen=True, slots=True)
class UsersPage:
    """Template ``portal/users.html``. Without ``url`` the roles are only read."""

    title: str
    subtitle: str
    users: tuple[UserRow, ...]
    url: str = ""
    backoffice: BackofficeForm | None = None
    blocked: Notice | None = None
    """Why nobody can get the role Backoffice now, with the way out."""
    bundles: tuple[BundleChoice, ...] = ()
    invitations: tuple[InvitationRow, ...] = ()
    invite: InviteForm | None = None
    problems: tuple[Problem, ...] = ()
    note: str = ""
    links: tuple[Link, ...] = ()
