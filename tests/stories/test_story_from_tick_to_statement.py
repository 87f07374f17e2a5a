"""Zelfboeken from the tick of the accountant to the statement, as one story in a browser: what issue and product tell.

Each step is seen by whom it concerns: the office in its monitor, the Directie with her price, who books in his queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Portal, running_portal
from tests.stories.test_story_monitor import chosen, hand_in, row
from tests.stories.test_story_zelfboeken import OFFICE, OWNER, faults, visit
from zelfboeken.config.demo_portal import YEAR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLERK = "administratie@hamer.example"
TODAY = datetime.now(ZoneInfo("Europe/Brussels")).date()
"""The day in Belgium, by which the portal runs too."""
FIRST = TODAY.replace(day=1)
NEXT = (FIRST + timedelta(days=32)).replace(day=1)
LATER = (NEXT + timedelta(days=32)).replace(day=1)
BOUGHT = date(YEAR, 11, 2)
"""Since when Hamer has Medium in the demo."""
MEDIUM, EXTRA = 3_900, 2_500


def share(monthly: int, days: int, month: date, until: date) -> int:
    """So many days of a month at a price for the whole of it, half up to the cent."""
    return int((Decimal(monthly * days) / (until - month).days).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def with_vat(net: int) -> int:
    return net + int((Decimal(net) * 21 / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def euros(cents: int) -> str:
    return f"€ {cents // 100},{cents % 100:02d}"


def text_of(page: Any, where: str = "main") -> str:
    return re.sub(r"\s+", " ", page.inner_text(where))


@pytest.fixture
def hamer() -> Iterator[Portal]:
    """A portal of its own, in which months may pass."""
    with running_portal() as started:
        yield started


def at(portal: Portal, rest: str = "") -> str:
    return f"{portal.url}d/hamer/{rest}"


def book_the_first(page: Any, portal: Portal) -> None:
    """Answer what is asked of the first document, and book it with the key."""
    page.goto(at(portal, "documenten/"))
    if page.locator("fieldset button[data-key='1']").count():
        page.keyboard.press("1")
    page.wait_for_selector("button[data-key=Enter]")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Geboekt: ")


def test_from_the_tick_of_the_accountant_to_the_statement_and_back(hamer: Portal, chromium: Any):
    office, directie, clerk = visit(chromium), visit(chromium), visit(chromium)
    hamer.sign_in(office, OFFICE, lands="/kantoor/monitor/")
    hamer.sign_in(clerk, CLERK, lands="/d/hamer/")
    hand_in(clerk, hamer, "hamer", "INK-1")
    hand_in(clerk, hamer, "hamer", "INK-2", net="200.00")

    # The accountant: portal > Beheer > Domeinen > name > Bewerken, and nothing but the box.
    office.goto(f"{hamer.url}kantoor/monitor/")
    expect(row(office, "hamer")).to_contain_text("2")
    expect(office.locator("nav .g:has-text('Beheer') + ul a:has-text('Domeinen')")).to_have_count(1)
    office.click("nav .g:has-text('Beheer') + ul a:has-text('Domeinen')")
    office.click("table a:has-text('Hamer Voorbeeld BV')")
    office.click("a.btn:has-text('Bewerken')")
    office.check("text=Zelfboeken activeren")
    expect(office.locator("aside")).to_contain_text("Automatisch mee aangepast.")
    office.click("aside button:has-text('Bewaar')")
    expect(office.locator("#toasts")).to_contain_text("De Directie krijgt een mail.")
    office.goto(f"{hamer.url}kantoor/monitor/")
    expect(office.locator("h1")).to_have_text("Backoffice monitor")
    expect(row(office, "hamer")).to_have_count(0)
    # The tick alone gives nobody anything.
    clerk.goto(at(hamer, "documenten/"))
    assert clerk.locator("button[data-key=Enter]").count() == 0

    # The Directie: the popup, two users, the price, and only then the role.
    hamer.sign_in(directie, OWNER, lands="/d/hamer/")
    directie.check("#popup label:has-text('Administratie') input")
    directie.check("#popup label:has-text('Winkel') input")
    expect(directie.locator("#popup")).to_contain_text(re.compile(r"1 extra Backoffice-rol\s*€\s25,00"))
    left = (NEXT - TODAY).days
    this_month = euros(share(EXTRA, left, FIRST, NEXT))
    assert f"betaal je {this_month} extra, voor {left} van de {(NEXT - FIRST).days} dagen" in text_of(
        directie, "#popup"
    )
    directie.click("button:has-text('Wijs 2 rollen toe voor € 64,00 per maand')")
    expect(directie.locator("#toasts")).to_contain_text("Administratie, Winkel hebben nu de rol Backoffice.")

    # One of them books an invoice.
    book_the_first(clerk, hamer)

    # The bundle is cancelled: who loses what is told first.
    directie.goto(at(hamer, "bundel/"))
    directie.click("a:has-text('Zeg de bundel op')")
    told = directie.locator("#price")
    expect(told).to_contain_text(f"Vanaf {NEXT:%d/%m/%Y} rusten deze rollen")
    for name in ("Administratie: Backoffice", "Winkel: Backoffice"):
        expect(told).to_contain_text(name)
    assert faults(directie) == []
    directie.click("#price button[type=submit]")
    expect(directie.locator("#toasts")).to_contain_text(f"Opgezegd: de bundel stopt op {NEXT:%d/%m/%Y}")
    clerk.goto(at(hamer, "documenten/"))
    address = str(clerk.locator(".qi").first.get_attribute("href")).partition("?")[0]
    expect(clerk.locator("button[name=action][value=book], fieldset button[data-key='1']").first).to_be_visible()

    hamer.let_time_pass(NEXT)

    # The right is gone, with its reason, on the page and to who sends the form all the same.
    clerk.goto(at(hamer))
    expect(clerk.locator("main")).to_contain_text("Je rol Backoffice rust.")
    expect(clerk.locator("main")).to_contain_text("Activeer eerst een bundel: Small, Medium, Large of Unlimited.")
    assert faults(clerk) == []
    clerk.goto(at(hamer, "documenten/"))
    assert clerk.locator("button[name=action][value=book]").count() == 0
    token = str(clerk.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value"))
    answer = clerk.request.post(
        f"{hamer.url.rstrip('/')}{address}",
        form={"csrfmiddlewaretoken": token, "action": "book", "version": "1"},
        headers={"Referer": hamer.url},
    )
    assert answer.status == 403
    assert "Activeer eerst een bundel: Small, Medium, Large of Unlimited." in answer.text()

    # His draft waits in the queue of the office: in its monitor, and with the button there.
    office.goto(f"{hamer.url}kantoor/monitor/")
    expect(row(office, "hamer")).to_contain_text(re.compile("1 stuk"))
    assert faults(office) == []
    row(office, "hamer").locator("[data-row]").click()
    expect(chosen(office)).to_have_id("row-hamer")
    office.keyboard.press("d")
    office.wait_for_url(re.compile("/d/hamer/documenten/"))
    expect(office.locator(".qi")).to_have_count(1)
    expect(office.locator(".qi").first).to_contain_text(re.compile("121,00|242,00"))
    expect(office.locator("button[name=action][value=book], fieldset button[data-key='1']").first).to_be_visible()

    # Bought again, the same roles are back, and the work leaves the monitor again.
    directie.goto(at(hamer, "bundel/"))
    directie.click("a#bundle-medium")
    expect(told).to_contain_text("Deze rollen komen terug")
    for name in ("Administratie: Backoffice", "Winkel: Backoffice"):
        expect(told).to_contain_text(name)
    directie.click("#price button[type=submit]")
    expect(directie.locator("#toasts")).to_contain_text("Genomen: Medium")
    office.goto(f"{hamer.url}kantoor/monitor/")
    expect(row(office, "hamer")).to_have_count(0)
    book_the_first(clerk, hamer)

    # The statements: this month by the day, the next one whole, with the extra role on each.
    hamer.let_time_pass(LATER)
    directie.goto(at(hamer, "bundel/"))
    days = (NEXT - max(FIRST, BOUGHT)).days
    asked = [with_vat(MEDIUM + EXTRA), with_vat(share(MEDIUM, days, FIRST, NEXT) + share(EXTRA, left, FIRST, NEXT))]
    statements = directie.locator("tr:has(a:has-text('PDF'))")
    for place, cents in enumerate(asked):
        expect(statements.nth(place)).to_contain_text(re.compile(euros(cents).replace(" ", r"\s")))
    assert faults(directie) == []
    statements.nth(1).locator("a[data-row]").click()
    expect(directie.locator("h1")).to_contain_text("Afrekening ZB-")
    page = text_of(directie)
    assert f"€ 25,00 per maand × {left} roldagen van {(NEXT - FIRST).days} dagen" in page
    assert f"Te betalen {euros(asked[1])}" in page
    assert faults(directie) == []

    for one in (office, directie, clerk):
        assert one.broken == []
        one.context.close()
