"""Everything wrong that a writer of plain SQL could try with the books, and the constraint that must refuse it.

`guards` are the constraints that refuse it, in the order in which they speak; where there are two, the second stands
behind the first. `named` is what `verify` says once all of them were taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.books import NOW, Books, fill_books, new_domain
from tests.ledger.raw import NOVEMBER, RawEntry, ask, ask_all, insert, keep, next_entry, open_item, run, sha256, write
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.rules import MAX_CENTS, NewLine
from zelfboeken.ledger.services import PostedEntry, post_entry, reverse_entry
from zelfboeken.tenancy.scope import domain_scope

NOTHING = 0
"""An id that no row has."""


@dataclass(frozen=True)
class World:
    """Books with an entry that stands and one that was reversed, other books beside them, and somebody else's contact.

    `empty` are books of the same domain in which nothing was posted yet.
    """

    books: Books
    first: PostedEntry
    reversed: PostedEntry
    reversal: PostedEntry
    other: Books
    other_entry: PostedEntry
    empty: Books
    stranger: int

    def subject(self, entry: PostedEntry) -> str:
        """What an entry was posted for."""
        return str(ask("SELECT subject FROM ledger_entry WHERE domain_id = %s AND id = %s", self.domain, entry.id)[0])

    @property
    def domain(self) -> int:
        """The domain's id."""
        return self.books.domain.id


def new_world() -> tuple[World, int]:
    """A world, made through the services in a domain of its own, and the domain's id."""
    elsewhere, _ = new_domain()
    with domain_scope(elsewhere.id):
        stranger = Contact.objects.create(domain=elsewhere, name="Iemand anders").id
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
        other, empty = fill_books(domain, user), fill_books(domain, user)
        first, undone = (post_entry(access=books.access, entry=books.entry(), at=NOW) for _ in range(2))
        reversal = reverse_entry(access=books.access, entry_id=undone.id, on=date(2026, 11, 25), at=NOW)
        beside = post_entry(access=other.access, entry=other.entry(), at=NOW)
    return World(books, first, undone, reversal, other, beside, empty, stranger), domain.id


@dataclass(frozen=True)
class Attack:
    """Something wrong to write."""

    name: str
    """The invariant it would break, and what it does."""
    guards: tuple[str, ...]
    named: frozenset[str]
    run: Callable[[World], None]


ATTACKS: list[Attack] = []


