"""Statements as CODA version 2, in Windows-1252 with CR LF (positions: rules §4.1).

For bringing books to another program, and to hold the reader to its word: what is written here reads back the same.
"""

import re
from datetime import date

from zelfboeken.bank.readers.model import BankDetail, ReadBankFile, ReadBankLine, ReadStatement
from zelfboeken.belgium import structured_reference

_MANDATE = re.compile(r"^(?:(?P<text>.*), )?mandaat (?P<mandate>.*?)(?:, schuldeiser (?P<creditor>[^,]*))?$")
_COMMUNICATION, _INFORMATION = 53 + 53 + 43, 73 + 105 + 90


class NotWritable(ValueError):
    """A text or number has no room in CODA, or the statement doesn't add up."""

    code = "coda_not_writable"


def write_coda(file: ReadBankFile) -> bytes:
    """The bytes of a file with these statements.

    Raises:
        NotWritable: a text is longer than its field or has a character outside Windows-1252.
    """
    records: list[str] = []
    for n, statement in enumerate(file.statements, start=1):
        records += _statement(statement, is_last=n == len(file.statements))
    try:
        return "".join(f"{record}\r\n" for record in records).encode("cp1252")
    except UnicodeEncodeError as problem:
        raise NotWritable(
            f"Het teken “{problem.object[problem.start]}” bestaat niet in CODA. Vervang het in de mededeling of naam."
        ) from None


def _statement(statement: ReadStatement, *, is_last: bool) -> list[str]:
    account = f"{statement.iban:<34}{statement.currency:<3}"
    number = f"{statement.number or 0:03d}"
    paper = statement.paper_number or number
    structure = "2" if statement.iban.startswith("BE") else "3" if statement.iban[:2].isalpha() else "1"
    opened, closed = _day(statement.opening_on), _day(statement.date)
    records = [
        _record((1, 5, "00000"), (6, 6, closed), (12, 5, "00005"), (61, 11, statement.bic or ""), (128, 1, "2")),
        _record(
            (1, 1, "1"),
            (2, 1, structure),
            (3, 3, paper),
            (6, 37, account),
            (43, 16, _signed(statement.opening_cents)),
            (59, 6, opened),
            (65, 26, statement.holder or ""),
            (126, 3, number),
        ),
    ]
    for n, line in enumerate(statement.lines, start=1):
        records += _line(n, line, paper)
    records.append(
        _record(
            (1, 1, "8"),
            (2, 3, paper),
            (5, 37, account),
            (42, 16, _signed(statement.closing_cents)),
            (58, 6, closed),
            (128, 1, "0"),
        )
    )
    count = len(records) - 1
    for n, text in enumerate(statement.free_text.split("\n") if statement.free_text else (), start=1):
        records.append(_record((1, 2, "4 "), (3, 4, f"{n:04d}"), (7, 4, "0000"), (33, 80, text), (128, 1, "0")))
    paid = sum(-line.amount_cents for line in statement.lines if line.amount_cents < 0)
    received = sum(line.amount_cents for line in statement.lines if line.amount_cents > 0)
    records.append(
        _record(
            (1, 1, "9"),
            (17, 6, f"{count:06d}"),
            (23, 15, _signed(paid)[1:]),
            (38, 15, _signed(received)[1:]),
            (128, 1, "2" if is_last else "1"),
        )
    )
    return records


def _line(n: int, line: ReadBankLine, paper: str) -> list[str]:
    code = line.transaction_code or "00000000"
    days = (line.booked_on, line.value_on)
    reference = line.bank_reference or ""
    records = _movement(f"{n:04d}0000", line, code, _said(line), reference, line.customer_reference, paper, days)
    place = 0
    for text in line.information:
        place += 1
        records += _information(f"{n:04d}{place:04d}", line, code, text)
    for detail in line.details:
        place += 1
        own = detail.transaction_code or f"8{code[1:]}"
        records += _movement(f"{n:04d}{place:04d}", detail, own, _said(detail), "", None, paper, days)
    return records


def _said(line: ReadBankLine | BankDetail) -> tuple[str, str]:
    """Type and content of the communication; a text that reads back as it stands stays free."""
    text = line.communication
    if isinstance(line, ReadBankLine) and line.mandate and (found := _MANDATE.match(text)):
        creditor, mandate = found["creditor"] or "", found["mandate"]
        free = found["text"] or ""
        return "1", f"127{_day(line.value_on)}110{creditor:<35}{mandate:<35}{free:<62}0    "
    if line.structured and text == line.structured:
        return "1", f"100{text}"
    if line.structured and len(line.structured) == 12 and text == structured_reference.formatted(line.structured):
        return "1", f"101{line.structured}"
    return "0", text


def _movement(
    place: str,
    line: ReadBankLine | BankDetail,
    code: str,
    said: tuple[str, str],
    bank_reference: str,
    customer_reference: str | None,
    paper: str,
    days: tuple[date, date | None],
) -> list[str]:
    kind, text = said
    _fits(text, _COMMUNICATION)
    booked_on, value_on = days
    account = f"{line.counter_iban:<34}EUR" if line.counter_iban else ""
    return [
        _record(
            (1, 2, "21"),
            (3, 8, place),
            (11, 21, bank_reference),
            (32, 16, _signed(line.amount_cents)),
            (48, 6, _day(value_on)),
            (54, 8, code),
            (62, 1, kind),
            (63, 53, text[:53]),
            (116, 6, _day(booked_on)),
            (122, 3, paper),
            (125, 2, "01"),
            (128, 1, "0"),
        ),
        _record(
            (1, 2, "22"),
            (3, 8, place),
            (11, 53, text[53:106]),
            (64, 35, customer_reference or ""),
            (99, 11, line.counter_bic or ""),
            (126, 1, "1"),
            (128, 1, "0"),
        ),
        _record(
            (1, 2, "23"),
            (3, 8, place),
            (11, 37, account),
            (48, 35, line.counterparty or ""),
            (83, 43, text[106:]),
            (126, 1, "0"),
            (128, 1, "0"),
        ),
    ]


def _information(place: str, line: ReadBankLine, code: str, text: str) -> list[str]:
    _fits(text, _INFORMATION)
    head = _record(
        (1, 2, "31"),
        (3, 8, place),
        (11, 21, line.bank_reference or ""),
        (32, 8, code),
        (40, 1, "0"),
        (41, 73, text[:73]),
        (126, 1, "1"),
        (128, 1, "0"),
    )
    more = _record((1, 2, "32"), (3, 8, place), (11, 105, text[73:178]), (126, 1, "1"), (128, 1, "0"))
    return [head, more, _record((1, 2, "33"), (3, 8, place), (11, 90, text[178:]), (126, 1, "0"), (128, 1, "0"))]


def _record(*fields: tuple[int, int, str]) -> str:
    """A line of 128 blanks with each text at its position, counted from 1, in its width."""
    row = [" "] * 128
    for start, width, text in fields:
        _fits(text, width)
        row[start - 1 : start - 1 + len(text)] = text
    return "".join(row)


def _fits(text: str, width: int) -> None:
    if len(text) > width:
        raise NotWritable(f"“{text[:40]}” is te lang: CODA heeft hier plaats voor {width} tekens. Kort de tekst in.")


def _signed(cents: int) -> str:
    return f"{'1' if cents < 0 else '0'}{abs(cents) * 10:015d}"


def _day(day: date | None) -> str:
    return f"{day:%d%m%y}" if day else "000000"
