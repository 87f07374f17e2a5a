"""What is written as CODA reads back the same."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.readers.model import BankDetail, ReadBankFile, ReadBankLine, ReadStatement
from zelfboeken.bank.writers.coda import NotWritable, write_coda
from zelfboeken.belgium import structured_reference
from zelfboeken.demo.year import generate

_LETTERS = "abcdefgh ABCDEFGH éèçàü€&/-.,'"
_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
_CENTS = st.integers(-(10**12), 10**12)


def _text(longest: int) -> st.SearchStrategy[str]:
    return st.text(_LETTERS, max_size=longest).map(lambda text: " ".join(text.split()))


def _optional(longest: int) -> st.SearchStrategy[str | None]:
    return _text(longest).map(lambda text: text or None)


@st.composite
def _said(draw: st.DrawFn) -> tuple[str, str | None]:
    if draw(st.booleans()):
        digits = structured_reference.from_number(draw(st.integers(0, 10**10 - 1)))
        return structured_reference.formatted(digits), digits
    return draw(_text(149)), None


@st.composite
def _lines(draw: st.DrawFn, sequence: int) -> ReadBankLine:
    text, structured = draw(_said())
    iban = draw(st.sampled_from([None, "BE68539007547034", "NL91ABNA0417164300"]))
    details: list[BankDetail] = []
    for amount_cents in draw(st.lists(_CENTS, max_size=3)):
        part, reference = draw(_said())
        code = draw(st.sampled_from(["84150100", "84137013"]))
        details.append(BankDetail(amount_cents, draw(_optional(35)), iban, None, part, reference, code))
    return ReadBankLine(
        booked_on=draw(_DAYS),
        value_on=draw(st.none() | _DAYS),
        amount_cents=sum(detail.amount_cents for detail in details) if details else draw(_CENTS),
        counterparty=draw(_optional(35)),
        counter_iban=iban,
        counter_bic=draw(st.sampled_from([None, "KREDBEBB"])),
        communication=text,
        structured=structured,
        transaction_code="04150000",
        bank_reference=draw(st.sampled_from([None, "REF 1"])),
        customer_reference=draw(_optional(35)),
        details=tuple(details),
        information=tuple(text for text in draw(st.lists(_text(268), max_size=2)) if text),
        sequence=f"{sequence:04d}0000",
        end_to_end=None,
        mandate=None,
    )


@st.composite
def _statements(draw: st.DrawFn) -> ReadStatement:
    lines = tuple(draw(_lines(n)) for n in range(1, draw(st.integers(0, 4)) + 1))
    opening_cents = draw(_CENTS)
    number = draw(st.integers(1, 999))
    return ReadStatement(
        iban="BE22679200300047",
        currency="EUR",
        holder=draw(_optional(26)),
        bic="KREDBEBB",
        number=number,
        paper_number=f"{number:03d}",
        date=draw(_DAYS),
        opening_on=draw(_DAYS),
        opening_cents=opening_cents,
        closing_cents=opening_cents + sum(line.amount_cents for line in lines),
        lines=lines,
        findings=(),
        free_text="",
    )


_FILES = st.lists(_statements(), min_size=1, max_size=3).map(lambda found: ReadBankFile("coda", tuple(found), ()))


@settings(max_examples=150, deadline=None)
@given(_FILES)
def test_what_is_written_reads_back_the_same(file: ReadBankFile) -> None:
    assert read_coda(write_coda(file)) == file


def test_a_demo_year_written_again_reads_the_same() -> None:
    for statement in generate(2026).statements:
        file = read_coda(statement.content)
        assert read_coda(write_coda(file)) == file, statement.file_name


@pytest.mark.parametrize("holder", ["x" * 27, "漢字"])
def test_a_text_without_room_in_the_format_is_refused(holder: str) -> None:
    statement = replace(read_coda(generate(2026).statements[0].content).statements[0], holder=holder)
    with pytest.raises(NotWritable):
        write_coda(ReadBankFile("coda", (statement,), ()))
