"""Why somebody may not do something: the first failing reason, with its code, for every right."""

from dataclasses import dataclass

from zelfboeken.access.rights import GRANTS, RIGHT_NAMES, Condition, Right
from zelfboeken.access.self_booking import REASONS, Missing

_BOOKING = frozenset({Right.DOCUMENT_BOOK, Right.BANK_MATCH, Right.BANK_BOOK, Right.BANK_SPLIT})
"""What self-booking is about: who lacks one of these in his own domain is told what stands in the way of it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal: its code for the API and the log, its Dutch sentence for the person."""

    code: str
    text: str


VIEW_ONLY = Reason(
    "domain_view_only",
    "Dit domein is inactief: je kunt het alleen bekijken. Vraag je accountant om het weer te activeren.",
)
"""Why nothing is changed in a domain that is only looked at."""


def first_reason(
    right: Right,
    *,
    roles: frozenset[str],
    is_member: bool,
    is_readonly: bool,
    self_booking_missing: Missing | None,
    is_view_only: bool = False,
) -> Reason:
    """The first reason for which this right is refused: the domain's life, then self-booking in its own order
    (INV-20), then what the office did not tick, then the role.
    """
    if is_view_only:
        return VIEW_ONLY
    if is_readonly:
        return Reason(Missing.LIFECYCLE, REASONS[Missing.LIFECYCLE])
    conditions = {GRANTS[role].get(right) for role in roles if role in GRANTS}
    if Condition.SELF_BOOKING in conditions or (is_member and right in _BOOKING):
        missing = self_booking_missing or Missing.ASSIGNMENT
        return Reason(missing, REASONS[missing])
    what = RIGHT_NAMES[right]
    if Condition.TICKED in conditions:
        return Reason(
            "not_ticked", f"Je rol laat alleen toe om {what} als het kantoor dat aanvinkt. Vraag het aan je accountant."
        )
    whom = "de Directie" if is_member else "de Portaalbeheerder"
    return Reason("right_missing", f"Je rol laat niet toe om {what}. Vraag het aan {whom}.")
