"""The contact of a document: found by its numbers in their order, never taken for another, made when it is new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.books import NOW, TODAY, Books, fill_books, new_domain, open_new_books
from tests.files import THEIR_IBAN, THEM, invoice
from tests.intake import invoice_of, receive
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed, access_of, add_member
from zelfboeken.audit.models import Event
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.contacts.services import PartyFacts, choose_purchase_account, contact_for
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

STEEL = PartyFacts("Verpakking Staal BV", "0403019261", "BE0403019261", THEIR_IBAN, "BE", city="Kortrijk")
OTHER = PartyFacts("Ander BV", "0202239951", "BE0202239951", "BE71096123456769", "BE")


def find(books: Books, party: PartyFacts) -> tuple[Contact, str]:
    found = contact_for(access=books.access, party=party)
    return found.contact, found.found_by


def only(**facts: str) -> PartyFacts:
    """A party of whom only this is known."""
    return PartyFacts(**{"name": "", **facts})


def test_a_new_party_is_made_with_all_that_is_known() -> None:
    with open_new_books(has_chart=False) as books:
        made, found_by = find(books, STEEL)

        assert found_by == "new"
        assert (made.name, made.enterprise_number, made.vat_number, made.country, made.city) == (
            "Verpakking Staal BV", "0403019261", "BE0403019261", "BE", "Kortrijk",
        )  # fmt: skip
        accounts = ContactBankAccount.objects.filter(domain_id=books.domain.id, contact_id=made.id)
        assert list(accounts.values_list("iban", flat=True)) == [THEIR_IBAN]


@pytest.mark.parametrize(
    ("party", "found_by"),
    [
        (only(name="Nieuwe naam", enterprise_number="0403019261"), "enterprise"),
        (only(name="Nieuwe naam", vat_number="BE0403019261"), "vat"),
        (only(name="Nieuwe naam", iban=THEIR_IBAN), "iban"),
        (replace(STEEL, iban="BE71096123456769"), "enterprise"),
        (replace(STEEL, enterprise_number=""), "vat"),
    ],
)
def test_a_known_party_is_found_by_each_of_its_numbers(party: PartyFacts, found_by: str) -> None:
    with open_new_books(has_chart=False) as books:
        made, _ = find(books, STEEL)

        assert find(books, party) == (made, found_by)
        made.refresh_from_db()
        assert made.name == "Verpakking Staal BV"


def test_the_enterprise_number_goes_before_the_vat_number_and_that_before_the_iban() -> None:
    with open_new_books(has_chart=False) as books:
        steel, _ = find(books, STEEL)
        other, _ = find(books, OTHER)

        assert find(books, replace(STEEL, vat_number=OTHER.vat_number, iban=OTHER.iban)) == (steel, "enterprise")
        assert find(books, only(name="x", vat_number=OTHER.vat_number, iban=STEEL.iban)) == (other, "vat")


def test_two_companies_with_one_iban_stay_two() -> None:
    """A factor's account stands on the invoices of many suppliers."""
    with open_new_books(has_chart=False) as books:
        steel, _ = find(books, STEEL)
        other, found_by = find(books, replace(OTHER, iban=THEIR_IBAN))

        assert (other.id != steel.id, found_by) == (True, "new")
        assert find(books, STEEL) == (steel, "enterprise")
        assert find(books, replace(OTHER, iban=THEIR_IBAN)) == (other, "enterprise")


def test_an_iban_that_two_companies_have_finds_neither() -> None:
    with open_new_books(has_chart=False) as books:
        steel, _ = find(books, STEEL)
        other, _ = find(books, replace(OTHER, iban=THEIR_IBAN))
        third, found_by = find(books, only(name="Derde", iban=THEIR_IBAN))

        assert found_by == "new"
        assert third.id not in {steel.id, other.id}


@pytest.mark.parametrize(
    "party",
    [
        replace(STEEL, enterprise_number="0202239951", vat_number="BE0202239951"),
        replace(STEEL, enterprise_number="", vat_number="NL854502130B01"),
        replace(STEEL, enterprise_number="", vat_number="FR40303265045"),
    ],
)
def test_an_iban_does_not_join_a_party_with_another_number(party: PartyFacts) -> None:
    with open_new_books(has_chart=False) as books:
        steel, _ = find(books, STEEL)
        found, found_by = find(books, party)

        assert (found.id != steel.id, found_by) == (True, "new")


def test_the_same_name_with_other_numbers_is_another_company() -> None:
    with open_new_books(has_chart=False) as books:
        steel, _ = find(books, STEEL)
        namesake, found_by = find(books, replace(OTHER, name="Verpakking Staal BV"))
        nameless, by_name = find(books, only(name="Verpakking Staal BV"))

        assert (found_by, by_name) == ("new", "name")
        assert nameless.name == "Verpakking Staal BV"
        assert len({steel.id, namesake.id, nameless.id}) == 3


