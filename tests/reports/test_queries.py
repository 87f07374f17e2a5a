"""Figures from the books against the same figures added up apart, for entries nobody chose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.banking import differences, matches, member, open_books_with_bank, owed, take_in
from tests.books import NOW, Books, fill_books, new_domain, open_new_books
from tests.files import movement, statement
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.belgium import structured_reference
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entries, reverse_entry
from zelfboeken.matching.services import undo_match
from zelfboeken.reports import queries
from zelfboeken.reports.banks import bank_balances
from zelfboeken.reports.contacts import contact_balances, contact_movements
from zelfboeken.reports.vat import documents_not_booked, vat_returns
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.vat.periods import read_period

pytestmark = pytest.mark.django_db
CODES = ("140000", "230000", "400000", "411059", "440000", "451054", "550000", "613000", "693000", "700000", "701000")
CONTROL = {"400000", "440000"}
DAYS = st.one_of(
    st.sampled_from([date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 12, 31)]),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)


class Made(NamedTuple):
    """A line as it was meant: its day, journal, account, debit − credit and grids."""

    on: date
    journal: str
    code: str
    cents: int
    grids: tuple[tuple[int, int], ...]


@st.composite
def entries(draw: st.DrawFn) -> list[list[Made]]:
    """Up to eight balanced entries of two to five lines."""
    made = []
    for _ in range(draw(st.integers(1, 8))):
        on, journal = draw(DAYS), draw(st.sampled_from(["AK", "VK", "DP"]))
        amounts = draw(st.lists(st.integers(-99_999, 99_999).filter(bool), min_size=1, max_size=4))
        if not sum(amounts):
            amounts = [*amounts, 1]
        lines = []
        for cents in [*amounts, -sum(amounts)]:
            code = draw(st.sampled_from(CODES))
            grids = draw(st.sampled_from([(), ((81, cents),), ((59, abs(cents)), (82, cents))]))
            lines.append(Made(on, journal, code, cents, grids))
        made.append(lines)
    return made


def post(books: Books, wanted: list[list[Made]]) -> list[int]:
    """Post the entries; their ids."""
    return [
        one.id
        for one in post_entries(
            access=books.access,
            entries=[
                books.entry(
                    *(
                        NewLine(
                            books.accounts[line.code],
                            max(line.cents, 0),
                            max(-line.cents, 0),
                            contact_id=books.contact_id if line.code in CONTROL else None,
                            grids=line.grids,
                        )
                        for line in lines
                    ),
                    on_date=lines[0].on,
                    journal_id=books.journals[lines[0].journal],
                )
                for lines in wanted
            ],
            at=NOW,
        )
    ]


def added_up(lines: list[Made], from_on: date, until: date) -> dict[str, list[int]]:
    """Debit and credit in a period and balance at its end, per account that was used before its end."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        if line.on < until:
            sums[line.code][2] += line.cents
            if line.on >= from_on:
                sums[line.code][0 if line.cents > 0 else 1] += abs(line.cents)
    return dict(sums)


@pytest.fixture
def books() -> Iterator[Books]:
    with open_new_books() as made:
        yield made


