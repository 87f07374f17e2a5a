"""The bank over HTTP: a statement in, lines matched and booked, taken back, and what must be refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.banking import add_account, add_roles, member, open_books_with_bank, owed, take_in
from tests.books import NOW, Books, fill_books, new_domain, office_access, open_new_books
from tests.files import OGM, OUR_IBAN, invoice, movement, statement
from tests.portal.pages import address, browser_of, query_count
from tests.portal.test_documents import fields, form_of, hand_in, hand_in_one, told
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.bank.models import BankLine, Statement
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.demo.coda_file import CodaDetail, CodaMovement, CodaStatement, write_statement
from zelfboeken.ledger.models import Entry, EntryLine, OpenItem, PeriodState
from zelfboeken.ledger.months import change_months
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry, set_period_state
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


def take_back(client: Client, books: Books, line: BankLine, unmatch: Any) -> Any:
    """Press the button that takes a booked line back."""
    form = {"key": unmatch.key, "version": unmatch.version, "action": "unmatch"}
    return client.post(address(books, f"bank/{line.public_id}/"), form)


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

    answer = take_back(client, books, line, unmatch)

    assert answer.status_code == 303
    assert lines(books)[0].entry_id is None
    assert open_cents(books) == [-12_100]
    assert is_right(books)
    assert accept(client, books, lines(books)[0]).status_code == 303
    assert open_cents(books) == []
    assert is_right(books)


def test_an_old_page_does_not_take_back_what_was_booked_since(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-495, iban=None, name=None, text="KOSTEN"))
    [line] = lines(books)
    accept(client, books, line, account="657000")
    seen = pane_of(client, books, line).unmatch
    take_back(client, books, line, pane_of(client, books, line).unmatch)
    accept(client, books, line, account="650000")
    stands = lines(books)[0].entry_id

    refused = take_back(client, books, line, seen)

    assert refused.status_code == 409
    assert "Iemand anders boekte deze verrichting intussen." in refused.content.decode()
    assert lines(books)[0].entry_id == stands
    assert client.post(address(books, f"bank/{line.public_id}/"), {"action": "unmatch"}).status_code == 409
    assert lines(books)[0].entry_id == stands


def test_a_line_that_cannot_be_taken_back_is_shown_as_it_stands(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1", "100.00")
    pay(client, books, movement(-12_100, text="DIVERSE"))
    [line] = lines(books)
    with domain_scope(books.domain.id):
        item = OpenItem.objects.get(domain_id=books.domain.id)
    assert client.post(address(books, f"bank/{line.public_id}/"), {"items": [str(item.id)]}).status_code == 303
    unmatch, shown = pane_of(client, books, line).unmatch, pane_of(client, books, line)
    with domain_scope(books.domain.id):
        change_months(
            access=office_access(books.domain, PortalRole.CONTROLLER),
            administration_id=books.administration.id,
            change="block",
            starts_on=date(2026, 12, 1),
            at=NOW,
        )

    refused = client.post(address(books, f"bank/{line.public_id}/"), {"action": "unmatch", "version": unmatch.version})

    assert refused.status_code == 422
    assert refused.context["page"].line.reasons == shown.reasons
    assert "Er is niets gewijzigd" in refused.content.decode()
    assert "Deze lijn is niet geboekt" not in refused.content.decode()


def test_accepting_all_when_nothing_is_ready_says_so_and_leaves_the_last_step(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-12_100, text="2026-1187"), movement(-495, iban=None, name=None, text="KOSTEN"))
    page = client.get(address(books, "bank/")).context["page"]
    [accept_all] = [group.accept_all for group in page.groups if group.accept_all]
    sent = {"version": "", accept_all.name: accept_all.value}
    client.post(accept_all.url, {"key": accept_all.key, **sent})
    step = client.get(address(books)).context["shell"].undo

    again = client.post(accept_all.url, {"key": "een-tweede-tab", **sent})

    assert again.status_code == 303
    assert "Er was niets klaar om te boeken." in told(client, again)
    assert client.get(address(books)).context["shell"].undo.version == step.version


def test_an_invoice_that_is_paid_is_not_taken_back_before_its_payment(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books, invoice(structured=OGM))
    client.post(url, fields(form_of(client, url)))
    pay(client, books, movement(-12_100, structured=OGM))

    undo = form_of(client, url).undo
    refused = client.post(url, {"key": undo.key, "version": undo.version, "action": "reverse"})

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

    assert "is nog niet gekend" in told(client, answer)
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


def balance_of(client: Client, books: Books) -> Any:
    """The proof of the balance on the page of the statement with work."""
    return client.get(address(books, "bank/")).context["page"].bar


def opened_with(books: Books, cents: int) -> None:
    """An opening entry for what the bank account held."""
    with domain_scope(books.domain.id):
        lines = (NewLine(books.accounts["550000"], cents, 0), NewLine(books.accounts["140000"], 0, cents))
        entry = books.entry(*lines, on_date=date(2026, 1, 1), journal_id=books.journals["OP"])
        post_entry(access=books.access, entry=entry, at=NOW)


def test_a_right_balance_is_another_fact_than_how_many_lines_are_matched(books: Books):
    client = browser_of(books.user)
    opened_with(books, 1_844_217)
    pay(client, books, movement(987_435, text="een"), movement(-721_284, text="twee"), opening_cents=1_844_217)

    bar = balance_of(client, books)
    assert (bar.matched, bar.to_choose) == ("0", "2")
    assert bar.balance.is_right
    page = told(client, client.get(address(books, "bank/")))
    assert "Saldo klopt" in page
    assert "18.442,17 + 9.874,35 − 7.212,84 = " in re.sub("<[^>]*>", "", page)

    for line in lines(books):
        accept(books=books, client=client, line=line, account="657000")
    bar = balance_of(client, books)
    assert (bar.matched, bar.to_choose, bar.balance.is_right) == ("2", "0", True)


def test_a_balance_that_is_not_right_says_where_the_difference_comes_from(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100, text="een"), opening_cents=1_844_217)
    assert balance_of(client, books).balance.difference == "€\u00a018.442,17"
    page = told(client, client.get(address(books, "bank/")))
    assert "Saldo klopt niet" in page
    assert "Het saldo van voor het eerste afschrift staat niet in het grootboek" in page

    opened_with(books, 1_844_217)
    pay(client, books, movement(-200, text="drie"), number=3, opening_cents=1_908_117, on=date(2026, 11, 18))
    with domain_scope(books.domain.id):
        third = Statement.objects.get(domain_id=books.domain.id, number=3)
    page = told(client, client.get(address(books, f"bank/?afschrift={third.public_id}")))
    assert "Er ontbreken afschriften van samen € 640,00." in page
    assert "Afschrift 2 van 2026 ontbreekt." in page


def test_inv16_a_gap_is_accepted_on_the_page_by_who_may_book(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100, text="een"))
    pay(client, books, movement(-200, text="drie"), number=3, opening_cents=-100, on=date(2026, 11, 18))
    with domain_scope(books.domain.id):
        waiting = Statement.objects.get(domain_id=books.domain.id, number=3)
    url = address(books, f"bank/?afschrift={waiting.public_id}")
    form = client.get(url).context["page"].accept_gap
    sent = {"key": form.key, form.name: form.value}

    refused = client.post(form.url, {**sent, "reason": "x"})
    assert refused.status_code == 422
    assert refused.context["page"].gap_reason.error == (
        "Schrijf in enkele woorden waarom het ontbrekende afschrift niet komt."
    )
    assert client.post(form.url, {**sent, "reason": "Bank gaf geen nummer 2"}).status_code == 303
    assert client.get(url).context["page"].accept_gap is None
    again = client.post(form.url, {**sent, "key": "nog-een-keer", "reason": "Bank gaf geen nummer 2"})
    assert again.status_code == 409


def test_inv09_ids_that_are_not_of_this_line_or_these_books_are_not_found(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00", OGM)
    pay(client, books, movement(-12_100, structured=OGM), movement(-5, text="x"))
    paid, waiting = lines(books)
    with domain_scope(books.domain.id):
        match = Match.objects.get(domain_id=books.domain.id)
    with open_books_with_bank() as others:
        foreign = owed(others, -500)
    before = open_cents(books)

    for n, (line, sent) in enumerate(
        [
            (waiting, {"match": str(match.id)}),
            (paid, {"match": str(match.id + 1)}),
            (paid, {"match": "9" * 30}),
            (paid, {"match": "²"}),
            (waiting, {"items": str(foreign)}),
            (waiting, {"items": "9" * 30}),
            (waiting, {"items": "-1"}),
            (waiting, {"items": "x"}),
        ]
    ):
        answer = client.post(address(books, f"bank/{line.public_id}/"), {"key": f"vreemd-{n}", **sent})
        assert answer.status_code == 404, sent
    assert (open_cents(books), len(lines(books))) == (before, 2)
    for n, version in enumerate(["x", "9" * 30, "-1", "²"]):
        sent = {"key": f"versie-{n}", "version": version, "account": "657000"}
        assert client.post(address(books, f"bank/{waiting.public_id}/"), sent).status_code == 409
    assert is_right(books)


def test_a_choice_of_a_batch_is_one_key_or_one_button_of_a_plain_form(books: Books):
    with domain_scope(books.domain.id):
        owed(books, 10_000, "F2026-0401", structured=OGM)
    client = browser_of(books.user)
    parts = tuple(
        CodaDetail(cents, name, None, None, "", reference, "50550000")
        for cents, name, reference in ((10_000, "HOTEL", OGM), (3_345, "ONBEKENDE KLANT", None))
    )
    day = date(2026, 11, 16)
    collected = CodaMovement(day, 13_345, "", None, None, "DOMICILIERINGEN", None, "10550000", details=parts)
    content = write_statement(CodaStatement(OUR_IBAN, "Wij", "0999000129", "zicht", 1, day, 0, day, (collected,)))
    hand_in(client, books, ("bank.cod", content))
    [line] = lines(books)

    url = address(books, f"bank/{line.public_id}/")
    shown = client.get(url)
    pane, html = shown.context["page"].line, shown.content.decode()
    [choice] = pane.choices
    assert (choice.number, choice.title, choice.hint) == ("1", "Verwerk 1 van de 2", "de rest op 499010")
    assert [reason.text for reason in pane.reasons][:2] == [
        "1 van de 2 delen herkend",
        "1 deel niet herkend: ONBEKENDE KLANT",
    ]
    assert pane.accept is None
    [button] = re.findall(r'<button[^>]*name="answer"[^>]*>', html)
    assert 'data-key="1"' in button and 'type="submit"' in button
    assert lines(books)[0].entry_id is None

    assert accept(client, books, line, answer=choice.value).status_code == 303
    assert movements_of(books, lines(books)[0].entry_id) == {"550000": 13_345, "400000": -10_000, "499010": -3_345}
    assert (open_cents(books), is_right(books)) == ([], True)


@pytest.mark.parametrize("answer", ["0", "9", "x", "²", "9" * 30])
def test_a_choice_that_is_not_there_is_refused_in_dutch(books: Books, answer: str):
    client = browser_of(books.user)
    pay(client, books, movement(-495, iban=None, name=None, text="KOSTEN"))
    [line] = lines(books)

    refused = client.post(address(books, f"bank/{line.public_id}/"), {"key": "een-keuze-1", "answer": answer})

    assert refused.status_code == 422
    assert lines(books)[0].entry_id is None


@pytest.mark.parametrize(
    "sent", [{"account": "657000"}, {"answer": "1"}, {}, {"action": "unmatch"}, {"match": "1"}, {"items": "1"}]
)
def test_directie_posts_no_bank_line_and_is_told_the_first_reason(books: Books, sent: dict[str, str]):
    pay(browser_of(books.user), books, movement(-495, iban=None, name=None, text="KOSTEN"))
    [line] = lines(books)
    with domain_scope(books.domain.id):
        director, _access = member(books, Role.MANAGEMENT)
    client = browser_of(director)
    assert client.get(address(books, f"bank/{line.public_id}/")).status_code == 200
    assert pane_of(client, books, line).accept is None

    refused = client.post(address(books, f"bank/{line.public_id}/"), {"key": "directie-1", **sent})
    all_at_once = client.post(address(books, "bank/aanvaard-alle/"), {"key": "directie-2"})

    assert (refused.status_code, all_at_once.status_code) == (403, 403)
    assert "Je hebt de rol Backoffice niet. Vraag ze aan de Directie." in refused.content.decode()
    assert lines(books)[0].entry_id is None


def test_inv23_a_role_withdrawn_between_opening_and_sending_books_nothing(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-12_100, text="2026-1187"))
    [line] = lines(books)
    pane = pane_of(client, books, line)
    RoleAssignment.objects.filter(member__user=books.user).update(state=RoleAssignment.State.WITHDRAWN)
    with domain_scope(books.domain.id):
        add_roles(books, Role.VIEWER)

    refused = client.post(
        address(books, f"bank/{line.public_id}/"), {"key": pane.accept.key, "version": pane.accept.version}
    )

    assert refused.status_code == 403
    assert "Je hebt de rol Backoffice niet" in refused.content.decode()
    assert open_cents(books) == [-12_100]
    assert lines(books)[0].entry_id is None


def test_a_payment_that_came_before_its_invoice_is_ready_when_the_invoice_is_booked(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-12_100, text="2026-1187"), movement(-24_200, structured=OGM))
    named, exact = lines(books)
    assert pane_of(client, books, named).accept is None

    booked_purchase(client, books, "2026-1187", "100.00")
    booked_purchase(client, books, "2026-1188", "200.00", OGM)

    assert pane_of(client, books, named).accept is not None
    assert lines(books)[1].entry_id is not None
    assert exact.entry_id is None
    assert open_cents(books) == [-12_100]


def test_an_invoice_taken_back_is_no_longer_proposed_for_the_payment_that_waits(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books, invoice("2026-1187"))
    client.post(url, fields(form_of(client, url)))
    pay(client, books, movement(-12_100, text="2026-1187"))
    assert pane_of(client, books, lines(books)[0]).accept is not None

    undo = form_of(client, url).undo
    assert client.post(url, {"key": undo.key, "version": undo.version, "action": "reverse"}).status_code == 303

    assert pane_of(client, books, lines(books)[0]).accept is None


def test_a_line_of_other_books_of_the_domain_is_shown_and_booked_in_them():
    domain, user = new_domain()
    with domain_scope(domain.id):
        fill_books(domain, user)
        second = fill_books(domain, user)
        add_account(second, OUR_IBAN, "Van de andere", "550000", "B1")
        take_in(second, statement(movement(-495, iban=None, name=None, text="KOSTEN")))
    client = browser_of(user)
    [line] = lines(second)

    page = client.get(address(second, f"bank/{line.public_id}/")).context["page"]
    assert page.line.amount == "−4,95"
    assert accept(client, second, line, account="657000").status_code == 303
    assert lines(second)[0].entry_id is not None


@pytest.mark.parametrize("code", ["400000", "440000", "550000"])
def test_a_line_is_not_booked_where_it_would_spoil_the_balance_of_bank_or_contacts(books: Books, code: str):
    client = browser_of(books.user)
    pay(client, books, movement(-495, iban=None, name=None, text="KOSTEN"))

    refused = accept(client, books, lines(books)[0], account=code)

    assert refused.status_code == 422
    assert f"ekening {code}" in refused.content.decode()
    assert lines(books)[0].entry_id is None


def test_a_statement_with_a_movement_of_nothing_is_done_when_the_others_are(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-100, text="kost", iban=None, name=None), movement(0, text="ter info"))
    cost, nothing = lines(books)
    accept(client, books, cost, account="657000")

    bar = balance_of(client, books)
    assert (bar.matched, bar.proposed, bar.to_choose) == ("2", "0", "0")
    pane = pane_of(client, books, nothing)
    assert (pane.matched_text, pane.accept, pane.other) == ("Niets te boeken", None, None)


def test_inv33_a_button_that_the_page_does_not_have_is_400_and_books_nothing(books: Books):
    client = browser_of(books.user)
    booked_purchase(client, books, "2026-1187", "100.00")
    pay(client, books, movement(-12_100, text="2026-1187"))
    [line] = lines(books)

    assert accept(client, books, line, action="foo").status_code == 400

    assert lines(books)[0].entry_id is None


def test_a_line_of_a_closed_month_says_on_which_day_it_is_booked_and_an_old_page_is_refused(books: Books):
    client = browser_of(books.user)
    pay(client, books, movement(-495, iban=None, name=None, text="KOSTEN", on=date(2026, 10, 30)))
    [line] = lines(books)
    old = pane_of(client, books, line)
    assert old.notice is None
    with domain_scope(books.domain.id):
        set_period_state(
            access=office_access(books.domain, PortalRole.CONTROLLER),
            administration_id=books.administration.id,
            starts_on=date(2026, 10, 1),
            state=PeriodState.CLOSED,
            at=NOW,
        )
    url = address(books, f"bank/{line.public_id}/")

    refused = client.post(url, {"key": old.other.key, "version": old.other.version, "account": "657000"})
    assert refused.status_code == 422
    assert "De periode van 30/10/2026 is afgesloten." in refused.content.decode()
    assert "Deze verrichting wordt geboekt op 01/11/2026." in refused.content.decode()
    other = pane_of(client, books, line).other
    sent = {"version": other.version, "account": "657000"}
    assert client.post(url, {"key": "een-sleutel-1", **sent, other.name: "morgen"}).status_code == 400
    assert client.post(url, {"key": "een-sleutel-2", **sent, other.name: "2026-11-02"}).status_code == 409
    assert client.post(url, {"key": other.key, **sent, other.name: other.value}).status_code == 303

    entry_id = lines(books)[0].entry_id
    with domain_scope(books.domain.id):
        assert Entry.objects.get(domain_id=books.domain.id, id=entry_id).on_date == date(2026, 11, 1)
    assert is_right(books)
