"""Statements coming in through the whole intake: stored once, in their chain, or told why not (INV-16, INV-17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.banking import (
    SAVINGS_IBAN,
    accept,
    add_account,
    bank_lines,
    decide,
    differences,
    member,
    open_books_with_bank,
    open_cents,
    owed,
    statements,
    take_in,
)
from tests.books import NOW, Books, fill_books, new_domain, open_new_books
from tests.corpus import CORPUS
from tests.files import OGM, OUR_IBAN, movement, statement
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.bank.models import BankAccount, BankLine, Statement
from zelfboeken.bank.readers.coda import read_coda
from zelfboeken.bank.services import GapNeedsReason, NoGap, accept_gap
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.ledger.models import GLAccount, Journal, JournalKind
from zelfboeken.matching.facts import Decision, GLShare
from zelfboeken.matching.services import LineNotBookable
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
ACCEPTED, GAP, QUARANTINED = "ACCEPTED", "GAP", "QUARANTINED"


def day(n: int, opening_cents: int, *cents: int, number: int | None = None, **more: object) -> bytes:
    """The statement of a day of November, numbered by its day unless told otherwise; each line has its own text."""
    lines = [movement(one, text=f"dag {n} nr {at}") for at, one in enumerate(cents)]
    return statement(
        *lines, number=n if number is None else number, opening_cents=opening_cents, on=date(2026, 11, n), **more
    )  # type: ignore[arg-type]


def told(books: Books, content: bytes) -> str:
    """What a person is told about a file."""
    return take_in(books, content).text


def test_the_first_statement_is_free_and_the_next_follows_by_number_and_balance():
    with open_books_with_bank() as books:
        assert told(books, day(7, 123_456, -100)) == "bank.cod: 1 nieuwe bankverrichting."
        assert told(books, day(8, 123_356, 500, -20)) == "bank.cod: 2 nieuwe bankverrichtingen."

        assert statements(books) == [(7, ACCEPTED), (8, ACCEPTED)]
        assert [line.amount_cents for line in bank_lines(books)] == [-100, 500, -20]


def test_inv16_an_opening_balance_that_is_not_the_last_closing_one_is_quarantined_without_its_lines():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        text = told(books, day(8, 999, -200))

        assert text == (
            "Afschrift 8 van 2026 is niet ingelezen. Het beginsaldo past niet bij het afschrift ernaast. "
            "Afschrift 7 van 07/11/2026 eindigt op -1,00, afschrift 8 van 08/11/2026 begint op 9,99. "
            "Vraag je bank het juiste afschrift."
        )
        assert statements(books) == [(7, ACCEPTED), (8, QUARANTINED)]
        assert [line.amount_cents for line in bank_lines(books)] == [-100]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"1000000000121000", b"1000000000122000", "Regel 7, kolom 23: De slotregel noemt 121,00 aan uitgaven"),
        (b"EUR1000000000121000", b"EUR1000000000120000", "Regel 6, kolom 43: Oud saldo en verrichtingen geven -121,00"),
        (b"9               000005", b"9               000004", "Regel 7, kolom 17: De slotregel telt 4 regels"),
    ],
)
def test_inv16_a_wrong_sum_or_count_names_the_record_and_the_column(old: bytes, new: bytes, place: str):
    with open_books_with_bank() as books:
        text = told(books, day(7, 0, -12_100).replace(old, new, 1))

        assert text.startswith(f"Afschrift 7 van 2026 is niet ingelezen. {place}")
        assert statements(books) == [(7, QUARANTINED)]
        assert bank_lines(books) == []


def test_inv16_the_right_statement_takes_the_place_of_the_quarantined_one():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        take_in(books, day(8, 999, -200))
        take_in(books, day(8, -100, -200))
        take_in(books, day(9, -300, -50))

        assert statements(books) == [(7, ACCEPTED), (8, QUARANTINED), (8, ACCEPTED), (9, ACCEPTED)]
        assert [line.amount_cents for line in bank_lines(books)] == [-100, -200, -50]


def test_inv16_behind_a_missing_statement_lines_are_shown_and_not_bookable():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        text = told(books, day(9, 4_900, -300))

        assert text == (
            "bank.cod: 1 nieuwe bankverrichting. Afschrift 9 van 2026 wacht. Afschrift 8 van 2026 ontbreekt. "
            "Afschrift 7 van 07/11/2026 eindigt op -1,00, afschrift 9 van 09/11/2026 begint op 49,00. "
            "Lever het aan, of aanvaard dit met een reden."
        )
        assert statements(books) == [(7, ACCEPTED), (9, GAP)]
        with pytest.raises(LineNotBookable):
            decide(books, bank_lines(books)[1], Decision("BOOK", shares=(GLShare("657000", -300, ""),)))


def test_inv16_an_exact_reference_behind_a_gap_is_settled_by_itself_when_the_gap_is_filled():
    with open_books_with_bank() as books:
        owed(books, -12_100, structured=OGM)
        take_in(books, day(7, 0, -100))
        paid = statement(movement(-12_100, structured=OGM), number=9, opening_cents=4_900, on=date(2026, 11, 9))
        take_in(books, paid)
        assert open_cents(books) == [-12_100]

        take_in(books, day(8, -100, 5_000))

        assert statements(books) == [(7, ACCEPTED), (9, ACCEPTED), (8, ACCEPTED)]
        assert open_cents(books) == []
        assert differences(books) == ()


def test_inv16_a_gap_is_accepted_with_a_reason_only_and_the_reason_is_kept_and_logged():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        take_in(books, day(9, 4_900, -300))
        waiting = Statement.objects.get(domain_id=books.domain.id, number=9)
        for short in ("", "   ", "nee", "    x    "):
            with pytest.raises(GapNeedsReason, match="Schrijf in enkele woorden"):
                accept_gap(access=books.access, statement=waiting, reason=short, at=NOW)

        accept_gap(access=books.access, statement=waiting, reason=" De bank vindt het niet meer ", at=NOW)

        waiting.refresh_from_db()
        assert (waiting.state, waiting.gap_reason) == (ACCEPTED, "De bank vindt het niet meer")
        event = Event.objects.filter(domain_id=books.domain.id, action="statement.gap_accepted").get()
        assert event.detail == {"reason": "De bank vindt het niet meer"}
        decide(books, bank_lines(books)[1], Decision("BOOK", shares=(GLShare("657000", -300, ""),)))
        with pytest.raises(NoGap):
            accept_gap(access=books.access, statement=waiting, reason="nog eens hetzelfde", at=NOW)


def test_who_may_not_book_bank_lines_may_not_accept_a_gap():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        take_in(books, day(9, 4_900, -300))
        waiting = Statement.objects.get(domain_id=books.domain.id, number=9)
        _user, director = member(books, Role.MANAGEMENT)

        with pytest.raises(NotAllowed, match="rol Backoffice niet"):
            accept_gap(access=director, statement=waiting, reason="De bank vindt het niet meer", at=NOW)
        assert statements(books)[1] == (9, GAP)


def test_statements_that_come_out_of_order_all_find_their_place():
    balances = {1: 0, 2: 100, 3: 300, 4: 600, 5: 1_000}
    for order in ([1, 3, 2, 5, 4], [5, 4, 3, 2, 1], [3, 1, 5, 2, 4], [2, 5, 1, 4, 3]):
        with open_books_with_bank() as books:
            for n in order:
                take_in(books, day(n, balances[n], 100 * n))

            assert sorted(statements(books)) == [(n, ACCEPTED) for n in range(1, 6)], order
            assert sorted(line.amount_cents for line in bank_lines(books)) == [100, 200, 300, 400, 500]


def test_several_statements_of_one_day_follow_by_number_in_whatever_order_they_come():
    with open_books_with_bank() as books:
        first = statement(movement(100, text="een"), number=1, on=date(2026, 11, 16))
        second = statement(movement(200, text="twee"), number=2, opening_cents=100, on=date(2026, 11, 16))
        third = statement(movement(300, text="drie"), number=3, opening_cents=300, on=date(2026, 11, 16))
        for content in (first, third, second):
            take_in(books, content)

        assert sorted(statements(books)) == [(1, ACCEPTED), (2, ACCEPTED), (3, ACCEPTED)]


def test_inv16_a_late_statement_that_does_not_meet_what_is_booked_is_quarantined():
    with open_books_with_bank() as books:
        take_in(books, day(8, 5_000, -200))
        text = told(books, day(7, 0, -100))

        assert "Het eindsaldo past niet bij het afschrift ernaast" in text
        assert statements(books) == [(8, ACCEPTED), (7, QUARANTINED)]
        assert told(books, day(7, 0, 5_000)) == "bank.cod: 1 nieuwe bankverrichting."


def test_inv16_when_the_gap_is_filled_and_the_one_behind_it_does_not_fit_that_one_is_quarantined():
    with open_books_with_bank() as books:
        take_in(books, day(7, 0, -100))
        take_in(books, day(9, 4_900, -300))
        take_in(books, day(8, -100, -50))
        assert statements(books) == [(7, ACCEPTED), (9, QUARANTINED), (8, ACCEPTED)]
        with pytest.raises(LineNotBookable):
            decide(books, bank_lines(books)[1], Decision("BOOK", shares=(GLShare("657000", -300, ""),)))

        take_in(books, day(9, -150, -300))

        assert statements(books)[-1] == (9, ACCEPTED)
        right = bank_lines(books)[-1]
        decide(books, right, Decision("BOOK", shares=(GLShare("657000", -300, ""),)))
        assert differences(books) == ()


def test_numbers_start_again_each_year_and_the_last_day_may_come_in_january():
    def in_year(number: int, on: date, opening_cents: int) -> bytes:
        return statement(movement(100, text=f"{on}", on=on), number=number, opening_cents=opening_cents, on=on)

    with open_books_with_bank() as books:
        take_in(books, in_year(250, date(2025, 12, 30), 0))
        take_in(books, in_year(251, date(2026, 1, 2), 100))
        take_in(books, in_year(1, date(2026, 1, 2), 200))
        take_in(books, in_year(2, date(2026, 1, 5), 300))

        found = Statement.objects.filter(domain_id=books.domain.id).order_by("id")
        assert [(one.year, one.number, one.state) for one in found] == [
            (2025, 250, ACCEPTED),
            (2025, 251, ACCEPTED),
            (2026, 1, ACCEPTED),
            (2026, 2, ACCEPTED),
        ]


def test_inv16_a_first_number_that_is_not_one_in_a_new_year_is_a_gap():
    with open_books_with_bank() as books:
        take_in(books, statement(movement(100), number=250, on=date(2025, 12, 30)))
        text = told(books, statement(movement(200), number=2, opening_cents=100, on=date(2026, 1, 5)))

        assert "Afschrift 1 van 2026 ontbreekt." in text
        assert statements(books)[1] == (2, GAP)


def test_an_account_that_nobody_knows_is_told_and_its_file_is_taken_in_once_the_account_is_there():
    iban = "BE49999000000171"
    with open_books_with_bank() as books:
        content = statement(movement(-100), iban=iban)
        text = told(books, content)
        assert text == (
            f"Rekening {iban} is nog niet gekend. Voeg ze toe bij Bankrekeningen: dan komt dit afschrift mee."
        )
        assert statements(books) == []
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1

        add_account(books, iban, "Nieuwe rekening", "550100", "B9")
        again = take_in(books, content, name="opnieuw.cod")

        assert again.is_repeat
        assert again.text == "bank.cod is al ontvangen op 25/11/2026. bank.cod: 1 nieuwe bankverrichting."
        assert [line.amount_cents for line in bank_lines(books)] == [-100]
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1


def test_inv09_an_account_of_another_domain_or_of_an_administration_out_of_reach_is_nobodys():
    with open_books_with_bank() as others:
        take_in(others, day(1, 0, 100))
    with open_new_books() as books:
        assert "is nog niet gekend" in told(books, day(1, 0, 100))
        assert statements(books) == []

    domain, user = new_domain()
    with domain_scope(domain.id):
        books, second = fill_books(domain, user), fill_books(domain, user)
        add_account(second, OUR_IBAN, "Van de andere", "550000", "B1")
        reach = replace(books.access, administration_ids=frozenset({books.administration.id}))

        assert "is nog niet gekend" in take_in(books, day(1, 0, 100), access=reach).text
        assert statements(books) == []
        assert take_in(books, day(1, 0, 200)).text == "bank.cod: 1 nieuwe bankverrichting."
        assert bank_lines(books)[0].administration_id == second.administration.id


def test_cents_of_another_currency_are_not_taken_for_euro():
    dollars = day(1, 0, 100).replace(b"EUR", b"USD")
    with open_books_with_bank() as books:
        assert f"Rekening {OUR_IBAN} loopt in USD" in told(books, dollars)
        assert statements(books) == []

        account = BankAccount.objects.get(domain_id=books.domain.id)
        journal = Journal.objects.create(
            domain_id=books.domain.id, administration_id=books.administration.id, code="B9", kind=JournalKind.BANK,
            name="Dollar",
        )  # fmt: skip
        gl_account = GLAccount.objects.get(domain_id=books.domain.id, code="550100")
        dollar = BankAccount.objects.create(
            domain_id=books.domain.id, administration_id=books.administration.id, iban=account.iban, currency="USD",
            name="Dollar", gl_account_id=gl_account.id, journal_id=journal.id,
        )  # fmt: skip
        take_in(books, dollars)
        take_in(books, day(1, 0, 100))

        assert [line.bank_account_id for line in bank_lines(books)] == [dollar.id, account.id]


def test_inv17_the_same_statement_in_another_file_stores_nothing_twice():
    content = day(1, 0, -250, -250)
    with open_books_with_bank() as books:
        take_in(books, content)
        again = take_in(books, content, name="hernoemd.cod")
        other_bytes = take_in(books, content.replace(b"REF", b"FER"))
        marked_by_the_bank = take_in(books, content[:16] + b"D" + content[17:])

        assert again.is_repeat
        assert again.text == "bank.cod is al ontvangen op 25/11/2026."
        assert other_bytes.text == "Afschrift 1 van 2026 is al ontvangen. Er is niets dubbel."
        assert marked_by_the_bank.text == "Afschrift 1 van 2026 is al ontvangen. Er is niets dubbel."
        assert [line.amount_cents for line in bank_lines(books)] == [-250, -250]
        assert statements(books) == [(1, ACCEPTED)]
        assert Arrival.objects.filter(domain_id=books.domain.id).count() == 4


def test_a_file_that_the_bank_calls_a_duplicate_is_taken_in_when_it_is_the_first_to_come():
    content = day(1, 0, -250)
    with open_books_with_bank() as books:
        assert told(books, content[:16] + b"D" + content[17:]) == "bank.cod: 1 nieuwe bankverrichting."


def test_inv17_equal_payments_are_all_kept_within_a_statement_and_over_two_of_one_day():
    parking = movement(-250, text="PARKING")
    with open_books_with_bank() as books:
        take_in(books, statement(parking, parking, number=1))
        take_in(books, statement(parking, number=2, opening_cents=-500))

        assert [(line.amount_cents, line.occurrence) for line in bank_lines(books)] == [(-250, 1), (-250, 2), (-250, 3)]
        assert statements(books) == [(1, ACCEPTED), (2, ACCEPTED)]


def test_inv17_lines_that_come_again_beside_a_gap_are_not_taken_for_new_ones():
    lines = (movement(-250, text="PARKING"), movement(-900, text="LUNCH"))
    with open_books_with_bank() as books:
        take_in(books, statement(*lines, number=1))
        text = told(books, statement(*lines, number=50))

        assert "Alle verrichtingen van dit afschrift zijn al ontvangen" in text
        assert statements(books) == [(1, ACCEPTED), (50, QUARANTINED)]
        assert len(bank_lines(books)) == 2


def test_inv16_another_statement_with_a_number_that_is_taken_is_quarantined_and_not_swallowed():
    with open_books_with_bank() as books:
        take_in(books, day(1, 0, -100))
        text = told(books, day(2, -100, -700, number=1))

        assert "Afschrift 1 van 01/11/2026 is al ontvangen met andere bedragen" in text
        assert statements(books) == [(1, ACCEPTED), (1, QUARANTINED)]
        assert len(bank_lines(books)) == 1


def test_inv16_without_numbers_the_balances_alone_make_the_chain():
    with open_books_with_bank() as books:
        for n, (opening, cents) in enumerate([(0, 100), (100, 200), (700, 50)], start=1):
            take_in(books, statement(movement(cents, text=f"{n}"), number=0, opening_cents=opening,
                                     on=date(2026, 11, n)))  # fmt: skip
        again = take_in(
            books, statement(movement(200, text="2"), number=0, opening_cents=100, on=date(2026, 11, 2)) + b"\r\n"
        )

        assert statements(books) == [(None, ACCEPTED), (None, ACCEPTED), (None, QUARANTINED)]
        assert again.text == "Afschrift zonder nummer van 2026 is al ontvangen. Er is niets dubbel."
        assert [line.amount_cents for line in bank_lines(books)] == [100, 200]


def test_a_quarantined_file_that_comes_again_once_its_neighbour_is_there_is_taken_in():
    with open_books_with_bank() as books:
        late = statement(movement(50, text="3"), number=0, opening_cents=300, on=date(2026, 11, 3))
        take_in(books, statement(movement(100, text="1"), number=0, on=date(2026, 11, 1)))
        take_in(books, late)
        take_in(books, late)
        assert statements(books) == [(None, ACCEPTED), (None, QUARANTINED)]

        take_in(books, statement(movement(200, text="2"), number=0, opening_cents=100, on=date(2026, 11, 2)))
        again = take_in(books, late)

        assert again.text.endswith("1 nieuwe bankverrichting.")
        assert statements(books) == [(None, ACCEPTED), (None, ACCEPTED), (None, ACCEPTED)]
        assert [line.amount_cents for line in bank_lines(books)] == [100, 200, 50]


def test_a_file_of_many_statements_and_accounts_is_taken_in_whole_and_each_problem_is_told():
    with open_books_with_bank(savings=True) as books:
        content = (
            day(1, 0, 100)
            + day(1, 50_000, 7, iban=SAVINGS_IBAN)
            + day(2, 100, 200)
            + day(3, 999, 300)
            + day(1, 0, 1, iban="BE49999000000171")
        )
        arrived = take_in(books, content)

        assert arrived.text.startswith("bank.cod: 3 nieuwe bankverrichtingen. Afschrift 3 van 2026 is niet ingelezen.")
        assert "Rekening BE49999000000171 is nog niet gekend" in arrived.text
        assert [one.new_lines for one in arrived.statements] == [1, 1, 1, 0, 0]
        assert statements(books) == [(1, ACCEPTED), (1, ACCEPTED), (2, ACCEPTED), (3, QUARANTINED)]


def test_a_file_with_many_problems_tells_the_first_three_and_how_many_more():
    content = b"".join(day(n, 0, 100, iban=f"BE4999900000017{n}") for n in range(1, 6))
    with open_books_with_bank() as books:
        text = told(books, content)

    assert text.count("is nog niet gekend") + text.count("is geen IBAN") == 3
    assert text.endswith("En nog 2 andere.")


def test_who_may_deliver_and_not_match_gets_proposals_only():
    with open_books_with_bank() as books:
        owed(books, -12_100, structured=OGM)
        _user, buyer = member(books, Role.PURCHASE)

        take_in(books, statement(movement(-12_100, structured=OGM)), access=buyer)

        [line] = bank_lines(books)
        assert line.entry_id is None
        accept(books, line)
        assert open_cents(books) == []


def test_who_may_not_deliver_hands_in_nothing():
    with open_books_with_bank() as books:
        _user, viewer = member(books, Role.VIEWER)
        with pytest.raises(NotAllowed, match="documenten aan te leveren"):
            take_in(books, day(1, 0, 100), access=viewer)
        assert Document.objects.filter(domain_id=books.domain.id).count() == 0


def test_a_statement_is_taken_in_whatever_the_state_of_its_month_and_what_is_exact_waits_then():
    with open_books_with_bank() as books:
        owed(books, -12_100, structured=OGM)
        paid = movement(-12_100, structured=OGM, on=date(2031, 3, 4))
        arrived = take_in(books, statement(paid, movement(-5, text="x", on=date(2031, 3, 4)), on=date(2031, 3, 4)))

        assert arrived.text == "bank.cod: 2 nieuwe bankverrichtingen."
        assert [line.entry_id for line in bank_lines(books)] == [None, None]
        assert open_cents(books) == [-12_100]


def test_every_statement_logs_what_became_of_it():
    with open_books_with_bank() as books:
        take_in(books, day(1, 0, 100))
        take_in(books, day(2, 999, 100))

        logged = Event.objects.filter(domain_id=books.domain.id, action="statement.imported").order_by("id")
        assert [(one.detail["number"], one.detail["state"], one.detail["lines"]) for one in logged] == [
            (1, ACCEPTED, 1),
            (2, QUARANTINED, 0),
        ]


@pytest.mark.parametrize(
    "name",
    [
        *(f"coda-wimverstuyf/sample{n}.cod" for n in range(1, 12)),
        "coda-febelfin/CODA.txt",
        "coda-febelfin/CODA-empty.txt",
        "coda-standard/coda.cod",
        "coda-standard/invalid.cod",
    ],
)
def test_inv16_a_real_file_is_taken_in_whole_or_put_aside_whole(name: str):
    if CORPUS is None:
        pytest.skip("the folder with real files is not on this machine")
    content = Path(CORPUS, name).read_bytes()
    with open_books_with_bank() as books:
        first = take_in(books, content)
        assert bank_lines(books) == []
        [read] = read_coda(content).statements
        assert f"van rekening {read.iban} " in first.text or first.text.startswith(
            (f"Rekening {read.iban} is nog niet gekend.", f"Rekening {read.iban} is geen IBAN.")
        )
        BankAccount.objects.filter(domain_id=books.domain.id).update(iban=read.iban)

        again = take_in(books, content)

        [imported] = again.statements
        assert imported.statement is not None
        lines = BankLine.objects.filter(domain_id=books.domain.id, statement_id=imported.statement.id)
        if imported.statement.state == QUARANTINED:
            assert list(lines) == []
            assert "is niet ingelezen. Regel " in again.text
        else:
            moved = imported.statement.closing_cents - imported.statement.opening_cents
            assert sum(line.amount_cents for line in lines) == moved
        assert take_in(books, content).text.count("is al ontvangen") == 1
