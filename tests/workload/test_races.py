"""Several who work in one domain at once: each count sees the one before it, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.books import NOW, TODAY, fill_books, new_domain
from tests.intake import proposed, receive, ubl
from tests.threads import in_threads
from zelfboeken.booking.services import Approval, take_back
from zelfboeken.invoices.services import book_invoices
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.models import Counter
from zelfboeken.workload.queries import waiting_in
from zelfboeken.workload.rules import WorkingCalendar, today_of
from zelfboeken.workload.services import miscounted

A_DAY = today_of(WorkingCalendar(), TODAY)
pytestmark = pytest.mark.slow
USERS, ROUNDS = 4, 8


def test_inv26_the_counter_is_right_after_files_that_come_in_and_are_booked_at_the_same_time(own_database: Urls):
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
    with domain_scope(domain.id):
        assert Counter.objects.filter(domain_id=domain.id).count() == 1

    def work(person: int) -> int:
        booked = 0
        for round_ in range(ROUNDS):
            number = f"P{person}-{round_}"
            with domain_scope(domain.id):
                content = ubl(("Verpakking", f"{person + 1}{round_}.00", "S", "21"), number=number)
                arrived = receive(books, content, name=f"{number}.xml", at=NOW - timedelta(hours=round_))
            if round_ % 2:
                continue
            with domain_scope(domain.id):
                one = proposed(books, arrived)
                book_invoices(access=books.access, approvals=[Approval(one.id, one.version)], at=NOW)
            booked += 1
            if round_ % 4:
                continue
            with domain_scope(domain.id):
                one = proposed(books, arrived)
                take_back(access=books.access, proposal_id=one.id, version=one.version, on=TODAY, at=NOW)
            booked -= 1
        return booked

    booked = sum(in_threads(USERS, work))

    with domain_scope(domain.id):
        assert miscounted() == []
    assert waiting_in([domain.id], today=A_DAY)[domain.id].documents == USERS * ROUNDS - booked


def test_inv26_two_who_are_the_first_to_change_anything_make_one_counter(own_database: Urls):
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user, has_chart=False)
    with domain_scope(domain.id):
        assert not Counter.objects.filter(domain_id=domain.id).exists()

    def deliver(person: int) -> None:
        with domain_scope(domain.id):
            receive(books, f"brief {person}".encode(), name=f"brief-{person}.xml")

    in_threads(USERS, deliver)

    assert waiting_in([domain.id], today=A_DAY)[domain.id].documents_stuck == USERS
