"""A month is blocked, opened and closed in a browser by who watches over the books."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import DESK, PHONE, faults, playwright_expect, running_portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_months_are_shut_and_opened_and_every_state_is_accessible(chromium: Any):
    with running_portal() as portal:
        page = chromium.new_context(locale="nl-BE", reduced_motion="reduce", viewport=DESK).new_page()
        portal.sign_in(page, "kantoor@kantoor.example")
        page.goto(f"{portal.url}d/bakkerij/")
        page.click("nav a:has-text('Periodes')")
        wrong = {"open": faults(page)}

        def choose(row: int, label: str) -> None:
            page.locator("main tbody tr").nth(row).locator("summary").click()
            page.click(f"main details[open] button:has-text('{label}')")

        choose(1, "Blokkeer tot en met februari")
        playwright_expect()(page.locator("#toasts")).to_contain_text("Geblokkeerd: januari")
        assert page.locator("main .tag.warn").count() == 2
        wrong["blocked"] = faults(page)
        choose(0, "Sluit af tot en met januari")
        playwright_expect()(page.locator("h2:has-text('Afsluiten: januari 2026?')")).to_be_focused()
        wrong["asked"] = faults(page)
        page.click("button:has-text('Voorgoed afsluiten')")
        playwright_expect()(page.locator("#toasts")).to_contain_text("Afgesloten: januari")
        choose(1, "Maak open vanaf februari")
        playwright_expect()(page.locator("#toasts")).to_contain_text("Weer open: februari")
        assert page.locator("main tbody tr").first.locator("summary").count() == 0
        wrong["closed"] = faults(page)
        page.context.close()

        page = chromium.new_context(locale="nl-BE", viewport=PHONE, java_script_enabled=False).new_page()
        portal.sign_in(page, "kantoor@kantoor.example")
        page.goto(f"{portal.url}d/bakkerij/periodes/")
        choose(2, "Sluit af tot en met maart")
        page.click("button:has-text('Voorgoed afsluiten')")
        assert [one.inner_text() for one in page.locator("main tbody .tag").all()][:4] == ["afgesloten"] * 3 + ["open"]
        page.context.close()

    assert wrong == {name: [] for name in wrong}
