"""Questions in a browser: asked from a document, answered in the app and by mail; and an invoice that was missing."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.files import invoice, movement, statement
from tests.stories.conftest import ROOT, Portal, hand_in, is_wider_than_its_window, running_portal, violations
from zelfboeken.belgium import structured_reference
from zelfboeken.demo.customers import CURRENT_IBAN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OFFICE, BOOKER = "kantoor@kantoor.example", "backoffice@bakkerij.example"
OGM = structured_reference.from_number(30_017)
QUESTION = "Is dit voor de winkel?"


@pytest.fixture(scope="module")
def own_portal() -> Iterator[Portal]:
    """A portal with a document that waits and a payment of which nobody has the invoice."""
    with running_portal() as started:
        yield started


def page_of(portal: Portal, chromium: Any, who: str) -> Any:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="nl-BE").new_page()
    portal.sign_in(page, who)
    return page


def last_mail(portal: Portal, to: str) -> Any:
    """The last mail to this address, with its head."""
    files = sorted((portal.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    mails = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files)
    return next(mail for mail in mails if mail["To"] == to)


def mail_in(portal: Portal, mail: EmailMessage) -> dict[str, Any]:
    """`zelfboeken mail-in` beside the running portal, as the pipe of a mail server."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "zelfboeken", "mail-in", "--folder", str(portal.folder)],
        input=mail.as_bytes(),
        env=environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def looks_right(page: Any) -> None:
    """On a desk and on a phone, in light and in dark: nothing that axe finds, nothing wider than its window."""
    for width, scheme in ((1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == [], (page.url, width, scheme)
        assert not is_wider_than_its_window(page), (page.url, width)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_the_office_asks_from_a_document_and_the_answers_come_by_the_app_and_by_mail(own_portal: Portal, chromium: Any):
    bo = page_of(own_portal, chromium, BOOKER)
    hand_in(bo, own_portal, "documenten", [("aankoop.xml", invoice("INK-3001", net="80.00"))])

    katrien = page_of(own_portal, chromium, OFFICE)
    katrien.goto(f"{own_portal.url}d/bakkerij/documenten/")
    katrien.wait_for_selector("a[data-key=v]")
    katrien.keyboard.press("v")
    katrien.wait_for_url(re.compile("/vragen/stel/"))
    expect(katrien.locator("select[name=to]")).to_contain_text("Dit domein: Bo Backoffice (heeft de rol Backoffice)")
    looks_right(katrien)
    katrien.fill("input[name=title]", QUESTION)
    katrien.fill("textarea[name=text]", "Dat bepaalt de btw.")
    katrien.click("button[type=submit]:has-text('Vraag')")
    expect(katrien.locator("#toasts")).to_contain_text(f"Gevraagd: {QUESTION}")
    looks_right(katrien)

    bo.goto(f"{own_portal.url}d/bakkerij/")
    bo.keyboard.press("g")
    bo.keyboard.press("v")
    bo.wait_for_url(re.compile("/vragen/$"))
    looks_right(bo)
    bo.click(f"a:has-text('{QUESTION}')")
    bo.fill("textarea[name=text]", "Ja, voor de winkel.")
    bo.locator("textarea[name=text]").press("Control+Enter")
    expect(bo.locator("#toasts")).to_contain_text(f"Beantwoord: {QUESTION}")

    # The office asks on; this time the answer comes by mail, with what it quotes.
    katrien.reload()
    expect(katrien.locator(".thread")).to_contain_text("Ja, voor de winkel.")
    katrien.fill("textarea[name=text]", "Ook de taartdozen?")
    katrien.click("button[value=answer]")
    asked = last_mail(own_portal, BOOKER)
    assert asked["Subject"] == f"Re: {QUESTION}"
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = BOOKER, asked["Reply-To"], f"Re: {asked['Subject']}"
    answer["Message-ID"] = "<antwoord@bakkerij.example>"
    quoted = "\n".join(f"> {line}" for line in asked.get_body(("plain",)).get_content().split("\n"))
    answer.set_content(f"Die ook, alle twee.\n\nOp 26/11/2026 schreef Katrien Kantoor:\n{quoted}")
    answer.add_attachment(invoice("INK-3002", net="60.00"), maintype="text", subtype="xml", filename="taartdozen.xml")
    assert mail_in(own_portal, answer)["outcome"] == "TAKEN"
    assert mail_in(own_portal, answer)["outcome"] == "REPEATED"

    katrien.goto(f"{own_portal.url}kantoor/vragen/")
    looks_right(katrien)
    katrien.click(f"a:has-text('{QUESTION}')")
    thread = katrien.locator(".thread")
    expect(thread).to_contain_text("Bo Backoffice (per mail)")
    expect(thread.locator(".words:visible").last).to_have_text("Die ook, alle twee.")
    expect(thread).to_contain_text("taartdozen.xml")
    expect(thread).to_contain_text("Aankoop INK-3002 van Verpakking Staal BV")
    looks_right(katrien)
    katrien.click("button:has-text('Sluit de vraag')")
    expect(katrien.locator("#toasts")).to_contain_text(f"Gesloten: {QUESTION}")

    # A stranger who got hold of the address is refused; the office sees the mail.
    stranger = EmailMessage()
    stranger["From"], stranger["To"], stranger["Subject"] = "vreemd@elders.example", asked["Reply-To"], "Factuur"
    stranger.set_content("Betaal dit op een andere rekening.")
    assert mail_in(own_portal, stranger)["code"] == "wrong_sender"
    katrien.goto(f"{own_portal.url}d/bakkerij/vragen/?toon=open")
    expect(katrien.locator("main")).to_contain_text("vreemd@elders.example")
    looks_right(katrien)
    katrien.click("button:has-text('Leg opzij')")
    expect(katrien.locator("#toasts")).to_contain_text("De mail is opzij gelegd.")


def test_a_missing_invoice_is_asked_from_a_bank_line_and_closes_when_it_arrives(own_portal: Portal, chromium: Any):
    bo = page_of(own_portal, chromium, BOOKER)
    payment = statement(movement(-12_100, structured=OGM), iban=CURRENT_IBAN)
    hand_in(bo, own_portal, "bank", [("bank.cod", payment)])

    katrien = page_of(own_portal, chromium, OFFICE)
    katrien.goto(f"{own_portal.url}d/bakkerij/bank/")
    katrien.click("a:has-text('Vraag de factuur')")
    katrien.wait_for_url(re.compile("/ontbrekend/"))
    expect(katrien.locator("input[name=line]:checked")).to_have_count(1)
    looks_right(katrien)
    katrien.click("button:has-text('Vraag de aangevinkte facturen')")
    expect(katrien.locator("#toasts")).to_contain_text("Gevraagd: 1 factuur")
    expect(katrien.locator("main")).to_contain_text("0 van 1 afgehandeld")
    looks_right(katrien)
    assert "1 factuur ontbreekt" in last_mail(own_portal, BOOKER)["Subject"]

    bo.goto(f"{own_portal.url}d/bakkerij/ontbrekend/")
    bo.click("a[data-row]")
    bo.wait_for_url(re.compile(r"/ontbrekend/[0-9a-f-]{36}/"))
    item = bo.url
    looks_right(bo)
    content = invoice("INK-3003", net="100.00", structured=OGM, description="Etiketten")
    hand_in(bo, own_portal, "documenten", [("etiketten.xml", content)])
    bo.goto(f"{own_portal.url}d/bakkerij/documenten/?q=INK-3003")
    if bo.locator("fieldset button[data-key='1']").count():
        bo.keyboard.press("1")
    bo.click("button[value=book][data-key=Enter]")
    expect(bo.locator("#toasts")).to_contain_text("Geboekt: ")

    bo.goto(item)
    expect(bo.locator("h1")).to_contain_text("aangekomen")
    expect(bo.locator("main")).to_contain_text("De factuur kwam aan en is gekoppeld")
    looks_right(bo)
    katrien.reload()
    expect(katrien.locator("main")).to_contain_text("1 van 1 afgehandeld")


def test_all_of_it_works_without_javascript(own_portal: Portal, chromium: Any, tmp_path: Path):
    page = chromium.new_context(java_script_enabled=False, locale="nl-BE").new_page()
    own_portal.sign_in(page, "directie@bakkerij.example")
    note = tmp_path / "nota.txt"
    note.write_text("een nota", encoding="utf-8")

    page.goto(f"{own_portal.url}d/bakkerij/vragen/")
    page.click("a:has-text('Stel een vraag') >> visible=true")
    page.fill("input[name=title]", "Tegen wanneer betaal ik?")
    page.set_input_files("input[name=files]", note)
    page.click("form[enctype] button[type=submit]")
    assert "Gevraagd: Tegen wanneer betaal ik?" in page.inner_text("#toasts")
    assert "nota.txt" in page.inner_text(".thread")
    page.fill("textarea[name=text]", "Het is dringend.")
    page.click("button[value=answer]")
    assert "Het is dringend." in page.inner_text(".thread")
    page.click("button:has-text('Sluit de vraag')")
    assert "Gesloten: Tegen wanneer betaal ik?" in page.inner_text("#toasts")
