"""Bundles and seats through the services: who may, at what price, from when, and what becomes of the roles."""

from __future__ import annotations

from datetime import date

import pytest
from django.core import mail

from tests.billing.stage import DETAILS, START, Stage, confirm_examples, give, make_stage, moment, open_stage
from tests.portal.offices import new_office, new_staff
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.office import portal_access_of
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import NotAllowed, UnknownDomain
from zelfboeken.audit.models import Event
from zelfboeken.billing.bundles import BundleRefused, When, choose_bundle, preview_bundle
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.lifecycle import change_life, start_trial
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.rules import NoPrice
from zelfboeken.billing.seats import MemberUnknown, RoleRefused, give_role, seat_cost_today, withdraw_role
from zelfboeken.billing.ticking import bring_to
from zelfboeken.tenancy.models import Domain, Lifecycle, PricingModel

pytestmark = pytest.mark.django_db
NOON = moment("2026-11-17 12:00")


def logged(stage: Stage) -> list[str]:
    return list(Event.objects.filter(domain_id=stage.domain.id).order_by("id").values_list("action", flat=True))


# Seats


def test_s15_s16_the_first_role_costs_nothing_and_the_second_is_told_before_it_is_given():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        first = give_role(access=stage.directie(), member_id=an.id, role=Role.BACKOFFICE, at=START)
        told = seat_cost_today(access=stage.directie(), seats=2, on=NOON.date())
        second = give_role(
            access=stage.directie(),
            member_id=bo.id,
            role=Role.BACKOFFICE,
            at=NOON,
            agreed_cents=told.monthly_then_cents,
        )

        assert first.cost is None
        assert (told.monthly_then_cents, told.this_month_cents) == (2_500, 1_167)
        assert second.cost == told
        detail = Event.objects.filter(domain_id=stage.domain.id, action="role.given").latest("id").detail
    assert detail == {
        "role": "BACKOFFICE",
        "user": "Bo",
        "monthly_cents": 2_500,
        "price_from": "2022-01-01",
        "policy": "DAILY",
        "debtor": "DOMAIN",
    }


def test_a_price_that_changed_while_it_was_shown_is_not_charged():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        give(stage, an)

        with pytest.raises(RoleRefused, match="De prijs is intussen veranderd") as no:
            give_role(access=stage.directie(), member_id=bo.id, role=Role.BACKOFFICE, at=NOON, agreed_cents=2_400)

    assert no.value.code == "price_changed"


def test_s8_only_the_directie_gives_a_role():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        give(stage, an)
        for access in (stage.as_user(an), stage.office()):
            with pytest.raises(NotAllowed):
                give_role(access=access, member_id=bo.id, role=Role.BACKOFFICE, at=NOON)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lifecycle": Lifecycle.ARCHIVED, "bundle": "MINIMAL"}, "right_missing"),
        ({"pricing_model": PricingModel.MODULES}, "domain_takes_modules"),
        ({"trial_until": date(2026, 11, 30)}, "domain_in_trial"),
        ({"is_authorised": False}, "not_authorised_by_office"),
        ({"bundle": "MINIMAL"}, "no_bundle"),
        ({"is_authorised": False, "bundle": "MINIMAL"}, "not_authorised_by_office"),
    ],
)
def test_abuse_8_a_backoffice_role_is_refused_with_the_first_reason(changes, code):
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(**changes)
        if code == "right_missing":
            with pytest.raises(NotAllowed) as no:
                give_role(access=stage.directie(), member_id=stage.others[0].id, role=Role.BACKOFFICE, at=NOON)
            assert no.value.code == "domain_not_live"
            return
        with pytest.raises(NotAllowed) as no:
            give_role(access=stage.directie(), member_id=stage.others[0].id, role=Role.BACKOFFICE, at=NOON)
        assert no.value.code == code
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE"}


def test_a_member_of_another_domain_is_unknown():
    confirm_examples()
    other = make_stage()
    with open_stage() as stage, pytest.raises(MemberUnknown):
        give_role(access=stage.directie(), member_id=other.others[0].id, role=Role.BACKOFFICE, at=NOON)


