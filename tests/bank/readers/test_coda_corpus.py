"""CODA files from elsewhere, and a demo year of our own."""

from pathlib import Path

import pytest

from tests.corpus import CORPUS
from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.model import NotReadable, ReadStatement
from zelfboeken.demo.year import generate


def _statement(name: str) -> ReadStatement:
    if CORPUS is None:
        pytest.skip("the folder with real files is not on this machine")
    (statement,) = read_coda(Path(CORPUS, name).read_bytes()).statements
    return statement


def test_the_example_file_of_the_banks_is_read_whole_and_without_a_fault() -> None:
    statement = _statement("coda-febelfin/CODA.txt")
    assert len(statement.lines) == 59
    assert sum(len(line.details) for line in statement.lines) == 52
    assert statement.findings == ()
    assert statement.opening_cents + sum(line.amount_cents for line in statement.lines) == statement.closing_cents
    vat = statement.lines[4]
    assert vat.communication == "CHARGES CHEQUE GBP 1400 BRITISH HEART FOUNDATION"
    assert [detail.amount_cents for detail in vat.details] == [-877, -184]
    assert vat.details[1].communication == "Berekening: bedrag 1,84, berekend op 8,77, percentage 21, in euro 1,84"


def test_a_statement_without_movements_needs_no_new_balance() -> None:
    statement = _statement("coda-febelfin/CODA-empty.txt")
    assert (statement.lines, statement.closing_cents, statement.must_be_quarantined) == ((), 0, False)


@pytest.mark.parametrize("n", [1, 8, 10, 11])
def test_a_consistent_file_may_be_booked(n: int) -> None:
    assert not _statement(f"coda-wimverstuyf/sample{n}.cod").must_be_quarantined


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 9])
def test_a_file_that_contradicts_itself_is_read_and_reported(n: int) -> None:
    statement = _statement(f"coda-wimverstuyf/sample{n}.cod")
    assert statement.lines
    assert "WRONG_SUM" in {finding.rule for finding in statement.findings}
    assert statement.must_be_quarantined


def test_rubbish_behind_the_trailer_puts_the_statement_in_quarantine() -> None:
    statement = _statement("coda-standard/invalid.cod")
    assert {"LINE_LENGTH", "OUTSIDE", "TRAILER_LINK"} <= {finding.rule for finding in statement.findings}
    assert statement.must_be_quarantined


def test_the_example_file_cut_at_any_byte_is_refused_or_quarantined() -> None:
    if CORPUS is None:
        pytest.skip("the folder with real files is not on this machine")
    content = Path(CORPUS, "coda-wimverstuyf/sample1.cod").read_bytes().rstrip()
    for end in range(len(content)):
        try:
            statements = read_coda(content[:end]).statements
        except NotReadable:
            continue
        assert any(statement.must_be_quarantined for statement in statements), end


def test_every_statement_of_a_demo_year_is_read_as_it_was_meant() -> None:
    year = generate(2026)
    assert len(year.statements) == 242
    for written in year.statements:
        (read,) = read_coda(written.content).statements
        assert read.findings == (), written.file_name
        assert (read.iban, read.number, read.date) == (written.iban, written.number, written.date)
        assert (read.opening_cents, read.closing_cents) == (written.opening_cents, written.closing_cents)
        assert [line.amount_cents for line in read.lines] == [line.amount_cents for line in written.lines]
