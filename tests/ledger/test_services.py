"""Posting and reversing through the services, and the same refusals from the database itself."""

from dataclasses import replace
from datetime import date

import pytest

from tests.books import NOW, open_new_books
from zelfboeken.ledger.models import Entry, EntryLine, OpenItem
from zelfboeken.ledger.rules import EntryUnbalanced
from zelfboeken.ledger.services import NotReversible, PeriodNotOpen, post_entry, read_entry, reverse_entry

pytestmark = pytest.mark.django_db


def test_inv05_numbers_run_from_one_per_journal_and_year_without_a_gap():
    with open_new_books() as books:
        posted = [post_entry(access=books.access, entry=books.entry(), at=NOW) for _ in range(3)]
        sale = post_entry(access=books.access, entry=books.entry(journal_id=books.journals["VK"]), at=NOW)

    assert [one.number for one in posted] == [1, 2, 3]
    assert (sale.number, sale.seq) == (1, 4)


def test_inv01_an_entry_one_cent_off_is_refused_in_dutch():
    with open_new_books() as books:
        lines = list(books.purchase())
        lines[0] = replace(lines[0], debit_cents=10_001)

        with pytest.raises(EntryUnbalanced, match="€ 0,01 te veel debet"):
            post_entry(access=books.access, entry=books.entry(*lines), at=NOW)

        assert not Entry.objects.filter(domain_id=books.domain.id).exists()


def test_inv04_a_reversal_is_the_exact_opposite_and_there_is_one():
    with open_new_books() as books:
        posted = post_entry(access=books.access, entry=books.entry(), at=NOW)
        undone = reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 11, 25), at=NOW)

        original, opposite = (read_entry(domain_id=books.domain.id, entry_id=i) for i in (posted.id, undone.id))
        assert [(x.debit_cents, x.credit_cents) for x in original.lines] == [
            (x.credit_cents, x.debit_cents) for x in opposite.lines
        ]
        assert [x.grids for x in opposite.lines] == [((82, -10_000),), ((59, -2_100),), ()]
        with pytest.raises(NotReversible, match="al teruggedraaid"):
            reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 11, 25), at=NOW)
        with pytest.raises(NotReversible):
            reverse_entry(access=books.access, entry_id=undone.id, on=date(2026, 11, 25), at=NOW)


def test_a_date_outside_every_fiscal_year_is_refused():
    with open_new_books() as books, pytest.raises(PeriodNotOpen, match="hoort bij geen boekjaar"):
        post_entry(access=books.access, entry=books.entry(on_date=date(2031, 1, 1)), at=NOW)


def test_a_line_with_a_contact_is_an_open_item():
    with open_new_books() as books:
        post_entry(access=books.access, entry=books.entry(), at=NOW)

        items = OpenItem.objects.filter(domain_id=books.domain.id).values_list("contact_id", "amount_cents")
        assert list(items) == [(books.contact_id, -12_100)]
        assert EntryLine.objects.filter(domain_id=books.domain.id).count() == 3
