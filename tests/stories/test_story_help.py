"""The help in a browser: from a page to its article, a no that is sent, and the operator who reads and handles it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.stories.conftest import Portal, playwright_expect
from tests.stories.test_story_states import faults
from zelfboeken.help.articles import library

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def opened(chromium: Any, *, locale: str = "nl-BE", **options: Any) -> Any:
    """A page of a new visitor; what goes wrong in it is kept with its context until `closed`."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale=locale, reduced_motion="reduce", has_touch=True, **options
    )
    page = context.new_page()
    context.broken = []
    page.on("pageerror", lambda error: context.broken.append(str(error)))
    page.on("console", lambda told: context.broken.append(told.text) if told.type == "error" else None)
    return page


def closed(page: Any) -> None:
    """Close a page in which no script failed and nothing was against the content policy."""
    broken = page.context.broken
    page.context.close()
    assert broken == []


def test_a_reader_says_no_and_the_operator_reads_and_handles_it(portal: Portal, chromium: Any):
    expect = playwright_expect()
    page = opened(chromium)
    portal.sign_in(page, "backoffice@bakkerij.example")
    page.goto(f"{portal.url}d/bakkerij/btw/")
    page.locator(".nav a", has_text="Help").click()
    expect(page.locator("h1")).to_have_text("De btw-aangifte nakijken")
    expect(page.locator(".toc .btn")).to_have_attribute("href", "/d/bakkerij/btw/")
    wrong = {"article": faults(page)}

    page.locator("#feedback a", has_text="Nee").click()
    title = page.locator("#feedback h2").first
    expect(title).to_have_text("Sorry dat we je niet konden helpen")
    expect(title).to_be_focused()
    wrong["no"] = faults(page)
    page.locator("#feedback button", has_text="Verstuur").click()
    expect(page.locator("#feedback .errsum")).to_contain_text("Kies een reden of schrijf kort wat je zocht.")
    expect(page.locator("#feedback .errsum")).to_be_focused()
    wrong["refused"] = faults(page)
    page.locator("#feedback label", has_text="Er ontbreekt een stap").click()
    page.locator("#answer-text").fill("Hoe zit het met rooster 83?")
    page.locator("#answer-mail").check()
    page.locator("#feedback button", has_text="Verstuur").click()
    expect(page.locator("#feedback")).to_contain_text("Feedback verzonden")
    expect(page.locator("#feedback")).to_contain_text("gebruiken je antwoord om dit artikel te verbeteren")
    wrong["sent"] = faults(page)
    page.reload()
    expect(page.locator("#feedback")).to_contain_text("Feedback verzonden")
    # A refused form is an answer of 422, which a browser tells on its console.
    page.context.broken[:] = [one for one in page.context.broken if "422" not in one]
    closed(page)

    page = opened(chromium)
    page.goto(portal.url)
    page.fill("input[name=login]", "directie@bakkerij.example")
    page.fill("input[name=password]", "bakkerij-voorbeeld")
    page.click("form [type=submit]")
    assert page.goto(f"{portal.url}help/antwoorden/").status == 403
    assert "Alleen een Portaalbeheerder van de beheerder van dit platform mag dit." in page.inner_text("main")
    page.context.broken.clear()
    closed(page)

    page = opened(chromium)
    portal.sign_in(page, "kantoor@kantoor.example")
    page.goto(f"{portal.url}help/")
    page.get_by_role("link", name="Wat lezers antwoordden").click()
    expect(page.locator("main")).to_contain_text("Hoe zit het met rooster 83?")
    expect(page.locator("main")).to_contain_text("Er ontbreekt een stap")
    assert re.search(r"De btw-aangifte nakijken\s+Nederlands\s+0\s+1\s+0\s%", page.inner_text("table"))
    wrong["answers"] = faults(page)
    page.get_by_role("button", name="Artikel aangepast").click()
    expect(page.locator("#toasts")).to_contain_text("Als behandeld aangeduid.")
    expect(page.locator("main")).to_contain_text("Niets te behandelen")
    wrong["handled"] = faults(page)
    page.get_by_role("link", name="Alles", exact=True).click()
    expect(page.locator(".han")).to_contain_text("Artikel aangepast · Katrien Kantoor")
    closed(page)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_yes_is_thanked_with_a_script_and_without_one(portal: Portal, chromium: Any):
    for has_script in (True, False):
        page = opened(chromium, java_script_enabled=has_script)
        page.goto(f"{portal.url}help/factuur-boeken/")
        page.locator("#feedback button", has_text="Ja").click()
        page.wait_for_selector("#feedback >> text=Bedankt voor je beoordeling")
        assert "Volgende stap: Bankverrichtingen koppelen" in page.inner_text("#feedback")
        closed(page)


def test_a_no_is_sent_without_a_script(portal: Portal, chromium: Any):
    page = opened(chromium, java_script_enabled=False)
    page.goto(f"{portal.url}account/login/")
    page.get_by_role("link", name="Help").click()
    page.locator("#feedback a", has_text="Nee").click()
    page.locator("#feedback button", has_text="Verstuur").click()
    assert "Je antwoord is niet verstuurd" in page.inner_text("#feedback")
    page.locator("#answer-difficult").check()
    page.locator("#feedback button", has_text="Verstuur").click()
    assert "Feedback verzonden" in page.inner_text("#feedback")
    page.context.close()


def test_an_article_is_found_with_the_keyboard(portal: Portal, chromium: Any):
    page = opened(chromium)
    page.goto(f"{portal.url}help/")
    page.keyboard.press("/")
    page.keyboard.type("medecontractant")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=medecontractant"))
    wrong = faults(page)
    page.keyboard.press("j")
    page.locator("a[data-row]").first.click()
    playwright_expect()(page.locator("h1")).to_have_text("Creditnota’s en btw verlegd")
    closed(page)
    assert wrong == []


def test_every_article_is_accessible_and_fits_in_each_language(portal: Portal, chromium: Any):
    wrong: dict[str, list[str]] = {}
    for language in ("nl", "fr", "en"):
        page = opened(chromium, locale=language)
        # Every article in Dutch, for the other languages the list and the one with the longest words and a table.
        slugs = library().by_slug if language == "nl" else ["wat-is-zelfboeken", "creditnota-en-verlegde-btw"]
        for where in ("", "?q=zzzz", *(f"{slug}/" for slug in slugs)):
            page.goto(f"{portal.url}help/{where}")
            if found := faults(page):
                wrong[f"{language} {where}"] = found
        closed(page)

    assert wrong == {}
