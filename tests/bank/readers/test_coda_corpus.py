"""CODA files from elsewhere, and a demo year of our own."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Tell
from tests.corpus import CORPUS
from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.model import NotReadable, ReadStatement
from zelfboeken.belgium import structured_reference
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


FILES = [
    "coda-febelfin/CODA.txt",
    "coda-febelfin/CODA-empty.txt",
    "coda-standard/coda.cod",
    "coda-standard/invalid.cod",
    *(f"coda-wimverstuyf/sample{n}.cod" for n in range(1, 12)),
]


def _labels(content: bytes) -> dict[str, Any]:
    """The facts of a file at their positions (rules, chapter 4.1), read apart from the reader and without judging."""
    rows = content.decode("cp1252").splitlines()

    def cents(text: str, sign: str) -> int:
        digits = int(text) // 10 + (text[-1] >= "5")
        return -digits if sign == "1" else digits

    def on(text: str) -> date | None:
        return date(2000 + int(text[4:]), int(text[2:4]), int(text[:2])) if text.strip("0 ") else None

    old = next(row for row in rows if row[:1] == "1")
    new = next((row for row in rows if row[:1] == "8"), None)
    facts: dict[str, Any] = {
        "bic": rows[0][60:71].strip() or None,
        "number": int(old[125:128]),
        "paper_number": old[2:5],
        "holder": " ".join(old[64:90].split()) or None,
        "currency": old[18:21] if old[1] == "0" else old[39:42],
        "opening_cents": cents(old[43:58], old[42]),
        "opening_on": on(old[58:64]),
        "closing_cents": cents(new[42:57], new[41]) if new else cents(old[43:58], old[42]),
        "date": on(new[57:63]) if new else on(old[58:64]),
        "lines": [],
    }
    at = None
    for row in rows:
        if row[:2] == "21":
            at = {"first": row, "second": "", "third": ""} if row[6:10] == "0000" else None
            if at:
                facts["lines"].append(at)
        elif row[:2] in ("22", "23") and at and row[2:10] == at["first"][2:10]:
            at["second" if row[1] == "2" else "third"] = row
    facts["lines"] = [
        {
            "amount_cents": cents(one["first"][32:47], one["first"][31]),
            "value_on": on(one["first"][47:53]),
            "transaction_code": one["first"][53:61],
            "booked_on": on(one["first"][115:121]),
            "bank_reference": one["first"][10:31].strip() or None,
            "counter_bic": one["second"][98:109].strip() or None,
            "customer_reference": " ".join(one["second"][63:98].split()) or None,
            "words": set((one["first"][62:115] + one["second"][10:63].ljust(53) + one["third"][82:125]).split())
            if one["first"][61] == "0"
            else set(),
            "ogm": one["first"][65:77] if one["first"][61:65] == "1101" else None,
        }
        for one in facts["lines"]
    ]
    return facts


@pytest.mark.parametrize("name", FILES)
def test_every_field_of_a_real_file_is_read_as_it_stands(name: str, tell: Tell) -> None:
    statement = _statement(name)
    assert CORPUS is not None
    labels = _labels(Path(CORPUS, name).read_bytes())
    lines = labels.pop("lines")

    assert {field: getattr(statement, field) for field in labels} == labels
    assert len(statement.lines) == len(lines)
    right = 0
    for read, label in zip(statement.lines, lines, strict=True):
        right += len(label)
        words, ogm = label.pop("words"), label.pop("ogm")
        assert {field: getattr(read, field) for field in label} == label
        assert words <= set(read.communication.split())
        assert ogm in {None, read.structured} or not structured_reference.is_valid(ogm)
    told = f"{len(labels)} of {len(labels)} fields of the statement, {right} of {right} of its {len(lines)} lines"
    tell(f"{name}: {told}")


def test_every_statement_of_a_demo_year_is_read_as_it_was_meant() -> None:
    year = generate(2026)
    assert len(year.statements) == 242
    for written in year.statements:
        (read,) = read_coda(written.content).statements
        assert read.findings == (), written.file_name
        assert (read.iban, read.number, read.date) == (written.iban, written.number, written.date)
        assert (read.opening_cents, read.closing_cents) == (written.opening_cents, written.closing_cents)
        assert [line.amount_cents for line in read.lines] == [line.amount_cents for line in written.lines]
