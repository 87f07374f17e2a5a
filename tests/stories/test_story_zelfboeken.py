"""Zelfboeken in a browser, as it is told: the click path of the accountant, the popup of the Directie, each refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Portal, is_wider_than_its_window, violations
from zelfboeken.demo.logins import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OFFICE = "kantoor@kantoor.example"
OWNER = "directie@hamer.example"


def visit(chromium: Any, **context: Any) -> Any:
    """A page of a new visitor; an error of a script, or one against the content policy, is remembered."""
    settings = {"viewport": {"width": 1440, "height": 900}, "locale": "nl-BE", "reduced_motion": "reduce", **context}
    page = chromium.new_context(**settings).new_page()
    page.broken = []
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.on("console", lambda told: page.broken.append(told.text) if "Content Security Policy" in told.text else None)
    return page


@pytest.fixture
def office(portal: Portal, chromium: Any) -> Iterator[Any]:
    page = visit(chromium)
    portal.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    yield page
    assert page.broken == []
    page.context.close()


def faults(page: Any) -> list[str]:
    """What axe finds on a desk and on a phone, light and dark, and whether the page scrolls sideways."""
    found = []
    for width, scheme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme}: {one}" for one in violations(page)]
        if is_wider_than_its_window(page):
            found.append(f"{width}: scrolls sideways")
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        found += [f"{width} not {scheme}: {one}" for one in violations(page, colours_only=True)]
    return found


def to_the_form(page: Any, name: str) -> None:
    """The click path: Beheer > Domeinen > name of the domain > Bewerken."""
    page.click("nav a:has-text('Domeinen')")
    page.click(f"table a:has-text('{name}')")
    page.click("a.btn:has-text('Bewerken')")
    expect(page.locator("#sheet")).to_be_visible()


@pytest.fixture(scope="module")
def activated(portal: Portal, chromium: Any) -> Portal:
    """The accountant's part, told once: by exactly the click path, with what it does told beside it."""
    page = visit(chromium)
    portal.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    page.click("nav a:has-text('Domeinen')")
    expect(page.locator("tr:has-text('Hamer Voorbeeld BV')")).to_contain_text("uit")
    to_the_form(page, "Hamer Voorbeeld BV")
    expect(page.locator("aside")).to_contain_text("Nog geen wijzigingen")

    page.check("text=Zelfboeken activeren")
    expect(page.locator("aside")).to_contain_text("2 wijzigingen")
    expect(page.locator("aside")).to_contain_text("Automatisch mee aangepast.")
    expect(page.locator("aside")).to_contain_text("De Directie krijgt bij het openen van het domein de vraag")
    page.click("aside button[aria-label='Zet terug: Workflow']")
    expect(page.locator("aside")).to_contain_text("1 wijziging")
    page.check("label:has-text('Uitgesloten') input")
    expect(page.locator("aside")).to_contain_text("2 wijzigingen")
    page.click("aside button:has-text('Bewaar')")
    expect(page.locator("#toasts")).to_contain_text("De Directie krijgt een mail.")
    expect(page.locator("main")).to_contain_text("Uitgesloten")
    page.click("nav a:has-text('Domeinen')")
    expect(page.locator("tr:has-text('Hamer Voorbeeld BV')")).to_contain_text("wacht op rol")
    assert page.broken == []
    page.context.close()
    return portal


def test_s5_the_accountant_activates_by_the_exact_click_path_and_may_set_the_workflow_back(
    activated: Portal, office: Any
):
    to_the_form(office, "Hamer Voorbeeld BV")
    office.check("label:has-text('Normaal') input")
    expect(office.locator("aside")).to_contain_text("Uitgesloten")
    office.keyboard.press("Control+Enter")
    expect(office.locator("#toasts")).to_contain_text("Domeinfiche bewaard")
    office.goto(f"{activated.url}kantoor/domeinen/?workflow=NORMAL")
    expect(office.locator("tr:has-text('Hamer Voorbeeld BV')")).to_be_visible()
    to_the_form(office, "Hamer Voorbeeld BV")
    office.check("label:has-text('Uitgesloten') input")
    office.click("aside button:has-text('Bewaar')")
    expect(office.locator("#toasts")).to_contain_text("Domeinfiche bewaard")
    office.click("a:has-text('Historiek')")
    expect(office.locator("main")).to_contain_text("Zelfboeken geactiveerd")


