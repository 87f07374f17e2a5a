"""Paying suppliers: what is owed, the payment files, and one of them."""

from __future__ import annotations

from dataclasses import dataclass

from zelfboeken.portal.pages.office import SelectField, Tag
from zelfboeken.portal.pages.parts import Action, Empty, Field, Link, Notice, Problem, Reason


@dataclass(frozen=True, slots=True)
class DebtRow:
    """A debt that can be ticked: POST ``pay`` with its ``value``, and ``iban-<value>``. ``cents`` are for adding up."""

    value: str
    contact: str
    contact_url: str
    number: str
    url: str
    due: str
    amount: str
    cents: str
    iban: str
    is_late: bool = False
    is_ticked: bool = False
    is_held_back: bool = False
    """Whether no file can pay it: it has no box and no field."""
    reasons: tuple[Reason, ...] = ()
    error: str = ""

    @property
    def field_id(self) -> str:
        """The html id of the field with its account."""
        return f"field-iban-{self.value}"


@dataclass(frozen=True, slots=True)
class FileListRow:
    """A payment file in the list."""

    number: str
    url: str
    pays_on: str
    count: str
    total: str
    state: Tag
    detail: str


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """Template ``portal/payments.html``. Without ``key`` the user only looks."""

    title: str
    books: str
    rows: tuple[DebtRow, ...]
    total: str
    """What is owed in all, also on other pages."""
    url: str
    earlier_debts_url: str = ""
    later_debts_url: str = ""
    key: str = ""
    account: SelectField | None = None
    pays_on: Field | None = None
    format: SelectField | None = None
    ticked_count: str = ""
    ticked_total: str = ""
    """What is ticked when the page comes; it adds up anew with each box."""
    files: tuple[FileListRow, ...] = ()
    newer_url: str = ""
    older_url: str = ""
    notice: Notice | None = None
    empty: Empty | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A payment of a file; ``let_go`` sends its number as ``payment``."""

    number: str
    contact: str
    contact_url: str
    document: str
    url: str
    iban: str
    communication: str
    amount: str
    reasons: tuple[Reason, ...] = ()
    state: Tag | None = None
    let_go: Action | None = None


@dataclass(frozen=True, slots=True)
class PaymentFilePage:
    """Template ``portal/payment_file.html``. ``facts`` are label and value."""

    title: str
    state: Tag
    back_url: str
    url: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[PaidRow, ...]
    total: str
    approve: Action | None = None
    refusal: str = ""
    """Why this user does not approve, who else can: shown where the button would stand."""
    withdraw: Action | None = None
    reason: Field | None = None
    download: Link | None = None
    notice: Notice | None = None
    problems: tuple[Problem, ...] = ()
