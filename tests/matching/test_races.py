"""Several people at once, and the database killed at every statement: one wins, nothing is half done (INV-17)."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from tests.banking import (
    bank_lines,
    differences,
    entry_of,
    matches,
    member,
    open_books_with_bank,
    open_cents,
    owed,
    take_in,
)
from tests.books import NOW, TODAY, Books
from tests.files import OGM, movement, statement
from zelfboeken.access.rights import Role
from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankLine, Statement
from zelfboeken.ledger.models import Entry, OpenItem
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.ledger.services import reverse_entry
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.models import LineProposal, Match
from zelfboeken.matching.posting import MatchTooLarge
from zelfboeken.matching.services import (
    ItemNotOpen,
    LineChanged,
    NotSettled,
    Settlement,
    propose_again,
    settle,
    take_back,
    undo_match,
)
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow
USERS, ROUNDS = 4, 100
_DAY = date(2026, 11, 16)


@pytest.fixture
def books(own_database: Urls) -> Iterator[Books]:
    """Books in a database of their own, committed."""
    with open_books_with_bank() as made:
        pass
    yield made


@pytest.fixture
def people(books: Books) -> list[Access]:
    """Four who may all book."""
    with domain_scope(books.domain.id):
        return [member(books, Role.BACKOFFICE)[1] for _ in range(USERS)]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gives, or the refusal it ends in; all start together, each on a connection of its own."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=30)
            return act()
        except (ItemNotOpen, LineChanged, NotSettled, MatchTooLarge, EntryRefused) as no:
            return no
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def lines_of(books: Books, *cents: int) -> list[int]:
    """New bank lines of a statement that follows the last one: their ids."""
    with domain_scope(books.domain.id):
        last = Statement.objects.filter(domain_id=books.domain.id).order_by("-number").first()
        number, opening = (last.number + 1, last.closing_cents) if last and last.number else (1, 0)
        before = {line.id for line in bank_lines(books)}
        movements = [movement(one, text=f"{number}/{n}", iban=None, name=None) for n, one in enumerate(cents)]
        take_in(books, statement(*movements, number=number, opening_cents=opening, on=_DAY))
        return [line.id for line in bank_lines(books) if line.id not in before]


def item_of(books: Books, cents: int) -> int:
    """A new open item."""
    with domain_scope(books.domain.id):
        return owed(books, cents)


def settling(books: Books, access: Access, line: int, item: int, cents: int) -> Callable[[], Any]:
    """Settling this much of an item with a line."""

    def act() -> Any:
        decision = Decision("MATCH", (Allocation(item, cents),))
        with domain_scope(books.domain.id):
            return settle(access=access, settlements=[Settlement(line, decision)], at=NOW)

    return act


def matched(books: Books, item: int) -> int:
    """What an item is matched for."""
    with domain_scope(books.domain.id):
        return OpenItem.objects.get(domain_id=books.domain.id, id=item).matched_cents


def assert_right(books: Books) -> None:
    with domain_scope(books.domain.id):
        assert differences(books) == ()


def test_inv17_four_users_on_one_line_book_it_once(books: Books, people: list[Access]):
    for _ in range(ROUNDS):
        item = item_of(books, -12_100)
        [line] = lines_of(books, -12_100)

        told = at_once(*(settling(books, access, line, item, -12_100) for access in people))

        refused = [one for one in told if isinstance(one, Exception)]
        assert [type(one) for one in refused] == [LineChanged] * (USERS - 1)
        assert all("Iemand anders boekte deze verrichting" in str(one) for one in refused)
        assert matched(books, item) == -12_100
    assert_right(books)


def test_inv17_four_lines_on_one_item_never_settle_more_than_it_is(books: Books, people: list[Access]):
    for _ in range(ROUNDS):
        item = item_of(books, -12_100)
        lines = lines_of(books, *[-5_000] * USERS)

        told = at_once(*(settling(books, a, line, item, -5_000) for a, line in zip(people, lines, strict=True)))

        assert sum(isinstance(one, (MatchTooLarge, ItemNotOpen)) for one in told) == USERS - 2
        assert matched(books, item) == -10_000
    assert_right(books)


def test_inv17_settling_undoing_and_reversing_at_once_never_block_each_other(books: Books, people: list[Access]):
    chance = random.Random(2026)
    for _ in range(ROUNDS // 2):
        items = [item_of(books, -12_100) for _ in range(2)]
        lines = lines_of(books, -12_100, -12_100)
        at_once(settling(books, people[0], lines[0], items[0], -12_100))
        with domain_scope(books.domain.id):
            [match] = Match.objects.filter(domain_id=books.domain.id, bank_line_id=lines[0], undone_at__isnull=True)
            entries = [OpenItem.objects.get(domain_id=books.domain.id, id=item).entry_id for item in items]

        def undo(access: Access, match_id: int = match.id) -> Any:
            return undo_match(access=access, match_id=match_id, at=NOW)

        def back(access: Access, line: int = lines[0]) -> Any:
            return take_back(access=access, bank_line_id=line, on=TODAY, at=NOW)

        def reverse(access: Access, entry: int = entries[1]) -> Any:
            return reverse_entry(access=access, entry_id=entry, on=TODAY, at=NOW)

        def again(access: Access) -> Any:
            return propose_again(access=access, administration_id=books.administration.id, at=NOW)

        def pay(access: Access, line: int = lines[1], item: int = items[1]) -> Any:
            decision = Decision("MATCH", (Allocation(item, -12_100),))
            return settle(access=access, settlements=[Settlement(line, decision)], at=NOW)

        def scoped(act: Callable[[Access], Any], access: Access) -> Callable[[], Any]:
            def run() -> Any:
                with domain_scope(books.domain.id):
                    return act(access)

            return run

        acts = chance.sample([undo, back, reverse, again, pay, undo, back], USERS)
        at_once(*(scoped(act, access) for act, access in zip(acts, people, strict=True)))
    assert_right(books)


def test_inv17_the_same_statement_handed_in_by_four_at_once_is_stored_once(books: Books, people: list[Access]):
    for n in range(1, ROUNDS // 5):
        copies = [
            statement(movement(-100, text=f"dag {n}"), number=n, opening_cents=-100 * (n - 1)).replace(
                b"REF", f"R{user:02d}".encode()
            )
            for user in range(USERS)
        ]

        def hand_in(content: bytes, access: Access) -> Callable[[], Any]:
            def run() -> Any:
                with domain_scope(books.domain.id):
                    return take_in(books, content, access=access)

            return run

        told = at_once(*(hand_in(content, access) for content, access in zip(copies, people, strict=True)))

        assert sorted(one.statements[0].new_lines for one in told) == [0] * (USERS - 1) + [1]
    with domain_scope(books.domain.id):
        assert Statement.objects.filter(domain_id=books.domain.id).count() == ROUNDS // 5 - 1
        assert len(bank_lines(books)) == ROUNDS // 5 - 1


# The database killed at every statement


def state_of(books: Books) -> tuple[Any, ...]:
    """Everything that settling changes, read on a new connection."""
    connection.close()
    domain = {"domain_id": books.domain.id}
    with domain_scope(books.domain.id):
        return (
            list(Entry.objects.filter(**domain).order_by("seq").values_list("id", "hash")),
            list(OpenItem.objects.filter(**domain).order_by("id").values_list("id", "matched_cents")),
            list(Match.objects.filter(**domain).order_by("id").values_list("id", "undone_at")),
            list(BankLine.objects.filter(**domain).order_by("id").values_list("id", "entry_id", "matched_cents")),
            list(LineProposal.objects.filter(**domain).order_by("bank_line_id").values_list("bank_line_id", "version")),
            list(Statement.objects.filter(**domain).order_by("id").values_list("id", "state")),
        )


def killed_at(books: Books, urls: Urls, nth: int, act: Callable[[], Any]) -> bool:
    """Run an act in the domain and kill its session just before the nth time it asks the server; whether it was."""
    connection.close()
    connection.ensure_connection()
    session = connection.connection
    asked, wait = 0, session.wait

    def counting(*args: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == nth:
            with psycopg.connect(urls.admin, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])
        return wait(*args, **more)

    session.wait = counting
    try:
        with domain_scope(books.domain.id):
            act()
    except DatabaseError:
        return True
    finally:
        connection.close()
    return False


def kill_everywhere(books: Books, urls: Urls, act: Callable[[], Any]) -> int:
    """Kill an act at each of its statements: nothing is left of it. Then let it be; how many there were."""
    before = state_of(books)
    for nth in range(1, 400):
        if not killed_at(books, urls, nth, act):
            assert state_of(books) != before
            return nth - 1
        assert state_of(books) == before, nth
    raise AssertionError("it never ended")


def test_a_settlement_killed_at_any_statement_leaves_nothing_and_can_be_done_again(books: Books, own_database: Urls):
    with domain_scope(books.domain.id):
        items = [owed(books, -12_100), owed(books, -20_000)]
    [line] = lines_of(books, -32_100)
    decision = Decision("MATCH", (Allocation(items[0], -12_100), Allocation(items[1], -20_000)))

    def pay() -> None:
        settle(access=books.access, settlements=[Settlement(line, decision)], at=NOW)

    def undo() -> None:
        undo_match(access=books.access, match_id=matches(books)[0].id, bank_line_id=line, at=NOW)

    def back() -> None:
        take_back(access=books.access, bank_line_id=line, on=TODAY, at=NOW)

    for act in (pay, undo, back, pay):
        assert kill_everywhere(books, own_database, act) > 10
    with domain_scope(books.domain.id):
        assert open_cents(books) == []
        assert [code for code, _, _ in entry_of(books, BankLine.objects.get(domain_id=books.domain.id, id=line))] == [
            "550000", "440000", "440000",
        ]  # fmt: skip
    assert_right(books)


def test_an_intake_that_settles_by_itself_killed_at_any_statement_leaves_nothing(books: Books, own_database: Urls):
    with domain_scope(books.domain.id):
        owed(books, -12_100, structured=OGM)
    content = statement(movement(-12_100, structured=OGM), movement(-5, text="x"))

    assert kill_everywhere(books, own_database, lambda: take_in(books, content)) > 20

    with domain_scope(books.domain.id):
        assert open_cents(books) == []
        assert len(bank_lines(books)) == 2
    assert_right(books)
