"""What the operator sees of all that he sent: every number of his series, and a statement to correct."""

from dataclasses import dataclass

from zelfboeken.portal.pages.bundle import StatementPage
from zelfboeken.portal.pages.parts import Action, Field, Problem


@dataclass(frozen=True, slots=True)
class SentRow:
    """A number that was given out: to which domain, when, and for what."""

    number: str
    url: str
    kind: str
    domain: str
    issued_on: str


@dataclass(frozen=True, slots=True)
class SentPage:
    """Template ``office/sent.html``; ``q`` looks for a number or a domain."""

    title: str
    subtitle: str
    rows: tuple[SentRow, ...]
    asked: str
    url: str
    newer_url: str = ""
    older_url: str = ""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line of the statement with the field ``line_<place>``: how much of it is taken back, without VAT."""

    title: str
    left: str
    field: Field


@dataclass(frozen=True, slots=True)
class CreditForm:
    """POST ``action`` credit, ``line_<place>`` for each line, ``reason`` and ``anew``; ``hint`` tells what is left."""

    action: Action
    lines: tuple[CreditLine, ...]
    reason: Field
    hint: str
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class SentStatementPage:
    """Template ``office/sent_statement.html``: a statement or credit note as its debtor sees it, and what may be done.

    ``anew`` posts ``action`` anew.
    """

    shown: StatementPage
    credit: CreditForm | None = None
    anew: Action | None = None
    problems: tuple[Problem, ...] = ()
