"""The bundle on its page: the price before it is taken, who loses what, who pays, and the statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from tests.billing.stage import START, Stage, confirm_examples, give, know_operator, moment, open_stage
from tests.portal.pages import browser_of
from zelfboeken.access.rights import Role
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.contracts import contract_of, enter_debtor
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import issue
from zelfboeken.invoices.readers.ubl import read_ubl
from zelfboeken.tenancy.models import Administration, Domain, PricingModel
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NOW = moment("2026-11-17 12:00")


@pytest.fixture(autouse=True)
def seventeenth_of_november(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon on the 17th of November: fourteen days of thirty are left."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@contextmanager
def shown(**made: object) -> Iterator[tuple[Stage, Client]]:
    """A domain and its Directie in a browser."""
    with open_stage(**made) as stage:
        Administration.objects.create(
            domain=stage.domain, name="Bakkerij Voorbeeld", enterprise_number="0999000129", is_default=True
        )
        yield stage, browser_of(stage.owner.user)


def page_of(client: Client, stage: Stage, query: str = "") -> str:
    response = client.get(f"/d/{stage.domain.slug}/bundel/{query}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


def form_of(client: Client, stage: Stage, query: str) -> dict[str, str]:
    """The hidden fields of the form that takes the bundle."""
    content = client.get(f"/d/{stage.domain.slug}/bundel/{query}").content.decode()
    form = content[content.index("cb col gap3 line") :]
    return dict(re.findall(r'name="(key|bundel|prijs)"\s+value="([^"]*)"', form))


def test_the_price_is_shown_before_anything_is_taken():
    confirm_examples()
    with shown() as (stage, client):
        give(stage, stage.others[0])
        give(stage, stage.others[1], at=NOW)
    text = page_of(client, stage, "?bundel=LARGE")

    assert "Large € 69,00 per maand" in text
    assert "Bundel Large € 69,00 Backoffice, eerste rol inbegrepen 1 × extra Backoffice à € 25,00 € 25,00" in text
    assert "Totaal zonder btw € 94,00 met 21 % btw: € 113,74" in text
    assert "Nu betaal je € 64,00 Verschil +€ 30,00" in text
    # November: 16 days Medium, 14 days Large, and 14 days of one extra role.
    assert "01/12/2026, voor november 2026 € 64,67 01/01/2027, voor december 2026 € 94,00" in text
    assert "Neem Large voor € 94,00 per maand" in text
    assert stage.now().bundle == "MEDIUM"


def test_taking_a_bundle_says_what_was_taken_and_twice_is_once():
    confirm_examples()
    with shown() as (stage, client):
        pass
    form = form_of(client, stage, "?bundel=LARGE")
    answers = [client.post(f"/d/{stage.domain.slug}/bundel/", form) for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert stage.now().bundle == "LARGE"
    assert "Genomen: Large, € 69,00 per maand" in page_of(client, stage)


def test_a_price_that_changed_since_the_page_was_opened_takes_nothing():
    confirm_examples()
    with shown() as (stage, client):
        pass
    form = form_of(client, stage, "?bundel=LARGE")
    response = client.post(f"/d/{stage.domain.slug}/bundel/", {**form, "prijs": "100"})

    assert response.status_code == 409
    assert "De prijs is intussen veranderd" in response.content.decode()
    assert stage.now().bundle == "MEDIUM"


def test_ending_the_bundle_names_who_loses_what_and_can_be_taken_back():
    confirm_examples()
    with shown() as (stage, client):
        give(stage, stage.others[0])
    text = page_of(client, stage, "?bundel=MINIMAL")
    assert "Vanaf 01/12/2026 rusten deze rollen An: Backoffice" in text
    assert "Zeg de bundel op tegen 01/12/2026" in text

    client.post(f"/d/{stage.domain.slug}/bundel/", form_of(client, stage, "?bundel=MINIMAL"))
    text = page_of(client, stage)
    assert "Vanaf 01/12/2026 heeft dit domein Minimal." in text
    assert "Hou Medium" in text

    client.post(f"/d/{stage.domain.slug}/bundel/", {"bundel": "MEDIUM", "prijs": "3900"})
    assert stage.now().planned_on is None


def test_fewer_places_ask_who_stays():
    confirm_examples()
    with shown() as (stage, client):
        give(stage, stage.others[0])
    text = page_of(client, stage, "?bundel=SMALL")
    assert "Wie houdt zijn rollen? Small telt 1 plaats. Dirk Directie · eigenaar An Backoffice" in text

    form = form_of(client, stage, "?bundel=SMALL")
    url = f"/d/{stage.domain.slug}/bundel/"
    both = client.post(url, {**form, "key": "een-andere-sleutel", "blijft": [stage.owner.id, stage.others[0].id]})
    assert both.status_code == 409
    assert "Kies er precies 1 die hun rollen houden" in both.content.decode()
    assert client.post(url, {**form, "blijft": [stage.owner.id]}).status_code == 303
    assert stage.now().planned_bundle == "SMALL"


@pytest.mark.parametrize(
    "form",
    [
        {"bundel": "GIANT", "prijs": "0"},
        {"bundel": "LARGE", "prijs": "-1"},
        {"bundel": "LARGE", "prijs": ""},
        {"bundel": "LARGE", "prijs": "6900", "domain": "1"},
        {"bundel": "LARGE", "prijs": "6900", "pricing_model": "LEGACY"},
    ],
)
def test_inv33_a_forged_form_is_refused(form):
    confirm_examples()
    with shown() as (stage, client):
        pass
    assert client.post(f"/d/{stage.domain.slug}/bundel/", form).status_code == 400
    assert stage.now().bundle == "MEDIUM"


def test_an_unconfirmed_price_is_no_price():
    with shown(bundle="MINIMAL") as (stage, client):
        pass
    text = page_of(client, stage)

    assert "Small – prijs nog niet bevestigd" in text
    assert "€ 19,00" not in text
    assert "Er is geen bevestigde prijs voor Small" in page_of(client, stage, "?bundel=SMALL")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"bundle": "MINIMAL"}, "Dit domein heeft geen bundel."),
        ({"bundle": "MINIMAL", "trial_until": date(2026, 11, 30)}, "Dit domein is in proef tot en met 30/11/2026."),
        ({"pricing_model": PricingModel.MODULES}, "Dit domein neemt modules af voor € 0,00 per maand."),
    ],
)
def test_each_kind_of_domain_is_told_what_it_is(changes, told):
    confirm_examples()
    with shown() as (stage, client):
        pass
    Domain.objects.filter(id=stage.domain.id).update(**changes)

    assert told in page_of(client, stage)
    assert page_of(client, stage, "?bundel=MEDIUM")


def test_only_the_directie_sees_the_bundle():
    confirm_examples()
    with shown() as (stage, client):
        give(stage, stage.others[0], Role.FINANCE)
        give(stage, stage.others[1], Role.VIEWER)
    for user in (stage.others[0].user, stage.others[1].user, stage.admin):
        other = browser_of(user)
        assert other.get(f"/d/{stage.domain.slug}/bundel/").status_code == 403
        assert f"/d/{stage.domain.slug}/bundel/" not in other.get(f"/d/{stage.domain.slug}/").content.decode()
    assert f"/d/{stage.domain.slug}/bundel/" in client.get(f"/d/{stage.domain.slug}/").content.decode()


def test_who_pays_is_filled_in_with_what_is_known_and_refused_at_its_field():
    confirm_examples()
    with shown(has_debtor=False) as (stage, client):
        pass
    url = f"/d/{stage.domain.slug}/bundel/betaler/"
    assert 'value="0999000129"' in client.get(url).content.decode()
    details = {
        "name": "Bakkerij", "street": "Ovenstraat 1", "postcode": "9000", "city": "Gent", "country": "BE",
        "enterprise_number": "0999.000.128", "vat_number": "", "email": "",
    }  # fmt: skip

    wrong = client.post(url, details)
    assert wrong.status_code == 422
    assert 'href="#field-enterprise_number"' in wrong.content.decode()
    assert "<title>Fout: Wie betaalt" in wrong.content.decode()
    right = client.post(url, {**details, "enterprise_number": "BE 0999.000.129"})
    assert right.status_code == 303
    with domain_scope(stage.domain.id):
        contract = contract_of(stage.domain.id)
    assert contract is not None
    assert (contract.debtor, contract.enterprise_number) == ("DOMAIN", "0999000129")
    assert "Enterprise" not in page_of(client, stage)


def test_the_statement_is_a_page_a_pdf_and_an_e_invoice_that_say_the_same():
    confirm_examples()
    know_operator()
    with shown(at=moment("2026-10-01 09:00")) as (stage, client):
        give(stage, stage.others[0], at=moment("2026-10-02 09:00"))
        give(stage, stage.others[1], at=moment("2026-10-22 09:00"))
        issue(domain_id=stage.domain.id, month=Month(2026, 10), at=moment("2026-11-01 03:00"))
    assert "oktober 2026 ZB-2026-0001 ZB-2026-0001 01/11/2026 01/12/2026 € 56,94" in page_of(client, stage)

    address = f"/d/{stage.domain.slug}/bundel/afrekening/2026-10/"
    page = page_of(client, stage, "afrekening/2026-10/")
    pdf, ubl = client.get(f"{address}pdf/"), client.get(f"{address}e-factuur/")

    assert "Extra Backoffice-rollen € 25,00 per maand × 10 roldagen van 31 dagen; prijs sinds 01/01/2022 € 8,06" in page
    assert "Totaal zonder btw € 47,06 Btw 21 % € 9,88 Te betalen € 56,94" in page
    assert pdf["Content-Disposition"] == 'attachment; filename="ZB-2026-0001.pdf"'
    paper = text_of(pdf.content)
    for told in ("Afrekening ZB-2026-0001", "Kantoor Voorbeeld BV", "€ 56,94", "10 roldagen van 31 dagen"):
        assert told in paper
    read = read_ubl(ubl.content)
    assert (read.findings, read.total_cents) == ((), 5_694)


def text_of(pdf: bytes) -> str:
    """What stands on the first page of a PDF."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    return re.sub(r"\s+", " ", document[0].get_textpage().get_text_range())


