"""Pages of an office: its domains, the sheet of one, its staff."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Action, Empty, Field, Link, Notice, Option, Problem, Tab, Tone


@dataclass(frozen=True, slots=True)
class SelectField:
    """A labelled choice out of a list."""

    name: str
    label: str
    options: tuple[Option, ...]
    error: str = ""
    hint: str = ""

    @property
    def id(self) -> str:
        """The html id of the field, the target of the error summary."""
        return f"field-{self.name}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with a colour of its own."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class SortHead:
    """The head of a column: a link that sorts by it. ``direction`` is "ascending", "descending" or ""."""

    label: str
    url: str
    direction: str = ""
    is_hidden_on_a_phone: bool = False


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain in the list of an office; ``value`` is what its box sends."""

    name: str
    slug: str
    url: str
    value: str
    self_booking: Tag
    users: str
    bundle: str
    status: Tag
    workflow: str
    responsible: str


@dataclass(frozen=True, slots=True)
class AssignForm:
    """What to do with the domains whose boxes are ticked: fields ``domain`` (several), ``task``, ``member``."""

    url: str
    key: str
    tasks: tuple[Option, ...]
    members: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class OfficeDomainsPage:
    """Template ``office/domains.html``. The filters are a GET form; ``kept`` are fields of the address that stay."""

    title: str
    count_text: str
    search_url: str
    search_text: str
    filters: tuple[SelectField, ...]
    heads: tuple[SortHead, ...]
    rows: tuple[DomainRow, ...]
    kept: tuple[tuple[str, str], ...] = ()
    clear_url: str = ""
    new_url: str = ""
    assign: AssignForm | None = None
    newer_url: str = ""
    older_url: str = ""
    empty: Empty | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class NewDomainPage:
    """Template ``office/new_domain.html``: POST to ``url`` with ``key`` and the fields."""

    title: str
    url: str
    key: str
    back_url: str
    client: tuple[Field, ...]
    language: SelectField
    kind: SelectField
    trial: Field
    responsible: SelectField | None
    books: tuple[Field, ...]
    regime: SelectField
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetHead:
    """The head of each page of a domain's sheet."""

    list_url: str
    name: str
    tags: tuple[Tag, ...]
    tabs: tuple[Tab, ...]
    open_url: str = ""
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under one heading: label and value."""

    title: str
    hint: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Template ``office/sheet.html``: what is known of a domain, to read."""

    title: str
    head: SheetHead
    groups: tuple[FactGroup, ...]
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that saving will make: old and new, a remark, and the button that takes it back by itself."""

    label: str
    old: str
    new: str
    note: str = ""
    reset_value: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that will happen when the form is saved."""

    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class WorkflowChoice:
    """One of the two ways in which the work of a domain shows in the Backoffice monitor."""

    value: str
    title: str
    hint: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SelfBookingForm:
    """The box "Zelfboeken activeren" and what belongs to it.

    Fields: ``self_booking`` ("on"), ``workflow``, ``reason`` and ``when`` where it was on, ``keeps`` where it ends.
    """

    is_on: bool
    was_on: bool
    """As it is stored: whoever takes the tick away then says why and from when."""
    state: Tag
    hint: str
    blocked: str
    """Why the box cannot be ticked, "" when it can."""
    error: str
    workflow: tuple[WorkflowChoice, ...]
    workflow_hint: str
    ends_on: str
    """A planned end as a sentence with the box that undoes it, "" for none."""
    keeps: bool
    reason: Field
    when: tuple[Option, ...]
    month_end: str
    """The day that the choice "at the end of the month" shows; ``month_end`` sends it back."""
    when_error: str = ""
    blocked_link: Link | None = None
    """The way out of what blocks it."""


@dataclass(frozen=True, slots=True)
class SheetEditPage:
    """Template ``office/sheet_edit.html``: POST to ``url`` with ``key``, ``version`` and the fields.

    ``action`` is "save", "show" (only shows the changes) or "reset:workflow".
    """

    title: str
    head: SheetHead
    url: str
    key: str
    version: str
    back_url: str
    name_field: Field
    bundle: str
    bundle_hint: str
    tasks: tuple[SelectField, ...]
    self_booking: SelfBookingForm | None
    changes: tuple[Change, ...]
    changes_text: str
    effects: tuple[Effect, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A user of a domain or a member of the staff."""

    name: str
    email: str
    initials: str
    roles: tuple[Tag, ...]
    detail: str = ""
    is_you: bool = False


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that waits or ran out."""

    email: str
    detail: Tag
    withdraw: Action | None = None


@dataclass(frozen=True, slots=True)
class InviteForm:
    """POST to ``url`` with ``key``, ``action=invite`` and the fields."""

    url: str
    key: str
    email: Field
    choices: tuple[SelectField, ...]


@dataclass(frozen=True, slots=True)
class SheetPeoplePage:
    """Template ``office/people.html``: the users of a domain on its sheet."""

    title: str
    head: SheetHead
    people: tuple[PersonRow, ...]
    count_text: str
    note: str
    invitations: tuple[InvitationRow, ...]
    invite: InviteForm | None
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class AdministrationRow:
    """A set of books of a domain, with its fiscal years."""

    name: str
    numbers: str
    regime: str
    years: tuple[str, ...]
    is_default: bool
    edit_url: str = ""
    open_year: Action | None = None


@dataclass(frozen=True, slots=True)
class SheetBooksPage:
    """Template ``office/books.html``: the administrations of a domain and their years."""

    title: str
    head: SheetHead
    rows: tuple[AdministrationRow, ...]
    new_url: str
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class AdministrationPage:
    """Template ``office/administration.html``: POST to ``url`` with ``key`` and the fields."""

    title: str
    head: SheetHead
    heading: str
    url: str
    key: str
    back_url: str
    fields: tuple[Field, ...]
    regime: SelectField
    first_year: Field | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    """What somebody did, from the log."""

    at: str
    actor: str
    text: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SheetHistoryPage:
    """Template ``office/history.html``: the log of a domain, newest first."""

    title: str
    head: SheetHead
    rows: tuple[EventRow, ...]
    older_url: str = ""
    newest_url: str = ""
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class RoleBox:
    """A box that gives a role. ``blocked`` says why it cannot be changed, "" when it can."""

    value: str
    label: str
    is_ticked: bool
    detail: str = ""
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A colleague with the boxes of his portal roles: POST ``action=roles`` or ``leave``, ``member``, ``roles``,
    ``reason``.
    """

    member: str
    key: str
    name: str
    email: str
    initials: str
    is_you: bool
    boxes: tuple[RoleBox, ...]


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Template ``office/staff.html``: who works at the office."""

    title: str
    count_text: str
    url: str
    heads: tuple[str, ...]
    people: tuple[StaffRow, ...]
    invitations: tuple[InvitationRow, ...]
    invite: InviteForm | None
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """Template ``invitation.html``: what a link invites to. ``asks`` is "account", "sign_in", "accept" or ""."""

    title: str
    text: str
    asks: str
    key: str = ""
    how: str = ""
    name: Field | None = None
    password_error: str = ""
    link: Link | None = None
    problems: tuple[Problem, ...] = ()
