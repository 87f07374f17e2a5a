"""The boxes of a VAT return, its checks and what is behind a box."""

from dataclasses import dataclass
from typing import Literal

from zelfboeken.portal.pages.parts import Action, Link, Notice, Problem, Tone


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the return; ``state``: DONE, CURRENT, OPEN (work left) or ELSEWHERE (done outside this page)."""

    label: str
    state: Literal["DONE", "CURRENT", "OPEN", "ELSEWHERE"]
    detail: str = ""
    url: str = ""


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
    """Template ``portal/vat.html``. ``period_label`` and ``previous_label`` head the two columns.

    ``checks`` are those to look at and the one of the ledger; ``quiet_checks`` are the others that hold, folded away
    under ``quiet_text``.
    """

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
    quiet_checks: tuple[VatCheck, ...] = ()
    quiet_text: str = ""
    previous: Link | None = None
    next: Link | None = None
    detail: VatDetail | None = None
    close: Action | None = None
    notice: Notice | None = None
    problems: tuple[Problem, ...] = ()