def attack(
    invariant: str, *guards: str, named: str = ""
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register an attack on an invariant, with the constraints that refuse it and what `verify` says without them."""

    def register(run: Callable[[World], None]) -> Callable[[World], None]:
        checks = frozenset(check.strip() for check in named.split(",") if check)
        ATTACKS.append(Attack(f"{invariant}-{run.__name__}", guards, checks, run))
        return run

    return register


def post(raw: RawEntry) -> None:
    """Write an entry whose content and hash follow from its rows, and keep what stands beside the books."""
    write(raw.resealed())
    keep(raw)


def balanced(raw: RawEntry, *amounts: tuple[int, int]) -> RawEntry:
    """The first lines with these debits and credits, running sums that follow, and a last line that closes at zero."""
    running = 0
    for line, (debit, credit) in zip(raw.lines, amounts, strict=False):
        running += debit - credit
        line.update(debit_cents=debit, credit_cents=credit, running_cents=running)
    raw.lines[-1].update(debit_cents=max(-running, 0), credit_cents=max(running, 0), running_cents=0)
    return raw


# --- an entry that does not balance, or is not whole


@attack("inv01", "line_carries_the_sum", named="lines,balance")
def a_cent_off_hidden_in_the_last_running_sum(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[2]["credit_cents"] = 12_101
    post(raw)


@attack("inv01", "line_first_starts_at_zero", named="lines,balance")
def a_cent_off_hidden_in_the_first_running_sum(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[0]["running_cents"] = 10_001
    raw.lines[1]["running_cents"] = 12_101
    raw.lines[2]["credit_cents"] = 12_101
    post(raw)


@attack("inv01", "entry_balances", named="balance")
def a_cent_off_in_the_open(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[2].update(credit_cents=12_099, running_cents=1)
    post(raw)


@attack("inv01", "entry_balances", named="balance,chain,content,lines")
def an_entry_that_misses_its_last_line(world: World) -> None:
    raw = next_entry(world.books)
    del raw.lines[2]
    post(raw)


@attack("inv01", "line_carries_the_sum", named="chain,content,lines")
def an_entry_that_misses_a_line_in_the_middle(world: World) -> None:
    raw = next_entry(world.books)
    del raw.lines[1]
    raw.lines[1].update(credit_cents=10_000)
    post(raw)


@attack("inv01", "entry_balances", named="chain,content,lines")
def an_entry_without_lines(world: World) -> None:
    raw = next_entry(world.books).resealed()
    insert("ledger_entry", raw.entry)
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    keep(RawEntry(raw.entry, []))


@attack("inv01", "entry_has_two_lines_or_more", "entry_balances", named="balance")
def an_entry_of_one_line(world: World) -> None:
    post(next_entry(world.books, world.books.purchase()[0]))


@attack("inv01", "entry_has_two_lines_or_more", "entry_balances", named="chain,content,lines")
def an_entry_of_more_than_100_000_lines(world: World) -> None:
    raw = next_entry(world.books, line_count=100_001)
    insert("ledger_entry", raw.entry)
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    keep(RawEntry(raw.entry, []))


@attack("inv10", "entry_hash_is_true", named="chain")
def a_hash_that_does_not_follow(world: World) -> None:
    raw = next_entry(world.books)
    raw.entry["hash"] = sha256(b"something else")
    write(raw)
    keep(raw)


# --- a line that joins later (INV-02)


def later_line(world: World, **columns: Any) -> dict[str, Any]:
    return {
        "domain_id": world.domain,
        "administration_id": world.books.administration.id,
        "entry_id": world.first.id,
        "n": 4,
        "line_count": 4,
        "on_date": date(2026, 11, 12),
        "gl_account_id": world.books.accounts["613000"],
        "debit_cents": 500,
        "credit_cents": 0,
        "running_cents": 500,
        **columns,
    }


@attack("inv02", "line_joins_no_finished_entry", named="balance,balances,chain,content,lines")
def a_fourth_line_for_an_entry_of_three(world: World) -> None:
    insert("ledger_entry_line", later_line(world))


@attack("inv02", "line_belongs_to_the_count", named="balances,chain,content,lines")
def two_lines_beyond_the_count_that_cancel_out(world: World) -> None:
    insert(
        "ledger_entry_line",
        later_line(world, line_count=3),
        later_line(world, n=5, line_count=3, debit_cents=0, credit_cents=500, running_cents=0),
    )


@attack("inv02", "line_belongs_to_the_count", "line_carries_the_sum", named="balance,balances,chain,content,lines")
def a_line_before_the_first(world: World) -> None:
    insert("ledger_entry_line", later_line(world, n=0, line_count=3))


@attack("inv02", "ledger_entry_line_pkey", named="balance,balances,chain,content,lines")
def a_second_line_in_the_same_place(world: World) -> None:
    insert("ledger_entry_line", later_line(world, n=2, line_count=3, debit_cents=700, running_cents=10_700))


@attack("inv02", "line_joins_no_finished_entry", named="lines")
def lines_of_another_day(world: World) -> None:
    raw = next_entry(world.books)
    for line in raw.lines:
        line["on_date"] = date(2026, 11, 13)
    post(raw)


@attack("inv02", "line_joins_no_finished_entry", named="lines")
def lines_in_other_books(world: World) -> None:
    raw = next_entry(world.books)
    for line, code in zip(raw.lines, ("613000", "411059", "440000"), strict=True):
        line.update(administration_id=world.other.administration.id, gl_account_id=world.other.accounts[code])
    post(raw)


# --- a line that is none


@attack("inv01", "line_has_one_side", named="lines")
def a_line_with_two_sides(world: World) -> None:
    post(balanced(next_entry(world.books), (10_000, 1), (2_100, 0)))


@attack("inv01", "line_has_one_side", named="lines")
def a_line_without_a_side(world: World) -> None:
    post(balanced(next_entry(world.books), (10_000, 0), (0, 0)))


@attack("inv01", "line_has_one_side", named="lines")
def a_line_below_zero(world: World) -> None:
    post(balanced(next_entry(world.books), (10_000, 0), (-2_100, 0)))


@attack("inv25", "line_has_one_side", named="lines")
def a_line_beyond_all_bounds(world: World) -> None:
    post(balanced(next_entry(world.books), (MAX_CENTS, 0), (0, MAX_CENTS + 1)))


@attack("inv25", "line_grids_have_amounts", named="lines")
def a_grid_without_an_amount(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[0]["vat_cents"] = []
    post(raw)


@attack("inv25", "line_grids_have_amounts", named="lines")
def a_grid_with_an_unknown_amount(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[0]["vat_cents"] = [None]
    post(raw)


ACCOUNT_AND_CONTACT = "line_account_is_its_own_and_goes_with_its_contact"


@attack("inv06", ACCOUNT_AND_CONTACT, "balance_account_is_its_own", named="references")
def an_account_of_other_books(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[0]["gl_account_id"] = world.other.accounts["613000"]
    post(raw)


@attack("inv26", ACCOUNT_AND_CONTACT, named="open items,references")
def a_supplier_line_without_its_contact(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[2]["contact_id"] = None
    post(raw)


@attack("inv26", ACCOUNT_AND_CONTACT, named="references")
def a_contact_on_an_account_of_costs(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[0]["contact_id"] = world.books.contact_id
    post(raw)


@attack("inv26", ACCOUNT_AND_CONTACT, named="open items,references")
def an_account_that_becomes_a_control_account(world: World) -> None:
    run(
        "UPDATE ledger_glaccount SET is_control = true WHERE domain_id = %s AND id = %s",
        world.domain,
        world.books.accounts["613000"],
    )


@attack("inv06", "line_contact_is_its_own", "ledger_openitem_contact_is_its_own", named="references")
def a_contact_of_another_domain(world: World) -> None:
    raw = next_entry(world.books)
    raw.lines[2]["contact_id"] = world.stranger
    post(raw)


# --- an entry at the wrong date or place


@attack("inv12", "entry_lies_in_its_period", named="period")
def a_date_outside_its_period(world: World) -> None:
    post(next_entry(world.books, on_date=date(2026, 12, 5)))


@attack("inv12", "entry_period_exists", named="references")
def a_period_that_is_not_there(world: World) -> None:
    post(next_entry(world.books, period_until=date(2026, 11, 20)))


@attack("inv12", "entry_period_exists", named="references")
def a_month_of_another_fiscal_year(world: World) -> None:
    post(next_entry(world.books, fiscal_year=2025, number=1))


@attack("inv06", "entry_journal_is_its_own", "series_journal_is_its_own", named="references")
def a_journal_of_other_books(world: World) -> None:
    post(next_entry(world.books, journal_id=world.other.journals["VK"]))


@attack("inv10", "entry_document_hash_is_whole", named="files")
def half_a_document_hash(world: World) -> None:
    post(next_entry(world.books, document_sha256=sha256(b"")[:31]))


# --- numbers (INV-05)


@attack("inv05", "entry_number_is_unique", named="numbers")
def a_number_twice(world: World) -> None:
    raw = next_entry(world.books)
    raw.entry["number"] = 1
    post(raw)


@attack("inv05", "entry_number_has_no_gap", named="numbers")
def a_number_skipped(world: World) -> None:
    raw = next_entry(world.books)
    raw.entry["number"] += 1
    post(raw)


@attack("inv05", "entry_counts_from_one", "entry_number_has_no_gap", named="numbers")
def a_number_below_one(world: World) -> None:
    post(next_entry(world.books, number=0))


@attack("inv18", "entry_counts_from_one", "entry_again_after_reversal")
def an_attempt_below_one(world: World) -> None:
    post(next_entry(world.books, attempt=0))


@attack("inv10", "entry_counts_from_one", "entry_chain_is_unbroken", named="chain,numbers")
def a_seq_below_one(world: World) -> None:
    post(next_entry(world.books, seq=0, prev_hash=sha256(b"")))


@attack("inv02", "ledger_entry_pkey", "entry_line_key", named="chain,content,lines,log,numbers")
def an_entry_that_takes_the_lines_of_another(world: World) -> None:
    raw = next_entry(world.books, id=world.first.id).resealed()
    insert("ledger_entry", raw.entry)


# --- the chain (INV-10)


@attack("inv10", "entry_seq_is_unique", named="chain")
def a_fork_in_the_chain(world: World) -> None:
    seq, prev_hash = ask(
        "SELECT seq, prev_hash FROM ledger_entry WHERE domain_id = %s AND id = %s", world.domain, world.reversal.id
    )
    post(next_entry(world.books, seq=seq, prev_hash=bytes(prev_hash)))


@attack("inv10", "entry_chain_is_unbroken", named="chain")
def a_link_skipped(world: World) -> None:
    raw = next_entry(world.books)
    raw.entry["seq"] += 1
    post(raw)


@attack("inv10", "entry_chain_is_unbroken", named="chain")
def a_link_to_something_else(world: World) -> None:
    post(next_entry(world.books, prev_hash=sha256(b"something else")))


@attack("inv10", "entry_chain_is_unbroken", named="chain")
def a_link_to_other_books(world: World) -> None:
    [digest] = ask("SELECT hash FROM ledger_head WHERE administration_id = %s", world.other.administration.id)
    post(next_entry(world.books, prev_hash=bytes(digest)))


@attack("inv10", "entry_first_has_no_previous", named="chain")
def a_new_beginning_in_the_middle(world: World) -> None:
    post(next_entry(world.books, prev_hash=None))


@attack("inv10", "entry_first_has_no_previous", named="chain")
def a_beginning_that_claims_a_past(world: World) -> None:
    post(next_entry(world.empty, prev_hash=sha256(b"")))


# --- the same thing twice, and reversals (INV-04, INV-18)


@attack("inv18", "entry_subject_is_posted_once", named="subjects")
def a_document_posted_twice(world: World) -> None:
    post(next_entry(world.books, subject=world.subject(world.first)))


@attack("inv18", "entry_again_after_reversal", named="subjects")
def a_document_posted_again_before_its_reversal(world: World) -> None:
    post(next_entry(world.books, subject=world.subject(world.first), attempt=2))


@attack("inv04", "entry_subject_is_posted_once", "entry_is_reversed_once", named="open items,reversal,subjects")
def a_second_reversal(world: World) -> None:
    post(opposite_of(world, world.reversed))


@attack("inv04", "entry_subject_is_posted_once", named="open items,subjects")
def a_reversal_of_a_reversal(world: World) -> None:
    lines = world.books.purchase()
    raw = next_entry(
        world.books, *lines, reverses_id=world.reversal.id, subject=world.subject(world.reversal), attempt=1
    )
    post(raw)


@attack("inv04", "entry_reverses_its_subject", named="reversal,subjects")
def a_reversal_for_another_document(world: World) -> None:
    raw = opposite_of(world, world.first)
    raw.entry["subject"] = "RAW:iets anders"
    post(raw)


@attack("inv04", "entry_reverses_its_subject", named="open items,reversal,subjects")
def a_reversal_of_an_entry_in_other_books(world: World) -> None:
    post(opposite_of(world, world.other_entry))


@attack("inv04", "entry_reverses_another", named="open items,reversal,subjects")
def an_entry_that_reverses_itself(world: World) -> None:
    raw = next_entry(world.books)
    raw.entry["reverses_id"] = raw.entry["id"]
    post(raw)


def opposite_of(world: World, entry: PostedEntry) -> RawEntry:
    """The reversal of a purchase of 121, in the books where the others are."""
    books = world.books
    return next_entry(
        books,
        NewLine(books.accounts["613000"], 0, 10_000, grids=((82, -10_000),)),
        NewLine(books.accounts["411059"], 0, 2_100, grids=((59, -2_100),)),
        NewLine(books.accounts["440000"], 12_100, 0, contact_id=books.contact_id),
        reverses_id=entry.id,
        subject=world.subject(entry),
    )


# --- what is kept beside the books


@attack("inv26", "ledger_series_pkey", named="numbers")
def a_second_series_of_a_journal_and_year(world: World) -> None:
    insert_series(world, world.books.journals["AK"])


@attack("inv26", "series_journal_is_its_own", named="numbers")
def a_series_of_a_journal_of_other_books(world: World) -> None:
    insert_series(world, world.other.journals["AK"])


def insert_series(world: World, journal_id: int) -> None:
    insert(
        "ledger_series",
        {
            "domain_id": world.domain,
            "administration_id": world.books.administration.id,
            "journal_id": journal_id,
            "fiscal_year": 2026,
            "last_number": 7,
        },
    )


@attack("inv26", "ledger_head_pkey", named="chain")
def a_second_head(world: World) -> None:
    insert_head(world, world.books.administration.id)


@attack("inv26", "head_administration_is_its_own", named="chain")
def a_head_of_no_books(world: World) -> None:
    insert_head(world, NOTHING)


def insert_head(world: World, administration_id: int) -> None:
    insert("ledger_head", {"domain_id": world.domain, "administration_id": administration_id, "seq": 7})


@attack("inv26", "ledger_balance_pkey", named="balances,open items")
def a_second_balance_of_an_account_and_month(world: World) -> None:
    insert_balance(world, world.books.accounts["440000"])


@attack("inv26", "balance_account_is_its_own", named="balances")
def a_balance_of_an_account_of_other_books(world: World) -> None:
    insert_balance(world, world.other.accounts["613000"])


def insert_balance(world: World, account_id: int) -> None:
    insert(
        "ledger_balance",
        {
            "domain_id": world.domain,
            "administration_id": world.books.administration.id,
            "gl_account_id": account_id,
            "month_starts_on": NOVEMBER[0],
            "debit_cents": 5,
            "credit_cents": 0,
        },
    )


@attack("inv26", "ledger_grid_balance_pkey", named="grids")
def a_second_balance_of_a_grid_and_month(world: World) -> None:
    insert_grid(world, world.books.administration.id)


@attack("inv26", "grid_balance_administration_is_its_own", named="grids")
def a_grid_of_no_books(world: World) -> None:
    insert_grid(world, NOTHING)


def insert_grid(world: World, administration_id: int) -> None:
    insert(
        "ledger_grid_balance",
        {
            "domain_id": world.domain,
            "administration_id": administration_id,
            "grid": 82,
            "month_starts_on": NOVEMBER[0],
            "cents": 5,
        },
    )


def item_of(world: World, **columns: Any) -> dict[str, Any]:
    """The open item of the supplier's line of the first entry."""
    line = {
        "domain_id": world.domain,
        "administration_id": world.books.administration.id,
        "entry_id": world.first.id,
        "n": 3,
        "contact_id": world.books.contact_id,
        "gl_account_id": world.books.accounts["440000"],
        "on_date": date(2026, 11, 12),
        "debit_cents": 0,
        "credit_cents": 12_100,
    }
    return {**open_item(line), **columns}


@attack("inv26", "open_item_is_one_line", named="open items")
def a_second_open_item_of_a_line(world: World) -> None:
    insert("ledger_openitem", item_of(world))


@attack("inv26", "open_item_line_exists", named="open items")
def an_open_item_of_no_line(world: World) -> None:
    insert("ledger_openitem", item_of(world, n=9))


@attack("inv26", "open_item_has_an_amount", "open_item_is_not_matched_above_itself", named="open items")
def an_open_item_of_nothing(world: World) -> None:
    insert("ledger_openitem", item_of(world, n=1, amount_cents=0))


@attack("inv26", "ledger_openitem_pkey", named="open items")
def an_open_item_under_the_id_of_another(world: World) -> None:
    [taken] = ask("SELECT id FROM ledger_openitem WHERE domain_id = %s AND entry_id = %s", world.domain, world.first.id)
    insert("ledger_openitem", item_of(world, n=1, id=taken))


@attack("inv26", "ledger_openitem_administration_is_its_own", named="open items")
def an_open_item_in_no_books(world: World) -> None:
    insert("ledger_openitem", item_of(world, n=1, administration_id=NOTHING))


@attack("inv26", "ledger_openitem_contact_is_its_own", named="open items")
def an_open_item_of_a_contact_of_another_domain(world: World) -> None:
    insert("ledger_openitem", item_of(world, n=1, contact_id=world.stranger))


@attack("inv26", "ledger_openitem_gl_account_is_its_own", named="open items")
def an_open_item_on_no_account(world: World) -> None:
    insert("ledger_openitem", item_of(world, n=1, gl_account_id=NOTHING))


def match(world: World, cents: int) -> None:
    run(
        "UPDATE ledger_openitem SET matched_cents = %s WHERE domain_id = %s AND entry_id = %s",
        cents,
        world.domain,
        world.first.id,
    )


@attack("inv17", "open_item_is_not_matched_above_itself", named="matches,open items")
def an_open_item_matched_above_itself(world: World) -> None:
    match(world, -12_101)


@attack("inv17", "open_item_is_not_matched_above_itself", named="matches,open items")
def an_open_item_matched_on_its_other_side(world: World) -> None:
    match(world, 1)


# --- chart, journals, periods


def row_of(table: str, world: World, **columns: Any) -> None:
    """Insert a copy of a row of the books, with a new id, with some columns changed."""
    names = [name for (name,) in ask_columns(table) if name != "id" or "id" in columns]
    chosen = ", ".join("%s" if name in columns else f"t.{name}" for name in names)
    values = [columns[name] for name in names if name in columns]
    run(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} t WHERE t.domain_id = %s "
        "AND t.administration_id = %s ORDER BY t.id LIMIT 1",
        *values,
        world.domain,
        world.books.administration.id,
    )


