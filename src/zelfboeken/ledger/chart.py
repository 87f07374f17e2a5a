"""The chart an administration starts with, and the legal chart it is measured against (Belgian rules, chapter 1)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CONTROL_ACCOUNTS = frozenset({"400000", "440000"})
"""Trade debtors and trade creditors: each of their lines names a contact and is an open item."""


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One GL account of a chart."""

    code: str
    type: str
    name_nl: str
    name_fr: str
    name_en: str
    vat_nature: str


@cache
def starter_chart() -> tuple[ChartRow, ...]:
    """The ready-made chart of six digits (`starter-chart.csv`)."""
    return _read("starter-chart.csv")


@cache
def legal_chart() -> tuple[ChartRow, ...]:
    """The legal chart of two to four digits (royal decree of 21 October 2018; `mar-chart.csv`)."""
    return _read("mar-chart.csv")


def _read(name: str) -> tuple[ChartRow, ...]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return tuple(
            ChartRow(
                row["code"],
                row["type"].upper(),
                row["name_nl"],
                row["name_fr"],
                row["name_en"],
                row.get("vat_nature") or "",
            )
            for row in csv.DictReader(file)
        )
