"""What the reader makes of CODA files: every record, every cut, every damaged field."""

import random
from datetime import date

import pytest

from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.model import NotReadable, ReadStatement
from zelfboeken.demo.coda_file import CodaDetail, CodaMovement, CodaStatement, write_statement

_DAY = date(2026, 3, 4)


def _movement(amount_cents: int = 12_100, **changes: object) -> CodaMovement:
    facts: dict[str, object] = {
        "booked_on": _DAY,
        "amount_cents": amount_cents,
        "counterparty": "Bakkerij Élan",
        "iban": "BE68539007547034",
        "bic": "KREDBEBB",
        "communication": "factuur 2026/17",
        "structured": None,
        "transaction_code": "00150000",
    }
    return CodaMovement(**(facts | changes))  # type: ignore[arg-type]


def _file(*movements: CodaMovement) -> bytes:
    return write_statement(
        CodaStatement("BE22679200300047", "Testbedrijf", "0403019261", "zicht", 7, _DAY, 100_000, _DAY, movements)
    )


def _only(content: bytes) -> ReadStatement:
    (statement,) = read_coda(content).statements
    return statement


def _rules(content: bytes) -> set[str]:
    return {finding.rule for finding in _only(content).findings}


def _put(content: bytes, line: int, column: int, text: str) -> bytes:
    """The file with this text at a line and column, both from 1."""
    lines = content.decode("cp1252").split("\r\n")
    row = lines[line - 1]
    lines[line - 1] = row[: column - 1] + text + row[column - 1 + len(text) :]
    return "\r\n".join(lines).encode("cp1252")


def test_a_statement_gives_its_account_its_balances_and_its_movements() -> None:
    statement = _only(_file(_movement(customer_reference="ORDER-9"), _movement(-5_050, communication="huur")))
    assert (statement.iban, statement.currency, statement.holder) == ("BE22679200300047", "EUR", "Testbedrijf")
    assert (statement.number, statement.paper_number, statement.date) == (7, "007", _DAY)
    assert (statement.opening_on, statement.opening_cents, statement.closing_cents) == (_DAY, 100_000, 107_050)
    first, second = statement.lines
    assert (first.amount_cents, first.counterparty, first.counter_iban, first.counter_bic) == (
        12_100,
        "Bakkerij Élan",
        "BE68539007547034",
        "KREDBEBB",
    )
    assert (first.booked_on, first.value_on, first.communication) == (_DAY, _DAY, "factuur 2026/17")
    assert (first.customer_reference, first.end_to_end, first.transaction_code) == ("ORDER-9", "ORDER-9", "00150000")
    assert (second.amount_cents, second.communication, second.sequence) == (-5_050, "huur", "00020000")
    assert statement.findings == ()
    assert not statement.must_be_quarantined


def test_a_communication_over_three_records_is_joined_before_it_is_read() -> None:
    text = "A" * 53 + "B" * 53 + "C" * 43
    assert _only(_file(_movement(communication=text))).lines[0].communication == text


@pytest.mark.parametrize(
    ("communication", "structured", "expected"),
    [
        ("", "010806817183", "010806817183"),
        ("betaling +++010/8068/17183+++ dank u", None, "010806817183"),
        ("uw ref RF18 5390 0754 7034", None, "RF18539007547034"),
        ("+++010/8068/17183+++ en +++123/4567/89002+++", None, None),
        ("factuur 010806817184", None, None),
    ],
)
def test_a_reference_is_found_in_its_own_field_or_in_free_text_when_there_is_one(
    communication: str, structured: str | None, expected: str | None
) -> None:
    line = _only(_file(_movement(communication=communication, structured=structured))).lines[0]
    assert line.structured == expected


def test_a_direct_debit_gives_its_mandate() -> None:
    line = _only(_file(_movement(-3_000, mandate="M-123", communication="stroom maart"))).lines[0]
    assert line.mandate == "M-123"
    assert line.communication == "stroom maart, mandaat M-123, schuldeiser BE99ZZZ0999000000"


def _detail(amount_cents: int, code: str = "50150000") -> CodaDetail:
    return CodaDetail(amount_cents, f"Klant {amount_cents}", "BE68539007547034", None, "deel", None, code)


