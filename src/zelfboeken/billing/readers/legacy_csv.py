"""A list of the old "Backoffice toegang" as a CSV file: bytes to rows, as they are written. Runs in the cage."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

from zelfboeken.runtime.cage import Refused

MOST_ROWS = 5_000
_MOST_LETTERS = 300
_COLUMNS = {
    "domein": "domain",
    "domain": "domain",
    "e-mail": "email",
    "email": "email",
    "mailadres": "email",
    "naam": "name",
    "name": "name",
    "vanaf": "granted_on",
    "from": "granted_on",
    "tot": "ends_on",
    "until": "ends_on",
}
_NEEDED = ("domain", "email", "granted_on")


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A line of the file; `number` is the line as a spreadsheet counts it, the head being 1."""

    number: int
    domain: str
    email: str
    name: str
    granted_on: str
    ends_on: str


def read_legacy_csv(content: bytes) -> tuple[LegacyRow, ...]:
    """The rows below the head, blank lines left out.

    Raises:
        Refused: no text, no head that we know, too many rows, or a row with too few or too many columns.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("not_utf8", "Dit bestand is geen tekst in UTF-8. Bewaar het als CSV UTF-8.") from None
    if "\0" in text:
        raise Refused("not_text", "Dit bestand is geen tekst. Bewaar de lijst als CSV UTF-8.")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=head.count)
    try:
        lines = list(csv.reader(StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused("csv_broken", f"Deze CSV is niet te lezen: {error}. Bewaar de lijst opnieuw.") from None
    numbered = [
        (number, [one.strip() for one in cells])
        for number, cells in enumerate(lines, start=1)
        if any(one.strip() for one in cells)
    ]
    if not numbered:
        raise Refused("empty", "Dit bestand is leeg. Zet op de eerste regel: domein;e-mail;naam;vanaf;tot.")
    names = _names(numbered[0][1])
    rows = numbered[1:]
    if len(rows) > MOST_ROWS:
        raise Refused("too_many_rows", f"Dit zijn {len(rows)} regels. Lever er hoogstens {MOST_ROWS} tegelijk aan.")
    return tuple(_row(number, cells, names) for number, cells in rows)


def _names(head: list[str]) -> list[str]:
    names = [_COLUMNS.get(one.lower(), "") for one in head]
    unknown = [one for one, name in zip(head, names, strict=True) if not name]
    if unknown:
        raise Refused(
            "column_unknown",
            f"De kolom {unknown[0][:40] or '(zonder naam)'} ken ik niet. Kies uit: domein, e-mail, naam, vanaf, tot.",
        )
    missing = [one for one in _NEEDED if one not in names]
    if missing:
        dutch = {"domain": "domein", "email": "e-mail", "granted_on": "vanaf"}
        raise Refused("column_missing", f"De kolom {dutch[missing[0]]} ontbreekt. Zet ze op de eerste regel.")
    if len(set(names)) != len(names):
        raise Refused("column_twice", "Een kolom staat er twee keer. Houd er een over.")
    return names


def _row(number: int, cells: list[str], names: list[str]) -> LegacyRow:
    if len(cells) != len(names):
        raise Refused(
            "row_length", f"Regel {number} heeft {len(cells)} kolommen in plaats van {len(names)}. Kijk ze na."
        )
    if any(len(one) > _MOST_LETTERS for one in cells):
        raise Refused("cell_too_long", f"Regel {number} heeft een veld van meer dan {_MOST_LETTERS} tekens.")
    values = dict(zip(names, cells, strict=True))
    return LegacyRow(
        number=number,
        domain=values["domain"],
        email=values["email"],
        name=values.get("name", ""),
        granted_on=values["granted_on"],
        ends_on=values.get("ends_on", ""),
    )
