"""Completing data without booking (product A2): the lines are whole, the document is not finished."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.books import Books, new_user, open_new_books
from tests.files import invoice
from tests.portal.offices import new_staff
from tests.portal.pages import address, browser_of
from tests.portal.test_documents import entries, fields, form_of, hand_in_one, told
from zelfboeken.access.models import User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.booking.models import Proposal
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def _data_entry(books: Books) -> User:
    return new_staff(books.domain.portal, PortalRole.DATA_ENTRY, domain=books.domain, name="Dora Data")


def _finance(books: Books) -> User:
    user = new_user("financieel@example.test", name="Fien Financieel")
    add_member(domain=books.domain, user=user, roles=frozenset({Role.FINANCE}))
    return user


WHO = pytest.mark.parametrize("who", [_data_entry, _finance], ids=["Portaal data-entry", "Financiële administratie"])


def proposal(books: Books) -> Proposal:
    with domain_scope(books.domain.id):
        return Proposal.objects.get(domain_id=books.domain.id)


def completed(client: Client, url: str) -> str:
    """What is told when the form is sent as it stands with its own button, on an account of one's choice."""
    form = form_of(client, url)
    answer = client.post(url, fields(form, action=form.book_action, **{"line-0-account": "613000"}))
    assert answer.status_code == 303
    return told(client, answer)


@WHO
def test_a2_the_lines_are_completed_and_nothing_is_booked(books: Books, who: Callable[[Books], User]):
    booker, client = browser_of(books.user), browser_of(who(books))
    url = hand_in_one(booker, books)

    form = form_of(client, url)
    assert (form.is_editable, form.book_action, form.book_label) == (True, "complete", "Data-entry voltooid")
    assert form.always is None
    assert form.blocked_text in told(client, client.get(url))
    assert "Data-entry voltooid: Verpakking Staal BV, € 121,00" in completed(client, url)

    kept = proposal(books)
    assert (kept.entry_id, kept.is_ready, kept.completed_at is None) == (None, True, False)
    assert entries(books) == 0
    with domain_scope(books.domain.id):
        event = Event.objects.get(domain_id=books.domain.id, action="proposal.completed")
        assert event.actor_name in {"Dora Data", "Fien Financieel"}
    # Whoever finishes it sees that state, in the list and above the form, and books it as it stands.
    page = told(booker, booker.get(address(books, "documenten/?filter=klaar")))
    assert page.count("data-entry voltooid") == 1
    assert form_of(booker, url).head.title == "Data-entry voltooid"
    assert booker.post(address(books, "documenten/boek-klare/"), {}).status_code == 303
    assert entries(books) == 1


@WHO
@pytest.mark.parametrize("action", ["book", "handle", "correct", "reverse"])
def test_abuse6_who_completes_data_finishes_no_document(books: Books, who: Callable[[Books], User], action: str):
    url = hand_in_one(browser_of(books.user), books)
    client = browser_of(who(books))
    completed(client, url)

    answer = client.post(url, {**fields(form_of(client, url)), "action": action})

    assert answer.status_code == 403
    assert client.post(address(books, "documenten/boek-klare/"), {}).status_code == 403
    assert client.post(url, {"answer": "CONFIRM", "version": "2"}).status_code == 403
    assert entries(books) == 0


@WHO
def test_looking_at_what_the_lines_come_to_stores_nothing(books: Books, who: Callable[[Books], User]):
    url = hand_in_one(browser_of(books.user), books)
    client = browser_of(who(books))
    sent = fields(form_of(client, url), action="save", **{"line-0-account": "613000"})

    assert client.post(url, sent).status_code == 200
    assert client.post(url, {**sent, "action": "add", "key": "een-ander-formulier"}).status_code == 200
    assert proposal(books).version == 1


def test_lines_that_do_not_make_up_the_document_and_an_old_form_are_refused(books: Books):
    url = hand_in_one(browser_of(books.user), books)
    client = browser_of(_data_entry(books))
    form = form_of(client, url)

    wrong = client.post(url, fields(form, action="complete", **{"line-0-account": "613000", "line-0-net": "99,99"}))
    assert wrong.status_code == 422
    assert proposal(books).completed_at is None
    completed(client, url)
    old = client.post(url, fields(form, action="complete", key="een-ander-formulier", **{"line-0-account": "613000"}))
    assert old.status_code == 409
    assert proposal(books).version == 2


def test_what_was_booked_and_taken_back_is_not_data_entry_any_more(books: Books):
    booker = browser_of(books.user)
    url = hand_in_one(booker, books)
    completed(browser_of(_data_entry(books)), url)
    booker.post(url, fields(form_of(booker, url)))

    assert booker.post(url, {"action": "reverse", "version": str(proposal(books).version)}).status_code == 303

    assert proposal(books).completed_at is None
    assert form_of(booker, url).head.title == "Klaar om te boeken"


def test_a_document_in_another_currency_is_left_to_who_books(books: Books):
    url = hand_in_one(browser_of(books.user), books, invoice().replace(b"EUR", b"USD"))

    form = form_of(browser_of(_data_entry(books)), url)

    assert not form.is_editable
    assert form.blocked_text
