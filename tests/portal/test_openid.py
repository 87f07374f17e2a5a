"""Signing in by OpenID Connect: off unless it is set, and then with a real provider; nobody becomes a user by it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pydantic import SecretStr

from tests.books import PASSWORD, new_domain, office_access
from tests.openid import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.portal.pages import browser_of, give_app
from zelfboeken.access.models import AccountEvent, User
from zelfboeken.access.rights import PortalRole
from zelfboeken.config.environment import Environment

pytestmark = pytest.mark.django_db
LOGIN = "/account/oidc/oidc/"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with running_provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = Environment(
            oidc_server=running.url,
            oidc_name="Voorbeeld-ID",
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SecretStr(CLIENT_SECRET),
        ).oidc()
        yield running


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def at_the_provider(address: str) -> str:
    """What a browser does there: open the address, and be sent back."""
    assert address.startswith("http://127.0.0.1:")
    try:
        urllib.request.build_opener(_Stays).open(address)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("it was not sent back")


def sign_in_there(client: Client, **query: str) -> Any:
    """From our sign-in page to the provider and back."""
    there = client.get(LOGIN, query)
    assert there.status_code == 302
    back = at_the_provider(there["Location"])
    assert back.startswith(f"http://testserver{LOGIN}terug/?")
    return client.get(back.removeprefix("http://testserver"))


def someone(email: str, *, verified: object = True) -> dict[str, Any]:
    return {"sub": "42", "email": email, "email_verified": verified, "name": "Wie"}


def test_without_a_setting_there_is_no_such_way_in():
    client = Client()

    assert client.get(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}terug/").status_code == 404
    assert "Voorbeeld-ID" not in client.get(reverse("account_login")).content.decode()


def test_who_has_an_account_with_a_verified_address_comes_in_and_keeps_his_password(provider: Provider):
    domain, user = new_domain()
    provider.claims = someone(user.email.upper())
    client = Client()
    page = client.get(reverse("account_login"), {"next": f"/d/{domain.slug}/bank/"}).content.decode()
    assert "Meld je aan met Voorbeeld-ID" in page
    assert f'href="{LOGIN}?next=%2Fd%2F{domain.slug}%2Fbank%2F"' in page

    answer = sign_in_there(client, next=f"/d/{domain.slug}/bank/")

    assert (answer.status_code, answer["Location"]) == (302, f"/d/{domain.slug}/bank/")
    assert client.get("/")["Location"] == f"/d/{domain.slug}/"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    event = AccountEvent.objects.get(action="signed_in")
    assert (event.user_id, event.detail) == (user.pk, {"ways": [{"method": "socialaccount", "provider": "oidc"}]})
    assert {"/token", "/userinfo"} <= set(provider.asked)


@pytest.mark.parametrize("verified", [False, "false", "true", None, 1])
def test_an_address_that_was_not_verified_there_opens_nothing(provider: Provider, verified: object):
    _, user = new_domain()
    provider.claims = someone(user.email, verified=verified)
    client = Client()

    answer = sign_in_there(client)

    assert answer.status_code == 403
    assert "Dit adres heeft hier geen account" in answer.content.decode()
    assert client.get("/").status_code == 302
    assert AccountEvent.objects.get().action == "sign_in_refused"


def test_a_stranger_becomes_no_user_and_reads_the_same_as_for_an_unverified_address(provider: Provider):
    _, user = new_domain()
    provider.claims = someone(user.email, verified=False)
    unverified = sign_in_there(Client()).content
    provider.claims = someone("vreemd@example.test")
    before = User.objects.count()

    answer = sign_in_there(Client())

    assert (answer.status_code, answer.content) == (403, unverified)
    assert User.objects.count() == before


def test_inv38_staff_of_an_office_is_asked_its_second_step_all_the_same(provider: Provider):
    domain, _ = new_domain()
    user = User.objects.get(pk=office_access(domain, PortalRole.CONTROLLER).user_id)
    give_app(user)
    provider.claims = someone(user.email)
    client = Client()

    answer = sign_in_there(client)

    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_authenticate"))
    assert client.get(f"/d/{domain.slug}/")["Location"].startswith(reverse("account_login"))


def test_who_was_closed_here_does_not_come_in(provider: Provider):
    _, user = new_domain()
    User.objects.filter(pk=user.pk).update(is_active=False)
    provider.claims = someone(user.email)

    answer = sign_in_there(Client())

    assert answer.status_code == 403
    assert "niet meer in gebruik" in answer.content.decode()


def test_who_breaks_off_there_is_back_at_our_sign_in(provider: Provider):
    provider.refuses = True
    client = Client()

    answer = sign_in_there(client)

    assert answer["Location"] == reverse("socialaccount_login_cancelled")
    assert "afgebroken" in client.get(answer["Location"], follow=True).content.decode()


@pytest.mark.parametrize("change", ["state=anders", "code=verzonnen"])
def test_an_answer_that_is_not_for_this_browser_is_refused_in_one_sentence(provider: Provider, change: str):
    _, user = new_domain()
    provider.claims = someone(user.email)
    client = Client()
    back = at_the_provider(client.get(LOGIN)["Location"])
    name = change.partition("=")[0]
    forged = "&".join(change if part.startswith(f"{name}=") else part for part in back.partition("?")[2].split("&"))

    answer = client.get(f"{LOGIN}terug/?{forged}")

    assert answer.status_code == 403
    assert "Aanmelden is daar niet gelukt" in answer.content.decode()
    assert "sessionid" not in answer.cookies or client.get("/").status_code == 302


def test_the_answer_of_another_browser_brings_nobody_in(provider: Provider):
    _, user = new_domain()
    provider.claims = someone(user.email)
    back = at_the_provider(Client().get(LOGIN)["Location"])
    other = Client()

    assert other.get(back.removeprefix("http://testserver")).status_code == 403
    assert other.get("/").status_code == 302


def test_nothing_but_signing_in_may_be_asked(provider: Provider):
    client = Client()

    for query in ("process=connect", "process=redirect", "auth_params=x", "scope=y"):
        assert client.get(f"{LOGIN}?{query}").status_code == 404


def test_a_provider_that_is_away_is_one_sentence(settings: Any):
    with running_provider() as gone:
        url = gone.url
    settings.SOCIALACCOUNT_PROVIDERS = Environment(
        oidc_server=url, oidc_client_id="x", oidc_client_secret=SecretStr("y")
    ).oidc()

    answer = Client().get(LOGIN)

    assert answer.status_code == 503
    assert "Aanmelden is daar niet gelukt" in answer.content.decode()


def test_nothing_but_signing_in_may_be_asked_by_a_form_either(provider: Provider):
    _domain, user = new_domain()
    client = browser_of(user)

    for process in ("connect", "redirect", "login"):
        assert client.post(LOGIN, {"process": process}).status_code == 404
    assert provider.asked == []
