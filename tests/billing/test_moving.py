"""A domain moves to another office (A6): what the old one decided ends, what the client has stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core import mail

from tests.billing.stage import DETAILS, Stage, confirm_examples, give, moment, open_stage
from tests.config.command import is_one_sentence, run
from tests.portal.offices import new_office
from zelfboeken.access.models import DomainAssignment, LegacyGrant, OwnerTransfer, PortalMember
from zelfboeken.access.office import open_portal_domain, reached_domain
from zelfboeken.access.rights import Right
from zelfboeken.access.services import UnknownDomain
from zelfboeken.access.ticks import change_ticks, ticks_of
from zelfboeken.audit.models import Event, PortalEvent
from zelfboeken.billing.activation import Wish, switch_self_booking
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.moving import MoveRefused, move_domain
from zelfboeken.billing.owner import name_owner, open_transfer
from zelfboeken.billing.ticking import bring_to
from zelfboeken.tenancy.models import Domain, Portal

pytestmark = pytest.mark.django_db
NOON = moment("2026-11-17 12:00")


def moved(stage: Stage, to: Portal, reason: str = "Andere boekhouder") -> Domain:
    move_domain(domain_id=stage.domain.id, to=to, reason=reason, at=NOON)
    return stage.now()


def test_users_roles_and_bundle_stay_and_what_the_old_office_decided_ends():
    confirm_examples()
    theirs = new_office()
    with open_stage() as stage:
        give(stage, stage.others[0])
        DomainAssignment.objects.create(
            member=PortalMember.objects.get(user=stage.admin),
            domain=stage.domain,
            task=DomainAssignment.Task.RESPONSIBLE,
        )
        change_ticks(office=stage.portal, domain=stage.domain, ticks=[("BACKOFFICE", Right.PERIOD_CLOSE)], at=NOON)
        name_owner(office=stage.portal, domain=stage.domain, member_id=stage.others[1].id, reason="Weg", at=NOON)
        LegacyGrant.objects.create(
            portal=stage.domain.portal, domain=stage.domain, email="an@gast.example", granted_on=date(2021, 5, 1),
            ends_on=date(2022, 1, 1), imported_at=NOON, imported_by=stage.admin,
        )  # fmt: skip
        before = stage.states()
        old = stage.portal

        now = moved(stage, theirs.portal)

        assert stage.states() == before
        assert (now.portal_id, now.bundle, now.is_authorised) == (theirs.portal.id, "MEDIUM", True)
        assert not DomainAssignment.objects.filter(domain=stage.domain).exists()
        assert ticks_of(stage.domain) == frozenset()
        assert open_transfer(stage.domain.id) is None
        assert OwnerTransfer.objects.get(domain=stage.domain).outcome == OwnerTransfer.Outcome.WITHDRAWN
        assert not LegacyGrant.objects.filter(domain=stage.domain, withdrawn_at=None).exists()
        with pytest.raises(UnknownDomain):
            reached_domain(old, stage.domain.slug)
        told = Event.objects.get(domain_id=stage.domain.id, action="domain.moved").detail
        assert (told["from"], told["to"], told["reason"]) == (
            "Kantoor Voorbeeld",
            theirs.portal.name,
            "Andere boekhouder",
        )
        assert PortalEvent.objects.filter(action="domain.moved").count() == 2


def test_zelfboeken_goes_on_for_thirty_days_unless_the_new_office_renews_it():
    confirm_examples()
    theirs = new_office()
    with open_stage() as left:
        give(left, left.others[0])
        assert moved(left, theirs.portal).authorised_until == date(2026, 12, 17)
        bring_to(domain_id=left.domain.id, at=moment("2026-12-16 23:59"))
        assert left.states()["An BACKOFFICE"] == "ACTIVE"
        bring_to(domain_id=left.domain.id, at=moment("2026-12-17 00:00"))
        assert left.states()["An BACKOFFICE"] == "not_authorised"
    with open_stage() as renewed:
        give(renewed, renewed.others[0])
        moved(renewed, theirs.portal)
    with open_portal_domain(user_id=theirs.admin.id, slug=renewed.domain.slug, at=NOON, doing="test") as (
        office,
        domain,
    ):
        switch_self_booking(office=office, domain=domain, wish=Wish(is_on=True, keeps=True), at=NOON)
        bring_to(domain_id=domain.id, at=moment("2026-12-17 00:00"))

    assert (renewed.now().authorised_until, renewed.states()["An BACKOFFICE"]) == (None, "ACTIVE")


def test_an_end_that_was_planned_sooner_stays_and_what_was_off_stays_off():
    theirs = new_office()
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(authorised_until=date(2026, 12, 1))
        assert moved(stage, theirs.portal).authorised_until == date(2026, 12, 1)
    with open_stage(is_authorised=False) as off:
        assert (moved(off, theirs.portal).is_authorised, off.now().authorised_until) == (False, None)


def test_directie_and_new_office_are_told(django_capture_on_commit_callbacks: Any):
    theirs = new_office()
    with open_stage() as stage, django_capture_on_commit_callbacks(execute=True):
        moved(stage, theirs.portal)

    assert {one.to[0] for one in mail.outbox} == {stage.owner.user.email, theirs.admin.email}
    assert mail.outbox[0].subject == f"Bakkerij Voorbeeld heeft een ander kantoor: {theirs.portal.name}"
    assert "Zelfboeken loopt door tot 17/12/2026." in mail.outbox[0].body


@pytest.mark.parametrize("code", ["is_there", "reason_missing", "office_pays"])
def test_a_domain_that_cannot_move_stays(code: str):
    theirs = new_office()
    with open_stage() as stage:
        if code == "office_pays":
            enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.OFFICE, at=NOON)
        to = stage.domain.portal if code == "is_there" else theirs.portal
        with pytest.raises(MoveRefused) as no:
            moved(stage, to, "" if code == "reason_missing" else "Ander")

        assert (no.value.code, stage.now().portal_id) == (code, stage.domain.portal_id)
        assert not Event.objects.filter(domain_id=stage.domain.id, action="domain.moved").exists()


def test_the_command_moves_it_and_refuses_in_a_sentence(capsys: pytest.CaptureFixture[str]):
    theirs = new_office()
    with open_stage() as stage:
        pass
    for domain, portal in (("bestaat-niet", theirs.portal.slug), (stage.domain.slug, "bestaat-niet")):
        assert is_one_sentence(run(capsys, "move", domain, "--to", portal, "--reason", "Ander"))

    ran = run(capsys, "move", stage.domain.slug, "--to", theirs.portal.slug, "--reason", "Andere boekhouder")

    assert (ran.code, ran.rows[0]["portal"]) == (0, theirs.portal.slug)
    assert stage.now().portal_id == theirs.portal.id
    again = run(capsys, "move", stage.domain.slug, "--to", theirs.portal.slug, "--reason", "Andere boekhouder")
    assert is_one_sentence(again)