def ask_columns(table: str) -> list[Any]:
    return ask_all(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", table
    )


@attack("chart", "gl_account_code_is_once")
def an_account_code_twice(world: World) -> None:
    row_of("ledger_glaccount", world)


@attack("chart", "gl_account_code_is_digits")
def an_account_code_of_letters(world: World) -> None:
    row_of("ledger_glaccount", world, code="61A000")


@attack("inv06", "ledger_glaccount_administration_is_its_own")
def an_account_of_no_books(world: World) -> None:
    row_of("ledger_glaccount", world, administration_id=NOTHING)


@attack("chart", "journal_code_is_once")
def a_journal_code_twice(world: World) -> None:
    row_of("ledger_journal", world)


@attack("inv06", "ledger_journal_administration_is_its_own")
def a_journal_of_no_books(world: World) -> None:
    row_of("ledger_journal", world, administration_id=NOTHING)


@attack("inv12", "period_starts_once")
def a_month_twice(world: World) -> None:
    row_of("ledger_period", world, until=date(2026, 1, 15))


@attack("inv12", "period_ends_after_it_starts")
def a_month_that_ends_before_it_starts(world: World) -> None:
    row_of("ledger_period", world, starts_on=date(2027, 2, 1), until=date(2027, 2, 1))


@attack("inv12", "period_state_is_known")
def a_month_in_an_unknown_state(world: World) -> None:
    row_of("ledger_period", world, starts_on=date(2027, 2, 1), until=date(2027, 3, 1), state="HALF OPEN")


