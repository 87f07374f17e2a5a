"""Suppliers are paid in a browser: one prepares, another approves, and the file goes to the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.files import invoice, movement, statement
from tests.stories.conftest import DESK, PHONE, Portal, faults, hand_in, playwright_expect, running_portal, waiting
from zelfboeken.demo.customers import CURRENT_IBAN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIST = "d/bakkerij/betalingen/"
NETS = ("100.00", "200.00", "30.00")


@pytest.fixture(scope="module")
def owing(chromium: Any) -> Iterator[Portal]:
    """A portal in which three invoices of a supplier are booked and not paid."""
    with running_portal() as portal:
        page = browser(portal, chromium, "backoffice")
        files = [(f"{n}.xml", invoice(f"BET-{n}", net=net)) for n, net in enumerate(NETS)]
        hand_in(page, portal, "documenten", files)
        page.goto(f"{portal.url}d/bakkerij/documenten/")
        for left in reversed(range(len(NETS))):
            if page.locator("fieldset button[data-key='1']").count():
                page.keyboard.press("1")
            page.wait_for_selector("button[data-key=Enter]")
            page.keyboard.press("Enter")
            waiting(page, left)
        page.context.close()
        yield portal


def browser(portal: Portal, chromium: Any, who: str, **context: Any) -> Any:
    page = chromium.new_context(
        locale="nl-BE", reduced_motion="reduce", accept_downloads=True, **{"viewport": DESK, **context}
    ).new_page()
    portal.sign_in(page, f"{who}@bakkerij.example")
    return page


def test_two_people_pay_suppliers_and_every_state_is_accessible(owing: Portal, chromium: Any, tmp_path: Path):
    page = browser(owing, chromium, "backoffice")
    page.goto(f"{owing.url}{LIST}")
    wrong = {"list": faults(page)}
    # Nobody was ever paid on that account, so nothing is ticked and each line says why.
    assert page.inner_text("[data-count]") == "0"
    assert page.inner_text("main").count("Nog nooit op deze rekening betaald") == len(NETS)
    for box in page.locator("input[name=pay]").all()[:2]:
        box.check()
    assert (page.inner_text("[data-count]"), page.inner_text("[data-euro]")) == ("2", "€\u00a0363,00")

    account = page.locator("input[name^=iban]").first
    typed = account.input_value()
    account.fill("BE00 0000")
    page.keyboard.press("Control+Enter")
    playwright_expect()(page.locator(".errsum")).to_be_focused()
    wrong["refused"] = faults(page)
    # Nothing that was ticked or typed is lost.
    assert page.inner_text("[data-count]") == "2"
    page.locator("[aria-invalid=true]").fill(typed)
    page.click("button:has-text('Klaarzetten')")
    page.wait_for_url("**/betalingen/*-*/")
    address = page.url
    assert page.locator("button:has-text('goedkeuren')").count() == 0
    assert "Wacht op: Dirk Directie." in page.inner_text("main")
    wrong["prepared"] = faults(page)

    boss = browser(owing, chromium, "directie")
    assert address in owing.last_mail("directie@bakkerij.example")
    boss.goto(f"{owing.url}d/bakkerij/")
    boss.click(".todo a:has-text('Betalingen')")
    boss.click("main tbody a >> nth=0")
    boss.wait_for_url(address)
    wrong["to approve"] = faults(boss)
    boss.keyboard.press("Control+Enter")
    playwright_expect()(boss.locator("h1 .tag")).to_have_text("goedgekeurd")
    wrong["approved"] = faults(boss)
    with boss.expect_download() as download:
        boss.click("a:has-text('Downloaden voor de bank')")
    download.value.save_as(tmp_path / "betaling.xml")
    root = etree.parse(tmp_path / "betaling.xml").getroot()
    assert [one.text for one in root.iter("{*}CtrlSum")] == ["363.00", "363.00"]
    boss.context.close()

    # The bank books the whole file as one line; it is matched by the file.
    name = root.findtext(".//{*}MsgId")
    paid = movement(-36_300, text=f"VERZAMELING {name}", iban=None, name="")
    hand_in(page, owing, "bank", [("bank.cod", statement(paid, iban=CURRENT_IBAN))])
    page.goto(f"{owing.url}d/bakkerij/bank/")
    page.wait_for_selector("[data-key='Shift+Enter']")
    page.keyboard.press("Shift+Enter")
    playwright_expect()(page.locator("#toasts")).to_contain_text("Gekoppeld", timeout=15_000)
    page.goto(address)
    assert page.inner_text("h1 .tag") == "betaald"
    wrong["paid"] = faults(page)
    page.context.close()

    assert wrong == {name: [] for name in wrong}


def test_it_goes_without_javascript_on_a_phone_too(owing: Portal, chromium: Any):
    page = browser(owing, chromium, "backoffice", viewport=PHONE, java_script_enabled=False)
    page.goto(f"{owing.url}{LIST}")
    page.locator("input[name=pay]").last.check()
    page.click("button:has-text('Klaarzetten')")
    address = page.url
    boss = browser(owing, chromium, "directie", viewport=PHONE, java_script_enabled=False)
    boss.goto(address)
    boss.click("button:has-text('goedkeuren')")
    assert boss.inner_text("h1 .tag") == "goedgekeurd"
    boss.click("button:has-text('Bestand intrekken')")
    assert boss.inner_text("h1 .tag") == "ingetrokken"
    for one in (page, boss):
        one.context.close()


def test_who_only_looks_sees_what_is_owed_and_no_form(owing: Portal, chromium: Any):
    page = browser(owing, chromium, "kijker")
    page.goto(f"{owing.url}{LIST}")
    assert page.locator("main form").count() == 0
    assert page.locator("table.debts tbody tr").count() > 0
    assert faults(page) == []
    page.context.close()
