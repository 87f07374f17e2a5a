"""What each task costs in keys (ux, chapter 10), and that the focus never loses its place."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.files import THEM, invoice
from tests.stories.conftest import Portal, hand_in, playwright_expect, waiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BAKER = replace(THEM, name="Meel en Gist BV", vat="BE0999010918")
KNOWN = "Bloem type 55"


class Keyboard:
    """A keyboard that counts: a key or a chord is one, typing to find something is three."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.count = 0

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.count += 1

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)
        self.count += 3


@pytest.fixture
def page(portal: Portal, chromium: Any) -> Any:
    """A desk with a signed-in Backoffice user."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE", reduced_motion="reduce")
    made = context.new_page()
    portal.sign_in(made, "backoffice@bakkerij.example")
    yield made
    context.close()


def flour(numbers: range, *, description: str = KNOWN) -> list[tuple[str, bytes]]:
    """Invoices of one supplier for one thing, each of another amount."""
    return [
        (f"meel-{n}.xml", invoice(f"MG-{n}", net=f"{n}.00", supplier=BAKER, description=description)) for n in numbers
    ]


@pytest.fixture(scope="module")
def taught(portal: Portal, chromium: Any) -> Portal:
    """Four invoices booked by hand, so that the next ones like them are recognised; twelve of those wait."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE")
    page = context.new_page()
    portal.sign_in(page, "backoffice@bakkerij.example")
    hand_in(page, portal, "documenten", flour(range(301, 305)))
    page.goto(f"{portal.url}d/bakkerij/documenten/")
    for left in (3, 2, 1, 0):
        if page.locator("fieldset button[data-key='1']").count():
            page.keyboard.press("1")
        page.wait_for_selector("button[data-key=Enter]")
        page.keyboard.press("Enter")
        waiting(page, left)
    hand_in(page, portal, "documenten", flour(range(311, 323)))
    context.close()
    return portal


def test_a_recognised_invoice_is_one_key_and_the_next_has_the_focus(taught: Portal, page: Any):
    keys = Keyboard(page)
    page.goto(f"{taught.url}d/bakkerij/documenten/?filter=klaar")
    second = page.locator(".qi").nth(1).get_attribute("id")

    keys.press("Enter")
    waiting(page, 11)

    assert keys.count == 1
    playwright_expect()(page.locator(f"#{second}")).to_be_focused()
    assert page.locator(f"#{second}").get_attribute("aria-current") == "true"
    assert "filter=klaar" in page.url


def test_the_last_step_is_undone_by_one_key_after_a_reload(taught: Portal, page: Any):
    keys = Keyboard(page)
    page.goto(f"{taught.url}d/bakkerij/documenten/")
    page.keyboard.press("Enter")
    waiting(page, 10)
    page.reload()

    keys.press("u")
    waiting(page, 11)

    assert keys.count == 1
    playwright_expect()(page.locator("#toasts")).to_contain_text("Ongedaan gemaakt: Geboekt: Meel en Gist BV")


def test_ten_recognised_invoices_are_one_chord(taught: Portal, page: Any):
    keys = Keyboard(page)
    page.goto(f"{taught.url}d/bakkerij/documenten/")
    assert page.locator("[data-key='Shift+Enter']").inner_text().startswith("Boek 11 klare")

    keys.press("Shift+Enter")
    waiting(page, 0)

    assert keys.count == 1


def test_an_invoice_with_an_unsure_line_is_two_keys(taught: Portal, page: Any):
    hand_in(page, taught, "documenten", flour(range(331, 332), description="Oven onderhoud en bloem"))
    page.goto(f"{taught.url}d/bakkerij/documenten/?filter=kiezen")
    keys = Keyboard(page)
    page.keyboard.press("Enter")
    assert page.locator("fieldset button[data-key='1']").is_visible()

    keys.press("1")
    page.wait_for_selector("button[data-key=Enter]")
    keys.press("Enter")
    waiting(page, 0)

    assert keys.count <= 3


