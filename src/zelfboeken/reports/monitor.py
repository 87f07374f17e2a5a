"""The Backoffice monitor: what waits in each domain of an office, which comes first, and what is next.

Everything is decided from the counters, the day and the calendar of the office; nothing of a domain's books is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from functools import lru_cache
from math import inf

from django.utils import timezone

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.portal_work import PortalWork, portal_work
from zelfboeken.tenancy.models import Workflow
from zelfboeken.vat.periods import VatPeriod, period_of
from zelfboeken.workload.queries import ByMonth, Waiting, calendar_of
from zelfboeken.workload.rules import NOTHING_PROMISED, Promised, Today, today_of

SOON_DAYS = 7
"""A return that is due within so many days comes first."""
QUIET_DAYS = 14
"""After so many days without a statement somebody asks the bank where they are."""
OLD_DAYS, VERY_OLD_DAYS = 5, 8
"""A document that waits longer than this many days is old; from that many on very old."""


class VatState(IntEnum):
    """How a return stands, the worst first."""

    LATE = 0
    """Something of a period that was due already is not booked."""
    MISSING = 1
    """The period is over, and something of it, or of before, is not booked."""
    READY = 2
    """The period is over and everything of it is booked."""
    BUILDING = 3
    """The period is not over yet."""


@dataclass(frozen=True, slots=True)
class VatTurn:
    """The next return of a domain: its period and day, and what keeps it back."""

    period: VatPeriod
    state: VatState
    documents: int
    bank_lines: int

    @property
    def due_on(self) -> date:
        """The last day to hand it in."""
        return self.period.due_on

    @property
    def waiting(self) -> int:
        """How much keeps it back."""
        return self.documents + self.bank_lines

    def is_soon(self, on: date) -> bool:
        """Whether it is due within a week."""
        return self.state is not VatState.BUILDING and (self.due_on - on).days <= SOON_DAYS


def vat_turn(waiting: Waiting, on: date) -> VatTurn | None:
    """The return that asks most, over the administrations of a domain; None when none of them hands in returns.

    Until the day a period is due that period is the next one, afterwards the one that runs: that something was handed
    in nobody is on record as saying, that something of it is still not booked can be seen.
    """
    turns = [_turn(waiting, key, *_next(months, on)) for key, months in waiting.returns.items()]
    if len(turns) == 1:
        return turns[0]
    return min(turns, key=lambda one: (one.due_on, one.state, -one.waiting), default=None)


@lru_cache(maxsize=64)
def _next(months: int, on: date) -> tuple[VatPeriod, bool, str]:
    """The period that is due next, whether it is over, and the month before which everything is to be booked."""
    running = period_of(on, months=months)
    ended = running.previous()
    is_over = ended.due_on >= on
    return ended if is_over else running, is_over, running.starts_on.isoformat()[:7]


def _turn(waiting: Waiting, administration: str, period: VatPeriod, is_over: bool, until: str) -> VatTurn:
    documents = _before(waiting.documents_by_month, administration, until)
    lines = _before(waiting.lines_by_month, administration, until)
    if is_over:
        return VatTurn(period, VatState.MISSING if documents + lines else VatState.READY, documents, lines)
    return VatTurn(period, VatState.LATE if documents + lines else VatState.BUILDING, documents, lines)


def _before(counted: ByMonth, administration: str, month: str) -> int:
    return sum(count for one, count in counted.get(administration, {}).items() if one < month)


class Step(StrEnum):
    """What is to be done next in a domain."""

    ANSWER = "ANSWER"
    CHECK_VAT = "CHECK_VAT"
    HAND_IN = "HAND_IN"
    BOOK = "BOOK"
    MATCH = "MATCH"
    ASK_STATEMENTS = "ASK_STATEMENTS"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """A domain in the monitor, on a day."""

    work: PortalWork
    on: date
    vat: VatTurn | None
    is_quiet: bool
    """There were statements once, and none for a while."""
    is_soon: bool
    """A return is due within a week."""
    step: Step

    @property
    def is_excluded(self) -> bool:
        """Whether its documents and bank lines are left to whoever keeps the books himself."""
        return self.work.domain.workflow == Workflow.EXCLUDED

    @property
    def age_days(self) -> int:
        """How long the oldest document waits, in days."""
        oldest = self.waiting.oldest_document_at
        return max(0, (self.on - timezone.localdate(oldest)).days) if oldest else 0

    @property
    def line_age_days(self) -> int:
        """How long the oldest bank line waits, in days."""
        oldest = self.waiting.oldest_line_on
        return max(0, (self.on - oldest).days) if oldest else 0

    @property
    def promised(self) -> Promised:
        """Its documents by the day they are promised for."""
        return self.work.waiting.promised

    @property
    def waiting(self) -> Waiting:
        """What waits there."""
        return self.work.waiting

    @property
    def reaches_the_office(self) -> bool:
        """Whether something asks the office, also when the rest is left to the client: a question, or a return."""
        return self.waiting.questions_to_office > 0 or self.is_soon


def monitor_row(work: PortalWork, on: date) -> MonitorRow:
    """What the monitor says of a domain on a day."""
    waiting = work.waiting
    vat = vat_turn(waiting, on)
    is_soon = vat is not None and vat.is_soon(on)
    is_quiet = waiting.statement_on is not None and (on - waiting.statement_on).days > QUIET_DAYS
    return MonitorRow(
        work=work,
        on=on,
        vat=vat,
        is_quiet=is_quiet,
        is_soon=is_soon,
        step=_step(waiting, vat, is_soon=is_soon, is_quiet=is_quiet),
    )


def _step(waiting: Waiting, vat: VatTurn | None, *, is_soon: bool, is_quiet: bool) -> Step:
    if vat is not None and is_soon:
        return Step.HAND_IN if vat.state is VatState.READY else Step.CHECK_VAT
    if waiting.questions_to_office:
        return Step.ANSWER
    if waiting.documents:
        return Step.BOOK
    if waiting.bank_lines:
        return Step.MATCH
    if is_quiet:
        return Step.ASK_STATEMENTS
    if vat is not None and vat.state is VatState.READY:
        return Step.HAND_IN
    return Step.NOTHING


def by_urgency(rows: Iterable[MonitorRow]) -> list[MonitorRow]:
    """The rows, the most urgent first: a return that is due soon and not ready, a question, the oldest document."""
    return sorted(rows, key=_urgency)


def _urgency(row: MonitorRow) -> tuple[object, ...]:
    waiting, vat = row.waiting, row.vat
    is_due = vat is not None and row.is_soon
    return (
        not is_due,
        vat.due_on if vat is not None and is_due else date.max,
        vat.state if vat is not None and is_due else VatState.BUILDING,
        waiting.questions_to_office == 0,
        row.step is Step.NOTHING,
        waiting.oldest_document or inf,
        waiting.oldest_line_on or date.max,
        row.work.domain.name.casefold(),
        row.work.domain.id,
    )


class Whose(StrEnum):
    """Whose domains are shown."""

    ALL = "ALL"
    MINE = "MINE"
    NOBODYS = "NOBODYS"


class Only(StrEnum):
    """What the rows that are shown have in common. `QUESTIONS` and `VAT` hold excluded domains too."""

    EVERYTHING = ""
    YESTERDAY = "YESTERDAY"
    TODAY = "TODAY"
    TOMORROW = "TOMORROW"
    BANK = "BANK"
    QUESTIONS = "QUESTIONS"
    VAT = "VAT"


OF_EVERY_WORKFLOW = frozenset({Only.QUESTIONS, Only.VAT})


@dataclass(frozen=True, slots=True)
class MonitorFilter:
    """What the monitor shows."""

    whose: Whose = Whose.ALL
    is_excluded: bool = False
    only: Only = Only.EVERYTHING
    search: str = ""
    with_done: bool = False
    """Also the domains where nothing waits."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What all domains that somebody looks at come to. Documents and bank lines are those of the workflow Normaal."""

    promised: Promised
    promised_domains: Promised
    documents: int
    documents_stuck: int
    bank_lines: int
    bank_domains: int
    quiet_domains: int
    questions: int
    question_domains: int
    vat_soon: int
    """Domains with a return that is due within a week."""
    vat_ready: int
    next_vat_on: date | None