def test_inv21_small_has_one_place_and_the_directie_holds_it():
    confirm_examples()
    with open_stage(bundle="SMALL") as stage:
        an = stage.others[0]
        with pytest.raises(RoleRefused, match="De bundel Small telt 1 gebruiker met een rol, en die zijn er al") as no:
            give_role(access=stage.directie(), member_id=an.id, role=Role.BACKOFFICE, at=NOON)
        own = give_role(access=stage.directie(), member_id=stage.owner.id, role=Role.BACKOFFICE, at=NOON)

    assert no.value.code == "no_place"
    assert own.is_changed


def test_a_limit_counts_only_once_it_was_confirmed():
    with open_stage(bundle="SMALL") as stage:
        an = stage.others[0]
        assert give_role(access=stage.directie(), member_id=an.id, role=Role.SALES, at=NOON).is_changed


def test_inv22_the_last_directie_and_the_owner_keep_their_role():
    with open_stage() as stage:
        an = stage.others[0]
        with pytest.raises(RoleRefused, match="De eigenaar van het domein houdt altijd"):
            withdraw_role(access=stage.directie(), member_id=stage.owner.id, role=Role.MANAGEMENT, at=NOON)
        give(stage, an, Role.MANAGEMENT)
        stage.domain.members.update(is_owner=False)
        withdraw_role(access=stage.as_user(an), member_id=stage.owner.id, role=Role.MANAGEMENT, at=NOON)
        with pytest.raises(RoleRefused, match="An is de laatste Directie"):
            withdraw_role(access=stage.as_user(an), member_id=an.id, role=Role.MANAGEMENT, at=NOON)


def test_inv23_who_lost_the_directie_meanwhile_gives_nothing_any_more():
    with open_stage() as stage:
        an = stage.others[0]
        give(stage, an, Role.MANAGEMENT)
        still_open = stage.as_user(an)
        withdraw_role(access=stage.directie(), member_id=an.id, role=Role.MANAGEMENT, at=NOON)

        with pytest.raises(NotAllowed):
            give_role(access=still_open, member_id=an.id, role=Role.MANAGEMENT, at=NOON)


# Bundles


def test_a_larger_bundle_holds_at_once_and_a_smaller_one_from_the_next_month():
    confirm_examples()
    with open_stage() as stage:
        larger = choose_bundle(access=stage.directie(), bundle="LARGE", at=NOON, agreed_cents=6_900)
        assert (larger.when, stage.now().bundle) == (When.AT_ONCE, "LARGE")

        smaller = choose_bundle(access=stage.directie(), bundle="MEDIUM", at=NOON, agreed_cents=3_900)
        assert (smaller.when, smaller.holds_from) == (When.NEXT_MONTH, date(2026, 12, 1))
        assert (stage.now().bundle, stage.now().planned_bundle) == ("LARGE", "MEDIUM")
        bring_to(domain_id=stage.domain.id, at=moment("2026-11-30 23:59"))
        assert stage.now().bundle == "LARGE"
        bring_to(domain_id=stage.domain.id, at=moment("2026-12-01 00:00"))
        assert (stage.now().bundle, stage.now().planned_bundle) == ("MEDIUM", "")
        assert logged(stage)[-3:] == ["bundle.bought", "bundle.planned", "bundle.changed"]


def test_choosing_the_bundle_that_is_there_undoes_the_plan():
    confirm_examples()
    with open_stage() as stage:
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        choose_bundle(access=stage.directie(), bundle="MEDIUM", at=NOON)
        bring_to(domain_id=stage.domain.id, at=moment("2026-12-02 10:00"))

        assert (stage.now().bundle, stage.now().planned_on) == ("MEDIUM", None)


def test_ending_the_bundle_shows_who_loses_what_and_suspends_it_at_month_end():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        give(stage, an)
        give(stage, bo, Role.SALES)
        told = preview_bundle(access=stage.directie(), bundle="MINIMAL", on=NOON.date())
        assert [(one.name, one.roles, one.because) for one in told.loses] == [("An", ("BACKOFFICE",), "no_bundle")]

        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        assert stage.states()["An BACKOFFICE"] == "ACTIVE"
        bring_to(domain_id=stage.domain.id, at=moment("2026-12-03 10:00"))

        assert stage.states() == {
            "Dirk MANAGEMENT": "ACTIVE",
            "An BACKOFFICE": "no_bundle",
            "Bo SALES": "ACTIVE",
        }


