"""Whose roles count: what is suspended and what returns when a domain's bundle, life or permission changes.

Pure: people and their roles in, changes of roles out. Nothing is ever withdrawn here; a suspended role comes back by
itself when its reason is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from zelfboeken.access.rights import Role
from zelfboeken.access.self_booking import AssignmentState, Missing

SEAT_LIMIT = "seat_limit"
"""The bundle has fewer places than there were users."""

SUSPENDED_BECAUSE = {
    Missing.LIFECYCLE: "not_live",
    Missing.PRICING_MODEL: "modules",
    Missing.TRIAL: "in_trial",
    Missing.AUTHORISED: "not_authorised",
    Missing.BUNDLE: "no_bundle",
}
"""Why a Backoffice role rests, by what the domain lacks (INV-20)."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that was given and not withdrawn; ids rise with time."""

    assignment_id: int
    role: str
    state: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the domain who may sign in, with his roles. He takes a place while one of them is active."""

    member_id: int
    is_owner: bool
    roles: tuple[HeldRole, ...]
    name: str = field(default="", compare=False)

    @property
    def has_place(self) -> bool:
        """Whether one of his roles is active."""
        return any(one.state == AssignmentState.ACTIVE for one in self.roles)

    def holds(self, role: Role) -> bool:
        """Whether this role of his is active."""
        return any(one.role == role and one.state == AssignmentState.ACTIVE for one in self.roles)


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role that is suspended (with the reason) or returns (without); `former` is why it rested before."""

    member_id: int
    assignment_id: int
    role: str
    because: str
    former: str


def seats_of(people: Sequence[Person]) -> int:
    """The active Backoffice roles."""
    return sum(one.holds(Role.BACKOFFICE) for one in people)


def places_of(people: Sequence[Person]) -> int:
    """The users with an active role."""
    return sum(one.has_place for one in people)


def aligned(
    people: Sequence[Person],
    *,
    missing: Missing | None,
    limit: int | None,
    chosen: Collection[int] = (),
    is_trimmed: bool = False,
) -> list[RoleChange]:
    """What must change so that the roles agree with the domain.

    `missing` is what the domain lacks for self-booking, None when nothing. `limit` is the number of places. Only where
    `is_trimmed`, when a smaller bundle begins, are those above it suspended: the owner stays, then whom the Directie
    chose, then the oldest Backoffice, then the oldest user. Where there is room, the suspended return in that order.
    """
    order = sorted(people, key=lambda one: _order(one, chosen))
    # What each role would be if there were room for everybody.
    wanted = {role.assignment_id: _returning(role, missing) for one in people for role in one.roles}

    def would_have_place(one: Person) -> bool:
        return any(not wanted[role.assignment_id] for role in one.roles)

    def keeps_place(one: Person) -> bool:
        return any(not role.because and not wanted[role.assignment_id] for role in one.roles)

    placed = [one for one in order if would_have_place(one)]
    if limit is None or len(placed) <= limit:
        outside: list[Person] = []
    else:
        keeping = [one for one in placed if keeps_place(one)]
        coming = [one for one in placed if not keeps_place(one)]
        outside = coming[max(0, limit - len(keeping)) :]
        if is_trimmed and len(keeping) > limit:
            outside += _leaving(keeping, limit)
    for one in outside:
        wanted |= {role.assignment_id: SEAT_LIMIT for role in one.roles if not wanted[role.assignment_id]}
    return [
        RoleChange(one.member_id, role.assignment_id, role.role, wanted[role.assignment_id], role.because)
        for one in people
        for role in one.roles
        if wanted[role.assignment_id] != role.because
    ]


def who_stays(people: Sequence[Person], *, limit: int | None, chosen: Collection[int] = ()) -> list[Person]:
    """Those who keep their roles when there are so many places, in the order in which they are kept."""
    placed = sorted((one for one in people if one.has_place), key=lambda one: _order(one, chosen))
    if limit is None or len(placed) <= limit:
        return placed
    leaving = _leaving(placed, limit)
    return [one for one in placed if one not in leaving]


def _returning(role: HeldRole, missing: Missing | None) -> str:
    return SUSPENDED_BECAUSE[missing] if role.role == Role.BACKOFFICE and missing in SUSPENDED_BECAUSE else ""


def _order(one: Person, chosen: Collection[int]) -> tuple[bool, bool, bool, int]:
    backoffice = min((role.assignment_id for role in one.roles if role.role == Role.BACKOFFICE), default=0)
    return (not one.is_owner, one.member_id not in chosen, not backoffice, backoffice or one.member_id)


def _leaving(placed: Sequence[Person], limit: int) -> list[Person]:
    staying, leaving = list(placed[:limit]), list(placed[limit:])
    # Somebody must remain who gives roles (INV-22): the owner, who comes first, or else the first Directie.
    director = next((one for one in leaving if one.holds(Role.MANAGEMENT)), None)
    if staying and director is not None and not any(one.holds(Role.MANAGEMENT) for one in staying):
        return [staying[-1], *(one for one in leaving if one is not director)]
    return leaving