def test_a_statement_that_the_office_pays_is_not_the_domains_to_see():
    confirm_examples()
    know_operator()
    from tests.billing.stage import DETAILS

    with shown(at=moment("2026-10-01 09:00")) as (stage, client):
        enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.OFFICE, at=moment("2026-10-31 12:00"))
        issue(domain_id=stage.domain.id, month=Month(2026, 10), at=moment("2026-11-01 03:00"))
    address = f"/d/{stage.domain.slug}/bundel/afrekening/2026-10/"

    assert [client.get(address + rest).status_code for rest in ("", "pdf/", "e-factuur/")] == [404] * 3
    assert "Je kantoor betaalt voor dit domein." in page_of(client, stage)


def test_inv31_script_and_markup_in_a_name_are_text_on_page_paper_and_e_invoice():
    confirm_examples()
    know_operator()
    from dataclasses import replace

    from tests.billing.stage import DETAILS

    evil = "<script>alert(1)</script> #pagebreak() $x$ *vet*"
    with shown(at=moment("2026-10-01 09:00")) as (stage, client):
        enter_debtor(access=stage.directie(), details=replace(DETAILS, name=evil), debtor=Debtor.DOMAIN, at=START)
        issue(domain_id=stage.domain.id, month=Month(2026, 10), at=moment("2026-11-01 03:00"))
    address = f"/d/{stage.domain.slug}/bundel/afrekening/2026-10/"

    for url in (address, f"/d/{stage.domain.slug}/bundel/"):
        assert b"<script>alert" not in client.get(url).content
    assert evil in text_of(client.get(f"{address}pdf/").content)
    assert read_ubl(client.get(f"{address}e-factuur/").content).customer.name == evil


