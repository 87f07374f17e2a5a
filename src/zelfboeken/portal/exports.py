"""Lists as a file for a spreadsheet, in which no cell can be taken for a formula (INV-31)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

from django.http import HttpResponse

from zelfboeken.reports.cells import cell


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[str | int | date]]) -> HttpResponse:
    """The rows as a download. An int is cents and becomes 1234,56; a day becomes 2026-11-25; a text is made safe.

    Semicolons, a decimal comma and a byte order mark: what a Belgian spreadsheet opens without asking.
    """
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([cell(title) for title in head])
    writer.writerows([cell(value) for value in row] for row in rows)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