def test_details_stand_under_their_movement_when_they_add_up() -> None:
    statement = _only(_file(_movement(3_000, details=(_detail(1_000), _detail(2_000)))))
    assert [line.amount_cents for line in statement.lines] == [3_000]
    assert [detail.amount_cents for detail in statement.lines[0].details] == [1_000, 2_000]
    assert statement.findings == ()


def test_each_detail_has_its_own_transaction_code_unless_it_is_no_code() -> None:
    details = (_detail(4_000, "84150100"), _detail(-1_000, "8413701X"))
    [line] = _only(_file(_movement(3_000, details=details))).lines
    assert [detail.transaction_code for detail in line.details] == ["84150100", None]


def test_details_that_do_not_add_up_are_left_out_and_reported() -> None:
    statement = _only(_file(_movement(3_000, details=(_detail(1_000), _detail(1_999)))))
    assert statement.lines[0].details == ()
    assert [finding.rule for finding in statement.findings] == ["DETAILS_DIFFER"]
    assert not statement.must_be_quarantined


def test_a_detail_of_a_detail_does_not_count_beside_it() -> None:
    details = (_detail(3_000, "70150000"), _detail(1_000, "90150000"))
    assert [d.amount_cents for d in _only(_file(_movement(3_000, details=details))).lines[0].details] == [3_000]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_make_no_difference(encoding: str, ending: str) -> None:
    content = _file(_movement())
    other = content.decode("cp1252").replace("\r\n", ending).encode(encoding)
    assert read_coda(other) == read_coda(content)


def test_a_file_holds_several_statements() -> None:
    first = _put(_file(_movement()), 7, 128, "1")
    assert [s.findings for s in read_coda(first + _file(_movement(5))).statements] == [(), ()]


@pytest.mark.parametrize(
    ("line", "column", "text", "rule", "at"),
    [
        (7 - 1, 43, "000000000099990", "WRONG_SUM", (6, 43)),
        (7, 17, "000009", "TRAILER_COUNT", (7, 17)),
        (7, 23, "000000000000010", "TRAILER_DEBIT", (7, 23)),
        (7, 38, "000000000000010", "TRAILER_CREDIT", (7, 38)),
        (6, 5, "BE68539007547034", "ACCOUNT_DIFFERS", (6, 5)),
        (3, 48, "310226", "BAD_DATE", (3, 48)),
        (3, 33, "00000000012X000", "BAD_AMOUNT", (3, 33)),
        (3, 33, "000000000121001", "FRACTION", (3, 47)),
        (3, 32, "7", "BAD_SIGN", (3, 32)),
        (4, 1, "7", "UNKNOWN_RECORD", (4, 1)),
        (4, 6, "9", "ORDER", (4, 3)),
        (3, 6, "5", "SEQUENCE", (3, 3)),
    ],
)
def test_a_damaged_field_is_named_with_its_line_and_column(
    line: int, column: int, text: str, rule: str, at: tuple[int, int]
) -> None:
    statement = _only(_put(_file(_movement()), line, column, text))
    assert (rule, *at) in {(finding.rule, finding.line, finding.column) for finding in statement.findings}


def test_a_missing_record_is_named() -> None:
    rows = _file(_movement()).decode("cp1252").splitlines(keepends=True)

    def without(n: int) -> bytes:
        return "".join(rows[:n] + rows[n + 1 :]).encode("cp1252")

    assert "MISSING_TRAILER" in _rules(without(6))
    assert "MISSING_NEW_BALANCE" in _rules(without(5))
    assert {"MISSING_PART", "TRAILER_COUNT"} <= _rules(without(4))
    with pytest.raises(NotReadable) as refused:
        read_coda(without(1))
    assert refused.value.code == "NO_STATEMENT"


@pytest.mark.parametrize("change", ["dropped", "doubled", "swapped"])
def test_a_record_dropped_doubled_or_swapped_is_never_silent(change: str) -> None:
    rows = _file(_movement(), _movement(-700), _movement(900, details=(_detail(400), _detail(500)))).splitlines(
        keepends=True
    )
    for n in range(len(rows) - 1):
        changed = list(rows)
        if change == "dropped":
            del changed[n]
        elif change == "doubled":
            changed.insert(n, rows[n])
        else:
            changed[n], changed[n + 1] = changed[n + 1], changed[n]
        try:
            statements = read_coda(b"".join(changed)).statements
        except NotReadable:
            continue
        assert any(statement.findings for statement in statements), (change, n)