RANDOM = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@RANDOM
@given(wanted=entries(), first=DAYS, days=st.integers(0, 200), reversed_first=st.booleans())
def test_every_report_tells_what_the_lines_come_to(
    books: Books, wanted: list[list[Made]], first: date, days: int, reversed_first: bool
):
    last = min(first + timedelta(days=days), date(2026, 12, 31))
    until = last + timedelta(days=1)
    point = transaction.savepoint()
    ids = post(books, wanted)
    if reversed_first:
        reverse_entry(access=books.access, entry_id=ids[0], on=date(2026, 12, 31), at=NOW)
        wanted = [*wanted, [line._replace(
            on=date(2026, 12, 31), cents=-line.cents, grids=tuple((g, -c) for g, c in line.grids)
        ) for line in wanted[0]]]  # fmt: skip
    lines = [line for entry in wanted for line in entry]
    asked: dict[str, Any] = {"access": books.access, "administration_id": books.administration.id}
    period = {**asked, "from_on": first, "until": until}

    rows = queries.trial_balance(**period)
    expected = added_up(lines, first, until)
    assert {row.gl_code: [row.debit_cents, row.credit_cents, row.balance_cents] for row in rows} == expected
    assert [row.gl_code for row in rows] == sorted(expected)
    assert sum(row.balance_cents for row in rows) == 0

    before = added_up(lines, date(2026, 1, 1), first)
    for row in rows:
        carried = before.get(row.gl_code, [0, 0, 0])[2]
        assert carried + row.debit_cents - row.credit_cents == row.balance_cents

    in_period = [entry for entry in wanted if first <= entry[0].on < until]
    found = queries.journal(**period, journal_code=None, limit=100)
    assert Counter(entry.on_date for entry in found) == Counter(entry[0].on for entry in in_period)
    assert [entry.on_date for entry in found] == sorted((entry.on_date for entry in found), reverse=True)
    assert sorted(
        tuple((line.gl_code, line.debit_cents - line.credit_cents) for line in entry.lines) for entry in found
    ) == sorted(tuple((line.code, line.cents) for line in entry) for entry in in_period)
    sums = {one.code: (one.entry_count, one.debit_cents, one.credit_cents) for one in queries.journal_sums(**period)}
    for code in ("AK", "VK", "DP", "KAS"):
        own = [entry for entry in in_period if entry[0].journal == code]
        debit = sum(line.cents for entry in own for line in entry if line.cents > 0)
        assert sums[code] == (len(own), debit, debit)

    for code in ("550000", "613000"):
        statement = queries.account_statement(**period, gl_code=code, limit=1_000)
        debit, credit, closing = expected.get(code, [0, 0, 0])
        assert (statement.debit_cents, statement.credit_cents, statement.closing_cents) == (debit, credit, closing)
        own = [line for line in lines if line.code == code and first <= line.on < until]
        assert (statement.line_count, len(statement.lines)) == (len(own), len(own))
        running = statement.opening_cents
        for shown in statement.lines:
            running += shown.debit_cents - shown.credit_cents
            assert shown.balance_cents == running

    result = queries.profit_and_loss(**period)
    costs = Counter({line.code: 0 for line in lines})
    for line in lines:
        if first <= line.on < until and line.code in {"613000", "700000", "701000"}:
            costs[line.code] -= line.cents
    assert {row.gl_code: row.cents for row in result} == {code: cents for code, cents in costs.items() if cents}

    sheet = queries.balance_sheet(**asked, on=last)
    at_end = {code: row[2] for code, row in expected.items() if row[2]}
    assert sum(row.cents for row in sheet) == 0
    assert {row.gl_code: row.cents for row in sheet if row.gl_code != "14"} == {
        code: cents for code, cents in at_end.items() if code[0] in "12345"
    }

    grids: Counter[int] = Counter()
    for line in lines:
        if date(2026, 4, 1) <= line.on < date(2026, 7, 1):
            grids.update(dict(line.grids))
    quarter = {"from_month": date(2026, 4, 1), "until_month": date(2026, 7, 1)}
    kept = queries.grid_sums(**asked, **quarter)
    assert {grid: cents for grid, cents in kept.items() if cents} == {grid: c for grid, c in grids.items() if c}
    for grid in (59, 81, 82):
        assert sum(line.cents for line in queries.grid_lines(**asked, grid=grid, **quarter)) == grids[grid]

    items = queries.open_items(**asked)
    owed = sum(line.cents for line in lines if line.code in CONTROL)
    assert sum(item.open_cents for item in items) == owed
    told = contact_balances(**asked, today=date(2026, 12, 31))
    assert told.receivable_cents == sum(line.cents for line in lines if line.code == "400000")
    assert told.payable_cents == -sum(line.cents for line in lines if line.code == "440000")
    moved = contact_movements(**asked, contact_id=books.contact_id, limit=100)
    assert sum(one.cents for one in moved) == owed
    assert differences(books) == ()
    transaction.savepoint_rollback(point)


