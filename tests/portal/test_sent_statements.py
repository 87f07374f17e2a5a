"""The operator finds each paper he sent, of every office, and corrects one that was wrong; who pays reads both."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from tests.billing.stage import Stage, confirm_examples, give, know_operator, moment, open_stage, operator_access
from tests.portal.offices import new_office
from tests.portal.pages import browser_of
from zelfboeken.access.models import User
from zelfboeken.billing.models import CreditNote
from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import issue
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NOW = moment("2026-12-09 10:00")
URL = "/kantoor/afrekeningen/ZB-2026-0001/"
WHOLE = {"action": "credit", "line_0": "39,00", "line_1": "25,00", "reason": "Verkeerde klant"}


@pytest.fixture(autouse=True)
def ninth_of_december(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def operator() -> Client:
    """The browser of the operator."""
    confirm_examples()
    know_operator()
    return browser_of(User.objects.get(id=operator_access().user_id))


@pytest.fixture
def stage(operator: Client) -> Iterator[Stage]:
    """A domain with a statement for November: 39 euro for its bundle and 25 for a second self-booker."""
    with open_stage() as made:
        Administration.objects.create(domain=made.domain, name="Bakkerij", is_default=True)
        for one in made.others:
            give(made, one)
        issue(domain_id=made.domain.id, month=Month(2026, 11), at=moment("2026-12-01 00:05"))
    yield made


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


def test_the_operator_finds_every_number_by_itself_or_by_its_domain(operator: Client, stage: Stage):
    assert f"ZB-2026-0001 Afrekening, 01/12/2026 {stage.domain.name} Afrekening 01/12/2026" in text_of(
        operator, "/kantoor/afrekeningen/"
    )
    assert "ZB-2026-0001" in text_of(operator, "/kantoor/afrekeningen/?q=zb-2026-0001")
    assert "ZB-2026-0001" in text_of(operator, f"/kantoor/afrekeningen/?q={stage.domain.slug}")
    assert "Er is niets verstuurd met dit nummer" in text_of(operator, "/kantoor/afrekeningen/?q=niemand")


def test_a_credit_note_is_made_with_a_few_fields_and_the_month_anew_in_the_same_save(operator: Client, stage: Stage):
    page = operator.get(URL).content.decode()
    assert re.search(r'name="line_0"\s+value="39,00"', page)
    assert 'href="/help/bundels-en-prijzen/?plaats=kantoor" title="Help"' in page
    response = operator.post(URL, {**WHOLE, "anew": "1"}, follow=True)

    text = re.sub(r"\s+", " ", response.content.decode()).replace("\xa0", " ")
    assert "Gecrediteerd: ZB-2026-0002, € 77,44; de maand is opnieuw afgerekend: ZB-2026-0003" in text
    # What is taken back is taken back no more; the new one may be.
    assert 'name="line_0"' not in operator.get(URL).content.decode()
    assert 'name="line_0"' in operator.get("/kantoor/afrekeningen/ZB-2026-0003/").content.decode()
    note = text_of(operator, "/kantoor/afrekeningen/ZB-2026-0002/")
    assert "Corrigeert afrekening ZB-2026-0001 van 01/12/2026" in note
    assert "Reden: Verkeerde klant" in note
    assert "Btw terug te storten aan de Staat in de mate waarin ze oorspronkelijk in aftrek werd gebracht" in note
    assert "Gecrediteerd € 77,44" in note


def test_the_month_is_stated_anew_later_with_its_own_button(operator: Client, stage: Stage):
    operator.post(URL, WHOLE)
    assert "Reken de maand opnieuw af" in text_of(operator, URL)

    operator.post(URL, {"action": "anew"})

    assert "Reken de maand opnieuw af" not in text_of(operator, URL)
    assert "Te betalen € 77,44" in text_of(operator, "/kantoor/afrekeningen/ZB-2026-0003/")


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"line_0": "39,01"}, "line_0", "Een bedrag is hoger dan wat er van die lijn nog staat."),
        ({"line_1": "vijf"}, "line_1", "is geen bedrag"),
        ({"line_0": "", "line_1": ""}, "line_0", "Vul bij minstens één lijn een bedrag in."),
        ({"reason": " "}, "reason", "Zeg waarom: de reden komt op de creditnota."),
        ({"line_0": "1,00", "anew": "1"}, "anew", "kan alleen als de hele afrekening gecrediteerd is"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(operator, stage, changed, field, text):
    response = operator.post(URL, {**WHOLE, **changed})

    page = response.content.decode()
    assert response.status_code == 422
    assert text in page
    assert f'href="#field-{field}"' in page
    with domain_scope(stage.domain.id):
        assert not CreditNote.objects.exists()


def test_who_pays_sees_statement_and_credit_note_and_downloads_both(operator: Client, stage: Stage):
    operator.post(URL, {**WHOLE, "line_0": "", "line_1": "10,00"})
    own = browser_of(stage.owner.user)
    slug = stage.domain.slug

    text = text_of(own, f"/d/{slug}/bundel/")
    assert "Creditnota, november 2026" in text
    assert "€ −12,10" in text
    assert "november 2026 deels gecrediteerd" in text
    assert "€ 10,00 van € 25,00 gecrediteerd" in text_of(own, f"/d/{slug}/bundel/afrekening/ZB-2026-0002/")
    assert "Te betalen € 77,44" in text_of(own, f"/d/{slug}/bundel/afrekening/2026-11/")
    for number in ("ZB-2026-0001", "ZB-2026-0002"):
        pdf = own.get(f"/d/{slug}/bundel/afrekening/{number}/pdf/")
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert b"<cbc:CreditNoteTypeCode>381<" in own.get(f"/d/{slug}/bundel/afrekening/ZB-2026-0002/e-factuur/").content
    # Nobody else's, and nobody but the operator takes anything back.
    assert own.get(URL).status_code == 404
    assert browser_of(new_office().admin).get(URL).status_code == 403
    with open_stage() as other:
        Administration.objects.create(domain=other.domain, name="Ander", is_default=True)
    assert browser_of(other.owner.user).get(f"/d/{slug}/bundel/afrekening/ZB-2026-0002/").status_code == 404
    assert (
        browser_of(other.owner.user).get(f"/d/{other.domain.slug}/bundel/afrekening/ZB-2026-0002/").status_code == 404
    )


def test_a_form_that_is_not_ours_and_a_number_that_was_never_given_are_refused(operator: Client, stage: Stage):
    assert operator.post(URL, {**WHOLE, "edition": "2"}).status_code == 400
    assert operator.post(URL, {**WHOLE, "action": "delete"}).status_code == 400
    assert operator.get("/kantoor/afrekeningen/ZB-2026-0009/").status_code == 404
    assert operator.get("/kantoor/afrekeningen/ZB-2026-00001/").status_code == 404
    assert operator.get("/kantoor/afrekeningen/ZB-2026-99999999999/").status_code == 404


def test_the_same_form_sent_twice_makes_one_credit_note(operator: Client, stage: Stage):
    form = {**WHOLE, "line_0": "1,00", "line_1": "", "key": "0" * 32}
    for _ in range(2):
        assert operator.post(URL, form).status_code == 303

    with domain_scope(stage.domain.id):
        assert CreditNote.objects.filter(domain_id=stage.domain.id).count() == 1