def test_s8_a_tick_that_comes_while_the_price_of_the_one_before_is_on_its_way_stays(activated: Portal, chromium: Any):
    page = visit(chromium)
    activated.sign_in(page, OWNER, lands="/d/hamer/")
    second = page.locator("#popup label:has-text('Winkel') input")
    second.evaluate("box => document.addEventListener('htmx:beforeOnLoad', () => box.click(), { once: true })")

    page.check("#popup label:has-text('Administratie') input")

    expect(page.locator("#popup button.p")).to_have_text(re.compile(r"Wijs 2 rollen toe voor €\s64,00 per maand"))
    expect(second).to_be_checked()
    assert page.broken == []
    page.context.close()


def test_s9_the_directie_gets_the_popup_gives_two_users_the_role_sees_25_euro_and_confirms(
    activated: Portal, chromium: Any
):
    page = visit(chromium)
    activated.sign_in(page, OWNER, lands="/d/hamer/")
    box = page.locator("dialog#popup")
    expect(box).to_be_visible()
    assert page.evaluate("document.querySelector('dialog#popup').matches(':modal')")
    assert page.locator("#popup input[type=checkbox]:checked").count() == 0
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert faults(page) == []

    page.check("#popup label:has-text('Administratie') input")
    expect(box).to_contain_text("Wijs 1 rol toe voor € 39,00 per maand")
    page.check("#popup label:has-text('Winkel') input")
    expect(box).to_contain_text(re.compile(r"1 extra Backoffice-rol\s*€\s25,00"))
    expect(box).to_contain_text(re.compile(r"In \w+ \d{4} betaal je €\s[\d,]+ extra, voor \d+ van de \d\d dagen"))
    expect(box).to_contain_text("De afrekening gaat naar Hamer Voorbeeld BV.")
    assert faults(page) == []
    page.click("button:has-text('Wijs 2 rollen toe voor € 64,00 per maand')")
    expect(page.locator("#toasts")).to_contain_text("Administratie, Winkel hebben nu de rol Backoffice.")
    expect(page.locator("main")).to_contain_text(re.compile(r"Per maand, excl. btw\s*€\s64,00"))
    assert faults(page) == []
    page.goto(f"{activated.url}d/hamer/")
    assert page.locator("dialog#popup").count() == 0
    assert page.broken == []
    page.context.close()

    booker = visit(chromium)
    activated.sign_in(booker, "administratie@hamer.example", lands="/d/hamer/")
    booker.goto(f"{activated.url}d/hamer/gebruikers/")
    expect(booker.locator("main")).to_contain_text("Alleen de Directie geeft rollen.")
    assert faults(booker) == []
    booker.context.close()


def test_s14_without_a_bundle_the_popup_names_the_four_and_leads_to_them(portal: Portal, chromium: Any):
    page = visit(chromium)
    portal.sign_in(page, "directie@specimen.example", lands="/d/specimen/")
    box = page.locator("dialog#popup")
    expect(box).to_contain_text("Activeer eerst een bundel")
    for name in ("Small", "Medium", "Large", "Unlimited"):
        expect(box).to_contain_text(name)
    assert faults(page) == []
    page.click("dialog a:has-text('Medium')")
    page.wait_for_url(re.compile("/d/specimen/bundel/\\?bundel=MEDIUM"))

    page.goto(f"{portal.url}d/specimen/")
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_contain_text("Over een week vragen we het opnieuw.")
    assert page.locator("dialog#popup").count() == 0
    page.goto(f"{portal.url}d/specimen/gebruikers/")
    expect(page.locator("main")).to_contain_text("Activeer eerst een bundel: Small, Medium, Large of Unlimited.")
    assert faults(page) == []
    assert page.broken == []
    page.context.close()


@pytest.mark.parametrize(
    ("slug", "told", "way"),
    [
        ("proef", "Dit domein is in proef tot en met 31/12/2026.", "Kies een bundel"),
        ("model", "Dit domein neemt modules af.", "Naar bundel"),
    ],
    ids=["S12 trial", "S13 modules"],
)
def test_s12_s13_each_refusal_has_its_reason_and_its_way_out(
    portal: Portal, chromium: Any, slug: str, told: str, way: str
):
    page = visit(chromium)
    portal.sign_in(page, f"directie@{slug}.example", lands=f"/d/{slug}/")
    assert page.locator("dialog#popup").count() == 0
    page.click("nav a:has-text('Gebruikers en rollen')")
    expect(page.locator("main")).to_contain_text(told)
    assert faults(page) == []
    page.click(f"main a:has-text('{way}')")
    page.wait_for_url(re.compile(f"/d/{slug}/bundel/"))
    assert page.broken == []
    page.context.close()


