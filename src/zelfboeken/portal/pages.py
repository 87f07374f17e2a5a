"""What each page shows: finished values for the templates.

A view asks one query, builds one of these and renders ``{"shell": Shell, "page": …Page}``. Everything a person reads is
already text in his language: amounts ("1.234,56", "−12,00"), dates ("16/11/2026" or "16/11"), counts ("14"). An empty
string means "nothing to show". Templates never format, never count and never start a query.

``tone`` is always one of "ok", "warn", "bad", "ask" or "" (quiet); an ``icon`` is a name in ``icons.svg`` (lucide names).
Every form a page sends holds ``csrfmiddlewaretoken``, ``key`` (idempotency key) and ``version``, next to the fields named
in the docstring of its value.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["ok", "warn", "bad", "ask", ""]
PageState = Literal["NORMAL", "LOADING", "EMPTY", "ERROR"]


# --- Parts every page uses ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to. ``chord`` is the second letter of a G-chord, or ""."""

    label: str
    url: str
    icon: str = ""
    chord: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views of a list; ``count`` is text, "" for none."""

    label: str
    url: str
    count: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in a <select> or <datalist>."""

    value: str
    label: str
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A form with one button: POST to ``url`` with ``key``, ``version`` and, if given, ``name=value``."""

    url: str
    label: str
    key: str
    version: str = ""
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """What was just done, in the past tense, with the way back if there is one."""

    text: str
    undo: Action | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message above a list or page: what happened and what can be done."""

    tone: Tone
    title: str
    text: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty list: what it means and one next step (or two)."""

    title: str
    text: str
    icon: str = "circle-check"
    tone: Tone = "ok"
    links: tuple[Link, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A page that could not be shown (400, 403, 404, 409, 500): one sentence, one number, one button."""

    status: int
    title: str
    text: str
    reference: str = ""
    button: Link | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary; ``field_id`` is the html id it leads to, "" for none."""

    text: str
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for or against a proposal."""

    text: str
    tone: Tone = "ok"
    icon: str = "check"


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled text field. ``kind``: "text", "date" or "amount". ``spot`` names its place in the document."""

    name: str
    label: str
    value: str = ""
    kind: Literal["text", "date", "amount"] = "text"
    error: str = ""
    hint: str = ""
    spot: str = ""
    is_readonly: bool = False

    @property
    def id(self) -> str:
        """The html id of the field, the target of the error summary."""
        return f"field-{self.name}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A numbered answer; key 1–4 presses it. Sends ``answer=value``."""

    number: str
    value: str
    title: str
    hint: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A ledger line as it will be or was posted; one of debit and credit is ""."""

    code: str
    name: str
    debit: str = ""
    credit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that takes files: field ``files`` (several), POST multipart to ``url``.

    An upload by script asks ``Accept: application/json`` and expects ``{"text": sentence, "url": where}``; a refusal has
    status ≥ 400 and the same ``text``. A plain post is answered by a redirect. One key serves one form, and each file
    of a batch is told apart by its content.
    """

    url: str
    key: str
    title: str
    hint: str = ""
    accept: str = ".pdf,.xml,.jpg,.jpeg,.png,.cod,.coda,.txt"


@dataclass(frozen=True, slots=True)
class Period:
    """The dates a report covers: a GET form with ``van`` and ``tot`` (both inclusive, ISO)."""

    url: str
    from_on: str
    until_on: str
    text: str
    presets: tuple[Tab, ...] = ()


# --- Shell -------------------------------------------------------------------------------------------------------------


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
    """All around a page of a domain. ``tabs`` is the bar at the foot of a phone (at most five)."""

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
    search_text: str = ""
    account_links: tuple[Link, ...] = ()
    is_railed: bool = False
    toast: Toast | None = None


# --- Start -------------------------------------------------------------------------------------------------------------


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
    """Template ``portal/start.html``."""

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


# --- Documents ---------------------------------------------------------------------------------------------------------