def test_inv20_in_the_second_the_bundle_ends_the_right_is_gone_before_anything_ran():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        give(stage, an)
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        last, first = moment("2026-11-30 23:59:59"), moment("2026-12-01 00:00:00")

        assert stage.as_user(an, last).may(Right.DOCUMENT_BOOK)
        assert give_role(access=stage.directie(last), member_id=bo.id, role=Role.BACKOFFICE, at=last).is_changed
        assert not stage.as_user(an, first).may(Right.DOCUMENT_BOOK)
        with pytest.raises(NotAllowed) as no:
            give_role(access=stage.directie(first), member_id=stage.owner.id, role=Role.BACKOFFICE, at=first)
        assert no.value.code == "no_bundle"


def test_a_grant_that_began_before_the_end_is_refused_when_it_comes_to_it_after():
    """The access was read at 23:59:59, the lock came at 0:00:00."""
    confirm_examples()
    with open_stage() as stage:
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        before = stage.directie(moment("2026-11-30 23:59:59"))

        with pytest.raises(NotAllowed) as no:
            give_role(
                access=before, member_id=stage.others[0].id, role=Role.BACKOFFICE, at=moment("2026-12-01 00:00:00")
            )

    assert no.value.code == "no_bundle"


def test_buying_again_brings_the_same_roles_back_and_tells_directie_and_office(django_capture_on_commit_callbacks):
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        kept = RoleAssignment.objects.get(member=stage.others[0], role="BACKOFFICE").id
        Domain.objects.filter(id=stage.domain.id).update(workflow="EXCLUDED", former_workflow="NORMAL")
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        bring_to(domain_id=stage.domain.id, at=moment("2026-12-01 00:00"))
        assert stage.now().workflow == "NORMAL"

        again = moment("2026-12-10 09:00")
        with django_capture_on_commit_callbacks(execute=True):
            choose_bundle(access=stage.directie(again), bundle="SMALL", at=again)

        assert RoleAssignment.objects.get(id=kept).state == "SUSPENDED"  # Small has one place, and Dirk holds it
        with django_capture_on_commit_callbacks(execute=True):
            choose_bundle(access=stage.directie(again), bundle="MEDIUM", at=again)
        assert RoleAssignment.objects.get(id=kept).state == "ACTIVE"
        assert stage.now().workflow == "EXCLUDED"
    told = {to for one in mail.outbox for to in one.to}
    assert {stage.owner.user.email, stage.admin.email} <= told
    assert stage.others[0].user.email not in told
    assert "Deze rollen zijn weer actief: An (Backoffice)." in mail.outbox[-1].body


def test_fewer_places_want_a_choice_and_the_rest_is_suspended_and_returns():
    confirm_examples()
    with open_stage() as stage:
        an, bo = stage.others
        give(stage, an)
        give(stage, bo, Role.SALES)
        with pytest.raises(BundleRefused, match="Kies er precies 1 die hun rollen houden") as no:
            choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON)
        assert no.value.code == "choose_who_stays"
        with pytest.raises(BundleRefused):  # the owner always stays
            choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON, stays=[an.id])

        choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON, stays=[stage.owner.id])
        december = moment("2026-12-01 00:00")
        bring_to(domain_id=stage.domain.id, at=december)
        assert stage.states() == {
            "Dirk MANAGEMENT": "ACTIVE",
            "An BACKOFFICE": "seat_limit",
            "Bo SALES": "seat_limit",
        }
        choose_bundle(access=stage.directie(december), bundle="MEDIUM", at=december)
        assert set(stage.states().values()) == {"ACTIVE"}