@dataclass(frozen=True, slots=True)
class Monitor:
    """The monitor of an office, as somebody of its staff sees it at a moment."""

    today: Today
    rows: tuple[MonitorRow, ...]
    """What the filter lets through, the most urgent first."""
    done: int
    """How many it lets through where nothing waits, shown or not."""
    figures: Figures
    counts: Mapping[Whose, int]
    """How many domains of this workflow are everybody's, his, and nobody's."""
    normal: int
    excluded: int
    attention: int
    """Excluded domains that ask the office all the same."""


def monitor(*, office: PortalAccess, wanted: MonitorFilter, on: date) -> Monitor:
    """The monitor on a day.

    Raises:
        NotAllowed: he may not enter domains.
    """
    today = today_of(calendar_of(office.portal_id), on)
    return monitor_of(portal_work(office=office, today=today), wanted, today)


def monitor_of(works: Sequence[PortalWork], wanted: MonitorFilter, today: Today) -> Monitor:
    """The monitor of these domains."""
    every = [monitor_row(one, today.on) for one in works]
    own = [one for one in every if _is_whose(one, wanted.whose)]
    kind = [one for one in every if one.is_excluded == wanted.is_excluded]
    found = [one for one in own if _is_wanted(one, wanted)]
    done = [one for one in found if one.step is Step.NOTHING]
    shown = found if wanted.with_done or wanted.search else [one for one in found if one.step is not Step.NOTHING]
    return Monitor(
        today=today,
        rows=tuple(by_urgency(shown)),
        done=len(done),
        figures=figures_of(own),
        counts={whose: sum(_is_whose(one, whose) for one in kind) for whose in Whose},
        normal=sum(not one.is_excluded for one in own),
        excluded=sum(one.is_excluded for one in own),
        attention=sum(one.is_excluded and one.reaches_the_office for one in own),
    )


