"""A statement that was wrong, in a browser: the operator credits it and states the month anew, who pays finds both."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Portal
from tests.stories.test_story_zelfboeken import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def page_of(portal: Portal, chromium: Any, email: str) -> Any:
    # Without transitions, so that axe sees the colours of a scheme and not those on the way to it.
    settings = {"viewport": {"width": 1440, "height": 900}, "locale": "nl-BE", "reduced_motion": "reduce"}
    page = chromium.new_context(**settings).new_page()
    portal.sign_in(page, email)
    return page


def test_the_operator_credits_a_statement_and_the_directie_downloads_the_note(portal: Portal, chromium: Any):
    katrien = page_of(portal, chromium, "kantoor@kantoor.example")
    katrien.goto(f"{portal.url}kantoor/bundels/")
    katrien.click("a:has-text('Verstuurde afrekeningen')")
    expect(katrien.locator("h1")).to_have_text("Verstuurde afrekeningen")
    assert faults(katrien) == []
    katrien.set_viewport_size({"width": 1440, "height": 900})
    katrien.click("table a.q >> nth=0")
    expect(katrien.locator("h1")).to_contain_text("Afrekening ZB-")
    number = str(katrien.locator("h1").inner_text()).split()[1]

    katrien.click("button:has-text('Maak de creditnota')")
    expect(katrien.locator(".errsum")).to_contain_text("Zeg waarom: de reden komt op de creditnota.")
    assert faults(katrien) == []
    katrien.set_viewport_size({"width": 1440, "height": 900})
    katrien.fill("#field-reason", "Verkeerde maatschappelijke zetel")
    katrien.check("#field-anew")
    katrien.click("button:has-text('Maak de creditnota')")

    expect(katrien.locator("#toasts")).to_contain_text("de maand is opnieuw afgerekend: ZB-")
    expect(katrien.locator("h1")).to_contain_text("gecrediteerd")
    assert katrien.locator("#field-reason").count() == 0

    dirk = page_of(portal, chromium, "directie@bakkerij.example")
    dirk.goto(f"{portal.url}d/bakkerij/bundel/")
    rows = dirk.locator("table:has(a:has-text('E-factuur')) tbody tr")
    expect(rows.nth(1)).to_contain_text("Creditnota, ")
    expect(rows.nth(2)).to_contain_text("gecrediteerd")
    with dirk.expect_download() as paper:
        rows.nth(1).locator("a:has-text('PDF')").click()
    assert re.fullmatch(r"ZB-\d{4}-\d{4}\.pdf", paper.value.suggested_filename)
    rows.nth(1).locator("a.q").click()
    expect(dirk.locator("main")).to_contain_text(f"Corrigeert afrekening {number}")
    expect(dirk.locator("main")).to_contain_text("Reden: Verkeerde maatschappelijke zetel")
    assert faults(dirk) == []
    for page in (katrien, dirk):
        page.context.close()
