"""The Backoffice monitor, and the calendar of an office."""

from dataclasses import dataclass

from zelfboeken.portal.pages.office import SelectField, Tag
from zelfboeken.portal.pages.parts import Action, Empty, Field, Link, Problem, Tab, Tone


@dataclass(frozen=True, slots=True)
class MonitorFigure:
    """A key figure that is a filter too: pressed again it lets everything through."""

    label: str
    value: str
    url: str
    detail: str = ""
    tone: Tone = ""
    of: str = ""
    """What the value is a part of."""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class MonitorLine:
    """A domain in the monitor. ``url`` chooses it; ``step_url`` leads to what is next there."""

    slug: str
    name: str
    url: str
    is_current: bool
    tags: tuple[Tag, ...]
    documents: str
    age: str
    age_tone: Tone
    yesterday: str
    today: str
    tomorrow: str
    bank_lines: str
    statement: str
    statement_tone: Tone
    questions: Tag | None
    more_questions: str
    vat_on: str
    is_vat_soon: bool
    vat: Tag | None
    step: str
    step_icon: str
    step_url: str
    summary: str
    """All of it in one line, for a phone."""


@dataclass(frozen=True, slots=True)
class SelfBookerLine:
    """A domain in the view of those who keep their books themselves."""

    slug: str
    name: str
    url: str
    is_current: bool
    tags: tuple[Tag, ...]
    documents: str
    bank_lines: str
    oldest_line: str
    oldest_tone: Tone
    active: str
    questions: Tag | None
    more_questions: str
    vat_on: str
    is_vat_soon: bool
    vat: Tag | None
    summary: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a domain stands where it stands."""

    text: str
    icon: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class QueueLink:
    """A queue of the chosen domain; ``key`` opens it."""

    label: str
    url: str
    icon: str
    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AutomationBlock:
    """How much of the last thirty days went without a hand: a bar of ``part`` of ``whole``, and the figures."""

    part: str
    whole: str
    text: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MonitorPane:
    """The chosen domain beside the list."""

    name: str
    initials: str
    subtitle: str
    why: tuple[Why, ...]
    queues: tuple[QueueLink, ...]
    facts: tuple[tuple[str, str], ...]
    open_url: str
    sheet_url: str
    is_asked_for: bool
    """It was chosen, and is not just the first of the list."""
    automation: AutomationBlock | None = None


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A view that was kept, with the button that forgets it."""

    name: str
    url: str
    forget: Action
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class ViewForm:
    """POST to ``url`` with ``key``, ``query`` and ``name``: keep what is shown now."""

    url: str
    key: str
    query: str
    name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class MonitorPage:
    """Template ``office/monitor.html``. ``rows`` or ``self_bookers``, never both."""

    title: str
    date_text: str
    counted_text: str
    promise: str
    here_url: str
    stale_text: str
    calendar_url: str
    start: Link | None
    figures: tuple[MonitorFigure, ...]
    whose: tuple[Tab, ...]
    workflows: tuple[Tab, ...]
    views: tuple[ViewLink, ...]
    view_form: ViewForm
    search_url: str
    search_text: str
    kept: tuple[tuple[str, str], ...]
    rows: tuple[MonitorLine, ...]
    self_bookers: tuple[SelfBookerLine, ...]
    is_light: bool
    count_text: str
    order_text: str
    pane: MonitorPane | None = None
    done: Link | None = None
    attention: str = ""
    attention_links: tuple[Link, ...] = ()
    newer_url: str = ""
    older_url: str = ""
    empty: Empty | None = None
    arrives: bool = False
    """Whether somebody has just chosen the domain in the pane: where that stands under the list, it comes into view."""


@dataclass(frozen=True, slots=True)
class WeekdayBox:
    """A day of the week on which the office works or not."""

    value: str
    label: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class SpecialDayRow:
    """A day on which the week does not say whether the office works; ``action`` turns it round."""

    on: str
    weekday: str
    name: str
    state: Tag
    action: Action


@dataclass(frozen=True, slots=True)
class OfficeCalendarPage:
    """Template ``office/calendar.html``: POST to ``url`` with ``key`` and ``action``.

    ``hours`` sends ``cut_off`` and ``weekdays``; ``close`` ``on`` and ``name``; ``works`` and ``forget`` ``on``.
    """

    title: str
    subtitle: str
    back_url: str
    url: str
    hours_key: str
    cut_off: SelectField
    weekdays: tuple[WeekdayBox, ...]
    weekdays_error: str
    day_key: str
    on: Field
    name: Field
    days: tuple[SpecialDayRow, ...]
    problems: tuple[Problem, ...] = ()
