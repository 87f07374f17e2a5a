"""Who gets a question, whose turn it is, when is reminded. No database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from zelfboeken.access.rights import Role
from zelfboeken.questions.models import Party, Question, Side, SubjectKind, Topic

MOST_TEXT = 10_000
MOST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may get a question. `may_see` is whether he may see what it is about, and answer."""

    user_id: int
    name: str
    email: str
    language: str
    side: str
    may_see: bool
    roles: frozenset[str] = frozenset()
    is_owner: bool = False
    tasks: frozenset[str] = frozenset()
    """What he is for the domain at the office: CONTROLLER, RESPONSIBLE …"""


@dataclass(frozen=True, slots=True)
class Route:
    """Who gets a question, and why they: CHOSEN, ADMINISTRATION, ROLE, OWNER, MANAGEMENT, CONTROLLER, RESPONSIBLE or
    PORTAL. For ROLE, `role` says which.
    """

    people: tuple[Person, ...]
    because: str
    role: str = ""


class NobodyToAsk(LookupError):
    """Nobody on the other side may see what the question is about."""

    code = "nobody_to_ask"

    def __init__(self, side: str) -> None:
        super().__init__(
            "Niemand in dit domein mag dit zien en beantwoorden. Vraag de Directie om iemand die rol te geven."
            if side == Side.DOMAIN
            else "Het kantoor heeft niemand die dit mag zien. Bel je accountant."
        )


_ROLES_FOR: dict[tuple[str, str], tuple[Role, ...]] = {
    (SubjectKind.DOCUMENT, "document.see_purchase"): (Role.PURCHASE, Role.BACKOFFICE),
    (SubjectKind.DOCUMENT, "document.see_sales"): (Role.SALES, Role.BACKOFFICE),
    (SubjectKind.BANK_LINE, "ledger.see"): (Role.FINANCE, Role.BACKOFFICE),
}


def roles_for(*, subject_kind: str, subject_right: str, topic: str) -> tuple[Role, ...]:
    """The roles that a question is first for, in this order; none for one that goes to the owner."""
    if topic == Topic.PAYROLL:
        return (Role.HRM,)
    if topic == Topic.COMPLAINT:
        return ()
    return _ROLES_FOR.get((subject_kind, subject_right), ())


def route_to_domain(
    people: Iterable[Person], *, roles: Sequence[Role], set_user_id: int | None, but: int | None = None
) -> Route:
    """Who in the domain gets a question: whoever was set for the administration, else those with a role that fits, else
    the owner, else the Directie. Only who may see what it is about, and never who asks it.

    Raises:
        NobodyToAsk: none of them may.
    """
    able = [one for one in people if one.side == Side.DOMAIN and one.may_see and one.user_id != but]
    if found := tuple(one for one in able if one.user_id == set_user_id):
        return Route(found, "ADMINISTRATION")
    for role in roles:
        if found := tuple(one for one in able if role in one.roles):
            return Route(found, "ROLE", role)
    if found := tuple(one for one in able if one.is_owner):
        return Route(found, "OWNER")
    if found := tuple(one for one in able if Role.MANAGEMENT in one.roles):
        return Route(found, "MANAGEMENT")
    raise NobodyToAsk(Side.DOMAIN)


def route_to_office(people: Iterable[Person], *, but: int | None = None) -> Route:
    """Who at the office gets a question: the controller of the domain, else whoever is responsible for it, else those
    who run the portal.

    Raises:
        NobodyToAsk: none of them may see what it is about.
    """
    able = [one for one in people if one.side == Side.OFFICE and one.may_see and one.user_id != but]
    for task in ("CONTROLLER", "RESPONSIBLE"):
        if found := tuple(one for one in able if task in one.tasks):
            return Route(found, task)
    if found := tuple(one for one in able if "PORTAL_ADMIN" in one.roles):
        return Route(found, "PORTAL")
    raise NobodyToAsk(Side.OFFICE)


def party_of(*, own: str | None, side: str, asked_side: str, to_side: str) -> str:
    """As what somebody speaks: what he is in the question, else what his side is in it."""
    if own is not None:
        return own
    return Party.ASKER if side == asked_side and side != to_side else Party.RECEIVER


def after_words(party: str) -> tuple[str, str]:
    """(state, whose turn) after somebody said something: an answer goes back to who asked, anything else onward."""
    if party == Party.RECEIVER:
        return Question.State.ANSWERED, Party.ASKER
    return Question.State.OPEN, Party.RECEIVER


def may_close(*, party: str, side: str, state: str) -> bool:
    """Whether somebody may close a question: who asked it, and always the office; who answers only after he did."""
    if state == Question.State.CLOSED:
        return False
    return party == Party.ASKER or side == Side.OFFICE or state == Question.State.ANSWERED


def default_due(*, asked_on: date, filing_on: date) -> date:
    """When a missing invoice is wanted: in two weeks, five days before the VAT return at the latest, but never sooner
    than in three days. A return that was filed long ago hurries nobody.
    """
    usual = asked_on + timedelta(days=14)
    if filing_on < asked_on:
        return usual
    return max(min(usual, filing_on - timedelta(days=5)), asked_on + timedelta(days=3))


LAST_STAGE = 4


def stage_of(*, due_on: date, on: date) -> int | None:
    """Which reminder of a due date is due on a day: 0 from three days before it, 1 from the day after it, then one a
    week, 4 the last. None while it is too early.
    """
    late = (on - due_on).days
    if late < -3:
        return None
    return 0 if late <= 0 else min(1 + (late - 1) // 7, LAST_STAGE)


def one_line(text: str, most: int) -> str:
    """Text on one line, without control characters: fit for a title or the subject of a mail."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:most].strip()
