"""The Backoffice monitor in a browser: walked with keys, refreshed under one's hands, left by who books himself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.files import invoice
from tests.stories.conftest import Portal, running_portal
from tests.stories.test_story_zelfboeken import OFFICE, faults, to_the_form, visit
from zelfboeken.demo.numbers import enterprise_number
from zelfboeken.demo.people import belgian_party

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLIENTS = {"hamer": ("Hamer Voorbeeld BV", 201), "proef": ("Traiteur Proef BV", 203), "model": ("Café Model BV", 204)}


def bill(slug: str, number: str, net: str) -> tuple[str, bytes]:
    """An invoice to this client."""
    name, n = CLIENTS[slug]
    customer = belgian_party(n, name, "Voorbeeldstraat 1", "9000", "Gent")
    assert customer.vat == f"BE{enterprise_number(n)}"
    return f"{number}.xml", invoice(number, net=net, customer=customer)


def hand_in(page: Any, portal: Portal, slug: str, *numbers: str, net: str = "100.00") -> None:
    """Hand invoices in at the documents of a domain, as the office may."""
    page.goto(f"{portal.url}d/{slug}/documenten/")
    sent = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in (bill(slug, number, net) for number in numbers)
    ]
    with page.expect_navigation(timeout=60_000):
        page.locator("form[data-upload]").first.locator("input[type=file]").set_input_files(sent)
    page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def own_portal(chromium: Any) -> Iterator[Portal]:
    """A portal of its own, in which documents of three clients wait."""
    with running_portal() as portal:
        page = visit(chromium)
        portal.sign_in(page, OFFICE, lands="/kantoor/monitor/")
        for slug, count in (("hamer", 1), ("proef", 2), ("model", 3)):
            hand_in(page, portal, slug, *(f"2026-{slug}-{n}" for n in range(count)))
        page.context.close()
        yield portal


@pytest.fixture
def office(own_portal: Portal, chromium: Any) -> Iterator[Any]:
    page = visit(chromium)
    own_portal.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    yield page
    assert page.broken == []
    page.context.close()


def row(page: Any, slug: str) -> Any:
    return page.locator(f"#row-{slug}")


def chosen(page: Any) -> Any:
    return page.locator("tr:has([data-row][aria-current])")


def test_the_list_is_walked_with_keys_and_d_b_and_t_open_the_queue_of_the_row(own_portal: Portal, office: Any):
    expect(office.locator("h1")).to_have_text("Backoffice monitor")
    expect(office.locator("tbody tr")).to_have_count(3)
    first = str(chosen(office).get_attribute("id")).removeprefix("row-")

    office.keyboard.press("j")
    expect(chosen(office)).not_to_have_id(f"row-{first}")
    second = str(chosen(office).get_attribute("id")).removeprefix("row-")
    office.wait_for_url(re.compile(f"domein={second}"))
    expect(office.locator("aside h2")).to_have_text(CLIENTS[second][0])
    expect(office.locator("[data-row]:focus")).to_contain_text(CLIENTS[second][0])

    for key, address in (("d", "documenten/"), ("b", "bank/"), ("t", r"btw/[0-9K-]+/")):
        office.keyboard.press(key)
        office.wait_for_url(re.compile(f"/d/{second}/{address}"))
        office.go_back()
        office.wait_for_url(re.compile(f"/kantoor/monitor/.*domein={second}"))
        expect(chosen(office)).to_have_id(f"row-{second}")
    office.keyboard.press("k")
    expect(chosen(office)).to_have_id(f"row-{first}")
    office.keyboard.press("e")
    office.wait_for_url(re.compile(f"/kantoor/domeinen/{first}/"))
    office.keyboard.press("g")
    office.keyboard.press("m")
    office.wait_for_url(re.compile("/kantoor/monitor/"))
    office.keyboard.press("Enter")
    office.wait_for_url(re.compile(f"/d/{first}/"))


def test_it_refreshes_by_itself_and_nobody_loses_his_place(own_portal: Portal, office: Any):
    office.clock.install()
    office.set_viewport_size({"width": 1000, "height": 420})
    office.goto(f"{own_portal.url}kantoor/monitor/?bij=1")
    row(office, "proef").locator("[data-row]").click()
    office.wait_for_url(re.compile("domein=proef"))
    expect(row(office, "proef")).to_contain_text("2")
    office.evaluate("scrollTo(0, 160)")
    office.evaluate("document.getElementById('row-proef').isTheSame = true")
    before = office.evaluate("scrollY")
    other = office.context.new_page()
    hand_in(other, own_portal, "proef", "2026-proef-later")
    other.close()

    with office.expect_response(re.compile("/kantoor/monitor/")):
        office.clock.fast_forward(61_000)

    expect(row(office, "proef")).to_contain_text("Boek 3 stukken")
    assert office.evaluate("document.getElementById('row-proef').isTheSame") is True
    expect(chosen(office)).to_have_id("row-proef")
    expect(row(office, "proef").locator("[data-row]")).to_be_focused()
    assert office.evaluate("scrollY") == before
    assert "domein=proef" in office.url


def test_it_keeps_still_while_somebody_types_in_it(own_portal: Portal, office: Any):
    office.clock.install()
    office.goto(f"{own_portal.url}kantoor/monitor/")
    asked: list[str] = []
    office.on("request", lambda request: asked.append(request.url) if request.headers.get("hx-trigger") else None)

    office.keyboard.press("/")
    office.keyboard.type("caf")
    office.clock.fast_forward(61_000)
    expect(office.locator("input[name=q][data-key='/']")).to_have_value("caf")
    assert asked == []
    office.keyboard.press("Enter")
    office.wait_for_url(re.compile("q=caf"))
    expect(office.locator("tbody tr")).to_have_count(1)


def test_what_does_not_refresh_is_told_and_tried_again(own_portal: Portal, office: Any):
    office.clock.install()
    office.goto(f"{own_portal.url}kantoor/monitor/")
    office.route("**/kantoor/monitor/**", lambda route: route.abort())
    expect(office.locator("#stale")).to_be_hidden()

    office.clock.fast_forward(61_000)
    expect(office.locator("#stale")).to_contain_text("Verversen lukte niet. Je kan verder werken")
    expect(office.locator("tbody tr").first).to_be_visible()

    office.unroute("**/kantoor/monitor/**")
    office.clock.fast_forward(61_000)
    expect(office.locator("#stale")).to_be_hidden()


def test_s6_s7_a_domain_leaves_the_list_with_zelfboeken_and_comes_back_with_normaal(own_portal: Portal, office: Any):
    expect(row(office, "hamer")).to_be_visible()

    to_the_form(office, "Hamer Voorbeeld BV")
    office.check("text=Zelfboeken activeren")
    office.click("aside button:has-text('Bewaar')")
    expect(office.locator("#toasts")).to_contain_text("De Directie krijgt een mail.")
    office.click("nav a:has-text('Backoffice monitor')")
    expect(row(office, "model")).to_be_visible()
    expect(row(office, "hamer")).to_have_count(0)

    office.click(".seg a:has-text('Zelfboekers')")
    expect(row(office, "hamer")).to_contain_text("Hamer Voorbeeld BV")
    expect(office.locator("thead")).to_contain_text("Laatste activiteit")
    assert faults(office) == []

    to_the_form(office, "Hamer Voorbeeld BV")
    office.check("label:has-text('Normaal') input")
    office.click("aside button:has-text('Bewaar')")
    expect(office.locator("#toasts")).to_contain_text("Domeinfiche bewaard")
    office.click("nav a:has-text('Backoffice monitor')")
    expect(row(office, "hamer")).to_contain_text("Boek 1 stuk")


def test_it_is_fit_for_every_eye_on_a_desk_and_on_a_phone(own_portal: Portal, office: Any):
    for rest in ("", "?domein=model", "?toon=vragen", "?q=niets", "kalender/"):
        office.goto(f"{own_portal.url}kantoor/monitor/{rest}")
        assert faults(office) == [], rest


def test_it_all_works_without_scripts(own_portal: Portal, chromium: Any):
    page = visit(chromium, java_script_enabled=False)
    own_portal.sign_in(page, OFFICE, lands="/kantoor/monitor/")

    page.click("#row-proef a[data-row]")
    expect(page.locator("aside h2")).to_have_text("Traiteur Proef BV")
    page.click("#refresh")
    expect(page.locator("aside h2")).to_have_text("Traiteur Proef BV")
    page.click(".seg a:has-text('Mijn domeinen')")
    assert "wie=mijn" in page.url
    page.click(".views summary")
    page.fill("#view-name", "Van mij")
    page.click(".vform button")
    expect(page.locator("#toasts")).to_contain_text("Weergave “Van mij” bewaard.")
    expect(page.locator(".mbar > a.fil")).to_have_text("Van mij")
    page.goto(f"{own_portal.url}kantoor/monitor/kalender/")
    page.select_option("select[name=cut_off]", "15")
    page.click("button[value=hours]")
    expect(page.locator("#toasts")).to_contain_text("Werkuren bewaard.")
    page.goto(f"{own_portal.url}kantoor/monitor/")
    expect(page.locator(".mpromise")).to_contain_text("15:00")
    page.click("#row-proef a[data-row]")
    page.click("aside a:has-text('Documenten')")
    assert "/d/proef/documenten/" in page.url
    page.context.close()


CUT = """() => [...document.querySelectorAll('.mon .dn .cut, .mon td, .sidep .right')]
    .filter((one) => one.offsetParent && one.textContent.trim())
    .filter((one) => one.clientWidth < 20 || one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent.trim())"""


@pytest.mark.parametrize("width", [1920, 1440, 1401, 1400, 1241, 1100, 980, 861, 390])
def test_no_name_or_count_is_cut_whatever_the_width(own_portal: Portal, office: Any, width: int):
    office.goto(f"{own_portal.url}d/hamer/vragen/stel/")
    office.fill("input[name=title]", "Is deze aankoop privé?")
    office.click("button:has-text('Vraag')")
    office.set_viewport_size({"width": width, "height": 900})

    office.goto(f"{own_portal.url}kantoor/monitor/?bij=1&domein=hamer")

    expect(row(office, "hamer")).to_be_visible()
    assert office.evaluate(CUT) == []
    assert office.evaluate("document.documentElement.scrollWidth <= innerWidth")
