"""Searching a domain: what is typed leads to documents, contacts, accounts, entries and bank lines."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.books import NOW, Books, new_domain, open_new_books
from tests.files import invoice
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.ledger.services import post_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        post_entry(access=made.access, entry=made.entry(), at=NOW)
        return made


def found(books: Books, text: str) -> dict[str, list[str]]:
    """The titles that were found, by kind."""
    response = browser_of(books.user).get(address(books, "zoek/"), {"q": text})
    assert response.status_code == 200
    return {group.title: [row.title for row in group.rows] for group in response.context["page"].groups}


def hand_in(books: Books, name: str, content: bytes) -> Any:
    return browser_of(books.user).post(
        address(books, "documenten/aanleveren/"), {"files": SimpleUploadedFile(name, content)}
    )


@pytest.mark.parametrize("text", ["verpakking st", "INK-7001", "121,00", "121", "inkoop-7001.xml"])
def test_a_document_is_found_by_name_number_amount_and_file(books: Books, text: str):
    hand_in(books, "inkoop-7001.xml", invoice("INK-7001", net="100.00"))

    assert found(books, text)["Documenten"] == ["Verpakking Staal BV"]


def test_a_contact_an_account_an_entry_and_a_page_are_found(books: Books):
    assert found(books, "Verpakking")["Relaties"] == ["Verpakking Staal BV"]
    assert found(books, "6130")["Rekeningen"][0].startswith("6130")
    assert "440000 Leveranciers" in found(books, "leveranciers")["Rekeningen"]
    assert found(books, "AK-2026-0001")["Boekingen"] == ["AK-2026-0001"]
    assert found(books, "ak-1")["Boekingen"] == ["AK-2026-0001"]
    assert found(books, "dagb")["Ga naar"] == ["Dagboeken"]


@pytest.mark.parametrize("text", ["", "x", "\0", "100%", "_", "bestaat niet"])
def test_what_leads_nowhere_says_so(books: Books, text: str):
    page = browser_of(books.user).get(address(books, "zoek/"), {"q": text})

    assert page.status_code == 200
    assert page.context["page"].empty is not None


def test_the_field_itself_gets_the_list_alone(books: Books):
    answer = browser_of(books.user).get(address(books, "zoek/"), {"q": "Verpakking"}, headers={"HX-Request": "true"})

    assert b"<html" not in answer.content
    assert b'role="option"' in answer.content


def test_who_may_not_see_the_books_finds_no_contact_account_or_entry(books: Books):
    _other, buyer = new_domain()
    add_member(domain=books.domain, user=buyer, roles=frozenset({Role.PURCHASE}))
    client = browser_of(buyer)

    for text in ("Verpakking", "440000", "AK-2026-0001"):
        assert client.get(address(books, "zoek/"), {"q": text}).context["page"].groups == ()


def test_inv09_another_domain_is_not_searched(books: Books):
    with open_new_books() as other:
        pass

    assert "Boekingen" not in found(other, "AK-2026-0001")
    assert browser_of(other.user).get(address(books, "zoek/"), {"q": "staal"}).status_code == 404


def test_the_search_asks_as_many_queries_for_three_documents_as_for_one(books: Books):
    hand_in(books, "a.xml", invoice("A-1"))
    client = browser_of(books.user)
    one = query_count(client, address(books, "zoek/?q=staal"))
    hand_in(books, "b.xml", invoice("A-2"))
    hand_in(books, "c.xml", invoice("A-3"))

    assert query_count(client, address(books, "zoek/?q=staal")) == one
