"""CODA version 2, the Belgian bank statement of 128 characters a line (Febelfin 2.6 and 2.8; rules §4.1).

Every contradiction becomes a finding with its line and column. Only what is no CODA at all is refused.
"""

from datetime import date

from zelfboeken.bank.readers.coda_lines import Fields, Movement, built
from zelfboeken.bank.readers.model import Finding, NotReadable, ReadBankFile, ReadBankLine, ReadStatement, Severity
from zelfboeken.bank.readers.structured import plain

_LENGTH = 128
_MOST_FINDINGS = 500
"""A file that is wrong on every line says nothing more by its millionth finding."""


def read_coda(content: bytes) -> ReadBankFile:
    """The statements in a file, UTF-8 when it is that and Windows-1252 otherwise.

    Raises:
        NotReadable: empty, no CODA, version 1, cut off in its first record or without any balance.
    """
    lines = _lines(content)
    _refuse_what_is_no_coda(lines)
    reading = _Reading()
    for number, line in enumerate(lines, start=1):
        reading.take(number, line)
    return reading.finished(len(lines))


def _lines(content: bytes) -> list[str]:
    if not content.strip():
        raise NotReadable("EMPTY", "Het bestand is leeg. Download het rekeninguittreksel opnieuw bij je bank.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip(" \x00\x1a"):
        lines.pop()
    return lines


def _refuse_what_is_no_coda(lines: list[str]) -> None:
    first = lines[0] if lines else ""
    if first[:5] != "00000" or not first[5:11].strip().isdigit():
        raise NotReadable(
            "NOT_CODA", "Dit is geen CODA-bestand: de eerste regel is geen kopregel. Kies bij je bank het formaat CODA."
        )
    if len(first.rstrip()) < _LENGTH:
        raise NotReadable(
            "CUT_OFF", "Het CODA-bestand is afgekapt in de eerste regel. Download het opnieuw bij je bank."
        )
    if first[127] == "1":
        raise NotReadable(
            "VERSION_1", "Dit is CODA versie 1, die banken niet meer leveren. Vraag je bank het uittreksel in versie 2."
        )
    if not first[14:16].isdigit() or first[127] != "2":
        raise NotReadable(
            "NOT_CODA", "Dit is geen CODA-bestand van versie 2. Kies bij je bank het formaat CODA (rekeninguittreksel)."
        )


class _Statement:
    """What is known of the statement being read."""

    def __init__(self, fields: Fields, number: int, line: str, header: str) -> None:
        self.at = number
        self.account = line[5:42]
        self.iban, self.currency = fields.account_of_statement(number, line[1], self.account)
        self.opening_cents = fields.amount(number, line, 43, line[42])
        self.opening_on = fields.day(number, line, 58)
        self.paper_number = line[2:5].strip() or None
        self.holder = plain(line[64:90]) or None
        self.bic = header[60:71].strip() or None
        self.created_on = fields.day(0, header, 5, is_checked=False)
        coda = line[125:128].strip()
        self.number = int(coda) if coda.isascii() and coda.isdigit() and int(coda) else None
        self.closing_cents: int | None = None
        self.closing_on: date | None = None
        self.closing_at = 0
        self.movements: list[Movement] = []
        self.free: list[str] = []
        self.findings: list[Finding] = []
        self.lines: list[ReadBankLine] = []


class _Reading:
    """Takes the records one by one; a group is what stands between a header and its trailer."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._fields = Fields(self._add)
        self._header: str | None = None
        self._group: list[_Statement] = []
        self._done: list[_Statement] = []
        self._count = 0
        self._expected = ""
        self._movement: Movement | None = None
        self._sequence = 0
        self._detail = 0
        self._another_follows = False

    def take(self, number: int, line: str) -> None:
        if len(line) != _LENGTH:
            if len(line) > _LENGTH and not line[_LENGTH:].strip():
                line = line[:_LENGTH]
            elif not line.strip():
                self._add("BLANK_LINE", "INFO", number, 1, "Er staat een lege regel in het bestand.")
                return
            else:
                self._add(
                    "LINE_LENGTH",
                    "ERROR",
                    number,
                    min(len(line), _LENGTH) + 1,
                    f"De regel telt {len(line)} tekens in plaats van 128: het bestand is beschadigd of afgekapt.",
                )
                line = line[:_LENGTH].ljust(_LENGTH)
        if not line.isprintable():
            line = "".join(character if character.isprintable() else " " for character in line)
            self._add(
                "CONTROL_CHARACTER", "INFO", number, 1, "De regel bevat een onzichtbaar teken; het werd een spatie."
            )
        kind = line[0]
        if kind == "2" and self._group and not self._group[-1].closing_at and line[1] in "123":
            # Nearly every line of a file: asked first.
            self._count += 1
            self._take_movement(number, line)
        elif kind == "0":
            self._take_header(number, line)
        elif self._header is None:
            self._add("OUTSIDE", "ERROR", number, 1, "Deze regel staat buiten een uittreksel: de kopregel ontbreekt.")
        elif kind == "1":
            self._take_old_balance(number, line)
        elif kind == "9":
            self._take_trailer(number, line)
        elif kind not in "2348" or (kind in "23" and line[1] not in "123"):
            self._add(
                "UNKNOWN_RECORD", "ERROR", number, 1, f"CODA kent geen regel die begint met “{line[:2].strip()}”."
            )
        elif not self._group or (kind in "23" and self._group[-1].closing_at):
            self._count += kind != "4"
            self._add(
                "ORDER", "ERROR", number, 1, "Deze regel staat niet op haar plaats: er ging geen oud saldo vooraf."
            )
        elif kind == "3":
            self._count += 1
            self._take_information(number, line)
        elif kind == "8":
            self._take_new_balance(number, line)
        else:
            self._group[-1].free.append(line[32:112].rstrip())

    def finished(self, last_line: int) -> ReadBankFile:
        """The file as it stands after its last line."""
        if self._header is not None:
            self._add(
                "MISSING_TRAILER",
                "ERROR",
                last_line,
                1,
                "De slotregel (9) ontbreekt: het bestand is afgekapt. Download het opnieuw bij je bank.",
            )
            self._close_group()
        elif self._another_follows:
            self._add("NEXT_FILE", "INFO", last_line, 128, "De slotregel kondigt nog een uittreksel aan.")
        if not self._done:
            raise NotReadable(
                "NO_STATEMENT", "Het CODA-bestand bevat geen uittreksel: een regel met een saldo ontbreekt."
            )
        # What stands after the last trailer still casts doubt on the statement before it.
        self._done[-1].findings += self._findings
        return ReadBankFile("coda", tuple(_frozen(statement) for statement in self._done), ())

    def _add(self, rule: str, severity: Severity, line: int, column: int, text: str) -> None:
        # Errors have room of their own: notes may never push out the one that puts a statement in quarantine.
        room = 2 * _MOST_FINDINGS if severity == "ERROR" else _MOST_FINDINGS
        if len(self._findings) < room:
            self._findings.append(Finding(rule, severity, line, column, text))

    def _take_header(self, number: int, line: str) -> None:
        if self._header is not None:
            self._add("MISSING_TRAILER", "ERROR", number, 1, "De slotregel (9) van het vorige uittreksel ontbreekt.")
            self._close_group()
        if line[1:5] != "0000" or line[127] != "2":
            self._add("VERSION", "ERROR", number, 128, "De kopregel is niet die van CODA versie 2.")
        if line[16] == "D":
            self._add("DUPLICATE", "INFO", number, 17, "De bank noemt dit bestand zelf een duplicaat.")
        self._header, self._count, self._another_follows = line, 0, False

    def _take_old_balance(self, number: int, line: str) -> None:
        self._count += 1
        self._flush()
        if self._group and not self._group[-1].closing_at:
            self._add("MISSING_NEW_BALANCE", "ERROR", number, 1, "Het nieuwe saldo (8) van het vorige deel ontbreekt.")
        self._group.append(_Statement(self._fields, number, line, self._header or ""))
        self._sequence = self._detail = 0
        self._expected = ""

    def _take_movement(self, number: int, line: str) -> None:
        if line[1] != "1":
            self._take_rest(number, line)
            return
        self._flush()
        movement = Movement(number, line)
        self._movement = movement
        self._group[-1].movements.append(movement)
        self._follow(number, line, is_detail=line[6:10] != "0000")
        self._expected = "22" if line[125] == "1" else ""

    def _take_rest(self, number: int, line: str) -> None:
        """Records 2.2, 2.3, 3.2 and 3.3: more of the record before."""
        movement = self._movement
        if movement is None or line[2:10] != movement.last[2:10] or line[0] != movement.last[0]:
            self._add("ORDER", "ERROR", number, 3, "Deze regel hoort niet bij de regel ervoor: er ontbreekt er een.")
            return
        expected, self._expected = self._expected, ""
        # Banks skip 2.2 when it would be empty, so a 2.3 after a 2.1 is no fault.
        if movement.last[1] >= line[1] or (expected and line[1] < expected[1]):
            self._add("ORDER", "ERROR", number, 2, "De delen van deze verrichting staan dubbel of door elkaar.")
        movement.add(line)
        if line[125] == "1" and line[1] == "2":
            self._expected = f"{line[0]}3"

    def _take_information(self, number: int, line: str) -> None:
        if line[1] != "1":
            self._take_rest(number, line)
            return
        self._missing_part(number)
        if self._movement is None or self._movement.line[2:6] != line[2:6]:
            self._add(
                "ORDER", "ERROR", number, 3, "Deze inlichting hoort bij geen verrichting: er ontbreekt een regel."
            )
        if self._movement is not None:
            self._movement.add(line)
            self._follow(number, line, is_detail=True)
        self._expected = "32" if line[125] == "1" else ""

    def _follow(self, number: int, line: str, *, is_detail: bool) -> None:
        place = line[2:10]
        if not (place.isascii() and place.isdigit()):
            self._add("SEQUENCE", "WARNING", number, 3, "Het volgnummer bestaat niet uit cijfers.")
            return
        sequence, detail = int(place[:4]), int(place[4:])
        if is_detail:
            if sequence != self._sequence or detail != self._detail + 1:
                self._add("SEQUENCE", "WARNING", number, 7, "De detailnummers volgen elkaar niet op.")
        elif sequence != self._sequence % 9999 + 1 and sequence != (self._sequence + 1) % 10000:
            self._add("SEQUENCE", "WARNING", number, 3, "De volgnummers van de verrichtingen volgen elkaar niet op.")
        self._sequence, self._detail = sequence, detail

    def _take_new_balance(self, number: int, line: str) -> None:
        self._count += 1
        self._flush()
        statement = self._group[-1]
        if statement.closing_at:
            self._add("ORDER", "ERROR", number, 1, "Er staat een tweede nieuw saldo in het uittreksel.")
            return
        statement.closing_at = number
        statement.closing_cents = self._fields.amount(number, line, 42, line[41])
        statement.closing_on = self._fields.day(number, line, 57)
        if line[4:41].split() != statement.account.split():
            self._add(
                "ACCOUNT_DIFFERS",
                "ERROR",
                number,
                5,
                f"De rekening bij het nieuwe saldo ({plain(line[4:38])}) is niet die bij het oude "
                f"({plain(statement.account[:34])}).",
            )

    def _take_trailer(self, number: int, line: str) -> None:
        self._flush()
        count = line[16:22]
        if not (count.isascii() and count.isdigit()) or int(count) != self._count:
            self._add(
                "TRAILER_COUNT",
                "ERROR",
                number,
                17,
                f"De slotregel telt {count.strip().lstrip('0') or 'geen'} regels, het bestand {self._count}.",
            )
        debit = credit = 0
        for statement in self._group:
            for movement in statement.movements:
                if not movement.is_detail:
                    cents = self._fields.amount(0, movement.line, 32, "0", is_checked=False)
                    if movement.line[31] == "1":
                        debit += cents
                    else:
                        credit += cents
        for rule, column, word, counted in (
            ("TRAILER_DEBIT", 22, "uitgaven", debit),
            ("TRAILER_CREDIT", 37, "ontvangsten", credit),
        ):
            stated = self._fields.amount(number, line, column, "0")
            if stated != counted:
                self._add(
                    rule,
                    "ERROR",
                    number,
                    column + 1,
                    f"De slotregel noemt {_euros(stated)} aan {word}, de verrichtingen geven {_euros(counted)}.",
                )
        self._another_follows = line[127] == "1"
        if line[127] not in "12":
            self._add("TRAILER_LINK", "ERROR", number, 128, "De slotregel is niet volledig.")
        self._close_group()

    def _flush(self) -> None:
        self._missing_part(0)
        self._movement = None

    def _missing_part(self, number: int) -> None:
        if self._expected and self._movement is not None:
            at = self._movement.last_at or self._movement.at
            kind = f"{self._expected[0]}.{self._expected[1]}"
            self._add(
                "MISSING_PART", "WARNING", number or at, 126, f"Het vervolg ({kind}) van deze verrichting ontbreekt."
            )
        self._expected = ""

    def _close_group(self) -> None:
        self._flush()
        for statement in self._group:
            self._finish(statement)
        if not self._group:
            self._add("MISSING_OLD_BALANCE", "ERROR", 0, 0, "Het oude saldo (1) ontbreekt.")
        else:
            for statement in self._group:
                statement.findings = list(self._findings)
            self._findings.clear()
        self._done += self._group
        self._group = []
        self._header = None

    def _finish(self, statement: _Statement) -> None:
        fallback = statement.closing_on or statement.opening_on or statement.created_on
        statement.lines = built(statement.movements, self._fields, self._add, fallback)
        total = statement.opening_cents + sum(line.amount_cents for line in statement.lines)
        if statement.closing_cents is None:
            if statement.movements:
                self._add(
                    "MISSING_NEW_BALANCE",
                    "ERROR",
                    statement.at,
                    1,
                    "Het nieuwe saldo (8) van het uittreksel ontbreekt.",
                )
            statement.closing_cents = total
        elif total != statement.closing_cents:
            self._add(
                "WRONG_SUM",
                "ERROR",
                statement.closing_at,
                43,
                f"Oud saldo en verrichtingen geven {_euros(total)}, het nieuwe saldo is "
                f"{_euros(statement.closing_cents)}: verschil {_euros(statement.closing_cents - total)}.",
            )


def _frozen(statement: _Statement) -> ReadStatement:
    return ReadStatement(
        iban=statement.iban,
        currency=statement.currency,
        holder=statement.holder,
        bic=statement.bic,
        number=statement.number,
        paper_number=statement.paper_number,
        date=statement.closing_on or (statement.opening_on if not statement.closing_at else None),
        opening_on=statement.opening_on,
        opening_cents=statement.opening_cents,
        closing_cents=statement.closing_cents or 0,
        lines=tuple(statement.lines),
        findings=tuple(statement.findings),
        free_text="\n".join(statement.free).strip(),
    )


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"
