"""A form that is sent twice is carried out once (INV-14), over HTTP."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.books import Books, open_new_books
from tests.portal.pages import address, browser_of
from zelfboeken.documents.models import Document
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def send(books: Books, content: bytes, key: str = "een-sleutel-1", name: str = "stuk.xml") -> tuple[int, str]:
    """Hand in a file with a key; the status and where to go."""
    answer = browser_of(books.user).post(
        address(books, "documenten/aanleveren/"), {"key": key, "files": SimpleUploadedFile(name, content)}
    )
    return answer.status_code, answer.headers.get("Location", "")


def stored(books: Books) -> int:
    with domain_scope(books.domain.id):
        return Document.objects.filter(domain_id=books.domain.id).count()


def test_inv14_a_form_sent_twice_is_carried_out_once_and_answered_alike(books: Books):
    first = send(books, b"<a/>")

    assert first[0] == 303
    assert send(books, b"<a/>") == first
    assert stored(books) == 1


def test_inv14_another_file_of_the_same_name_and_size_is_other_content(books: Books):
    send(books, b"<a/>")

    assert send(books, b"<b/>")[0] == 409
    assert stored(books) == 1


def test_inv14_a_key_that_we_never_gave_out_is_400_and_nothing_is_done(books: Books):
    assert send(books, b"<a/>", key="kort")[0] == 400
    assert stored(books) == 0
