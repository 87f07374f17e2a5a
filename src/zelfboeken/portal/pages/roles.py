"""Who may what, who decided so, who owns the domain, what somebody reaches, and the old Backoffice toegang."""

from dataclasses import dataclass

from zelfboeken.portal.pages.office import EventRow, RoleBox, SelectField, SheetHead, Tag
from zelfboeken.portal.pages.parts import Action, Empty, Field, Link, Notice, Problem, Tab


@dataclass(frozen=True, slots=True)
class RoleHead:
    """A column of the rights matrix; `is_own` marks the roles of who looks."""

    name: str
    is_own: bool = False
    is_office: bool = False


@dataclass(frozen=True, slots=True)
class RightCell:
    """Whether a role gives a right. ``mark`` is "yes", "self", "tick" or "no"; ``text`` says it in words."""

    mark: str
    text: str
    is_own: bool = False
    is_office: bool = False


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right in words, with a cell for each role."""

    right: str
    label: str
    cells: tuple[RightCell, ...]


@dataclass(frozen=True, slots=True)
class RightGroup:
    """Rights that belong together."""

    heading: str
    rows: tuple[RightRow, ...]


@dataclass(frozen=True, slots=True)
class OwnRight:
    """Something that waits before who looks may do it: what, and for what it waits."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class TickForm:
    """The rights that the office ticks: POST ``action=save`` with ``tick`` (several) and ``reason``."""

    url: str
    key: str
    boxes: tuple[RoleBox, ...]
    reason: Field


@dataclass(frozen=True, slots=True)
class RightsPage:
    """Templates ``portal/rights.html`` and ``office/rights.html``: what each role may."""

    title: str
    subtitle: str
    heads: tuple[RoleHead, ...]
    groups: tuple[RightGroup, ...]
    own_roles: str
    own: tuple[str, ...]
    waits: tuple[OwnRight, ...]
    note: str
    back: Link | None = None
    head: SheetHead | None = None
    ticks: TickForm | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """A link of the role log: its number, what happened, and the beginning of its hash."""

    number: str
    event: EventRow
    hash: str


@dataclass(frozen=True, slots=True)
class RoleLogPage:
    """Templates ``portal/role_log.html`` and ``office/role_log.html``: the chained log, newest first."""

    title: str
    subtitle: str
    proof: Notice
    tabs: tuple[Tab, ...]
    rows: tuple[LogRow, ...]
    export_url: str
    older_url: str = ""
    newest_url: str = ""
    empty: Empty | None = None
    back: Link | None = None
    head: SheetHead | None = None


@dataclass(frozen=True, slots=True)
class TransferBox:
    """A new owner that waits for an answer, with what may be answered by who looks."""

    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class OwnerForm:
    """Choosing another owner: POST ``action=propose``, ``member`` and ``reason``."""

    url: str
    key: str
    member: SelectField
    reason: Field
    button: str
    hint: str


@dataclass(frozen=True, slots=True)
class OwnerPage:
    """Templates ``portal/owner.html`` and ``office/owner.html``: who owns the domain, and handing it over."""

    title: str
    subtitle: str
    owner: str
    email: str
    initials: str
    text: str
    transfer: TransferBox | None = None
    form: OwnerForm | None = None
    note: str = ""
    back: Link | None = None
    head: SheetHead | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ReachPage:
    """Template ``portal/reach.html``: POST ``reach`` (ALL or SOME), ``administration``, ``limit``, ``reason``."""

    title: str
    name: str
    url: str
    key: str
    back: Link
    reaches_all: bool
    boxes: tuple[RoleBox, ...]
    is_limited: bool
    warning: str
    reason: Field
    roles: tuple[Tag, ...] = ()
    blocked: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestRow:
    """A guest with the old access: how he stands afterwards, what the cut-over does, what people must do."""

    name: str
    email: str
    domain: str
    domain_url: str
    period: str
    state: Tag
    steps: tuple[str, ...]
    todo: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LegacyPage:
    """Template ``office/legacy.html``. POST ``action``: import (file ``list``), invite, cut_over, undo_import,
    undo_cut_over.
    """

    title: str
    subtitle: str
    url: str
    key: str
    notice: Notice | None
    guests: tuple[GuestRow, ...]
    counts: tuple[tuple[str, str], ...]
    can_import: bool
    example: str
    invite: Action | None
    cut_over: Action | None
    undo_import: Action | None
    undo_cut_over: Action | None
    back: Link
    empty: Empty
    effect: str = ""
    problems: tuple[Problem, ...] = ()
    row_problems: tuple[tuple[str, str], ...] = ()
