"""A line that is not certain asks, with numbered answers; fields that cannot be read say so where they stand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.books import Books, open_new_books
from tests.files import invoice
from tests.portal.pages import browser_of
from tests.portal.test_documents import entries, fields, form_of, hand_in, hand_in_one, told
from zelfboeken.booking.models import Proposal
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def book(client: Client, books: Books, number: str, account: str, text: str = "Dozen") -> None:
    """Book a purchase on an account of one's own choice."""
    url = str(
        hand_in(client, books, (f"{number}.xml", invoice(number, net=f"{number[-1]}00.00", description=text)))[
            "Location"
        ]
    )
    sent = fields(form_of(client, url), **{"line-0-account": account})
    assert client.post(url, sent).status_code == 303


def answer(client: Client, url: str, form: Any, number: int) -> Any:
    sent = fields(form, answer=form.question.choices[number - 1].value)
    del sent["action"]
    return client.post(url, sent)


def test_an_unsure_line_offers_what_is_proposed_and_what_was_done_before(books: Books):
    client = browser_of(books.user)
    book(client, books, "INK-1", "604000")
    book(client, books, "INK-2", "613000")
    url = hand_in_one(client, books, invoice("INK-3", net="300.00", description="Dozen"))

    form = form_of(client, url)

    assert form.head.title == "1 lijn nakijken"
    assert form.question.title == "Waar hoort “Dozen”?"
    assert {choice.title[:6] for choice in form.question.choices} >= {"604000", "613000"}
    assert "zoals voorgesteld" in form.question.choices[0].hint
    assert form.question.call == f"Kies 1 of {len(form.question.choices)}" or form.question.call.startswith("Kies 1, ")
    assert form.lines[0].is_unsure


def test_a_question_about_a_long_text_ends_at_a_whole_word(books: Books):
    text = "Etagenoven met stoomvoorziening en een montageset voor drie fasen"
    url = hand_in_one(browser_of(books.user), books, invoice("INK-1", description=text))

    title = form_of(browser_of(books.user), url).question.title

    assert title == "Waar hoort “Etagenoven met stoomvoorziening en een montageset voor drie …”?"


def test_an_answer_fills_the_line_stores_nothing_and_the_next_key_books_it(books: Books):
    client = browser_of(books.user)
    book(client, books, "INK-1", "604000")
    book(client, books, "INK-2", "613000")
    url = hand_in_one(client, books, invoice("INK-3", net="300.00", description="Dozen"))
    form = form_of(client, url)
    other = next(n for n, choice in enumerate(form.question.choices, start=1) if n > 1)
    wanted = form.question.choices[other - 1].title

    page = answer(client, url, form, other)
    answered = page.context["page"].document.form

    assert page.status_code == 200
    assert (answered.question, answered.head.title) == (None, "Klaar om te boeken")
    assert answered.lines[0].account == wanted
    assert {line.code for line in answered.journal} >= {wanted[:6]}
    assert entries(books) == 2
    sent = fields(answered, **{"line-0-checked": "1"})
    assert client.post(url, sent).status_code == 303
    with domain_scope(books.domain.id):
        (booked,) = (
            one
            for one in Proposal.objects.filter(domain_id=books.domain.id)
            if (one.lines[0][0], one.facts["number"]) == (wanted[:6], "INK-3")
        )
        assert booked.entry_id is not None
        assert Decimal(booked.lines[0][3]) == 100


@pytest.mark.parametrize("value", ["", "9:613000|x|100", "0:613000|bestaat.niet|100", "0:999999|x|1", "0:1", "x:y"])
def test_an_answer_that_was_not_offered_is_refused(books: Books, value: str):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    sent = fields(form_of(client, url), answer=value)
    del sent["action"]

    refused = client.post(url, sent)

    assert refused.status_code == 422
    assert "Die keuze is er niet meer" in told(client, refused)
    assert entries(books) == 0


def test_every_field_that_cannot_be_read_says_so_where_it_stands(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    wrong = {
        "on_date": "31/11/2026",
        "line-0-account": "dozen",
        "line-0-vat": "x",
        "line-0-net": "veel",
        "line-0-deductible": "alles",
    }

    refused = client.post(url, fields(form_of(client, url), **wrong))
    form = refused.context["page"].document.form

    assert refused.status_code == 422
    assert [problem.field_id for problem in form.problems] == [
        "field-on_date",
        "line-0-account",
        "line-0-vat",
        "line-0-net",
        "line-0-deductible",
    ]
    date = next(field for field in form.fields if field.name == "on_date")
    assert (date.value, date.error) == ("31/11/2026", "31/11/2026 bestaat niet. November heeft 30 dagen.")
    (line,) = form.lines
    assert (line.account, line.net, line.deductible) == ("dozen", "veel", "alles")
    assert line.account_error == "Kies een rekening voor lijn 1."
    assert line.vat_error == "Kies een btw-code voor lijn 1."
    assert line.net_error == "“veel” is geen bedrag. Schrijf het als 1.234,56."
    assert line.deductible_error == "“alles” is geen percentage. Schrijf een getal van 0 tot 100."
    assert entries(books) == 0


def test_an_account_that_is_not_in_the_chart_is_said_at_its_line(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)

    refused = client.post(url, fields(form_of(client, url), **{"line-0-account": "999999"}))

    (problem,) = refused.context["page"].document.form.problems
    assert (problem.field_id, refused.status_code) == ("line-0-account", 422)


def test_a_sum_in_an_amount_field_is_computed_without_a_script(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)

    answered = client.post(url, fields(form_of(client, url), **{"line-0-net": "50*2"}))

    assert answered.status_code == 303
    assert entries(books) == 1


def test_booking_and_skipping_stay_in_the_list_that_is_shown(books: Books):
    client = browser_of(books.user)
    urls = [
        str(hand_in(client, books, (f"{n}.xml", invoice(f"INK-{n}", net=f"{n}0.00")))["Location"]) for n in (1, 2, 3)
    ]
    second = f"{urls[1]}?filter=kiezen&q=INK"
    form = form_of(client, second)

    assert form.url == second
    assert form.skip_url == f"{urls[2]}?filter=kiezen&q=INK"
    assert client.post(form.url, fields(form))["Location"] == f"{urls[2]}?filter=kiezen&q=INK"
    last = form_of(client, f"{urls[2]}?filter=kiezen&q=INK")
    assert last.skip_url == f"{urls[0]}?filter=kiezen&q=INK"
