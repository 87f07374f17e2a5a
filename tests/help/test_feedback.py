"""Was this article useful? Yes is thanked, no is asked why; one answer for each reader and article."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.books import NOW, new_domain, new_user
from tests.portal.pages import browser_of, query_count
from tests.portal.test_security import kept_nowhere, strict
from zelfboeken.access.models import AccountEvent, User
from zelfboeken.access.operator import OperatorAccess
from zelfboeken.access.services import add_member
from zelfboeken.help.articles import library
from zelfboeken.help.models import Feedback, Outcome, Reason
from zelfboeken.help.services import AlreadyHandled, handle, visitor_of
from zelfboeken.help.views import COOKIE

pytestmark = pytest.mark.django_db

URL = "/help/btw/"
NO = {"useful": "no", "language": "nl"}
YES = {"useful": "yes", "language": "nl"}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


def answered() -> list[tuple[Any, ...]]:
    """All that is stored of each answer, but who gave it and when."""
    return list(
        Feedback.objects.order_by("id").values_list("article", "language", "is_useful", "reasons", "text", "mail_to")
    )


def shown(client: Client, url: str = URL) -> str:
    """The part of a page under the article."""
    response = client.get(url, follow=True)
    assert response.status_code == 200
    found = re.search(r'<section\s+class="fb".*?</section>', response.content.decode(), re.S)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


def test_every_article_ends_with_the_question():
    client = Client()

    for slug in library().by_slug:
        assert shown(client, reverse("help_article", args=[slug])) == "Was dit artikel nuttig? Ja Nee"


def test_a_yes_is_thanked_and_leads_to_the_next_step():
    client = Client()

    response = client.post("/help/start/", YES, follow=True)

    assert response.redirect_chain == [("/help/start/?antwoord=gegeven#feedback", 303)]
    assert shown(client, "/help/start/") == (
        "Fijn. Bedankt voor je beoordeling Volgende stap: Documenten opladen Wijzig mijn antwoord"
    )
    assert answered() == [("start", "nl", True, [], "", None)]


def test_a_no_says_sorry_and_asks_why():
    client = Client()

    asked = shown(client, f"{URL}?antwoord=nee")

    assert asked.startswith("Sorry dat we je niet konden helpen")
    for reason in (
        "Ik vind niet wat ik zoek",
        "De uitleg is moeilijk",
        "Het klopt niet met wat ik zie",
        "Er ontbreekt een stap",
    ):
        assert reason in asked
    assert answered() == []


@pytest.mark.parametrize(
    "why",
    [{"reason": ["NOT_FOUND"]}, {"text": "Ik zocht rooster 83"}, {"reason": ["DIFFICULT", "NOT_TRUE"], "text": " Ja "}],
)
def test_a_no_with_a_reason_or_a_text_is_sent_and_promised_to_be_used(why: dict[str, Any]):
    client = Client()

    client.post(URL, {**NO, **why})

    assert shown(client) == (
        "Feedback verzonden "
        "We stellen je moeite op prijs en gebruiken je antwoord om dit artikel te verbeteren. Wijzig mijn antwoord"
    )
    assert answered() == [("btw", "nl", False, why.get("reason", []), why.get("text", "").strip(), None)]


def test_a_no_without_a_reason_is_asked_again_and_nothing_is_stored():
    response = Client().post(URL, {**NO, "text": "   "})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Kies een reden of schrijf kort wat je zocht." in page
    assert 'href="#answer-not_found"' in page
    assert 'id="answer-not_found"' in page
    assert answered() == []


def test_a_text_that_is_too_long_is_kept_in_the_field_and_not_stored():
    response = Client().post(URL, {**NO, "text": "x" * 2_001, "reason": ["DIFFICULT"]})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Je tekst telt 2001 tekens. Kort hem in tot 2000." in page
    assert "x" * 2_001 in page
    assert re.search(r'value="DIFFICULT"\s+checked', page)
    assert answered() == []


def test_a_reader_counts_once_for_an_article_and_his_last_answer_holds():
    client = Client()

    client.post(URL, {**NO, "reason": ["DIFFICULT"], "text": "Te lang"})
    client.post(URL, YES)
    client.post(URL, YES)
    assert answered() == [("btw", "nl", True, [], "", None)]

    assert shown(client, f"{URL}?antwoord=wijzig") == "Was dit artikel nuttig? Ja Nee"
    client.post(URL, {**NO, "reason": ["STEP_MISSING"]})
    assert answered() == [("btw", "nl", False, ["STEP_MISSING"], "", None)]

    client.post("/help/start/", YES)
    assert len(answered()) == 2


def test_two_readers_are_two_and_a_user_is_one_on_every_device():
    _domain, user = new_domain()
    for client in (Client(), Client(), browser_of(user), browser_of(user)):
        client.post(URL, YES)

    assert len(answered()) == 3


def test_who_a_reader_is_is_not_stored_and_two_answers_of_one_cannot_be_laid_together():
    _domain, user = new_domain()
    client = browser_of(user)
    client.post(URL, YES)
    client.post("/help/start/", {**NO, "reason": ["DIFFICULT"]})

    visitors = set(Feedback.objects.values_list("visitor", flat=True))
    assert len(visitors) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in visitors)
    assert {(one.mail_to_id, one.handled_by_id) for one in Feedback.objects.all()} == {(None, None)}


def test_a_cookie_comes_only_with_an_answer_and_is_out_of_reach_of_scripts_and_other_pages():
    client = Client()
    client.get(URL)
    assert COOKIE not in client.cookies

    client.post(URL, YES)
    kept = client.cookies[COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/help/")

    _domain, user = new_domain()
    known = browser_of(user)
    known.post(URL, YES)
    assert COOKIE not in known.cookies


@pytest.mark.parametrize("cookie", ["", "kort", "x" * 200, "<script>alert(1)</script>", "a b c d e f g h i j k l m"])
def test_a_cookie_that_is_not_ours_is_replaced(cookie: str):
    client = Client()
    client.cookies[COOKIE] = cookie

    client.post(URL, YES)

    assert re.fullmatch(r"[A-Za-z0-9_-]{20,64}", client.cookies[COOKIE].value)
    assert len(answered()) == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"useful": "misschien", "language": "nl"},
        {"useful": "yes"},
        {"useful": "yes", "language": "de"},
        {**NO, "reason": ["ANDERS"]},
        {**NO, "reason": ["DIFFICULT"], "article": "start"},
        {**NO, "reason": ["DIFFICULT"], "domain": "bakkerij"},
        {**NO, "text": "nul\0"},
    ],
)
def test_inv33_a_form_that_is_not_ours_is_refused_and_stores_nothing(form: dict[str, Any]):
    assert Client().post(URL, form).status_code == 400
    assert answered() == []


def test_a_form_of_another_site_is_refused():
    client = Client(enforce_csrf_checks=True)

    assert client.post(URL, YES).status_code == 403
    assert answered() == []


def test_too_many_answers_have_to_wait():
    client = Client()

    codes = [client.post(URL, YES).status_code for _ in range(13)]

    assert codes == [303] * 12 + [429]
    assert b"Te veel pogingen" in client.post(URL, YES).content
    assert client.get(URL).status_code == 200


def test_inv24_answers_that_are_too_many_are_logged_once_in_an_hour_with_their_place():
    reader = new_user("lezer@example.test")
    client = browser_of(reader)

    codes = [client.post(URL, YES, headers={"user-agent": "Krant"}).status_code for _ in range(15)]

    assert codes == [303] * 12 + [429] * 3
    [event] = AccountEvent.objects.filter(action="help_refused")
    assert (event.user_id, event.email, event.ip, event.device) == (reader.pk, reader.email, "127.0.0.1", "Krant")
    assert event.detail == {"code": "too_many", "doing": f"POST {URL}"}


def test_without_a_cookie_the_address_is_counted(settings: Any):
    assert settings.ACCOUNT_RATE_LIMITS["help_answer"] == "60/h/ip,12/h/key"
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "help_answer": "3/h/ip,12/h/key"}

    codes = [Client().post(URL, YES).status_code for _ in range(4)]

    assert codes == [303] * 3 + [429]
    assert len(answered()) == 3


def test_an_answer_is_about_the_text_that_was_read_in_whatever_language_the_reader_is_now():
    client = Client(headers={"accept-language": "fr"})

    client.post(URL, {"useful": "yes", "language": "en"})

    stored = Feedback.objects.get()
    assert (stored.language, stored.edition_on) == ("en", library().article("btw", "en").updated_on)


def test_an_article_that_does_not_exist_is_not_answered():
    assert Client().get("/help/bestaat-niet/").status_code == 404
    assert Client().post("/help/bestaat-niet/", YES).status_code == 404
    assert Client().put(URL).status_code == 405
    assert answered() == []


# Pages


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("nl", "Een document dat dubbel lijkt"),
        ("fr", "Un document qui semble en double"),
        ("en", "A document that looks double"),
        ("de", "Een document dat dubbel lijkt"),
        ("", "Een document dat dubbel lijkt"),
    ],
)
def test_the_help_is_in_the_language_of_the_browser_and_else_in_dutch(asked: str, title: str):
    page = Client(headers={"accept-language": asked}).get("/help/dubbele-documenten/").content.decode()

    assert re.findall("<h1[^>]*>([^<]+)", page) == [title]


def test_a_user_reads_the_help_in_his_own_language():
    _domain, user = new_domain()
    User.objects.filter(pk=user.pk).update(language="fr")

    page = browser_of(user).get("/help/btw/", headers={"accept-language": "nl"}).content.decode()

    assert "Vérifier la déclaration TVA" in page
    assert "Cet article vous a-t-il été utile ?" in page


def test_an_article_in_another_language_says_so_and_marks_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(library().by_slug["btw"], "fr")

    page = Client(headers={"accept-language": "fr"}).get("/help/btw/").content.decode()

    assert "Cet article n’existe pas encore dans votre langue. Vous le lisez en néerlandais." in page
    assert re.search(r'<h1\s+lang="nl"\s*>\s*De btw-aangifte nakijken', page)
    assert '<input type="hidden" name="language" value="nl">' in page


def test_the_list_has_every_article_once_and_a_search_fewer():
    client = Client()

    page = client.get("/help/").context["page"]
    assert sorted(link.url for theme in page.themes for link in theme.links) == sorted(
        f"/help/{slug}/" for slug in library().by_slug
    )
    found = client.get("/help/", {"q": "Créditnota"}).context["page"].found
    assert found[0].url == "/help/creditnota-en-verlegde-btw/"
    nothing = client.get("/help/", {"q": "<script>xyz</script>"})
    assert "Niets gevonden" in nothing.content.decode()
    assert b"<script>xyz" not in nothing.content


def test_a_reader_who_is_not_signed_in_asks_nothing_of_the_database():
    client = Client()
    for url in ("/help/", "/help/?q=btw", URL, f"{URL}?antwoord=nee"):
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        assert [one["sql"] for one in asked] == []


def test_a_search_asks_as_many_queries_as_an_article():
    _domain, user = new_domain()
    client = browser_of(user)

    assert query_count(client, "/help/?q=factuur") == query_count(client, "/help/?q=bestaatniet") <= 5


def test_every_page_of_a_domain_leads_to_its_article_and_that_back_to_the_domain():
    domain, user = new_domain(slug="aa-eerst")
    second, _other = new_domain(slug="zz-laatst")
    add_member(domain=second, user=user)
    client = browser_of(user)

    page = client.get("/help/btw/?domein=zz-laatst")
    assert page.context["shell"].place.url == "/d/zz-laatst/"
    assert page.context["page"].do_it.url == "/d/zz-laatst/btw/"
    assert client.get("/help/start/").context["page"].do_it.url == "/d/zz-laatst/"
    assert client.get("/help/start/?domein=van-een-ander").context["shell"].place.url == "/d/zz-laatst/"
    assert browser_of(user).get("/help/start/?domein=van-een-ander").context["shell"].place.url == f"/d/{domain.slug}/"
    assert client.get("/help/sneltoetsen/").context["page"].do_it is None
    assert Client().get("/help/btw/?domein=zz-laatst").context["shell"].place is None


def test_inv31_the_help_has_the_strict_headers_and_no_script_of_its_own():
    for slug in ("", *library().by_slug):
        response = Client().get(f"/help/{slug}/" if slug else "/help/")
        strict(response)
        kept_nowhere(response)
        body = response.content.decode()
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", body) == []


# Mails


def _operator() -> OperatorAccess:
    user = new_user("beheer@example.test")
    return OperatorAccess(user_id=user.id, user_name=user.name, portal_id=1)


def _wish(user: User) -> Feedback:
    browser_of(user).post(URL, {**NO, "reason": ["DIFFICULT"], "mail": "1"})
    return Feedback.objects.get()


def test_only_who_is_known_and_asks_for_it_is_kept_for_a_mail():
    Client().post(URL, {**NO, "reason": ["DIFFICULT"], "mail": "1"})
    assert "Mail me als dit aangepast is" not in shown(Client(), f"{URL}?antwoord=nee")
    assert Feedback.objects.get().mail_to_id is None
    Feedback.objects.filter().update(article="start")

    _domain, user = new_domain()
    assert "Mail me als dit aangepast is" in shown(browser_of(user), f"{URL}?antwoord=nee")
    browser_of(user).post(URL, {**NO, "reason": ["DIFFICULT"]})
    assert Feedback.objects.get(article="btw").mail_to_id is None


def test_who_asked_for_it_is_mailed_in_his_language_when_the_article_is_adapted_and_then_forgotten():
    access = _operator()
    _domain, user = new_domain()
    User.objects.filter(pk=user.pk).update(language="fr")
    answer = _wish(user)
    assert answer.mail_to_id == user.id

    handle(access=access, feedback_id=answer.id, given_at=answer.given_at, outcome=Outcome.ADAPTED, at=NOW)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([user.email], "Adapté : Vérifier la déclaration TVA")
    answer.refresh_from_db()
    assert (answer.mail_to_id, answer.outcome, answer.handled_by_id) == (None, "ADAPTED", access.user_id)
    with pytest.raises(AlreadyHandled):
        handle(access=access, feedback_id=answer.id, given_at=answer.given_at, outcome=Outcome.ADAPTED, at=NOW)
    assert len(mail.outbox) == 1


def test_an_answer_that_was_changed_since_it_was_read_is_not_marked():
    access = _operator()
    _domain, user = new_domain()
    seen = _wish(user)
    browser_of(user).post(URL, {**NO, "reason": ["NOT_TRUE"], "text": "Toch iets anders"})

    with pytest.raises(AlreadyHandled):
        handle(access=access, feedback_id=seen.id, given_at=seen.given_at, outcome=Outcome.READ, at=NOW)
    assert Feedback.objects.get().handled_at is None


# What the database refuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_useful": False},
        {"is_useful": True, "text": "Toch niet"},
        {"is_useful": True, "reasons": ["DIFFICULT"]},
        {"is_useful": False, "reasons": ["ANDERS"]},
        {"is_useful": True, "outcome": "READ"},
        {"is_useful": True, "handled_at": NOW},
    ],
)
def test_an_answer_that_makes_no_sense_cannot_be_stored(wrong: dict[str, Any]):
    good = {
        "article": "btw",
        "language": "nl",
        "edition_on": NOW.date(),
        "visitor": visitor_of(article="btw", user_id=1, cookie=""),
        "given_at": NOW,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(**good, **wrong)

    Feedback.objects.create(**good, is_useful=False, reasons=list(Reason.values))
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(**good, is_useful=True)
