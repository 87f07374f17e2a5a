"""Every state of every page in both themes, on a desk and on a phone: no violation, nothing cut, nothing sideways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.files import THEM, US, invoice, movement, statement
from tests.pdf import a_pdf
from tests.stories.conftest import Portal, hand_in, is_wider_than_its_window, playwright_expect, violations
from zelfboeken.demo.customers import CURRENT_IBAN
from zelfboeken.invoices.writers.ubl import UblAttachment, UblInvoice, UblLine, write_ubl

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOOLS = replace(THEM, name="Gereedschap Fictief BV", vat="BE0999011512")
STRANGER = replace(THEM, name="Derde Partij BV", vat="BE0999010522")


def with_pdf() -> bytes:
    """An e-invoice that carries a page of its own."""
    line = UblLine("Hamer", Decimal(1), "C62", Decimal("13.00"), 1_300, "S", Decimal(21))
    page = UblAttachment("gf-4.pdf", "application/pdf", a_pdf("FACTUUR GF-4"))
    return write_ubl(
        UblInvoice(
            kind="INVOICE",
            number="GF-4",
            issued_on=date(2026, 11, 13),
            due_on=date(2026, 12, 13),
            supplier=TOOLS,
            customer=US,
            buyer_reference="KL31",
            lines=(line,),
            attachments=(page,),
        )
    )


FILES = [
    ("vraag.xml", invoice("GF-1", net="11.00", supplier=TOOLS, description="Iets onbekends")),
    ("dubbel.xml", invoice("GF-2", net="12.00", supplier=TOOLS, description="Boormachine")),
    ("dubbel-2.xml", invoice("GF-2", net="12.00", supplier=TOOLS, description="Boor machine")),
    ("derde.xml", invoice("GF-3", customer=STRANGER)),
    ("stuk.xml", b"<?xml version='1.0'?><Invoice>"),
    ("scan.pdf", b"%PDF-1.4\n%%EOF"),
    ("met-pdf.xml", with_pdf()),
]
LINES = statement(
    movement(-1_331, text="GF-1", name="GEREEDSCHAP FICTIEF BV"),
    movement(-2_500, text="geen idee", iban=None, name="WINKEL"),
    movement(99_900, text="Storting", iban=None, name=""),
    iban=CURRENT_IBAN,
    number=2,
    opening_cents=0,
)


@pytest.fixture(scope="module")
def filled(portal: Portal, chromium: Any) -> Portal:
    """A portal with something in every state that files can bring about."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE")
    page = context.new_page()
    portal.sign_in(page, "backoffice@bakkerij.example")
    hand_in(page, portal, "documenten", FILES)
    hand_in(page, portal, "bank", [("bank.cod", LINES)])
    context.close()
    return portal


