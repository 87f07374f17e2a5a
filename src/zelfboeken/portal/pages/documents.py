"""The document queue, the document and its booking form."""

from dataclasses import dataclass, replace
from typing import Literal

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
    """An e-invoice made readable: template ``portal/rendering.html`` (context name ``rendering``).

    ``remarks`` are findings that change nothing, ``unread`` the elements of the file that nobody used;
    ``lines_left_out`` says how many lines are not shown.
    """

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
    remarks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    lines_left_out: str = ""


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
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must choose, with numbered answers (button ``answer``). Until then Enter does not book."""

    title: str
    detail: str
    choices: tuple[Choice, ...]
    tone: Tone = "warn"
    call: str = ""
    """What the button says until then: Kies 1, 2 of 3."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row of the duplicate's table: this document next to the one already there."""

    label: str
    this: str
    other: str
    other_url: str = ""


@dataclass(frozen=True, slots=True)
class Always:
    """The box that makes the account of this document the supplier's own: field ``always``, with ``always_shown``."""

    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class BookingForm:
    """The right pane of ``portal/documents.html``; context name ``form`` in ``portal/booking.html``.

    One form posts to ``url``: the names of ``fields``, ``line_count``, ``line-N-…``, ``reason`` when asked, and a
    button ``action``: ``book_action`` ("book", "correct", "handle" for a document of zero, "complete" for who may
    complete data and not book), "save" (compute again without booking), "add", "split:N", "remove:N", or a button
    ``answer``; ``line-N-checked`` is 1 once that line was answered. ``undo`` is a form of its own. When
    ``can_book`` is False the button gives way to ``blocked_text``. A booked document has ``is_editable`` False and
    shows its lines as text; at ``correct_url`` it ``is_correcting``: its entry is reversed and booked again in one.
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
    has_deduction: bool = True
    contacts: tuple[Option, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_title: str = ""
    question: Question | None = None
    duplicate: tuple[Comparison, ...] = ()
    reason_field: Field | None = None
    always: Always | None = None
    is_editable: bool = True
    can_book: bool = True
    blocked_text: str = ""
    undo: Action | None = None
    book_action: str = "book"
    book_label: str = ""
    correct_url: str = ""
    keep_url: str = ""
    is_correcting: bool = False
    skip_url: str = ""

    @property
    def without_keys(self) -> "BookingForm":
        """All of the form that lasts: its keys are new with each page, and its text is kept without them."""
        return replace(self, key="", undo=replace(self.undo, key="") if self.undo else None)


@dataclass(frozen=True, slots=True)
class DocumentPane:
    """The chosen document: pictures of its pages, or ``rendering`` for an e-invoice, and its form.

    ``looks`` are the ways to look at it (readable, the PDF inside); ``trouble`` says why there is nothing to see.
    """

    public_id: str
    file_name: str
    detail: str
    download_url: str
    pages: tuple[PageImage, ...] = ()
    rendering: Rendering | None = None
    looks: tuple[Tab, ...] = ()
    trouble: str = ""
    form: BookingForm | None = None
    is_reading: bool = False
    poll_url: str = ""
    ask: Link | None = None
    questions: tuple[Link, ...] = ()

    @property
    def without_keys(self) -> "DocumentPane":
        """All of it that lasts, as `BookingForm.without_keys`."""
        return replace(self, form=self.form.without_keys) if self.form else self


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """Template ``portal/documents.html``: queue, document, booking.

    ``is_chosen``: the URL names the document. On a phone that hides the queue, with ``list_url`` as the way back;
    otherwise the phone shows the queue only.
    """

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
    is_chosen: bool = False
    list_url: str = ""