def test_a_private_person_is_found_by_the_same_name_in_any_case() -> None:
    with open_new_books(has_chart=False) as books:
        jan, _ = find(books, only(name="Jan Janssens"))

        assert find(books, only(name="JAN JANSSENS")) == (jan, "name")
        assert find(books, only(name="Jan Janssen"))[1] == "new"


def test_a_party_without_a_name_gets_one_that_says_so() -> None:
    with open_new_books(has_chart=False) as books:
        assert find(books, only())[0].name == "Onbekend"
        assert find(books, only())[1] == "new"


def test_what_a_contact_lacked_is_filled_in_and_nothing_is_replaced() -> None:
    with open_new_books(has_chart=False) as books:
        made, _ = find(books, only(name="Staal", enterprise_number="0403019261", city="Gent"))
        found, _ = find(books, replace(STEEL, email="info@staal.example"))

        assert found.id == made.id
        stored = Contact.objects.get(domain_id=books.domain.id, id=made.id)
        assert (stored.name, stored.city) == ("Staal", "Gent")
        assert (stored.vat_number, stored.country, stored.email) == ("BE0403019261", "BE", "info@staal.example")


def test_a_contact_known_by_its_iban_alone_gets_its_numbers_and_is_found_by_them() -> None:
    with open_new_books(has_chart=False) as books:
        made, _ = find(books, only(name="VERPAKKING STAAL", iban=THEIR_IBAN))
        found, found_by = find(books, STEEL)

        assert (found.id, found_by) == (made.id, "iban")
        assert find(books, replace(STEEL, iban="")) == (made, "enterprise")


def test_a_number_that_another_contact_has_stays_there() -> None:
    with open_new_books(has_chart=False) as books:
        first, _ = find(books, only(name="A", enterprise_number="0403019261"))
        second, _ = find(books, only(name="B", vat_number="BE0403019261"))
        found, found_by = find(books, STEEL)

        assert (found.id, found_by) == (first.id, "enterprise")
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.vat_number, second.vat_number) == ("", "BE0403019261")


def test_every_account_of_a_contact_is_remembered_and_a_new_one_is_said_to_be_new() -> None:
    with open_new_books(has_chart=False) as books:
        known = [
            contact_for(access=books.access, party=replace(STEEL, iban=iban)).is_known_iban
            for iban in (THEIR_IBAN, THEIR_IBAN, "BE71096123456769", "", THEIR_IBAN)
        ]

        assert known == [False, True, False, True, True]


def test_a_number_of_a_foreign_register_joins_nobody() -> None:
    """Registers of two countries give the same digits; only VAT numbers carry their country."""
    dutch = replace(THEM, name="Bloem BV", country="NL", vat="NL854502130B01", enterprise="12345678")
    danish = replace(THEM, name="Blomst ApS", country="DK", vat="DK12345674", enterprise="12345678")
    with open_new_books(has_chart=False) as books:
        first = invoice_of(receive(books, invoice("1", supplier=dutch))).contact
        second = invoice_of(receive(books, invoice("2", supplier=danish))).contact

        assert first != second
        assert (first.enterprise_number, second.enterprise_number) == ("", "")


def test_a_foreign_number_that_would_be_a_belgian_one_joins_no_belgian() -> None:
    french = replace(THEM, name="Acier SA", country="FR", vat=None, enterprise="0403019261")
    with open_new_books(has_chart=False) as books:
        belgian = invoice_of(receive(books, invoice("1"))).contact
        other = invoice_of(receive(books, invoice("2", supplier=french).replace(THEIR_IBAN.encode(), b""))).contact

        assert other != belgian


def test_contacts_of_two_domains_are_two() -> None:
    with open_new_books(has_chart=False) as ours:
        mine, _ = find(ours, STEEL)
    with open_new_books(has_chart=False) as theirs:
        their, found_by = find(theirs, STEEL)

        assert found_by == "new"
        assert their.public_id != mine.public_id


def test_the_account_a_supplier_always_has_is_chosen_once_logged_and_taken_away() -> None:
    with open_new_books(has_chart=False) as books:
        made, _ = find(books, STEEL)
        for gl_code in ("601000", "601000", ""):
            choose_purchase_account(access=books.access, contact_id=made.id, gl_code=gl_code, at=NOW)

        made.refresh_from_db()
        assert made.purchase_account_code == ""
        events = Event.objects.filter(domain_id=books.domain.id, action="contact.account_chosen").order_by("id")
        assert [one.detail for one in events] == [{"from": "", "to": "601000"}, {"from": "601000", "to": ""}]


def test_who_may_not_book_chooses_no_account() -> None:
    domain, user = new_domain()
    _, viewer = new_domain()
    add_member(domain=domain, user=viewer, roles=frozenset({Role.FINANCE}))
    with domain_scope(domain.id):
        made, _ = find(fill_books(domain, user, has_chart=False), STEEL)
        access = access_of(user_id=viewer.id, slug=domain.slug, on=TODAY)
        with pytest.raises(NotAllowed):
            choose_purchase_account(access=access, contact_id=made.id, gl_code="601000", at=NOW)
