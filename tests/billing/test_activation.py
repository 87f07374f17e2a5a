"""Step one of Zelfboeken: the tick of the office, the workflow along with it, and taking it away (S4–S7, S11–S13)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.stage import moment
from tests.books import new_user
from tests.portal.offices import Office, new_office, new_staff
from tests.portal.pages import browser_of
from tests.portal.test_office import texts, version_of
from zelfboeken.access.models import Member, PortalRoleAssignment, RoleAssignment
from zelfboeken.access.office import UnknownPortal
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.self_booking import Activation, activation_of
from zelfboeken.access.services import NotAllowed, add_member
from zelfboeken.audit.models import Event
from zelfboeken.billing.activation import (
    Happening,
    Plan,
    Switch,
    SwitchRefused,
    Until,
    Wish,
    planned,
    switch_self_booking,
)
from zelfboeken.billing.ticking import bring_to
from zelfboeken.portal.views import sheet_edit
from zelfboeken.tenancy.models import Bundle, Domain, DomainFacts, Lifecycle, PricingModel, Workflow
from zelfboeken.tenancy.scope import domain_scope

TODAY = date(2026, 11, 25)
OFF = Switch(
    DomainFacts(pricing_model="BUNDLE", bundle="MEDIUM", lifecycle="ACTIVE", trial_until=None, is_authorised=False),
    workflow="NORMAL",
)
ON = Switch(replace(OFF.facts, is_authorised=True), workflow="EXCLUDED", former_workflow="NORMAL")


def plan_of(now: Switch, wish: Wish) -> Plan:
    return planned(now, wish, on=TODAY)


def with_facts(now: Switch, **facts: object) -> Switch:
    return replace(now, facts=replace(now.facts, **facts))  # type: ignore[arg-type]


# The rule


def test_s6_switching_on_excludes_the_workflow_in_the_same_save():
    plan = plan_of(OFF, Wish(is_on=True))

    assert (plan.happening, plan.then.facts.is_authorised) == (Happening.ON, True)
    assert (plan.then.workflow, plan.then.former_workflow, plan.is_workflow_by_itself) == ("EXCLUDED", "NORMAL", True)


def test_s7_unless_normaal_was_chosen_in_that_save():
    plan = plan_of(OFF, Wish(is_on=True, workflow="NORMAL"))

    assert (plan.then.workflow, plan.is_workflow_by_itself) == ("NORMAL", False)


def test_s7_later_the_workflow_is_set_back_to_normaal_and_to_excluded_by_itself():
    back = plan_of(ON, Wish(is_on=True, workflow="NORMAL"))
    again = plan_of(back.then, Wish(is_on=True, workflow="EXCLUDED"))

    assert (back.happening, back.then.workflow) == (Happening.WORKFLOW, "NORMAL")
    assert (again.happening, again.then) == (Happening.WORKFLOW, ON)


def test_what_is_on_and_stays_on_keeps_its_workflow():
    assert plan_of(ON, Wish(is_on=True)).happening is Happening.NOTHING
    assert plan_of(OFF, Wish(is_on=False, workflow="EXCLUDED")) == Plan(Happening.NOTHING, OFF)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"pricing_model": "MODULES"}, "domain_takes_modules"),
        ({"pricing_model": "LEGACY"}, "domain_takes_modules"),
        ({"lifecycle": "BLOCKED"}, "domain_not_live"),
        ({"lifecycle": "ARCHIVED"}, "domain_not_live"),
        ({"lifecycle": "INACTIVE"}, "domain_not_live"),
    ],
)
def test_s13_a_module_domain_and_one_that_is_not_live_are_refused_with_a_reason(facts: dict[str, str], code: str):
    with pytest.raises(SwitchRefused) as refused:
        plan_of(with_facts(OFF, **facts), Wish(is_on=True))

    assert (refused.value.code, refused.value.field) == (code, "self_booking")


@pytest.mark.parametrize(
    ("facts", "activation"),
    [
        ({"bundle": "MINIMAL"}, Activation.WAITS_FOR_BUNDLE),
        ({"trial_until": date(2026, 12, 1)}, Activation.IN_TRIAL),
        ({}, Activation.WAITS_FOR_ROLE),
    ],
)
def test_s11_s12_minimal_waits_for_a_bundle_and_a_trial_does_nothing_yet(
    facts: dict[str, object], activation: Activation
):
    plan = plan_of(with_facts(OFF, **facts), Wish(is_on=True))

    assert plan.happening is Happening.ON
    assert activation_of(plan.then.facts, active_roles=0) is activation


def test_taking_the_tick_away_wants_a_reason():
    for reason in ("", "   "):
        with pytest.raises(SwitchRefused) as refused:
            plan_of(ON, Wish(is_on=False, reason=reason))
        assert (refused.value.code, refused.value.field) == ("reason_missing", "reason")


def test_taken_away_at_once_the_workflow_is_what_it_was():
    plan = plan_of(ON, Wish(is_on=False, reason="Gestopt"))

    assert plan == Plan(Happening.OFF, OFF, is_workflow_by_itself=True)


def test_taken_away_without_a_known_workflow_the_work_comes_back_to_the_office():
    plan = plan_of(replace(ON, former_workflow=""), Wish(is_on=False, reason="Gestopt"))

    assert plan.then.workflow == "NORMAL"


@pytest.mark.parametrize(
    ("today", "ends"), [(date(2026, 11, 25), date(2026, 12, 1)), (date(2026, 12, 31), date(2027, 1, 1))]
)
def test_taken_away_at_the_end_of_the_month_it_works_until_then(today: date, ends: date):
    plan = planned(ON, Wish(is_on=False, reason="Gestopt", until=Until.MONTH_END), on=today)

    assert (plan.happening, plan.then.workflow) == (Happening.OFF_LATER, "EXCLUDED")
    assert plan.then.facts.authorised_until == ends
    assert plan.then.facts.on(ends - timedelta(days=1)).is_authorised
    assert not plan.then.facts.on(ends).is_authorised


def test_the_end_of_the_month_that_was_shown_before_midnight_is_shown_anew_after_it():
    shown = Wish(is_on=False, reason="Gestopt", until=Until.MONTH_END, agreed_until=date(2026, 12, 1))
    assert planned(ON, shown, on=date(2026, 11, 30)).then.facts.authorised_until == date(2026, 12, 1)
    with pytest.raises(SwitchRefused, match="is nu vanaf 01/01/2027") as no:
        planned(ON, shown, on=date(2026, 12, 1))

    assert (no.value.field, no.value.code) == ("when", "day_changed")


def test_a_planned_end_is_undone_by_saying_so_and_not_by_saving_something_else():
    ending = with_facts(ON, authorised_until=date(2026, 12, 1))

    assert plan_of(ending, Wish(is_on=True)).happening is Happening.NOTHING
    assert plan_of(ending, Wish(is_on=True, keeps=True)) == Plan(Happening.KEPT, ON)


def test_inv33_an_unknown_workflow_is_refused():
    with pytest.raises(SwitchRefused):
        plan_of(OFF, Wish(is_on=True, workflow="GONE"))


@given(
    st.sampled_from(PricingModel.values),
    st.sampled_from(Bundle.values),
    st.sampled_from(Lifecycle.values),
    st.booleans(),
    st.sampled_from(["", *Workflow.values]),
)
def test_on_and_off_again_gives_what_there_was(
    pricing_model: str, bundle: str, lifecycle: str, in_trial: bool, workflow: str
):
    trial = date(2027, 1, 1) if in_trial else None
    now = with_facts(OFF, pricing_model=pricing_model, bundle=bundle, lifecycle=lifecycle, trial_until=trial)
    try:
        on = plan_of(now, Wish(is_on=True, workflow=workflow))
    except SwitchRefused:
        assert pricing_model != "BUNDLE" or lifecycle not in {"STARTUP", "ACTIVE"}
        return

    assert plan_of(on.then, Wish(is_on=False, reason="Gestopt")).then == now


# The service and the form

pytestmark = pytest.mark.django_db


def save(office: Office, **form: str) -> Any:
    client = office.browser()
    fields = {"action": "save", "name": office.domain.name, "version": version_of(client, office), **form}
    return client.post(office.url("bewerken/"), fields)


def events(office: Office) -> dict[str, dict[str, Any]]:
    with domain_scope(office.domain.id):
        return dict(Event.objects.filter(domain_id=office.domain.id).values_list("action", "detail"))


def give_backoffice(office: Office) -> RoleAssignment:
    member = Member.objects.get(domain=office.domain, user=office.books.user)
    return RoleAssignment.objects.create(member=member, role=Role.BACKOFFICE.value)


def test_s6_the_box_alone_saves_both_and_says_so():
    office = new_office()

    response = save(office, self_booking="on", workflow="EXCLUDED")

    assert response["Location"] == office.url()
    assert (office.domain.is_authorised, office.domain.workflow, office.domain.former_workflow) == (
        True, "EXCLUDED", "NORMAL",
    )  # fmt: skip
    told = events(office)
    assert told["self_booking.authorised"] == {"from": "OFF", "to": "ON"}
    assert told["domain.workflow_changed"] == {"from": "NORMAL", "to": "EXCLUDED", "by_itself": True}
    page = texts(office.browser().get(office.url()))
    assert "Zelfboeken wacht op rol Workflow Uitgesloten" in page


@pytest.mark.parametrize("role", [one for one in PortalRole if one is not PortalRole.PORTAL_ADMIN])
@pytest.mark.parametrize("wish", [Wish(is_on=True), Wish(is_on=True, workflow="NORMAL"), Wish(is_on=False, reason="x")])
def test_s4_abuse7_nobody_but_the_portaalbeheerder_switches_whichever_way_he_comes(role: PortalRole, wish: Wish):
    office = new_office(is_authorised=not wish.is_on)
    # Made a colleague after his access was read: whatever he was then, it is what he is now that counts.
    access = office.access
    new_staff(office.portal, PortalRole.PORTAL_ADMIN)
    PortalRoleAssignment.objects.filter(member__user=office.admin).update(role=role.value)
    before = Domain.objects.filter(id=office.domain.id).values().get()

    ways = [access]
    if role is not PortalRole.GUEST:
        ways.append(office.access)
    for way in ways:
        with pytest.raises((NotAllowed, UnknownPortal)), domain_scope(office.domain.id):
            switch_self_booking(office=way, domain=office.domain, wish=wish, at=timezone.now())

    assert Domain.objects.filter(id=office.domain.id).values().get() == before
    assert events(office) == {}


def test_s6_the_form_presets_the_workflow_so_that_it_works_without_scripts():
    office = new_office()
    page = office.browser().get(office.url("bewerken/")).content.decode()

    chosen = re.search(r'name="workflow"\s+value="(\w+)"\s+checked', page)
    assert chosen is not None
    assert chosen[1] == "EXCLUDED"
    # Saved as it stands, without the tick, nothing changes.
    assert save(office, workflow="EXCLUDED").status_code == 303
    assert office.domain.workflow == "NORMAL"


def test_s7_with_normaal_in_the_same_save_the_domain_stays_in_the_monitor():
    office = new_office()

    save(office, self_booking="on", workflow="NORMAL")

    assert (office.domain.is_authorised, office.domain.workflow) == (True, "NORMAL")


def test_s7_later_normaal_brings_it_back():
    office = new_office(is_authorised=True, workflow="EXCLUDED", former_workflow="NORMAL")

    save(office, self_booking="on", workflow="NORMAL")

    assert (office.domain.is_authorised, office.domain.workflow) == (True, "NORMAL")
    assert set(events(office)) == {"domain.workflow_changed"}


def show(office: Office, **form: str) -> str:
    response = office.browser().post(office.url("bewerken/"), {"action": "show", "name": office.domain.name, **form})
    assert response.status_code == 200
    return texts(response)


def test_the_changes_are_told_before_saving_and_each_is_set_back_by_itself():
    office = new_office()

    page = show(office, self_booking="on", workflow="EXCLUDED")
    assert "2 wijzigingen" in page
    assert "Zelfboeken Uit Aan" in page
    assert "Workflow Normaal Uitgesloten Automatisch mee aangepast. Zet terug" in page
    assert "De Directie krijgt bij het openen van het domein de vraag wie de Backoffice-rol krijgt" in page
    assert "0 documenten en 0 banklijnen verdwijnen uit de Backoffice monitor" in page
    back = show(office, self_booking="on", workflow="EXCLUDED", action="reset:workflow")
    assert "1 wijziging " in back
    assert "Zelfboeken Uit Aan" in back
    assert "Nog geen wijzigingen" in show(office, self_booking="on", action="reset:self_booking")
    assert not office.domain.is_authorised
    assert events(office) == {}


def test_a_look_at_the_changes_keeps_its_key_free():
    office = new_office()
    client = office.browser()
    form = {"name": office.domain.name, "self_booking": "on", "key": "een-sleutel-1"}

    assert client.post(office.url("bewerken/"), {**form, "action": "show"}).status_code == 200
    version = version_of(client, office)
    assert client.post(office.url("bewerken/"), {**form, "action": "save", "version": version}).status_code == 303


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"bundle": "MINIMAL"}, "Het domein wacht op een bundel: de Directie leest dat er eerst een nodig is"),
        (
            {"trial_until": date(2099, 1, 1), "bundle": "MINIMAL"},
            "Dit doet nog niets: het domein is in proef. Het wacht op een aangekochte bundel.",
        ),
    ],
)
def test_s11_s12_what_waits_is_said_before_saving(facts: dict[str, Any], told: str):
    office = new_office(**facts)

    assert told in show(office, self_booking="on")
    assert save(office, self_booking="on").status_code == 303
    assert office.domain.is_authorised


def test_s13_a_module_domain_has_the_box_closed_with_the_reason_and_a_forged_tick_is_refused():
    office = new_office(pricing_model="MODULES")
    reason = "Dit domein neemt modules af. Laat de Directie eerst op een bundel overstappen."

    page = office.browser().get(office.url("bewerken/"))
    assert re.search(r'name="self_booking"\s+value="on"\s+disabled', page.content.decode())
    assert f"{reason} Naar bundel" in texts(page)
    forged = save(office, self_booking="on")
    assert forged.status_code == 422
    assert reason in texts(forged)
    assert not office.domain.is_authorised


def test_taking_it_away_at_once_rests_the_role_tells_the_directie_and_gives_the_work_back(
    django_capture_on_commit_callbacks: Any,
):
    office = new_office()
    save(office, self_booking="on")
    role = give_backoffice(office)

    refused = save(office)
    assert refused.status_code == 422
    assert "Zeg waarom je Zelfboeken uitzet" in texts(refused)
    page = show(office, reason="Te veel fouten")
    assert "Hun Backoffice-rol rust: Gebruiker" in page
    assert "Workflow Uitgesloten Normaal" in page
    with django_capture_on_commit_callbacks(execute=True):
        assert save(office, reason="Te veel fouten").status_code == 303

    role.refresh_from_db()
    assert (role.state, role.suspended_because) == ("SUSPENDED", "not_authorised")
    assert (office.domain.is_authorised, office.domain.workflow) == (False, "NORMAL")
    assert events(office)["self_booking.ended"]["reason"] == "Te veel fouten"
    letters = [one for one in mail.outbox if one.to == [office.owner.user.email]]
    assert any("De reden van je kantoor: Te veel fouten" in one.body for one in letters)


def test_inv23_a_role_that_rests_is_refused_at_once_in_a_session_that_was_open():
    office = new_office()
    save(office, self_booking="on")
    user = new_user("bo@zaak.example")
    add_member(domain=office.domain, user=user, roles=frozenset({Role.BACKOFFICE}))
    theirs, books = browser_of(user), f"/d/{office.domain.slug}/documenten/boek-klare/"
    assert theirs.post(books).status_code == 303

    save(office, reason="Even stil")

    assert theirs.post(books).status_code == 403
    assert theirs.get(f"/d/{office.domain.slug}/").status_code == 200


def test_ticking_it_again_brings_the_role_back():
    office = new_office()
    save(office, self_booking="on")
    role = give_backoffice(office)
    save(office, reason="Even stil")

    assert "Krijgen hun Backoffice-rol terug: Gebruiker" in show(office, self_booking="on")
    save(office, self_booking="on")

    role.refresh_from_db()
    assert role.state == "ACTIVE"


def test_taken_away_at_month_end_the_role_works_until_the_first():
    office = new_office()
    save(office, self_booking="on")
    role = give_backoffice(office)
    save(office, reason="Contract loopt af", when="MONTH_END")
    ends = office.domain.authorised_until
    assert ends is not None
    role.refresh_from_db()
    assert (role.state, office.domain.workflow) == ("ACTIVE", "EXCLUDED")

    with domain_scope(office.domain.id):
        at = timezone.make_aware(timezone.datetime(ends.year, ends.month, 1))  # type: ignore[attr-defined]
        bring_to(domain_id=office.domain.id, at=at)

    role.refresh_from_db()
    assert (role.state, role.suspended_because) == ("SUSPENDED", "not_authorised")
    assert (office.domain.is_authorised, office.domain.workflow) == (False, "NORMAL")


def test_a_form_of_last_month_is_shown_again_with_the_new_end_and_nothing_is_saved(monkeypatch):
    office = new_office()
    monkeypatch.setattr(timezone, "now", lambda: moment("2026-11-30 23:58"))
    save(office, self_booking="on")
    client = office.browser()
    version = version_of(client, office)
    form = {"action": "save", "name": office.domain.name, "version": version, "reason": "Weg", "when": "MONTH_END",
            "month_end": "2026-12-01"}  # fmt: skip
    monkeypatch.setattr(timezone, "now", lambda: moment("2026-12-01 00:01"))
    response = client.post(office.url("bewerken/"), form)

    page = response.content.decode()
    assert response.status_code == 422
    assert "vanaf 01/01/2027" in page
    assert 'name="month_end" value="2027-01-01"' in page
    assert 'href="#field-when"' in page
    assert 'id="field-when"' in page
    assert (office.domain.is_authorised, office.domain.authorised_until) == (True, None)


def test_a_planned_end_is_told_and_can_be_undone():
    office = new_office()
    save(office, self_booking="on")
    save(office, reason="Contract loopt af", when="MONTH_END")

    assert "Laat het toch doorlopen." in texts(office.browser().get(office.url("bewerken/")))
    save(office, self_booking="on", keeps="on")

    assert (office.domain.is_authorised, office.domain.authorised_until) == (True, None)
    assert events(office)["self_booking.end_undone"]["to"] == "ON"


def test_a_sheet_that_somebody_changed_meanwhile_is_not_saved_over():
    office = new_office()
    client = office.browser()
    old = version_of(client, office)
    save(office, self_booking="on")

    late = client.post(office.url("bewerken/"), {"action": "save", "name": "Te laat", "version": old})

    assert late.status_code == 409
    assert "Iemand anders wijzigde deze fiche intussen." in texts(late)
    assert (office.domain.is_authorised, office.domain.name) == (True, office.books.domain.name)


def test_name_and_tasks_are_saved_with_it_or_not_at_all():
    office = new_office(pricing_model="MODULES")
    refused = save(office, name="Nieuwe naam", self_booking="on")

    assert refused.status_code == 422
    assert office.domain.name == office.books.domain.name
    assert save(office, name="").status_code == 422
    assert save(office, name="Nieuwe naam").status_code == 303
    assert office.domain.name == "Nieuwe naam"
    assert events(office)["domain.renamed"]["to"] == "Nieuwe naam"


def test_inv24_no_log_no_switch():
    from django.db import DatabaseError, connection, transaction

    office = new_office()
    with pytest.raises(DatabaseError), transaction.atomic(), domain_scope(office.domain.id):
        switch_self_booking(office=office.access, domain=office.domain, wish=Wish(is_on=True), at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_event SET action = 'weg'")

    assert not office.domain.is_authorised


def test_a_sheet_saved_between_the_look_and_the_lock_is_not_saved_over(monkeypatch: pytest.MonkeyPatch):
    office = new_office(is_authorised=True, workflow="NORMAL")
    browser = office.browser()
    version = version_of(browser, office)
    look = sheet_edit._filled

    def meanwhile(*given: Any) -> Any:
        Domain.objects.filter(id=office.domain.id).update(is_authorised=False)
        return look(*given)

    monkeypatch.setattr(sheet_edit, "_filled", meanwhile)
    form = {"action": "save", "self_booking": "on", "workflow": "EXCLUDED", "version": version}
    answer = browser.post(office.url("bewerken/"), form)

    assert answer.status_code == 409
    assert office.domain.workflow == "NORMAL"
