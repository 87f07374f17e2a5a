"""Trial balance, journals and the lines of one GL account."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Empty, Link, Period, PreviewLine, Tab


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
    """Template ``portal/journal.html``: ``tabs`` are the journals. One entry alone has no period."""

    title: str
    subtitle: str
    period: Period | None
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
    """A line on a GL account with the balance after it. ``movement`` is debit or credit in one text, for a phone."""

    on: str
    number: str
    entry_url: str
    description: str
    contact: str
    debit: str
    credit: str
    balance: str
    movement: str
    url: str
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
