"""The operator's page of prices: examples are confirmed, prices change from a later day, the sender is asked once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from tests.billing.stage import OPERATOR, moment, operator_access
from tests.portal.offices import new_office, new_staff
from tests.portal.pages import browser_of
from zelfboeken.access.models import User
from zelfboeken.access.rights import PortalRole
from zelfboeken.audit.models import PortalEvent
from zelfboeken.billing.rules import SeatPolicy
from zelfboeken.billing.terms import confirmed_terms, current_operator
from zelfboeken.tenancy.models import Portal

pytestmark = pytest.mark.django_db
NOW = moment("2026-11-17 12:00")
SMALL = {
    "valid_from": "01/01/2026", "monthly": "18,50", "users": "1", "documents": "60", "pack_documents": "5",
    "pack": "9,90",
}  # fmt: skip


@pytest.fixture(autouse=True)
def seventeenth_of_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def operator() -> Client:
    """The browser of the operator."""
    return browser_of(User.objects.get(id=operator_access().user_id))


def text_of(client: Client, url: str = "/kantoor/bundels/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


def test_what_ships_is_an_example_and_the_25_euro_is_given(operator: Client):
    text = text_of(operator)

    assert "Nog niet bevestigd: Minimal, Small, Medium, Large, Unlimited." in text
    assert "Small voorbeeld 75 documenten per maand, daarna € 10,20 per 5 gebruikers met een rol: 1 € 19,00" in text
    assert "Extra Backoffice-rol per dag € 25,00 01/01/2022" in text
    assert "Het is niet bekend wie de afrekeningen verstuurt." in text


def test_an_example_is_looked_at_changed_and_confirmed(operator: Client):
    page = operator.get("/kantoor/bundels/small/").content.decode()
    assert 'value="19,00"' in page
    response = operator.post("/kantoor/bundels/small/", SMALL)

    assert response.status_code == 303
    text = text_of(operator)
    assert "Bevestigd: Small, € 18,50 per maand vanaf 01/01/2026" in text
    assert "Small 60 documenten per maand, daarna € 9,90 per 5 gebruikers met een rol: 1 € 18,50 01/01/2026" in text
    terms = confirmed_terms().needed_bundle("SMALL", date(2026, 11, 17))
    assert (terms.monthly_cents, terms.documents, terms.pack_cents) == (1_850, 60, 990)
    assert PortalEvent.objects.latest("id").action == "price.entered"


def test_a_confirmed_price_changes_from_a_later_day_only(operator: Client):
    operator.post("/kantoor/bundels/small/", SMALL)
    wrong = operator.post("/kantoor/bundels/small/", {**SMALL, "valid_from": "17/11/2026", "monthly": "20"})
    right = operator.post("/kantoor/bundels/small/", {**SMALL, "valid_from": "1/1/2027", "monthly": "20"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Tot en met vandaag geldt al een bevestigde prijs" in wrong.content.decode()
    assert "<title>Fout: Small" in wrong.content.decode()
    assert "vanaf 01/01/2027: € 20,00" in text_of(operator)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("monthly", "NaN"),
        ("monthly", "-1"),
        ("users", "x"),
        ("users", "0"),
        ("documents", "1e5"),
        ("valid_from", "31/11/2026"),
        ("pack_documents", ""),
        ("pack", "abc"),
    ],
)
def test_what_is_no_price_or_limit_is_refused_at_its_field(operator: Client, field: str, typed: str):
    response = operator.post("/kantoor/bundels/small/", {**SMALL, field: typed})

    assert response.status_code == 422
    assert f'href="#field-{field}"' in response.content.decode()
    assert confirmed_terms().bundle_on("SMALL", date(2026, 11, 17)) is None


def test_the_extra_role_gets_another_price_and_way_of_counting(operator: Client):
    typed = {"valid_from": "01/12/2026", "monthly": "30", "policy": "FULL_MONTH"}
    assert operator.post("/kantoor/bundels/rol/", typed).status_code == 303
    seat = confirmed_terms().needed_seats(date(2026, 12, 1))

    assert (seat.monthly_cents, seat.policy) == (3_000, SeatPolicy.FULL_MONTH)
    assert operator.post("/kantoor/bundels/rol/", {**typed, "policy": "HOURLY"}).status_code == 400


def test_the_price_of_looking_ships_as_an_example_and_is_confirmed(operator: Client):
    assert "Domein om te bekijken voorbeeld" in text_of(operator)
    assert 'value="1,00"' in operator.get("/kantoor/bundels/kijken/").content.decode()
    assert confirmed_terms().views == ()

    typed = {"valid_from": "01/01/2026", "monthly": "1,00"}
    assert operator.post("/kantoor/bundels/kijken/", typed).status_code == 303
    assert [one.monthly_cents for one in confirmed_terms().views] == [100]
    assert operator.post("/kantoor/bundels/kijken/", {**typed, "monthly": "2"}).status_code == 422
    assert "per dag € 1,00 01/01/2026 Wijzigen" in text_of(operator)


def test_the_sender_is_asked_for_once_and_shown(operator: Client):
    typed = {name: str(getattr(OPERATOR, name)) for name in (
        "name", "street", "postcode", "city", "enterprise_number", "vat_number", "iban", "email", "series",
        "payment_days",
    )}  # fmt: skip
    wrong = operator.post("/kantoor/bundels/afzender/", {**typed, "iban": "BE98 9990 0011 8794"})
    assert wrong.status_code == 422
    assert current_operator() is None
    assert operator.post("/kantoor/bundels/afzender/", typed).status_code == 303

    text = text_of(operator)
    assert "Kantoor Voorbeeld BV" in text
    assert "BE98 9990 0011 8793" in text
    assert "Het is niet bekend wie" not in text


def test_the_portaalbeheerder_of_another_office_reads_the_prices_and_changes_none(operator: Client):
    other = new_office().browser()
    text = text_of(other)

    assert "Alleen de beheerder van dit platform wijzigt prijzen." in text
    assert "/kantoor/bundels/small/" not in other.get("/kantoor/bundels/").content.decode()
    for item in ("small", "rol", "afzender"):
        assert other.get(f"/kantoor/bundels/{item}/").status_code == 403
        assert other.post(f"/kantoor/bundels/{item}/", {}).status_code == 403


def test_only_a_portaalbeheerder_sees_the_prices(operator: Client):
    portal = Portal.objects.earliest("id")
    for role in (PortalRole.PORTAL_BACKOFFICE, PortalRole.CONTROLLER, PortalRole.DATA_ENTRY):
        assert browser_of(new_staff(portal, role)).get("/kantoor/bundels/").status_code == 403
    assert operator.get("/kantoor/bundels/reus/").status_code == 404
