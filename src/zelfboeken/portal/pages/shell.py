"""All around a page of a domain."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Action, Link, Option, Toast


@dataclass(frozen=True, slots=True)
class NavItem:
    """An item of the menu. ``chord`` is the letter after G; ``count`` is text, "" for none."""

    label: str
    url: str
    icon: str
    count: str = ""
    chord: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A group of the menu: Werk, Boekhouding, Domein."""

    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A domain or administration in the switcher."""

    name: str
    detail: str
    url: str
    initials: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """All around a page of a domain. ``tabs`` is the bar at the foot of a phone (at most five).

    ``help`` leads to the article about this page.
    ``languages`` are the choices of the user himself, ``here_url`` the page he comes back to.
    ``undo`` takes back what he did last, for half an hour.
    """

    place: Place
    places: tuple[Place, ...]
    groups: tuple[NavGroup, ...]
    tabs: tuple[NavItem, ...]
    user_name: str
    user_detail: str
    user_initials: str
    start_url: str
    search_url: str
    sign_out_url: str
    language_url: str
    languages: tuple[Option, ...]
    help: Link
    here_url: str
    search_text: str = ""
    account_links: tuple[Link, ...] = ()
    is_railed: bool = False
    is_office: bool = False
    """A portal and no domain: the field above searches its list of domains."""
    toast: Toast | None = None
    undo: Action | None = None

    @property
    def has_undo(self) -> bool:
        """Whether the way back stands above the page; a button of the page then leaves its letter to it."""
        return self.undo is not None
