"""What of a domain goes into an export for whom, and what the log says of it."""

from __future__ import annotations

from typing import Any

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.acts import EXPORT_COMPLETED
from zelfboeken.audit.services import Happened
from zelfboeken.questions.visibility import where_visible
from zelfboeken.reports.export import Sight


def sight_of(access: Access) -> Sight:
    """What this user takes along: the administrations he reaches, the questions he may see, the log if he reads it."""
    return Sight(
        administration_ids=access.administration_ids,
        sees_log=access.may(Right.LOG_READ) and access.administration_ids is None,
        questions=where_visible(access),
    )


def begun(slug: str, sight: Sight) -> Happened:
    """What the log says when an export begins."""
    detail: dict[str, Any] = {} if sight.is_whole else {"is_part": True}
    return Happened("domain.exported", f"domain:{slug}", detail)


def completed(slug: str, sight: Sight) -> list[Happened]:
    """What the log says once its last byte went out: only of one that left nothing out."""
    return [Happened(EXPORT_COMPLETED, f"domain:{slug}", {})] if sight.is_whole else []