def test_s13_the_box_of_a_module_domain_is_closed_with_the_reason(portal: Portal, office: Any):
    to_the_form(office, "Café Model BV")
    expect(office.locator("#field-self_booking")).to_be_disabled()
    expect(office.locator("main")).to_contain_text("Dit domein neemt modules af.")


def test_every_page_of_the_office_is_accessible_and_fits(activated: Portal, office: Any):
    wrong: dict[str, list[str]] = {}
    root = f"{activated.url}kantoor/"
    addresses = (
        "domeinen/",
        "domeinen/?q=bestaatniet",
        "nieuw-domein/",
        "gebruikers/",
        "domeinen/hamer/",
        "domeinen/hamer/bewerken/",
        "domeinen/model/bewerken/",
        "domeinen/hamer/gebruikers/",
        "domeinen/hamer/boekjaren/",
        "domeinen/hamer/administratie/",
        "domeinen/hamer/historiek/",
    )
    for where in addresses:
        office.goto(f"{root}{where}")
        if found := faults(office):
            wrong[where] = found
    office.goto(f"{root}domeinen/hamer/bewerken/")
    office.uncheck("#field-self_booking")
    expect(office.locator("main")).to_contain_text("Waarom zet je het uit?")
    if found := faults(office):
        wrong["off"] = found
    office.click("aside button:has-text('Bewaar')")
    expect(office.locator(".errsum")).to_be_focused()
    if found := faults(office):
        wrong["refused"] = found
    office.goto(f"{root}nieuw-domein/")
    office.click("button:has-text('Maak het domein')")
    if found := faults(office):
        wrong["new, refused"] = found

    assert wrong == {}


def test_it_all_works_without_scripts(activated: Portal, chromium: Any):
    page = visit(chromium, java_script_enabled=False)
    activated.sign_in(page, OFFICE, lands="/kantoor/monitor/")
    page.goto(f"{activated.url}kantoor/domeinen/proef/bewerken/")
    page.check("#field-self_booking")
    page.click("button:has-text('Toon de wijzigingen')")
    expect(page.locator("aside")).to_contain_text("2 wijzigingen")
    expect(page.locator("aside")).to_contain_text("Dit doet nog niets: het domein is in proef.")
    page.click("aside button[aria-label='Zet terug: Zelfboeken']")
    expect(page.locator("aside")).to_contain_text("Nog geen wijzigingen")

    page.goto(f"{activated.url}kantoor/domeinen/")
    page.check("input[aria-label='Traiteur Proef BV']")
    page.select_option("#assign-task", "BACKUP")
    page.click("button:has-text('Wijs toe')")
    expect(page.locator("#toasts")).to_contain_text("1 domein toegewezen: back-up is Katrien Kantoor.")
    page.context.close()


def test_an_invitation_is_opened_by_a_new_user(portal: Portal, office: Any, chromium: Any):
    office.goto(f"{portal.url}kantoor/domeinen/hamer/gebruikers/")
    office.fill("#field-email", "nieuw@hamer.example")
    office.click("button:has-text('Nodig uit')")
    expect(office.locator("#toasts")).to_contain_text("Uitnodiging verstuurd naar nieuw@hamer.example.")
    expect(office.locator("#invitations")).to_contain_text("nieuw@hamer.example uitgenodigd, tot")

    page = visit(chromium)
    page.goto(portal.link_in_mail_to("nieuw@hamer.example"))
    assert faults(page) == []
    page.fill("#field-name", "Nina Nieuw")
    page.fill("#field-password", PASSWORD)
    page.click("button:has-text('Aanvaard de uitnodiging')")
    page.wait_for_url(re.compile("/account/login/"))
    page.fill("input[name=login]", "nieuw@hamer.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("form [type=submit]")
    page.wait_for_url(re.compile("/d/hamer/"))
    page.goto(portal.link_in_mail_to("nieuw@hamer.example"))
    expect(page.locator("main")).to_contain_text("Deze uitnodiging werkt niet meer.")
    assert page.broken == []
    page.context.close()
