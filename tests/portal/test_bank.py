"""The bank over HTTP: a statement in, lines matched and booked, taken back, and what must be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.books import Books, open_new_books
from tests.files import OGM, OUR_IBAN, invoice, movement, statement
from tests.portal.pages import address, browser_of, query_count
from tests.portal.test_documents import fields, form_of, hand_in, hand_in_one, told
from zelfboeken.bank.models import BankLine, Statement
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.ledger.models import EntryLine, OpenItem
from zelfboeken.matching.models import Match
from zelfboeken.reports.verify import verify_domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        add_bank_account(
            access=made.access,
            administration_id=made.administration.id,
            iban=OUR_IBAN,
            name="Zichtrekening",
            gl_code="550000",
            journal_code="B1",
        )
        return made


def booked_purchase(client: Client, books: Books, number: str, net: str, structured: str | None = None) -> None:
    """A purchase invoice, booked."""
    url = hand_in_one(client, books, invoice(number, net=net, structured=structured))
    assert client.post(url, fields(form_of(client, url))).status_code == 303


def pay(client: Client, books: Books, *movements: Any, **more: Any) -> Any:
    """Hand in a statement with these movements."""
    return hand_in(client, books, ("bank.cod", statement(*movements, **more)))


def lines(books: Books) -> list[BankLine]:
    """The bank lines in their order."""
    with domain_scope(books.domain.id):
        return list(BankLine.objects.filter(domain_id=books.domain.id).order_by("id"))


def open_cents(books: Books) -> list[int]:
    """What is open per item that is not settled, in order of making."""
    with domain_scope(books.domain.id):
        rows = OpenItem.objects.filter(domain_id=books.domain.id).order_by("id")
        return [row.amount_cents - row.matched_cents for row in rows if row.amount_cents != row.matched_cents]


def movements_of(books: Books, entry_id: int | None) -> dict[str, int]:
    """Debit − credit per GL account of one entry, in cents."""
    codes = {account_id: code for code, account_id in books.accounts.items()}
    with domain_scope(books.domain.id):
        rows = EntryLine.objects.filter(domain_id=books.domain.id, entry_id=entry_id)
        sums: dict[str, int] = {}
        for row in rows:
            code = codes[row.gl_account_id]
            sums[code] = sums.get(code, 0) + row.debit_cents - row.credit_cents
        return sums


def pane_of(client: Client, books: Books, line: BankLine) -> Any:
    """The pane of one line."""
    return client.get(address(books, f"bank/{line.public_id}/")).context["page"].line


def accept(client: Client, books: Books, line: BankLine, **sent: str) -> Any:
    """Accept the proposal of a line, or send another answer."""
    pane = pane_of(client, books, line)
    action = pane.accept or pane.choose
    form = {"key": action.key, "version": action.version} if action else {}
    return client.post(address(books, f"bank/{line.public_id}/"), {**form, **sent})


def is_right(books: Books) -> bool:
    """Whether the verifier finds nothing."""
    with domain_scope(books.domain.id):
        return verify_domain(domain_id=books.domain.id).differences == ()


def test_an_exact_structured_message_with_the_exact_amount_is_matched_by_itself(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00", OGM)
    pay(client, books, movement(-12_100, structured=OGM))

    [line] = lines(books)
    assert line.entry_id is not None
    assert movements_of(books, line.entry_id) == {"550000": -12_100, "440000": 12_100}
    assert open_cents(books) == []
    assert is_right(books)


def test_an_amount_from_a_known_account_waits_for_one_key(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-12_100, text="dank u"))

    [line] = lines(books)
    assert line.entry_id is None
    assert pane_of(client, books, line).accept is not None
    assert accept(client, books, line).status_code == 303
    assert open_cents(books) == []


def test_one_transfer_for_three_bills_is_three_matches_and_one_of_them_can_be_undone(books: Books):
    client = browser_of(books.user)
    for number, net in (("2026-1001", "100.00"), ("2026-1002", "200.00"), ("2026-1003", "50.00")):
        booked_purchase(client, books, number, net)
    pay(client, books, movement(-42_350, text="2026-1001 2026-1002 2026-1003"))
    [line] = lines(books)
    accept(client, books, line)
    with domain_scope(books.domain.id):
        matches = list(Match.objects.filter(domain_id=books.domain.id).order_by("id"))
    assert len(matches) == 3
    assert open_cents(books) == []

    answer = client.post(
        address(books, f"bank/{line.public_id}/"), {"key": "een-sleutel-1", "match": str(matches[0].id)}
    )

    assert answer.status_code == 303
    assert sorted(open_cents(books)) == [-matches[0].amount_cents, matches[0].amount_cents]
    assert is_right(books)


def test_a_part_stays_open_and_too_much_stays_open_on_the_contact(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-5_000, text="2026-1187"))
    accept(client, books, lines(books)[0])
    assert open_cents(books) == [-7_100]

    pay(client, books, movement(-7_600, text="2026-1187"), number=2, opening_cents=-5_000, on=date(2026, 11, 17))
    accept(client, books, lines(books)[1])

    assert open_cents(books) == [500]
    assert is_right(books)


def test_a_line_without_a_document_is_booked_on_the_account_a_person_names(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-495, iban=None, name=None, text="KOSTEN"))
    [line] = lines(books)

    answer = accept(client, books, line, account="657000 Bankkosten")

    assert answer.status_code == 303
    assert movements_of(books, lines(books)[0].entry_id) == {"550000": -495, "657000": 495}


def test_a_booked_line_is_taken_back_and_its_items_are_open_again(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00", OGM)
    pay(client, books, movement(-12_100, structured=OGM))
    [line] = lines(books)
    unmatch = pane_of(client, books, line).unmatch

    answer = client.post(address(books, f"bank/{line.public_id}/"), {"key": unmatch.key, "action": "unmatch"})

    assert answer.status_code == 303
    assert lines(books)[0].entry_id is None
    assert open_cents(books) == [-12_100]
    assert is_right(books)
    assert accept(client, books, lines(books)[0]).status_code == 303
    assert open_cents(books) == []
    assert is_right(books)


def test_an_invoice_that_is_paid_is_not_taken_back_before_its_payment(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books, invoice(structured=OGM))
    client.post(url, fields(form_of(client, url)))
    pay(client, books, movement(-12_100, structured=OGM))

    version = form_of(client, url).version
    refused = client.post(url, {"action": "reverse", "key": "een-sleutel-2", "version": version})

    assert refused.status_code == 409
    assert "Er is al een betaling gekoppeld" in refused.content.decode()


def test_every_clear_proposal_is_accepted_at_once(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1001", "100.00")
    booked_purchase(client, books, "2026-1002", "200.00")
    pay(client, books, movement(-12_100, text="2026-1001"), movement(-24_200, text="2026-1002"))
    page = client.get(address(books, "bank/")).context["page"]
    all_ready = page.groups[0].accept_all

    answer = client.post(all_ready.url, {"key": all_ready.key, all_ready.name: all_ready.value})

    assert answer.status_code == 303
    assert open_cents(books) == []


def test_inv17_a_line_matched_by_another_first_says_so(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-12_100, text="2026-1187"))
    [line] = lines(books)
    pane = pane_of(client, books, line)
    accept(client, books, line)

    refused = client.post(
        address(books, f"bank/{line.public_id}/"), {"key": pane.accept.key, "version": pane.accept.version}
    )

    assert refused.status_code == 409
    assert "Iemand anders boekte deze verrichting" in refused.content.decode()


def test_inv16_a_file_cut_off_or_with_a_wrong_sum_is_not_booked(books: Books):
    client = browser_of(books.user)
    good = statement(movement(-12_100, text="x"), movement(-500, text="y"))
    for n, bad in enumerate((good[:300], good.replace(b"000000000121000", b"000000000122000", 1))):
        answer = hand_in(client, books, (f"{n}.cod", bad))
        assert answer.status_code == 303
    assert lines(books) == []


def test_inv16_a_wrong_opening_balance_goes_to_quarantine_and_says_why(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100))
    answer = pay(client, books, movement(-200), number=2, opening_cents=999, on=date(2026, 11, 17))

    assert "beginsaldo" in told(client, answer)
    assert len(lines(books)) == 1


def test_inv16_a_missing_statement_is_shown_and_waits_until_it_is_accepted_with_a_reason(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100, text="een"))
    pay(client, books, movement(-200, text="drie"), number=3, opening_cents=-100, on=date(2026, 11, 18))
    line = lines(books)[1]

    refused = accept(client, books, line, account="657000")
    assert refused.status_code == 422
    assert "ontbreekt er een" in refused.content.decode()
    with domain_scope(books.domain.id):
        waiting = Statement.objects.get(domain_id=books.domain.id, number=3)
    too_short = client.post(address(books, "bank/"), {"statement": str(waiting.public_id), "reason": "x"})
    assert too_short.status_code == 422
    client.post(address(books, "bank/"), {"statement": str(waiting.public_id), "reason": "Bank gaf geen nummer 2"})
    assert accept(client, books, lines(books)[1], account="657000").status_code == 303


def test_a_statement_of_another_account_is_told_and_not_stored(books: Books):
    client = browser_of(books.user)
    answer = hand_in(client, books, ("bank.cod", statement(movement(-100), iban="BE49999000000171")))

    assert "is niet van jou" in told(client, answer)
    assert lines(books) == []


def test_the_same_statement_twice_doubles_nothing_and_equal_lines_are_both_kept(books: Books):
    client = browser_of(books.user)
    same = replace(movement(-250, text="parking"))
    pay(client, books, same, same)
    hand_in(client, books, ("opnieuw.cod", statement(same, same).replace(b"REF", b"FER")))

    assert [line.amount_cents for line in lines(books)] == [-250, -250]


def test_inv09_a_line_of_another_domain_is_not_found(books: Books):
    pay(browser_of(books.user), books, movement(-100))
    [line] = lines(books)
    with open_new_books() as others:
        pass
    client = browser_of(others.user)

    for method in ("get", "post"):
        assert getattr(client, method)(address(others, f"bank/{line.public_id}/")).status_code == 404
        assert getattr(client, method)(address(books, f"bank/{line.public_id}/")).status_code == 404


def test_the_page_asks_the_same_number_of_queries_for_one_line_and_for_six(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100, text="een"))
    one = query_count(client, address(books, "bank/"))
    pay(client, books, *(movement(-100 - n, text=f"nr {n}") for n in range(6)), number=2, opening_cents=-100,
        on=date(2026, 11, 17))  # fmt: skip
    with domain_scope(books.domain.id):
        second = Statement.objects.get(domain_id=books.domain.id, number=2)

    assert query_count(client, address(books, f"bank/?afschrift={second.public_id}")) <= one + 1
