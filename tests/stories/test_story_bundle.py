"""The Directie and her bundle in a browser: the price first, at once or at month end, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Portal, is_wider_than_its_window, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "bundel/",
    "bundel/?bundel=UNLIMITED",
    "bundel/?bundel=SMALL",
    "bundel/?bundel=MINIMAL",
    "bundel/betaler/",
    "bundel/afrekening/2026-04/",
)


def visit(portal: Portal, chromium: Any, **context: Any) -> Any:
    """A page on which the Directie is signed in."""
    page = chromium.new_context(locale="nl-BE", **context).new_page()
    portal.sign_in(page, "directie@bakkerij.example")
    return page


@pytest.fixture
def desk(portal: Portal, chromium: Any) -> Iterator[Any]:
    page = visit(portal, chromium, viewport={"width": 1440, "height": 900})
    yield page
    page.context.close()


def text_of(page: Any) -> str:
    return re.sub(r"\s+", " ", page.inner_text("main"))


def test_a_larger_bundle_is_seen_taken_ended_and_kept(portal: Portal, desk: Any):
    desk.click("nav a:has-text('Bundel')")
    expect(desk.get_by_role("heading", name="Bundel", exact=True)).to_be_visible()

    desk.click("a#bundle-large")
    expect(desk).to_have_url(re.compile(r"bundel=LARGE"))
    expect(desk.locator("#price")).to_contain_text("€ 69,00")
    desk.click("#price button[type=submit]")
    expect(desk.locator("#toasts")).to_contain_text("Genomen: Large, € 69,00 per maand")
    expect(desk.locator("a#bundle-large .tag")).to_have_text("nu")

    desk.click("a:has-text('Zeg de bundel op')")
    expect(desk.locator("#price")).to_contain_text("Bo Backoffice: Backoffice")
    desk.click("#price button[type=submit]")
    expect(desk.locator("#toasts")).to_contain_text("Opgezegd: de bundel stopt op 01/")
    expect(desk.locator("main")).to_contain_text("heeft dit domein Minimal.")

    desk.click("button:has-text('Hou Large')")
    expect(desk.locator("#toasts")).to_contain_text("Behouden: Large")
    assert "heeft dit domein Minimal" not in text_of(desk)


def test_a_statement_is_opened_from_the_list_and_downloaded(portal: Portal, desk: Any):
    desk.goto(f"{portal.url}d/bakkerij/bundel/")
    desk.click("a:has-text('april 2026')")
    expect(desk.get_by_role("heading", name="Afrekening ZB-2026-0004")).to_be_visible()
    assert "€ 25,00 per maand × 30 roldagen van 30 dagen" in text_of(desk)
    with desk.expect_download() as paper:
        desk.click(".acts a:has-text('PDF')")
    assert paper.value.suggested_filename == "ZB-2026-0004.pdf"


def test_it_works_without_javascript(portal: Portal, chromium: Any):
    page = visit(portal, chromium, viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(f"{portal.url}d/bakkerij/bundel/?bundel=UNLIMITED")
    page.click("#price button[type=submit]")
    assert "Genomen: Unlimited, € 119,00 per maand" in re.sub(r"\s+", " ", page.inner_text("body"))
    page.context.close()


OFFICE_PAGES = (
    "kantoor/bundels/",
    "kantoor/bundels/small/",
    "kantoor/bundels/rol/",
    "kantoor/bundels/afzender/",
    "kantoor/domeinen/bakkerij/facturatie/",
    "kantoor/domeinen/bakkerij/facturatie/betaler/",
    "kantoor/domeinen/bakkerij/facturatie/2026-04/",
)


def visit_office(portal: Portal, chromium: Any, **context: Any) -> Any:
    """A page on which the Portaalbeheerder is signed in."""
    page = chromium.new_context(locale="nl-BE", **context).new_page()
    portal.sign_in(page, "kantoor@kantoor.example", lands="/kantoor/")
    return page


def test_the_operator_changes_a_price_for_later_and_the_directie_keeps_todays(portal: Portal, chromium: Any):
    page = visit_office(portal, chromium, viewport={"width": 1440, "height": 900})
    page.goto(f"{portal.url}kantoor/bundels/")
    page.click("tr:has-text('Unlimited') a")
    page.fill("#field-valid_from", "01/01/2099")
    page.fill("#field-monthly", "129,00")
    page.click("form button.p")
    expect(page.locator("#toasts")).to_contain_text("Bevestigd: Unlimited, € 129,00 per maand vanaf 01/01/2099")
    expect(page.locator("tr:has-text('Unlimited')")).to_contain_text("vanaf 01/01/2099: € 129,00")
    page.context.close()

    directie = visit(portal, chromium, viewport={"width": 1440, "height": 900})
    directie.goto(f"{portal.url}d/bakkerij/bundel/")
    expect(directie.locator("a#bundle-unlimited")).to_contain_text("€ 119,00")
    directie.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_of_prices_and_billing_is_clean_in_both_themes_and_widths(
    portal: Portal, chromium: Any, theme: str, width: int
):
    page = visit_office(portal, chromium, viewport={"width": width, "height": 900}, color_scheme=theme)
    found = {}
    for where in OFFICE_PAGES:
        page.goto(f"{portal.url}{where}")
        found[where] = [*violations(page), *(["sideways"] if is_wider_than_its_window(page) else [])]
    page.context.close()
    assert found == {where: [] for where in OFFICE_PAGES}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_of_the_bundle_is_clean_in_both_themes_and_widths(
    portal: Portal, chromium: Any, theme: str, width: int
):
    page = visit(portal, chromium, viewport={"width": width, "height": 900}, color_scheme=theme)
    found = {}
    for where in PAGES:
        page.goto(f"{portal.url}d/bakkerij/{where}")
        found[where] = [*violations(page), *(["sideways"] if is_wider_than_its_window(page) else [])]
    page.context.close()
    assert found == {where: [] for where in PAGES}
