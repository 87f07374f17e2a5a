"""The pages of the Backoffice monitor (product A11)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.banking import add_account
from tests.books import Books
from tests.files import OUR_IBAN, movement, statement
from tests.intake import receive, ubl
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of, query_count
from zelfboeken.access.models import DomainAssignment, PortalMember, SavedView
from zelfboeken.access.rights import PortalRole
from zelfboeken.portal.views.monitor import LIMIT
from zelfboeken.tenancy.models import Domain, Lifecycle, Workflow
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.models import Counter, DayException
from zelfboeken.workload.queries import calendar_of

pytestmark = pytest.mark.django_db
URL = "/kantoor/monitor/"
LINE = ("Verpakking", "100.00", "S", "21")


def deliver(books: Books, *, at: datetime, number: str = "2026-1") -> None:
    with domain_scope(books.domain.id):
        receive(books, ubl(LINE, number=number), name=f"{number}.xml", at=at)


def domain_in(office: Office, name: str, **facts: object) -> Domain:
    return Domain.objects.create(
        portal=office.portal, slug=name.lower(), name=name, lifecycle=Lifecycle.ACTIVE, **facts
    )  # type: ignore[misc]


def count(domain: Domain, **columns: object) -> None:
    with domain_scope(domain.id):
        Counter.objects.update_or_create(domain_id=domain.id, defaults=columns)


def text(client: Client, url: str = URL) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows(client: Client, query: str = "") -> list[str]:
    """The slugs of the rows, in order."""
    return re.findall(r'<tr id="row-([a-z0-9-]+)"', client.get(f"{URL}{query}").content.decode())


def test_the_staff_of_an_office_arrives_at_the_monitor():
    assert new_office().browser().get("/kantoor/")["Location"] == URL


def test_a_row_tells_what_waits_and_how_long_and_leads_to_it():
    office = new_office()
    slug = office.domain.slug
    deliver(office.books, at=timezone.now() - timedelta(days=9))
    with domain_scope(office.domain.id):
        add_account(office.books, OUR_IBAN, "Zichtrekening", "550000", "B1")
        on = timezone.localdate() - timedelta(days=3)
        receive(office.books, statement(movement(-1_000, text="kosten"), on=on), name="bank.cod")

    page = office.browser().get(URL).content.decode()

    row = re.search(rf'<tr id="row-{slug}".*?</tr>', page, re.S)
    assert row is not None
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row[0]))
    assert "1 document, 9 d · 1 banklijn" in told
    assert f"{on:%d/%m}" in told
    assert "Boek 1 stuk" in told
    for key, url in (
        ("d", f"/d/{slug}/documenten/"),
        ("b", f"/d/{slug}/bank/"),
        ("v", f"/d/{slug}/vragen/"),
        ("e", f"/kantoor/domeinen/{slug}/"),
    ):
        assert re.search(rf'href="{url}"\s+data-key="{key}"', page), key
    assert re.search(rf'href="/d/{slug}/btw/[0-9K-]+/"\s+data-key="t"', page)
    assert re.search(rf'href="/d/{slug}/"\s+data-key="Enter"', page)


def test_documents_stand_under_the_day_they_are_promised_for():
    office = new_office()
    now = timezone.now()
    deliver(office.books, at=now - timedelta(days=20), number="oud")
    deliver(office.books, at=now, number="nieuw")
    is_today = calendar_of(office.portal.id).day_for(now) == timezone.localdate(now)
    client = office.browser()

    assert rows(client, "?toon=gisteren") == [office.domain.slug]
    assert rows(client, "?toon=vandaag") == ([office.domain.slug] if is_today else [])
    assert rows(client, "?toon=morgen") == ([] if is_today else [office.domain.slug])
    assert "Gisteren 1 in 1 domein" in text(client)


def test_a_day_on_which_the_office_closes_moves_what_is_promised():
    office = new_office()
    now = timezone.now()
    deliver(office.books, at=now)
    DayException.objects.create(portal=office.portal, on_date=timezone.localdate(now), works=False)

    told = text(office.browser())

    assert "Het kantoor werkt vandaag niet." in told
    assert rows(office.browser(), "?toon=morgen") == [office.domain.slug]
    assert rows(office.browser(), "?toon=vandaag") == []


def test_s6_an_excluded_domain_leaves_the_list_and_stands_among_the_self_bookers():
    office = new_office()
    deliver(office.books, at=timezone.now())
    client = office.browser()
    assert rows(client) == [office.domain.slug]

    Domain.objects.filter(id=office.domain.id).update(workflow=Workflow.EXCLUDED)
    assert rows(client) == []
    assert rows(client, "?werk=zelfboekers") == [office.domain.slug]
    assert "Laatste activiteit" in text(client, f"{URL}?werk=zelfboekers")

    Domain.objects.filter(id=office.domain.id).update(workflow=Workflow.NORMAL)
    assert rows(client) == [office.domain.slug]


def test_questions_and_returns_of_an_excluded_domain_reach_the_office():
    office = new_office(workflow=Workflow.EXCLUDED)
    count(office.domain, questions_to_office=2, returns={"1": 1}, documents=5)
    client = office.browser()

    told = text(client)

    assert "1 zelfboeker vraagt je aandacht" in told
    assert "Vragen 2 in 1 domein" in told
    assert rows(client) == []
    assert rows(client, "?toon=vragen") == [office.domain.slug]
    row = re.search(r"<tr id=.*?</tr>", client.get(f"{URL}?toon=vragen").content.decode(), re.S)
    assert row is not None
    assert "Zelfboeker" in row[0]
    assert "Boek 5 stukken" not in row[0]
    is_soon = 0 <= 20 - timezone.localdate().day <= 7
    assert rows(client, "?toon=btw") == ([office.domain.slug] if is_soon else [])


def test_domains_where_nothing_waits_are_one_press_away():
    office = new_office()
    client = office.browser()

    assert rows(client) == []
    assert "Alle domeinen zijn bij" in text(client)
    assert "Toon 1 domein dat bij is" in text(client)
    assert rows(client, "?bij=1") == [office.domain.slug]
    assert "Verberg domeinen die bij zijn" in text(client, f"{URL}?bij=1")


def test_mine_all_and_unassigned():
    office = new_office()
    mine, other = domain_in(office, "Aaa"), domain_in(office, "Bbb")
    colleague = new_staff(office.portal, PortalRole.PORTAL_BACKOFFICE, domain=other)
    for domain in (mine, other, office.domain):
        count(domain, documents=1)
    DomainAssignment.objects.create(
        member=PortalMember.objects.get(user=office.admin), domain=mine, task=DomainAssignment.Task.RESPONSIBLE
    )
    client = office.browser()

    assert set(rows(client)) == {mine.slug, other.slug, office.domain.slug}
    assert rows(client, "?wie=mijn") == [mine.slug]
    assert rows(client, "?wie=zonder") == [office.domain.slug]
    assert "Alles 3 Mijn domeinen 1 Niet toegewezen 1" in text(client)
    own = browser_of(colleague)
    assert rows(own) == [other.slug]
    assert "Niet toegewezen" not in text(own)


def test_inv09_nobody_sees_or_counts_a_domain_he_does_not_reach():
    ours, theirs = new_office(), new_office()
    count(ours.domain, documents=3, questions_to_office=1, bank_lines=2)
    count(theirs.domain, documents=50, questions_to_office=50, bank_lines=50)
    colleague = browser_of(new_staff(ours.portal, PortalRole.CONTROLLER))
    manager = new_staff(ours.portal, PortalRole.PORTAL_BACKOFFICE)
    DomainAssignment.objects.create(
        member=PortalMember.objects.get(user=manager),
        domain=ours.domain,
        task=DomainAssignment.Task.ACCOUNT_MANAGER,
    )

    told = text(ours.browser())
    assert (theirs.domain.name in told, ours.domain.name in told) == (False, True)
    assert "Banklijnen te koppelen 2" in told
    for client in (colleague, browser_of(manager)):
        assert rows(client, "?bij=1") == []
        assert ours.domain.name not in text(client, f"{URL}?bij=1&domein={ours.domain.slug}")
        assert "Vragen 0 geen" in text(client)
    assert rows(ours.browser(), f"?domein={theirs.domain.slug}") == [ours.domain.slug]


@pytest.mark.parametrize("lifecycle", [Lifecycle.BLOCKED, Lifecycle.ARCHIVED, Lifecycle.INACTIVE])
def test_a_domain_in_which_nothing_can_be_written_is_nobodys_work(lifecycle: Lifecycle):
    office = new_office()
    count(office.domain, documents=3)
    assert rows(office.browser()) == [office.domain.slug]
    Domain.objects.filter(id=office.domain.id).update(lifecycle=lifecycle)

    assert rows(office.browser(), "?bij=1") == []


def test_data_entry_gets_only_the_queues_it_may_open():
    office = new_office()
    count(office.domain, documents=1, bank_lines=1, returns={"1": 1})
    entry = browser_of(new_staff(office.portal, PortalRole.DATA_ENTRY, domain=office.domain))

    page = entry.get(URL).content.decode()

    assert 'data-key="d"' in page
    assert 'data-key="v"' in page
    assert 'data-key="b"' not in page
    assert 'data-key="t"' not in page


def test_the_chosen_domain_stands_in_the_address_and_beside_the_list():
    office = new_office()
    other = domain_in(office, "Zzz")
    count(office.domain, documents=2, oldest_document_at=timezone.now() - timedelta(days=9))
    count(other, documents=1, oldest_document_at=timezone.now())

    page = office.browser().get(f"{URL}?domein=zzz").content.decode()

    assert re.search(r'<h2 class="cut">\s*Zzz', page)
    assert re.findall(r'href="([^"]*)"\s+data-row\s+aria-current="true"', page) == [f"{URL}?domein=zzz"]
    first = office.browser().get(URL).content.decode()
    assert f"{URL}?domein={office.domain.slug}" in re.findall(r'href="([^"]*)"\s+data-row\s+aria-current="true"', first)


def test_what_refreshes_by_itself_does_not_move_the_page():
    office = new_office()
    count(office.domain, documents=2)
    url = f"{URL}?domein={office.domain.slug}"
    client = office.browser()

    assert "data-arrive" in client.get(url).content.decode()
    again = client.get(url, headers={"HX-Request": "true", "HX-Trigger": "refresh"}).content.decode()
    assert "data-arrive" not in again
    assert re.search(rf'id="refresh"\s+href="{re.escape(url)}"', again)


def test_words_are_looked_for_in_the_name_and_the_address():
    office = new_office()
    domain_in(office, "Bakker-Gent")
    client = office.browser()

    assert rows(client, "?q=GENT+bak") == ["bakker-gent"]
    assert rows(client, "?q=niets") == []
    assert "Zoek een andere naam, of haal een filter weg." in text(client, f"{URL}?q=niets")


@pytest.mark.parametrize("query", ["?wie=iedereen", "?werk=normaal", "?toon=alles", "?bij=2"])
def test_an_address_that_asks_for_what_is_not_there_leads_nowhere(query: str):
    assert new_office().browser().get(f"{URL}{query}").status_code == 404


def test_a_long_list_comes_in_pages():
    office = new_office()
    for n in range(LIMIT + 3):
        count(domain_in(office, f"Domein-{n:03d}"), documents=1)
    client = office.browser()

    assert len(rows(client)) == LIMIT
    assert len(rows(client, "?blad=2")) == 3
    assert rows(client, "?blad=99") == rows(client, "?blad=2")
    assert "blad=2" in client.get(URL).content.decode()


def test_many_domains_take_as_many_questions_to_the_database_as_one():
    office = new_office()
    count(office.domain, documents=1)
    client = office.browser()
    few = query_count(client, URL)
    for n in range(40):
        domain = domain_in(office, f"Domein-{n:03d}")
        count(domain, documents=1, questions_to_office=1)

    assert query_count(client, URL) == few


def test_a_view_is_kept_from_what_is_shown_and_forgotten():
    office = new_office()
    client = office.browser()
    url = f"{URL}weergaven/"

    kept = client.post(url, {"action": "keep", "name": "Mijn btw", "query": "wie=mijn&toon=btw&domein=x&kwaad=1"})

    assert (kept.status_code, kept["Location"]) == (303, f"{URL}?wie=mijn&toon=btw")
    page = client.get(f"{URL}?wie=mijn&toon=btw").content.decode()
    assert re.search(r'href="/kantoor/monitor/\?wie=mijn&amp;toon=btw"[^>]*aria-current="true"\s*>Mijn btw', page)
    view = SavedView.objects.get(member__user=office.admin)
    assert client.post(url, {"action": "forget", "view": view.id})["Location"] == URL
    assert not SavedView.objects.filter(id=view.id).exists()


def test_a_view_without_a_name_is_told_and_the_list_stays():
    client = new_office().browser()

    refused = client.post(f"{URL}weergaven/", {"action": "keep", "name": " ", "query": "bij=1"})

    assert refused.status_code == 422
    assert "Geef je weergave een naam." in refused.content.decode()
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {"action": "keep", "name": "X", "query": "toon=alles"},
        {"action": "destroy"},
        {"action": "keep", "name": "X", "query": "", "member": "1"},
    ],
)
def test_a_form_of_views_that_is_not_ours_is_refused(form: dict[str, str]):
    assert new_office().browser().post(f"{URL}weergaven/", form).status_code == 400


def test_inv09_the_view_of_a_colleague_is_not_there():
    office = new_office()
    own = SavedView.objects.create(member=PortalMember.objects.get(user=office.admin), name="Van mij")
    colleague = browser_of(new_staff(office.portal, PortalRole.PORTAL_ADMIN))

    assert "Van mij" not in colleague.get(URL).content.decode()
    for view in (own.id, 10**12):
        assert colleague.post(f"{URL}weergaven/", {"action": "forget", "view": view}).status_code == 404
    assert SavedView.objects.filter(id=own.id).exists()


def test_the_page_speaks_dutch_french_and_english():
    office = new_office()
    client = office.browser()
    for language, word in (("fr", "Moniteur back-office"), ("en", "Backoffice monitor"), ("nl", "Zelfboekers")):
        type(office.admin).objects.filter(id=office.admin.id).update(language=language)
        assert word in text(client)


def test_the_calendar_is_changed_by_its_page():
    office = new_office()
    client = office.browser()
    url = f"{URL}kalender/"
    on = timezone.localdate() + timedelta(days=(7 - timezone.localdate().weekday()) % 7 + 7)
    while not calendar_of(office.portal.id).works_on(on):
        on += timedelta(days=1)

    assert client.post(url, {"action": "hours", "cut_off": "10", "weekdays": ["1", "2", "3"]}).status_code == 303
    assert calendar_of(office.portal.id).cut_off_hour == 10
    client.post(url, {"action": "hours", "cut_off": "12", "weekdays": ["1", "2", "3", "4", "5"]})
    assert client.post(url, {"action": "close", "on": f"{on:%d/%m/%Y}", "name": "Teamdag"}).status_code == 303
    assert "Teamdag" in text(client, url)
    assert not calendar_of(office.portal.id).works_on(on)
    assert client.post(url, {"action": "forget", "on": on.isoformat()}).status_code == 303
    assert calendar_of(office.portal.id).works_on(on)


def test_a_holiday_on_which_is_worked_is_said_on_the_page():
    office = new_office()
    client = office.browser()
    christmas = date(timezone.localdate().year, 12, 25)
    if christmas < timezone.localdate():
        christmas = christmas.replace(year=christmas.year + 1)

    assert "Kerstmis Gesloten We werken wel" in text(client, f"{URL}kalender/")
    client.post(f"{URL}kalender/", {"action": "works", "on": christmas.isoformat()})

    assert calendar_of(office.portal.id).works_on(christmas)
    assert "Kerstmis Werkt Gewone dag" in text(client, f"{URL}kalender/")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"action": "hours", "cut_off": "12"}, "Kies minstens één werkdag van de week."),
        ({"action": "close", "on": "-1"}, "Kies een dag vanaf vandaag"),
        ({"action": "close", "on": "ooit"}, "Schrijf"),
    ],
)
def test_a_calendar_that_cannot_be_is_told_at_its_field(form: dict[str, str], told: str):
    refused = new_office().browser().post(f"{URL}kalender/", form)

    assert refused.status_code == 422
    assert told in refused.content.decode()
    assert "De kalender is niet gewijzigd" in refused.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"action": "hours", "cut_off": "25", "weekdays": "1"},
        {"action": "hours", "cut_off": "12", "weekdays": "9"},
        {"action": "works", "on": "morgen"},
        {"action": "explode"},
        {"action": "hours", "cut_off": "12", "weekdays": "1", "portal": "2"},
    ],
)
def test_a_form_of_the_calendar_that_is_not_ours_is_refused(form: dict[str, str]):
    assert new_office().browser().post(f"{URL}kalender/", form).status_code == 400
