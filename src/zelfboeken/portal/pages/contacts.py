"""Customers and suppliers with their open items."""

from dataclasses import dataclass

from zelfboeken.portal.pages.office import SelectField
from zelfboeken.portal.pages.parts import Action, Empty, Link, Notice, Problem, Tab
from zelfboeken.portal.pages.start import OpenRow


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
class SetOffRow:
    """What was set off by hand, with the form that undoes it: POST ``match`` with ``action=undo``."""

    on: str
    amount: str
    item: Link
    against: Link
    action: Action | None


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
    set_off_receivable: Action | None = None
    """POST each chosen ``item`` with ``action=set_off``: only where both sides are open and this user may match."""
    set_off_payable: Action | None = None
    set_offs: tuple[SetOffRow, ...] = ()
    user_field: SelectField | None = None
    user_action: Action | None = None
    """POST ``user`` with ``action=user``: which user of the domain this contact is."""
    problems: tuple[Problem, ...] = ()
    notice: Notice | None = None
