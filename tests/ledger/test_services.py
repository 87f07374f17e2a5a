"""Posting and reversing through the services, and the same refusals from the database itself."""

from dataclasses import replace
from datetime import date

import pytest

from tests.books import NOW, open_new_books, waiting_purchase
from zelfboeken.booking.services import ControlAccountChosen, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.ledger.models import Entry, EntryLine, GLAccount, OpenItem
from zelfboeken.ledger.rules import EntryRefused, EntryUnbalanced, NewLine
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


def test_an_account_of_other_books_is_refused_in_dutch():
    with open_new_books() as books:
        strange = NewLine(1, 12_100, 0)

        with pytest.raises(EntryRefused, match="De rekening op lijn 1 hoort niet bij dit rekeningstelsel") as refused:
            post_entry(access=books.access, entry=books.entry(strange, books.purchase()[2]), at=NOW)

        assert refused.value.code == "unknown_account"


def test_an_account_that_was_added_elsewhere_meanwhile_is_known_at_once():
    with open_new_books() as books:
        post_entry(access=books.access, entry=books.entry(), at=NOW)
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
