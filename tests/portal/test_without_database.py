"""Pages while the database is away: a sentence, and nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.conftest import connect_as
from tests.database import TestServer
from tests.portal.test_security import strict


@pytest.fixture(autouse=True)
def no_database(server: TestServer, django_db_blocker: Any) -> Iterator[None]:
    """Django looks for a database where none is."""
    with django_db_blocker.unblock():
        connect_as("postgresql://zb_app:geheim@/zelfboeken?host=/nowhere")
        yield
        connect_as(server.urls.app)


def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    return client


@pytest.mark.parametrize("url", ["/", "/gezond/", "/account/login/", "/d/bakkerij/", "/d/bakkerij/bank/"])
def test_without_a_database_a_page_asks_to_try_again_without_a_word_of_the_inside(url: str):
    client = browser()

    response = client.post(url, {"login": "a@b.be", "password": "x"}) if "login" in url else client.get(url)

    text = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Even geduld" in text
    assert not re.search(r"nowhere|Traceback|psycopg|OperationalError|zb_app|geheim|SELECT", text)
    strict(response)


@pytest.mark.parametrize("url", ["/help/", "/help/?q=btw", "/help/aanmelden/", "/help/aanmelden/?antwoord=nee"])
def test_without_a_database_the_help_is_still_read(url: str):
    assert Client(raise_request_exception=False).get(url).status_code == 200
