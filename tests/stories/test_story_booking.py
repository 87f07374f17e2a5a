"""Whole stories in a browser: from three files to nothing open, and what a user without the role meets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.files import THEM, US, invoice, movement, statement
from tests.stories.conftest import Portal, hand_in, waiting
from zelfboeken.belgium import structured_reference
from zelfboeken.demo.customers import CURRENT_IBAN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST, SECOND, OURS = (structured_reference.from_number(n) for n in (1_001, 1_002, 1_003))
PURCHASE = invoice("INK-1001", net="100.00", structured=FIRST)
OTHER_PURCHASE = invoice("INK-1002", net="200.00", structured=SECOND, description="Taartdozen")
SALE = invoice("F2026-1003", net="50.00", structured=OURS, supplier=US, customer=THEM, description="Broodjes")
PAYMENTS = statement(
    movement(-12_100, structured=FIRST),
    movement(-24_200, text="INK-1002"),
    movement(6_050, text="F2026-1003"),
    iban=CURRENT_IBAN,
)


def text_of(page: Any) -> str:
    """All text of the page, with plain spaces."""
    return re.sub(r"\s+", " ", page.inner_text("main"))


@pytest.fixture(scope="module")
def booked(portal: Portal, chromium: Any) -> Portal:
    """The first story, told once: three invoices and a statement, all booked by keys."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE")
    page = context.new_page()
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    portal.sign_in(page, "backoffice@bakkerij.example")

    files = [("aankoop-1.xml", PURCHASE), ("aankoop-2.xml", OTHER_PURCHASE), ("verkoop.xml", SALE)]
    hand_in(page, portal, "documenten", files)
    page.goto(f"{portal.url}d/bakkerij/documenten/")
    for left in (2, 1, 0):
        # Nothing was booked before, so each document asks; the first answer is what is proposed.
        if page.locator("fieldset button[data-key='1']").count():
            page.keyboard.press("1")
        page.wait_for_selector("button[data-key=Enter]")
        page.keyboard.press("Enter")
        waiting(page, left)
        expect(page.locator("#toasts")).to_contain_text("Geboekt: ")

    hand_in(page, portal, "bank", [("bank.cod", PAYMENTS)])
    page.goto(f"{portal.url}d/bakkerij/bank/")
    page.wait_for_selector("[data-key='Shift+Enter']")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#toasts")).to_contain_text("Gekoppeld", timeout=15_000)
    assert broken == []
    context.close()
    return portal


def test_a_backoffice_user_books_three_files_and_a_statement_with_the_keyboard(booked: Portal, chromium: Any):
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, locale="nl-BE")
    booked.sign_in(page, "backoffice@bakkerij.example")

    page.goto(f"{booked.url}d/bakkerij/relaties/")
    page.click("text=Verpakking Staal BV")
    assert "Verpakking Staal BV" in text_of(page)
    assert "121,00" in text_of(page)
    page.goto(f"{booked.url}d/bakkerij/")
    assert "121,00" not in text_of(page)

    page.goto(f"{booked.url}d/bakkerij/rapporten/proefbalans/")
    balance = text_of(page)
    assert "550000" in balance
    assert "-" not in balance.split("550000")[0][-3:]

    page.goto(f"{booked.url}d/bakkerij/btw/2026-K4/?rooster=59")
    assert "63,00" in text_of(page)
    page.locator("#detail a.q").first.click()
    page.wait_for_url(re.compile("/documenten/"))
    assert "INK-100" in page.content()
    with page.expect_download() as download:
        page.locator("a[href$='/origineel/']").first.click()
    assert Path(download.value.path()).read_bytes() in {PURCHASE, OTHER_PURCHASE}
    page.close()


def test_a_user_without_the_role_sees_no_button_and_is_refused_with_the_first_reason(booked: Portal, chromium: Any):
    page = chromium.new_page(locale="nl-BE")
    booked.sign_in(page, "kijker@bakkerij.example")
    page.goto(f"{booked.url}d/bakkerij/documenten/?filter=geboekt")
    address = page.locator(".qi").first.get_attribute("href")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")

    assert page.locator("button[name=action][value=book]").count() == 0
    answer = page.request.post(
        f"{booked.url.rstrip('/')}{str(address).partition('?')[0]}",
        form={"csrfmiddlewaretoken": str(token), "action": "book", "version": "1"},
        headers={"Referer": booked.url},
    )

    assert answer.status == 403
    assert "Je hebt de rol Backoffice niet" in answer.text()
    page.close()


def test_a_document_is_booked_without_javascript(booked: Portal, chromium: Any):
    context = chromium.new_context(java_script_enabled=False, locale="nl-BE")
    page = context.new_page()
    booked.sign_in(page, "backoffice@bakkerij.example")
    page.goto(f"{booked.url}d/bakkerij/documenten/")
    form = page.locator("form[data-upload]").first
    content = invoice("INK-2001", net="10.00")
    form.locator("input[type=file]").set_input_files(
        [{"name": "zonder.xml", "mimeType": "text/xml", "buffer": content}]
    )
    page.locator("details", has=form).locator("summary").first.click()
    form.locator("button").click()
    page.wait_for_load_state()
    page.locator("button[name=action][value=book]:visible").last.click()

    assert "Geboekt: Verpakking Staal BV" in page.inner_text("#toasts")
    context.close()
