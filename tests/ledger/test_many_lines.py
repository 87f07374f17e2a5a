"""The largest entry there is: 100,000 lines, in one transaction of the portal's own role with its own time-outs."""

from __future__ import annotations

import pytest

from tests.books import NOW, open_new_books
from tests.ledger.raw import ask
from zelfboeken.ledger.rules import MAX_LINES, EntryRefused, NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.reports.verify import verify_domain

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_inv01_an_entry_of_100_000_lines_is_posted_and_one_more_is_refused():
    with open_new_books() as books:
        cost = NewLine(books.accounts["613000"], 5, 0, grids=((82, 5),))
        bank = NewLine(books.accounts["499000"], 0, 5)
        owed = NewLine(books.accounts["440000"], 0, 5, contact_id=books.contact_id)
        lines = [cost, bank] * (MAX_LINES // 2 - 1) + [cost, owed]

        with pytest.raises(EntryRefused) as refused:
            post_entry(access=books.access, entry=books.entry(*lines, cost), at=NOW)
        posted = post_entry(access=books.access, entry=books.entry(*lines), at=NOW)

        assert refused.value.code == "entry_line_count"
        assert posted.number == 1
        assert ask(
            "SELECT count(*), max(n), sum(debit_cents), sum(credit_cents) FROM ledger_entry_line WHERE entry_id = %s",
            posted.id,
        ) == (MAX_LINES, MAX_LINES, 250_000, 250_000)
        verified = verify_domain(domain_id=books.domain.id)
        assert (verified.lines, verified.differences) == (MAX_LINES, ())
