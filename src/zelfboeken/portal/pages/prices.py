"""What an office sees of money: the operator's prices, and what a domain pays on its sheet."""

from dataclasses import dataclass

from zelfboeken.portal.pages.bundle import BundlePage, StatementRow
from zelfboeken.portal.pages.office import SelectField, SheetHead, Tag
from zelfboeken.portal.pages.parts import Action, Field, Link, Notice, Problem


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A bundle or the extra role: what counts now, what comes, and the way to change it."""

    name: str
    price: str
    limits: tuple[str, ...]
    since: str
    state: Tag | None = None
    """Only of what is not confirmed."""
    coming: tuple[str, ...] = ()
    edit: Link | None = None


@dataclass(frozen=True, slots=True)
class PricesPage:
    """Template ``office/prices.html``. ``sender`` is who sends the statements: label and value."""

    title: str
    subtitle: str
    rows: tuple[PriceRow, ...]
    sender: tuple[tuple[str, str], ...]
    sender_link: Link | None
    notices: tuple[Notice, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceFormPage:
    """Template ``office/price.html``: the fields of one price, or of the sender of the statements."""

    title: str
    subtitle: str
    heading: str
    not_saved: str
    fields: tuple[Field, ...]
    save: Action
    back: Link
    select: SelectField | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class LifeForm:
    """POST ``life`` and ``reason`` with ``action``."""

    action: Action
    lives: SelectField
    reason: Field
    hint: str


@dataclass(frozen=True, slots=True)
class FieldForm:
    """POST one field with ``action``."""

    action: Action
    field: Field
    title: str
    is_grave: bool = False
    """What it does cannot be undone, or leads there."""


@dataclass(frozen=True, slots=True)
class ErasureCard:
    """What stands about the end of a domain, in sentences, and the steps that are open."""

    told: tuple[str, ...]
    forms: tuple[FieldForm, ...] = ()


@dataclass(frozen=True, slots=True)
class LookingForm:
    """POST ``looking_reason`` with ``action`` (`action.text`); ``told`` is what it brings and costs."""

    action: Action
    reason: Field
    told: str


@dataclass(frozen=True, slots=True)
class SheetBillingPage:
    """Template ``office/billing.html``: what a domain pays, on its sheet. ``bundle`` only where the office pays."""

    title: str
    head: SheetHead
    facts: tuple[tuple[str, str], ...]
    facts_note: str
    debtor: tuple[tuple[str, str], ...]
    debtor_link: Link | None
    statements: tuple[StatementRow, ...]
    statements_note: str
    life: LifeForm | None
    trial: FieldForm | None
    modules: FieldForm | None
    end_bundle: FieldForm | None = None
    looking: LookingForm | None = None
    erasure: ErasureCard | None = None
    """Only of a domain that is inactive and not looked at, and of one that is erased."""
    export: Link | None = None
    """Of every domain that is not erased."""
    bundle: BundlePage | None = None
    problems: tuple[Problem, ...] = ()
    not_saved: str = ""


@dataclass(frozen=True, slots=True)
class SheetDebtorPage:
    """Template ``office/debtor.html``: the office takes the statements of a domain on itself."""

    title: str
    head: SheetHead
    fields: tuple[Field, ...]
    countries: SelectField
    save: Action
    back: Link
    problems: tuple[Problem, ...] = ()