def test_a_bundle_wants_a_confirmed_price_and_somebody_who_pays():
    with open_stage(bundle="MINIMAL", has_debtor=False) as stage:
        with pytest.raises(NoPrice, match="Er is geen bevestigde prijs voor Medium"):
            choose_bundle(access=stage.directie(), bundle="MEDIUM", at=NOON)
        confirm_examples()
        with pytest.raises(BundleRefused, match="Vul eerst in wie betaalt"):
            choose_bundle(access=stage.directie(), bundle="MEDIUM", at=NOON)
        assert stage.now().bundle == "MINIMAL"


def test_only_the_directie_decides_and_the_office_where_it_pays():
    confirm_examples()
    with open_stage() as stage:
        an = stage.others[0]
        give(stage, an)
        for access in (stage.as_user(an), stage.office()):
            with pytest.raises(NotAllowed):
                choose_bundle(access=access, bundle="LARGE", at=NOON)
        enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.OFFICE, at=NOON)
        choose_bundle(access=stage.office(), bundle="LARGE", at=NOON)

        assert stage.now().bundle == "LARGE"
        with pytest.raises(NotAllowed):  # nobody gives the debt to the other
            enter_debtor(access=stage.office(), details=DETAILS, debtor=Debtor.DOMAIN, at=NOON)
        with pytest.raises(NotAllowed):
            enter_debtor(access=stage.directie(), details=DETAILS, debtor=Debtor.OFFICE, at=NOON)


def test_a_domain_with_modules_takes_a_bundle_from_the_next_month():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        Domain.objects.filter(id=stage.domain.id).update(pricing_model=PricingModel.MODULES)
        told = choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON)
        assert (told.when, stage.now().pricing_model) == (When.NEXT_MONTH, "MODULES")

        bring_to(domain_id=stage.domain.id, at=moment("2026-12-01 08:00"))
        assert (stage.now().pricing_model, stage.now().bundle) == ("BUNDLE", "SMALL")


# Trial and life


def test_a_trial_ends_by_itself_in_minimal_and_buying_ends_it_at_once():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        start_trial(office=stage.portal, domain_id=stage.domain.id, until=date(2026, 11, 20), at=NOON)
        with pytest.raises(NotAllowed) as no:
            give_role(access=stage.directie(), member_id=stage.others[0].id, role=Role.BACKOFFICE, at=NOON)
        assert no.value.code == "domain_in_trial"
        bring_to(domain_id=stage.domain.id, at=moment("2026-11-25 08:00"))
        assert (stage.now().trial_until, stage.now().bundle) == (None, "MINIMAL")

        start_trial(office=stage.portal, domain_id=stage.domain.id, until=date(2026, 12, 20), at=NOON)
        choose_bundle(access=stage.directie(), bundle="MEDIUM", at=NOON)
        assert (stage.now().trial_until, stage.now().bundle) == (None, "MEDIUM")
        with pytest.raises(BundleRefused, match="Een betalend domein wordt geen proefdomein"):
            start_trial(office=stage.portal, domain_id=stage.domain.id, until=date(2026, 12, 20), at=NOON)


def test_a_blocked_domain_suspends_its_backoffice_and_comes_back_with_it():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        life = {"office": stage.portal, "domain_id": stage.domain.id, "reason": "Betaalt niet"}
        change_life(life=Lifecycle.BLOCKED, at=NOON, **life)
        assert stage.states()["An BACKOFFICE"] == "not_live"
        assert stage.directie().rights == {Right.DOMAIN_ENTER}
        change_life(life=Lifecycle.ACTIVE, at=NOON, **life)
        assert stage.states()["An BACKOFFICE"] == "ACTIVE"