@pytest.fixture
def page(filled: Portal, chromium: Any) -> Iterator[Any]:
    """A signed-in user at a desk; an error of a script, or one against the content policy, fails the test."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale="nl-BE", reduced_motion="reduce", has_touch=True
    )
    made = context.new_page()
    broken: list[str] = []
    made.on("pageerror", lambda error: broken.append(str(error)))
    made.on("console", lambda told: broken.append(told.text) if "Content Security Policy" in told.text else None)
    filled.sign_in(made, "backoffice@bakkerij.example")
    yield made
    context.close()
    assert broken == []


def faults(page: Any) -> list[str]:
    """What is wrong with the page as it stands: all rules on a desk and on a phone, colours in both themes."""
    before = page.viewport_size
    found = []
    for width, scheme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme}: {one}" for one in violations(page)]
        if is_wider_than_its_window(page):
            found.append(f"{width}: scrolls sideways")
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        found += [f"{width} not {scheme}: {one}" for one in violations(page, colours_only=True)]
    page.set_viewport_size(before)
    return found


def addresses(page: Any, portal: Portal) -> dict[str, str]:
    """Every state that an address leads to, by name."""
    root = f"{portal.url}d/bakkerij/"
    page.goto(f"{root}documenten/")
    rows = {row.locator(".qx").inner_text(): row for row in page.locator(".qi").all()}
    links = {hint: f"{portal.url.rstrip('/')}{row.get_attribute('href')}" for hint, row in rows.items()}
    page.goto(f"{root}bank/")
    lines = [f"{portal.url.rstrip('/')}{row.get_attribute('href')}" for row in page.locator(".br").all()]
    page.goto(f"{root}documenten/?q=GF-4")
    pdf = f"{portal.url.rstrip('/')}{str(page.locator('.qi').first.get_attribute('href')).partition('?')[0]}?beeld=pdf"
    page.goto(f"{root}relaties/")
    contact = f"{portal.url.rstrip('/')}{page.locator('a[data-row]').first.get_attribute('href')}"
    return {
        "start": root,
        "documenten, leeg": f"{root}documenten/?q=bestaatniet",
        "documenten, geboekt": f"{root}documenten/?filter=geboekt",
        **{f"document {hint}": link for hint, link in links.items()},
        **{f"banklijn {number}": link for number, link in enumerate(lines[-3:])},
        "document, pdf": pdf,
        "bank, andere rekening": f"{root}bank/?rekening=BE00",
        "btw": f"{root}btw/",
        "btw, rooster": f"{root}btw/2026-K4/?rooster=59",
        "btw, maand": f"{root}btw/2026-11/",
        "btw, som": f"{root}btw/2026-K4/?rooster=XX",
        "relaties": f"{root}relaties/",
        "relaties, leeg": f"{root}relaties/?q=bestaatniet",
        "relatie": contact,
        "meenemen": f"{root}export/",
        "dagboeken": f"{root}dagboeken/",
        "dagboeken, leeg": f"{root}dagboeken/?van=2025-01-01&tot=2025-01-31",
        "proefbalans": f"{root}rapporten/proefbalans/",
        "proefbalans, fout": f"{root}rapporten/proefbalans/?van=31/11",
        "rekening": f"{root}rapporten/rekening/440000/",
        "zoek": f"{root}zoek/?q=fictief",
        "zoek, leeg": f"{root}zoek/?q=bestaatniet",
        "niet gevonden": f"{root}relaties/?filter=x",
    }


def test_every_state_with_an_address_is_accessible_and_fits(filled: Portal, page: Any):
    wrong: dict[str, list[str]] = {}
    for name, address in addresses(page, filled).items():
        page.goto(address)
        if found := faults(page):
            wrong[name] = found

    assert wrong == {}


def test_every_state_that_a_hand_brings_about_is_accessible_and_fits(filled: Portal, page: Any):
    wrong: dict[str, list[str]] = {}
    root = f"{filled.url}d/bakkerij/"

    def look(name: str) -> None:
        if found := faults(page):
            wrong[name] = found

    page.goto(root)
    page.locator("summary.switch-dom").click()
    look("switcher")
    page.locator("summary.who").click()
    look("account")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    look("keys")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("fictief")
    page.wait_for_selector("#found [role=option]")
    look("search")
    page.goto(f"{root}documenten/")
    page.locator(".dqh summary").click()
    look("upload")
    page.goto(f"{root}documenten/?filter=kiezen")
    page.locator("#line-0-net").first.fill("veel")
    page.locator("#line-0-net").first.press("Control+Enter")
    page.wait_for_selector(".errsum")
    playwright_expect()(page.locator(".errsum")).to_be_focused()
    look("refused booking")
    page.locator("#line-0-account").first.click()
    page.keyboard.type("aank")
    page.wait_for_selector("#combo [role=option]")
    look("combobox")
    page.keyboard.press("Escape")
    page.locator("button[value=add]").click()
    page.wait_for_selector("#line-1-account")
    look("line added")

    assert wrong == {}


def test_what_became_of_several_files_is_told_where_they_lead(filled: Portal, page: Any):
    broken = ("kapot.xml", b"<?xml version='1.0'?><Invoice><ID>")
    hand_in(page, filled, "documenten", [("nieuw.xml", invoice("GF-9", supplier=TOOLS)), broken, FILES[0]])

    told = page.locator("#toasts .toast")
    playwright_expect()(told).to_have_count(3)
    playwright_expect()(told.nth(0)).to_have_text("Alle bestanden zijn ontvangen.")
    playwright_expect()(told.nth(1)).to_contain_text("kapot.xml: Dit bestand is geen leesbare XML.")
    playwright_expect()(told.nth(2)).to_contain_text("vraag.xml is al ontvangen")
    assert faults(page) == []


def test_a_phone_has_its_menu_and_its_bar(filled: Portal, chromium: Any):
    context = chromium.new_context(
        viewport={"width": 390, "height": 800}, locale="nl-BE", has_touch=True, reduced_motion="reduce"
    )
    page = context.new_page()
    filled.sign_in(page, "backoffice@bakkerij.example")
    page.locator(".mtab a[href='#nav']").click()

    assert page.locator(".nav a", has_text="Proefbalans").is_visible()
    assert faults(page) == []
    page.locator(".nav a", has_text="Documenten").click()
    page.wait_for_url(re.compile("/documenten/"))
    page.locator(".qi").first.click()
    page.wait_for_selector(".dgrid.chosen")
    assert faults(page) == []
    context.close()


def test_the_pages_before_signing_in_are_accessible(portal: Portal, chromium: Any):
    context = chromium.new_context(locale="nl-BE", reduced_motion="reduce")
    page = context.new_page()
    wrong: dict[str, list[str]] = {}
    for where in ("account/login/", "account/password/reset/", "account/password/reset/done/", "bestaat-niet/"):
        page.goto(f"{portal.url}{where}")
        if found := faults(page):
            wrong[where] = found
    page.goto(f"{portal.url}account/login/")
    page.fill("input[name=login]", "niemand@bakkerij.example")
    page.fill("input[name=password]", "niet het wachtwoord")
    page.click("form [type=submit]")
    page.wait_for_selector(".errsum, .errorlist, .errmsg")
    if found := faults(page):
        wrong["refused"] = found
    context.close()

    assert wrong == {}


def test_who_may_not_book_meets_an_accessible_refusal(filled: Portal, chromium: Any):
    context = chromium.new_context(locale="nl-BE", reduced_motion="reduce")
    page = context.new_page()
    filled.sign_in(page, "kijker@bakkerij.example")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    page.evaluate(
        """([url, token]) => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = url;
            const field = document.createElement("input");
            field.name = "csrfmiddlewaretoken";
            field.value = token;
            form.append(field);
            document.body.append(form);
            form.submit();
        }""",
        [f"{filled.url}d/bakkerij/documenten/boek-klare/", token],
    )
    page.wait_for_selector("[data-refused]")

    assert re.search("Backoffice", page.inner_text("main"))
    assert faults(page) == []
    context.close()


def test_the_smallest_phone_shows_every_list_without_scrolling_sideways(filled: Portal, chromium: Any):
    """360 px, which is also a desk of 1440 px at 400 %."""
    context = chromium.new_context(viewport={"width": 360, "height": 640}, locale="nl-BE")
    page = context.new_page()
    filled.sign_in(page, "backoffice@bakkerij.example")
    root = f"{filled.url}d/bakkerij/"
    pages = ("", "documenten/", "bank/", "btw/2026-K4/?rooster=59", "relaties/", "dagboeken/", "rapporten/proefbalans/")
    wide = []
    for where in pages:
        page.goto(f"{root}{where}")
        if is_wider_than_its_window(page):
            wide.append(where)
    context.close()

    assert wide == []
