"""The start page: work, news, money."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Link, Notice, Tone, Upload


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
    """An invoice that is not yet paid in full. ``due_text`` is a date or "18 dagen te laat"."""

    contact: str
    contact_url: str
    number: str
    url: str
    due_text: str
    open: str
    is_late: bool = False
    total: str = ""
    issued_on: str = ""


@dataclass(frozen=True, slots=True)
class BankBalance:
    """The balance of one bank account at the date of its last statement."""

    name: str
    url: str
    balance: str
    until_text: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """Template ``portal/start.html``. ``shows_books`` is False for who may not see what is owed and paid."""

    title: str
    subtitle: str
    cards: tuple[TodoCard, ...]
    news: tuple[NewsRow, ...]
    receivable: tuple[OpenRow, ...]
    receivable_total: str
    payable: tuple[OpenRow, ...]
    payable_total: str
    banks: tuple[BankBalance, ...]
    upload: Upload | None = None
    notice: Notice | None = None
    shows_books: bool = True
