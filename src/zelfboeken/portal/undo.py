"""The last step a person can still take back: kept with his session for half an hour, so it outlives a reload.

What was done stands in the ledger; taking it back is a reversal, done by the same services as any other (INV-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankLine
from zelfboeken.booking.models import Proposal
from zelfboeken.portal.pages import Action
from zelfboeken.portal.tokens import new_key

Kind = Literal["DOCUMENT", "LINE", "SET_OFF"]
KEPT = timedelta(minutes=30)
JUST_DONE = "undo"
"""The tag of a message that tells of the step that can be taken back."""


@dataclass(frozen=True, slots=True)
class LastStep:
    """What was done: the proposals or bank lines that were booked, or the matches that set items off, in words, and the
    page where that is seen.

    `versions` are those of the proposals as they stood then, of bank lines their entries: what changed since is not
    taken back. A match has none: it is undone once.
    """

    kind: Kind
    ids: tuple[int, ...]
    versions: tuple[int, ...]
    text: str
    url: str
    done_at: datetime


def remember(request: HttpRequest, access: Access, *, kind: Kind, ids: Sequence[int], text: str, url: str) -> None:
    """Keep what was just done, in the place of what was done before it."""
    versions: dict[int, int | None]
    if kind == "DOCUMENT":
        found = Proposal.objects.filter(domain_id=access.domain_id, id__in=ids)
        versions = dict(found.values_list("id", "version"))
    elif kind == "SET_OFF":
        versions = {}
    else:
        versions = dict(BankLine.objects.filter(domain_id=access.domain_id, id__in=ids).values_list("id", "entry_id"))
    request.session[_name(access)] = {
        "kind": kind,
        "ids": list(ids),
        "versions": [versions.get(one) or 0 for one in ids],
        "text": text,
        "url": url,
        "done_at": timezone.now().isoformat(),
    }


def last_step(request: HttpRequest, access: Access) -> LastStep | None:
    """What can be taken back, or None when nothing was done here in the last half hour."""
    kept = request.session.get(_name(access))
    if not kept:
        return None
    step = LastStep(
        kind=kept["kind"],
        ids=tuple(kept["ids"]),
        versions=tuple(kept["versions"]),
        text=kept["text"],
        url=kept["url"],
        done_at=datetime.fromisoformat(kept["done_at"]),
    )
    return step if timezone.now() - step.done_at < KEPT else None


def forget(request: HttpRequest, access: Access) -> None:
    """There is nothing to take back any more."""
    request.session.pop(_name(access), None)


def undo_action(request: HttpRequest, access: Access) -> Action | None:
    """The form that takes the last step back; its version names the step, so that an old page undoes nothing else."""
    step = last_step(request, access)
    if step is None:
        return None
    return Action(
        url=reverse("undo", args=[access.domain_slug]),
        label=_("Undo"),
        key=new_key(),
        version=step.done_at.isoformat(),
        text=step.text,
    )


def kept_as(domain_slug: str) -> str:
    """Under which name a session keeps the last step in a domain."""
    return f"undo:{domain_slug}"


def _name(access: Access) -> str:
    return kept_as(access.domain_slug)
