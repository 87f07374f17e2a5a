"""What the tests of pages share: a browser of a user, and how many queries a page asks."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.books import Books
from zelfboeken.access.models import User
from zelfboeken.access.sessions import owes_second_factor
from zelfboeken.portal.accounts import SecondFactors

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the app of whoever has one here."""


def browser_of(user: User) -> Client:
    """A browser in which this user is signed in; staff of an office has the second factor it needs."""
    if owes_second_factor(user.pk):
        give_app(user)
    client = Client()
    # As he is now: a role that was taken from him since ended the sessions of before.
    client.force_login(User.objects.get(pk=user.pk), backend="zelfboeken.access.sessions.SignIn")
    return client


def give_app(user: User) -> None:
    """An app with codes as second factor."""
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": SecondFactors().encrypt(SECRET)}
    )


def address(books: Books, rest: str = "") -> str:
    """An address in the domain of these books."""
    return f"/d/{books.domain.slug}/{rest}"


def query_count(client: Client, url: str) -> int:
    """How many queries a page asks, after a first visit."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
