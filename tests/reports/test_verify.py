"""`verify` names what was changed behind the books' back: every column, row and file it answers for (INV-10, 15, 26).

The books are made through the services in a database of their own. Then the superuser, with every trigger and check out
of the way, changes one thing at a time in a transaction that is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction

from tests.books import NOW, Books, fill_books, new_domain, office_access
from tests.conftest import connect_as
from tests.database import TestServer, cloned
from tests.files import OGM, OUR_IBAN, invoice, movement, statement
from tests.ledger.raw import ask, ask_all, run
from zelfboeken.access.rights import PortalRole
from zelfboeken.bank.models import BankLine
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.booking.services import Approval
from zelfboeken.config.commands import main
from zelfboeken.documents.models import Arrival
from zelfboeken.inbox.services import receive_file
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.ledger.models import OpenItem, PeriodState
from zelfboeken.ledger.services import post_entry, reverse_entry, set_period_state
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.models import Match
from zelfboeken.matching.services import Settlement, settle, undo_match
from zelfboeken.reports.verify import Difference, verify_domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class World:
    """A domain where everything happened that `verify` looks at."""

    books: Books
    files: Path
    entries: tuple[int, ...]
    """The entries of the first administration in the order of their chain: the reversed one is the second."""

    @property
    def domain(self) -> int:
        return self.books.domain.id


@pytest.fixture(scope="module")
def world(
    server: TestServer, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The world, made as zb_app in a database of its own; Django then works in it as the superuser."""
    files = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock():
        connections["default"].close()
        with cloned(server) as urls:
            try:
                connect_as(urls.app)
                settings.FILES = files
                made = _made(files)
                connect_as(urls.admin)
                yield made
            finally:
                connect_as(server.urls.app)


@pytest.fixture(autouse=True)
def files_of_the_world(world: World, files_of_the_test: None) -> None:
    settings.FILES = world.files


def _made(files: Path) -> World:
    domain, user = new_domain()
    with domain_scope(domain.id):
        books, other = fill_books(domain, user), fill_books(domain, user)
        # Two administrations of one number would make every invoice a question.
        run(
            "UPDATE tenancy_administration SET vat_number = '', enterprise_number = '' WHERE id = %s",
            other.administration.id,
        )
        _bank_account(books)
        post_entry(access=books.access, entry=books.entry(on_date=date(2026, 1, 15)), at=NOW - timedelta(days=9))
        undone = post_entry(access=books.access, entry=books.entry(), at=NOW)
        post_entry(access=other.access, entry=other.entry(), at=NOW)
        _book(books, invoice("2026-1", structured=OGM))
        _book(books, invoice("2026-2", net="200.00"))
        reverse_entry(access=books.access, entry_id=undone.id, on=date(2026, 11, 25), at=NOW)
        _receive(books, "bank.cod", statement(movement(-12_100, structured=OGM), movement(-5_000), movement(-1_000)))
        for line, cents in zip(_waiting(books), (-5_000, -1_000), strict=True):
            item = OpenItem.objects.get(domain=domain, document_number="2026-2", amount_cents=-24_200)
            settle(
                access=books.access,
                settlements=[Settlement(line.id, Decision("MATCH", (Allocation(item.id, cents),)))],
                at=NOW,
            )
        last = Match.objects.filter(domain=domain).order_by("id").last()
        assert last is not None
        undo_match(access=books.access, match_id=last.id, at=NOW)
        set_period_state(
            access=office_access(domain, PortalRole.PORTAL_BACKOFFICE),
            administration_id=books.administration.id,
            starts_on=date(2026, 1, 1),
            state=PeriodState.CLOSED,
            at=NOW,
        )
        entries = ask_all(
            "SELECT id FROM ledger_entry WHERE domain_id = %s AND administration_id = %s ORDER BY seq",
            domain.id,
            books.administration.id,
        )
    return World(books, files, tuple(entry_id for (entry_id,) in entries))


