"""Statements, their lines, and what a line is matched with."""

from dataclasses import dataclass
from typing import Literal

from zelfboeken.portal.pages.office import SelectField
from zelfboeken.portal.pages.parts import (
    Action,
    Choice,
    Empty,
    Field,
    Link,
    Notice,
    Option,
    PageState,
    PreviewLine,
    Problem,
    Reason,
    Tab,
    Tone,
    Upload,
)


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """Opening + in − out = closing, and whether that is also what the ledger says once every line is booked.

    That is another fact than how many lines are matched. ``reason`` tells where a difference comes from.
    """

    is_right: bool
    opening: str
    received: str
    paid: str
    closing: str
    difference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementBar:
    """The bar above the lines. The three percents are 0–100 and draw the progress."""

    title: str
    detail: str
    accounts: tuple[Tab, ...]
    matched: str
    proposed: str
    to_choose: str
    matched_percent: int
    proposed_percent: int
    choose_percent: int
    previous_url: str = ""
    next_url: str = ""
    balance: BalanceProof | None = None


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """A bank line with what we think of it. ``mark`` is "96 %", "kies" or ""; ``amount`` has its sign."""

    public_id: str
    url: str
    booked_on: str
    counterparty: str
    communication: str
    amount: str
    is_income: bool
    target: str
    target_detail: str
    mark: str = ""
    tone: Tone = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class BankGroup:
    """Voorstel klaar (READY), Jij kiest (CHOOSE), Automatisch gekoppeld (AUTOMATIC), Gekoppeld (MATCHED)."""

    code: Literal["READY", "CHOOSE", "AUTOMATIC", "MATCHED"]
    title: str
    count: str
    rows: tuple[BankLineRow, ...]
    accept_all: Action | None = None
    summary: str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class PastPayment:
    """An earlier payment of the same counterparty."""

    on: str
    text: str
    amount: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class OpenItemOption:
    """An open item to tick: checkbox ``items``."""

    value: str
    label: str
    detail: str
    open: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class OtherBooking:
    """The form "ander stuk of andere rekening": fields ``items`` (several) or ``account``, ``vat``, ``text``."""

    url: str
    key: str
    version: str
    items: tuple[OpenItemOption, ...]
    accounts: tuple[Option, ...]
    vat_codes: tuple[Option, ...]
    search_url: str = ""
    search_text: str = ""
    account: str = ""
    text: str = ""
    problems: tuple[Problem, ...] = ()
    is_open: bool = False
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class LinePane:
    """The chosen line: template ``portal/bank_line.html`` (context name ``line``).

    ``accept`` and ``unmatch`` are forms of one button; ``choose`` posts ``answer`` with one of ``choices``.
    """

    public_id: str
    counterparty: str
    detail: str
    amount: str
    is_income: bool
    communication: str
    heading: str
    reasons: tuple[Reason, ...]
    booking: tuple[PreviewLine, ...]
    history: tuple[PastPayment, ...] = ()
    choices: tuple[Choice, ...] = ()
    choices_title: str = ""
    choose: Action | None = None
    accept: Action | None = None
    unmatch: Action | None = None
    other: OtherBooking | None = None
    matched_text: str = ""
    document: Link | None = None
    later_url: str = ""
    problems: tuple[Problem, ...] = ()
    notice: Notice | None = None
    ask: Link | None = None
    questions: tuple[Link, ...] = ()
    missing: Link | None = None
    """Asking for its invoice, or what became of that."""


@dataclass(frozen=True, slots=True)
class BankAccountRow:
    """A bank account with its newest statement; ``last_statement`` is empty where none came in."""

    name: str
    iban: str
    url: str
    gl_account: str
    journal: str
    last_statement: str
    read: Action | None = None
    """Reads the files again that wait for this account."""


@dataclass(frozen=True, slots=True)
class BankAccountsPage:
    """Template ``portal/bank_accounts.html``. The form sends ``iban``, ``name`` and ``kind``."""

    title: str
    books: str
    rows: tuple[BankAccountRow, ...]
    back_url: str
    may_add: bool
    url: str
    key: str
    fields: tuple[Field, ...]
    kind: SelectField
    problems: tuple[Problem, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class BankPage:
    """Template ``portal/bank.html``. ``is_chosen`` and ``list_url`` as in DocumentsPage: the URL names the line.

    ``accept_gap`` is the form that makes a statement bookable although one is missing, with its field ``gap_reason``.
    """

    title: str
    state: PageState
    bar: StatementBar | None
    groups: tuple[BankGroup, ...]
    line: LinePane | None = None
    upload: Upload | None = None
    notice: Notice | None = None
    accept_gap: Action | None = None
    gap_reason: Field | None = None
    empty: Empty | None = None
    is_chosen: bool = False
    list_url: str = ""
    accounts_url: str = ""
