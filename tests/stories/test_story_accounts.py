"""One's own account in a browser: a second step by app, recovery code and passkey, sessions, a forgotten password."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.stories.conftest import Portal, is_wider_than_its_window, violations
from zelfboeken.demo.logins import OFFICE_USER, PASSWORD
from zelfboeken.portal.accounts import DEMO_CODE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = "kijker@bakkerij.example"
NEW = "een-nieuw-lang-geheim"
_used: set[str] = set()


def code_of(secret: str) -> str:
    """A code that the app shows and that was not used yet; each is good for once."""
    while True:
        code = str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
        if code not in _used and time.time() % 30 < 26:
            _used.add(code)
            return code
        time.sleep(1)


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE", reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    """A page; an error of a script, or one against the content policy, fails the test."""
    made = context.new_page()
    broken: list[str] = []
    made.on("pageerror", lambda error: broken.append(str(error)))
    made.on("console", lambda told: broken.append(told.text) if "Content Security Policy" in told.text else None)
    yield made
    assert broken == []


def sign_in(page: Any, portal: Portal, password: str = PASSWORD) -> None:
    """Type address and password."""
    page.goto(f"{portal.url}account/login/")
    page.fill("input[name=login]", WHO)
    page.fill("input[name=password]", password)
    page.click("button:has-text('Meld je aan')")
    expect(page).not_to_have_url(re.compile("/account/login/$"))


def sign_out(page: Any, portal: Portal) -> None:
    page.goto(f"{portal.url}account/")
    page.click("header button:has-text('Meld je af')")
    expect(page).to_have_url(re.compile("/account/login/"))


def again(page: Any, password: str = PASSWORD) -> None:
    """Show once more that it is you, where the page asks it."""
    if "/account/bevestig/" in page.url:
        page.fill("input[name=password]", password)
        page.click("button:has-text('Ga verder')")


def is_fine(page: Any) -> None:
    """Accessible and not too wide, on a desk and on a phone, in both themes."""
    before, found = page.viewport_size, []
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {one}" for one in violations(page)]
        if is_wider_than_its_window(page):
            found.append(f"{width}: scrolls sideways")
    page.set_viewport_size(before)
    assert found == [], page.url


def set_up_app(page: Any, portal: Portal) -> tuple[str, list[str]]:
    """Set up an app; its key and the recovery codes."""
    page.goto(f"{portal.url}account/tweede-stap/")
    page.click("a:has-text('App instellen')")
    again(page)
    secret = page.locator("[data-secret]").inner_text().replace(" ", "")
    page.fill("input[name=code]", code_of(secret))
    page.click("main button:has-text('Instellen')")
    expect(page.get_by_role("heading", name="Herstelcodes")).to_be_visible()
    return secret, page.locator(".codes li").all_inner_texts()


def without_second_step(page: Any, portal: Portal) -> None:
    """Leave the account as it was found."""
    for _ in range(4):
        page.goto(f"{portal.url}account/tweede-stap/")
        if not page.locator("main a:has-text('Verwijderen')").count():
            return
        page.locator("main a:has-text('Verwijderen')").first.click()
        again(page)
        page.click("main button:has-text('Verwijderen')")


def test_an_app_and_recovery_codes(portal: Portal, page: Any):
    sign_in(page, portal)
    page.wait_for_url(re.compile("/d/bakkerij/"))
    page.click("summary.who")
    page.click(".pop a:has-text('Je account')")
    expect(page.get_by_role("heading", name="Je account")).to_be_visible()
    is_fine(page)

    secret, codes = set_up_app(page, portal)
    assert len(codes) == 10
    is_fine(page)
    page.click("a:has-text('Ik heb ze bewaard')")
    expect(page.locator("main")).to_contain_text("nog 10 codes")
    sign_out(page, portal)

    sign_in(page, portal)
    expect(page.get_by_role("heading", name="Tweede stap")).to_be_visible()
    is_fine(page)
    page.goto(f"{portal.url}d/bakkerij/")
    expect(page).to_have_url(re.compile("/account/login/"))
    page.fill("input[name=code]", "000000")
    page.click("button:has-text('Meld je aan')")
    expect(page.locator("main")).to_contain_text("Deze code klopt niet, of ze is al gebruikt.")
    page.fill("input[name=code]", code_of(secret))
    page.click("button:has-text('Meld je aan')")
    page.wait_for_url(re.compile("/d/bakkerij/"))
    sign_out(page, portal)

    for _ in range(2):
        sign_in(page, portal)
        page.fill("input[name=code]", codes[0])
        page.click("button:has-text('Meld je aan')")
        if _ == 0:
            page.wait_for_url(re.compile("/d/bakkerij/"))
            sign_out(page, portal)
    expect(page.locator("main")).to_contain_text("Deze code klopt niet, of ze is al gebruikt.")
    page.fill("input[name=code]", codes[1])
    page.click("button:has-text('Meld je aan')")
    page.wait_for_url(re.compile("/d/bakkerij/"))
    without_second_step(page, portal)


def test_a_passkey(portal: Portal, page: Any, context: Any):
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]
    sign_in(page, portal)
    page.goto(f"{portal.url}account/tweede-stap/")
    page.click("a:has-text('Passkey toevoegen')")
    again(page)
    is_fine(page)
    page.fill("input[name=name]", "Laptop")
    page.click("button:has-text('Maak de passkey')")
    expect(page.get_by_role("heading", name="Herstelcodes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    page.click("a:has-text('Ik heb ze bewaard')")
    expect(page.locator("main")).to_contain_text("Laptop")
    is_fine(page)
    sign_out(page, portal)

    sign_in(page, portal)
    is_fine(page)
    page.click("button:has-text('Gebruik je passkey')")
    page.wait_for_url(re.compile("/d/bakkerij/"))
    page.goto(f"{portal.url}account/tweede-stap/")
    expect(page.locator("main")).to_contain_text("laatst gebruikt op")
    page.click("a:has-text('Naam wijzigen')")
    page.click("a:has-text('Met een passkey')")
    is_fine(page)
    page.click("button:has-text('Gebruik je passkey')")
    page.fill("input[name=name]", "Werklaptop")
    is_fine(page)
    page.click("main button:has-text('Bewaren')")
    expect(page.locator("main")).to_contain_text("Werklaptop")
    sign_out(page, portal)

    # A passkey that does not answer is told, and the page goes on.
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "u2f", "transport": "usb", "automaticPresenceSimulation": True}},
    )
    sign_in(page, portal)
    page.click("button:has-text('Gebruik je passkey')")
    expect(page.locator("main")).to_contain_text("De passkey antwoordde niet. Probeer opnieuw.", timeout=90_000)
    page.click("button:has-text('Annuleer')")
    expect(page).to_have_url(re.compile("/account/login/$"))
    sign_in(page, portal)
    page.fill("input[name=code]", codes[0])
    page.click("button:has-text('Meld je aan')")
    page.wait_for_url(re.compile("/d/bakkerij/"))
    without_second_step(page, portal)


def test_without_javascript_an_app_works_and_a_passkey_says_what_it_needs(portal: Portal, chromium: Any):
    context = chromium.new_context(java_script_enabled=False, locale="nl-BE", viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{portal.url}account/login/")
    page.fill("input[name=login]", "backoffice@bakkerij.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("button:has-text('Meld je aan')")
    page.goto(f"{portal.url}account/tweede-stap/passkey/")
    again(page)
    expect(page.locator("main")).to_contain_text("Een passkey heeft JavaScript nodig, en dat staat uit in je browser.")
    expect(page.locator("button:has-text('Maak de passkey')")).to_be_hidden()

    set_up_app(page, portal)

    page.goto(f"{portal.url}account/sessies/")
    expect(page.locator("main")).to_contain_text("dit toestel")
    without_second_step(page, portal)
    context.close()


def test_a_session_ended_on_one_device_is_out_on_the_other(portal: Portal, page: Any, chromium: Any):
    phone = chromium.new_context(viewport={"width": 390, "height": 800}, locale="nl-BE").new_page()
    address = "directie@bakkerij.example"
    portal.sign_in(page, address)
    portal.sign_in(phone, address)
    page.goto(f"{portal.url}account/sessies/")
    is_fine(page)

    page.click("button:has-text('Afmelden op alle andere toestellen')")
    expect(page.locator("main")).to_contain_text("Je bent alleen nog op dit toestel aangemeld.")
    phone.goto(f"{portal.url}d/bakkerij/")
    expect(phone).to_have_url(re.compile("/account/login/"))

    portal.sign_in(phone, address)
    page.goto(f"{portal.url}account/sessies/")
    page.click("button:has-text('Overal afmelden')")
    for one in (page, phone):
        one.goto(f"{portal.url}d/bakkerij/")
        expect(one).to_have_url(re.compile("/account/login/"))
    phone.context.close()


def test_a_forgotten_password_is_chosen_anew_by_a_link_in_a_mail(portal: Portal, page: Any):
    page.goto(f"{portal.url}account/login/")
    is_fine(page)
    page.click("a:has-text('Wachtwoord vergeten?')")
    page.fill("input[name=email]", WHO)
    page.click("main button[type=submit]")
    expect(page.get_by_role("heading", name="Kijk in je mailbox")).to_be_visible()
    link = re.search(r"http://localhost:\d+/account/\S+", portal.last_mail(WHO))
    assert link

    page.goto(link[0])
    is_fine(page)
    page.fill("input[name=password1]", NEW)
    page.fill("input[name=password2]", NEW)
    page.click("main button[type=submit]")
    expect(page.get_by_role("heading", name="Je wachtwoord is gewijzigd")).to_be_visible()
    assert "Je wachtwoord is opnieuw gekozen" in portal.last_mail(WHO)
    page.goto(link[0])
    expect(page.locator("main")).to_contain_text("Deze link werkt niet meer")

    sign_in(page, portal, NEW)
    page.goto(f"{portal.url}account/wachtwoord/")
    is_fine(page)
    page.fill("input[name=oldpassword]", NEW)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("main")).to_contain_text("Je wachtwoord is gewijzigd. Je andere sessies zijn beëindigd.")
    page.goto(f"{portal.url}account/e-mail/")
    again(page)
    is_fine(page)
    page.fill("input[name=email]", WHO)
    page.click("main button:has-text('Verstuur de link')")
    expect(page.locator("main")).to_contain_text("Dit is al je adres.")
    is_fine(page)


def test_the_office_comes_into_the_demo_with_the_code_it_shows(portal: Portal, page: Any):
    page.goto(f"{portal.url}account/login/")
    page.fill("input[name=login]", OFFICE_USER[0])
    page.fill("input[name=password]", PASSWORD)
    page.click("button:has-text('Meld je aan')")
    expect(page.locator("main")).to_contain_text(f"Dit is de demo: ze laat iedereen binnen met code {DEMO_CODE}")
    is_fine(page)
    page.fill("input[name=code]", DEMO_CODE)
    page.click("button:has-text('Meld je aan')")
    page.wait_for_url(re.compile("/d/bakkerij/|/kantoor/"))
    page.goto(f"{portal.url}account/tweede-stap/")
    is_fine(page)
    page.click("a:has-text('Verwijderen')")
    page.fill("input[name=password]", PASSWORD)
    page.click("button:has-text('Ga verder')")
    expect(page.locator("main")).to_contain_text("Je rol bij het kantoor vraagt een tweede stap.")
    is_fine(page)
