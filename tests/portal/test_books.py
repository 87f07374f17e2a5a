"""Trial balance, journals, GL accounts and entries in a browser."""

from datetime import date
from typing import Any

import pytest

from tests.books import NOW, Books, fill_books, new_domain, open_new_books
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.ledger.services import PostedEntry, post_entry, reverse_entry
from zelfboeken.portal.views import books as pages_of_books
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
PAGES = ["dagboeken/", "rapporten/proefbalans/", "rapporten/rekening/613000/"]


def _post(books: Books, **changes: object) -> PostedEntry:
    return post_entry(access=books.access, entry=books.entry(**changes), at=NOW)


def _page(books: Books, rest: str) -> Any:
    response = browser_of(books.user).get(address(books, rest))
    assert response.status_code == 200
    return response.context["page"]


def _all_of_2026(rest: str) -> str:
    return f"{rest}?van=2026-01-01&tot=2026-12-31"


def test_the_trial_balance_shows_each_account_with_its_balance_on_one_side_and_balances():
    with open_new_books() as books:
        _post(books)
        _post(books, on_date=date(2026, 10, 5))

    page = _page(books, "rapporten/proefbalans/?van=2026-11-01&tot=2026-11-30")

    rows = {row.code: row for row in page.rows}
    assert (rows["613000"].debit, rows["613000"].balance_debit) == ("100,00", "200,00")
    assert (rows["440000"].credit, rows["440000"].balance_credit) == ("121,00", "242,00")
    assert [row.code for row in page.rows if row.is_heading] == ["4", "6"]
    assert (page.debit, page.credit, page.is_balanced) == ("121,00", "121,00", True)
    assert "van=2026-11-01&tot=2026-11-30" in rows["613000"].url


def test_the_last_day_of_a_period_counts():
    with open_new_books() as books:
        _post(books, on_date=date(2026, 11, 12))

    assert _page(books, "rapporten/proefbalans/?van=2026-11-12&tot=2026-11-12").debit == "121,00"
    assert _page(books, "rapporten/proefbalans/?van=2026-11-01&tot=2026-11-11").debit == "0,00"


@pytest.mark.parametrize("query", ["van=x&tot=2026-13-01", "van=0001-01-01", "tot=9999-12-31", "van=%00"])
def test_impossible_dates_in_the_address_give_this_year(query: str):
    with open_new_books() as books:
        _post(books)

    for rest in PAGES:
        assert _page(books, f"{rest}?{query}").period.text == "01/01/2026 – 31/12/2026"


def test_a_date_that_is_none_stays_in_its_field_with_what_is_wrong():
    with open_new_books() as books:
        _post(books)

    for rest in PAGES:
        page = browser_of(books.user).get(address(books, f"{rest}?van=31/11/2026&tot=x"))
        assert [(one.value, one.error) for one in page.context["page"].period.fields] == [
            ("31/11/2026", "31/11/2026 bestaat niet. November heeft 30 dagen."),
            ("x", "“x” is geen datum. Schrijf ze als 17/11/2026."),
        ]
        assert "<title>Fout: " in page.content.decode()


def test_dates_as_people_type_them_lead_to_an_address_with_iso_dates():
    with open_new_books() as books:
        _post(books)

    for rest in PAGES:
        sent = browser_of(books.user).get(address(books, f"{rest}?dagboek=AK&van=0111&tot=30/11/2026"))
        assert (sent.status_code, sent["Location"]) == (
            302,
            address(books, f"{rest}?dagboek=AK&van=2026-11-01&tot=2026-11-30"),
        )


def test_an_account_shows_its_opening_balance_and_the_balance_after_each_line():
    with open_new_books() as books:
        _post(books, on_date=date(2026, 10, 5))
        posted = _post(books)
        _post(books, on_date=date(2026, 11, 13))

    page = _page(books, "rapporten/rekening/613000/?van=2026-11-01&tot=2026-11-30")

    assert page.opening == "100,00"
    assert [row.balance for row in page.rows] == ["200,00", "300,00"]
    assert (page.debit, page.credit, page.closing) == ("200,00", "0,00", "300,00")
    assert page.rows[0].entry_url == address(books, f"dagboeken/{posted.id}/")


def test_a_long_account_is_paged_and_its_balance_runs_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zelfboeken.portal.views.books.LINES", 2)
    with open_new_books() as books:
        for _ in range(3):
            _post(books)

    first = _page(books, _all_of_2026("rapporten/rekening/613000/"))
    second = _page(books, first.older_url.removeprefix(address(books)))

    assert [row.balance for row in first.rows] == ["100,00", "200,00"]
    assert [row.balance for row in second.rows] == ["300,00"]
    assert (first.closing, second.closing) == ("300,00", "300,00")
    assert second.newer_url
    assert not second.older_url


