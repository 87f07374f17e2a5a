"""Whose roles count when there are fewer places: who was chosen, and who stays when nobody was (product A6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.stage import confirm_examples, give, moment, open_stage
from zelfboeken.access.rights import Role
from zelfboeken.access.self_booking import AssignmentState, Missing
from zelfboeken.billing.bundles import choose_bundle
from zelfboeken.billing.giving import end_member
from zelfboeken.billing.places import HeldRole, Person, RoleChange, aligned, places_of, who_stays
from zelfboeken.billing.ticking import bring_to

ACTIVE = AssignmentState.ACTIVE.value


def person(member_id: int, *roles: tuple[int, Role], is_owner: bool = False) -> Person:
    """A user with active roles, each with the id by which its age is told."""
    return Person(member_id, is_owner, tuple(HeldRole(at, role.value, ACTIVE) for at, role in roles), f"nr {member_id}")


PEOPLE = (
    person(1, (11, Role.SALES)),
    person(2, (12, Role.SALES), (30, Role.BACKOFFICE)),
    person(3, (13, Role.HRM)),
    person(4, (14, Role.SALES), (20, Role.BACKOFFICE)),
    person(5, (15, Role.MANAGEMENT), is_owner=True),
)
"""The owner came last, and of both who book the one who came later did so first."""


def staying(limit: int, chosen: Sequence[int] = ()) -> list[int]:
    left = {one.member_id for one in aligned(PEOPLE, missing=None, limit=limit, chosen=chosen, is_trimmed=True)}
    return [one.member_id for one in who_stays(PEOPLE, limit=limit, chosen=chosen) if one.member_id not in left]


def test_the_owner_stays_then_the_oldest_backoffice_then_the_oldest_user():
    assert [staying(limit) for limit in (1, 2, 3, 4, 5)] == [[5], [5, 4], [5, 4, 2], [5, 4, 2, 1], [5, 4, 2, 1, 3]]


def test_whom_the_directie_chose_stays_before_anybody_but_the_owner():
    assert staying(2, chosen=[3]) == [5, 3]
    assert staying(3, chosen=[3, 1]) == [5, 1, 3]


def test_inv22_somebody_who_gives_roles_stays_whoever_is_older():
    people = (person(1, (11, Role.BACKOFFICE)), person(2, (12, Role.BACKOFFICE)), person(3, (13, Role.MANAGEMENT)))

    suspended = {one.member_id for one in aligned(people, missing=None, limit=1, is_trimmed=True)}

    assert suspended == {1, 2}


ROLES = st.lists(st.sampled_from(list(Role)), max_size=3, unique=True)


@given(
    people=st.lists(st.tuples(ROLES, st.sampled_from(["", "seat_limit", "no_bundle"])), min_size=1, max_size=7),
    limit=st.one_of(st.none(), st.integers(1, 7)),
    missing=st.sampled_from([None, Missing.BUNDLE, Missing.AUTHORISED]),
    chosen=st.sets(st.integers(1, 7)),
)
def test_inv21_after_a_smaller_bundle_nobody_is_above_its_places_and_nothing_changes_again(
    people: list[tuple[list[Role], str]], limit: int | None, missing: Missing | None, chosen: set[int]
):
    before = [_resting(person(1, (1, Role.MANAGEMENT), is_owner=True), "")]
    for number, (roles, because) in enumerate(people, 2):
        ids = enumerate(roles, number * 10)
        before.append(_resting(person(number, *ids), because))

    after = _changed(before, aligned(before, missing=missing, limit=limit, chosen=chosen, is_trimmed=True))

    assert limit is None or places_of(after) <= limit
    assert after[0].holds(Role.MANAGEMENT)
    assert missing is None or not any(one.holds(Role.BACKOFFICE) for one in after)
    assert aligned(after, missing=missing, limit=limit, chosen=chosen, is_trimmed=True) == []


def _resting(one: Person, because: str) -> Person:
    state = AssignmentState.SUSPENDED.value if because else ACTIVE
    return replace(one, roles=tuple(replace(role, state=state, because=because) for role in one.roles))


def _changed(people: Sequence[Person], changes: Sequence[RoleChange]) -> list[Person]:
    because = {one.assignment_id: one.because for one in changes}

    def after(role: HeldRole) -> HeldRole:
        told = because.get(role.assignment_id, role.because)
        return replace(role, because=told, state=AssignmentState.SUSPENDED.value if told else ACTIVE)

    return [replace(one, roles=tuple(after(role) for role in one.roles)) for one in people]


@pytest.mark.django_db
def test_who_was_chosen_and_left_before_the_day_makes_room_for_the_oldest_backoffice():
    confirm_examples()
    noon, first = moment("2026-11-17 12:00"), moment("2026-12-01 00:00")
    with open_stage(bundle="LARGE", users=6) as stage:
        an, bo, cleo, door, els, fons = stage.others
        for one in (an, bo, cleo, door, els, fons):
            give(stage, one, Role.SALES)
        give(stage, fons)
        stays = [one.id for one in (stage.owner, an, bo, cleo, door)]
        choose_bundle(access=stage.directie(noon), bundle="MEDIUM", at=noon, stays=stays)
        end_member(access=stage.directie(noon), member_id=door.id, at=noon)

        bring_to(domain_id=stage.domain.id, at=first)

        resting = {name for name, state in stage.states().items() if state == "seat_limit"}
        assert resting == {"Els SALES"}
