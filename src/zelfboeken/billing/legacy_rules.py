"""The old "Backoffice toegang": which grants a list holds, and what the cut-over means for each guest. Pure (S3).

From the cut-over day on Zelfboeken replaces it. A grant is kept as it was, with the day from which it is gone; none
begins on or after that day.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from zelfboeken.billing.readers.legacy_csv import LegacyRow
from zelfboeken.tenancy.models import Bundle, DomainFacts, Lifecycle, PricingModel

CUT_OVER_ON = date(2022, 1, 1)
"""From this day on the old access is gone, where nobody set another day for a portal."""
UNDONE_WITHIN = timedelta(days=30)
"""So long an import or a cut-over can be undone."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAYS = (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"))


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a line of the list, and how to mend it."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant as it will be stored."""

    domain: str
    email: str
    name: str
    granted_on: date
    ends_on: date


def grants_of(
    rows: Sequence[LegacyRow], *, domains: Collection[str], standing: Collection[tuple[str, str]], cut_over_on: date
) -> tuple[tuple[NewGrant, ...], tuple[RowProblem, ...]]:
    """The grants of a list, and every line that is none. `domains` are those of the portal, `standing` the pairs of
    domain and address that are kept already.
    """
    grants: list[NewGrant] = []
    problems: list[RowProblem] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        found = _grant(row, domains, standing, cut_over_on)
        if isinstance(found, NewGrant):
            first = seen.setdefault((found.domain, found.email), row.number)
            if first != row.number:
                found = f"{found.email} staat al op regel {first} voor {found.domain}. Schrap een van beide."
        if isinstance(found, str):
            problems.append(RowProblem(row.number, found))
        else:
            grants.append(found)
    return tuple(grants), tuple(problems)


def _grant(
    row: LegacyRow, domains: Collection[str], standing: Collection[tuple[str, str]], cut_over_on: date
) -> NewGrant | str:
    domain, email = row.domain.lower(), row.email.lower()
    granted_on = read_day(row.granted_on)
    # In the list the last day with access, as people write it; stored the first day without.
    last = read_day(row.ends_on) if row.ends_on else cut_over_on - timedelta(days=1)
    if domain not in domains:
        return f"Domein {row.domain[:60] or '(leeg)'} is er niet in dit portaal. Kijk de naam na."
    if not _EMAIL.fullmatch(email):
        return f"{row.email[:80] or '(leeg)'} is geen mailadres. Kijk het na."
    if granted_on is None:
        return f"Vanaf {row.granted_on[:20] or '(leeg)'} is geen datum. Schrijf ze als 2021-05-01 of 01/05/2021."
    if last is None:
        return f"Tot {row.ends_on[:20]} is geen datum. Schrijf ze als 2021-12-31, of laat ze leeg."
    if granted_on >= cut_over_on:
        return (
            f"Vanaf {granted_on:%d/%m/%Y} bestaat de oude toegang niet meer (sinds {cut_over_on:%d/%m/%Y}). "
            "Laat de Directie de rol Backoffice geven."
        )
    if last >= cut_over_on:
        return f"Tot {last:%d/%m/%Y} valt niet voor {cut_over_on:%d/%m/%Y}, de dag van de omschakeling. Laat ze leeg."
    if last < granted_on:
        return f"Tot {last:%d/%m/%Y} valt voor vanaf {granted_on:%d/%m/%Y}. Kijk de datums na."
    if (domain, email) in standing:
        return f"{email} staat er al voor {domain}. Schrap deze regel."
    return NewGrant(domain, email, row.name, granted_on, last + timedelta(days=1))


def read_day(text: str) -> date | None:
    """2021-05-01 or 01/05/2021 as a day; None for what is none."""
    iso, written = (pattern.fullmatch(text) if text.isascii() else None for pattern in _DAYS)
    parts = iso.groups() if iso else tuple(reversed(written.groups())) if written else None
    if parts is None:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


class Step(StrEnum):
    """What the cut-over does for a guest."""

    INVITE = "INVITE"
    SWITCH_ON = "SWITCH_ON"
    END_GUEST = "END_GUEST"


class Todo(StrEnum):
    """What somebody has to do before the guest books again, in the order in which it is done."""

    MAKE_LIVE = "MAKE_LIVE"
    NAME_OWNER = "NAME_OWNER"
    LEAVE_MODULES = "LEAVE_MODULES"
    END_TRIAL = "END_TRIAL"
    TAKE_BUNDLE = "TAKE_BUNDLE"
    ACCEPT_INVITATION = "ACCEPT_INVITATION"
    MORE_PLACES = "MORE_PLACES"
    GIVE_ROLE = "GIVE_ROLE"


class Afterwards(StrEnum):
    """How the guest stands once the old access is gone."""

    BOOKS_ON = "BOOKS_ON"
    """He goes on without a break."""
    WAITS = "WAITS"
    """He comes in, and books once what is to do is done."""
    LOCKED_OUT = "LOCKED_OUT"
    """He is no user of the domain: he comes in nowhere until he accepts."""


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """What is known of a guest and of his domain on a day."""

    domain: DomainFacts
    is_member: bool
    is_invited: bool
    is_guest: bool
    """Whether he holds the portal role of guest."""
    has_directie: bool
    holds_backoffice: bool
    has_room: bool
    """Whether the bundle has a place for him, or he has one."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the cut-over does for a guest, what must be done by people, and how he stands then."""

    steps: tuple[Step, ...]
    todo: tuple[Todo, ...]
    afterwards: Afterwards


def forecast(guest: GuestFacts) -> Forecast:
    """What the cut-over means for a guest, from the facts of its day."""
    facts = guest.domain
    is_live = facts.lifecycle in {Lifecycle.STARTUP, Lifecycle.ACTIVE}
    takes_bundle = facts.pricing_model == PricingModel.BUNDLE
    does: Mapping[Step, bool] = {
        Step.INVITE: not guest.is_member and not guest.is_invited and is_live,
        Step.SWITCH_ON: not facts.is_authorised and is_live and takes_bundle,
        Step.END_GUEST: guest.is_guest,
    }
    asks: Mapping[Todo, bool] = {
        Todo.MAKE_LIVE: not is_live,
        Todo.NAME_OWNER: not guest.has_directie,
        Todo.LEAVE_MODULES: not takes_bundle,
        Todo.END_TRIAL: takes_bundle and facts.is_trial,
        Todo.TAKE_BUNDLE: takes_bundle and not facts.is_trial and facts.bundle == Bundle.MINIMAL,
        Todo.ACCEPT_INVITATION: not guest.is_member,
        Todo.MORE_PLACES: not guest.has_room,
        Todo.GIVE_ROLE: not guest.holds_backoffice,
    }
    todo = tuple(one for one in Todo if asks[one])
    afterwards = Afterwards.LOCKED_OUT if not guest.is_member else Afterwards.WAITS if todo else Afterwards.BOOKS_ON
    return Forecast(tuple(one for one in Step if does[one]), todo, afterwards)
