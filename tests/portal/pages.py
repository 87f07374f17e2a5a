"""What the tests of pages share: a browser of a user, and how many queries a page asks."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.books import Books
from zelfboeken.access.models import User


def browser_of(user: User) -> Client:
    """A browser in which this user is signed in."""
    client = Client()
    client.force_login(user, backend="zelfboeken.access.sessions.SignIn")
    return client


def address(books: Books, rest: str = "") -> str:
    """An address in the domain of these books."""
    return f"/d/{books.domain.slug}/{rest}"


def query_count(client: Client, url: str) -> int:
    """How many queries a page asks, after a first visit."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
