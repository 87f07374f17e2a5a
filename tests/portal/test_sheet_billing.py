"""What a domain pays, on its sheet: read by the office, changed by it only where it is the debtor."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.billing.stage import DETAILS, START, Stage, confirm_examples, give, know_operator, moment, open_stage
from tests.books import new_domain
from tests.portal.offices import new_office, new_staff
from tests.portal.pages import browser_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.audit.models import Event
from zelfboeken.billing.contracts import contract_of, enter_debtor
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.rules import Month
from zelfboeken.billing.statements import draft, issue
from zelfboeken.tenancy.models import Domain, Lifecycle, PricingModel
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NOW = moment("2026-11-17 12:00")
PAYER = {
    "name": "Kantoor BV", "street": "Kaai 7", "postcode": "2000", "city": "Antwerpen", "country": "BE",
    "enterprise_number": "0999.000.228", "vat_number": "", "email": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def seventeenth_of_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def sheet(stage: Stage, rest: str = "") -> str:
    return f"/kantoor/domeinen/{stage.domain.slug}/facturatie/{rest}"


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " ")


def office_stage() -> Stage:
    """A domain whose contract names the office."""
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.OFFICE, at=START)
    return stage


def test_where_the_domain_pays_the_office_only_reads():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
    client = browser_of(stage.admin)
    text = text_of(client, sheet(stage))

    assert "De Directie kiest de bundel, onder Domein &gt; Bundel." in text
    assert "Gebruikers met een rol 2 van 5 Backoffice-rollen 1, waarvan 0 aangerekend" in text
    assert "Neem Large" not in text_of(client, sheet(stage, "?bundel=LARGE"))
    refused = client.post(sheet(stage), {"bundel": "LARGE", "prijs": "6900"})
    assert refused.status_code == 403
    assert stage.now().bundle == "MEDIUM"


def test_where_the_office_pays_it_sees_the_price_and_takes_the_bundle():
    stage = office_stage()
    client = browser_of(stage.admin)
    text = text_of(client, sheet(stage, "?bundel=LARGE"))
    assert "Het contract noemt het kantoor als betaler: jij kiest hier de bundel." in text
    assert "Neem Large voor € 69,00 per maand" in text

    assert client.post(sheet(stage), {"bundel": "LARGE", "prijs": "6900"}).status_code == 303
    assert stage.now().bundle == "LARGE"
    changed = client.post(sheet(stage), {"bundel": "UNLIMITED", "prijs": "1"})
    assert changed.status_code == 409
    assert "De prijs is intussen veranderd" in changed.content.decode()


def test_the_office_takes_the_statements_on_itself_and_only_the_directie_takes_them_back():
    confirm_examples()
    with open_stage() as stage:
        pass
    client = browser_of(stage.admin)
    wrong = client.post(sheet(stage, "betaler/"), {**PAYER, "enterprise_number": "1"})
    assert wrong.status_code == 422
    assert client.post(sheet(stage, "betaler/"), PAYER).status_code == 303
    with domain_scope(stage.domain.id):
        contract = contract_of(stage.domain.id)
        assert contract is not None
        assert (contract.debtor, contract.name) == ("OFFICE", "Kantoor BV")
        assert Event.objects.filter(domain_id=stage.domain.id, action="contract.entered").count() == 2


def test_the_office_sees_the_statements_it_pays_and_the_operator_those_he_sends():
    confirm_examples()
    know_operator()
    with open_stage(at=moment("2026-10-01 09:00")) as stage:
        issue(domain_id=stage.domain.id, month=Month(2026, 10), at=moment("2026-11-01 03:00"))
    other = new_office()
    Domain.objects.filter(id=stage.domain.id).update(portal=other.portal)
    their_own = other.browser()

    assert "De afrekeningen gaan naar het domein zelf." in text_of(their_own, sheet(stage))
    for rest in ("2026-10/", "2026-10/pdf/", "2026-10/e-factuur/"):
        assert their_own.get(sheet(stage, rest)).status_code == 404
    Domain.objects.filter(id=stage.domain.id).update(portal=stage.domain.portal)
    operator = browser_of(stage.admin)
    assert "ZB-2026-0001" in text_of(operator, sheet(stage))
    for rest in ("2026-10/", "2026-10/pdf/", "2026-10/e-factuur/"):
        assert operator.get(sheet(stage, rest)).status_code == 200


def test_the_status_changes_with_a_reason_and_a_running_bundle_is_not_archived():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
    client = browser_of(stage.admin)
    without = client.post(sheet(stage), {"action": "life", "life": "BLOCKED", "reason": " "})
    assert without.status_code == 409
    assert "Zeg waarom" in without.content.decode()
    archived = client.post(sheet(stage), {"action": "life", "life": "ARCHIVED", "reason": "stopt"})
    assert "De bundel Medium loopt nog" in archived.content.decode()

    assert client.post(sheet(stage), {"action": "life", "life": "BLOCKED", "reason": "betaalt niet"}).status_code == 303
    assert stage.now().lifecycle == "BLOCKED"
    assert stage.states()["An BACKOFFICE"] == "not_live"
    assert "Bakkerij Voorbeeld is nu geblokkeerd." in text_of(client, sheet(stage))
    assert client.post(sheet(stage), {"action": "life", "life": "ACTIVE", "reason": "betaald"}).status_code == 303
    assert stage.states()["An BACKOFFICE"] == "ACTIVE"


def test_an_inactive_domain_still_has_its_sheet_and_comes_back():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        pass
    client = browser_of(stage.admin)
    for life in ("ARCHIVED", "INACTIVE", "ARCHIVED", "ACTIVE"):
        assert client.post(sheet(stage), {"action": "life", "life": life, "reason": "zo"}).status_code == 303
        assert stage.now().lifecycle == life
        assert client.get(sheet(stage)).status_code == 200


def put_away(stage: Stage) -> Client:
    """The browser of the Portaalbeheerder, who made the domain inactive."""
    client = browser_of(stage.admin)
    for life in ("ARCHIVED", "INACTIVE"):
        assert client.post(sheet(stage), {"action": "life", "life": life, "reason": "stopt"}).status_code == 303
    return client


def test_an_inactive_domain_is_looked_at_on_request_for_its_price_and_no_longer_at_once(
    django_capture_on_commit_callbacks,
):
    confirm_examples()
    know_operator()
    with open_stage(bundle="MINIMAL", at=moment("2026-10-01 09:00")) as stage:
        pass
    client = put_away(stage)
    assert "€ 1,00 per maand zonder btw" in text_of(client, sheet(stage))
    without = client.post(sheet(stage), {"action": "look", "looking_reason": " "})
    assert (without.status_code, "Zeg wie erom vroeg" in without.content.decode()) == (409, True)
    directie = browser_of(stage.owner.user)
    assert directie.get(f"/d/{stage.domain.slug}/gebruikers/logboek/csv/").status_code == 404

    asked = {"action": "look", "looking_reason": "Dirk, per mail"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(sheet(stage), asked).status_code == 303
    sent = [(one.to, one.subject) for one in mail.outbox]
    assert sent == [([stage.owner.user.email], "Je kunt Bakkerij Voorbeeld bekijken")]
    assert "Inactief, wordt bekeken" in text_of(client, sheet(stage))
    assert directie.get(f"/d/{stage.domain.slug}/gebruikers/logboek/csv/").status_code == 200
    refused = directie.post(f"/d/{stage.domain.slug}/bundel/", {"bundel": "LARGE", "prijs": "6900"})
    assert refused.status_code == 403
    assert "Dit domein is inactief: je kunt het alleen bekijken." in refused.content.decode()
    with domain_scope(stage.domain.id):
        event = Event.objects.filter(domain_id=stage.domain.id, action="domain.looking_started").get()
        assert event.detail == {"reason": "Dirk, per mail", "monthly_cents": 100}
        statement = issue(domain_id=stage.domain.id, month=Month(2026, 11), at=moment("2026-12-01 03:00"))
    # The 17th was a day of Minimal until noon, and counts as one.
    assert statement.net_cents == 43
    assert [(one["kind"], one["units"]) for one in statement.content["lines"]] == [("VIEW_ONLY", 13)]
    line = text_of(client, sheet(stage, "2026-11/"))
    assert "Domein om te bekijken 18/11/2026 tot en met 30/11/2026: € 1,00 per maand × 13 van 30 dagen" in line

    assert client.post(sheet(stage), {"action": "close", "looking_reason": "Dirk"}).status_code == 303
    assert not stage.now().is_view_only
    assert directie.get(f"/d/{stage.domain.slug}/gebruikers/logboek/csv/").status_code == 404


def test_a_domain_that_comes_back_is_no_longer_looked_at():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        pass
    client = put_away(stage)
    client.post(sheet(stage), {"action": "look", "looking_reason": "Dirk"})
    assert stage.now().is_view_only

    assert client.post(sheet(stage), {"action": "life", "life": "ARCHIVED", "reason": "terug"}).status_code == 303
    assert not stage.now().is_view_only


def test_looking_is_refused_where_the_owner_never_came():
    confirm_examples()
    office = new_office()
    domain, _accountant = new_domain(roles=frozenset({Role.EXTERNAL_ACCOUNTANT}))
    Domain.objects.filter(id=domain.id).update(portal=office.portal, lifecycle=Lifecycle.INACTIVE)
    url = f"/kantoor/domeinen/{domain.slug}/facturatie/"

    refused = office.browser().post(url, {"action": "look", "looking_reason": "Dirk"})

    assert (refused.status_code, "Niemand kan hier kijken" in refused.content.decode()) == (409, True)
    assert not Domain.objects.get(id=domain.id).is_view_only


def test_nobody_looks_where_nobody_pays_where_no_price_counts_or_where_the_domain_is_open():
    with open_stage(bundle="MINIMAL", has_debtor=False) as stage:
        pass
    client = browser_of(stage.admin)
    asked = {"action": "look", "looking_reason": "Dirk"}
    is_open = client.post(sheet(stage), asked)
    put_away(stage)
    no_price = client.post(sheet(stage), asked)
    confirm_examples()
    nobody = client.post(sheet(stage), asked)

    assert [one.status_code for one in (is_open, no_price, nobody)] == [409, 409, 409]
    assert "Alleen een inactief domein wordt bekeken" in is_open.content.decode()
    assert "geen bevestigde prijs voor een domein dat alleen bekeken wordt" in no_price.content.decode()
    assert "Het is niet bekend wie betaalt" in nobody.content.decode()
    assert not stage.now().is_view_only


def test_a_trial_is_given_from_the_sheet_and_not_to_who_pays():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        pass
    client = browser_of(stage.admin)
    assert client.post(sheet(stage), {"action": "trial", "trial_until": "31/12/2026"}).status_code == 303
    assert str(stage.now().trial_until) == "2026-12-31"
    past = client.post(sheet(stage), {"action": "trial", "trial_until": "1/11/2026"})
    assert past.status_code == 409
    assert "De proef zou al voorbij zijn" in past.content.decode()
    assert client.post(sheet(stage), {"action": "trial", "trial_until": "ooit"}).status_code == 422


def test_the_price_of_modules_is_kept_on_the_sheet():
    with open_stage(bundle="MINIMAL") as stage:
        pass
    Domain.objects.filter(id=stage.domain.id).update(pricing_model=PricingModel.MODULES)
    client = browser_of(stage.admin)
    assert client.post(sheet(stage), {"action": "modules", "modules": "45,50"}).status_code == 303
    with domain_scope(stage.domain.id):
        contract = contract_of(stage.domain.id)
    assert contract is not None
    assert (contract.modules_cents, contract.debtor) == (4_550, "DOMAIN")
    assert client.post(sheet(stage), {"action": "modules", "modules": "veel"}).status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "delete"},
        {"action": "life", "life": "DEAD", "reason": "x"},
        {"action": "life", "pricing_model": "LEGACY"},
    ],
)
def test_inv33_a_forged_form_is_refused(form):
    with open_stage() as stage:
        pass
    assert browser_of(stage.admin).post(sheet(stage), form).status_code == 400
    assert stage.now().lifecycle == "ACTIVE"


def test_only_a_portaalbeheerder_has_the_tab():
    with open_stage() as stage:
        pass
    clerk = browser_of(new_staff(stage.domain.portal, PortalRole.PORTAL_BACKOFFICE, domain=stage.domain))
    assert clerk.get(sheet(stage)).status_code == 403
    assert "facturatie" not in clerk.get(f"/kantoor/domeinen/{stage.domain.slug}/").content.decode()
    assert browser_of(stage.owner.user).get(sheet(stage)).status_code == 403
    assert new_office().browser().get(sheet(stage)).status_code == 404


@pytest.mark.parametrize("rest", ["", "betaler/", "2026-10/", "2026-10/pdf/", "2026-10/e-factuur/"])
def test_inv09_the_billing_of_another_portals_domain_is_like_that_of_none(rest: str):
    confirm_examples()
    know_operator()
    with open_stage(at=moment("2026-10-01 09:00")) as stage:
        enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.OFFICE, at=START)
        issue(domain_id=stage.domain.id, month=Month(2026, 10), at=moment("2026-11-01 03:00"))
    assert browser_of(stage.admin).get(sheet(stage, rest)).status_code == 200
    stranger = new_office().browser()
    form = {**PAYER, "action": "life", "life": "BLOCKED", "reason": "zomaar"}

    for method in ("get", "head", "post", "put", "patch", "delete", "options"):
        sent = {"data": form} if method == "post" else {}
        foreign = getattr(stranger, method)(sheet(stage, rest), **sent)
        unknown = getattr(stranger, method)(f"/kantoor/domeinen/bestaat-niet/facturatie/{rest}", **sent)
        assert (foreign.status_code, foreign.content) == (404, unknown.content), method
    assert stage.now().lifecycle == "ACTIVE"
    with domain_scope(stage.domain.id):
        assert Event.objects.filter(domain_id=stage.domain.id, action="refused").count() == 0


def test_a_blocked_domain_whose_bundle_runs_is_ended_here_with_a_reason_and_then_put_away(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
):
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
    client = browser_of(stage.admin)
    assert "Zeg de bundel op" not in text_of(client, sheet(stage))
    active = client.post(sheet(stage), {"action": "end_bundle", "end_reason": "Betaalt niet"})
    assert active.status_code == 409
    assert "Alleen van een geblokkeerd domein zegt het kantoor de bundel op." in active.content.decode()
    client.post(sheet(stage), {"action": "life", "life": "BLOCKED", "reason": "Betaalt niet"})

    archive = {"action": "life", "life": "ARCHIVED", "reason": "Gestopt"}
    refused = client.post(sheet(stage), archive)
    assert refused.status_code == 409
    assert (
        "de Directie van een geblokkeerd domein kan ze niet opzeggen. Zeg ze hier zelf op" in refused.content.decode()
    )
    assert client.post(sheet(stage), {"action": "end_bundle", "end_reason": " "}).status_code == 409
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(sheet(stage), {"action": "end_bundle", "end_reason": "Betaalt niet"}).status_code == 303
    sent = mail.outbox[-1]
    assert (sent.to, sent.subject) == (
        [stage.owner.user.email],
        "De bundel van Bakkerij Voorbeeld eindigt op 01/12/2026",
    )
    assert "Reden: Betaalt niet" in sent.body
    waits = client.post(sheet(stage), archive)
    assert "De bundel Medium is opgezegd en loopt tot 01/12/2026." in waits.content.decode()

    monkeypatch.setattr(timezone, "now", lambda: moment("2026-12-01 00:01"))
    assert client.post(sheet(stage), archive).status_code == 303
    assert (stage.now().bundle, stage.now().lifecycle) == ("MINIMAL", "ARCHIVED")
    with domain_scope(stage.domain.id):
        november = draft(domain_id=stage.domain.id, month=Month(2026, 11))
        told = Event.objects.get(domain_id=stage.domain.id, action="bundle.planned")
    # Charged until and with the day on which it was blocked.
    assert [(one.kind.value, one.units) for one in november] == [("BUNDLE", 17)]
    assert (told.actor_id, told.detail["reason"]) == (stage.admin.id, "Betaalt niet")