def test_the_first_and_the_last_day_of_a_period_count_and_their_neighbours_do_not(books: Books):
    for day in (30, 31):
        post(books, [[Made(date(2026, 10, day), "DP", "613000", day, ()), Made(
            date(2026, 10, day), "DP", "550000", -day, ())]])  # fmt: skip
    post(books, [[Made(date(2026, 11, 1), "DP", "613000", 1, ()), Made(date(2026, 11, 1), "DP", "550000", -1, ())]])

    def costs(first: date, last: date) -> int:
        rows = queries.trial_balance(
            access=books.access, administration_id=books.administration.id, from_on=first,
            until=last + timedelta(days=1),
        )  # fmt: skip
        return sum(row.debit_cents for row in rows if row.gl_code == "613000")

    assert costs(date(2026, 10, 30), date(2026, 10, 30)) == 30
    assert costs(date(2026, 10, 31), date(2026, 10, 31)) == 31
    assert costs(date(2026, 11, 1), date(2026, 11, 1)) == 1
    assert costs(date(2026, 10, 30), date(2026, 11, 1)) == 62
    assert costs(date(2026, 11, 2), date(2026, 12, 31)) == 0


def test_an_appropriated_result_stays_the_result_of_its_year_and_leaves_the_balance_sheet_right(books: Books):
    on = date(2026, 12, 31)
    post(books, [
        [Made(on, "DP", "550000", 5_000, ()), Made(on, "DP", "700000", -5_000, ())],
        [Made(on, "DP", "693000", 5_000, ()), Made(on, "DP", "140000", -5_000, ())],
    ])  # fmt: skip
    asked: dict[str, Any] = {"access": books.access, "administration_id": books.administration.id}

    result = queries.profit_and_loss(**asked, from_on=date(2026, 1, 1), until=date(2027, 1, 1))
    sheet = queries.balance_sheet(**asked, on=on)

    assert [(row.gl_code, row.cents) for row in result] == [("700000", 5_000)]
    assert [(row.gl_code, row.cents) for row in sheet] == [("140000", -5_000), ("550000", 5_000)]


def test_books_of_one_domain_are_reported_apart():
    domain, user = new_domain()
    with domain_scope(domain.id):
        books, other = fill_books(domain, user), fill_books(domain, user)
        post(other, [[Made(date(2026, 5, 5), "DP", "613000", 7, ((82, 7),)), Made(
            date(2026, 5, 5), "DP", "440000", -7, ())]])  # fmt: skip
        asked: dict[str, Any] = {"access": books.access, "administration_id": books.administration.id}
        period = {**asked, "from_on": date(2026, 1, 1), "until": date(2027, 1, 1)}

        assert queries.trial_balance(**period) == []
        assert queries.journal(**period, journal_code=None, limit=9) == []
        assert queries.open_items(**asked) == []
        assert queries.grid_sums(**asked, from_month=date(2026, 1, 1), until_month=date(2027, 1, 1)) == {}
        assert queries.grid_lines(**asked, grid=82, from_month=date(2026, 1, 1), until_month=date(2027, 1, 1)) == []
        assert queries.balance_sheet(**asked, on=date(2026, 12, 31)) == []
        found = contact_balances(**asked, today=date(2026, 12, 31))
        assert (found.receivable_cents, found.payable_cents) == (0, 0)
        ids = [one.id for one in queries.journal(
            access=books.access, administration_id=other.administration.id, from_on=date(2026, 1, 1),
            until=date(2027, 1, 1), journal_code=None, limit=9)]  # fmt: skip
        assert queries.entries_by_id(**asked, ids=ids) == []