def _bank_account(books: Books) -> None:
    add_bank_account(
        access=books.access,
        administration_id=books.administration.id,
        iban=OUR_IBAN,
        name="Zichtrekening",
        gl_code="550000",
        journal_code="B1",
    )


def _receive(books: Books, name: str, content: bytes) -> Any:
    return receive_file(
        access=books.access,
        administration=books.administration,
        name=name,
        content=content,
        source=Arrival.Source.UPLOAD,
        at=NOW,
    )


def _book(books: Books, content: bytes) -> None:
    arrived = _receive(books, "factuur.xml", content)
    proposal = proposal_of(access=books.access, invoice=arrived.invoice)
    book_invoices(access=books.access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)


def _waiting(books: Books) -> list[BankLine]:
    return list(BankLine.objects.filter(domain=books.domain, entry_id__isnull=True).order_by("amount_cents"))


@contextmanager
def unguarded(world: World) -> Iterator[None]:
    """A transaction in which nothing refuses anything, rolled back afterwards."""
    with transaction.atomic():
        with domain_scope(world.domain):
            run("SET LOCAL session_replication_role = replica")
            for table, name in ask_all(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'u') "
                "AND conrelid::regclass::text ~ '^(ledger|matching|bank|booking|documents)_'"
            ):
                run(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
            yield
        transaction.set_rollback(True)


def found(world: World) -> tuple[Difference, ...]:
    return verify_domain(domain_id=world.domain).differences


def checks(world: World) -> set[str]:
    return {one.check for one in found(world)}


CHANGED = {
    "bigint": "coalesce({0}, 0) + 1000",
    "integer": "coalesce({0}, 0) + 1000",
    "smallint": "coalesce({0}, 0) + 1000",
    "text": "coalesce({0}, '') || 'x'",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "bytea": "set_byte(coalesce({0}, sha256('')), 0, get_byte(coalesce({0}, sha256('')), 0) # 1)",
    "ARRAY": "array_append({0}, 1)",
    "boolean": "NOT {0}",
}
"""Another value of each type."""
ENTRY_COLUMNS = frozenset(
    {
        *("domain_id", "id", "administration_id", "journal_id", "fiscal_year", "period_starts_on", "period_until"),
        *("on_date", "number", "subject", "attempt", "reverses_id", "line_count", "description", "document_sha256"),
        *("posted_at", "posted_by", "seq", "prev_hash", "content", "hash"),
    }
)
LINE_COLUMNS = frozenset(
    {
        *("domain_id", "administration_id", "entry_id", "n", "line_count", "on_date", "gl_account_id", "contact_id"),
        *("debit_cents", "credit_cents", "running_cents", "vat_grids", "vat_cents", "description"),
    }
)


def change(table: str, column: str, where: str, *values: Any) -> None:
    """Give a column another value in exactly one row."""
    [kind] = ask(
        "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s", table, column
    )
    assert run(f"UPDATE {table} SET {column} = {CHANGED[kind].format(column)} WHERE {where}", *values) == 1


def test_books_that_nobody_touched_are_right(world: World):
    with domain_scope(world.domain):
        verified = verify_domain(domain_id=world.domain)

    assert verified.differences == ()
    assert (verified.entries, verified.lines, verified.files) == (9, 24, 3)


@pytest.mark.parametrize("place", [0, 3, -1], ids=["first", "middle", "last"])
@pytest.mark.parametrize("column", sorted(ENTRY_COLUMNS))
def test_inv10_a_changed_column_of_an_entry_is_named(world: World, column: str, place: int):
    entry = world.entries[place]
    with unguarded(world):
        change("ledger_entry", column, "id = %s", entry)

        named = found(world)

    expected = "chain" if column in {"domain_id", "id", "prev_hash", "hash"} else "content"
    assert expected in {one.check for one in named}
    if column not in {"domain_id", "id"}:
        assert f"entry {entry}" in {one.at for one in named}


@pytest.mark.parametrize("place", [(0, 1), (3, 2), (-1, -1)], ids=["first", "middle", "last"])
@pytest.mark.parametrize("column", sorted(LINE_COLUMNS))
def test_inv10_a_changed_column_of_a_line_is_named(world: World, column: str, place: tuple[int, int]):
    entry = world.entries[place[0]]
    with unguarded(world):
        [last] = ask("SELECT line_count FROM ledger_entry WHERE id = %s", entry)
        change("ledger_entry_line", column, "entry_id = %s AND n = %s", entry, place[1] if place[1] > 0 else last)

        named = found(world)

    # What a line repeats of its entry is not sealed a second time, and a grid too many has no amount.
    apart = {"administration_id", "line_count", "on_date", "vat_grids", "vat_cents"}
    expected = "lines" if column in apart else "content"
    assert expected in {one.check for one in named if str(entry) in one.at}


@pytest.mark.parametrize(
    "changed", ["vat_grids = '{81}'", "vat_cents = '{10001}'", "vat_grids = '{}', vat_cents = '{}'"]
)
def test_inv10_a_changed_grid_is_named(world: World, changed: str):
    entry = world.entries[0]
    with unguarded(world):
        assert run(f"UPDATE ledger_entry_line SET {changed} WHERE entry_id = %s AND n = 1", entry) == 1

        assert {"content", "grids"} <= checks(world)


def test_inv10_every_column_of_entry_and_line_is_tried(world: World):
    with domain_scope(world.domain):
        stored = ask_all(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_name IN ('ledger_entry', 'ledger_entry_line') AND is_generated = 'NEVER'"
        )

    assert {name for table, name in stored if table == "ledger_entry"} == ENTRY_COLUMNS
    assert {name for table, name in stored if table == "ledger_entry_line"} == LINE_COLUMNS


@pytest.mark.parametrize("place", [0, 3, -1], ids=["first", "middle", "last"])
def test_inv10_a_deleted_entry_is_named_with_its_lines_and_without(world: World, place: int):
    entry = world.entries[place]
    with unguarded(world):
        run("DELETE FROM ledger_entry WHERE id = %s", entry)
        assert ("chain", f"entry {entry}", "lines without an entry") in [(x.check, x.at, x.text) for x in found(world)]

        run("DELETE FROM ledger_entry_line WHERE entry_id = %s", entry)
        assert {"chain", "balances"} <= checks(world)


@pytest.mark.parametrize("place", [0, 3, -1], ids=["first", "middle", "last"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_inv10_a_deleted_line_is_named(world: World, place: int, n: int):
    entry = world.entries[place]
    with unguarded(world):
        run("DELETE FROM ledger_entry_line WHERE entry_id = %s AND n = (SELECT least(%s, line_count) "
            "FROM ledger_entry WHERE id = %s)", entry, n, entry)  # fmt: skip

        assert ("lines", f"entry {entry}") in [(one.check, one.at) for one in found(world)]


def swap(table: str, column: str, where: str, one: Any, other: Any) -> None:
    """Give two rows each other's value."""
    [[first], [second]] = [ask(f"SELECT {column} FROM {table} WHERE {where}", value) for value in (one, other)]
    run(f"UPDATE {table} SET {column} = %s WHERE {where}", second, one)
    run(f"UPDATE {table} SET {column} = %s WHERE {where}", first, other)


@pytest.mark.parametrize("column", ["number", "seq", "hash", "prev_hash", "content", "subject", "posted_at"])
def test_inv10_two_entries_that_changed_places_are_named(world: World, column: str):
    one, other = world.entries[0], world.entries[3]
    with unguarded(world):
        swap("ledger_entry", column, "id = %s", one, other)

        assert {f"entry {one}", f"entry {other}"} <= {difference.at for difference in found(world)}


@pytest.mark.parametrize("column", ["gl_account_id", "description", "vat_grids", "debit_cents", "n"])
def test_inv10_two_lines_that_changed_places_are_named(world: World, column: str):
    entry = world.entries[0]
    with unguarded(world):
        run("ALTER TABLE ledger_entry_line DROP CONSTRAINT ledger_entry_line_pkey CASCADE")
        run("UPDATE ledger_entry_line SET description = n::text WHERE entry_id = %s", entry)
        rows = dict(ask_all(f"SELECT n, {column} FROM ledger_entry_line WHERE entry_id = %s AND n < 3", entry))
        for n, value in ((1, rows[2]), (2, rows[1])):
            run(
                f"UPDATE ledger_entry_line SET {column} = %s WHERE entry_id = %s AND description = %s",
                *(value, entry, str(n)),
            )

        assert ("content", f"entry {entry}") in [(one.check, one.at) for one in found(world)]


def test_inv10_an_entry_that_was_sealed_anew_breaks_the_chain_after_it(world: World):
    entry, after = world.entries[3], world.entries[4]
    with unguarded(world):
        run(
            "UPDATE ledger_entry SET description = 'xx', content = replace(encode(content, 'escape'), "
            "length(description) || ':' || description, '2:xx')::bytea WHERE id = %s",
            entry,
        )
        run("UPDATE ledger_entry SET hash = sha256(prev_hash || content) WHERE id = %s", entry)

        assert ("chain", f"entry {after}") in [(one.check, one.at) for one in found(world)]


TRIED: dict[tuple[str, str], str] = {
    **{
        ("ledger_series", name): "numbers" for name in ("administration_id", "journal_id", "fiscal_year", "last_number")
    },
    **{("ledger_head", name): "chain" for name in ("administration_id", "seq", "hash")},
    **{
        ("ledger_balance", name): "balances"
        for name in ("administration_id", "gl_account_id", "month_starts_on", "debit_cents", "credit_cents")
    },
    **{("ledger_grid_balance", name): "grids" for name in ("administration_id", "grid", "month_starts_on", "cents")},
    **{
        ("ledger_openitem", name): "open items"
        for name in (
            *("administration_id", "entry_id", "n", "contact_id", "gl_account_id", "on_date", "due_on"),
            *("document_number", "structured", "amount_cents", "matched_cents"),
        )
    },
    **{
        ("matching_match", name): "matches"
        for name in ("administration_id", "bank_line_id", "item_id", "against_id", "amount_cents", "undone_at")
    },
    ("bank_bankline", "matched_cents"): "matches",
    ("bank_bankline", "entry_id"): "subjects",
    ("booking_proposal", "entry_id"): "subjects",
    ("booking_proposal", "subject_id"): "subjects",
    ("booking_proposal", "facts"): "open items",
    ("booking_proposal", "received_at"): "counters",
    ("ledger_glaccount", "administration_id"): "references",
    ("ledger_glaccount", "is_control"): "references",
    ("ledger_journal", "administration_id"): "references",
    ("ledger_period", "administration_id"): "references",
    ("ledger_period", "fiscal_year"): "references",
    ("ledger_period", "starts_on"): "references",
    ("ledger_period", "until"): "references",
    ("documents_document", "size"): "files",
    ("documents_document", "sha256"): "files",
    ("audit_event", "subject"): "log",
    ("audit_event", "action"): "log",
}
"""What `verify` answers for beside entries and lines, and the check that names a change of it."""
ROW = {
    "ledger_series": "journal_id = {journal}",
    "ledger_head": "administration_id = {administration}",
    "ledger_balance": "gl_account_id = {supplier} AND month_starts_on = '2026-11-01'",
    "ledger_grid_balance": "administration_id = {administration} AND grid = 59 AND month_starts_on = '2026-11-01'",
    "ledger_openitem": "document_number = '2026-2' AND amount_cents = -24200",
    "matching_match": "id = (SELECT min(id) FROM matching_match)",
    "bank_bankline": "amount_cents = -5000",
    "booking_proposal": "id = (SELECT min(id) FROM booking_proposal)",
    "ledger_glaccount": "id = {supplier}",
    "ledger_journal": "id = {journal}",
    "ledger_period": "administration_id = {administration} AND starts_on = '2026-11-01'",
    "documents_document": "id = (SELECT min(id) FROM documents_document)",
    "audit_event": "id = (SELECT max(id) FROM audit_event WHERE action = 'entry.posted')",
}
"""The one row of each table that is tried."""


def row(table: str, world: World) -> str:
    return ROW[table].format(
        journal=world.books.journals["AK"],
        administration=world.books.administration.id,
        supplier=world.books.accounts["440000"],
    )


@pytest.mark.parametrize(("table", "column"), TRIED, ids=lambda value: value)
def test_inv26_a_change_beside_the_books_is_named(world: World, table: str, column: str):
    with unguarded(world):
        if column == "undone_at":
            run(f"UPDATE matching_match SET undone_at = now() WHERE {row(table, world)}")
        else:
            change(table, column, row(table, world))

        assert TRIED[(table, column)] in checks(world)


GONE = {table: check for (table, _), check in reversed(TRIED.items()) if table != "booking_proposal"}
"""A proposal is no part of the books: an entry stands without it too."""


@pytest.mark.parametrize(("table", "check"), GONE.items(), ids=lambda value: value)
def test_inv26_a_row_that_is_gone_is_named(world: World, table: str, check: str):
    with unguarded(world):
        assert run(f"DELETE FROM {table} WHERE {row(table, world)}") == 1

        assert check in checks(world)


def test_inv12_a_closed_month_that_opened_again_is_named(world: World):
    with unguarded(world):
        run("UPDATE ledger_period SET state = 'OPEN' WHERE state = 'CLOSED'")

        assert [(one.check, one.text) for one in found(world)] == [
            ("period", "is OPEN, and that is not how the log has it")
        ]


def test_inv12_a_month_that_was_closed_past_the_log_is_named(world: World):
    with unguarded(world):
        run(f"UPDATE ledger_period SET state = 'CLOSED' WHERE {row('ledger_period', world)}")

        assert checks(world) == {"period"}


def test_inv12_an_entry_that_joined_a_closed_month_is_named(world: World):
    books = world.books
    with unguarded(world):
        run("UPDATE ledger_period SET state = 'OPEN' WHERE state = 'CLOSED'")
        late = post_entry(access=books.access, entry=books.entry(on_date=date(2026, 1, 20)), at=NOW)
        run(
            "UPDATE ledger_period SET state = 'CLOSED' WHERE starts_on = '2026-01-01' AND administration_id = %s",
            books.administration.id,
        )

        assert [(one.check, one.at) for one in found(world)] == [("period", f"entry {late.id}")]


def damage(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    ("harm", "text"), [(damage, "the bytes changed"), (Path.unlink, "the file is gone")], ids=["changed", "gone"]
)
def test_inv15_an_original_that_changed_or_is_gone_is_named(world: World, harm: Callable[[Path], None], text: str):
    with domain_scope(world.domain):
        [sha256] = ask("SELECT min(sha256) FROM documents_document")
    path = world.files / str(world.domain) / sha256[:2] / sha256
    content = path.read_bytes()
    harm(path)
    try:
        with domain_scope(world.domain):
            assert [(one.check, one.at, one.text) for one in found(world)] == [("files", sha256, text)]
    finally:
        path.write_bytes(content)


def test_at_most_twenty_differences_are_told(world: World):
    with unguarded(world):
        run("UPDATE ledger_entry_line SET debit_cents = debit_cents + 1, credit_cents = credit_cents + 2")

        assert len(found(world)) == 20


def test_the_command_tells_each_domain_on_a_line_and_ends_with_one_when_something_differs(
    world: World, capsys: pytest.CaptureFixture[str]
):
    empty, _ = new_domain()

    assert main(["verify"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["domain"]: (one["entries"], one["differences"]) for one in told if "domain" in one} == {
        world.books.domain.slug: (9, []),
        empty.slug: (0, []),
    }
    assert main(["verify", "--domain", "nergens"]) == 1
    assert capsys.readouterr().err == "Er is geen domein nergens.\n"

    with domain_scope(world.domain):
        [sha256] = ask("SELECT min(sha256) FROM documents_document")
    settings.FILES = world.files / "elsewhere"
    assert main(["verify", "--domain", world.books.domain.slug]) == 1
    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"check": "files", "at": sha256, "text": "the file is gone"} in told["differences"]
