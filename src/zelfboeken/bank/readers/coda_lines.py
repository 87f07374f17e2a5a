"""The movements of a CODA statement: from records 2 and 3 to values, with their details and information."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from zelfboeken.bank.readers import structured
from zelfboeken.bank.readers.model import BankDetail, ReadBankLine, Severity
from zelfboeken.bank.readers.structured import Communication, plain

AddFinding = Callable[[str, Severity, int, int, str], None]

_SEPA_FAMILIES = frozenset(("01", "02", "05"))
_NO_REFERENCE = frozenset(("NOTPROVIDED", "NOT PROVIDED", "NONREF"))


class Movement:
    """The records of one movement or detail, as they stand in the file."""

    __slots__ = ("at", "information", "is_detail", "last", "last_at", "line", "second", "third")

    def __init__(self, at: int, line: str) -> None:
        self.at = self.last_at = at
        self.line = self.last = line
        self.is_detail = line[6:10] != "0000"
        self.second = self.third = ""
        # No list until there is something: most movements have none, and an empty one each slows the collector.
        self.information: list[list[str]] | None = None

    def add(self, line: str) -> None:
        """Take a record 2.2, 2.3, 3.1, 3.2 or 3.3 that belongs here."""
        self.last = line
        self.last_at += 1
        kind = line[:2]
        if kind == "22":
            self.second = line
        elif kind == "23":
            self.third = line
        elif kind == "31":
            self.information = self.information or []
            self.information.append([line, line[40:113]])
        elif self.information:
            self.information[-1].append(line[10:115] if kind == "32" else line[10:100])


class Fields:
    """Reads amounts, days and accounts at their position, and says what is wrong with them."""

    def __init__(self, add: AddFinding) -> None:
        self._add = add

    def amount(self, number: int, line: str, start: int, sign: str, *, is_checked: bool = True) -> int:
        """The cents in 15 digits of which 3 are decimals, negative for sign 1; 0 and a finding when unreadable."""
        digits = line[start : start + 15]
        if len(digits) == 15 and digits.isascii() and digits.isdigit():
            cents, rest = divmod(int(digits), 10)
            if rest:
                cents += rest >= 5
                if is_checked:
                    self._add("FRACTION", "ERROR", number, start + 15, "Het bedrag heeft een derde decimaal.")
        else:
            cents = 0
            if is_checked:
                self._add("BAD_AMOUNT", "ERROR", number, start + 1, "Hier hoort een bedrag van vijftien cijfers.")
        if sign == "0":
            return cents
        if sign != "1" and is_checked:
            self._add("BAD_SIGN", "ERROR", number, start, "Het teken van het bedrag is geen 0 (in) of 1 (uit).")
        return -cents

    def day(self, number: int, line: str, start: int, *, is_checked: bool = True) -> date | None:
        """The day in DDMMYY; None for zeros or blanks, and with a finding when there is no such day."""
        text = line[start : start + 6]
        found = _day(text)
        if found is None and is_checked and text.strip("0 "):
            self._add("BAD_DATE", "ERROR", number, start + 1, f"“{text}” is geen datum (DDMMJJ).")
        return found

    def account_of_statement(self, number: int, structure: str, text: str) -> tuple[str, str]:
        """Account and currency of record 1 by its structure: 0 Belgian, 1 foreign, 2 Belgian IBAN, 3 foreign IBAN."""
        if structure == "0":
            return belgian_iban(text[:12].strip()), text[13:16].strip()
        if structure not in "123":
            self._add("ACCOUNT_STRUCTURE", "WARNING", number, 2, f"CODA kent geen rekeningstructuur “{structure}”.")
        return text[:34].replace(" ", ""), text[34:37].strip()


def built(movements: list[Movement], fields: Fields, add: AddFinding, fallback: date | None) -> list[ReadBankLine]:
    """The lines in their order, each with its own details; a day that can't be read becomes ``fallback``."""
    lines: list[ReadBankLine] = []
    at, end = 0, len(movements)
    while at < end:
        movement = movements[at]
        at += 1
        details: list[Movement] = []
        while at < end and movements[at].is_detail:
            details.append(movements[at])
            at += 1
        if movement.is_detail:
            add("ORDER", "ERROR", movement.at, 7, "Dit detail hoort bij geen verrichting: er ontbreekt een regel.")
            continue
        line = _line(movement, details, fields, add, fallback)
        if line is not None:
            lines.append(line)
    return lines