DocumentState = Literal["READY", "CHOOSE", "DUPLICATE", "FAILED", "READING", "BOOKED"]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in the queue. ``state_text`` is the word for ``state``; ``hint`` what is unsure ("btw-aftrek")."""

    public_id: str
    url: str
    name: str
    amount: str
    detail: str
    state: DocumentState
    state_text: str
    hint: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class PageImage:
    """A picture of one page of the document; ``text`` is what was recognised on it, the text alternative."""

    url: str
    width: int
    height: int
    label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class RenderedParty:
    """Supplier or customer as the e-invoice names it."""

    name: str
    address: tuple[str, ...]
    vat: str = ""


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """A line of the e-invoice."""

    description: str
    quantity: str
    unit_price: str
    vat: str
    net: str


@dataclass(frozen=True, slots=True)
class RenderedTotal:
    """A row under the lines. ``spot`` as in Field; the strong one is what must be paid."""

    label: str
    amount: str
    is_strong: bool = False
    spot: str = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """An e-invoice made readable: template ``portal/rendering.html`` (context name ``rendering``)."""

    kind: str
    number: str
    issued_on: str
    due_on: str
    supplier: RenderedParty
    customer: RenderedParty
    lines: tuple[RenderedLine, ...]
    totals: tuple[RenderedTotal, ...]
    references: tuple[tuple[str, str], ...] = ()
    iban: str = ""
    payment_reference: str = ""
    note: str = ""
    attachments: tuple[Link, ...] = ()
    findings: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The line above the booking form: Klaar, nakijken, dubbel, fout, geboekt. ``certainty`` is "98 % zeker" or ""."""

    tone: Tone
    icon: str
    title: str
    detail: str = ""
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class BookingLineRow:
    """A line of the proposal: fields ``line-N-account|vat|deductible|net|text`` with N = ``index``, from 0.

    ``account`` is "601100 Verpakkingen" (the first word is the code); ``vat`` one of the values of ``vat_codes``.
    """

    index: int
    account: str
    vat: str
    vat_label: str
    deductible: str
    net: str
    text: str = ""
    account_error: str = ""
    vat_error: str = ""
    deductible_error: str = ""
    net_error: str = ""
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must choose, with numbered answers (button ``answer``)."""

    title: str
    detail: str
    choices: tuple[Choice, ...]
    tone: Tone = "warn"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row of the duplicate's table: this document next to the one already there."""

    label: str
    this: str
    other: str
    other_url: str = ""


