"""Data entry in a browser: somebody gives a document its lines and does not book; whoever may, finishes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.files import invoice
from tests.stories.conftest import Portal, hand_in, running_portal
from tests.stories.test_story_zelfboeken import faults, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def own_portal() -> Iterator[Portal]:
    """A portal of its own: what is given here would let a viewer of other stories do more."""
    with running_portal() as started:
        yield started


def test_a2_the_lines_are_completed_by_one_and_booked_by_another(own_portal: Portal, chromium: Any):
    booker, directie, kim = visit(chromium), visit(chromium), visit(chromium)
    own_portal.sign_in(booker, "backoffice@bakkerij.example")
    hand_in(booker, own_portal, "documenten", [("aankoop.xml", invoice("INK-3001", net="100.00"))])
    own_portal.sign_in(directie, "directie@bakkerij.example")
    directie.goto(f"{own_portal.url}d/bakkerij/gebruikers/")
    person = directie.locator("form.person:has-text('Kim Kijker')")
    person.locator("label:has-text('Financiële administratie') input").check()
    person.locator("button[value=roles]").click()
    expect(directie.locator("#toasts")).to_contain_text("Rollen bewaard.")

    own_portal.sign_in(kim, "kijker@bakkerij.example")
    kim.goto(f"{own_portal.url}d/bakkerij/documenten/")
    expect(kim.locator(".bff")).to_contain_text("Data-entry voltooid")
    expect(kim.locator(".bfs")).to_contain_text("Je hebt de rol Backoffice niet. Vraag ze aan de Directie.")
    assert kim.locator("button[value=book]").count() == 0
    assert faults(kim) == []
    kim.goto(f"{own_portal.url}d/bakkerij/documenten/")
    if kim.locator("fieldset button[data-key='1']").count():
        kim.keyboard.press("1")
    kim.wait_for_selector("button[data-key=Enter]")
    kim.keyboard.press("Enter")
    expect(kim.locator("#toasts")).to_contain_text("Data-entry voltooid: Verpakking Staal BV, € 121,00")
    expect(kim.locator(".qi").first).to_contain_text("data-entry voltooid")
    assert faults(kim) == []

    booker.goto(f"{own_portal.url}d/bakkerij/documenten/")
    expect(booker.locator(".qi").first).to_contain_text("data-entry voltooid")
    assert faults(booker) == []
    booker.goto(f"{own_portal.url}d/bakkerij/documenten/")
    booker.keyboard.press("Enter")
    expect(booker.locator("#toasts")).to_contain_text("Geboekt: ")
    for one in (booker, directie, kim):
        assert one.broken == []
        one.context.close()
