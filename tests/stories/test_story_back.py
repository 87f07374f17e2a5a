"""Going back in the browser after booking: whatever page the browser shows again, the document is booked once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.files import invoice
from tests.stories.conftest import Portal, hand_in, running_portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOOK = "button[name=action][value=book]:visible"


@pytest.fixture(scope="module")
def own_portal() -> Iterator[Portal]:
    """A portal of its own: what is booked here is counted."""
    with running_portal() as portal:
        yield portal


def desk(portal: Portal, browser: Any, number: str, *, scripts: bool = True) -> Any:
    """A signed-in Backoffice user at the page of an invoice that waits."""
    page = browser.new_context(locale="nl-BE").new_page()
    portal.sign_in(page, "backoffice@bakkerij.example")
    hand_in(page, portal, "documenten", [(f"{number}.xml", invoice(number, net=f"{number[-1]}1.00"))])
    if not scripts:
        state = page.context.storage_state()
        page.context.close()
        page = browser.new_context(locale="nl-BE", java_script_enabled=False, storage_state=state).new_page()
    page.goto(f"{portal.url}d/bakkerij/documenten/")
    if scripts and page.locator("fieldset button[data-key='1']").count():
        page.keyboard.press("1")
        page.wait_for_load_state("networkidle")
    return page


def booked(portal: Portal, page: Any, number: str) -> int:
    """How often this invoice stands in the journals, taken back or not."""
    other = page.context.new_page()
    other.goto(f"{portal.url}d/bakkerij/dagboeken/")
    count = other.locator("article.je header", has_text=number).count()
    other.close()
    return int(count)


def watched(page: Any) -> list[Any]:
    """The requests for pages that this page makes from now on."""
    seen: list[Any] = []
    page.on("request", lambda one: seen.append(one) if "/documenten/" in one.url else None)
    return seen


def test_without_scripts_a_page_that_is_asked_anew_offers_no_second_booking(own_portal: Portal, chromium: Any):
    page = desk(own_portal, chromium, "TERUG-1", scripts=False)
    seen = watched(page)
    page.locator(BOOK).last.click()
    expect(page.locator("#toasts")).to_contain_text("Geboekt: ")
    seen.clear()

    page.go_back()

    assert [one.method for one in seen][:1] == ["GET"]
    assert page.locator(BOOK).count() == 0
    assert booked(own_portal, page, "TERUG-1") == 1
    page.context.close()


def test_a_page_opened_before_somebody_booked_it_in_another_window_books_no_second_time(
    own_portal: Portal, chromium: Any
):
    page = desk(own_portal, chromium, "TERUG-2", scripts=False)
    kept = page.context.new_page()
    kept.goto(page.url)
    page.locator(BOOK).last.click()
    expect(page.locator("#toasts")).to_contain_text("Geboekt: ")

    kept.locator(BOOK).last.click()

    expect(kept.locator("main")).to_contain_text("Iemand anders boekte dit stuk intussen")
    assert booked(own_portal, page, "TERUG-2") == 1
    page.context.close()


def test_with_scripts_going_back_after_the_key_books_nothing_more(own_portal: Portal, chromium: Any):
    page = desk(own_portal, chromium, "TERUG-3")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Geboekt: ")
    page.goto(f"{own_portal.url}d/bakkerij/")

    page.go_back()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)

    assert booked(own_portal, page, "TERUG-3") == 1
    page.context.close()


def test_a_form_that_the_browser_kept_gets_when_sent_again_the_answer_of_the_first_time(
    own_portal: Portal, chromium: Any
):
    page = desk(own_portal, chromium, "TERUG-4", scripts=False)
    sent = watched(page)
    page.locator(BOOK).last.click()
    expect(page.locator("#toasts")).to_contain_text("Geboekt: ")
    [first] = [one for one in sent if one.method == "POST"]
    head = {"content-type": first.headers["content-type"], "referer": page.url}

    again = page.context.request.post(first.url, data=first.post_data_buffer, headers=head, max_redirects=0)

    assert again.status == 303
    assert again.headers["location"] == first.response().headers["location"]
    assert booked(own_portal, page, "TERUG-4") == 1
    page.context.close()