@dataclass(frozen=True, slots=True)
class BookingForm:
    """The right pane of ``portal/documents.html``; context name ``form`` in ``portal/booking.html``.

    One form posts to ``url``: the names of ``fields``, ``line_count``, ``line-N-…``, ``reason`` when asked, and a
    button ``action``: "book", "save" (compute again without booking), "add", "split:N", "remove:N", "reverse" (reverse
    and correct) or a button ``answer``. ``undo`` is a form of its own. ``can_book`` False shows ``blocked_text`` instead of the
    button. A booked document has ``is_editable`` False and shows its lines as text.
    """

    url: str
    key: str
    version: str
    head: Head
    fields: tuple[Field, ...]
    lines: tuple[BookingLineRow, ...]
    accounts: tuple[Option, ...]
    vat_codes: tuple[Option, ...]
    reasons: tuple[Reason, ...]
    journal_title: str
    journal: tuple[PreviewLine, ...]
    journal_debit: str
    journal_credit: str
    contacts: tuple[Option, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_title: str = ""
    question: Question | None = None
    duplicate: tuple[Comparison, ...] = ()
    reason_field: Field | None = None
    is_editable: bool = True
    can_book: bool = True
    blocked_text: str = ""
    undo: Action | None = None
    can_reverse: bool = False
    skip_url: str = ""


@dataclass(frozen=True, slots=True)
class DocumentPane:
    """The chosen document: pictures of its pages, or ``rendering`` for an e-invoice, and its form."""

    public_id: str
    file_name: str
    detail: str
    download_url: str
    pages: tuple[PageImage, ...] = ()
    rendering: Rendering | None = None
    form: BookingForm | None = None
    is_reading: bool = False
    poll_url: str = ""


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """Template ``portal/documents.html``: queue, document, booking."""

    title: str
    state: PageState
    count: str
    tabs: tuple[Tab, ...]
    rows: tuple[DocumentRow, ...]
    search_url: str
    search_text: str = ""
    filter: str = ""
    book_ready: Action | None = None
    upload: Upload | None = None
    document: DocumentPane | None = None
    empty: Empty | None = None
    notice: Notice | None = None
    older_url: str = ""


# --- Bank --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BalanceProof:
    """Opening + in − out = closing, and whether that is also what the ledger says."""

    is_right: bool
    opening: str
    received: str
    paid: str
    closing: str
    difference: str = ""


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


@dataclass(frozen=True, slots=True)
class BankPage:
    """Template ``portal/bank.html``."""

    title: str
    state: PageState
    bar: StatementBar | None
    groups: tuple[BankGroup, ...]
    line: LinePane | None = None
    upload: Upload | None = None
    notice: Notice | None = None
    empty: Empty | None = None


# --- VAT ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the return; ``state``: DONE, CURRENT, OPEN (work left) or LATER."""

    label: str
    state: Literal["DONE", "CURRENT", "OPEN", "LATER"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class VatBox:
    """A grid of the return with this and the previous period."""

    grid: str
    label: str
    amount: str
    previous: str
    url: str = ""
    is_current: bool = False
    is_zero: bool = False
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class VatBoxGroup:
    """Uitgaande handelingen, inkomende handelingen, verschuldigd, aftrekbaar."""

    title: str
    boxes: tuple[VatBox, ...]


@dataclass(frozen=True, slots=True)
class VatCheck:
    """A check of the return: a sentence, its figures and the repair."""

    tone: Tone
    text: str
    detail: str = ""
    repair: Link | None = None


@dataclass(frozen=True, slots=True)
class VatDetailRow:
    """A posted line in the chosen box; ``amount`` is what it adds to it."""

    on: str
    contact: str
    number: str
    entry_url: str
    account: str
    vat: str
    amount: str
    document_url: str = ""


@dataclass(frozen=True, slots=True)
class VatDetail:
    """The lines of one box; ``total`` is the sum of the rows and ``is_equal`` says it is the box's amount."""

    grid: str
    title: str
    count_text: str
    rows: tuple[VatDetailRow, ...]
    total: str
    is_equal: bool = True
    export_url: str = ""
    newer_url: str = ""
    older_url: str = ""
    computed_text: str = ""


@dataclass(frozen=True, slots=True)
class VatPage:
    """Template ``portal/vat.html``. ``period_label`` and ``previous_label`` head the two columns."""

    title: str
    subtitle: str
    period_label: str
    previous_label: str
    steps: tuple[Step, ...]
    groups: tuple[VatBoxGroup, ...]
    result: VatBox
    checks: tuple[VatCheck, ...]
    checks_text: str
    checks_tone: Tone
    previous: Link | None = None
    next: Link | None = None
    detail: VatDetail | None = None
    close: Action | None = None
    notice: Notice | None = None
    problems: tuple[Problem, ...] = ()


# --- Books -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """An account, or the heading of a class (``is_heading``, only ``code`` and ``name``)."""

    code: str
    name: str
    url: str = ""
    debit: str = ""
    credit: str = ""
    balance_debit: str = ""
    balance_credit: str = ""
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class TrialBalancePage:
    """Template ``portal/trial_balance.html``."""

    title: str
    subtitle: str
    period: Period
    rows: tuple[TrialBalanceRow, ...]
    debit: str
    credit: str
    balance_debit: str
    balance_credit: str
    is_balanced: bool
    exports: tuple[Link, ...] = ()
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A posted entry. ``note`` tells that it reverses or is reversed, with ``note_url``."""

    public_id: str
    number: str
    on: str
    description: str
    lines: tuple[PreviewLine, ...]
    debit: str
    credit: str
    url: str
    document_url: str = ""
    note: str = ""
    note_url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Template ``portal/journal.html``: ``tabs`` are the journals."""

    title: str
    subtitle: str
    period: Period
    tabs: tuple[Tab, ...]
    entries: tuple[JournalEntry, ...]
    debit: str
    credit: str
    newer_url: str = ""
    older_url: str = ""
    exports: tuple[Link, ...] = ()
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line on a GL account with the balance after it."""

    on: str
    number: str
    entry_url: str
    description: str
    contact: str
    debit: str
    credit: str
    balance: str
    document_url: str = ""
    matched: str = ""


@dataclass(frozen=True, slots=True)
class LedgerAccountPage:
    """Template ``portal/ledger_account.html``."""

    title: str
    code: str
    subtitle: str
    period: Period
    opening: str
    rows: tuple[LedgerRow, ...]
    debit: str
    credit: str
    closing: str
    previous: Link | None = None
    next: Link | None = None
    newer_url: str = ""
    older_url: str = ""
    exports: tuple[Link, ...] = ()
    empty: Empty | None = None


# --- Contacts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A customer or supplier in the list."""

    name: str
    url: str
    vat: str
    place: str
    role: str
    receivable: str
    payable: str
    late: str = ""


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """Template ``portal/contacts.html``."""

    title: str
    count_text: str
    tabs: tuple[Tab, ...]
    rows: tuple[ContactRow, ...]
    search_url: str
    search_text: str = ""
    filter: str = ""
    receivable: str = ""
    payable: str = ""
    newer_url: str = ""
    older_url: str = ""
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ContactMovement:
    """Something booked for this contact: an invoice, a payment."""

    on: str
    kind: str
    number: str
    url: str
    amount: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ContactPage:
    """Template ``portal/contact.html``. ``facts`` are label and value: vat number, address, IBAN, usual account."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    receivable: tuple[OpenRow, ...]
    receivable_total: str
    payable: tuple[OpenRow, ...]
    payable_total: str
    movements: tuple[ContactMovement, ...]
    contacts_url: str
    older_url: str = ""
    notice: Notice | None = None