def figures_of(rows: Sequence[MonitorRow]) -> Figures:
    """What these domains come to together."""
    normal = [one for one in rows if not one.is_excluded]
    soon = [one for one in rows if one.is_soon]
    promised = [one.promised for one in normal]
    return Figures(
        promised=sum(promised, NOTHING_PROMISED),
        promised_domains=sum(
            (Promised(one.yesterday > 0, one.today > 0, one.tomorrow > 0) for one in promised), NOTHING_PROMISED
        ),
        documents=sum(one.waiting.documents for one in normal),
        documents_stuck=sum(one.waiting.documents_stuck for one in normal),
        bank_lines=sum(one.waiting.bank_lines for one in normal),
        bank_domains=sum(one.waiting.bank_lines > 0 for one in normal),
        quiet_domains=sum(one.is_quiet for one in normal),
        questions=sum(one.waiting.questions_to_office for one in rows),
        question_domains=sum(one.waiting.questions_to_office > 0 for one in rows),
        vat_soon=len(soon),
        vat_ready=sum(one.vat is not None and one.vat.state is VatState.READY for one in soon),
        next_vat_on=min((one.vat.due_on for one in rows if one.vat is not None), default=None),
    )


def _is_whose(row: MonitorRow, whose: Whose) -> bool:
    return whose is Whose.ALL or (row.work.is_mine if whose is Whose.MINE else row.work.is_unassigned)


def _is_wanted(row: MonitorRow, wanted: MonitorFilter) -> bool:
    if wanted.only not in OF_EVERY_WORKFLOW and row.is_excluded != wanted.is_excluded:
        return False
    told = f"{row.work.domain.name} {row.work.domain.slug}".casefold()
    return _has(row, wanted.only) and all(word in told for word in wanted.search.casefold().split())


def _has(row: MonitorRow, only: Only) -> bool:
    return {
        Only.EVERYTHING: True,
        Only.YESTERDAY: row.promised.yesterday > 0,
        Only.TODAY: row.promised.today > 0,
        Only.TOMORROW: row.promised.tomorrow > 0,
        Only.BANK: row.waiting.bank_lines > 0 or row.is_quiet,
        Only.QUESTIONS: row.waiting.questions_to_office > 0,
        Only.VAT: row.is_soon,
    }[only]
