"""The lists of questions: whose turn it is, what is open, what was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from zelfboeken.access.services import Access
from zelfboeken.questions.models import (
    Attachment,
    IncomingMail,
    Message,
    Participant,
    Party,
    Question,
    Side,
)
from zelfboeken.questions.people import side_of
from zelfboeken.questions.services import standing_of
from zelfboeken.questions.visibility import counts_of, visible


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """How much waits for somebody: questions, and invoices that are asked of him."""

    questions: int
    missing: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A question in a list, with the names of who takes part."""

    question: Question
    asker: str
    receivers: tuple[str, ...]
    is_for_me: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said, with its files."""

    message: Message
    files: tuple[Attachment, ...]


def counts_for(access: Access) -> QuestionCounts:
    """What the menu tells."""
    sql, values = counts_of(access)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return QuestionCounts(*cursor.fetchone())


def questions_in(access: Access, which: str) -> QuerySet[Question]:
    """The questions of a tab (`mine`, `open` or `closed`), the one that was touched last first."""
    found = visible(access, for_me=which == "mine")
    if which == "closed":
        found = found.filter(state=Question.State.CLOSED)
    else:
        found = found.exclude(state=Question.State.CLOSED)
    return found.order_by("-changed_at", "-id")


def listed(access: Access, questions: Sequence[Question]) -> list[Listed]:
    """These questions with who takes part, in one query for all."""
    people: dict[int, list[Participant]] = defaultdict(list)
    for one in (
        Participant.objects.filter(
            domain_id=access.domain_id, question_id__in=[question.id for question in questions], is_active=True
        )
        .select_related("user")
        .order_by("id")
    ):
        people[one.question_id].append(one)
    is_office = side_of(access) == Side.OFFICE
    found = []
    for question in questions:
        own = people[question.id]
        waits_for_office, _domain = standing_of(question)
        is_mine = any(one.user_id == access.user_id and one.party == question.waits_for for one in own)
        found.append(
            Listed(
                question,
                ", ".join(str(one.user) for one in own if one.party == Party.ASKER),
                tuple(str(one.user) for one in own if one.party == Party.RECEIVER),
                is_mine or (is_office and waits_for_office),
            )
        )
    return found


def said_in(access: Access, question: Question) -> list[Said]:
    """What was said in a question, in order; notes of the office only for the office."""
    rows = Message.objects.filter(domain_id=access.domain_id, question_id=question.id).order_by("n")
    if side_of(access) != Side.OFFICE:
        rows = rows.exclude(kind=Message.Kind.NOTE)
    files: dict[int, list[Attachment]] = defaultdict(list)
    for one in Attachment.objects.filter(domain_id=access.domain_id, question_id=question.id).order_by("n"):
        files[one.message_id].append(one)
    return [Said(one, tuple(files[one.id])) for one in rows]


def refused_mails(access: Access) -> QuerySet[IncomingMail]:
    """The mails to questions that were not taken and that nobody looked at yet: for who sees the question."""
    return (
        IncomingMail.objects.filter(
            domain_id=access.domain_id,
            outcome=IncomingMail.Outcome.REFUSED,
            question_id__in=visible(access).values("id"),
        )
        .select_related("question")
        .order_by("-came_at", "-id")
    )
