"""Questions and their answers, and the invoices that are missing."""

from dataclasses import dataclass
from typing import Literal

from zelfboeken.portal.pages.office import SelectField, Tag
from zelfboeken.portal.pages.parts import Action, Empty, Field, Link, Notice, Problem, Tab, Upload


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question in a list. ``who`` says who asks whom; ``domain`` is its client, in a list of the office."""

    url: str
    title: str
    subject: str
    who: str
    when: str
    state: Tag
    is_for_me: bool
    domain: str = ""


@dataclass(frozen=True, slots=True)
class RefusedMail:
    """A mail that was not taken as an answer: GET ``url`` is the mail itself, ``settle`` puts it aside."""

    sender: str
    subject: str
    when: str
    reason: str
    question: Link
    url: str
    settle: Action | None = None


@dataclass(frozen=True, slots=True)
class ReceiverForm:
    """Who gets the office's questions about an administration: POST ``administration`` and ``user``."""

    url: str
    key: str
    administration: str
    field: SelectField


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    """Template ``portal/questions.html``."""

    title: str
    subtitle: str
    tabs: tuple[Tab, ...]
    rows: tuple[QuestionRow, ...]
    empty: Empty | None = None
    ask_url: str = ""
    missing_url: str = ""
    missing_text: str = ""
    mails: tuple[RefusedMail, ...] = ()
    receivers: tuple[ReceiverForm, ...] = ()
    rule: str = ""
    """How it is decided who gets a question."""
    problems: tuple[Problem, ...] = ()
    newer_url: str = ""
    older_url: str = ""
    is_office: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file with a message: GET ``url`` is the file, ``outcome`` what became of it in the books."""

    name: str
    size: str
    url: str
    outcome: str = ""
    document_url: str = ""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """Something said (``text``) or done (``event``). ``side``: "mine", "other" or "memo", a note of the office."""

    who: str
    when: str
    side: Literal["mine", "other", "memo"]
    text: str = ""
    event: str = ""
    quoted: str = ""
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """POST multipart: ``action=answer``, ``text``, ``files`` (several), ``deliver`` (1: as documents of the books).

    ``quick`` are buttons that send a whole answer: ``action=quick``, ``quick`` = its number.
    """

    url: str
    key: str
    label: str
    text: str
    button: str
    hint: str
    is_delivered: bool
    quick: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Template ``portal/question.html``."""

    title: str
    list_url: str
    state: Tag
    subject: Link | None
    subject_text: str
    facts: tuple[tuple[str, str], ...]
    messages: tuple[MessageRow, ...]
    answer: AnswerForm | None = None
    note: Action | None = None
    close: Action | None = None
    hand: Action | None = None
    hand_field: SelectField | None = None
    problems: tuple[Problem, ...] = ()
    blocked: str = ""
    """Why nothing can be answered here."""


@dataclass(frozen=True, slots=True)
class AskPage:
    """Template ``portal/ask.html``. POST multipart to ``url``: ``title``, ``text``, ``topic``, ``to``, ``files``,
    ``deliver``.
    """

    title: str
    url: str
    key: str
    back_url: str
    subject: str
    question: Field
    text: str
    selects: tuple[SelectField, ...]
    rules: tuple[str, ...]
    is_delivered: bool
    text_error: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment of which the invoice is not asked yet: ``value`` is what its box sends."""

    value: str
    url: str
    counterparty: str
    detail: str
    paid_on: str
    amount: str
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class MissingRow:
    """An invoice that is asked for."""

    url: str
    counterparty: str
    detail: str
    remark: str
    paid_on: str
    amount: str
    owner: str
    due: str
    state: Tag


@dataclass(frozen=True, slots=True)
class AskInvoices:
    """POST ``line`` (several), ``owner`` and ``due`` to ``url``; without one he sees them and asks nobody."""

    rows: tuple[PaymentRow, ...]
    rule: str
    count_text: str
    url: str = ""
    key: str = ""
    owner: SelectField | None = None
    due: Field | None = None


@dataclass(frozen=True, slots=True)
class MissingPage:
    """Template ``portal/missing.html``: the worked list of a VAT quarter."""

    title: str
    period: str
    filing: str
    back_url: str
    newer_url: str
    older_url: str
    rows: tuple[MissingRow, ...]
    done: str
    total: str
    progress_text: str
    figures: tuple[tuple[str, str, str], ...]
    """(number, what it counts, tone)."""
    ask: AskInvoices | None = None
    waiting: Link | None = None
    """Payments whose invoice waits to be booked: first that."""
    elsewhere: tuple[Link, ...] = ()
    """Other quarters in which an invoice is asked that is not there."""
    empty: Empty | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingEventRow:
    """Something that happened to a missing invoice."""

    when: str
    who: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MissingItemPage:
    """Template ``portal/missing_item.html``. Forms POST to ``url`` with ``action``."""

    title: str
    url: str
    key: str
    back_url: str
    state: Tag
    facts: tuple[tuple[str, str], ...]
    line: Link | None
    notice: Notice | None
    events: tuple[MissingEventRow, ...]
    upload: Upload | None = None
    reason: Field | None = None
    """With the button "there is no invoice"."""
    quick_reasons: tuple[str, ...] = ()
    owner: SelectField | None = None
    due: Field | None = None
    comment: Field | None = None
    can_reopen: bool = False
    problems: tuple[Problem, ...] = ()
