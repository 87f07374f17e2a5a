"""Posting, reversing and closing through the services: what they promise, and what they refuse in Dutch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.books import NOW, Books, fill_books, office_access, open_new_books, waiting_purchase
from tests.ledger.raw import ask, ask_all, check_now, insert, next_entry, refused_by, run, undone
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import NotAllowed
from zelfboeken.booking.services import ControlAccountChosen, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.ledger.models import Balance, Entry, EntryLine, GLAccount, GridBalance, OpenItem, PeriodState
from zelfboeken.ledger.opening import add_fiscal_year
from zelfboeken.ledger.rules import EntryRefused, EntryUnbalanced, NewLine
from zelfboeken.ledger.services import (
    AlreadyPosted,
    ItemsAreMatched,
    NotReversible,
    PeriodNotOpen,
    PostedEntry,
    next_attempt,
    post_entries,
    post_entry,
    read_entry,
    reverse_entry,
    set_period_state,
)
from zelfboeken.reports.verify import verify_domain

pytestmark = pytest.mark.django_db

LATER = date(2026, 11, 25)
NOVEMBER = date(2026, 11, 1)


def post(books: Books, **changes: object) -> PostedEntry:
    """Post a purchase of 121."""
    return post_entry(access=books.access, entry=books.entry(**changes), at=NOW)


def set_month(books: Books, state: PeriodState, month: date = NOVEMBER) -> None:
    """Open, block or close a month, as the office does."""
    set_period_state(
        access=office_access(books.domain, PortalRole.PORTAL_BACKOFFICE),
        administration_id=books.administration.id,
        starts_on=month,
        state=state,
        at=NOW,
    )


def is_right(books: Books) -> bool:
    """Whether the verifier finds nothing."""
    return verify_domain(domain_id=books.domain.id).differences == ()


# --- INV-01 balanced, INV-02 sealed


def test_inv01_an_entry_one_cent_off_is_refused_in_dutch():
    with open_new_books() as books:
        lines = list(books.purchase())
        lines[0] = replace(lines[0], debit_cents=10_001)

        with pytest.raises(EntryUnbalanced, match="€ 0,01 te veel debet"):
            post_entry(access=books.access, entry=books.entry(*lines), at=NOW)

        assert not Entry.objects.filter(domain_id=books.domain.id).exists()


@pytest.mark.parametrize("count", [0, 1])
def test_inv01_an_entry_has_two_lines_or_more(count: int):
    with open_new_books() as books:
        entry = replace(books.entry(), lines=books.purchase()[:count])

        with pytest.raises(EntryRefused, match=r"minstens twee en hoogstens 100\.000 lijnen") as refused:
            post_entry(access=books.access, entry=entry, at=NOW)

        assert refused.value.code == "entry_line_count"


def test_inv01_of_many_entries_with_one_wrong_none_is_posted():
    with open_new_books() as books:
        wrong = books.entry(*books.purchase()[:2], NewLine(books.accounts["499000"], 0, 12_099))

        with pytest.raises(EntryUnbalanced):
            post_entries(access=books.access, entries=[books.entry(), wrong, books.entry()], at=NOW)

        assert ask("SELECT count(*) FROM ledger_entry WHERE domain_id = %s", books.domain.id) == (0,)
        assert post(books).number == 1


def test_inv02_no_line_joins_a_posted_entry_even_after_the_checks_ran_at_once():
    with open_new_books() as books:
        posted = post(books)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        line = {
            **next_entry(books).lines[0],
            "entry_id": posted.id,
            "n": 4,
            "line_count": 4,
            "debit_cents": 500,
            "running_cents": 500,
        }

        with refused_by("line_joins_no_finished_entry"):
            insert("ledger_entry_line", line)
        with refused_by("line_belongs_to_the_count"):
            insert("ledger_entry_line", {**line, "line_count": 3})


def test_inv02_an_entry_whose_lines_come_in_parts_is_whole_only_with_the_last():
    with open_new_books() as books:
        raw = next_entry(books)
        insert("ledger_entry", raw.entry)
        insert("ledger_entry_line", *raw.lines[:2])

        with refused_by("entry_balances"):
            check_now()
        insert("ledger_entry_line", raw.lines[2])
        check_now()


# --- INV-04 reversal


def test_inv04_a_reversal_is_the_exact_opposite_and_there_is_one():
    with open_new_books() as books:
        posted = post(books)
        undone_by = reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW)

        original, opposite = (read_entry(domain_id=books.domain.id, entry_id=i) for i in (posted.id, undone_by.id))
        assert original is not None
        assert opposite is not None
        assert [(x.debit_cents, x.credit_cents) for x in original.lines] == [
            (x.credit_cents, x.debit_cents) for x in opposite.lines
        ]
        assert [x.grids for x in opposite.lines] == [((82, -10_000),), ((59, -2_100),), ()]
        with pytest.raises(NotReversible, match="al teruggedraaid"):
            reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW)
        with pytest.raises(NotReversible):
            reverse_entry(access=books.access, entry_id=undone_by.id, on=LATER, at=NOW)
        with pytest.raises(NotReversible):
            reverse_entry(access=books.access, entry_id=1, on=LATER, at=NOW)


def test_inv04_an_entry_and_its_reversal_cancel_out_on_every_account_grid_and_open_item():
    with open_new_books() as books:
        reverse_entry(access=books.access, entry_id=post(books).id, on=date(2026, 12, 1), at=NOW)

        balances = Balance.objects.filter(domain_id=books.domain.id).values_list("debit_cents", "credit_cents")
        assert sum(debit - credit for debit, credit in balances) == 0
        assert ask_all(
            "SELECT gl_account_id FROM ledger_balance WHERE domain_id = %s GROUP BY 1 "
            "HAVING sum(debit_cents) <> sum(credit_cents)",
            books.domain.id,
        ) == []  # fmt: skip
        assert sum(GridBalance.objects.filter(domain_id=books.domain.id).values_list("cents", flat=True)) == 0
        items = OpenItem.objects.filter(domain_id=books.domain.id)
        assert [(one.amount_cents, one.matched_cents) for one in items.order_by("id")] == [
            (-12_100, -12_100),
            (12_100, 12_100),
        ]
        assert is_right(books)


@pytest.mark.parametrize("state", [PeriodState.BLOCKED, PeriodState.CLOSED])
def test_inv04_a_reversal_needs_an_open_period_too(state: PeriodState):
    with open_new_books() as books:
        posted = post(books)
        set_month(books, state)

        with pytest.raises(PeriodNotOpen):
            reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW)
        undone_by = reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 12, 1), at=NOW)

        assert undone_by.number == 2
        assert is_right(books)


def test_inv04_an_entry_that_was_paid_is_not_reversed_until_the_payment_is_taken_off():
    with open_new_books() as books:
        net, vat, owed = books.purchase()
        posted = post_entry(
            access=books.access, entry=books.entry(net, vat, replace(owed, document_number="2026-88")), at=NOW
        )
        run("UPDATE ledger_openitem SET matched_cents = -5 WHERE domain_id = %s", books.domain.id)

        with pytest.raises(ItemsAreMatched, match="Er is al een betaling gekoppeld aan 2026-88"):
            reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW)

        run("UPDATE ledger_openitem SET matched_cents = 0 WHERE domain_id = %s", books.domain.id)
        assert reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW).number == 2


def test_inv04_plain_sql_that_reverses_with_other_lines_gets_in_and_is_named():
    with open_new_books() as books:
        posted = post(books)
        raw = next_entry(
            books,
            NewLine(books.accounts["613000"], 0, 12_100),
            NewLine(books.accounts["440000"], 12_100, 0, contact_id=books.contact_id),
            reverses_id=posted.id,
            subject=ask("SELECT subject FROM ledger_entry WHERE id = %s", posted.id)[0],
        )
        insert("ledger_entry", raw.entry)
        insert("ledger_entry_line", *raw.lines)
        check_now()

        found = verify_domain(domain_id=books.domain.id).differences
        assert ("reversal", f"is not the exact opposite of entry {posted.id}") in [(x.check, x.text) for x in found]


# --- INV-05 gapless


def test_inv05_numbers_run_from_one_per_journal_and_year_without_a_gap():
    with open_new_books() as books:
        add_fiscal_year(domain_id=books.access.domain_id, administration_id=books.administration.id, year=2027)
        posted = [post(books) for _ in range(3)]
        sale = post(books, journal_id=books.journals["VK"])
        next_year = post(books, on_date=date(2027, 1, 2))
        again = post(books)

        assert [one.number for one in posted] == [1, 2, 3]
        assert (sale.number, sale.seq) == (1, 4)
        assert (next_year.fiscal_year, next_year.number, next_year.seq) == (2027, 1, 5)
        assert (again.fiscal_year, again.number, again.seq) == (2026, 4, 6)
        assert is_right(books)


def test_inv05_other_books_have_numbers_and_a_chain_of_their_own():
    with open_new_books() as books:
        other = fill_books(books.domain, books.user)

        posted = post_entries(
            access=books.access, entries=[books.entry(), other.entry(), books.entry(), other.entry()], at=NOW
        )

        assert [(one.number, one.seq) for one in posted] == [(1, 1), (1, 1), (2, 2), (2, 2)]
        assert is_right(books)


def test_inv05_a_number_that_was_rolled_back_is_drawn_again():
    with open_new_books() as books:
        post(books)
        with transaction.atomic():
            assert post(books).number == 2
            transaction.set_rollback(True)

        assert (post(books).number, post(books).seq) == (2, 3)
        assert is_right(books)


# --- INV-10 chain


def test_inv10_each_entry_is_linked_to_the_one_before_and_the_head_is_the_last():
    with open_new_books() as books:
        for _ in range(3):
            post(books)

        rows = ask_all(
            "SELECT seq, prev_hash, hash FROM ledger_entry WHERE domain_id = %s ORDER BY seq", books.domain.id
        )
        assert [seq for seq, _, _ in rows] == [1, 2, 3]
        assert [prev for _, prev, _ in rows] == [None, rows[0][2], rows[1][2]]
        assert ask("SELECT seq, hash FROM ledger_head WHERE domain_id = %s", books.domain.id) == (3, rows[2][2])


@pytest.mark.parametrize(
    "settings",
    [
        "SET LOCAL TimeZone = 'Asia/Kathmandu'",
        "SET LOCAL TimeZone = 'America/St_Johns'; SET LOCAL DateStyle = 'SQL, DMY'",
        "SET LOCAL DateStyle = 'German'; SET LOCAL IntervalStyle = 'sql_standard'",
        "SET LOCAL DateStyle = 'Postgres, MDY'; SET LOCAL bytea_output = 'escape'; SET LOCAL extra_float_digits = -15",
    ],
)
def test_inv10_the_session_s_ways_of_writing_dates_and_times_change_nothing(settings: str):
    with open_new_books() as books:
        posted = post(books)
        run(settings)

        after = post_entry(access=books.access, entry=books.entry(), at=NOW + timedelta(microseconds=1))
        reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW)

        assert is_right(books)
        run("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL bytea_output = 'hex'")
        assert is_right(books)
        assert Entry.objects.get(domain_id=books.domain.id, id=after.id).posted_at == NOW + timedelta(microseconds=1)


# --- INV-12 periods


def test_inv12_a_blocked_month_takes_no_entry_except_from_who_may():
    with open_new_books() as books:
        set_month(books, PeriodState.BLOCKED)

        with pytest.raises(PeriodNotOpen, match="De periode van 12/11/2026 is geblokkeerd") as refused:
            post(books)
        assert refused.value.code == "period_blocked"
        controller = office_access(books.domain, PortalRole.CONTROLLER)
        assert post_entry(access=controller, entry=books.entry(), at=NOW).number == 1
        set_month(books, PeriodState.OPEN)
        assert post(books).number == 2
        assert is_right(books)


def test_inv12_a_closed_month_takes_no_entry_from_anybody_and_stays_closed():
    with open_new_books() as books:
        post(books)
        set_month(books, PeriodState.CLOSED)

        for access in (books.access, office_access(books.domain, PortalRole.CONTROLLER)):
            with pytest.raises(PeriodNotOpen, match="De periode van 12/11/2026 is afgesloten") as refused:
                post_entry(access=access, entry=books.entry(), at=NOW)
            assert refused.value.code == "period_closed"
        for state in PeriodState:
            with pytest.raises(PeriodNotOpen, match="Deze maand is afgesloten en blijft dat"):
                set_month(books, state)
        assert post(books, on_date=date(2026, 12, 1)).number == 2
        assert is_right(books)


def test_inv12_of_many_entries_with_one_in_a_closed_month_none_is_posted():
    with open_new_books() as books:
        set_month(books, PeriodState.CLOSED, date(2026, 3, 1))

        with pytest.raises(PeriodNotOpen):
            post_entries(access=books.access, entries=[books.entry(), books.entry(on_date=date(2026, 3, 31))], at=NOW)

        assert not Entry.objects.filter(domain_id=books.domain.id).exists()


@pytest.mark.parametrize("on_date", [date(2025, 12, 31), date(2027, 1, 1), date(2031, 1, 1)])
def test_inv12_a_date_outside_every_fiscal_year_is_refused(on_date: date):
    with open_new_books() as books, pytest.raises(PeriodNotOpen, match="hoort bij geen boekjaar") as refused:
        post(books, on_date=on_date)

    assert refused.value.code == "period_unknown"


def test_inv12_the_first_and_the_last_day_of_a_month_lie_in_it():
    with open_new_books() as books:
        posted = [post(books, on_date=on) for on in (date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1))]

        starts = [Entry.objects.get(domain_id=books.domain.id, id=one.id).period_starts_on for one in posted]
        assert starts == [date(2026, 11, 1), date(2026, 11, 1), date(2026, 12, 1)]


def test_inv12_closing_needs_its_right_and_a_month_of_these_books():
    with open_new_books() as books:
        backoffice = office_access(books.domain, PortalRole.PORTAL_BACKOFFICE)
        elsewhere = replace(backoffice, administration_ids=frozenset({1}))
        month = {"administration_id": books.administration.id, "state": PeriodState.CLOSED, "at": NOW}

        with pytest.raises(NotAllowed):
            set_period_state(access=books.access, starts_on=NOVEMBER, **month)
        for access, starts_on in ((backoffice, date(2026, 11, 2)), (elsewhere, NOVEMBER)):
            with pytest.raises(PeriodNotOpen, match="Deze maand hoort bij geen boekjaar"):
                set_period_state(access=access, starts_on=starts_on, **month)

        assert ask("SELECT count(*) FROM ledger_period WHERE domain_id = %s AND state <> 'OPEN'", books.domain.id) == (
            0,
        )


# --- INV-18 document once


def test_inv18_a_source_is_posted_once_and_again_after_its_reversal():
    with open_new_books() as books:
        first = post(books, subject="PURCHASE:1")
        with pytest.raises(AlreadyPosted, match="Dit stuk is al geboekt"):
            post(books, subject="PURCHASE:1")
        with pytest.raises(AlreadyPosted):
            next_attempt(domain_id=books.domain.id, administration_id=books.administration.id, subject="PURCHASE:1")

        reverse_entry(access=books.access, entry_id=first.id, on=LATER, at=NOW)
        attempt = next_attempt(
            domain_id=books.domain.id, administration_id=books.administration.id, subject="PURCHASE:1"
        )
        assert attempt == 2
        with pytest.raises(AlreadyPosted):
            post(books, subject="PURCHASE:1")
        with pytest.raises(AlreadyPosted):
            post(books, subject="PURCHASE:1", attempt=3)
        second = post(books, subject="PURCHASE:1", attempt=attempt)
        reverse_entry(access=books.access, entry_id=second.id, on=LATER, at=NOW)

        assert post(books, subject="PURCHASE:1", attempt=3).seq == 5
        assert is_right(books)


def test_inv18_the_same_source_twice_in_one_batch_is_refused_whole():
    with open_new_books() as books:
        with pytest.raises(AlreadyPosted):
            post_entries(access=books.access, entries=[books.entry(subject="A:1"), books.entry(subject="A:1")], at=NOW)

        assert not Entry.objects.filter(domain_id=books.domain.id).exists()


# --- INV-25 money


@pytest.mark.parametrize("amount", [100.0, Decimal(100), True, "100"])
def test_inv25_an_amount_that_is_no_whole_number_of_cents_is_refused(amount: object):
    with open_new_books() as books:
        line = NewLine(books.accounts["613000"], amount, 0)  # type: ignore[arg-type]

        with pytest.raises(EntryRefused, match="Het bedrag op lijn 1 is geen geheel aantal centen") as refused:
            post_entry(access=books.access, entry=books.entry(line, books.purchase()[2]), at=NOW)

        assert refused.value.code == "line_not_in_cents"


def test_inv25_a_grid_amount_is_whole_cents_within_bounds_too():
    with open_new_books() as books:
        net, vat, owed = books.purchase()

        for cents, code in (
            (0.5, "line_not_in_cents"),
            (10**15 + 1, "line_too_large"),
            (-(10**15) - 1, "line_too_large"),
        ):
            wrong = replace(net, grids=((82, cents),))  # type: ignore[arg-type]
            with pytest.raises(EntryRefused) as refused:
                post_entry(access=books.access, entry=books.entry(wrong, vat, owed), at=NOW)
            assert refused.value.code == code


def test_inv25_the_largest_amount_is_posted_to_the_cent():
    with open_new_books() as books:
        most = 10**15
        post_entry(
            access=books.access,
            entry=books.entry(
                NewLine(books.accounts["613000"], most, 0, grids=((82, most),)),
                NewLine(books.accounts["440000"], 0, most, contact_id=books.contact_id),
            ),
            at=NOW,
        )

        assert OpenItem.objects.get(domain_id=books.domain.id).amount_cents == -most
        assert is_right(books)


def test_inv25_every_amount_in_the_database_is_whole_cents():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, udt_name FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        columns = cursor.fetchall()

    amounts = {udt for _, name, _, udt in columns if name.endswith("_cents")}
    inexact = [(table, name) for table, name, kind, _ in columns if kind in {"real", "double precision", "money"}]
    assert amounts == {"int8", "_int8"}
    assert inexact == []


# --- INV-26 derived figures


def test_inv26_a_line_of_a_supplier_names_its_contact():
    with open_new_books() as books:
        net, vat, owed = books.purchase()

        with pytest.raises(EntryRefused, match="Lijn 3 staat op een rekening van klanten of leveranciers") as refused:
            post_entry(access=books.access, entry=books.entry(net, vat, replace(owed, contact_id=None)), at=NOW)

        assert refused.value.code == "line_needs_contact"


def test_inv26_a_line_with_a_contact_stands_on_a_control_account():
    with open_new_books() as books:
        net, vat, owed = books.purchase()

        with pytest.raises(EntryRefused, match="Lijn 1 noemt een relatie") as refused:
            post_entry(
                access=books.access, entry=books.entry(replace(net, contact_id=books.contact_id), vat, owed), at=NOW
            )

        assert refused.value.code == "line_takes_no_contact"


def test_inv26_a_line_with_a_contact_is_an_open_item():
    with open_new_books() as books:
        net, vat, owed = books.purchase()
        owed = replace(owed, due_on=date(2026, 12, 12), document_number="2026-88", structured="090933755493")
        post_entry(access=books.access, entry=books.entry(net, vat, owed), at=NOW)

        item = OpenItem.objects.get(domain_id=books.domain.id)
        assert (item.contact_id, item.amount_cents, item.matched_cents) == (books.contact_id, -12_100, 0)
        assert (item.n, item.on_date, item.due_on) == (3, date(2026, 11, 12), date(2026, 12, 12))
        assert (item.document_number, item.structured) == ("2026-88", "090933755493")
        assert EntryLine.objects.filter(domain_id=books.domain.id).count() == 3


def test_inv26_balances_and_grids_are_kept_per_month():
    with open_new_books() as books:
        post(books)
        post(books)
        post(books, on_date=date(2026, 12, 31))

        kept = Balance.objects.filter(domain_id=books.domain.id, gl_account_id=books.accounts["613000"])
        assert sorted(kept.values_list("month_starts_on", "debit_cents", "credit_cents")) == [
            (date(2026, 11, 1), 20_000, 0),
            (date(2026, 12, 1), 10_000, 0),
        ]
        grids = GridBalance.objects.filter(domain_id=books.domain.id)
        assert sorted(grids.values_list("grid", "month_starts_on", "cents")) == [
            (59, date(2026, 11, 1), 4_200),
            (59, date(2026, 12, 1), 2_100),
            (82, date(2026, 11, 1), 20_000),
            (82, date(2026, 12, 1), 10_000),
        ]


# --- INV-27 order


def test_inv27_the_order_of_the_chain_comes_from_no_clock():
    with open_new_books() as books:
        moments = [
            NOW,
            NOW - timedelta(days=3653),
            NOW + timedelta(days=400),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ]
        posted = [post_entry(access=books.access, entry=books.entry(), at=at) for at in moments]

        assert [(one.seq, one.number) for one in posted] == [(1, 1), (2, 2), (3, 3), (4, 4)]
        stored = Entry.objects.filter(domain_id=books.domain.id).order_by("seq").values_list("posted_at", flat=True)
        assert list(stored) == moments
        assert is_right(books)


def test_inv27_a_moment_is_stored_in_utc_to_the_microsecond_whatever_its_zone():
    with open_new_books() as books:
        # The hour that happens twice in Brussels on the last Sunday of October.
        twice = datetime(2026, 10, 25, 2, 30, 0, 123_456, tzinfo=timezone.get_default_timezone())
        moments = [twice, twice.replace(fold=1), twice.astimezone(UTC)]
        for at in moments:
            post_entry(access=books.access, entry=books.entry(), at=at)

        stored = Entry.objects.filter(domain_id=books.domain.id).order_by("seq").values_list("posted_at", flat=True)
        assert [at.isoformat() for at in stored] == [
            "2026-10-25T00:30:00.123456+00:00",
            "2026-10-25T01:30:00.123456+00:00",
            "2026-10-25T00:30:00.123456+00:00",
        ]
        assert is_right(books)


def test_inv27_the_day_is_that_of_brussels_and_not_of_the_server():
    assert timezone.localdate(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
    assert timezone.localdate(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)


def test_inv27_a_leap_day_lies_in_february_and_every_day_of_a_year_in_one_month():
    with open_new_books() as books:
        add_fiscal_year(domain_id=books.access.domain_id, administration_id=books.administration.id, year=2028)
        posted = post(books, on_date=date(2028, 2, 29))

        assert Entry.objects.get(domain_id=books.domain.id, id=posted.id).period_starts_on == date(2028, 2, 1)
        [days] = ask(
            "SELECT array_agg(until - starts_on ORDER BY starts_on) FROM ledger_period WHERE domain_id = %s "
            "AND fiscal_year = 2028",
            books.domain.id,
        )
        assert days == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


# --- what posting refuses before the database is asked


def test_posting_nothing_is_nothing():
    with open_new_books() as books:
        assert post_entries(access=books.access, entries=[], at=NOW) == []


def test_books_that_were_not_opened_are_refused_in_dutch():
    with open_new_books() as books:
        empty = replace(books.entry(), administration_id=1)

        with pytest.raises(EntryRefused) as refused:
            post_entry(access=books.access, entry=empty, at=NOW)

        assert refused.value.code == "unknown_account"


def test_an_account_of_other_books_is_refused_in_dutch():
    with open_new_books() as books:
        other = fill_books(books.domain, books.user)
        strange = NewLine(other.accounts["613000"], 12_100, 0)

        with pytest.raises(EntryRefused, match="De rekening op lijn 1 hoort niet bij dit rekeningstelsel") as refused:
            post_entry(access=books.access, entry=books.entry(strange, books.purchase()[2]), at=NOW)

        assert refused.value.code == "unknown_account"


def test_a_journal_of_other_books_is_refused_in_dutch():
    with open_new_books() as books:
        other = fill_books(books.domain, books.user)

        with pytest.raises(EntryRefused, match="Dit dagboek hoort niet bij deze administratie") as refused:
            post(books, journal_id=other.journals["AK"])

        assert refused.value.code == "unknown_journal"


def test_an_account_that_was_added_elsewhere_meanwhile_is_known_at_once():
    with open_new_books() as books:
        post(books)
        added = GLAccount.objects.create(
            domain_id=books.domain.id,
            administration_id=books.administration.id,
            code="613999",
            type="EXPENSE",
            name_nl="Nieuw",
            name_fr="Nouveau",
            name_en="New",
        )

        posted = post_entry(
            access=books.access, entry=books.entry(NewLine(added.id, 12_100, 0), books.purchase()[2]), at=NOW
        )

        assert posted.number == 2


def test_an_account_that_is_no_longer_used_can_still_be_reversed():
    with open_new_books() as books:
        posted = post(books)
        GLAccount.objects.filter(domain_id=books.domain.id, id=books.accounts["613000"]).update(is_active=False)

        assert reverse_entry(access=books.access, entry_id=posted.id, on=LATER, at=NOW).number == 2


def test_a_document_line_cannot_be_put_on_the_account_of_its_own_open_item():
    with open_new_books() as books:
        proposal = waiting_purchase(books)
        [line] = lines_from_json(proposal.lines)

        with pytest.raises(ControlAccountChosen, match="Op rekening 440000 komt het openstaande bedrag"):
            change_lines(
                access=books.access,
                proposal_id=proposal.id,
                version=1,
                on_date=proposal.on_date,
                lines=(replace(line, gl_code="440000"),),
                at=NOW,
            )


def test_what_was_posted_is_read_back_as_it_was_given():
    with open_new_books() as books:
        net, vat, owed = books.purchase()
        entry = books.entry(
            replace(net, description="Broodzakken; kraft, 5:7", grids=((82, 10_000), (86, -3))),
            vat,
            replace(owed, due_on=date(2026, 12, 12), document_number="2026-88", structured="090933755493"),
            description="Café «Zoë» — 12,5 %",
            document_sha256=bytes(range(32)),
        )
        posted = post_entry(access=books.access, entry=entry, at=NOW)

        assert read_entry(domain_id=books.domain.id, entry_id=posted.id) == entry
        assert read_entry(domain_id=books.domain.id, entry_id=1) is None
        with undone():
            assert {one.check for one in verify_domain(domain_id=books.domain.id).differences} == {"files"}