def test_the_journal_shows_entries_newest_first_with_the_sums_of_the_journal():
    with open_new_books() as books:
        _post(books)
        _post(books, on_date=date(2026, 11, 13), description="Later")
        _post(books, journal_id=books.journals["VK"])

    page = _page(books, _all_of_2026("dagboeken/") + "&dagboek=AK")

    assert [entry.description for entry in page.entries] == ["Later", "Aankoop"]
    assert (page.debit, page.credit) == ("242,00", "242,00")
    assert {tab.url.partition("dagboek=")[2][:2]: tab.count for tab in page.tabs if tab.count} == {
        "": "3",
        "AK": "2",
        "VK": "1",
    }


def test_older_entries_of_a_journal_are_on_the_next_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zelfboeken.portal.views.books.ENTRIES", 2)
    with open_new_books() as books:
        for _ in range(3):
            _post(books)

    first = _page(books, _all_of_2026("dagboeken/"))
    second = _page(books, first.older_url.removeprefix(address(books)))

    assert [entry.number for entry in first.entries] == ["AK-2026-0003", "AK-2026-0002"]
    assert [entry.number for entry in second.entries] == ["AK-2026-0001"]
    assert not second.older_url


def test_an_entry_and_its_reversal_lead_to_each_other():
    with open_new_books() as books:
        posted = _post(books)
        undone = reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 11, 25), at=NOW)

    page = _page(books, f"dagboeken/{posted.id}/")

    assert [entry.number for entry in page.entries] == ["AK-2026-0001"]
    assert page.entries[0].note_url == address(books, f"dagboeken/{undone.id}/")
    assert _page(books, f"dagboeken/{undone.id}/").entries[0].note_url == page.entries[0].url


@pytest.mark.parametrize("rest", PAGES)
def test_inv31_a_text_that_looks_like_a_formula_is_text_in_the_export(rest: str):
    with open_new_books() as books:
        _post(books, description="=HYPERLINK(1)")

    response = browser_of(books.user).get(address(books, _all_of_2026(rest)) + "&formaat=csv")

    text = response.content.decode("utf-8-sig")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "100,00" in text
    assert ";=" not in text
    assert "proefbalans" in rest or "'=HYPERLINK(1)" in text


@pytest.mark.parametrize("rest", ["dagboeken/", "rapporten/rekening/613000/"])
def test_a_list_that_is_too_long_for_one_file_says_so_and_is_never_cut(rest: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages_of_books, "EXPORTED", 2)
    with open_new_books() as books:
        _post(books)
        _post(books)
    client = browser_of(books.user)
    url = address(books, _all_of_2026(rest))
    assert client.get(f"{url}&formaat=csv")["Content-Type"].startswith("text/csv")
    with domain_scope(books.domain.id):
        _post(books)

    answer = client.get(f"{url}&formaat=csv")

    assert (answer.status_code, answer["Location"]) == (302, url)
    assert "Dit is te lang voor één bestand. Kies een kortere periode" in client.get(url).content.decode()


@pytest.mark.parametrize("rest", PAGES)
def test_inv31_a_script_in_a_description_is_text(rest: str):
    with open_new_books() as books:
        _post(books, description="<script>alert(1)</script>")

    assert b"<script>alert" not in browser_of(books.user).get(address(books, _all_of_2026(rest))).content


def test_inv09_books_of_another_domain_are_not_there():
    with open_new_books() as books:
        posted = _post(books)
    with open_new_books() as other:
        _post(other)

    client = browser_of(other.user)
    for rest in [*PAGES, f"dagboeken/{posted.id}/"]:
        assert client.get(address(books, rest)).status_code == 404
    assert client.get(address(other, f"dagboeken/{posted.id}/")).status_code == 404


@pytest.mark.parametrize(
    "rest", [f"dagboeken/{10**30}/", "dagboeken/1/", "rapporten/rekening/999999/", "dagboeken/?dagboek=ZZ"]
)
def test_what_does_not_exist_is_not_found(rest: str):
    with open_new_books() as books:
        _post(books)

    assert browser_of(books.user).get(address(books, rest)).status_code == 404


def test_an_entry_of_another_administration_is_not_shown_in_this_one():
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
        other = fill_books(domain, user)
        posted = _post(other)

    client = browser_of(user)
    assert client.get(address(books, f"dagboeken/{posted.id}/")).status_code == 404
    chosen = address(books, f"dagboeken/{posted.id}/?administratie={other.administration.public_id}")
    assert client.get(chosen).status_code == 200


@pytest.mark.parametrize("rest", PAGES)
def test_who_may_not_see_the_books_is_told_why(rest: str):
    with open_new_books() as books:
        _post(books)
    _domain, buyer = new_domain()
    add_member(domain=books.domain, user=buyer, roles=frozenset({Role.PURCHASE}))

    response = browser_of(buyer).get(address(books, rest))

    assert response.status_code == 403
    assert "de boekhouding te bekijken" in response.content.decode()


@pytest.mark.parametrize("rest", PAGES)
def test_a_page_asks_as_many_queries_for_three_entries_as_for_one(rest: str):
    with open_new_books() as books:
        _post(books)
    client = browser_of(books.user)
    one = query_count(client, address(books, _all_of_2026(rest)))
    with domain_scope(books.domain.id):
        _post(books)
        _post(books)

    assert query_count(client, address(books, _all_of_2026(rest))) == one
