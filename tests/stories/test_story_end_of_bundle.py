"""A bundle ends and is bought again, in a browser: the right goes with its reason, the draft stays, all comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.files import invoice
from tests.stories.conftest import Portal, hand_in, running_portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TODAY = datetime.now(ZoneInfo("Europe/Brussels")).date()
"""The day in Belgium, by which the portal runs too."""
NEXT = (TODAY.replace(day=1) + timedelta(days=32)).replace(day=1)
LATER = (NEXT + timedelta(days=32)).replace(day=1)


@pytest.fixture
def own_portal() -> Iterator[Portal]:
    """A portal in which months may pass."""
    with running_portal() as started:
        yield started


def page_of(portal: Portal, chromium: Any, email: str) -> Any:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE").new_page()
    portal.sign_in(page, email)
    return page


def test_the_right_ends_with_the_bundle_and_comes_back_with_it(own_portal: Portal, chromium: Any):
    bo = page_of(own_portal, chromium, "backoffice@bakkerij.example")
    hand_in(bo, own_portal, "documenten", [("aankoop.xml", invoice("INK-2001", net="100.00"))])
    bo.goto(f"{own_portal.url}d/bakkerij/documenten/")
    expect(bo.locator("button[name=action][value=book], fieldset button[data-key='1']").first).to_be_visible()
    address = str(bo.locator(".qi").first.get_attribute("href")).partition("?")[0]

    dirk = page_of(own_portal, chromium, "directie@bakkerij.example")
    dirk.goto(f"{own_portal.url}d/bakkerij/bundel/")
    dirk.click("a:has-text('Zeg de bundel op')")
    expect(dirk.locator("#price")).to_contain_text(f"Vanaf {NEXT:%d/%m/%Y} rusten deze rollen")
    dirk.click("#price button[type=submit]")
    expect(dirk.locator("#toasts")).to_contain_text(f"Opgezegd: de bundel stopt op {NEXT:%d/%m/%Y}")

    own_portal.let_time_pass(NEXT)

    bo.goto(f"{own_portal.url}d/bakkerij/documenten/")
    assert bo.locator("button[name=action][value=book]").count() == 0
    token = str(bo.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value"))
    answer = bo.request.post(
        f"{own_portal.url.rstrip('/')}{address}",
        form={"csrfmiddlewaretoken": token, "action": "book", "version": "1"},
        headers={"Referer": own_portal.url},
    )
    assert answer.status == 403
    assert "Activeer eerst een bundel: Small, Medium, Large of Unlimited." in answer.text()

    katrien = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE").new_page()
    own_portal.sign_in(katrien, "kantoor@kantoor.example", lands="/kantoor/")
    katrien.goto(f"{own_portal.url}d/bakkerij/documenten/")
    expect(katrien.locator(".qi").first).to_contain_text("121,00")

    dirk.goto(f"{own_portal.url}d/bakkerij/bundel/")
    expect(dirk.locator("main")).to_contain_text("Dit domein heeft geen bundel.")
    dirk.click("a#bundle-medium")
    expect(dirk.locator("#price")).to_contain_text("Deze rollen komen terug")
    expect(dirk.locator("#price")).to_contain_text("Bo Backoffice: Backoffice")
    dirk.click("#price button[type=submit]")
    expect(dirk.locator("#toasts")).to_contain_text("Genomen: Medium, € 39,00 per maand")

    bo.goto(f"{own_portal.url}d/bakkerij/documenten/")
    if bo.locator("fieldset button[data-key='1']").count():
        bo.keyboard.press("1")
    bo.wait_for_selector("button[data-key=Enter]")
    bo.keyboard.press("Enter")
    expect(bo.locator("#toasts")).to_contain_text("Geboekt: ")

    own_portal.let_time_pass(LATER)
    dirk.goto(f"{own_portal.url}d/bakkerij/bundel/")
    rows = dirk.locator("tr:has(a:has-text('PDF'))")
    assert [re.findall(r"€\s[\d,]+", rows.nth(place).inner_text())[0][-5:] for place in (0, 1)] == ["47,19", "47,19"]
    for page in (bo, dirk, katrien):
        page.context.close()
