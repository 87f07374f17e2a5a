"""What readers answered: for who runs the installation, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests.books import NOW, new_domain, new_user
from tests.portal.pages import browser_of, query_count
from zelfboeken.access.models import AccountEvent, PortalMember, PortalRoleAssignment, User
from zelfboeken.access.operator import operator_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed, add_member
from zelfboeken.help.articles import library
from zelfboeken.help.models import Feedback
from zelfboeken.help.services import say_not_useful, say_useful, visitor_of
from zelfboeken.tenancy.models import Portal

pytestmark = pytest.mark.django_db

ANSWERS = "/help/antwoorden/"


def answer(slug: str = "btw", language: str = "nl", *, reader: int = 1, days: int = 0, **said: Any) -> Feedback:
    """An answer of one reader; without anything said it is a yes."""
    article = library().by_slug[slug][language]
    visitor = visitor_of(article=slug, user_id=reader, cookie="")
    at = NOW - timedelta(days=days)
    if said:
        values = {"reasons": [], "text": "", "mail_to_id": None, **said}
        say_not_useful(article=article, visitor=visitor, at=at, **values)
    else:
        say_useful(article=article, visitor=visitor, at=at)
    return Feedback.objects.get(article=slug, visitor=visitor)


def operator(email: str = "beheer@example.test") -> User:
    """A Portaalbeheerder of the portal that was made first."""
    return _staff(PortalRole.PORTAL_ADMIN, _first_portal(), email, "Bea Beheer")


def _first_portal() -> Portal:
    return Portal.objects.order_by("id").first() or new_domain()[0].portal


def _staff(role: PortalRole, portal: Portal, email: str = "kantoor@example.test", name: str = "") -> User:
    member = PortalMember.objects.create(user=new_user(email, name=name), portal=portal)
    PortalRoleAssignment.objects.create(member=member, role=role)
    return member.user


def _member(*roles: Role) -> User:
    _domain, user = new_domain(roles=frozenset(roles))
    add_member(domain=new_domain()[0], user=user, is_owner=True)
    return user


def _admin_elsewhere() -> User:
    assert _first_portal()
    return _staff(PortalRole.PORTAL_ADMIN, Portal.objects.create(slug="ander", name="Ander"))


def _former() -> User:
    user, _stays = operator(), operator("blijft@example.test")
    PortalRoleAssignment.objects.filter(member__user=user).update(withdrawn_at=NOW)
    return user


def _blocked() -> User:
    user, _stays = operator(), operator("blijft@example.test")
    PortalMember.objects.filter(user=user).update(is_active=False)
    return user


LESSER = [role for role in PortalRole if role is not PortalRole.PORTAL_ADMIN]
OTHERS: list[Callable[[], User]] = [
    lambda: new_user("niemand@example.test"),
    lambda: _member(*Role),
    *[lambda role=role: _staff(role, _first_portal()) for role in LESSER],  # type: ignore[misc]
    _admin_elsewhere,
    _former,
    _blocked,
]


@pytest.mark.parametrize(
    "other", OTHERS, ids=["nobody", "every role", *LESSER, "of another portal", "former", "blocked"]
)
def test_inv09_nobody_but_the_operator_reads_or_handles_the_answers(other: Callable[[], User]):
    stored = answer(text="Niet voor iedereen")
    client = browser_of(other())

    for method in ("get", "post", "put", "delete"):
        for url in (ANSWERS, f"{ANSWERS}{stored.id}/", f"{ANSWERS}999999999/"):
            response = getattr(client, method)(url, {"outcome": "READ", "version": stored.given_at.isoformat()})
            assert response.status_code == 403, (method, url)
            assert b"Alleen een Portaalbeheerder van de beheerder van dit platform mag dit." in response.content
            assert b"Niet voor iedereen" not in response.content
    assert b"Wat lezers antwoordden" not in client.get("/help/").content
    assert Feedback.objects.get().handled_at is None


def test_inv24_a_page_of_the_operator_that_is_refused_is_in_the_log_of_the_account():
    other = new_user("nieuwsgierig@example.test")

    browser_of(other).get(ANSWERS)

    [event] = AccountEvent.objects.filter(action="help_refused")
    assert (event.user_id, event.detail) == (other.pk, {"code": "not_operator", "doing": f"GET {ANSWERS}"})


def test_who_is_not_signed_in_is_asked_to():
    stored = answer(text="Niet voor iedereen")

    for url in (ANSWERS, f"{ANSWERS}{stored.id}/"):
        for method in ("get", "post"):
            response = getattr(Client(), method)(url)
            assert (response.status_code, response["Location"]) == (302, f"/account/login/?next={url}")


def test_inv23_an_operator_who_is_withdrawn_or_blocked_is_none_from_the_next_request():
    user, _stays = operator(), operator("blijft@example.test")
    client = browser_of(user)
    roles = PortalRoleAssignment.objects.filter(member__user=user)
    assert client.get(ANSWERS).status_code == 200

    roles.update(withdrawn_at=NOW)
    assert client.get(ANSWERS).status_code == 403
    roles.update(withdrawn_at=None)
    assert client.get(ANSWERS).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(ANSWERS).status_code != 200
    with pytest.raises(NotAllowed):
        operator_access_of(user_id=user.pk)


def test_the_scores_are_counted_for_each_article_and_language_with_the_worst_first():
    for reader in range(3):
        answer("btw", "nl", reader=reader)
    answer("btw", "nl", reader=3, reasons=["DIFFICULT"])
    answer("btw", "fr", reader=4, text="Trop court")
    answer("start", "nl", reader=5)

    page = browser_of(operator()).get(ANSWERS).context["page"]

    assert [(one.title, one.language, one.useful, one.not_useful, one.percent, one.open) for one in page.scores] == [
        ("De btw-aangifte nakijken", "Français", "0", "1", "0\u00a0%", "1"),
        ("De btw-aangifte nakijken", "Nederlands", "3", "1", "75\u00a0%", "1"),
        ("De startpagina lezen", "Nederlands", "1", "0", "100\u00a0%", ""),
    ]
    assert page.subtitle == "2 antwoorden te behandelen"


def test_the_answers_are_read_newest_first_and_by_article_and_language():
    answer("btw", "nl", reader=1, days=2, text="Oud")
    answer("btw", "fr", reader=2, days=1, reasons=["NOT_TRUE", "DIFFICULT"], text="Milieu")
    answer("start", "nl", reader=3, text="<script>alert('nieuw')</script>")
    client = browser_of(operator())

    def texts(query: str = "") -> list[str]:
        return [one.text for one in client.get(f"{ANSWERS}{query}").context["page"].rows]

    assert texts() == ["<script>alert('nieuw')</script>", "Milieu", "Oud"]
    assert texts("?artikel=btw") == ["Milieu", "Oud"]
    assert texts("?artikel=btw&taal=fr") == ["Milieu"]
    assert texts("?taal=nl") == ["<script>alert('nieuw')</script>", "Oud"]
    assert texts("?artikel=bestaat-niet") == []
    assert client.get(f"{ANSWERS}?taal=de").status_code == 404
    page = client.get(ANSWERS).content.decode()
    assert "<script>alert" not in page
    assert "De uitleg is moeilijk" in page
    assert "Het klopt niet met wat ik zie" in page


def test_an_answer_is_marked_as_handled_and_leaves_the_list_but_not_the_score():
    stored = answer(text="Waar is rooster 83?", mail_to_id=new_user("lezer@example.test").id)
    user = operator()
    client = browser_of(user)
    row = client.get(f"{ANSWERS}?artikel=btw").context["page"].rows[0]
    assert row.wants_mail

    response = client.post(row.handle_url, {"outcome": "ADAPTED", "version": row.version})

    assert (response.status_code, response["Location"]) == (303, f"{ANSWERS}?artikel=btw")
    page = client.get(response["Location"])
    assert "Als behandeld aangeduid." in page.content.decode()
    assert page.context["page"].rows == ()
    assert [one.not_useful for one in page.context["page"].scores] == ["1"]
    (handled,) = client.get(f"{ANSWERS}?toon=alles").context["page"].rows
    assert re.fullmatch(r"Artikel aangepast · Bea Beheer · \d\d/\d\d/\d{4}", handled.handled)
    assert [one.to for one in mail.outbox] == [["lezer@example.test"]]
    stored.refresh_from_db()
    assert (stored.mail_to_id, stored.handled_by_id) == (None, user.id)


def test_an_answer_that_was_read_only_sends_no_mail():
    stored = answer(text="Bedankt", mail_to_id=new_user("lezer@example.test").id)

    browser_of(operator()).post(f"{ANSWERS}{stored.id}/", {"outcome": "READ", "version": stored.given_at.isoformat()})

    stored.refresh_from_db()
    assert (mail.outbox, stored.outcome, stored.mail_to_id) == ([], "READ", None)


def test_an_answer_of_somebody_else_first_is_told():
    stored = answer(text="Bedankt")
    client = browser_of(operator())
    form = {"outcome": "READ", "version": stored.given_at.isoformat()}

    assert client.post(f"{ANSWERS}{stored.id}/", form).status_code == 303
    again = client.post(f"{ANSWERS}{stored.id}/", form)

    assert again.status_code == 409
    assert "Dit antwoord is al behandeld of intussen gewijzigd." in again.content.decode()
    assert client.post(f"{ANSWERS}999999999/", form).status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"outcome": "WEG", "version": NOW.isoformat()},
        {"outcome": "READ", "version": "gisteren"},
        {"outcome": "READ", "version": NOW.isoformat(), "operator": "1"},
    ],
)
def test_inv33_a_form_that_is_not_ours_handles_nothing(form: dict[str, str]):
    stored = answer(text="Bedankt")

    assert browser_of(operator()).post(f"{ANSWERS}{stored.id}/", form).status_code == 400
    stored.refresh_from_db()
    assert stored.handled_at is None


def test_a_long_list_has_pages_and_asks_as_many_queries_for_many_answers_as_for_one():
    answer("btw", "nl", reader=0, text="Antwoord 0")
    client = browser_of(operator())
    one = query_count(client, ANSWERS)
    for reader in range(1, 52):
        answer("btw", "nl", reader=reader, text=f"Antwoord {reader}")

    page = client.get(ANSWERS).context["page"]

    assert query_count(client, ANSWERS) == one
    assert (len(page.rows), page.newer_url, page.older_url) == (50, "", f"{ANSWERS}?bladzijde=2")
    second = client.get(page.older_url).context["page"]
    assert (len(second.rows), second.newer_url, second.older_url) == (2, f"{ANSWERS}?bladzijde=1", "")


def test_an_answer_outlives_the_article_it_is_about():
    stored = answer(text="Bedankt")
    Feedback.objects.filter(id=stored.id).update(article="vroeger")

    (row,) = browser_of(operator()).get(ANSWERS).context["page"].rows

    assert row.title == "vroeger"


def test_the_list_of_articles_leads_the_operator_to_the_answers():
    assert b"Wat lezers antwoordden" in browser_of(operator()).get("/help/").content
