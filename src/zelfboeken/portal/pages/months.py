"""The months of the books: open, blocked, closed."""

from __future__ import annotations

from dataclasses import dataclass

from zelfboeken.portal.pages.office import Tag
from zelfboeken.portal.pages.parts import Empty, Link, Problem


@dataclass(frozen=True, slots=True)
class MonthAction:
    """A button: POST ``name=value``; ``label`` says up to or from which month."""

    name: str
    value: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month with its state, what waits in it, and what can be done."""

    name: str
    state: Tag
    waits: str
    actions: tuple[MonthAction, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthYear:
    """The months of a fiscal year."""

    title: str
    rows: tuple[MonthRow, ...]


@dataclass(frozen=True, slots=True)
class ConfirmClose:
    """What closing means, asked once before it is done: POST ``close=value`` with ``agreed=1``."""

    title: str
    texts: tuple[str, ...]
    value: str
    label: str
    back: Link


@dataclass(frozen=True, slots=True)
class MonthsPage:
    """Template ``portal/months.html``. Without ``key`` the user only looks."""

    title: str
    books: str
    url: str
    years: tuple[MonthYear, ...]
    key: str = ""
    confirm: ConfirmClose | None = None
    empty: Empty | None = None
    problems: tuple[Problem, ...] = ()
