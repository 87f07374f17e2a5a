"""Roles in a browser: who may what, the log and its chain, another owner, limits, and the end of the old access."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Portal, running_portal
from tests.stories.test_story_zelfboeken import OFFICE, OWNER, faults, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOP = "winkel@hamer.example"
OFFICE_PAGES = (
    "gebruikers/rechten/",
    "gebruikers/logboek/",
    "backoffice-toegang/",
    "domeinen/hamer/rechten/",
    "domeinen/hamer/eigenaar/",
    "domeinen/hamer/logboek/",
)
DOMAIN_PAGES = ("gebruikers/", "gebruikers/rechten/", "gebruikers/eigenaar/", "gebruikers/logboek/")


@pytest.fixture(scope="module")
def hamer() -> Iterator[Portal]:
    """A portal of its own: what is done here to the demo would spoil the other stories."""
    with running_portal() as started:
        yield started


@pytest.fixture
def office(hamer: Portal, chromium: Any) -> Iterator[Any]:
    page = visit(chromium)
    hamer.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    yield page
    assert page.broken == []
    page.context.close()


def signed_in(portal: Portal, chromium: Any, address: str, **context: Any) -> Any:
    page = visit(chromium, **context)
    portal.sign_in(page, address, lands="/d/hamer/")
    return page


def test_every_page_about_roles_is_accessible_and_fits(hamer: Portal, office: Any, chromium: Any):
    wrong: dict[str, list[str]] = {}
    for where in OFFICE_PAGES:
        office.goto(f"{hamer.url}kantoor/{where}")
        if found := faults(office):
            wrong[where] = found
    directie = signed_in(hamer, chromium, OWNER)
    for where in DOMAIN_PAGES:
        directie.goto(f"{hamer.url}d/hamer/{where}")
        if found := faults(directie):
            wrong[where] = found
    directie.goto(f"{hamer.url}d/hamer/gebruikers/")
    directie.click("a:has-text('Bereikt 1 van 2 administraties')")
    expect(directie.locator("main")).to_contain_text("Ook de rol Backoffice blijft daarbinnen")
    if found := faults(directie):
        wrong["reach"] = found
    assert directie.broken == []
    directie.context.close()

    assert wrong == {}


def test_a2_the_office_ticks_a_right_and_the_log_says_so(hamer: Portal, office: Any):
    office.goto(f"{hamer.url}kantoor/domeinen/hamer/gebruikers/")
    office.click("main a:has-text('Rechten die het kantoor aanvinkt')")
    ticked = office.locator("main input[name=tick]:checked").count()
    office.locator("main input[name=tick]:not(:checked)").first.check()
    office.fill("#field-reason", "Ziet ook de lonen")
    office.click("main button[value=save]")
    office.wait_for_load_state("networkidle")
    assert office.locator("main input[name=tick]:checked").count() == ticked + 1

    office.goto(f"{hamer.url}kantoor/domeinen/hamer/logboek/")
    office.click("main a:has-text('Alles in de keten')")
    expect(office.locator("main")).to_contain_text("Ziet ook de lonen")
    with office.expect_download() as export:
        office.click("a:has-text('Exporteer met hashes (CSV)')")
    with Path(export.value.path()).open(encoding="utf-8-sig", newline="") as file:
        head, *links = list(csv.reader(file, delimiter=";"))
    assert "hash" in head
    assert len(links) > 3


def test_a3_the_owner_hands_over_and_the_new_owner_accepts(hamer: Portal, chromium: Any):
    shop = signed_in(hamer, chromium, SHOP)
    shop.goto(f"{hamer.url}d/hamer/gebruikers/eigenaar/")
    expect(shop.locator("main")).to_contain_text("Ik ga met pensioen")
    shop.click("button:has-text('Aanvaard, ik word de eigenaar')")
    expect(shop.locator("#toasts")).to_be_visible()
    expect(shop.locator("main section.card").first).to_contain_text(SHOP)
    shop.goto(f"{hamer.url}d/hamer/gebruikers/logboek/")
    expect(shop.locator("main")).to_contain_text("Ik ga met pensioen")
    assert shop.broken == []
    shop.context.close()


def test_s3_the_office_replaces_the_old_access_and_takes_it_back(hamer: Portal, office: Any):
    office.click("nav a:has-text('Gebruikers')")
    office.click("main a:has-text('Oude Backoffice toegang')")
    expect(office.locator("main")).to_contain_text("buitengesloten")
    office.click("button:has-text('gasten uit')")
    expect(office.locator("#toasts")).to_contain_text("uitnodigingen verstuurd")
    assert "/uitnodiging/" in hamer.link_in_mail_to("gast@hamer.example")

    office.click("button:has-text('Vervang de toegang van 4 gasten')")
    expect(office.locator("#toasts")).to_contain_text("De oude toegang is vervangen door Zelfboeken.")
    expect(office.locator("main")).to_contain_text("kan ongedaan gemaakt worden tot")
    assert office.locator("input[type=file]").count() == 0
    assert faults(office) == []
    office.goto(f"{hamer.url}kantoor/domeinen/")
    expect(office.locator("tr:has-text('Hamer Voorbeeld BV')")).to_contain_text("wacht op rol")

    office.goto(f"{hamer.url}kantoor/backoffice-toegang/")
    office.click("button:has-text('Maak de omschakeling ongedaan')")
    expect(office.locator("#toasts")).to_contain_text("Elke toegang is zoals ze was.")
    office.goto(f"{hamer.url}kantoor/domeinen/")
    expect(office.locator("tr:has-text('Hamer Voorbeeld BV')")).to_contain_text("uit")


def test_a_wrong_list_is_told_line_by_line_without_scripts_too(hamer: Portal, chromium: Any):
    page = visit(chromium, java_script_enabled=False, viewport={"width": 390, "height": 844})
    hamer.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    page.goto(f"{hamer.url}kantoor/backoffice-toegang/")
    content = b"domein;e-mail;naam;vanaf;tot\nhamer;an@x.example;An;2024-01-01;\n"
    page.set_input_files("#field-list", {"name": "lijst.csv", "mimeType": "text/csv", "buffer": content})
    page.click("button:has-text('Lees de lijst in')")
    told = re.sub(r"\s+", " ", page.inner_text("main"))
    assert "1 regel klopt niet. Er is niets bewaard." in told
    assert "Vanaf 01/01/2024 bestaat de oude toegang niet meer (sinds 01/01/2022)." in told
    page.context.close()
