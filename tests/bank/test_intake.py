"""Damaged bank files through the whole intake: taken in whole, or put aside whole with what is wrong (INV-16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import transaction

from tests.banking import bank_lines, open_books_with_bank, take_in
from tests.books import Books
from tests.files import OGM, OUR_IBAN
from zelfboeken.bank.models import BankLine, Statement
from zelfboeken.demo.coda_file import CodaDetail, CodaMovement, CodaStatement, write_statement
from zelfboeken.documents.models import Document
from zelfboeken.documents.services import FileRefused
from zelfboeken.documents.storage import read_original
from zelfboeken.inbox.models import Reading

pytestmark = pytest.mark.django_db
_DAY = date(2026, 11, 16)


def _movement(cents: int, text: str, **more: object) -> CodaMovement:
    facts: dict[str, object] = {"structured": None, "transaction_code": "00150000"}
    return CodaMovement(_DAY, cents, "Bakkerij Élan", "BE68539007547034", "KREDBEBB", text, **{**facts, **more})  # type: ignore[arg-type]


def _detail(cents: int) -> CodaDetail:
    return CodaDetail(cents, f"Klant {cents}", "BE68539007547034", None, "deel", None, "50150000")


WHOLE = write_statement(
    CodaStatement(
        OUR_IBAN,
        "Bakkerij Voorbeeld",
        "0999000129",
        "zicht",
        7,
        date(2026, 11, 13),
        100_000,
        _DAY,
        (
            _movement(12_100, "", structured=OGM),
            _movement(-700, "een lange mededeling " * 6),
            _movement(900, "", details=(_detail(400), _detail(500))),
            _movement(-3_000, "stroom", mandate="M-123"),
        ),
    )
)
AMOUNTS = [12_100, -700, 900, -3_000]


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        yield made


def outcome(books: Books, content: bytes) -> str:
    """What became of a file: ACCEPTED, GAP, QUARANTINED or UNREADABLE. It is proven whole and undone again."""
    point = transaction.savepoint()
    arrived = take_in(books, content)
    document = Document.objects.get(domain_id=books.domain.id)
    assert read_original(domain_id=books.domain.id, sha256=document.sha256) == content
    reading = Reading.objects.get(domain_id=books.domain.id, document_id=document.id)
    found = list(Statement.objects.filter(domain_id=books.domain.id).order_by("id"))
    for statement in found:
        lines = list(BankLine.objects.filter(domain_id=books.domain.id, statement_id=statement.id).order_by("n"))
        if statement.state == "QUARANTINED":
            assert lines == []
            wrong = [one for one in statement.findings if one["severity"] == "ERROR"]
            assert any(one["line"] and one["column"] for one in wrong), wrong
            assert all(one["text"].endswith(".") for one in wrong)
            assert "is niet ingelezen. " in arrived.text
        else:
            assert sum(line.amount_cents for line in lines) == statement.closing_cents - statement.opening_cents
            assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    if not found:
        # A record cut through may name an account that nobody has.
        assert reading.outcome == "UNREADABLE" or "is niet ingelezen. Regel " in arrived.text, arrived.text
        assert (reading.reason, arrived.text[-1]) == (arrived.text, ".")
    states = {statement.state for statement in found}
    transaction.savepoint_rollback(point)
    assert len(states) <= 1
    return states.pop() if states else "UNREADABLE"


def _rows(content: bytes = WHOLE) -> list[bytes]:
    return content.splitlines(keepends=True)


def _put(line: int, column: int, text: str) -> bytes:
    """The whole file with this text at a line and column, both from 1."""
    rows = _rows()
    row = rows[line - 1]
    rows[line - 1] = row[: column - 1] + text.encode() + row[column - 1 + len(text) :]
    return b"".join(rows)


def test_the_whole_file_is_taken_in_whole(books: Books):
    assert outcome(books, WHOLE) == "ACCEPTED"
    take_in(books, WHOLE)
    assert [line.amount_cents for line in bank_lines(books)] == AMOUNTS
    assert [(one["amount"], one["code"]) for one in bank_lines(books)[2].details] == [
        (400, "50150000"),
        (500, "50150000"),
    ]


def test_inv16_a_file_cut_at_or_near_the_end_of_any_record_is_put_aside_whole(books: Books):
    ends = {at + near for at in range(0, len(WHOLE), 130) for near in (-1, 0, 1, 60)}
    for end in sorted(end for end in ends if 0 < end < len(WHOLE.rstrip())):
        assert outcome(books, WHOLE[:end]) in {"QUARANTINED", "UNREADABLE"}, end


@pytest.mark.slow
def test_inv16_a_file_cut_at_any_byte_is_put_aside_whole(books: Books):
    for end in range(1, len(WHOLE.rstrip())):
        assert outcome(books, WHOLE[:end]) in {"QUARANTINED", "UNREADABLE"}, end


def _dropped(rows: list[bytes], n: int) -> list[bytes]:
    return [*rows[:n], *rows[n + 1 :]]


def _doubled(rows: list[bytes], n: int) -> list[bytes]:
    return [*rows[:n], rows[n], *rows[n:]]


def _swapped(rows: list[bytes], n: int) -> list[bytes]:
    return [*rows[:n], *rows[n + 1 : n + 2], rows[n], *rows[n + 2 :]]


@pytest.mark.parametrize("change", [_dropped, _doubled])
def test_inv16_a_record_dropped_or_doubled_puts_the_file_aside(
    books: Books, change: Callable[[list[bytes], int], list[bytes]]
):
    for n in range(len(_rows())):
        assert outcome(books, b"".join(change(_rows(), n))) in {"QUARANTINED", "UNREADABLE"}, n


def test_inv16_two_records_swapped_put_the_file_aside_or_change_no_amount(books: Books):
    for n in range(len(_rows()) - 1):
        content = b"".join(_swapped(_rows(), n))
        state = outcome(books, content)
        if state == "ACCEPTED":
            point = transaction.savepoint()
            take_in(books, content)
            assert sorted(line.amount_cents for line in bank_lines(books)) == sorted(AMOUNTS), n
            transaction.savepoint_rollback(point)


@pytest.mark.parametrize(
    ("line", "column", "text", "told"),
    [
        (2, 44, "000000000100010", "Regel 21, kolom 43: Oud saldo en verrichtingen geven 193,01"),
        (21, 43, "000000000109400", "Regel 21, kolom 43: Oud saldo en verrichtingen geven 1093,00"),
        (22, 17, "000013", "Regel 22, kolom 17: De slotregel telt 13 regels, het bestand 20."),
        (22, 23, "000000000037010", "Regel 22, kolom 23: De slotregel noemt 37,01 aan uitgaven"),
        (22, 38, "000000000130010", "Regel 22, kolom 38: De slotregel noemt 130,01 aan ontvangsten"),
        (3, 33, "0000000001X1000", "Regel 3, kolom 33: Hier hoort een bedrag van vijftien cijfers."),
        (3, 32, "5", "Regel 3, kolom 32: Het teken van het bedrag is geen 0 (in) of 1 (uit)."),
        (3, 33, "000000000121005", "Regel 3, kolom 47: Het bedrag heeft een derde decimaal."),
        (3, 48, "310226", "Regel 3, kolom 48: “310226” is geen datum (DDMMJJ)."),
        (21, 5, "BE68539007547034", "Regel 21, kolom 5: De rekening bij het nieuwe saldo"),
        (4, 1, "7", "Regel 4, kolom 1: CODA kent geen regel die begint met “72”."),
    ],
)
def test_inv16_what_is_wrong_is_named_with_its_record_and_column(
    books: Books, line: int, column: int, text: str, told: str
):
    content = _put(line, column, text)
    assert outcome(books, content) == "QUARANTINED"
    take_in(books, content)
    findings = Statement.objects.get(domain_id=books.domain.id).findings
    sentences = [f"Regel {one['line']}, kolom {one['column']}: {one['text']}" for one in findings]
    assert any(sentence.startswith(told) for sentence in sentences), sentences


@pytest.mark.parametrize(
    "content",
    [
        WHOLE.decode("cp1252").encode("utf-8"),
        WHOLE.decode("cp1252").encode("utf-8-sig"),
        WHOLE.replace(b"\r\n", b"\n"),
        WHOLE.replace(b"\r\n", b"\r"),
        WHOLE + b"\r\n\r\n\x1a",
        WHOLE.rstrip(),
        _put(2, 126, "000"),
    ],
)
def test_another_encoding_another_line_end_and_no_number_change_no_amount(books: Books, content: bytes):
    assert outcome(books, content) == "ACCEPTED"
    take_in(books, content)
    assert [line.amount_cents for line in bank_lines(books)] == AMOUNTS
    assert bank_lines(books)[0].counterparty == "Bakkerij Élan"


@pytest.mark.parametrize("length", [127, 129, 5_000])
def test_inv16_a_record_of_another_length_puts_the_file_aside(books: Books, length: int):
    rows = WHOLE.split(b"\r\n")
    rows[3] = rows[3][:127] if length == 127 else rows[3].ljust(length, b"x")
    assert outcome(books, b"\r\n".join(rows)) == "QUARANTINED"


@pytest.mark.parametrize("content", [b" \r\n", b"0", WHOLE[:100], b"\x00" * 300, WHOLE[:127] + b"1" + WHOLE[128:]])
def test_what_is_no_statement_at_all_is_kept_with_why(books: Books, content: bytes):
    assert outcome(books, content) == "UNREADABLE"


def test_an_empty_file_is_refused_before_anything_is_kept(books: Books):
    with pytest.raises(FileRefused, match="Dit bestand is leeg"):
        take_in(books, b"")
    assert Document.objects.filter(domain_id=books.domain.id).count() == 0


def test_inv16_old_balance_and_number_are_held_against_the_statement_before(books: Books):
    take_in(books, WHOLE)
    point = transaction.savepoint()
    for opening, number, state in ((109_300, 8, "ACCEPTED"), (109_301, 8, "QUARANTINED"), (109_300, 9, "GAP")):
        following = CodaStatement(
            OUR_IBAN, "B", "0999000129", "z", number, _DAY, opening, date(2026, 11, 17), (_movement(5, "x"),)
        )
        take_in(books, write_statement(following))
        assert Statement.objects.filter(domain_id=books.domain.id).order_by("id").last().state == state
        transaction.savepoint_rollback(point)
        point = transaction.savepoint()
