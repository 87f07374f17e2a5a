"""Several people at one payment file at the same moment, really committed."""

from __future__ import annotations

import threading

import pytest

from tests.banking import member, open_books_with_bank, owed
from tests.books import Books
from tests.payments.test_services import approved, prepared, taken, taken_back
from tests.threads import in_threads
from zelfboeken.access.rights import Role
from zelfboeken.access.services import Access
from zelfboeken.payments.services import FileDecided, NotPayable
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


@pytest.fixture
def books(own_database: Urls) -> Books:
    with open_books_with_bank() as made:
        return made


@pytest.fixture
def boss(books: Books) -> Access:
    with domain_scope(books.domain.id):
        return member(books, Role.MANAGEMENT)[1]


def test_of_six_who_prepare_the_same_debts_one_does(books: Books):
    with domain_scope(books.domain.id):
        items = [owed(books, -100 - n) for n in range(6)]

    def prepare_them(number: int) -> str:
        try:
            with domain_scope(books.domain.id):
                return str(prepared(books, *(items if number % 2 else reversed(items))).number)
        except NotPayable as no:
            return no.code

    assert sorted(in_threads(6, prepare_them)) == ["1", *["not_open"] * 5]


def test_a_file_that_is_being_taken_back_is_not_handed_out_for_the_bank(books: Books, boss: Access):
    with domain_scope(books.domain.id):
        made = prepared(books, owed(books, -12_100))
        approved(books, made, boss)
    is_decided, may_end = threading.Event(), threading.Event()

    def act(number: int) -> str:
        if number == 0:
            with domain_scope(books.domain.id):
                taken_back(books, made)
                is_decided.set()
                # The other either waits for the end of this, or has been given the file by now.
                may_end.wait(timeout=1)
            return "taken back"
        is_decided.wait(timeout=30)
        try:
            with domain_scope(books.domain.id):
                taken(books, made, boss)
                return "handed out"
        except FileDecided as no:
            return no.code
        finally:
            may_end.set()

    assert in_threads(2, act) == ["taken back", "withdrawn"]