def _line(
    movement: Movement, details: list[Movement], fields: Fields, add: AddFinding, fallback: date | None
) -> ReadBankLine | None:
    first, second, third = movement.line, movement.second, movement.third
    amount_cents = fields.amount(movement.at, first, 32, first[31])
    value_on = fields.day(movement.at, first, 47)
    booked_on = fields.day(movement.at, first, 115) or value_on or fallback
    if booked_on is None:
        add("BAD_DATE", "ERROR", movement.at, 116, "De verrichting heeft geen datum.")
        return None
    code = first[53:61]
    has_code = code.isascii() and code.isdigit()
    if not has_code:
        add("BAD_CODE", "WARNING", movement.at, 54, "De verrichtingscode bestaat niet uit acht cijfers.")
    said = _communication(first, second, third)
    account = counter_account(third)
    name = plain(third[47:82]) or None
    information: list[str] = []
    name = _inform(movement, information, name)
    parts: tuple[BankDetail, ...] = ()
    if details:
        parts = _details(movement, details, amount_cents, information, fields, add)
    reference = plain(second[63:98]) or None
    has_end_to_end = has_code and code[1:3] in _SEPA_FAMILIES and reference and reference not in _NO_REFERENCE
    return ReadBankLine(
        booked_on,
        value_on,
        amount_cents,
        name,
        account,
        second[98:109].strip() or None,
        said.text,
        said.structured,
        code if has_code else None,
        first[10:31].strip() or None,
        reference,
        parts,
        tuple(information),
        first[2:10],
        reference if has_end_to_end else None,
        said.mandate,
    )


def _communication(first: str, second: str, third: str) -> Communication:
    """Joined before it is read: 53 + 53 + 43 characters."""
    raw = first[62:115]
    if second or third:
        raw = raw + second[10:63].ljust(53) + third[82:125]
    if first[61] == "1":
        return structured.of_movement(raw)
    return structured.free(raw)


def _inform(movement: Movement, information: list[str], name: str | None) -> str | None:
    """Put the records 3 into words; the name is taken from them when record 2.3 has none."""
    for line, *texts in movement.information or ():
        raw = "".join(texts)
        said = structured.of_information(raw) if line[39] == "1" else Communication(plain(raw))
        name = name or said.name
        if said.text:
            information.append(said.text)
    return name


def _details(
    movement: Movement,
    details: list[Movement],
    amount_cents: int,
    information: list[str],
    fields: Fields,
    add: AddFinding,
) -> tuple[BankDetail, ...]:
    """The parts, when they add up. A part of type 9 explains a part of type 7 and doesn't count beside it."""
    parts: list[BankDetail] = []
    for detail in details:
        first = detail.line
        cents = fields.amount(detail.at, first, 32, first[31])
        said = _communication(first, detail.second, detail.third)
        name = _inform(detail, information, plain(detail.third[47:82]) or None)
        if first[53] == "9":
            if said.text:
                information.append(said.text)
            continue
        account, bic = counter_account(detail.third), detail.second[98:109].strip() or None
        code = first[53:61]
        has_code = code.isascii() and code.isdigit()
        parts.append(BankDetail(cents, name, account, bic, said.text, said.structured, code if has_code else None))
    if sum(part.amount_cents for part in parts) == amount_cents:
        return tuple(parts)
    if parts:
        add(
            "DETAILS_DIFFER",
            "WARNING",
            movement.at,
            33,
            "De details tellen niet op tot het bedrag van de verrichting; ze zijn niet gebruikt.",
        )
        information.extend(part.communication for part in parts if part.communication)
    return ()


def counter_account(third: str) -> str | None:
    """The other side's account in record 2.3: an IBAN, or a Belgian number made into one, or a number as it stands."""
    if not third:
        return None
    text = third[10:44].strip()
    if not text.strip("0 "):
        return None
    if len(text) > 12 and text[12] == " " and text[:12].isdigit():
        text = text[:12]
    return belgian_iban(text.replace(" ", ""))


@lru_cache(maxsize=4096)
def belgian_iban(account: str) -> str:
    """The IBAN of a Belgian number of 12 digits with a right check; anything else as it came."""
    if len(account) != 12 or not (account.isascii() and account.isdigit()):
        return account
    if (int(account[:10]) % 97 or 97) != int(account[10:]):
        return account
    # B = 11 and E = 14 behind the number, then two zeros where the check will be.
    return f"BE{98 - int(account + '111400') % 97:02d}{account}"


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(2000 + int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None