def test_a_file_cut_at_any_byte_is_refused_or_quarantined() -> None:
    content = _file(_movement(), _movement(900, details=(_detail(400), _detail(500))))
    for end in range(len(content.rstrip())):
        try:
            statements = read_coda(content[:end]).statements
        except NotReadable as refused:
            assert refused.code and str(refused).endswith(".")
            continue
        assert any(statement.must_be_quarantined for statement in statements), end


def test_no_damage_to_bytes_makes_the_reader_fail() -> None:
    content = _file(_movement(), _movement(mandate="M1"), _movement(900, details=(_detail(400), _detail(500))))
    chance = random.Random(2026)
    for _ in range(1_500):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            statements = read_coda(bytes(damaged)).statements
        except NotReadable:
            continue
        for statement in statements:
            total = statement.opening_cents + sum(line.amount_cents for line in statement.lines)
            assert total == statement.closing_cents or statement.must_be_quarantined


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b" \r\n", "EMPTY"),
        (b"<?xml version='1.0'?>", "NOT_CODA"),
        (b":20:MT940", "NOT_CODA"),
        (_put(_file(), 1, 128, "1"), "VERSION_1"),
        (_file()[:100], "CUT_OFF"),
        (bytes(range(256)) * 40, "NOT_CODA"),
    ],
)
def test_what_is_no_coda_is_refused_with_a_reason(content: bytes, code: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_coda(content)
    assert refused.value.code == code


def test_a_thousand_notes_do_not_hide_an_error() -> None:
    content = _put(_file(_movement()), 6, 43, "000000000099990")
    head, rest = content.split(b"\r\n", 1)
    assert _only(head + b"\r\n" * 1_001 + rest).must_be_quarantined


@pytest.mark.parametrize(
    ("structure", "account", "iban", "currency"),
    [
        ("0", "539007547034 EUR0BE", "BE68539007547034", "EUR"),
        ("1", f"{'NL-123456':<34}USD", "NL-123456", "USD"),
        ("2", f"{'BE68539007547034':<34}EUR", "BE68539007547034", "EUR"),
        ("3", f"{'LU280019400644750000':<34}CHF", "LU280019400644750000", "CHF"),
    ],
)
def test_each_account_structure_is_read(structure: str, account: str, iban: str, currency: str) -> None:
    content = _put(_put(_file(), 2, 2, structure), 2, 6, account.ljust(37))
    statement = _only(_put(content, 3, 5, account.ljust(37)))
    assert (statement.iban, statement.currency, statement.findings) == (iban, currency, ())


def test_information_and_free_text_are_kept() -> None:
    rows = _file(_movement(counterparty="", iban=None)).decode("cp1252").split("\r\n")
    name = f"{'3100010001':<31}001500001001{'Jan Peeters':<70}".ljust(125) + "1 0"
    street = f"{'3200010001'}{'Kerkstraat 1':<35}{'9000 Gent':<35}".ljust(125) + "0 0"
    text = f"{'4 00010000':<32}{'Nieuwe tarieven vanaf april':<80}".ljust(127) + "0"
    count = f"{int(rows[4][16:22]) + 2:06d}"
    rows[4] = rows[4][:16] + count + rows[4][22:]
    statement = _only("\r\n".join([*rows[:3], name, street, rows[3], text, *rows[4:]]).encode())
    assert statement.findings == ()
    assert statement.lines[0].counterparty == "Jan Peeters"
    assert statement.lines[0].information == ("Tegenpartij: Jan Peeters, Kerkstraat 1, 9000 Gent",)
    assert statement.free_text == "Nieuwe tarieven vanaf april"
    assert statement.lines[0].sequence == "00010000"


@pytest.mark.parametrize("length", [127, 129, 100_000])
def test_a_line_of_another_length_is_an_error(length: int) -> None:
    rows = _file(_movement()).split(b"\r\n")
    rows[3] = rows[3][:127] if length == 127 else rows[3].ljust(length, b"x")
    statement = _only(b"\r\n".join(rows))
    assert [(finding.rule, finding.line) for finding in statement.findings] == [("LINE_LENGTH", 4)]
    assert statement.must_be_quarantined
