"""The bundle of a domain, who pays for it, and its statements."""

from dataclasses import dataclass

from zelfboeken.portal.pages.parts import Action, Field, Link, Notice, Option, Problem, Tone


@dataclass(frozen=True, slots=True)
class BundleColumn:
    """A bundle beside the others. Without ``url`` it cannot be chosen; ``tag`` says "now" or from when."""

    name: str
    price: str
    per: str
    cells: tuple[str, ...]
    url: str = ""
    tag: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of what it costs; ``tone`` "ok" for what is included."""

    label: str
    amount: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class RoleEffect:
    """A user who loses roles or gets them back."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class StayOption:
    """A user who may keep his roles where there are fewer places: checkbox ``blijft``."""

    member_id: str
    name: str
    detail: str
    is_checked: bool = False
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class BundlePreview:
    """What the chosen bundle does. ``choose`` posts ``bundel``, ``prijs`` (the cents a month that are shown), ``vanaf``
    (the day from which it holds) and, where there are fewer places, ``blijft`` for each who stays; None when there is
    nothing to choose.
    """

    title: str
    lines: tuple[PriceLine, ...]
    total: str
    total_with_vat: str
    now: str
    difference: str
    difference_tone: Tone
    statements: tuple[tuple[str, str], ...]
    hint: str
    surplus: str = ""
    bundle: str = ""
    cents: str = ""
    holds_from: str = ""
    loses: tuple[RoleEffect, ...] = ()
    loses_title: str = ""
    returns: tuple[RoleEffect, ...] = ()
    stays: tuple[StayOption, ...] = ()
    stays_title: str = ""
    choose: Action | None = None


@dataclass(frozen=True, slots=True)
class DocumentUsage:
    """How much of the month's documents is used; ``value`` and ``limit`` draw the bar."""

    text: str
    share: str
    value: int
    limit: int
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement or credit note in the list; ``state`` says when it was credited."""

    month: str
    number: str
    issued_on: str
    due_on: str
    total: str
    url: str
    pdf_url: str
    ubl_url: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class BundlePage:
    """Template ``portal/bundle.html``."""

    title: str
    subtitle: str
    row_labels: tuple[str, ...]
    columns: tuple[BundleColumn, ...]
    debtor: tuple[tuple[str, str], ...]
    debtor_link: Link | None
    statements: tuple[StatementRow, ...]
    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()
    usage: DocumentUsage | None = None
    preview: BundlePreview | None = None
    end: Link | None = None
    undo_plan: Action | None = None
    """Posts ``bundel`` (its ``text``) and ``prijs`` as well."""

    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The table by its rows: a label, and what each bundle has."""
        return tuple(
            (label, tuple(column.cells[place] for column in self.columns))
            for place, label in enumerate(self.row_labels)
        )


@dataclass(frozen=True, slots=True)
class DebtorPage:
    """Template ``portal/debtor.html``: fields ``name``, ``street``, ``postcode``, ``city``, ``country``,
    ``enterprise_number``, ``vat_number``, ``email``.
    """

    title: str
    subtitle: str
    fields: tuple[Field, ...]
    countries: tuple[Option, ...]
    save: Action
    back: Link
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementLineRow:
    """A line of a statement with how its amount was reached."""

    title: str
    explanation: str
    amount: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Template ``portal/statement.html``; ``correct`` only for the operator, who may credit it."""

    title: str
    subtitle: str
    back: Link
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[StatementLineRow, ...]
    totals: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    facts_title: str
    pdf_url: str
    ubl_url: str
    state: str = ""
    correct: Link | None = None
