"""The largest entry there is: 100,000 lines, in one transaction of the portal's own role with its own time-outs."""

from __future__ import annotations

import psycopg
import pytest

from tests.books import NOW, Books, fill_books, new_domain
from tests.ledger.raw import ask
from zelfboeken.ledger.rules import MAX_LINES, EntryRefused, NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.reports.verify import verify_domain
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


def post_some(books: Books) -> None:
    """Enough of the same that the database keeps its plans for this connection."""
    for _ in range(12):
        with domain_scope(books.domain.id):
            post_entry(access=books.access, entry=books.entry(), at=NOW)


def test_inv01_an_entry_of_100_000_lines_is_posted_and_one_more_is_refused(own_database: Urls):
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
    post_some(books)
    with psycopg.connect(own_database.admin, autocommit=True) as admin:
        admin.execute("ANALYZE ledger_entry, ledger_entry_line, ledger_openitem")
    post_some(books)
    cost = NewLine(books.accounts["613000"], 5, 0, grids=((82, 5),))
    bank = NewLine(books.accounts["499000"], 0, 5)
    owed = NewLine(books.accounts["440000"], 0, 5, contact_id=books.contact_id)
    lines = [cost, bank] * (MAX_LINES // 2 - 1) + [cost, owed]

    with domain_scope(domain.id):
        with pytest.raises(EntryRefused) as refused:
            post_entry(access=books.access, entry=books.entry(*lines, cost), at=NOW)
        posted = post_entry(access=books.access, entry=books.entry(*lines), at=NOW)

        assert refused.value.code == "entry_line_count"
        assert posted.number == 25
        assert ask(
            "SELECT count(*), max(n), sum(debit_cents), sum(credit_cents) FROM ledger_entry_line WHERE entry_id = %s",
            posted.id,
        ) == (MAX_LINES, MAX_LINES, 250_000, 250_000)
        assert verify_domain(domain_id=domain.id).differences == ()
