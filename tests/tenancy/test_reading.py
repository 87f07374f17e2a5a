"""Rows read by a condition in SQL are those that the ORM gives."""

from __future__ import annotations

import pytest

from tests.books import open_new_books, waiting_purchase
from zelfboeken.booking.models import Proposal
from zelfboeken.contacts.models import Contact
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.reading import joined_rows, rows_where

pytestmark = pytest.mark.django_db


def test_a_row_read_by_its_key_is_the_one_of_the_orm_field_by_field():
    with open_new_books() as books:
        made = waiting_purchase(books)
        (read,) = rows_where(Proposal, "domain_id = %s AND id = %s", [books.domain.id, made.id])
        stored = Proposal.objects.get(domain_id=books.domain.id, id=made.id)

        assert read == stored
        fields = [field.attname for field in Proposal._meta.concrete_fields]
        assert [getattr(read, name) for name in fields] == [getattr(stored, name) for name in fields]
        assert isinstance(read.lines, list)
        assert not read._state.adding


def test_a_condition_may_end_in_an_order_and_finds_nothing_of_another_domain():
    with open_new_books() as books:
        [own] = rows_where(Administration, "domain_id = %s ORDER BY name, id", [books.domain.id])
        assert own.id == books.administration.id
        assert rows_where(Administration, "domain_id <> %s", [books.domain.id]) == []


def test_rows_that_belong_together_come_with_one_query():
    with open_new_books() as books:
        made = waiting_purchase(books)
        [(proposal, contact)] = joined_rows(
            {"p": Proposal, "c": Contact},
            "booking_proposal p JOIN contacts_contact c ON c.domain_id = p.domain_id AND c.id = p.contact_id "
            "WHERE p.domain_id = %s AND p.id = %s",
            [books.domain.id, made.id],
        )

        assert (proposal, contact) == (made, Contact.objects.get(domain_id=books.domain.id, id=made.contact_id))
        assert contact.name == Contact.objects.get(domain_id=books.domain.id, id=books.contact_id).name
