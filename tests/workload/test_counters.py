"""The one row that says what waits in a domain: kept by whoever changes it, never more, never less."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.banking import add_roles, bank_lines, open_books_with_bank, take_in
from tests.books import NOW, TODAY, Books, fill_books, new_domain, open_new_books
from tests.files import movement, statement
from tests.intake import book, chosen, proposed, receive, ubl
from zelfboeken.access.rights import Role
from zelfboeken.access.services import access_of
from zelfboeken.booking.services import handle_without_entry, take_back
from zelfboeken.documents.models import Document
from zelfboeken.inbox.models import Reading
from zelfboeken.ledger.administrations import AdministrationDetails, change_administration
from zelfboeken.matching.facts import Decision, GLShare
from zelfboeken.matching.services import Settlement, settle
from zelfboeken.matching.services import take_back as take_line_back
from zelfboeken.reports.verify import verify_domain
from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.tenancy.scope import NoScope, close_now, domain_scope, listing_scope
from zelfboeken.workload.models import Counter
from zelfboeken.workload.queries import Waiting, waiting_in
from zelfboeken.workload.rules import Promised, WorkingCalendar, hour_of, today_of
from zelfboeken.workload.services import Miscounted, changed, miscounted, recount

pytestmark = pytest.mark.django_db
A_DAY = today_of(WorkingCalendar(), TODAY)
LINE = ("Verpakking", "100.00", "S", "21")


def counter(books: Books) -> Counter:
    close_now()
    return Counter.objects.get(domain_id=books.domain.id)


def test_a_file_that_comes_in_waits_and_one_that_is_booked_does_not():
    with open_new_books() as books:
        arrived = receive(books, ubl(LINE, issued_on=date(2026, 10, 12)), at=NOW - timedelta(days=3))
        waiting = counter(books)
        assert (waiting.documents, waiting.documents_stuck) == (1, 0)
        assert waiting.oldest_document_at == waiting.received_at == NOW - timedelta(days=3)
        assert waiting.arrived == {str(hour_of(NOW - timedelta(days=3))): 1}
        assert waiting.documents_by_month == {str(books.administration.id): {"2026-10": 1}}

        entry = book(books, chosen(books, proposed(books, arrived), "613000", "PURCHASE.domestic.21.service"))

        booked = counter(books)
        assert entry
        assert (booked.documents, booked.oldest_document_at, booked.arrived) == (0, None, {})
        assert (booked.documents_by_month, booked.posted_at) == ({}, NOW)
        assert booked.received_at == NOW - timedelta(days=3)
        assert miscounted() == []


def test_a_document_that_a_person_gave_its_lines_is_ready():
    with open_new_books() as books:
        arrived = receive(books, ubl(LINE))
        assert counter(books).documents_ready == 0

        chosen(books, proposed(books, arrived), "613000", "PURCHASE.domestic.21.service")

        assert counter(books).documents_ready == 1


def test_a_document_that_is_taken_back_waits_again_since_it_came_in():
    with open_new_books() as books:
        came_in = NOW - timedelta(days=2)
        arrived = receive(books, ubl(LINE), at=came_in)
        book(books, chosen(books, proposed(books, arrived), "613000", "PURCHASE.domestic.21.service"))
        proposal = proposed(books, arrived)

        take_back(access=books.access, proposal_id=proposal.id, version=proposal.version, on=TODAY, at=NOW)

        assert (counter(books).documents, counter(books).oldest_document_at) == (1, came_in)


def test_a_document_put_aside_without_entry_waits_no_longer():
    with open_new_books() as books:
        arrived = receive(books, ubl(("Niets", "100.00", "S", "21"), ("Terug", "-100.00", "S", "21")))
        proposal = proposed(books, arrived)
        assert counter(books).documents == 1

        handle_without_entry(access=books.access, proposal_id=proposal.id, version=proposal.version, at=NOW)

        assert counter(books).documents == 0


def test_a_file_that_nobody_can_read_is_stuck():
    with open_new_books() as books:
        receive(books, b"geen factuur", name="brief.xml")

        assert (counter(books).documents, counter(books).documents_stuck) == (1, 1)
        assert counter(books).documents_by_month == {}


def test_the_same_file_again_changes_nothing():
    with open_new_books() as books:
        receive(books, ubl(LINE), at=NOW)
        receive(books, ubl(LINE), at=NOW + timedelta(days=1))

        assert (counter(books).documents, counter(books).received_at) == (1, NOW)


def test_bank_lines_wait_until_they_are_booked_and_again_when_taken_back():
    with open_books_with_bank() as books:
        day = date(2026, 11, 12)
        take_in(books, statement(movement(-1_000, text="kosten"), movement(2_000, text="?"), on=day))
        waiting = counter(books)
        assert (waiting.bank_lines, waiting.oldest_line_on, waiting.statement_on) == (2, date(2026, 11, 16), day)
        assert waiting.lines_by_month == {str(books.administration.id): {"2026-11": 2}}

        line = bank_lines(books)[0]
        decision = Decision("BOOK", shares=(GLShare("657000", line.amount_cents, ""),))
        settle(access=books.access, settlements=[Settlement(line.id, decision)], at=NOW)
        assert counter(books).bank_lines == 1

        take_line_back(access=books.access, bank_line_id=line.id, on=TODAY, at=NOW)
        assert counter(books).bank_lines == 2
        assert miscounted() == []


def test_the_returns_of_a_domain_are_those_of_its_administrations_with_a_vat_number():
    with open_new_books() as books:
        key = str(books.administration.id)
        assert counter(books).returns == {key: 3}

        owner = Administration.objects.get(domain_id=books.domain.id, id=books.administration.id)
        add_roles(books, Role.MANAGEMENT)
        access = access_of(user_id=books.user.id, slug=books.domain.slug, on=TODAY)
        details = AdministrationDetails("Bakkerij", "0999000129", "BE0999000129", VatRegime.MONTHLY)
        change_administration(access=access, administration=owner, details=details, at=NOW)
        assert counter(books).returns == {key: 1}

        owner.refresh_from_db()
        change_administration(
            access=access,
            administration=owner,
            details=AdministrationDetails("Bakkerij", "0999000129", "", VatRegime.MONTHLY),
            at=NOW,
        )
        assert counter(books).returns == {}


def test_what_was_undone_half_way_is_not_counted():
    with open_new_books() as books:
        receive(books, ubl(LINE))
        with pytest.raises(RuntimeError), transaction.atomic():
            receive(books, ubl(LINE, number="2026-2"))
            raise RuntimeError

        assert counter(books).documents == 1
        assert miscounted() == []


def test_leaving_the_scope_counts_and_an_error_counts_nothing():
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
        receive(books, ubl(LINE))
    assert waiting_in([domain.id], today=A_DAY)[domain.id].documents == 1

    with pytest.raises(RuntimeError), domain_scope(domain.id):
        receive(books, ubl(LINE, number="2026-2"))
        raise RuntimeError

    assert waiting_in([domain.id], today=A_DAY)[domain.id].documents == 1


def test_a_change_is_told_only_inside_a_domain_and_only_of_what_is_counted():
    with pytest.raises(NoScope):
        changed("documents")
    with open_new_books(), pytest.raises(KeyError):
        changed("mistakes")


def test_inv26_a_counter_that_is_wrong_is_named_and_counting_again_mends_it():
    with open_new_books() as books:
        receive(books, ubl(LINE))
        close_now()
        Counter.objects.filter(domain_id=books.domain.id).update(documents=7)

        assert miscounted() == [Miscounted("documents", "7", "1")]
        assert [(one.check, one.at, one.text) for one in verify_domain(domain_id=books.domain.id).differences] == [
            ("counters", "documents", "7 kept, 1 counted")
        ]

        recount()
        assert miscounted() == []


def test_inv26_rows_changed_behind_the_back_of_the_services_are_named():
    with open_new_books() as books:
        receive(books, b"geen factuur", name="brief.xml")
        close_now()
        Reading.objects.filter(domain_id=books.domain.id).update(outcome="BANK")

        assert {one.column for one in miscounted()} == {
            "documents", "documents_stuck", "oldest_document_at", "arrived",
        }  # fmt: skip


def test_inv26_a_domain_without_a_counter_has_nothing_that_waits():
    domain, _ = new_domain()
    with domain_scope(domain.id):
        assert miscounted() == []


def test_a_counter_is_never_taken_away():
    with open_new_books() as books:
        receive(books, ubl(LINE))
        close_now()
        with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("DELETE FROM workload_counter WHERE domain_id = %s", [books.domain.id])


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"documents": -1}, "counter_counts_from_zero"),
        ({"questions_to_office": -1}, "counter_counts_from_zero"),
        ({"documents_ready": 2}, "counter_parts_are_within_the_whole"),
        ({"bank_lines_ready": 1}, "counter_parts_are_within_the_whole"),
    ],
)
def test_a_count_that_cannot_be_is_refused_by_the_database(wrong: dict[str, int], constraint: str):
    with open_new_books() as books:
        recount()
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Counter.objects.filter(domain_id=books.domain.id).update(**wrong)


def test_a_domain_has_one_counter():
    with open_new_books() as books:
        recount()
        with pytest.raises(IntegrityError, match="counter_is_one_per_domain"), transaction.atomic():
            Counter.objects.create(domain_id=books.domain.id)


def test_inv07_a_list_reads_the_counters_of_the_domains_it_was_given_and_of_no_other():
    domains = []
    for n in range(3):
        with open_new_books() as books:
            receive(books, ubl(LINE, number=f"2026-{n}"))
        domains.append(books.domain.id)

    assert set(waiting_in(domains[:2], today=A_DAY)) == set(domains[:2])
    assert waiting_in([], today=A_DAY) == {}
    assert waiting_in([10**15], today=A_DAY) == {}


def test_inv08_a_list_is_told_to_the_database_for_its_own_block_only():
    with open_new_books() as books:
        recount()
    with listing_scope([books.domain.id]):
        assert Counter.objects.filter(domain_id=books.domain.id).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.domains', true), current_setting('enable_seqscan')")
        assert cursor.fetchone() == ("", "on")
    with pytest.raises(NoScope):
        Counter.objects.filter(domain_id=books.domain.id).count()


def test_inv07_a_list_writes_nothing_and_reads_no_other_table():
    with open_new_books() as books:
        recount()
    own = Counter.objects.filter(domain_id=books.domain.id)
    with listing_scope([books.domain.id]):
        with pytest.raises(NoScope):
            own.update(documents=3)
        with pytest.raises(NoScope):
            list(Document.objects.filter(domain_id=books.domain.id))


def test_inv07_the_database_lets_a_list_write_nothing_either():
    with open_new_books() as books:
        recount()
    with transaction.atomic(), connection.connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.domains = '{books.domain.id}'")
        assert cursor.execute("SELECT count(*) FROM workload_counter").fetchone() == (1,)
        assert cursor.execute("UPDATE workload_counter SET documents = 3").rowcount == 0
        assert cursor.execute("SELECT count(*) FROM documents_document").fetchone() == (0,)
        cursor.execute("SET LOCAL app.domains = ''")


def test_the_last_activity_is_the_later_of_a_file_and_an_entry():
    early, late = NOW - timedelta(days=9), NOW - timedelta(days=2)
    with open_new_books() as books:
        receive(books, ubl(LINE), at=early)
    assert waiting_in([books.domain.id], today=A_DAY)[books.domain.id].active_at == early

    with domain_scope(books.domain.id):
        Counter.objects.filter(domain_id=books.domain.id).update(posted_at=late)
    assert waiting_in([books.domain.id], today=A_DAY)[books.domain.id].active_at == late
    assert Waiting().active_at is None


def test_documents_stand_in_the_column_of_the_day_they_were_promised_for():
    arrived = [NOW - timedelta(hours=hours) for hours in (0, 1, 5, 20, 22, 23, 30, 100, 200)]
    calendar = WorkingCalendar()
    with open_new_books() as books:
        for n, at in enumerate(arrived):
            receive(books, ubl(LINE, number=f"2026-{n}"), name=f"{n}.xml", at=at)

    found = waiting_in([books.domain.id], today=today_of(calendar, TODAY))[books.domain.id]

    days = [calendar.day_for(at) for at in arrived]
    assert found.promised == Promised(
        sum(day < TODAY for day in days), sum(day == TODAY for day in days), sum(day > TODAY for day in days)
    )
    assert found.promised == Promised(4, 5, 0)
