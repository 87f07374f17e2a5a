"""The event log is written in the transaction of the act: no log, no act (INV-24)."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import DatabaseError, transaction

from tests.books import NOW, Books, new_domain, office_access, open_new_books, waiting_purchase
from tests.ledger.raw import ask
from zelfboeken.access.rights import PortalRole
from zelfboeken.audit.models import Event
from zelfboeken.audit.services import Happened, record
from zelfboeken.booking.services import Approval, approve, take_back
from zelfboeken.ledger.models import Entry, PeriodState
from zelfboeken.ledger.services import post_entries, reverse_entry, set_period_state
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import NoScope, domain_scope


def log_of(books: Books) -> list[tuple[str, str, dict[str, object]]]:
    """What happened, in order."""
    events = Event.objects.filter(domain_id=books.domain.id).order_by("id")
    return list(events.values_list("action", "subject", "detail"))


@pytest.mark.django_db
def test_inv24_each_entry_and_each_reversal_is_logged_with_who_and_when():
    with open_new_books() as books:
        first, second = post_entries(
            access=books.access, entries=[books.entry(subject="A:1"), books.entry(subject="A:2")], at=NOW
        )
        undone = reverse_entry(access=books.access, entry_id=second.id, on=date(2026, 11, 25), at=NOW)

        assert log_of(books) == [
            ("entry.posted", "A:1", {"id": first.id}),
            ("entry.posted", "A:2", {"id": second.id}),
            ("entry.reversed", "A:2", {"id": undone.id}),
        ]
        assert set(Event.objects.filter(domain_id=books.domain.id).values_list("at", "actor_id", "actor_name")) == {
            (NOW, books.user.id, books.user.name)
        }


@pytest.mark.django_db
def test_inv24_opening_and_closing_a_month_is_logged_with_what_it_was():
    with open_new_books() as books:
        access = office_access(books.domain, PortalRole.CONTROLLER)
        for state in (PeriodState.BLOCKED, PeriodState.CLOSED):
            set_period_state(
                access=access,
                administration_id=books.administration.id,
                starts_on=date(2026, 11, 1),
                state=state,
                at=NOW,
            )

        month = f"{books.administration.id}:2026-11-01"
        assert log_of(books) == [
            ("period.state", month, {"from": "OPEN", "to": "BLOCKED"}),
            ("period.state", month, {"from": "BLOCKED", "to": "CLOSED"}),
        ]


@pytest.mark.django_db
def test_inv24_booking_a_document_and_taking_it_back_is_logged():
    with open_new_books() as books:
        proposal = waiting_purchase(books)
        [booked] = approve(access=books.access, approvals=[Approval(proposal.id, 1)], at=NOW)
        undone = take_back(access=books.access, proposal_id=proposal.id, on=date(2026, 11, 25), at=NOW)

        subject = f"PURCHASE:{proposal.subject_id}"
        assert log_of(books) == [
            ("entry.posted", subject, {"id": booked.entry.id}),
            ("entry.reversed", subject, {"id": undone.id}),
        ]


@pytest.mark.django_db
def test_inv24_what_is_rolled_back_did_not_happen():
    with open_new_books() as books:
        with transaction.atomic():
            post_entries(access=books.access, entries=[books.entry()], at=NOW)
            assert len(log_of(books)) == 1
            transaction.set_rollback(True)

        assert log_of(books) == []


@pytest.mark.django_db
def test_inv24_outside_a_domain_nothing_can_be_logged():
    with pytest.raises(NoScope):
        record(at=NOW, actor_id=1, actor_name="Iemand", events=[Happened("x", "", {})])


@pytest.mark.django_db
def test_inv24_the_name_of_who_did_it_outlives_the_account():
    with open_new_books() as books:
        post_entries(access=books.access, entries=[books.entry()], at=NOW)
        name = books.user.name
        books.user.name = "Iemand anders"
        books.user.save()

        assert ask("SELECT actor_name FROM audit_event WHERE domain_id = %s", books.domain.id) == (name,)


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        "REVOKE INSERT ON audit_event FROM zb_app",
        "ALTER TABLE audit_event RENAME TO audit_event_gone",
        "ALTER TABLE audit_event ADD CONSTRAINT log_is_full CHECK (action = '') NOT VALID",
    ],
)
def test_inv24_with_a_broken_log_nothing_is_booked(own_database: Urls, broken: str):
    with open_new_books() as books:
        proposal = waiting_purchase(books)
    with psycopg.connect(own_database.admin) as session:
        session.execute(broken)

    with pytest.raises(DatabaseError), domain_scope(books.domain.id):
        approve(access=books.access, approvals=[Approval(proposal.id, 1)], at=NOW)

    with domain_scope(books.domain.id):
        assert not Entry.objects.filter(domain_id=books.domain.id).exists()
        proposal.refresh_from_db(from_queryset=type(proposal).objects.filter(domain_id=books.domain.id))
        assert (proposal.entry_id, proposal.version) == (None, 1)
        assert ask("SELECT count(*) FROM ledger_series WHERE domain_id = %s", books.domain.id) == (0,)
        assert ask("SELECT seq FROM ledger_head WHERE domain_id = %s", books.domain.id) == (0,)


@pytest.mark.django_db
def test_inv24_the_log_of_one_domain_does_not_show_in_another():
    with open_new_books() as books:
        post_entries(access=books.access, entries=[books.entry()], at=NOW)
    other, _ = new_domain()

    with domain_scope(other.id):
        assert ask("SELECT count(*) FROM audit_event") == (0,)
    with domain_scope(books.domain.id):
        assert ask("SELECT count(*) FROM audit_event") == (1,)
