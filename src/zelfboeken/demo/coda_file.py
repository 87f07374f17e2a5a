"""The demo's bank writes its statements as CODA version 2 (Febelfin 2.6): 128 characters a line.

Positions: chapter 4.1 of the Belgian rules. Amounts are cents, above zero is money in.
"""

from dataclasses import dataclass
from datetime import date

from zelfboeken.demo.numbers import BIC

_FIRST, _MIDDLE, _LAST = 53, 53, 43
"""Room for the communication in the records 2.1, 2.2 and 2.3."""


@dataclass(frozen=True, slots=True)
class CodaDetail:
    """One part of a movement that the bank booked as a whole."""

    amount_cents: int
    counterparty: str
    iban: str | None
    bic: str | None
    communication: str
    structured: str | None
    transaction_code: str


@dataclass(frozen=True, slots=True)
class CodaMovement:
    """A movement. ``structured`` is a Belgian structured communication in 12 digits; it takes the place of the text.

    ``mandate`` makes it a European direct debit, whose communication is of type 127.
    """

    booked_on: date
    amount_cents: int
    counterparty: str
    iban: str | None
    bic: str | None
    communication: str
    structured: str | None
    transaction_code: str
    customer_reference: str = ""
    mandate: str | None = None
    details: tuple[CodaDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class CodaStatement:
    """One account, one day. ``number`` counts from 1 each year."""

    iban: str
    holder: str
    enterprise: str
    description: str
    number: int
    opened_on: date
    opening_cents: int
    closed_on: date
    movements: tuple[CodaMovement, ...]

    @property
    def closing_cents(self) -> int:
        """Old balance plus the movements; details are part of their movement."""
        return self.opening_cents + sum(movement.amount_cents for movement in self.movements)


def write_statement(statement: CodaStatement) -> bytes:
    """The bytes of a file with this one statement, in Windows-1252 with CR LF."""
    records = [
        _record(
            (1, "0"),
            (2, "0000"),
            (6, _day(statement.closed_on)),
            (12, "999"),
            (15, "05"),
            (25, f"ZB{statement.number:08d}"),
            (35, statement.holder[:26]),
            (61, BIC),
            (72, f"0{statement.enterprise}"),
            (84, "00000"),
            (128, "2"),
        ),
        _record(
            (1, "1"),
            (2, "2"),
            (3, f"{statement.number:03d}"),
            (6, f"{statement.iban:<34}EUR"),
            (43, _signed(statement.opening_cents)),
            (59, _day(statement.opened_on)),
            (65, statement.holder[:26]),
            (91, statement.description[:35]),
            (126, f"{statement.number:03d}"),
        ),
    ]
    for sequence, movement in enumerate(statement.movements, start=1):
        records += _movement(movement, statement, sequence)
    closing = statement.closing_cents
    records.append(
        _record(
            (1, "8"),
            (2, f"{statement.number:03d}"),
            (5, f"{statement.iban:<34}EUR"),
            (42, _signed(closing)),
            (58, _day(statement.closed_on)),
            (128, "0"),
        )
    )
    paid = sum(-movement.amount_cents for movement in statement.movements if movement.amount_cents < 0)
    received = sum(movement.amount_cents for movement in statement.movements if movement.amount_cents > 0)
    records.append(
        _record(
            (1, "9"),
            (17, f"{len(records) - 1:06d}"),
            (23, _thousandths(paid)),
            (38, _thousandths(received)),
            (128, "2"),
        )
    )
    return "".join(f"{record}\r\n" for record in records).encode("cp1252", "replace")


def _movement(movement: CodaMovement, statement: CodaStatement, sequence: int) -> list[str]:
    kind, communication = _communication(movement)
    records = _records_2(
        statement,
        f"{sequence:04d}0000",
        movement.amount_cents,
        movement.booked_on,
        movement.transaction_code,
        (kind, communication),
        (movement.counterparty, movement.iban, movement.bic, movement.customer_reference),
        is_global=bool(movement.details),
    )
    for n, detail in enumerate(movement.details, start=1):
        structured = detail.structured
        records += _records_2(
            statement,
            f"{sequence:04d}{n:04d}",
            detail.amount_cents,
            movement.booked_on,
            detail.transaction_code,
            ("1", f"101{structured}") if structured else ("0", detail.communication),
            (detail.counterparty, detail.iban, detail.bic, ""),
        )
    return records


def _communication(movement: CodaMovement) -> tuple[str, str]:
    if movement.mandate:
        # Recurrent, core scheme, and 0: paid (any other figure is a reason of refusal).
        paid = f"127{_day(movement.booked_on)}110"
        creditor = "BE99ZZZ0999000000" if movement.amount_cents < 0 else "BE99ZZZ0999000129"
        return "1", f"{paid}{creditor:<35}{movement.mandate:<35}{movement.communication[:62]:<62}0    "
    if movement.structured:
        return "1", f"101{movement.structured}"
    return "0", movement.communication


def _records_2(
    statement: CodaStatement,
    place: str,
    amount_cents: int,
    booked_on: date,
    transaction_code: str,
    communication: tuple[str, str],
    other_side: tuple[str, str | None, str | None, str],
    *,
    is_global: bool = False,
) -> list[str]:
    """Records 2.1, 2.2 and 2.3; a movement without other side and with a short text needs 2.1 only."""
    kind, text = communication
    name, iban, bic, reference = other_side
    more = bool(name or iban or reference or len(text) > _FIRST)
    first = _record(
        (1, "21"),
        (3, place),
        (11, f"{statement.closed_on:%y%m%d}{statement.number:03d}{place}"),
        (32, _signed(amount_cents)),
        (48, _day(booked_on)),
        (54, transaction_code),
        (62, kind),
        (63, text[:_FIRST]),
        (116, _day(booked_on)),
        (122, f"{statement.number:03d}"),
        (125, "1" if is_global else "0"),
        (126, "1" if more else "0"),
        (128, "0"),
    )
    if not more:
        return [first]
    rest, last = text[_FIRST : _FIRST + _MIDDLE], text[_FIRST + _MIDDLE :]
    return [
        first,
        _record((1, "22"), (3, place), (11, rest), (64, reference[:35]), (99, bic or ""), (126, "1"), (128, "0")),
        _record(
            (1, "23"),
            (3, place),
            (11, f"{iban:<34}EUR" if iban else ""),
            (48, name[:35]),
            (83, last[:_LAST]),
            (126, "0"),
            (128, "0"),
        ),
    ]


def _record(*fields: tuple[int, str]) -> str:
    """A line of 128 blanks with the texts put at their positions, counted from 1."""
    line = " " * 128
    for start, text in fields:
        line = line[: start - 1] + text + line[start - 1 + len(text) :]
    return line


def _signed(cents: int) -> str:
    return f"{'1' if cents < 0 else '0'}{_thousandths(abs(cents))}"


def _thousandths(cents: int) -> str:
    return f"{cents * 10:015d}"


def _day(day: date) -> str:
    return f"{day:%d%m%y}"