_DAYS = {"from_on": date(2026, 1, 1), "until": date(2027, 1, 1)}
_MONTHS = {"from_month": date(2026, 1, 1), "until_month": date(2027, 1, 1)}
ASKED: dict[str, tuple[Any, dict[str, Any]]] = {
    "trial_balance": (queries.trial_balance, _DAYS),
    "journal": (queries.journal, {**_DAYS, "journal_code": None, "limit": 50}),
    "journal_sums": (queries.journal_sums, _DAYS),
    "account_statement": (queries.account_statement, {**_DAYS, "gl_code": "613000", "limit": 50}),
    "open_items": (queries.open_items, {}),
    "grid_sums": (queries.grid_sums, _MONTHS),
    "grid_lines": (queries.grid_lines, {**_MONTHS, "grid": 82}),
    "profit_and_loss": (queries.profit_and_loss, _DAYS),
    "balance_sheet": (queries.balance_sheet, {"on": date(2026, 12, 31)}),
    "matches": (queries.matches, _DAYS),
    "contact_balances": (contact_balances, {"today": date(2026, 12, 31)}),
    "bank_balances": (bank_balances, {}),
    "vat_returns": (vat_returns, {"period": read_period("2026-K4")}),
    "documents_not_booked": (documents_not_booked, {"period": read_period("2026-K4")}),
}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_report_asks_as_many_queries_for_three_entries_as_for_one(books: Books, name: str):
    ask, more = ASKED[name]

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            ask(access=books.access, administration_id=books.administration.id, **more)
        return len(asked)

    post_entries(access=books.access, entries=[books.entry()], at=NOW)
    one = count()
    post_entries(access=books.access, entries=[books.entry(on_date=date(2026, 10, 3)), books.entry()], at=NOW)
    assert count() == one
    assert one <= 3


@pytest.mark.parametrize("name", sorted(ASKED))
def test_who_may_not_see_the_books_gets_no_report(books: Books, name: str):
    ask, more = ASKED[name]
    _user, buyer = member(books, Role.PURCHASE)
    with pytest.raises(NotAllowed, match="de boekhouding te bekijken"):
        ask(access=buyer, administration_id=books.administration.id, **more)


def test_the_matches_of_a_period_are_those_of_its_bank_lines_and_tell_what_was_undone():
    with open_books_with_bank() as books:
        for n, on in ((1, date(2026, 10, 31)), (2, date(2026, 11, 1))):
            reference = structured_reference.from_number(n)
            owed(books, -100 * n, f"D{n}", structured=reference)
            paid = movement(-100 * n, structured=reference, on=on)
            take_in(books, statement(paid, number=n, opening_cents=-100 * (n - 1), on=on))
        undo_match(access=books.access, match_id=matches(books)[1].id, at=NOW)

        def told(first: date, last: date) -> list[tuple[str, int, bool]]:
            rows = queries.matches(
                access=books.access,
                administration_id=books.administration.id,
                from_on=first,
                until=last + timedelta(days=1),
            )
            return [(row.document_number, row.amount_cents, row.is_undone) for row in rows]

        assert told(date(2026, 10, 1), date(2026, 10, 31)) == [("D1", 100, False)]
        assert told(date(2026, 11, 1), date(2026, 11, 1)) == [("D2", 200, True)]


def test_what_is_in_the_bank_is_what_the_last_accepted_statement_says():
    with open_books_with_bank(savings=True) as books:
        day = date(2026, 11, 16)
        take_in(books, statement(movement(500, text="een"), number=1, on=day))
        take_in(books, statement(movement(7, text="drie"), number=3, opening_cents=700, on=day))
        take_in(books, statement(movement(200, text="twee"), number=2, opening_cents=500, on=day))
        take_in(books, statement(movement(1, text="fout"), number=4, opening_cents=9, on=date(2026, 11, 17)))

        found = bank_balances(access=books.access, administration_id=books.administration.id)

        assert [(one.name, one.closing_cents, one.on_date) for one in found] == [
            ("Zichtrekening", 707, day),
            ("Spaarrekening", None, None),
        ]
