"""What of a domain goes into an export for whom, and what the log says of it."""

from __future__ import annotations

from typing import Any

from zelfboeken.access.rights import Right, Role
from zelfboeken.access.services import Access, AdministrationNotReached, NotAllowed
from zelfboeken.audit.acts import EXPORT_COMPLETED
from zelfboeken.audit.services import Happened
from zelfboeken.questions.models import Side
from zelfboeken.questions.people import side_of
from zelfboeken.questions.visibility import where_visible
from zelfboeken.reports.export import Sight


def sight_of(access: Access) -> Sight:
    """What this user takes along: the administrations he reaches, the questions he may see, the log if he reads it.

    Raises:
        AdministrationNotReached: he reaches none, and no page of this domain opens for him.
    """
    if access.administration_ids is not None and not access.administration_ids:
        raise AdministrationNotReached(access.domain_slug)
    return Sight(
        administration_ids=access.administration_ids,
        sees_log=access.may(Right.LOG_READ) and access.administration_ids is None,
        sees_every_question=access.rights >= _SEEING - {Right.LOG_READ} and _sees_general(access),
        questions=where_visible(access),
    )


def require_still(now: Access, before: Access) -> None:
    """Go on only while this user may export and still sees all that he saw when the export began (INV-23).

    It asks nothing of the database, as inside the scope of an export.

    Raises:
        NotAllowed: he may not export any more, or lost a right or role by which he saw a part of it.
        AdministrationNotReached: he does not reach one of the administrations any more.
    """
    now.require(Right.EXPORT_ALL)
    for right in sorted(before.rights & _SEEING):
        now.require(right)
    if _sees_general(before) and not _sees_general(now):
        raise NotAllowed(right=Right.EXPORT_ALL, code="sees_less", reason=SEES_LESS)
    if before.administration_ids is None:
        if now.administration_ids is not None:
            raise NotAllowed(right=Right.EXPORT_ALL, code="sees_less", reason=SEES_LESS)
        return
    for administration_id in sorted(before.administration_ids):
        now.require_reach(administration_id)


SEES_LESS = "Je ziet intussen minder van dit domein dan toen de export begon. Begin hem opnieuw."
_SEEING = frozenset(
    {
        Right.DOCUMENT_SEE_ALL_USERS,
        Right.DOCUMENT_SEE_SALES,
        Right.DOCUMENT_SEE_PURCHASE,
        Right.DOCUMENT_SEE_PERSONNEL,
        Right.LEDGER_SEE,
        Right.LOG_READ,
    }
)


def _sees_general(access: Access) -> bool:
    """Whether he sees the questions that are about nothing in particular (`where_visible`)."""
    return side_of(access) == Side.OFFICE or Role.MANAGEMENT in access.roles


def begun(slug: str, sight: Sight) -> Happened:
    """What the log says when an export begins."""
    detail: dict[str, Any] = {} if sight.is_whole else {"is_part": True}
    return Happened("domain.exported", f"domain:{slug}", detail)


def completed(slug: str, sight: Sight) -> list[Happened]:
    """What the log says once its last byte went out: only of one that left nothing out."""
    return [Happened(EXPORT_COMPLETED, f"domain:{slug}", {})] if sight.is_whole else []
