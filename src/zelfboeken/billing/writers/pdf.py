"""A statement on paper, set by typst."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import typst

_TEMPLATE = Path(__file__).with_name("statement.typ")


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line as it is printed."""

    title: str
    explanation: str
    amount: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed: finished texts in the reader's language. `facts` and `totals` are pairs of label and value."""

    lang: str
    on: str
    """The day of the statement, as 2026-12-01."""
    title: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    head: tuple[str, str]
    lines: tuple[PaperLine, ...]
    totals: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    footer: str


def write_pdf(paper: Paper) -> bytes:
    """The PDF of a statement; the same texts always give the same page."""
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": json.dumps(asdict(paper), ensure_ascii=False)},
        # Only the fonts that come with typst, so that a statement looks the same on every machine.
        font_paths=_fonts(),
        timestamp=0,
        pdf_standards="a-3b",
    )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()
