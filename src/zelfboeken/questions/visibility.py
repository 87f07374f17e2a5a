"""Which questions a user may see, and which of them wait for him: one condition, in SQL.

The menu of every page counts by it, and Django would build its text anew each time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from zelfboeken.access.rights import Right, Role
from zelfboeken.access.services import Access
from zelfboeken.questions.models import MissingInvoice, Party, Question, Side, Topic
from zelfboeken.questions.people import side_of
from zelfboeken.tenancy.reading import rows_where

Condition = tuple[str, list[Any]]
"""SQL, as a condition on `t`, the questions, and the values of its placeholders."""

_TAKES_PART = """EXISTS (
  SELECT FROM questions_participant p
   WHERE p.domain_id = t.domain_id AND p.question_id = t.id AND p.user_id = %s AND p.is_active)"""
_HIS_TURN = _TAKES_PART.replace("p.is_active)", "p.is_active AND p.party = t.waits_for)")


def where_visible(access: Access) -> Condition:
    """The questions of the domain that this user may see: about what he may see, or in which he takes part; those that
    are about nothing in particular also for the office and the Directie; those about wages for who may see those.
    """
    if not access.may(Right.DOCUMENT_SEE_ALL_USERS):
        return "false", []
    parts = ["t.domain_id = %s", "t.subject_right = ANY(%s::text[])"]
    values: list[Any] = [access.domain_id, _named(access.rights)]
    if access.administration_ids is not None:
        parts.append("t.administration_id = ANY(%s)")
        values.append(sorted(access.administration_ids))
    if side_of(access) != Side.OFFICE and Role.MANAGEMENT not in access.roles:
        parts.append(f"(t.subject_right <> '' OR {_TAKES_PART})")
        values.append(access.user_id)
    if not access.may(Right.DOCUMENT_SEE_PERSONNEL):
        parts.append(f"(t.topic <> '{Topic.PAYROLL}' OR {_TAKES_PART})")
        values.append(access.user_id)
    return " AND ".join(parts), values


@lru_cache(maxsize=256)
def _named(rights: frozenset[Right]) -> str:
    """An array of these rights, and of none at all, as PostgreSQL reads it: every page asks for the same few."""
    return "{" + ",".join(['""', *sorted(right.value for right in rights)]) + "}"


def where_for_me(access: Access) -> Condition:
    """The questions that wait for this user: he takes part and it is his turn; or they wait for the office, and he is
    of the office.
    """
    wanted = _HIS_TURN
    if side_of(access) == Side.OFFICE:
        wanted += (
            f" OR t.waits_for = '{Party.RECEIVER}' AND t.to_side = '{Side.OFFICE}'"
            f" OR t.waits_for = '{Party.ASKER}' AND t.asked_side = '{Side.OFFICE}'"
        )
    return f"t.state <> '{Question.State.CLOSED}' AND ({wanted})", [access.user_id]


def visible(access: Access, *, for_me: bool = False) -> QuerySet[Question]:
    """The questions this user may see, or those of them that wait for him."""
    condition, values = where_visible(access)
    if for_me:
        mine, his = where_for_me(access)
        condition, values = f"{condition} AND {mine}", [*values, *his]
    seen = RawSQL(f"SELECT t.id FROM questions_question t WHERE {condition}", values)  # noqa: S611 - no text of a user
    return Question.objects.filter(domain_id=access.domain_id, id__in=seen)


def about(access: Access, *, kind: str, subject_id: int) -> list[Question]:
    """The questions about a document or bank line that this user may see, open ones first."""
    condition, values = where_visible(access)
    order = f"t.state = '{Question.State.CLOSED}', t.id DESC"
    found = f"{condition} AND t.subject_kind = %s AND t.subject_id = %s ORDER BY {order}"
    return rows_where(Question, found, [*values, kind, subject_id])


def counts_of(access: Access) -> Condition:
    """A row of SQL: how many questions wait for this user, and how many missing invoices are asked of him."""
    if not access.may(Right.DOCUMENT_SEE_ALL_USERS):
        return "SELECT 0, 0", []
    seen, values = where_visible(access)
    mine, his = where_for_me(access)
    of_missing: list[Any] = [access.domain_id, access.user_id]
    reached = ""
    if access.administration_ids is not None:
        reached = " AND m.administration_id = ANY(%s)"
        of_missing.append(sorted(access.administration_ids))
    return (
        f"""
SELECT (SELECT count(*) FROM questions_question t WHERE {seen} AND {mine}),
       (SELECT count(*) FROM questions_missinginvoice m
         WHERE m.domain_id = %s AND m.owner_id = %s AND m.state = '{MissingInvoice.State.OPEN}'{reached})
""",
        [*values, *his, *of_missing],
    )