@attack("inv06", "ledger_period_administration_is_its_own")
def a_month_of_no_books(world: World) -> None:
    row_of("ledger_period", world, administration_id=NOTHING)


@attack("chart", "ledger_glaccount_pkey")
def an_account_under_the_id_of_another(world: World) -> None:
    row_of(
        "ledger_glaccount",
        world,
        id=world.books.accounts["613000"],
        code="613998",
        administration_id=world.other.administration.id,
    )


@attack("chart", "ledger_journal_pkey")
def a_journal_under_the_id_of_another(world: World) -> None:
    row_of(
        "ledger_journal",
        world,
        id=world.books.journals["AK"],
        code="ZZ",
        administration_id=world.other.administration.id,
    )


@attack("inv12", "ledger_period_pkey")
def a_month_under_the_id_of_another(world: World) -> None:
    [taken] = ask("SELECT min(id) FROM ledger_period WHERE domain_id = %s", world.domain)
    row_of("ledger_period", world, id=taken, starts_on=date(2027, 2, 1), until=date(2027, 3, 1))


KEYS = frozenset(
    {
        "entry_chain_link",
        "entry_subject_key",
        "line_sum_key",
        "gl_account_in_its_books",
        "gl_account_is_control_or_not",
        "journal_in_its_books",
        "period_in_its_year",
    }
)
"""Unique keys that hold because a narrower one does; they are there for the foreign keys that lead to them."""
