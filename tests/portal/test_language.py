"""The pages speak the language of the user; before he signs in, that of his browser."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.books import NOW, Books, open_new_books
from tests.portal.pages import address, browser_of
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        post_entry(access=made.access, entry=made.entry(), at=NOW)
        return made


@pytest.mark.parametrize(
    ("language", "word", "shown"),
    [
        ("nl", "Proefbalans", "1.234,56"),
        ("fr", "Balance des comptes", "1\u202f234,56"),
        ("en", "Trial balance", "1,234.56"),
    ],
)
def test_a_user_reads_his_own_language_and_figures_whatever_his_browser_asks(
    books: Books, language: str, word: str, shown: str
):
    with domain_scope(books.domain.id):
        lines = (NewLine(books.accounts["613000"], 123_456, 0), NewLine(books.accounts["550000"], 0, 123_456))
        post_entry(access=books.access, entry=books.entry(*lines), at=NOW)
    client = browser_of(books.user)
    client.post(reverse("language"), {"language": language, "next": address(books)})

    page = client.get(address(books, "dagboeken/"), headers={"Accept-Language": "de"}).content.decode()

    assert f'lang="{language}"' in page
    assert word in page
    assert shown in page


def test_the_choice_is_kept_with_the_user_and_leads_back_to_his_page(books: Books):
    answer = browser_of(books.user).post(reverse("language"), {"language": "fr", "next": address(books, "btw/")})

    books.user.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, address(books, "btw/"))
    assert books.user.language == "fr"
    assert answer.cookies["django_language"].value == "fr"


@pytest.mark.parametrize("back", ["https://elders.example/", "//elders.example/", "javascript:alert(1)", ""])
def test_the_way_back_never_leaves_the_portal(books: Books, back: str):
    assert browser_of(books.user).post(reverse("language"), {"language": "fr", "next": back})["Location"] == "/"


def test_an_unknown_language_changes_nothing(books: Books):
    browser_of(books.user).post(reverse("language"), {"language": "de"})

    books.user.refresh_from_db()
    assert books.user.language == "nl"


def test_who_is_not_signed_in_reads_the_language_of_his_browser_and_chooses_none():
    client = Client()

    assert 'lang="fr"' in client.get(reverse("account_login"), headers={"Accept-Language": "fr-BE"}).content.decode()
    assert 'lang="nl"' in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("language"), {"language": "fr"}).status_code == 302
    assert client.get(reverse("language")).status_code == 405
