"""Step two of Zelfboeken: who gets the role Backoffice, asked for, priced and confirmed (S8–S16, A5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.billing.stage import DETAILS, START, Stage, confirm_examples, give, moment, open_stage
from tests.portal.offices import new_staff
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.self_booking import REASONS, Missing
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.billing.contracts import enter_debtor
from zelfboeken.billing.giving import (
    Offer,
    ask_later,
    assign_backoffice,
    change_roles,
    end_member,
    is_asked,
    offer_backoffice,
)
from zelfboeken.billing.models import Debtor, Standing
from zelfboeken.billing.seats import MemberUnknown, RoleRefused, active_seats, seat_cost_today
from zelfboeken.billing.ticking import bring_to
from zelfboeken.tenancy.models import Bundle, Domain

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 17)
NOON = moment("2026-11-17 12:00")


def offer(stage: Stage, *chosen: int) -> Offer:
    """What it costs when these of the others have the role."""
    ids = {stage.others[number].id for number in chosen}
    return offer_backoffice(access=stage.directie(NOON), chosen=ids, on=ON)


def assign(stage: Stage, *chosen: int, agreed: int | None) -> Offer | None:
    ids = {stage.others[number].id for number in chosen}
    return assign_backoffice(access=stage.directie(NOON), chosen=ids, agreed_cents=agreed, at=NOON)


# The price


def test_s15_the_first_role_is_in_the_price_of_the_bundle():
    confirm_examples()
    with open_stage() as stage:
        made = offer(stage, 0)

    assert (made.bundle_cents, made.cost.monthly_then_cents, made.monthly_cents) == (3_900, 0, 3_900)
    assert made.cost.this_month_cents == 0


def test_s16_each_extra_role_is_25_euro_a_month_and_pro_rata_this_month():
    confirm_examples()
    with open_stage(users=3) as stage:
        two, three = offer(stage, 0, 1), offer(stage, 0, 1, 2)

    assert (two.cost.each_cents, two.cost.extra_then, two.monthly_cents) == (2_500, 1, 6_400)
    # 14 of the 30 days of November, the 17th itself included.
    assert (two.cost.days_left, two.cost.days_in_month, two.cost.this_month_cents) == (14, 30, 1_167)
    assert (three.cost.extra_then, three.monthly_cents, three.cost.this_month_cents) == (2, 8_900, 2_333)


def test_the_offer_names_who_pays():
    confirm_examples()
    with open_stage() as stage:
        domain_pays = offer(stage, 0)
        enter_debtor(
            access=stage.office(),
            details=DETAILS,
            debtor=Debtor.OFFICE,
            at=NOON,
        )
        office_pays = offer(stage, 0)

    assert (domain_pays.debtor, domain_pays.is_office_debtor) == ("Bakkerij Voorbeeld BV", False)
    assert office_pays.is_office_debtor


# Giving


def test_s8_two_users_get_the_role_at_the_price_that_was_shown():
    confirm_examples()
    with open_stage() as stage:
        done = assign(stage, 0, 1, agreed=6_400)

        assert done is not None
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "An BACKOFFICE": "ACTIVE", "Bo BACKOFFICE": "ACTIVE"}
        logged = Event.objects.filter(domain_id=stage.domain.id, action="role.given").order_by("id")
        assert [one.detail.get("monthly_cents") for one in logged] == [None, 2_500]
        assert logged[1].detail["debtor"] == "DOMAIN"


@pytest.mark.parametrize("agreed", [None, 0, 3_900, 6_399, 6_401])
def test_what_was_not_shown_at_its_price_is_not_given(agreed: int | None):
    confirm_examples()
    with open_stage() as stage:
        assert assign(stage, 0, 1, agreed=agreed) is None
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE"}


def test_one_person_for_another_costs_nothing_extra():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        made = offer(stage, 1)
        assert (made.cost.this_month_cents, made.monthly_cents) == (0, 3_900)
        assign(stage, 1, agreed=3_900)

        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "Bo BACKOFFICE": "ACTIVE"}


def test_a_directie_gives_himself_the_role():
    confirm_examples()
    with open_stage() as stage:
        own = {stage.owner.id}
        assert assign_backoffice(access=stage.directie(NOON), chosen=own, agreed_cents=3_900, at=NOON)
        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE", "Dirk BACKOFFICE": "ACTIVE"}


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.MANAGEMENT])
def test_s8_nobody_but_the_directie_gives_the_role(role: Role):
    confirm_examples()
    with open_stage() as stage:
        RoleAssignment.objects.create(member=stage.others[0], role=role.value)
        access = stage.as_user(stage.others[0], NOON)
        for attempt in (
            lambda: assign_backoffice(access=access, chosen={stage.others[1].id}, agreed_cents=3_900, at=NOON),
            lambda: offer_backoffice(access=access, chosen=None, on=ON),
            lambda: change_roles(access=access, member_id=stage.others[1].id, roles={Role.SALES}, at=NOON),
            lambda: end_member(access=access, member_id=stage.others[1].id, at=NOON),
            lambda: ask_later(access=access, at=NOON),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_s8_the_office_gives_no_domain_role_either():
    confirm_examples()
    with open_stage() as stage, pytest.raises(NotAllowed):
        assign_backoffice(access=stage.office(NOON), chosen={stage.others[0].id}, agreed_cents=3_900, at=NOON)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"lifecycle": "STARTUP", "bundle": "MINIMAL"}, Missing.BUNDLE),
        ({"bundle": "MINIMAL"}, Missing.BUNDLE),
        ({"trial_until": date(2026, 12, 1)}, Missing.TRIAL),
        ({"pricing_model": "MODULES"}, Missing.PRICING_MODEL),
        ({"is_authorised": False}, Missing.AUTHORISED),
        ({"is_authorised": False, "bundle": "MINIMAL"}, Missing.AUTHORISED),
        ({"is_authorised": False, "pricing_model": "MODULES", "trial_until": date(2026, 12, 1)}, Missing.PRICING_MODEL),
    ],
)
def test_s10_to_s14_the_first_reason_is_told(facts: dict[str, object], missing: Missing):
    confirm_examples()
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(**facts)
        with pytest.raises(NotAllowed) as refused:
            assign(stage, 0, agreed=3_900)

    assert (refused.value.code, str(refused.value)) == (missing, REASONS[missing])


@pytest.mark.parametrize("bundle", Bundle.values)
def test_s10_the_role_is_given_in_each_of_the_four_bundles_and_in_no_other(bundle: str):
    confirm_examples()
    with open_stage(bundle=bundle) as stage:
        try:
            # To himself: Small has one place, and that is his.
            give(stage, stage.owner)
        except NotAllowed as no:
            assert (bundle, no.code) == ("MINIMAL", Missing.BUNDLE)
        else:
            assert bundle in {"SMALL", "MEDIUM", "LARGE", "UNLIMITED"}
        may_book = stage.directie(NOON).may(Right.DOCUMENT_BOOK)
        offered = is_asked(access=stage.directie(NOON), at=NOON)

    assert may_book is (bundle != "MINIMAL")
    assert offered is (Missing.BUNDLE if bundle == "MINIMAL" else None)


def test_a2_who_books_for_the_office_is_no_seat_takes_no_place_and_costs_nothing():
    confirm_examples()
    with open_stage(bundle="SMALL") as stage:
        give(stage, stage.owner)
        for role in PortalRole:
            new_staff(stage.domain.portal, role, domain=stage.domain)
        assert active_seats(access=stage.directie(NOON)) == 1
        assert seat_cost_today(access=stage.directie(NOON), seats=1, on=ON).monthly_then_cents == 0
        bring_to(domain_id=stage.domain.id, at=NOON)

        assert set(Standing.objects.filter(domain_id=stage.domain.id).values_list("seats", "places")) == {
            (0, 1), (1, 1),
        }  # fmt: skip


def test_no_place_left_gives_none_of_them():
    confirm_examples()
    with open_stage(bundle="SMALL") as stage:
        with pytest.raises(RoleRefused) as refused:
            assign(stage, 0, 1, agreed=1_900 + 2_500)

        assert refused.value.code == "no_place"


def test_a_member_of_another_domain_is_unknown():
    confirm_examples()
    with open_stage() as theirs:
        foreign = theirs.others[0].id
    with open_stage() as stage:
        for attempt in (
            lambda: offer_backoffice(access=stage.directie(NOON), chosen={foreign}, on=ON),
            lambda: change_roles(access=stage.directie(NOON), member_id=foreign, roles=set(), at=NOON),
            lambda: end_member(access=stage.directie(NOON), member_id=foreign, at=NOON),
        ):
            with pytest.raises(MemberUnknown):
                attempt()


# The popup


def asked(stage: Stage) -> Missing | None:
    return is_asked(access=stage.directie(NOON), at=NOON)


def test_s9_the_directie_is_asked_while_nobody_has_the_role():
    confirm_examples()
    with open_stage() as stage:
        assert asked(stage) is Missing.ASSIGNMENT
        give(stage, stage.others[0])
        assert asked(stage) is None


def test_s14_without_a_bundle_he_is_told_to_take_one_first():
    with open_stage(bundle="MINIMAL") as stage:
        assert asked(stage) is Missing.BUNDLE


@pytest.mark.parametrize(
    "facts",
    [
        {"is_authorised": False},
        {"pricing_model": "MODULES"},
        {"trial_until": date(2026, 12, 1)},
        {"lifecycle": "BLOCKED"},
        {"lifecycle": "ARCHIVED"},
        {"authorised_until": date(2026, 11, 17)},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_a5_he_is_not_asked_where_zelfboeken_cannot_be(facts: dict[str, object]):
    with open_stage() as stage:
        Domain.objects.filter(id=stage.domain.id).update(**facts)
        assert asked(stage) is None


def test_nobody_else_is_asked():
    with open_stage() as stage:
        assert is_asked(access=stage.as_user(stage.others[0], NOON), at=NOON) is None
        assert is_asked(access=stage.office(NOON), at=NOON) is None


def test_later_hides_it_for_seven_days_for_this_user_alone():
    with open_stage() as stage:
        RoleAssignment.objects.create(member=stage.others[0], role=Role.MANAGEMENT.value)
        ask_later(access=stage.directie(NOON), at=NOON)

        def asks(after: timedelta) -> bool:
            return is_asked(access=stage.directie(NOON), at=NOON + after) is not None

        assert not asks(timedelta(0))
        assert not asks(timedelta(days=7) - timedelta(seconds=1))
        assert asks(timedelta(days=7))
        assert is_asked(access=stage.as_user(stage.others[0], NOON), at=NOON) is Missing.ASSIGNMENT


# Other roles, and leaving


def test_the_other_roles_are_given_and_withdrawn_together_and_backoffice_stays():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        give(stage, stage.others[0], Role.SALES)
        wanted = {Role.PURCHASE, Role.HRM}
        assert change_roles(access=stage.directie(NOON), member_id=stage.others[0].id, roles=wanted, at=NOON)
        assert not change_roles(access=stage.directie(NOON), member_id=stage.others[0].id, roles=wanted, at=NOON)

        assert stage.states() == {
            "Dirk MANAGEMENT": "ACTIVE", "An BACKOFFICE": "ACTIVE", "An PURCHASE": "ACTIVE", "An HRM": "ACTIVE",
        }  # fmt: skip


def test_who_leaves_loses_his_roles_and_is_out():
    confirm_examples()
    with open_stage() as stage:
        give(stage, stage.others[0])
        assert end_member(access=stage.directie(NOON), member_id=stage.others[0].id, at=START) == "An"

        assert stage.states() == {"Dirk MANAGEMENT": "ACTIVE"}
        assert not stage.domain.members.get(id=stage.others[0].id).is_active
        with pytest.raises(RoleRefused):
            end_member(access=stage.directie(NOON), member_id=stage.owner.id, at=NOON)


def test_inv22_the_last_directie_does_not_leave():
    with open_stage() as stage:
        stage.domain.members.update(is_owner=False)
        with pytest.raises(RoleRefused) as refused:
            end_member(access=stage.directie(NOON), member_id=stage.owner.id, at=NOON)

    assert refused.value.code == "last_directie"
