"""Accounts on a database of their own: what is really committed, and what a missing guard lets through."""

from __future__ import annotations

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tests.books import PASSWORD, new_domain
from tests.portal.pages import SECRET, give_app
from tests.portal.test_accounts import NEW, TYPED
from tests.portal.test_second_factor import code_of, own_secret
from tests.threads import in_threads
from zelfboeken.access.models import AccountEvent, User
from zelfboeken.runtime.roles import Urls

pytestmark = pytest.mark.slow


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_inv24_without_a_log_there_is_no_act(own_database: Urls):
    _, user = new_domain()
    client = signed_in(user)
    secret = own_secret(client)
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON access_accountevent FROM zb_app")

    stranger = Client(raise_request_exception=False)
    came_in = stranger.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    password = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **TYPED})
    app = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    named = client.post(reverse("account"), {"name": "Anders", "language": "nl"})

    assert [one.status_code for one in (came_in, password, app, named)] == [500] * 4
    assert "sessionid" not in came_in.cookies
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), user.check_password(NEW), user.name == "Anders") == (True, False, False)
    assert not Authenticator.objects.exists()
    assert client.get(reverse("account")).status_code == 200


def test_inv03_only_the_trigger_and_the_missing_privilege_keep_the_log_as_it_is(own_database: Urls):
    _, user = new_domain()
    signed_in(user)
    before = AccountEvent.objects.count()
    change = "DELETE FROM access_accountevent"
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what is posted stays"):
            owner.execute(change)
        with psycopg.connect(own_database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(change)
        assert AccountEvent.objects.count() == before > 0
        owner.execute("DROP TRIGGER posted_stays ON access_accountevent")
        owner.execute(change)

    assert AccountEvent.objects.count() == 0


def test_inv38_one_code_sent_by_four_at_once_opens_one_session(own_database: Urls):
    _, user = new_domain()
    give_app(user)
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    code = code_of(SECRET)

    answers = in_threads(
        4, lambda number: str(clients[number].post(reverse("mfa_authenticate"), {"code": code}).get("Location"))
    )

    assert sorted(answers) == ["/", *["None"] * 3]
    assert AccountEvent.objects.filter(action="signed_in").count() == 1
