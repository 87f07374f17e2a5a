"""The months of the books in a browser: blocked, opened, and closed for good after one more question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.banking import bank_lines, office_member, open_books_with_bank, take_in
from tests.books import Books, fill_books, new_user, open_new_books
from tests.files import movement, statement
from tests.intake import receive, ubl
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.models import User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import add_member
from zelfboeken.ledger.opening import add_fiscal_year
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

LONG_AGO = date(2026, 3, 16)


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        pass
    return made


def controller(books: Books) -> Client:
    with domain_scope(books.domain.id):
        return browser_of(office_member(books, PortalRole.CONTROLLER)[0])


def page_of(client: Client, books: Books) -> Any:
    response = client.get(address(books, "periodes/"))
    assert response.status_code == 200
    return response.context["page"]


def rows(client: Client, books: Books) -> dict[str, str]:
    return {row.name: row.state.text for year in page_of(client, books).years for row in year.rows}


def test_a_month_is_blocked_with_those_before_it_and_opened_again(books: Books):
    client = controller(books)

    assert client.post(address(books, "periodes/"), {"block": "2026-02-01"}).status_code == 303
    assert list(rows(client, books).values())[:3] == ["geblokkeerd", "geblokkeerd", "open"]
    told = client.post(address(books, "periodes/"), {"open": "2026-01-01"}, follow=True).content.decode()

    assert "Weer open: januari 2026 tot en met februari 2026" in told
    assert set(rows(client, books).values()) == {"open"}


def test_closing_asks_once_more_what_it_means_and_what_still_waits(books: Books):
    with domain_scope(books.domain.id):
        receive(books, ubl(("Dozen", "70.00", "S", "21"), number="2026-9", issued_on=LONG_AGO))
        take_in(
            books, statement(movement(-4_500, text="DIVERSE", iban=None, name="ONBEKEND", on=LONG_AGO), on=LONG_AGO)
        )
        month = bank_lines(books)[0].booked_on.replace(day=1)
    client = controller(books)

    asked = client.post(address(books, "periodes/"), {"close": month.isoformat()})

    assert asked.status_code == 422
    assert (
        asked.context["page"].confirm.texts[1] == "Hierin wacht nog: 1 document niet geboekt, 1 banklijn niet geboekt."
    )
    assert set(rows(client, books).values()) == {"open"}
    sent = {"close": month.isoformat(), "agreed": "1"}
    assert client.post(address(books, "periodes/"), sent).status_code == 303
    assert list(rows(client, books).values())[: month.month] == ["afgesloten"] * month.month
    again = client.post(address(books, "periodes/"), sent)
    assert again.status_code == 409
    assert "Deze maand is afgesloten en blijft dat." in again.content.decode()


def test_a_form_changes_the_books_it_shows_also_when_another_tab_chose_others(books: Books):
    with domain_scope(books.domain.id):
        other = fill_books(books.domain, books.user)
    client = controller(books)
    chosen = [address(books, f"periodes/?administratie={one.administration.public_id}") for one in (books, other)]
    shown = page_of(client, books)
    client.get(chosen[1])

    assert client.post(shown.url, {"close": "2026-02-01"}).context["page"].books == shown.books
    assert client.post(shown.url, {"close": "2026-02-01", "agreed": "1"}).status_code == 303

    states = [[row.state.text for row in client.get(one).context["page"].years[0].rows][:3] for one in chosen]
    assert states == [["afgesloten", "afgesloten", "open"], ["open"] * 3]


def test_months_are_named_in_french_as_one_says_them(books: Books):
    client = controller(books)
    french = {"headers": {"accept-language": "fr"}}
    User.objects.filter(id=client.session["_auth_user_id"]).update(language="fr")

    told = client.post(address(books, "periodes/"), {"block": "2026-04-01"}, follow=True, **french)

    assert "Bloqué : janvier 2026 à avril 2026" in told.content.decode()
    assert "Rouvrir dès avril 2026" in told.content.decode()


@pytest.mark.parametrize("form", [{}, {"block": "november"}, {"block": ""}, {"close": "2026-13-01"}])
def test_a_form_that_no_page_sends_is_refused(books: Books, form: dict[str, str]):
    assert controller(books).post(address(books, "periodes/"), form).status_code == 400


def test_a_month_of_no_fiscal_year_is_told(books: Books):
    for form in ({"block": "1999-01-01"}, {"close": "1999-01-01"}):
        answer = controller(books).post(address(books, "periodes/"), form)
        assert answer.status_code == 409
        assert "Deze maand hoort bij geen boekjaar." in answer.content.decode()


def test_a_month_that_is_not_over_has_no_button_to_close_it_and_is_not_closed_without(books: Books):
    month = timezone.localdate().replace(day=1).isoformat()
    with domain_scope(books.domain.id):
        if timezone.localdate().year > 2026:
            add_fiscal_year(
                domain_id=books.domain.id,
                administration_id=books.administration.id,
                year=timezone.localdate().year,
            )
    client = controller(books)

    answer = client.post(address(books, "periodes/"), {"close": month})

    assert answer.status_code == 409
    assert "Deze maand is nog niet voorbij." in answer.content.decode()
    names = {one.value: one.name for year in page_of(client, books).years for row in year.rows for one in row.actions}
    assert names[month] == "block"


def test_who_may_not_change_months_sees_their_state_and_no_button(books: Books):
    page = page_of(browser_of(books.user), books)

    assert page.key == ""
    assert {row.actions for year in page.years for row in year.rows} == {()}
    assert browser_of(books.user).post(address(books, "periodes/"), {"block": "2026-01-01"}).status_code == 403


def test_what_can_be_done_with_a_month_follows_its_state(books: Books):
    client = controller(books)
    client.post(address(books, "periodes/"), {"close": "2026-01-01", "agreed": "1"})
    client.post(address(books, "periodes/"), {"block": "2026-02-01"})

    first, second, third = (page_of(client, books).years[0].rows)[:3]

    assert first.actions == ()
    assert [one.label for one in second.actions] == [
        "Maak open vanaf februari 2026",
        "Sluit af tot en met februari 2026",
    ]
    assert [one.name for one in third.actions] == ["block", "close"]


def test_books_without_a_fiscal_year_say_so():
    with open_new_books(has_chart=False) as books:
        pass
    page = page_of(browser_of(books.user), books)

    assert (page.years, page.empty.title) == ((), "Er is nog geen boekjaar")


def test_the_newest_year_comes_first_and_the_page_asks_the_same_number_of_queries(books: Books):
    client = controller(books)
    few = query_count(client, address(books, "periodes/"))
    with domain_scope(books.domain.id):
        add_fiscal_year(domain_id=books.domain.id, administration_id=books.administration.id, year=2027)

    assert [year.title for year in page_of(client, books).years] == ["Boekjaar 2027", "Boekjaar 2026"]
    assert query_count(client, address(books, "periodes/")) == few


def test_who_sees_no_books_finds_no_months(books: Books):
    user = new_user("verkoop@example.test")
    with domain_scope(books.domain.id):
        add_member(domain=books.domain, user=user, roles=frozenset({Role.SALES}))

    assert browser_of(user).get(address(books, "periodes/")).status_code == 403