def test_the_usage_of_documents_is_shown_with_its_limit():
    from django.db import connection

    from tests.billing.test_statements import fill_invoices

    confirm_examples()
    with shown(bundle="SMALL") as (stage, client), connection.cursor() as cursor:
        fill_invoices(cursor, stage.domain.id, 60)
    text = page_of(client, stage)
    assert "Deze maand kwamen 60 documenten binnen 80 % van 75" in text


def test_a_planned_end_is_shown_beside_the_price_of_another_choice():
    confirm_examples()
    with shown() as (stage, client):
        choose_bundle(access=stage.directie(NOW), bundle="SMALL", at=NOW)
    text = page_of(client, stage, "?bundel=LARGE")

    assert "vanaf 01/12/2026" in text
    assert "Neem Large voor € 69,00 per maand" in text


def test_the_form_sends_along_from_which_day_the_choice_was_shown_to_hold():
    confirm_examples()
    with shown() as (stage, client):
        pass
    url = f"/d/{stage.domain.slug}/bundel/"
    page = client.get(url, {"bundel": "MINIMAL"}).content.decode()
    ends = Month.of(timezone.localdate()).until

    past = client.post(url, {"bundel": "MINIMAL", "prijs": "0", "vanaf": "2026-01-01"})
    strange = client.post(url, {"bundel": "MINIMAL", "prijs": "0", "vanaf": "morgen"})
    done = client.post(url, {"bundel": "MINIMAL", "prijs": "0", "vanaf": ends.isoformat()})

    assert f'name="vanaf" value="{ends.isoformat()}"' in page
    assert [one.status_code for one in (past, strange, done)] == [409, 400, 303]
    assert stage.now().planned_on == ends
