"""The statements of the demo's bank: 128 characters, chained balances, sums of the trailer."""

from datetime import date
from itertools import pairwise

from zelfboeken.demo.coda_file import CodaMovement, CodaStatement, write_statement
from zelfboeken.demo.truth import Year


def signed(record: str, position: int) -> int:
    """The amount in cents whose sign stands at the position (from 1)."""
    sign = -1 if record[position - 1] == "1" else 1
    thousandths = int(record[position : position + 15])
    assert thousandths % 10 == 0
    return sign * thousandths // 10


def records(content: bytes) -> list[str]:
    text = content.decode("cp1252")
    assert text.endswith("\r\n")
    return text.split("\r\n")[:-1]


def test_every_record_has_128_characters_and_a_file_runs_from_0_to_9(year: Year) -> None:
    for statement in year.statements:
        lines = records(statement.content)
        assert {len(line) for line in lines} == {128}
        assert (lines[0][0], lines[1][0], lines[-2][0], lines[-1][0]) == ("0", "1", "8", "9")


def test_old_balance_and_movements_make_the_new_balance_and_the_trailer(year: Year) -> None:
    for statement in year.statements:
        lines = records(statement.content)
        movements = [signed(line, 32) for line in lines if line.startswith("21") and line[6:10] == "0000"]
        assert movements == [truth.amount_cents for truth in statement.lines]
        assert signed(lines[1], 43) == statement.opening_cents
        assert signed(lines[-2], 42) == statement.closing_cents == statement.opening_cents + sum(movements)
        trailer = lines[-1]
        assert int(trailer[16:22]) == len(lines) - 2
        assert int(trailer[22:37]) == -10 * sum(cents for cents in movements if cents < 0)
        assert int(trailer[37:52]) == 10 * sum(cents for cents in movements if cents > 0)


def test_details_add_up_to_their_movement(year: Year) -> None:
    batches = 0
    for statement in year.statements:
        details: dict[str, int] = {}
        whole: dict[str, int] = {}
        for line in records(statement.content):
            if line.startswith("21"):
                target = whole if line[6:10] == "0000" else details
                target[line[2:6]] = target.get(line[2:6], 0) + signed(line, 32)
        assert all(whole[sequence] == cents for sequence, cents in details.items())
        batches += len(details)
    assert batches >= 8


def test_a_long_text_runs_on_in_the_second_and_third_record() -> None:
    text = "".join(f"{n:03d}" for n in range(49))
    movement = CodaMovement(date(2026, 1, 5), -1250, "MOLEN", "BE68539007547034", "ZELFBEBB", text, None, "00101000")
    statement = CodaStatement(
        "BE68539007547034", "BAKKERIJ", "0999000129", "ZICHT", 3, date(2026, 1, 2), 1000, date(2026, 1, 5), (movement,)
    )
    first, second, third = records(write_statement(statement))[2:5]
    assert first[62:115] + second[10:63] + third[82:125].rstrip() == text
    assert third[10:44].strip() == "BE68539007547034"
    assert statement.closing_cents == -250


def test_a_direct_debit_tells_that_it_was_paid_its_mandate_and_its_text() -> None:
    movement = CodaMovement(
        date(2026, 1, 5), -900, "TELECOM", None, None, "6026000208", None, "00501000", mandate="MAND-7"
    )
    statement = CodaStatement(
        "BE68539007547034", "BAKKERIJ", "0999000129", "ZICHT", 3, date(2026, 1, 2), 1000, date(2026, 1, 5), (movement,)
    )
    first, second, third = records(write_statement(statement))[2:5]
    assert first[61] == "1"
    communication = first[62:115] + second[10:63] + third[82:125]
    assert communication[:12] == "127050126110"
    assert communication[47:82].rstrip() == "MAND-7"
    assert communication[82:144].rstrip() == "6026000208"


def test_a_movement_with_details_is_marked_as_a_global_amount(year: Year) -> None:
    lines = [line for statement in year.statements for line in records(statement.content) if line.startswith("21")]
    assert any(line[124] == "1" for line in lines)
    for line, following in pairwise(lines):
        assert (line[124] == "1") == (line[6:10] == "0000" and following[6:10] == "0001")