def test_an_account_is_found_by_typing_and_taken_by_enter_or_tab(taught: Portal, page: Any):
    hand_in(page, taught, "documenten", flour(range(341, 342), description="Iets onbekends"))
    page.goto(f"{taught.url}d/bakkerij/documenten/?filter=kiezen")
    keys = Keyboard(page)
    expect = playwright_expect()
    account, net = page.locator("#line-0-account"), page.locator("#line-0-net")

    keys.press("n")
    expect(account).to_be_focused()
    keys.type("hulpst")
    page.keyboard.press("Enter")
    expect(account).to_have_value(re.compile("^601000 "))
    expect(net).to_be_focused()
    page.keyboard.type("341*1")
    page.keyboard.press("Tab")
    expect(net).to_have_value("341,00")
    account.focus()
    page.keyboard.type("6120")
    page.keyboard.press("Tab")
    expect(account).to_have_value(re.compile("^612000 "))
    page.locator("#field-on_date").fill("12/11")
    keys.press("Control+Enter")
    waiting(page, 0)

    assert keys.count <= 6


def test_from_a_vat_box_to_its_document_is_two_keys(taught: Portal, page: Any):
    page.goto(f"{taught.url}d/bakkerij/btw/2026-K4/?rooster=59")
    keys = Keyboard(page)
    playwright_expect()(page.locator("#box-59")).to_be_focused()

    keys.press("Enter")
    keys.press("Enter")
    page.wait_for_url(re.compile("/documenten/"))

    assert keys.count <= 2


def test_skipping_keeps_the_place_and_goes_on(taught: Portal, page: Any):
    hand_in(page, taught, "documenten", flour(range(351, 353)))
    page.goto(f"{taught.url}d/bakkerij/documenten/")
    second = page.locator(".qi").nth(1).get_attribute("id")

    page.keyboard.press("s")

    playwright_expect()(page.locator(f"#{second}")).to_be_focused()
    page.keyboard.press("k")
    playwright_expect()(page.locator(".qi").first).to_be_focused()


def test_waiting_shows_after_a_moment_and_an_error_says_what_did_not_happen(taught: Portal, page: Any):
    expect = playwright_expect()
    page.goto(f"{taught.url}d/bakkerij/documenten/")
    page.locator(".qi").first.click()
    expect(page.locator(".qi").first).to_have_attribute("aria-current", "true")
    expect(page.locator(".qi").first).to_be_focused()

    held: list[Any] = []
    page.route(re.compile("/documenten/.{36}/"), lambda route: held.append(route))
    page.keyboard.press("j")
    expect(page.locator("#work")).to_have_attribute("aria-busy", "true")
    for route in held:
        route.continue_()
    expect(page.locator("#work")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".qi").nth(1)).to_have_attribute("aria-current", "true")
    page.unroute(re.compile("/documenten/.{36}/"))

    page.route(re.compile("/documenten/.{36}/"), lambda route: route.fulfill(status=500, body="kapot"))
    page.keyboard.press("k")
    expect(page.locator("#toasts")).to_have_text("Dat is niet gelukt. Er is niets gewijzigd.")
    expect(page.locator("#work")).not_to_have_attribute("aria-busy", "true")


def test_everything_is_found_from_everywhere(taught: Portal, page: Any):
    expect = playwright_expect()
    page.goto(f"{taught.url}d/bakkerij/relaties/")
    page.keyboard.press("Control+k")
    page.keyboard.type("MG-301")
    expect(page.locator("#found [role=option]").first).to_contain_text("Meel en Gist BV")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/documenten/"))

    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(re.compile("/bank/"))


def test_back_from_a_contact_the_row_has_the_focus_again(taught: Portal, page: Any):
    page.goto(f"{taught.url}d/bakkerij/relaties/")
    row = page.get_by_role("link", name="Meel en Gist BV")
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/relaties/.+/"))

    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/relaties/$"))

    playwright_expect()(page.get_by_role("link", name="Meel en Gist BV")).to_be_focused()


def test_single_letters_can_be_switched_off_and_the_others_keep_working(taught: Portal, page: Any):
    expect = playwright_expect()
    page.goto(f"{taught.url}d/bakkerij/documenten/")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    first = page.locator(".qi").first
    first.focus()

    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(first).to_be_focused()
    expect(page.locator("#keys")).to_be_hidden()
    assert page.locator(".df kbd:visible").count() == 0

    page.keyboard.press("ArrowDown")
    expect(page.locator(".qi").nth(1)).to_be_focused()
