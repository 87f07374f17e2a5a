"""Bank lines settled through the services: the booking patterns to the cent, and everything that must be refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests.banking import (
    SAVINGS_IBAN,
    accept,
    add_account,
    bank_lines,
    decide,
    differences,
    entry_of,
    matches,
    member,
    new_contact,
    office_member,
    open_books_with_bank,
    open_cents,
    owed,
    proposal_of,
    take_in,
)
from tests.books import NOW, TODAY, Books, fill_books, new_domain, office_access
from tests.files import OGM, OUR_IBAN, invoice, movement, statement
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import Access, NotAllowed, access_of
from zelfboeken.bank.models import BankLine
from zelfboeken.belgium import structured_reference
from zelfboeken.booking.services import Approval
from zelfboeken.booking.services import take_back as take_back_document
from zelfboeken.demo.coda_file import CodaDetail, CodaMovement, CodaStatement, write_statement
from zelfboeken.inbox.queries import waiting_work
from zelfboeken.invoices.services import book_invoices
from zelfboeken.invoices.services import proposal_of as booking_of
from zelfboeken.ledger.models import Entry, OpenItem, Period, PeriodState
from zelfboeken.ledger.queries import UnknownAccount
from zelfboeken.ledger.services import ItemsAreMatched, PeriodNotOpen, set_period_state
from zelfboeken.matching.facts import Allocation, Decision, GLShare
from zelfboeken.matching.models import LineProposal, Match
from zelfboeken.matching.posting import MatchTooLarge, NothingToSettle, SettlementDoesNotAddUp
from zelfboeken.matching.services import (
    AccountNotForBankLine,
    ItemNotOpen,
    LineChanged,
    NotSettled,
    Settlement,
    UnknownContact,
    UnknownLine,
    UnknownMatch,
    day_offered,
    propose_again,
    settle,
    take_back,
    undo_match,
)
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank(savings=True) as made:
        yield made


def pay(books: Books, *movements: Any, **more: Any) -> list[BankLine]:
    """Hand in a statement with these movements; its lines."""
    before = {line.id for line in bank_lines(books)}
    take_in(books, statement(*movements, **more))
    return [line for line in bank_lines(books) if line.id not in before]


def is_waiting(line: BankLine) -> bool:
    line.refresh_from_db()
    return line.entry_id is None


def test_pattern_15_a_customer_pays_in_full(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(12_100, structured=OGM))

    assert entry_of(books, line) == [("550000", 12_100, 0), ("400000", 0, 12_100)]
    assert [(match.amount_cents, match.method) for match in matches(books)] == [(12_100, "AUTOMATIC")]
    assert (line.matched_cents, open_cents(books)) == (12_100, [])
    assert differences(books) == ()


def test_pattern_16_what_a_customer_pays_in_part_stays_open_for_the_rest(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(5_000, structured=OGM))
    assert is_waiting(line)
    accept(books, line)

    assert entry_of(books, line) == [("550000", 5_000, 0), ("400000", 0, 5_000)]
    assert open_cents(books) == [7_100]
    assert differences(books) == ()


def test_pattern_17_what_a_customer_pays_too_much_stays_open_on_him_and_is_used_later(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(12_600, structured=OGM))
    assert is_waiting(line)
    accept(books, line)

    assert entry_of(books, line) == [("550000", 12_600, 0), ("400000", 0, 12_100), ("400000", 0, 500)]
    assert open_cents(books) == [-500]
    left = OpenItem.objects.get(domain_id=books.domain.id, amount_cents=-500)
    assert left.contact_id == books.contact_id

    [back] = pay(books, movement(-500, text="terugbetaling"), number=2, opening_cents=12_600)
    accept(books, back)
    assert entry_of(books, back) == [("550000", 0, 500), ("400000", 500, 0)]
    assert open_cents(books) == []
    assert differences(books) == ()


@pytest.mark.parametrize("short", [1, 2, 5])
def test_pattern_18_up_to_five_cents_short_go_to_643000(books: Books, short: int):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(12_100 - short, structured=OGM))
    accept(books, line)

    assert entry_of(books, line) == [("550000", 12_100 - short, 0), ("400000", 0, 12_100), ("643000", short, 0)]
    assert open_cents(books) == []
    assert differences(books) == ()


def test_pattern_18_up_to_five_cents_too_much_are_income_on_643000(books: Books):
    owed(books, -12_100, "2026-1187", structured=OGM)
    [line] = pay(books, movement(-12_095, structured=OGM))
    accept(books, line)

    assert entry_of(books, line) == [("550000", 0, 12_095), ("440000", 12_100, 0), ("643000", 0, 5)]
    assert open_cents(books) == []


def test_pattern_18_six_cents_are_for_a_person_to_judge(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(12_094, structured=OGM))

    proposal = proposal_of(books, line)
    assert (proposal.group, proposal.decision) == ("CHOOSE", None)
    assert [choice.title for choice in proposal.choices] == [
        "Rest blijft open",
        "Bankkosten 657000",
        "Korting contant 653000",
    ]


def test_pattern_19_a_discount_for_paying_in_time_is_given(books: Books):
    owed(books, 12_058, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(11_858, structured=OGM))
    choice = next(one for one in proposal_of(books, line).choices if "653000" in one.title)
    decide(books, line, choice.decision)

    assert entry_of(books, line) == [("550000", 11_858, 0), ("400000", 0, 12_058), ("653000", 200, 0)]
    assert open_cents(books) == []
    assert differences(books) == ()


def test_pattern_19_a_suppliers_discount_is_income(books: Books):
    owed(books, -12_100, "2026-1187", structured=OGM)
    [line] = pay(books, movement(-11_858, structured=OGM))
    proposal = proposal_of(books, line)
    assert [choice.title for choice in proposal.choices] == ["Rest blijft open", "Korting contant 756000"]
    decide(books, line, proposal.choices[1].decision)

    assert entry_of(books, line) == [("550000", 0, 11_858), ("440000", 12_100, 0), ("756000", 0, 242)]
    assert open_cents(books) == []


def test_pattern_20_bank_charges_taken_off_are_costs(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(11_800, structured=OGM))
    choice = next(one for one in proposal_of(books, line).choices if "657000" in one.title)
    decide(books, line, choice.decision)

    assert entry_of(books, line) == [("550000", 11_800, 0), ("400000", 0, 12_100), ("657000", 300, 0)]
    assert (open_cents(books), line.matched_cents) == ([], 11_800)
    assert differences(books) == ()


def test_pattern_21_one_transfer_for_three_bills_is_three_matches_and_undoing_one_leaves_the_others(books: Books):
    for number, cents in (("2026-1001", -20_000), ("2026-1002", -30_000), ("2026-1003", -10_000)):
        owed(books, cents, number)
    [line] = pay(books, movement(-60_000, text="2026-1001 2026-1002 2026-1003"))
    accept(books, line)

    assert entry_of(books, line) == [
        ("550000", 0, 60_000),
        ("440000", 20_000, 0),
        ("440000", 30_000, 0),
        ("440000", 10_000, 0),
    ]
    made = matches(books)
    assert [match.amount_cents for match in made] == [20_000, 30_000, 10_000]

    undo_match(access=books.access, match_id=made[1].id, bank_line_id=line.id, at=NOW)

    line.refresh_from_db()
    assert [match.amount_cents for match in matches(books)] == [20_000, 10_000]
    assert (open_cents(books), line.matched_cents) == ([-30_000, 30_000], -30_000)
    assert differences(books) == ()


@pytest.mark.parametrize(
    ("code", "gl_code"),
    [("08001000", "657000"), ("00137000", "657000"), ("03501001", "650000"), ("03501000", "657000")],
)
def test_pattern_22_bank_costs_and_interest_are_told_by_the_banks_own_code(books: Books, code: str, gl_code: str):
    cost = replace(movement(-1_850, text="beheer", iban=None, name=None), transaction_code=code)
    [line] = pay(books, cost)
    assert is_waiting(line)
    accept(books, line)

    assert entry_of(books, line) == [("550000", 0, 1_850), (gl_code, 1_850, 0)]
    assert differences(books) == ()


def transfer(cents: int, *, to: str, on: date = date(2026, 11, 16)) -> Any:
    """A movement between our own accounts."""
    return movement(cents, text="eigen rekening", iban=to, name="BAKKERIJ VOORBEELD BV", on=on)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_pattern_32_a_transfer_between_own_banks_is_booked_by_itself_when_its_other_side_comes(
    books: Books, order: tuple[int, int]
):
    files = [
        statement(transfer(-100_000, to=SAVINGS_IBAN)),
        statement(transfer(100_000, to=OUR_IBAN, on=date(2026, 11, 17)), iban=SAVINGS_IBAN, on=date(2026, 11, 17)),
    ]
    take_in(books, files[order[0]])
    [first] = bank_lines(books)
    assert is_waiting(first)
    assert proposal_of(books, first).why_not_automatic.startswith("De andere kant staat nog op geen afschrift")

    take_in(books, files[order[1]])

    out, into = sorted(bank_lines(books), key=lambda line: line.amount_cents)
    assert entry_of(books, out) == [("550000", 0, 100_000), ("580000", 100_000, 0)]
    assert entry_of(books, into) == [("550100", 100_000, 0), ("580000", 0, 100_000)]
    assert differences(books) == ()


def test_pattern_32_a_side_that_a_person_booked_pairs_with_the_one_that_comes_later(books: Books):
    [out] = pay(books, transfer(-100_000, to=SAVINGS_IBAN))
    accept(books, out)
    take_in(books, statement(transfer(100_000, to=OUR_IBAN), iban=SAVINGS_IBAN))

    into = bank_lines(books)[1]
    assert entry_of(books, into) == [("550100", 100_000, 0), ("580000", 0, 100_000)]


def test_a_transfer_is_not_paired_with_another_amount_a_far_day_or_a_side_booked_elsewhere(books: Books):
    [out] = pay(books, transfer(-100_000, to=SAVINGS_IBAN))
    decide(books, out, Decision("BOOK", shares=(GLShare("489000", -100_000, "privé"),)))
    into = (
        transfer(100_000, to=OUR_IBAN),
        transfer(90_000, to=OUR_IBAN),
    )
    take_in(books, statement(*into, iban=SAVINGS_IBAN))

    assert [is_waiting(line) for line in bank_lines(books)[1:]] == [True, True]


# The order of matching (rules, chapter 6; architecture §6)

REFERENCE = structured_reference.formatted(OGM)


@pytest.mark.parametrize(
    "told",
    [
        {"structured": OGM},
        {"text": REFERENCE},
        {"text": f"betaling {REFERENCE.replace('+', '*')} dank u"},
        {"text": f"{OGM[:3]}/{OGM[3:7]}/{OGM[7:]}"},
        {"text": OGM},
    ],
)
def test_an_exact_reference_with_the_exact_amount_needs_nobody_whoever_pays(books: Books, told: dict[str, str]):
    owed(books, 12_100, structured=OGM)
    [line] = pay(books, movement(12_100, iban="BE49999000000171", name="EEN ANDER", **told))

    assert not is_waiting(line)
    assert open_cents(books) == []


def test_a_creditor_reference_is_exact_too(books: Books):
    owed(books, -12_100, structured="RF18539007547034")
    [line] = pay(books, movement(-12_100, text="RF18 5390 0754 7034"))

    assert not is_waiting(line)


@pytest.mark.parametrize(
    ("told", "certainty"),
    [
        ({"text": "bedankt"}, 97),
        ({"text": "factuur F2026/0412"}, 97),
        ({"text": "F 2026 0412", "iban": "BE49999000000171"}, 96),
        ({"text": "", "iban": None}, 88),
        ({"text": "", "iban": "BE49999000000171"}, 88),
    ],
)
def test_without_an_exact_reference_an_amount_waits_for_a_person(books: Books, told: dict[str, Any], certainty: int):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    [line] = pay(books, movement(12_100, name="STAAL VERPAKKING", **told))

    proposal = proposal_of(books, line)
    assert (proposal.group, proposal.certainty_percent) == ("READY", certainty)
    assert proposal.why_not_automatic
    accept(books, line)
    assert open_cents(books) == []


def test_the_sum_of_several_open_items_is_proposed_and_a_credit_note_counts_against_it(books: Books):
    owed(books, -20_000)
    owed(books, -30_000)
    owed(books, 5_000)
    [line] = pay(books, movement(-45_000, text="betaling"))

    proposal = proposal_of(books, line)
    assert (proposal.group, proposal.method, proposal.certainty_percent) == ("READY", "BEREKENING", 94)
    accept(books, line)
    assert open_cents(books) == []
    assert sorted(match.amount_cents for match in matches(books)) == [5_000, 20_000, 30_000]
    line.refresh_from_db()
    assert line.matched_cents == -45_000
    assert differences(books) == ()


def batch(*parts: tuple[int, str, str | None], number: int = 1, opening_cents: int = 0, code: str = "50") -> bytes:
    """A statement of one collected movement with a part for each (amount, text, reference)."""
    details = tuple(
        CodaDetail(cents, "KLANT", "BE68539007547034", None, text, structured, f"505{code}000")
        for cents, text, structured in parts
    )
    total = sum(cents for cents, _, _ in parts)
    day = date(2026, 11, 16)
    collected = CodaMovement(day, total, "", None, None, "DOMICILIERINGEN", None, f"105{code}000", details=details)
    made = CodaStatement(OUR_IBAN, "Wij", "0999000129", "zicht", number, day, opening_cents, day, (collected,))
    return write_statement(made)


def choose(books: Books, line: BankLine, answer: int) -> None:
    """Settle a line by one of its numbered choices."""
    decide(books, line, proposal_of(books, line).choices[answer - 1].decision)


def test_a_batch_settles_the_document_of_each_of_its_parts_whoever_they_are_of(books: Books):
    other = new_contact(books, "Hotel Specimen NV", "BE68539007547034")
    owed(books, 10_000, "F2026-0401", structured=OGM)
    owed(books, 20_000, "F2026-0402")
    owed(books, 30_000, "F2026-0403", contact_id=other)
    take_in(books, batch((10_000, "", OGM), (20_000, "F2026-0402", None), (30_000, "", None)))

    [line] = bank_lines(books)
    proposal = proposal_of(books, line)
    assert (proposal.group, proposal.reasons[0].text) == (
        "READY",
        "Elk van de 3 delen is herkend aan een stuk of een gewoonte",
    )
    accept(books, line)

    assert entry_of(books, line) == [
        ("550000", 60_000, 0),
        ("400000", 0, 10_000),
        ("400000", 0, 20_000),
        ("400000", 0, 30_000),
    ]
    assert (open_cents(books), differences(books)) == ([], ())


def test_a_batch_with_a_part_that_fits_no_document_or_the_same_one_twice_is_for_a_person(books: Books):
    owed(books, 10_000, "F2026-0401", structured=OGM)
    take_in(books, batch((10_000, "", OGM), (10_000, "", OGM)))

    assert proposal_of(books, bank_lines(books)[0]).group == "CHOOSE"


def test_a_batch_of_which_a_part_is_not_known_leaves_that_part_to_be_processed(books: Books):
    owed(books, 10_000, "F2026-0401", structured=OGM)
    owed(books, 20_000, "F2026-0402")
    take_in(books, batch((10_000, "", OGM), (3_345, "GEEN IDEE", None), (20_000, "F2026-0402", None)))

    [line] = bank_lines(books)
    proposal = proposal_of(books, line)
    assert (proposal.group, proposal.title) == ("CHOOSE", "3 delen")
    assert [(one.title, one.hint) for one in proposal.choices] == [("Verwerk 2 van de 3", "de rest op 499010")]
    choose(books, line, 1)

    assert entry_of(books, line) == [
        ("550000", 33_345, 0),
        ("400000", 0, 10_000),
        ("400000", 0, 20_000),
        ("499010", 0, 3_345),
    ]
    assert (open_cents(books), differences(books)) == ([], ())
    take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)
    assert (open_cents(books), differences(books)) == ([10_000, 20_000], ())


def test_two_parts_of_a_batch_pay_one_document_together(books: Books):
    owed(books, 10_000, "F2026-0401", structured=OGM)
    take_in(books, batch((4_000, "", OGM), (6_000, "", OGM)))

    [line] = bank_lines(books)
    accept(books, line)
    assert entry_of(books, line) == [("550000", 10_000, 0), ("400000", 0, 4_000), ("400000", 0, 6_000)]
    assert [match.amount_cents for match in matches(books)] == [4_000, 6_000]
    assert (open_cents(books), differences(books)) == ([], ())


def test_a_batch_is_never_settled_by_itself(books: Books):
    owed(books, 10_000, "F2026-0401", structured=OGM)
    take_in(books, batch((10_000, "", OGM)))

    [line] = bank_lines(books)
    assert proposal_of(books, line).group == "READY"
    assert is_waiting(line)
    propose_again(access=books.access, administration_id=books.administration.id, at=NOW)
    assert is_waiting(line)
    assert (matches(books), open_cents(books)) == ([], [10_000])


def test_the_parts_of_a_batch_are_learnt_one_by_one(books: Books):
    wages, rent = (-150_000, "LOON ILSE", None), (-120_000, "HUUR KRAAM", None)
    for n in range(4):
        take_in(books, batch(wages, rent, number=n + 1, opening_cents=-270_000 * n, code="01"))
    *earlier, fourth = bank_lines(books)
    assert proposal_of(books, fourth).group == "CHOOSE"
    for line in earlier:
        shares = (GLShare("455000", -150_000, ""), GLShare("610000", -120_000, ""))
        decide(books, line, Decision("BOOK", shares=shares))

    propose_again(access=books.access, administration_id=books.administration.id, at=NOW)
    assert is_waiting(fourth)
    proposal = proposal_of(books, fourth)
    assert (proposal.group, proposal.method) == ("READY", "GEWOONTE")
    accept(books, fourth)
    assert entry_of(books, fourth) == [("550000", 0, 270_000), ("455000", 150_000, 0), ("610000", 120_000, 0)]
    assert differences(books) == ()


def test_the_payment_from_abroad_of_which_the_bank_took_its_costs_settles_the_invoice_whole(books: Books):
    owed(books, 97_000, "F2026-0401")
    day = date(2026, 11, 16)
    details = tuple(
        CodaDetail(cents, "", None, None, "", None, code)
        for cents, code in ((97_000, "84150100"), (-1_000, "84137013"), (-210, "84137011"))
    )
    net = CodaMovement(day, 95_790, "ACME LTD", None, None, "INV F2026-0401", None, "34150000", details=details)
    take_in(books, write_statement(CodaStatement(OUR_IBAN, "Wij", "0999000129", "zicht", 1, day, 0, day, (net,))))

    [line] = bank_lines(books)
    assert proposal_of(books, line).group == "READY"
    accept(books, line)
    assert entry_of(books, line) == [
        ("550000", 95_790, 0),
        ("400000", 0, 97_000),
        ("657000", 1_000, 0),
        ("657000", 210, 0),
    ]
    assert (open_cents(books), differences(books)) == ([], ())


def test_pattern_26_the_account_of_a_loan_is_chosen_once_and_each_instalment_told_apart(books: Books):
    first, second = pay(
        books,
        movement(-90_000, text="KREDIET 12 KAPITAAL 800,00 INTEREST 100,00"),
        movement(-90_000, text="KREDIET 12 KAPITAAL 802,50 INTEREST 97,50"),
    )
    assert [proposal_of(books, line).group for line in (first, second)] == ["CHOOSE", "CHOOSE"]
    choose(books, first, 1)
    assert entry_of(books, first) == [("550000", 0, 90_000), ("173000", 80_000, 0), ("650000", 10_000, 0)]

    propose_again(access=books.access, administration_id=books.administration.id, at=NOW)
    assert is_waiting(second)
    proposal = proposal_of(books, second)
    assert (proposal.group, proposal.title) == ("READY", "173000 en 650000")
    accept(books, second)
    assert entry_of(books, second) == [("550000", 0, 90_000), ("173000", 80_250, 0), ("650000", 9_750, 0)]
    assert differences(books) == ()


def test_pattern_22_interest_is_ready_when_one_line_before_and_the_code_of_the_bank_agree(books: Books):
    day = date(2026, 11, 16)

    def interest(number: int, cents: int, opening_cents: int) -> BankLine:
        gained = CodaMovement(day, cents, "", None, None, "CREDITRENTE", None, "03550002")
        made = CodaStatement(OUR_IBAN, "Wij", "0999000129", "zicht", number, day, opening_cents, day, (gained,))
        take_in(books, write_statement(made))
        return bank_lines(books)[-1]

    first = interest(1, 4_020, 0)
    assert proposal_of(books, first).method == "REGEL"
    accept(books, first)
    second = interest(2, 4_330, 4_020)
    assert is_waiting(second)
    proposal = proposal_of(books, second)
    assert (proposal.group, proposal.method, proposal.certainty_percent) == ("READY", "GEWOONTE", 93)
    accept(books, second)
    assert entry_of(books, second) == [("550000", 4_330, 0), ("751000", 0, 4_330)]
    assert differences(books) == ()


def test_the_reference_goes_before_the_amount_and_the_number_before_the_habit(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    other = owed(books, 12_100, "F2026-0413", structured=structured_reference.from_number(7))
    [line] = pay(books, movement(12_100, structured=OGM))

    assert not is_waiting(line)
    assert [match.item_id for match in matches(books)] != [other]
    [second] = pay(books, movement(12_100, text="F2026-0413"), number=2, opening_cents=12_100)
    assert proposal_of(books, second).title == "F2026-0413"


def test_two_items_with_one_amount_are_a_choice_and_two_with_one_reference_too(books: Books):
    owed(books, 12_100, "F2026-0412", structured=OGM)
    owed(books, 12_100, "F2026-0413", structured=OGM)
    first, second = pay(books, movement(12_100, structured=OGM), movement(12_100, text="geen idee"))

    assert [proposal_of(books, line).group for line in (first, second)] == ["CHOOSE", "CHOOSE"]
    assert [choice.title for choice in proposal_of(books, first).choices] == ["F2026-0412", "F2026-0413"]


def test_the_same_document_paid_twice_is_settled_once_and_the_second_payment_waits(books: Books):
    owed(books, 12_100, structured=OGM)
    first, second = pay(books, movement(12_100, structured=OGM), movement(12_100, structured=OGM))

    assert (is_waiting(first), is_waiting(second)) == (False, True)
    assert proposal_of(books, second).group == "CHOOSE"
    assert differences(books) == ()


def test_two_lines_of_one_statement_are_not_both_proposed_for_one_document(books: Books):
    owed(books, 12_100, "F2026-0412")
    first, second = pay(books, movement(12_100, text="F2026-0412"), movement(12_100, text="F2026-0412 nog eens"))

    assert [proposal_of(books, line).group for line in (first, second)] == ["READY", "CHOOSE"]


def test_when_a_line_settles_a_document_the_others_that_waited_for_it_get_a_new_proposal(books: Books):
    owed(books, 12_100, "F2026-0412")
    [first] = pay(books, movement(12_100, text="F2026-0412"))
    [second] = pay(books, movement(12_100, text="F2026-0412 nog eens"), number=2, opening_cents=12_100)
    assert proposal_of(books, second).group == "READY"
    before = LineProposal.objects.get(domain_id=books.domain.id, bank_line_id=second.id).version

    accept(books, first)

    row = LineProposal.objects.get(domain_id=books.domain.id, bank_line_id=second.id)
    assert (row.group, row.version) == ("CHOOSE", before + 1)


def test_a_payment_that_came_before_its_invoice_is_proposed_when_the_invoice_is_booked(books: Books):
    exact, named = pay(books, movement(-12_100, structured=OGM), movement(-24_200, text="2026-1188"))
    assert [proposal_of(books, line).group for line in (exact, named)] == ["CHOOSE", "CHOOSE"]

    owed(books, -12_100, "2026-1187", structured=OGM)
    owed(books, -24_200, "2026-1188")
    propose_again(access=books.access, administration_id=books.administration.id, at=NOW)

    assert not is_waiting(exact)
    assert proposal_of(books, named).group == "READY"


def test_a_line_without_a_document_is_proposed_by_habit_after_three_and_asked_before(books: Books):
    rent = [movement(-80_000 - n, text="HUUR WINKEL", name="VASTGOED BV", iban="BE49999000000171") for n in range(5)]
    lines = pay(books, *rent[:3])
    assert proposal_of(books, lines[0]).group == "CHOOSE"
    for line in lines:
        decide(books, line, Decision("BOOK", shares=(GLShare("610000", line.amount_cents, "huur"),)))

    [fourth] = pay(books, rent[3], number=2, opening_cents=sum(one.amount_cents for one in rent[:3]))

    proposal = proposal_of(books, fourth)
    assert (proposal.group, proposal.method, proposal.title) == ("READY", "GEWOONTE", "610000")
    assert proposal.reasons[0].text == "3 vorige keren: 610000"
    accept(books, fourth)
    assert entry_of(books, fourth) == [("550000", 0, 80_003), ("610000", 80_003, 0)]


def test_a_document_of_a_relation_goes_before_its_habit(books: Books):
    bought = [movement(-5_000 - n, text="AANKOOP") for n in range(3)]
    for line in pay(books, *bought):
        decide(books, line, Decision("BOOK", shares=(GLShare("613000", line.amount_cents, ""),)))
    owed(books, -99_900)
    [line] = pay(books, movement(-5_003, text="AANKOOP"), number=2,
                 opening_cents=sum(one.amount_cents for one in bought))  # fmt: skip

    assert proposal_of(books, line).group == "CHOOSE"
    assert "open stukken" in proposal_of(books, line).why_not_automatic


def test_a_movement_of_nothing_waits_for_nobody(books: Books):
    cost, nothing = pay(books, movement(-100, text="kost"), movement(0, text="ter info"))
    assert LineProposal.objects.filter(domain_id=books.domain.id, bank_line_id=nothing.id).count() == 0
    decide(books, cost, Decision("BOOK", shares=(GLShare("657000", -100, ""),)))

    counts = waiting_work(access=books.access, administration_id=books.administration.id).bank
    assert (counts.ready, counts.to_choose) == (0, 0)
    with pytest.raises(NothingToSettle, match="er is niets te boeken"):
        decide(books, nothing, Decision("BOOK"))
    assert differences(books) == ()


# Taking back


def test_a_line_taken_back_leaves_nothing_and_is_settled_again(books: Books):
    owed(books, -12_100, "2026-1187", structured=OGM)
    [line] = pay(books, movement(-12_100, structured=OGM))

    opposite = take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)

    assert is_waiting(line)
    assert (line.matched_cents, open_cents(books), matches(books)) == (0, [-12_100], [])
    assert Entry.objects.get(domain_id=books.domain.id, id=opposite.id).on_date == line.booked_on
    assert Match.objects.get(domain_id=books.domain.id).undone_by == books.user.id
    assert differences(books) == ()

    accept(books, line)

    assert (open_cents(books), is_waiting(line)) == ([], False)
    entry = Entry.objects.get(domain_id=books.domain.id, id=line.entry_id)
    assert (entry.subject, entry.attempt) == (f"BANK:{line.id}", 2)
    assert differences(books) == ()


def test_a_line_of_a_month_that_is_closed_since_is_reversed_today(books: Books):
    owed(books, -12_100, structured=OGM, on=date(2026, 10, 2))
    [line] = pay(books, movement(-12_100, structured=OGM, on=date(2026, 10, 16)), on=date(2026, 10, 16))
    Period.objects.filter(domain_id=books.domain.id, starts_on=date(2026, 10, 1)).update(state=PeriodState.BLOCKED)

    opposite = take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)

    assert Entry.objects.get(domain_id=books.domain.id, id=opposite.id).on_date == TODAY
    assert differences(books) == ()


@pytest.mark.parametrize("state", [PeriodState.BLOCKED, PeriodState.CLOSED])
def test_inv12_a_line_that_was_taken_back_after_its_month_was_closed_is_booked_again_on_the_day_of_that(
    books: Books, state: PeriodState
):
    owed(books, -12_100, structured=OGM, on=date(2026, 10, 2))
    [line] = pay(books, movement(-12_100, structured=OGM, on=date(2026, 10, 16)), on=date(2026, 10, 16))
    controller = office_access(books.domain, PortalRole.CONTROLLER)
    set_period_state(
        access=controller, administration_id=books.administration.id, starts_on=date(2026, 10, 1), state=state, at=NOW
    )
    take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)

    accept(books, line)

    line.refresh_from_db()
    assert Entry.objects.get(domain_id=books.domain.id, id=line.entry_id).on_date == TODAY
    assert entry_of(books, line) == [("550000", 0, 12_100), ("440000", 12_100, 0)]
    assert (open_cents(books), differences(books)) == ([], ())


def test_after_one_match_of_three_is_undone_the_line_can_be_taken_back_and_settled_anew(books: Books):
    for number, cents in (("2026-1001", -20_000), ("2026-1002", -30_000)):
        owed(books, cents, number)
    [line] = pay(books, movement(-50_000, text="2026-1001 2026-1002"))
    accept(books, line)
    undo_match(access=books.access, match_id=matches(books)[0].id, at=NOW)
    take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)
    assert (open_cents(books), differences(books)) == ([-20_000, -30_000], ())

    accept(books, line)

    assert (open_cents(books), differences(books)) == ([], ())


def test_a_match_is_undone_once_and_only_through_its_own_line(books: Books):
    owed(books, -12_100, structured=OGM)
    first, second = pay(books, movement(-12_100, structured=OGM), movement(-100, text="x"))
    [made] = matches(books)

    with pytest.raises(UnknownMatch):
        undo_match(access=books.access, match_id=made.id, bank_line_id=second.id, at=NOW)
    undo_match(access=books.access, match_id=made.id, bank_line_id=first.id, at=NOW)
    with pytest.raises(NotSettled):
        undo_match(access=books.access, match_id=made.id, bank_line_id=first.id, at=NOW)
    with pytest.raises(NotSettled):
        take_back(access=books.access, bank_line_id=second.id, on=TODAY, at=NOW)


def test_what_a_payment_left_open_and_another_settled_is_taken_back_in_that_order(books: Books):
    owed(books, 12_100, structured=OGM)
    [paid] = pay(books, movement(12_600, structured=OGM))
    accept(books, paid)
    [back] = pay(books, movement(-500, text="terug"), number=2, opening_cents=12_600)
    accept(books, back)

    before = state_of(books)
    with pytest.raises(ItemsAreMatched, match="Maak dat eerst los"), transaction.atomic():
        take_back(access=books.access, bank_line_id=paid.id, on=TODAY, at=NOW)

    assert state_of(books) == before
    take_back(access=books.access, bank_line_id=back.id, on=TODAY, at=NOW)
    take_back(access=books.access, bank_line_id=paid.id, on=TODAY, at=NOW)
    assert (open_cents(books), differences(books)) == ([12_100], ())


def test_an_invoice_that_is_matched_is_not_reversed_until_the_match_is_undone(books: Books):
    arrived = take_in(books, invoice(structured=OGM), name="factuur.xml")
    assert arrived.invoice is not None
    proposal = booking_of(access=books.access, invoice=arrived.invoice)
    book_invoices(access=books.access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)
    [line] = pay(books, movement(-12_100, structured=OGM))
    assert open_cents(books) == []

    with pytest.raises(ItemsAreMatched, match=r"gekoppeld aan 2026-1187, of het is verrekend\. Maak dat eerst los"):
        take_back_document(access=books.access, proposal_id=proposal.id, version=2, on=TODAY, at=NOW)

    undo_match(access=books.access, match_id=matches(books)[0].id, bank_line_id=line.id, at=NOW)
    take_back_document(access=books.access, proposal_id=proposal.id, version=2, on=TODAY, at=NOW)
    assert (open_cents(books), differences(books)) == ([12_100], ())


# What is refused, with nothing changed


@pytest.fixture
def one(books: Books) -> tuple[Books, BankLine, int]:
    """Books with a line of 100 out and a bill of 121."""
    item = owed(books, -12_100, "2026-1187")
    [line] = pay(books, movement(-10_000, text="iets"))
    return books, line, item


def whole(item: int, cents: int = -10_000) -> Decision:
    """A decision that takes this much of an item."""
    return Decision("MATCH", (Allocation(item, cents),))


def state_of(books: Books) -> tuple[Any, ...]:
    """Everything a settlement changes."""
    domain = {"domain_id": books.domain.id}
    return (
        list(Entry.objects.filter(**domain).order_by("id").values_list("id", "seq")),
        list(OpenItem.objects.filter(**domain).order_by("id").values_list("id", "matched_cents")),
        list(Match.objects.filter(**domain).order_by("id").values_list("id", "undone_at")),
        list(BankLine.objects.filter(**domain).order_by("id").values_list("id", "entry_id", "matched_cents")),
        list(LineProposal.objects.filter(**domain).order_by("id").values_list("bank_line_id", "version", "group")),
    )


@pytest.mark.parametrize(
    ("decision", "refusal"),
    [
        (Decision("MATCH", shares=(GLShare("657000", -9_999, ""),)), SettlementDoesNotAddUp),
        (Decision("MATCH", rest_cents=-10_000), SettlementDoesNotAddUp),
        (Decision("BOOK", shares=(GLShare("999999", -10_000, ""),)), UnknownAccount),
        (Decision("BOOK", shares=(GLShare("440000", -10_000, ""),)), AccountNotForBankLine),
        (Decision("BOOK", shares=(GLShare("400000", -10_000, ""),)), AccountNotForBankLine),
        (Decision("BOOK", shares=(GLShare("550000", -10_000, ""),)), AccountNotForBankLine),
        (Decision("BOOK", shares=(GLShare("550100", -10_000, ""),)), AccountNotForBankLine),
        (whole(1), ItemNotOpen),
        (Decision("MATCH", contact_id=1, rest_cents=-10_000), UnknownContact),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    one: tuple[Books, BankLine, int], decision: Decision, refusal: type[Exception]
):
    books, line, _item = one
    before = state_of(books)

    with pytest.raises(refusal):
        decide(books, line, decision)

    assert state_of(books) == before


def test_inv17_more_than_is_open_is_refused_by_one_line_and_by_several_together(one: tuple[Books, BankLine, int]):
    books, line, item = one
    [second] = pay(books, movement(-12_200, text="meer"), number=2, opening_cents=-10_000)
    before = state_of(books)

    with pytest.raises(MatchTooLarge, match="nog € 121,00 open"):
        decide(books, second, Decision("MATCH", (Allocation(item, -12_200),)))
    with pytest.raises(ItemNotOpen):
        both = [Settlement(line.id, whole(item)), Settlement(second.id, Decision(
            "MATCH", (Allocation(item, -12_100),), contact_id=books.contact_id, rest_cents=-100))]  # fmt: skip
        settle(access=books.access, settlements=both, at=NOW)
    with pytest.raises(MatchTooLarge):
        decide(books, line, Decision("MATCH", (Allocation(item, 10_000),), contact_id=books.contact_id,
                                     rest_cents=-20_000))  # fmt: skip
    assert state_of(books) == before


def test_a_line_that_somebody_else_booked_or_a_proposal_that_changed_is_refused(one: tuple[Books, BankLine, int]):
    books, line, item = one
    row = LineProposal.objects.get(domain_id=books.domain.id, bank_line_id=line.id)
    with pytest.raises(LineChanged, match="Dit voorstel is intussen gewijzigd"):
        settle(access=books.access, settlements=[Settlement(line.id, whole(item), row.version + 1)], at=NOW)
    decide(books, line, whole(item))
    before = state_of(books)

    with pytest.raises(LineChanged, match="Iemand anders boekte deze verrichting"):
        decide(books, line, whole(item, -2_100))
    assert state_of(books) == before


def test_all_lines_of_a_batch_are_settled_or_none(one: tuple[Books, BankLine, int]):
    books, line, item = one
    [second] = pay(books, movement(-5, text="x"), number=2, opening_cents=-10_000)
    before = state_of(books)

    with pytest.raises(UnknownAccount):
        settle(
            access=books.access,
            settlements=[
                Settlement(line.id, whole(item)),
                Settlement(second.id, Decision("BOOK", shares=(GLShare("999999", -5, ""),))),
            ],
            at=NOW,
        )
    assert state_of(books) == before


def test_inv09_lines_items_matches_and_contacts_of_another_domain_are_unknown():
    with open_books_with_bank() as others:
        item = owed(others, -12_100, structured=OGM)
        [line] = pay(others, movement(-12_100, structured=OGM))
        [made] = matches(others)
        [waiting] = pay(others, movement(-5, text="x"), number=2, opening_cents=-12_100)
    with open_books_with_bank() as books:
        [own] = pay(books, movement(-12_100, text="y"))
        before = state_of(books)
        for refusal, decision in (
            (ItemNotOpen, whole(item, -12_100)),
            (UnknownContact, Decision("MATCH", contact_id=others.contact_id, rest_cents=-12_100)),
        ):
            with pytest.raises(refusal):
                decide(books, own, decision)
        with pytest.raises(UnknownLine):
            decide(books, waiting, Decision("BOOK", shares=(GLShare("657000", -5, ""),)))
        with pytest.raises(UnknownLine):
            take_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)
        with pytest.raises(UnknownMatch):
            undo_match(access=books.access, match_id=made.id, at=NOW)
        assert state_of(books) == before
    with domain_scope(others.domain.id):
        assert matches(others) == [made]


def test_a_line_settles_nothing_of_other_books_of_the_same_domain():
    domain, user = new_domain()
    with domain_scope(domain.id):
        books, second = fill_books(domain, user), fill_books(domain, user)
        add_account(books, OUR_IBAN, "Van de ene", "550000", "B1")
        add_account(second, SAVINGS_IBAN, "Van de andere", "550000", "B1")
        item = owed(second, -10_000)
        [line] = pay(books, movement(-10_000, text="x"))
        [other] = pay(books, movement(-10_000, text="y"), iban=SAVINGS_IBAN)

        for settlements in (
            [Settlement(line.id, whole(item))],
            [Settlement(line.id, whole(item)), Settlement(other.id, Decision(
                "BOOK", shares=(GLShare("657000", -10_000, ""),)))],
        ):  # fmt: skip
            with pytest.raises(ItemNotOpen):
                settle(access=books.access, settlements=settlements, at=NOW)
        reach = replace(books.access, administration_ids=frozenset({books.administration.id}))
        with pytest.raises(UnknownLine):
            decide(books, other, whole(item), access=reach)
        decide(second, other, whole(item))
        with pytest.raises(UnknownMatch):
            undo_match(access=reach, match_id=matches(books)[0].id, at=NOW)
        with pytest.raises(UnknownLine):
            take_back(access=reach, bank_line_id=other.id, on=TODAY, at=NOW)
        assert differences(books) == ()


# Who may


def test_data_entry_may_match_and_take_a_match_back_and_may_not_book(one: tuple[Books, BankLine, int]):
    books, line, item = one
    [cost] = pay(books, movement(-5, text="kosten"), number=2, opening_cents=-10_000)
    _user, data_entry = office_member(books, PortalRole.DATA_ENTRY)
    booking = Decision("BOOK", shares=(GLShare("657000", -5, ""),))
    discount = Decision("MATCH", (Allocation(item, -10_100),), (GLShare("756000", 100, ""),))

    for settled, decision in ((cost, booking), (line, discount)):
        with pytest.raises(NotAllowed) as refused:
            decide(books, settled, decision, access=data_entry)
        assert refused.value.right == Right.BANK_BOOK
    decide(books, line, whole(item), access=data_entry)
    take_back(access=data_entry, bank_line_id=line.id, on=TODAY, at=NOW)
    decide(books, cost, booking)
    with pytest.raises(NotAllowed) as refused:
        take_back(access=data_entry, bank_line_id=cost.id, on=TODAY, at=NOW)
    assert refused.value.right == Right.BANK_BOOK
    assert differences(books) == ()


@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.VIEWER, Role.PURCHASE, Role.SALES, Role.PROCURATION])
def test_who_may_not_match_matches_books_and_takes_back_nothing(one: tuple[Books, BankLine, int], role: Role):
    books, line, item = one
    [settled] = pay(books, movement(-2_100, text="rest"), number=2, opening_cents=-10_000)
    decide(books, settled, whole(item, -2_100))
    _user, access = member(books, role)
    before = state_of(books)

    with pytest.raises(NotAllowed, match=r"Je hebt de rol Backoffice niet\. Vraag ze aan de Directie\."):
        decide(books, line, whole(item), access=access)
    with pytest.raises(NotAllowed):
        undo_match(access=access, match_id=matches(books)[0].id, at=NOW)
    with pytest.raises(NotAllowed):
        take_back(access=access, bank_line_id=settled.id, on=TODAY, at=NOW)
    assert state_of(books) == before


def test_inv23_a_role_that_is_withdrawn_counts_from_the_next_act(one: tuple[Books, BankLine, int]):
    books, line, item = one
    user, access = member(books, Role.BACKOFFICE)
    decide(books, line, whole(item, -10_000), access=access)
    RoleAssignment.objects.filter(member__user=user).update(state=RoleAssignment.State.WITHDRAWN)

    now: Access = access_of(user_id=user.id, slug=books.domain.slug, on=TODAY)

    with pytest.raises(NotAllowed, match="Je hebt de rol Backoffice niet"):
        take_back(access=now, bank_line_id=line.id, on=TODAY, at=NOW)


def test_a_closed_period_takes_no_bank_line(one: tuple[Books, BankLine, int]):
    books, line, item = one
    Period.objects.filter(domain_id=books.domain.id, starts_on=date(2026, 11, 1)).update(state=PeriodState.CLOSED)
    before = state_of(books)

    with pytest.raises(PeriodNotOpen, match=r"is afgesloten\. Kies een datum in een open periode\."):
        decide(books, line, whole(item))
    assert state_of(books) == before


def test_inv12_a_line_of_a_closed_month_is_booked_on_the_day_that_is_offered_and_on_no_other(
    one: tuple[Books, BankLine, int],
):
    books, line, item = one
    controller = office_access(books.domain, PortalRole.CONTROLLER)
    for month in (11, 12):
        assert day_offered(access=books.access, line=line) is None
        set_period_state(
            access=controller,
            administration_id=books.administration.id,
            starts_on=date(2026, 11, 1),
            state=PeriodState.CLOSED if month == 12 else PeriodState.BLOCKED,
            at=NOW,
        )
    offered = day_offered(access=books.access, line=line)
    assert offered == date(2026, 12, 1)

    for other in (date(2026, 12, 2), date(2026, 11, 30), line.booked_on):
        with pytest.raises(LineChanged):
            settle(access=books.access, settlements=[Settlement(line.id, whole(item), on_date=other)], at=NOW)
    settle(access=books.access, settlements=[Settlement(line.id, whole(item), on_date=offered)], at=NOW)

    line.refresh_from_db()
    assert Entry.objects.get(domain_id=books.domain.id, id=line.entry_id).on_date == offered
    assert (open_cents(books), differences(books)) == ([-2_100], ())
    opposite = take_back(access=books.access, bank_line_id=line.id, on=date(2026, 12, 9), at=NOW)
    assert Entry.objects.get(domain_id=books.domain.id, id=opposite.id).on_date == offered
    settle(access=books.access, settlements=[Settlement(line.id, whole(item))], at=NOW)
    assert (open_cents(books), differences(books)) == ([-2_100], ())


def test_an_open_month_offers_no_other_day(one: tuple[Books, BankLine, int]):
    books, line, item = one

    with pytest.raises(LineChanged):
        settle(access=books.access, settlements=[Settlement(line.id, whole(item), on_date=date(2026, 12, 1))], at=NOW)


def test_an_exact_payment_in_a_closed_period_waits_and_the_others_of_its_file_are_settled(books: Books):
    owed(books, -12_100, structured=OGM)
    owed(books, -24_200, structured=structured_reference.from_number(7))
    Period.objects.filter(domain_id=books.domain.id, starts_on=date(2026, 10, 1)).update(state=PeriodState.CLOSED)

    late, fine = pay(
        books,
        movement(-12_100, structured=OGM, on=date(2026, 10, 31)),
        movement(-24_200, structured=structured_reference.from_number(7)),
    )

    assert (is_waiting(late), is_waiting(fine)) == (True, False)
    proposal = proposal_of(books, late)
    assert (proposal.group, proposal.certainty_percent) == ("READY", 99)
    assert proposal.why_not_automatic == (
        "Niet automatisch: De periode van 31/10/2026 is afgesloten. Kies een datum in een open periode."
    )


def test_inv26_a_proposal_kept_for_another_item_than_it_would_settle_is_named(books: Books):
    item_id = owed(books, 12_100, "F2026-0412")
    [line] = pay(books, movement(12_100, text="F2026-0412"))
    mine = LineProposal.objects.filter(domain_id=books.domain.id, bank_line_id=line.id)
    assert [one.item_ids for one in mine] == [[item_id]]
    assert differences(books) == ()

    mine.update(item_ids=[])

    assert [(one.check, one.at) for one in differences(books)] == [("matches", f"bank line {line.id}")]
