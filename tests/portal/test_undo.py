"""The last step is taken back with U, also after a reload, for half an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.banking import add_account, member
from tests.books import Books, open_new_books
from tests.files import OUR_IBAN, invoice, movement, statement
from tests.portal.pages import address, browser_of
from tests.portal.test_bank import accept, lines, pane_of, take_back
from tests.portal.test_documents import entries, fields, form_of, hand_in, hand_in_one, told
from zelfboeken.access.models import AdministrationGrant, Member, RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.booking.models import Proposal
from zelfboeken.ledger.models import Entry
from zelfboeken.portal import undo as steps
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def undo_of(client: Client, books: Books) -> Any:
    """The form that a reloaded page offers to take the last step back."""
    return client.get(address(books)).context["shell"].undo


def press_u(client: Client, action: Any) -> Any:
    return client.post(action.url, {"key": action.key, "version": action.version})


def booked(client: Client, books: Books) -> str:
    """Hand in a purchase and book it; the address of its page."""
    url = hand_in_one(client, books)
    assert client.post(url, fields(form_of(client, url))).status_code == 303
    return url


def test_a_booking_is_taken_back_after_a_reload(books: Books):
    client = browser_of(books.user)
    url = booked(client, books)
    action = undo_of(client, books)

    answer = press_u(client, action)

    assert action.text == "Geboekt: Verpakking Staal BV, €\u00a0121,00 (AK-2026-0001)"
    assert (answer.status_code, answer["Location"]) == (303, url)
    assert "Ongedaan gemaakt: Geboekt: Verpakking Staal BV" in told(client, answer)
    assert entries(books) == 2
    assert form_of(client, url).can_book
    assert undo_of(client, books) is None


def test_the_message_of_a_booking_carries_its_undo_and_another_message_does_not(books: Books):
    client = browser_of(books.user)
    booked(client, books)
    assert client.get(address(books)).context["shell"].toast.undo is not None

    hand_in(client, books, ("tweede.xml", invoice("INK-2", net="20.00")))

    shell = client.get(address(books)).context["shell"]
    assert shell.toast.undo is None
    assert shell.undo is not None


def test_all_that_was_booked_at_once_is_taken_back_at_once(books: Books):
    client = browser_of(books.user)
    hand_in(client, books, *((f"{n}.xml", invoice(f"INK-{n}", net=f"{n}0.00")) for n in (1, 2, 3)))
    with domain_scope(books.domain.id):
        Proposal.objects.filter(domain_id=books.domain.id).update(is_ready=True)
        Proposal.objects.filter(domain_id=books.domain.id).update(problems=[])
    ready = client.get(address(books, "documenten/")).context["page"].book_ready
    client.post(ready.url, {"key": ready.key})
    count = entries(books)
    assert count == 3

    press_u(client, undo_of(client, books))

    assert entries(books) == 2 * count
    with domain_scope(books.domain.id):
        assert Proposal.objects.filter(domain_id=books.domain.id, entry_id__isnull=False).count() == 0
        assert Entry.objects.filter(domain_id=books.domain.id, reverses_id__isnull=False).count() == count


def test_an_old_page_undoes_nothing_else(books: Books):
    client = browser_of(books.user)
    booked(client, books)
    old = undo_of(client, books)
    url = str(hand_in(client, books, ("tweede.xml", invoice("INK-2", net="20.00")))["Location"])
    client.post(url, fields(form_of(client, url)))

    answer = press_u(client, old)

    assert "Er is niets meer om ongedaan te maken" in told(client, answer)
    assert entries(books) == 2


def test_a_bank_line_that_somebody_booked_otherwise_since_is_not_taken_back(books: Books):
    with domain_scope(books.domain.id):
        add_account(books, OUR_IBAN, "Zichtrekening", "550000", "B1")
        colleague, _access = member(books, Role.BACKOFFICE)
    client = browser_of(books.user)
    hand_in(client, books, ("bank.cod", statement(movement(-495, iban=None, name=None, text="KOSTEN"))))
    [line] = lines(books)
    accept(client, books, line, account="657000")
    action = undo_of(client, books)
    other = browser_of(colleague)
    take_back(other, books, line, pane_of(other, books, line).unmatch)
    accept(other, books, line, account="650000")
    stands = lines(books)[0].entry_id

    answer = press_u(client, action)

    assert "Iemand anders boekte deze verrichting intussen." in told(client, answer)
    assert lines(books)[0].entry_id == stands


def test_after_half_an_hour_there_is_nothing_to_take_back(books: Books, monkeypatch: pytest.MonkeyPatch):
    client = browser_of(books.user)
    booked(client, books)
    action = undo_of(client, books)
    monkeypatch.setattr(steps, "KEPT", timedelta(0))

    assert undo_of(client, books) is None
    assert "Er is niets meer om ongedaan te maken" in told(client, press_u(client, action))
    assert entries(books) == 1


def test_what_was_already_taken_back_elsewhere_says_so_and_changes_nothing(books: Books):
    client = browser_of(books.user)
    url = booked(client, books)
    action = undo_of(client, books)
    form = form_of(client, url)
    client.post(url, {"key": form.undo.key, "version": form.undo.version, "action": "reverse"})

    answer = press_u(client, action)

    assert "Dit stuk is niet geboekt" in told(client, answer)
    assert entries(books) == 2


def test_inv23_who_lost_the_role_takes_nothing_back(books: Books):
    client = browser_of(books.user)
    booked(client, books)
    action = undo_of(client, books)
    RoleAssignment.objects.filter(member__user=books.user, member__domain=books.domain).update(
        state=RoleAssignment.State.WITHDRAWN, withdrawn_at=timezone.now()
    )

    assert press_u(client, action).status_code in {403, 404}
    assert entries(books) == 1


def test_inv09_who_reaches_the_books_no_more_finds_nothing_to_take_back(books: Books):
    with domain_scope(books.domain.id):
        accountant, _access = member(books, Role.EXTERNAL_ACCOUNTANT)
        Member.objects.filter(user=accountant).update(reaches_all=False)
        grant = AdministrationGrant.objects.create(
            member=Member.objects.get(user=accountant), administration_id=books.administration.id
        )
        other = Administration.objects.create(domain=books.domain, name="Tweede")
    client = browser_of(accountant)
    booked(client, books)
    action = undo_of(client, books)
    AdministrationGrant.objects.filter(id=grant.id).update(administration_id=other.id)

    assert press_u(client, action).status_code == 404
    assert entries(books) == 1


def test_another_domain_has_its_own_last_step(books: Books):
    client = browser_of(books.user)
    booked(client, books)
    with open_new_books() as other:
        pass

    assert undo_of(browser_of(other.user), other) is None
    assert browser_of(other.user).post(address(books, "maak-ongedaan/"), {"version": "x"}).status_code == 404
    assert client.get(address(books, "maak-ongedaan/")).status_code == 404
