"""The start page: work, news, money."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Link, Notice, Tone, Upload
from zelfboeken.portal.pages.users import Popup


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Template ``portal/export.html``: what goes into the zip of a domain, label and what it is, and the button."""

    title: str
    parts: tuple[tuple[str, str], ...]
    left_out: str
    """What this user may not see; "" when nothing is left out."""
    download: Link


@dataclass(frozen=True, slots=True)
class TodoCard:
    """A heap of work. ``ready_percent`` and ``choose_percent`` are 0–100 and draw the bar; None draws none."""

    title: str
    value: str
    detail: str
    url: str
    icon: str
    chord: str = ""
    tone: Tone = ""
    ready_percent: int | None = None
    choose_percent: int = 0


@dataclass(frozen=True, slots=True)
class NewsRow:
    """Something that happened; ``lead`` is the bold beginning."""

    icon: str
    lead: str
    text: str = ""
    meta: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An invoice that is not yet paid in full. ``due_text`` is a date or "18 dagen te laat".

    ``number`` is that of the invoice, or says what else is open: "te veel betaald op 12/05".
    """

    contact: str
    contact_url: str
    number: str
    url: str
    due_text: str
    open: str
    is_late: bool = False
    is_document: bool = True
    total: str = ""
    issued_on: str = ""
    id: int = 0
    is_chosen: bool = False
    """In a list to choose from: ticked beforehand, since two of them come to nought."""


@dataclass(frozen=True, slots=True)
class BankBalance:
    """The balance of one bank account at the date of its last statement."""

    name: str
    url: str
    balance: str
    until_text: str


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """The money in the bank as a line: ``points`` for an SVG of 440 × 132, and the same as rows of a table.

    ``last_x`` and ``last_y`` are where the line ends. ``lowest`` and ``highest`` are the amounts at its foot and top.
    """

    title: str
    points: str
    last_x: str
    last_y: str
    last: str
    lowest: str
    highest: str
    from_on: str
    until_on: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ComingRow:
    """Something to be paid soon: when, what, how much."""

    on: str
    text: str
    amount: str
    url: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class StartPage:
    """Template ``portal/start.html``. ``shows_books`` is False for who may not see what is owed and paid.

    ``title`` names the page, ``greeting`` heads it. ``is_new``: nothing was delivered yet, so that comes first.
    """

    title: str
    greeting: str
    subtitle: str
    cards: tuple[TodoCard, ...]
    news: tuple[NewsRow, ...]
    receivable: tuple[OpenRow, ...]
    receivable_total: str
    payable: tuple[OpenRow, ...]
    payable_total: str
    receivable_more: Link | None
    payable_more: Link | None
    banks: tuple[BankBalance, ...]
    line: BalanceLine | None = None
    coming: tuple[ComingRow, ...] = ()
    upload: Upload | None = None
    notice: Notice | None = None
    popup: Popup | None = None
    shows_books: bool = True
    pay_url: str = ""
    """Where suppliers are paid; "" for who prepares no payments."""
    is_new: bool = False
