"""The end of a domain in a browser: everything is taken along, its erasure is announced, and taken back."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.conftest import DESK, PHONE, Portal, faults, playwright_expect, running_portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHEET = "kantoor/domeinen/specimen/facturatie/"


@pytest.fixture(scope="module")
def put_away(chromium: Any) -> Iterator[Portal]:
    """A portal of which one domain was archived and then made inactive, on its sheet."""
    with running_portal() as portal:
        page = office(portal, chromium)
        for life in ("ARCHIVED", "INACTIVE"):
            page.goto(f"{portal.url}{SHEET}")
            page.select_option("#field-life", life)
            page.fill("#field-reason", "De zaak is gestopt")
            page.click("button:has-text('Wijzig de status')")
            page.wait_for_load_state()
        playwright_expect()(page.locator("h1 + .tag")).to_have_text("Inactief")
        page.context.close()
        yield portal


def office(portal: Portal, chromium: Any, **context: Any) -> Any:
    page = chromium.new_context(locale="nl-BE", reduced_motion="reduce", **{"viewport": DESK, **context}).new_page()
    portal.sign_in(page, "kantoor@kantoor.example", lands="/kantoor/")
    return page


def test_a6_the_directie_takes_everything_along_in_two_clicks(portal: Portal, chromium: Any, tmp_path: Path):
    page = chromium.new_context(locale="nl-BE", viewport=DESK, accept_downloads=True).new_page()
    portal.sign_in(page, "directie@bakkerij.example")
    page.goto(f"{portal.url}d/bakkerij/")
    page.click("nav a:has-text('Meenemen')")
    with page.expect_download() as download:
        page.click("main a:has-text('Download de zip')")
    download.value.save_as(tmp_path / "alles.zip")
    page.context.close()

    with zipfile.ZipFile(tmp_path / "alles.zip") as made:
        assert made.testzip() is None
        assert made.namelist()[-1] == "manifest.csv"
        assert any(name.endswith("/boekhouding.journal") for name in made.namelist())


def test_a4_an_erasure_is_announced_and_taken_back_and_every_state_is_accessible(put_away: Portal, chromium: Any):
    page = office(put_away, chromium)
    page.goto(f"{put_away.url}{SHEET}")
    wrong = {"not announced": faults(page)}
    page.click("button:has-text('Wissen aankondigen')")
    playwright_expect()(page.locator(".errsum")).to_be_focused()
    wrong["without a reason"] = faults(page)
    page.fill("#field-announce_reason", "De zaak is gestopt")
    page.click("button:has-text('Wissen aankondigen')")
    playwright_expect()(page.locator("#toasts")).to_contain_text("kreeg een mail")
    wrong["announced"] = faults(page)
    told = page.inner_text("main")
    assert "De zaak is gestopt" in told
    assert "Bevestigen kan vanaf" in told
    assert page.locator("button:has-text('Wissen bevestigen')").count() == 0
    assert "tien jaar" in put_away.last_mail("directie@specimen.example")
    with page.expect_download() as download:
        page.click("main a:has-text('Neem alles mee')")
    assert zipfile.ZipFile(download.value.path()).namelist()[-1] == "manifest.csv"
    page.reload()
    assert "De volledige export werd meegenomen op" in page.inner_text("main")
    page.fill("#field-withdraw_reason", "Toch niet")
    page.click("button:has-text('Trek in')")
    playwright_expect()(page.locator("#toasts")).to_contain_text("wordt niet gewist")
    assert page.locator("button:has-text('Wissen aankondigen')").count() == 1
    page.context.close()

    assert wrong == {name: [] for name in wrong}


def test_a4_it_is_announced_without_javascript_too(put_away: Portal, chromium: Any):
    page = office(put_away, chromium, viewport=PHONE, java_script_enabled=False)
    page.goto(f"{put_away.url}{SHEET}")
    page.fill("#field-announce_reason", "Zonder script")
    page.click("button:has-text('Wissen aankondigen')")
    assert "Zonder script" in page.inner_text("main")
    page.fill("#field-withdraw_reason", "Toch niet")
    page.click("button:has-text('Trek in')")
    assert page.locator("button:has-text('Wissen aankondigen')").count() == 1
    page.context.close()