def test_a_domain_with_a_running_bundle_is_not_archived_and_one_in_minimal_is():
    confirm_examples()
    with open_stage() as stage:
        life = {"office": stage.portal, "domain_id": stage.domain.id, "reason": "Stopt"}
        with pytest.raises(BundleRefused, match="De bundel Medium loopt nog"):
            change_life(life=Lifecycle.ARCHIVED, at=NOON, **life)
        with pytest.raises(BundleRefused, match="kan niet ineens inactief worden"):
            change_life(life=Lifecycle.INACTIVE, at=NOON, **life)
        choose_bundle(access=stage.directie(), bundle="MINIMAL", at=NOON)
        change_life(life=Lifecycle.ARCHIVED, at=moment("2026-12-01 00:00"), **life)
        assert stage.now().lifecycle == "ARCHIVED"
        change_life(life=Lifecycle.INACTIVE, at=moment("2026-12-02 00:00"), **life)
        with pytest.raises(BundleRefused, match="Zeg waarom"):
            change_life(life=Lifecycle.ARCHIVED, at=NOON, **{**life, "reason": " "})
        change_life(life=Lifecycle.ARCHIVED, at=moment("2026-12-03 00:00"), **life)


def test_only_a_portaalbeheerder_of_its_own_portal_changes_the_life_of_a_domain():
    elsewhere = new_office()
    with open_stage() as stage:
        clerk = new_staff(stage.domain.portal, PortalRole.PORTAL_BACKOFFICE, domain=stage.domain)
        change = {"domain_id": stage.domain.id, "life": Lifecycle.BLOCKED, "reason": "Waarom niet", "at": NOON}
        with pytest.raises(NotAllowed):
            change_life(office=portal_access_of(user_id=clerk.id), **change)
        with pytest.raises(UnknownDomain):
            change_life(office=elsewhere.access, **change)
        assert stage.now().lifecycle == "ACTIVE"


def test_inv21_small_after_minimal_wants_the_choice_of_its_one_place():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        an, bo = stage.others
        for one in (an, bo):
            give(stage, one, Role.SALES)
        told = preview_bundle(access=stage.directie(), bundle="SMALL", on=NOON.date())
        with pytest.raises(BundleRefused, match="De bundel Small telt 1 gebruiker met een rol, en er zijn er 3") as no:
            choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON)
        assert stage.now().bundle == "MINIMAL"

        choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON, stays=[stage.owner.id])

        assert (told.must_choose, [one.name for one in told.loses]) == (True, ["An", "Bo"])
        assert no.value.code == "choose_who_stays"
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An SALES": "seat_limit", "Bo SALES": "seat_limit"}
        with pytest.raises(RoleRefused, match="De bundel Small telt 1 gebruiker"):
            give_role(access=stage.directie(), member_id=an.id, role=Role.BACKOFFICE, at=NOON)


def test_inv21_small_after_a_trial_wants_the_choice_too():
    confirm_examples()
    with open_stage(bundle="MINIMAL") as stage:
        an = stage.others[0]
        start_trial(office=stage.portal, domain_id=stage.domain.id, until=date(2026, 11, 30), at=START)
        give(stage, an, Role.SALES)
        choose_bundle(access=stage.directie(), bundle="SMALL", at=NOON, stays=[stage.owner.id])

        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An SALES": "seat_limit"}


def test_inv23_who_lost_the_directie_meanwhile_takes_no_bundle_any_more():
    confirm_examples()
    with open_stage() as stage:
        an = stage.others[0]
        give(stage, an, Role.MANAGEMENT)
        held_before = stage.as_user(an)
        withdraw_role(access=stage.directie(), member_id=an.id, role=Role.MANAGEMENT, at=NOON)

        with pytest.raises(NotAllowed):
            choose_bundle(access=held_before, bundle="LARGE", at=NOON)

        assert stage.now().bundle == "MEDIUM"


def test_an_end_that_was_shown_before_midnight_is_not_moved_a_month_by_the_new_one():
    confirm_examples()
    with open_stage() as stage:
        shown, after = moment("2026-11-30 23:59"), moment("2026-12-01 00:00")
        told = preview_bundle(access=stage.directie(shown), bundle="MINIMAL", on=date(2026, 11, 30))

        with pytest.raises(BundleRefused, match="dit zou gelden vanaf 01/01/2027") as no:
            choose_bundle(
                access=stage.directie(after),
                bundle="MINIMAL",
                at=after,
                agreed_cents=told.monthly_then_cents,
                agreed_from=told.holds_from,
            )

        assert (no.value.code, stage.now().planned_on) == ("day_changed", None)
