"""Headers, cookies, hosts and error pages: what every answer carries, and what none tells."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.books import PASSWORD, new_domain
from tests.everything import new_everything
from tests.portal.pages import browser_of
from tests.portal.test_isolation import OF_THE_DOMAIN, POSTED, ROWS, WORDS
from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.config import settings
from zelfboeken.config.environment import Environment

pytestmark = pytest.mark.django_db

EXPECTED = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def strict(response: Any) -> None:
    assert {name: response.headers.get(name) for name in EXPECTED} == EXPECTED


def kept_nowhere(response: Any) -> None:
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


def test_inv31_every_page_of_a_domain_has_the_strict_headers_and_is_kept_nowhere():
    everything = new_everything()
    user = everything.books.user
    RoleAssignment.objects.create(member=Member.objects.get(user=user), role=Role.MANAGEMENT.value)
    client = browser_of(user)
    slug = everything.books.domain.slug
    seen = set()

    for name, row in ROWS.items():
        if name in POSTED:
            continue
        for objects in row(everything) or [{}]:
            response = client.get(reverse(name, kwargs={"domain": slug, **WORDS.get(name, {}), **objects}))
            seen.add((name, response.status_code))
            if response.status_code == 404:
                assert name == "attachment"  # of a document that holds no file
            elif name in {"original", "attachment", "page_picture", "question_file", "refused_mail"}:
                assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
                assert response["X-Content-Type-Options"] == "nosniff"
                assert (name == "page_picture") != response.get("Content-Disposition", "").startswith("attachment; ")
            elif name in OF_THE_DOMAIN:
                strict(response)
                assert response["Content-Disposition"].startswith("attachment; ")
            else:
                strict(response)
                body = response.content.decode()
                assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", body) == []
            if name == "page_picture":
                assert response["Cache-Control"] == "private, max-age=3600"
            else:
                kept_nowhere(response)

    assert {name for name, status in seen if status in {200, 302, 409}} == set(ROWS) - POSTED


@pytest.mark.parametrize(
    "name",
    ["home", "healthy", "account_login", "account_reset_password", "account_reset_password_done", "account_signup",
     "account_reset_password_from_key_done"],
)  # fmt: skip
def test_inv31_every_public_page_has_the_strict_headers(name: str):
    response = Client().get(reverse(name))

    assert response.status_code in {200, 302}
    strict(response)
    kept_nowhere(response)


def test_a_file_of_the_style_has_the_strict_headers_and_may_be_kept():
    response = Client().get("/static/zelfboeken/portal.css")

    assert response.status_code == 200
    strict(response)
    assert response["Cache-Control"] == "max-age=3600, public"


# Cookies


def test_cookies_of_a_session_are_out_of_reach_of_scripts_and_other_sites():
    _, user = new_domain()
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

    assert {"csrftoken", "sessionid"} <= set(client.cookies)
    assert {(morsel["httponly"], morsel["samesite"]) for morsel in client.cookies.values()} == {(True, "Lax")}


def test_behind_https_cookies_travel_over_https_only_and_the_browser_is_told_to_stay_there(monkeypatch: Any):
    monkeypatch.setenv("ZELFBOEKEN_PLAIN_HTTP", "0")
    made = runpy.run_path(settings.__file__)

    secure = {name: made[name] for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE")}
    assert set(secure.values()) == {True}
    assert made["SECURE_HSTS_SECONDS"] == 31_536_000
    assert made["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert made["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert (made["DEBUG"], made["CSRF_COOKIE_HTTPONLY"], made["SESSION_COOKIE_HTTPONLY"]) == (False, True, True)


def test_passwords_are_hashed_with_argon2_and_a_short_one_is_refused():
    _, user = new_domain()
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    form = client.get(link[0], follow=True)

    refused = client.post(form.request["PATH_INFO"], {"password1": "kort-geheim", "password2": "kort-geheim"})

    assert refused.status_code == 200
    assert user.password.startswith("argon2$argon2id$")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_inv38_the_link_to_reset_a_password_works_once_and_for_half_an_hour():
    _, user = new_domain()
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    typed = {"password1": "een-nieuw-lang-geheim", "password2": "een-nieuw-lang-geheim"}
    client.post(client.get(link[0], follow=True).request["PATH_INFO"], typed)

    other = Client()
    again = other.get(link[0], follow=True)

    assert b'name="password1"' not in again.content
    assert django_settings.PASSWORD_RESET_TIMEOUT == 1800


# Hosts


def test_hosts_are_named_and_none_of_them_is_a_tests():
    assert Environment.model_fields["hosts"].default == ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize("host", ["kwaad.example", "localhost.kwaad.example", "localhost:8000@kwaad.example", ""])
def test_a_foreign_host_is_refused_in_dutch_before_anything_else(host: str):
    response = Client().get(reverse("account_login"), headers={"host": host or "-"})

    assert response.status_code == 400
    assert "Dit verzoek klopt niet" in response.content.decode()
    assert "kwaad" not in response.content.decode()
    strict(response)


def test_a_foreign_host_gets_no_link_into_a_mail():
    _, user = new_domain()

    refused = Client().post(reverse("account_reset_password"), {"email": user.email}, headers={"host": "kwaad.example"})

    assert refused.status_code == 400
    assert mail.outbox == []


# Error pages


def test_what_is_not_there_is_said_in_dutch():
    response = Client().get("/bestaat-niet/<script>alert(1)</script>")

    assert response.status_code == 404
    assert "Deze pagina bestaat niet, of ze is niet voor jou." in response.content.decode()
    assert "script>alert" not in response.content.decode()
    strict(response)


@pytest.mark.parametrize(
    ("language", "sentence"), [("fr", "Introuvable"), ("en", "Not found"), ("de", "Niet gevonden")]
)
def test_an_error_page_speaks_the_language_of_the_browser_else_dutch(language: str, sentence: str):
    response = Client().get("/bestaat-niet/", headers={"accept-language": language})

    assert f"<h1>{sentence}</h1>" in response.content.decode()


def test_a_form_from_elsewhere_is_refused_in_dutch():
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a", "password": "b"})

    assert response.status_code == 403
    assert "Herlaad de pagina en probeer opnieuw" in response.content.decode()
    strict(response)


def test_guessing_a_password_is_stopped_and_tells_nothing_about_the_account():
    _, user = new_domain()
    cache.clear()

    def guess(login: str) -> str:
        page = Client().post(reverse("account_login"), {"login": login, "password": "fout-geraden"}).content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    known, unknown = guess(user.email), guess("niemand@example.test")
    assert known == unknown
    answers = [guess(user.email) for _ in range(6)]

    assert answers[-1] != known
    sent = Client().post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert "sessionid" not in sent.cookies
    cache.clear()


def test_trying_many_addresses_does_not_make_the_count_of_one_forgotten():
    _, user = new_domain()
    cache.clear()
    for _ in range(5):
        Client().post(reverse("account_login"), {"login": user.email, "password": "fout-geraden"})
    for number in range(400):
        cache.set(f"ander-{number}", [1.0], 60)

    sent = Client().post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

    assert "Te veel pogingen" in sent.content.decode()
    cache.clear()


def test_asking_for_too_many_links_is_stopped_in_dutch():
    cache.clear()
    statuses = [Client().post(reverse("account_reset_password"), {"email": "x@example.test"}) for _ in range(6)]

    assert [one.status_code for one in statuses] == [302] * 5 + [429]
    assert "Te veel pogingen" in statuses[-1].content.decode()
    strict(statuses[-1])
    cache.clear()
