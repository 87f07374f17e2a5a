"""The decorator of every page in a domain, around a view that goes wrong in every way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import include, path, reverse

from tests.books import PASSWORD, Books, open_new_books
from tests.portal.pages import address, browser_of
from zelfboeken.access.models import RoleAssignment, User
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.models import Event
from zelfboeken.config.urls import handler400, handler403, handler404, handler500  # noqa: F401 - read by Django
from zelfboeken.contacts.models import Contact
from zelfboeken.documents.models import Document
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.tenancy.scope import domain_scope

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@domain_view(Right.DOCUMENT_DELIVER, methods=("GET", "POST"), fields=("how", r"line-\d+-net", "file"))
def act(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Writes a contact, then does what the form says."""
    Contact.objects.create(domain_id=access.domain_id, name="Geschreven")
    how = request.POST.get("how") or request.GET.get("how", "")
    if how == "raise":
        raise ZeroDivisionError("geheim van binnen")
    if how == "refuse":
        access.require(Right.ROLE_GIVE)
    if how == "not found":
        raise NotFound("x")
    if how == "busy":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10")
            cursor.execute("SELECT pg_sleep(5)")
    if how.isdigit():
        return HttpResponse("klaar", status=int(how))
    return HttpResponseRedirect(f"{request.path}?klaar={how}", status=303)


