"""How proposals are stored: packed, whole again when read, and refused when damaged."""

from __future__ import annotations

import importlib
from typing import Any

import psycopg
import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from hypothesis import given
from hypothesis import strategies as st

from tests.books import open_new_books, waiting_purchase
from tests.conftest import connect_as
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.packed import _WORDS, packed, unpacked
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_was_packed_comes_back_as_it_was(value: Any):
    assert unpacked(packed(value)) == value


@given(VALUES, st.data())
def test_a_packed_value_that_is_cut_or_lengthened_is_refused(value: Any, data: st.DataObject):
    whole = packed(value)
    damaged = data.draw(st.sampled_from([whole[: data.draw(st.integers(0, len(whole) - 1))], whole + b"x"]))

    with pytest.raises(ValueError, match="packed value"):
        unpacked(damaged)


def test_a_value_of_a_later_version_is_refused():
    with pytest.raises(ValueError, match="number of its words"):
        unpacked(bytes((max(_WORDS) + 1,)) + packed([])[1:])


def test_what_the_first_words_packed_can_be_read_for_ever():
    stored = bytes.fromhex("018b26278138150105ab12b381995521bb0858f000ad0100")

    assert unpacked(stored) == [["604000", "PURCHASE.domestic.21.goods", 10000, "100", "Broodzakken kraft"]]


@pytest.mark.django_db
def test_proposals_are_not_looked_for_by_what_is_packed():
    with pytest.raises(FieldError):
        Proposal.objects.filter(facts={})
    with pytest.raises(FieldError):
        Proposal.objects.filter(lines__0=1)


@pytest.mark.slow
def test_what_was_stored_before_is_packed_by_the_migration(own_database: Urls):
    with open_new_books() as books:
        for _ in range(3):
            waiting_purchase(books)
        before = list(Proposal.objects.order_by("id").values_list("facts", "lines", "reasons", "problems"))
    migration = importlib.import_module("zelfboeken.booking.migrations.0004_packed")
    with psycopg.connect(own_database.migrate) as owner:
        for field in migration.FIELDS:
            owner.execute(f"ALTER TABLE booking_proposal ALTER {field} DROP NOT NULL, ADD {field}_json jsonb")
        owner.execute(f"SET LOCAL app.domain = '{books.domain.id}'")
        for number, row in enumerate(before):
            owner.execute(
                "UPDATE booking_proposal SET facts = NULL, lines = NULL, reasons = NULL, problems = NULL, "
                "facts_json = %s, lines_json = %s, reasons_json = %s, problems_json = %s "
                "WHERE id = (SELECT id FROM booking_proposal ORDER BY id OFFSET %s LIMIT 1)",
                [*(psycopg.types.json.Jsonb(value) for value in row), number],
            )
    connect_as(own_database.migrate)

    migration.pack(MigrationLoader(connection).project_state(("booking", "0004_packed")).apps, None)

    with domain_scope(books.domain.id):
        assert list(Proposal.objects.order_by("id").values_list("facts", "lines", "reasons", "problems")) == before
