"""The whole year: the same every time, its balances chain, its truths hold together."""

import time
from collections import Counter, defaultdict
from itertools import pairwise

from zelfboeken.demo.ledger import balance, balances_of, control_account, entries_of
from zelfboeken.demo.truth import Year
from zelfboeken.demo.year import generate


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(year: Year) -> None:
    assert generate(2026) == year
    other = generate(7)
    assert [d.content for d in other.documents] != [d.content for d in year.documents]


def test_another_year_and_seed_balance_too() -> None:
    for seed, number in ((1, 2025), (2, 2027)):
        assert [name for name, lines in entries_of(generate(seed, number)) if balance(lines)] == []


def test_a_year_is_made_within_three_seconds() -> None:
    start = time.perf_counter()
    generate(2026)
    assert time.perf_counter() - start < 3


def test_there_are_about_240_statements_of_two_accounts_on_business_days(year: Year) -> None:
    assert 230 <= len(year.statements) <= 252
    assert {statement.gl_code for statement in year.statements} == {"550000", "550100"}
    assert all(statement.date.weekday() < 5 for statement in year.statements)


def test_each_statement_opens_with_the_balance_and_number_after_the_last_one(year: Year) -> None:
    for account in ("550000", "550100"):
        own = [statement for statement in year.statements if statement.gl_code == account]
        assert own[0].number == 1
        for before, after in pairwise(own):
            assert after.opening_cents == before.closing_cents
            assert after.number == before.number + 1
            assert after.date > before.date


def test_the_truth_of_a_bank_line_adds_up_to_its_amount(year: Year) -> None:
    for statement in year.statements:
        for line in statement.lines:
            allocated = sum(allocation.cents for allocation in line.allocations)
            assert line.amount_cents == allocated + line.on_account_cents - balance(line.gl_lines), line


def test_nothing_is_paid_above_its_invoice_nor_against_its_direction_nor_before_it_exists(year: Year) -> None:
    owed: dict[str, int] = {
        item.key: item.total_cents * (1 if item.side == "SALE" else -1) for item in year.opening_items
    }
    issued = {item.key: item.issued_on for item in year.opening_items}
    for document in year.documents:
        sign = (1 if document.side == "SALE" else -1) * (1 if document.truth.kind == "INVOICE" else -1)
        owed[document.key] = sign * document.truth.total_cents
        issued[document.key] = document.issued_on
    paid: dict[str, int] = defaultdict(int)
    for statement in year.statements:
        for line in statement.lines:
            for allocation in line.allocations:
                assert allocation.cents * owed[allocation.document] > 0
                assert issued[allocation.document] <= statement.date
                paid[allocation.document] += allocation.cents
    assert all(abs(cents) <= abs(owed[key]) for key, cents in paid.items())
    settled = sum(cents == owed[key] for key, cents in paid.items())
    assert settled > 0.9 * len(paid)


def test_too_much_money_is_given_back_to_who_paid_it_or_stays_open(year: Year) -> None:
    open_cents: dict[str, int] = defaultdict(int)
    for statement in year.statements:
        for line in statement.lines:
            if line.on_account_cents:
                assert line.how in ("TOO_MUCH", "TOO_MUCH_BACK")
                open_cents[str(line.contact)] += line.on_account_cents
    assert open_cents
    assert all(cents >= 0 for cents in open_cents.values())


def test_every_way_of_paying_occurs(year: Year) -> None:
    hows = Counter(line.how for statement in year.statements for line in statement.lines)
    expected = {
        "EXACT_STRUCTURED",
        "INVOICE_NUMBER",
        "NO_REFERENCE",
        "PARTIAL",
        "GROUPED",
        "TOO_MUCH",
        "TOO_MUCH_BACK",
        "CENTS_SHORT",
        "BANK_COSTS_TAKEN_OFF",
        "NET_OF_CREDIT_NOTE",
        "REFUND",
        "BATCH",
        "DIRECT_DEBIT",
        "CARD",
        "TICKET",
        "WAGES",
        "SOCIAL_SECURITY",
        "WITHHOLDING_TAX",
        "VAT",
        "LOAN",
        "BANK_COSTS",
        "INTEREST",
        "DEBIT_INTEREST",
        "PRIVATE",
        "DIRECTOR_SOCIAL",
        "TAX_PREPAID",
        "OWN_ACCOUNTS",
    }
    assert expected - hows.keys() == set()


def test_every_entry_of_the_true_ledger_balances(year: Year) -> None:
    assert [name for name, lines in entries_of(year) if balance(lines)] == []
    assert sum(balances_of(year).values()) == 0


def test_at_the_end_of_the_year_the_ledger_agrees_with_the_bank_and_the_open_documents(year: Year) -> None:
    balances = balances_of(year)
    last = {statement.gl_code: statement.closing_cents for statement in year.statements}
    assert {code: balances[code] for code in last} == last
    assert balances["580000"] == 0
    assert balances["455000"] == 0
    open_cents: dict[str, int] = defaultdict(int)
    side_of: dict[str, str] = {}
    for item in year.opening_items:
        side_of[item.key] = item.side
        open_cents[control_account(item.side)] += item.total_cents * (1 if item.side == "SALE" else -1)
    for document in year.documents:
        side_of[document.key] = document.side
        sign = (1 if document.side == "SALE" else -1) * (1 if document.truth.kind == "INVOICE" else -1)
        open_cents[control_account(document.side)] += sign * document.truth.total_cents
    for statement in year.statements:
        for line in statement.lines:
            open_cents["400000"] -= line.on_account_cents
            for allocation in line.allocations:
                open_cents[control_account(side_of[allocation.document])] -= allocation.cents
    assert {code: balances[code] for code in open_cents} == dict(open_cents)


def test_the_vat_accounts_are_empty_after_each_close(year: Year) -> None:
    balances = balances_of(year)
    assert {code: cents for code, cents in balances.items() if code[:4] in ("4110", "4510") and cents} == {}


def test_the_current_account_never_goes_below_zero(year: Year) -> None:
    assert min(statement.closing_cents for statement in year.statements) >= 0