@domain_view(Right.DOCUMENT_DELIVER)
def look(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Only looks."""
    return HttpResponse("gezien")


urlpatterns = [
    path("d/<slug:domain>/doe/", act, name="act"),
    path("d/<slug:domain>/kijk/", look, name="look"),
    path("", include("zelfboeken.config.urls")),
]


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def written(books: Books) -> int:
    with domain_scope(books.domain.id):
        return Contact.objects.filter(domain_id=books.domain.id, name="Geschreven").count()


def send(books: Books, **form: Any) -> Any:
    client = browser_of(books.user)
    client.raise_request_exception = False
    return client.post(address(books, "doe/"), form)


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_that_is_well_keeps_what_was_written(books: Books, status: int):
    assert send(books, how=str(status)).status_code == status
    assert written(books) == 1


@pytest.mark.parametrize(
    ("how", "status"),
    [("raise", 500), ("500", 500), ("503", 503), ("422", 422), ("409", 409), ("400", 400), ("not found", 404),
     ("refuse", 403), ("busy", 503)],
)  # fmt: skip
def test_inv08_an_answer_of_400_or_above_rolls_everything_back(books: Books, how: str, status: int):
    assert send(books, how=how).status_code == status
    assert written(books) == 0


def test_a_page_that_fails_says_so_in_dutch_with_a_number_and_nothing_of_the_inside(books: Books):
    response = send(books, how="raise")

    text = response.content.decode()
    assert "Er ging iets fout" in text
    assert "Er is niets gewijzigd" in text
    assert re.search(r'<span class="mono">[0-9A-F]{8}</span>', text)
    assert not re.search("geheim|ZeroDivision|Traceback|\\.py", text)


def test_a_database_that_is_busy_asks_to_try_again(books: Books):
    response = send(books, how="busy")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Even geduld" in response.content.decode()
    assert "statement timeout" not in response.content.decode()


def test_inv24_the_page_of_a_refusal_shows_the_number_under_which_it_is_in_the_log(books: Books):
    response = send(books, how="refuse")

    with domain_scope(books.domain.id):
        event = Event.objects.get(domain_id=books.domain.id, action="refused")
    assert event.subject == f"POST {address(books, 'doe/')}"
    assert event.detail["right"] == "role.give"
    assert event.detail["reference"] in response.content.decode()
    assert "Je rol laat niet toe om rollen te geven" in response.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"domain": "bakkerij"},
        {"domain_id": "1"},
        {"administration": "1"},
        {"administratie": "1"},
        {"How": "200"},
        {"line-x-net": "1"},
        {"line-1-net-more": "1"},
        {"": "1"},
        {"how": "200\0"},
        {"key": "kort"},
        {"key": "met spatie erin"},
        {"key": "x" * 101},
        {"other": SimpleUploadedFile("a.xml", b"<x/>")},
    ],
)
def test_inv33_a_field_that_is_not_of_the_form_or_a_value_no_page_sends_refuses_it(books: Books, form: dict[str, Any]):
    response = send(books, **{"how": "200", **form})

    assert response.status_code == 400
    assert "Dit verzoek klopt niet" in response.content.decode()
    assert written(books) == 0


def test_the_fields_of_a_form_are_taken(books: Books):
    form = {"how": "200", "line-0-net": "1", "line-12-net": "2", "key": "een-sleutel_1", "version": "12"}

    assert send(books, **form).status_code == 200
    assert written(books) == 1


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_a_method_the_page_does_not_answer_is_not_found(books: Books, method: str):
    response = getattr(browser_of(books.user), method)(address(books, "kijk/"))

    assert response.status_code == 404


def test_a_page_that_only_looks_answers_a_head_too(books: Books):
    client = browser_of(books.user)

    assert client.get(address(books, "kijk/")).content == b"gezien"
    assert client.head(address(books, "kijk/")).status_code == 200


@pytest.mark.parametrize("rest", ["documenten/boek-klare/", "documenten/aanleveren/", "bank/aanvaard-alle/"])
def test_what_a_button_does_no_link_can_do(books: Books, rest: str):
    assert browser_of(books.user).get(address(books, rest)).status_code == 404


def test_inv14_the_same_key_with_another_file_of_the_same_name_and_size_is_refused(books: Books):
    client = browser_of(books.user)
    url, key = address(books, "documenten/aanleveren/"), "een-sleutel"

    def hand_in(content: bytes) -> int:
        return client.post(url, {"files": SimpleUploadedFile("a.xml", content), "key": key}).status_code

    assert [hand_in(b"<a>1</a>"), hand_in(b"<a>1</a>"), hand_in(b"<a>2</a>")] == [303, 303, 409]
    with domain_scope(books.domain.id):
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1


def test_inv14_a_command_that_was_rolled_back_frees_its_key(books: Books):
    assert send(books, how="422", key="een-sleutel").status_code == 422
    assert send(books, how="200", key="een-sleutel").status_code == 200
    assert written(books) == 1


def test_a_form_without_its_token_is_refused_in_dutch(books: Books):
    client = Client(enforce_csrf_checks=True)
    client.force_login(books.user, backend="zelfboeken.access.sessions.SignIn")

    response = client.post(address(books, "doe/"), {"how": "200"})

    assert response.status_code == 403
    assert "Herlaad de pagina en probeer opnieuw" in response.content.decode()
    assert written(books) == 0


def test_inv23_a_user_who_was_deactivated_is_out_at_his_next_request(books: Books):
    client = browser_of(books.user)
    assert client.get(address(books, "kijk/")).status_code == 200

    User.objects.filter(id=books.user.id).update(is_active=False)

    response = client.get(address(books, "kijk/"))
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, reverse("account_login"))
    again = Client().post(reverse("account_login"), {"login": books.user.email, "password": PASSWORD})
    assert again.status_code == 403
    assert "Dit account is niet meer in gebruik" in again.content.decode()


def test_inv23_a_session_that_was_ended_is_ended_at_once(books: Books):
    client = browser_of(books.user)
    assert client.get(address(books, "kijk/")).status_code == 200

    Session.objects.all().delete()

    assert client.get(address(books, "kijk/")).status_code == 302


def test_inv38_another_password_ends_the_other_sessions(books: Books):
    client = browser_of(books.user)
    assert client.get(address(books, "kijk/")).status_code == 200

    books.user.set_password("een-heel-ander-geheim")
    books.user.save()

    assert client.get(address(books, "kijk/")).status_code == 302


def test_inv23_a_role_that_was_withdrawn_counts_at_the_next_request(books: Books):
    client = browser_of(books.user)
    assert client.get(address(books)).context["page"].shows_books

    RoleAssignment.objects.update(state="WITHDRAWN")

    assert not client.get(address(books)).context["page"].shows_books
    assert client.get(address(books, "bank/")).status_code == 403
