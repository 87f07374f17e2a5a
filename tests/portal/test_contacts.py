"""Customers and suppliers in a browser."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.books import NOW, Books, new_user, open_new_books
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


def _buy(books: Books, *, due_on: date | None = None, **changes: object) -> None:
    lines = books.purchase()
    owed = NewLine(
        books.accounts["440000"], 0, 12_100, contact_id=books.contact_id, due_on=due_on, document_number="F1"
    )
    post_entry(access=books.access, entry=books.entry(*lines[:2], owed, **changes), at=NOW)


def _sell(books: Books, contact_id: int, *, due_on: date | None = None) -> None:
    entry = books.entry(
        NewLine(books.accounts["400000"], 5_000, 0, contact_id=contact_id, due_on=due_on),
        NewLine(books.accounts["700000"], 0, 5_000),
        journal_id=books.journals["VK"],
        description="Verkoop",
    )
    post_entry(access=books.access, entry=entry, at=NOW)


def _page(books: Books, rest: str = "") -> Any:
    response = browser_of(books.user).get(address(books, f"relaties/{rest}"))
    assert response.status_code == 200
    return response.context["page"]


def _public_id(books: Books, contact_id: int) -> str:
    with domain_scope(books.domain.id):
        return str(Contact.objects.get(domain_id=books.domain.id, id=contact_id).public_id)


def test_the_list_shows_what_customers_owe_apart_from_what_suppliers_are_owed():
    with open_new_books() as books:
        _buy(books)
        customer = Contact.objects.create(domain=books.domain, name="Café Model", city="Gent")
        _sell(books, customer.id, due_on=timezone.localdate() - timedelta(days=3))

    page = _page(books)

    assert [(row.name, row.receivable, row.payable, bool(row.late)) for row in page.rows] == [
        ("Café Model", "50,00", "", True),
        ("Verpakking Staal BV", "", "121,00", False),
    ]
    assert (page.receivable, page.payable) == ("50,00", "121,00")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filter=klanten", ["Café Model"]),
        ("filter=leveranciers", ["Verpakking Staal BV"]),
        ("filter=open", ["Café Model", "Verpakking Staal BV"]),
        ("q=staal", ["Verpakking Staal BV"]),
        ("q=0999.000.228", ["Café Model"]),
        ("q=100%25", []),
        ("q=%00", ["Café Model", "Stil BV", "Verpakking Staal BV"]),
    ],
)
def test_the_list_is_filtered_and_searched(query: str, names: list[str]):
    with open_new_books() as books:
        _buy(books)
        customer = Contact.objects.create(domain=books.domain, name="Café Model", vat_number="BE0999000228")
        Contact.objects.create(domain=books.domain, name="Stil BV")
        _sell(books, customer.id)

    assert [row.name for row in _page(books, f"?{query}").rows] == names


def test_a_long_list_is_paged_and_its_sums_stay_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zelfboeken.portal.views.contacts.LIMIT", 1)
    with open_new_books() as books:
        _buy(books)
        Contact.objects.create(domain=books.domain, name="Aannemer BV")

    first = _page(books)
    second = _page(books, first.older_url.removeprefix(address(books, "relaties/")))

    assert ([row.name for row in first.rows], first.payable) == (["Aannemer BV"], "121,00")
    assert ([row.name for row in second.rows], second.payable) == (["Verpakking Staal BV"], "121,00")
    assert second.newer_url
    assert not second.older_url


def test_a_contact_shows_what_is_open_what_was_booked_and_how_he_is_known():
    with open_new_books() as books:
        _buy(books, due_on=timezone.localdate() - timedelta(days=18))
        _buy(books, due_on=timezone.localdate() + timedelta(days=30), description="=1+1 <b>")
        ContactBankAccount.objects.create(domain=books.domain, contact_id=books.contact_id, iban="BE71096123456769")

    page = _page(books, f"{_public_id(books, books.contact_id)}/")

    assert [(row.open, row.is_late) for row in page.payable] == [("121,00", True), ("121,00", False)]
    assert "18" in page.payable[0].due_text
    assert page.payable_total.endswith("242,00")
    assert page.receivable == ()
    assert [row.amount for row in page.movements] == ["−121,00", "−121,00"]
    assert dict(page.facts) == {"Bankrekeningen": "BE71 0961 2345 6769"}


def test_numbers_of_identity_are_shown_grouped_and_a_country_alone_is_no_address():
    with open_new_books() as books:
        contact = Contact.objects.create(
            domain=books.domain,
            name="Café Model",
            vat_number="BE0999024972",
            enterprise_number="0999024972",
            country="BE",
        )

    assert _page(books, f"{contact.public_id}/").facts == (
        ("Btw-nummer", "BE 0999.024.972"),
        ("Ondernemingsnummer", "0999.024.972"),
    )
    assert [row.vat for row in _page(books).rows] == ["BE 0999.024.972", ""]


def test_older_movements_are_on_the_next_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zelfboeken.portal.views.contacts.LIMIT", 2)
    with open_new_books() as books:
        for _ in range(3):
            _buy(books)

    first = _page(books, f"{_public_id(books, books.contact_id)}/")
    second = _page(books, first.older_url.removeprefix(address(books, "relaties/")))

    assert [row.number for row in first.movements] == ["AK-2026-0003", "AK-2026-0002"]
    assert [row.number for row in second.movements] == ["AK-2026-0001"]
    assert not second.older_url


def test_inv09_a_contact_of_another_domain_is_not_there():
    with open_new_books() as books:
        _buy(books)
    with open_new_books() as other:
        pass
    public_id = _public_id(books, books.contact_id)

    client = browser_of(other.user)
    assert client.get(address(books, "relaties/")).status_code == 404
    assert client.get(address(books, f"relaties/{public_id}/")).status_code == 404
    assert client.get(address(other, f"relaties/{public_id}/")).status_code == 404
    assert client.get(address(other, f"relaties/{uuid4()}/")).status_code == 404
    assert client.get(address(other, "relaties/?filter=x")).status_code == 404


def test_who_may_not_see_the_books_sees_no_contacts():
    with open_new_books() as books:
        pass
    with open_new_books() as other:
        pass
    add_member(domain=books.domain, user=other.user, roles=frozenset({Role.SALES}))

    for rest in ("relaties/", f"relaties/{_public_id(books, books.contact_id)}/"):
        assert browser_of(other.user).get(address(books, rest)).status_code == 403


def test_a_page_asks_as_many_queries_for_three_invoices_and_contacts_as_for_one():
    with open_new_books() as books:
        _buy(books)
    client = browser_of(books.user)
    pages = [address(books, "relaties/"), address(books, f"relaties/{_public_id(books, books.contact_id)}/")]
    before = [query_count(client, url) for url in pages]
    with domain_scope(books.domain.id):
        for name in ("Een BV", "Twee BV"):
            _buy(books)
            _sell(books, Contact.objects.create(domain=books.domain, name=name).id)

    assert [query_count(client, url) for url in pages] == before


def _open(books: Books, cents: int, number: str) -> int:
    """An open item of the supplier: an invoice below zero, a credit note above it. Its id."""
    sides = (max(0, cents), max(0, -cents))
    owed = NewLine(books.accounts["440000"], *sides, contact_id=books.contact_id, document_number=number)
    posted = post_entry(
        access=books.access, entry=books.entry(owed, NewLine(books.accounts["613000"], *sides[::-1])), at=NOW
    )
    return OpenItem.objects.get(domain_id=books.domain.id, entry_id=posted.id).id


def _card(books: Books) -> str:
    return address(books, f"relaties/{_public_id(books, books.contact_id)}/")


def test_a_credit_note_is_set_off_against_its_invoice_and_u_takes_it_back():
    with open_new_books() as books:
        other, invoice, credit = _open(books, -7_000, "F0"), _open(books, -12_100, "F1"), _open(books, 12_100, "C1")
    client = browser_of(books.user)
    page = client.get(_card(books)).context["page"]
    # The two that come to nought are ticked beforehand.
    assert {row.id for row in page.payable if row.is_chosen} == {invoice, credit}
    assert page.set_off_payable is not None

    done = client.post(_card(books), {"action": "set_off", "item": [str(invoice), str(credit)]}, follow=True)

    page = done.context["page"]
    assert [row.id for row in page.payable] == [other]
    assert page.set_off_payable is None
    assert [(row.item.label, row.against.label, row.amount) for row in page.set_offs] == [("C1", "F1", "121,00")]
    assert "Verrekend: €\u00a0121,00 van Verpakking Staal BV" in done.content.decode()
    step = done.context["shell"].undo
    back = client.post(step.url, {"version": step.version}, follow=True)
    assert {row.id for row in back.context["page"].payable} == {other, invoice, credit}
    assert back.context["page"].set_offs == ()


def test_a_set_off_is_undone_on_the_card_and_once():
    with open_new_books() as books:
        invoice, credit = _open(books, -12_100, "F1"), _open(books, 12_100, "C1")
    client = browser_of(books.user)
    client.post(_card(books), {"action": "set_off", "item": [str(invoice), str(credit)]})
    [row] = client.get(_card(books)).context["page"].set_offs

    assert client.post(_card(books), {"action": "undo", "match": row.action.value}).status_code == 303
    assert len(client.get(_card(books)).context["page"].payable) == 2
    again = client.post(_card(books), {"action": "undo", "match": row.action.value})
    assert (again.status_code, "Hier is niets om ongedaan te maken" in again.content.decode()) == (409, True)


def test_what_cannot_be_set_off_is_told_and_what_was_ticked_stays():
    with open_new_books() as books:
        first, second = _open(books, -7_000, "F0"), _open(books, -12_100, "F1")
        _open(books, 500, "C1")
    refused = browser_of(books.user).post(_card(books), {"action": "set_off", "item": [str(first), str(second)]})

    assert refused.status_code == 409
    assert "Kies minstens één bedrag langs elke kant" in refused.content.decode()
    assert {row.id for row in refused.context["page"].payable if row.is_chosen} == {first, second}


def test_an_item_of_somebody_else_is_unknown_and_who_only_looks_sees_no_boxes():
    with open_new_books() as books:
        invoice = _open(books, -12_100, "F1")
        _open(books, 12_100, "C1")
        customer = Contact.objects.create(domain=books.domain, name="Café Model")
        _sell(books, customer.id)
        foreign = OpenItem.objects.get(domain_id=books.domain.id, contact_id=customer.id).id
    with open_new_books() as others:
        theirs = _open(others, 12_100, "C1")
    client = browser_of(books.user)
    for item in (str(foreign), str(theirs), "999999999999", "-1", "x"):
        assert client.post(_card(books), {"action": "set_off", "item": [str(invoice), item]}).status_code == 404, item
    assert client.post(_card(books), {"action": "undo", "match": "1"}).status_code == 404
    looker = new_user("kijkt@kaart.test")
    add_member(domain=books.domain, user=looker, roles=frozenset({Role.VIEWER}))
    page = browser_of(looker).get(_card(books)).context["page"]
    assert page.set_off_payable is None
    assert browser_of(looker).post(_card(books), {"action": "set_off", "item": [str(invoice)]}).status_code == 403
