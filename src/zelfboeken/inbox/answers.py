"""What somebody says in a question, with his files: each stored unchanged, and handed in where that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import FileRefused, clean_name, receive_document
from zelfboeken.inbox.services import receive_file
from zelfboeken.questions.mails import LinkTo
from zelfboeken.questions.models import Message, Question
from zelfboeken.questions.services import Addressee, Filed, QuestionRefused, Subject, Words, answer, ask
from zelfboeken.tenancy.models import Administration

MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that goes with what somebody says."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A question after somebody spoke, and what became of each file: (name, sentence)."""

    question: Question
    outcomes: tuple[tuple[str, str], ...] = ()


def ask_with_files(
    *,
    access: Access,
    administration: Administration,
    subject: Subject,
    topic: str,
    title: str,
    text: str,
    to: Addressee,
    files: Sequence[GivenFile],
    is_delivered: bool,
    at: datetime,
    link_to: LinkTo,
) -> Taken:
    """Ask a question, with files.

    Raises:
        As `ask`; QuestionRefused too for a file that cannot be taken.
    """
    access.require(Right.DOCUMENT_DELIVER)
    filed, told = _filed(access, administration, files, is_delivered, Arrival.Source.ANSWER, at)
    question = ask(
        access=access,
        administration_id=administration.id,
        subject=subject,
        topic=topic,
        title=title,
        words=Words(text, filed),
        to=to,
        at=at,
        link_to=link_to,
    )
    return Taken(question, told)


def answer_with_files(
    *,
    access: Access,
    question: Question,
    text: str,
    files: Sequence[GivenFile],
    is_delivered: bool,
    at: datetime,
    link_to: LinkTo,
    way: Message.Way = Message.Way.APP,
    quoted: str = "",
) -> Taken:
    """Say something in a question, with files. By mail a file that cannot be taken is told of and left out, since the
    mail itself is kept; in the app the whole answer waits until the file is another.

    Raises:
        As `answer`; QuestionRefused too, in the app, for a file that cannot be taken.
    """
    access.require(Right.DOCUMENT_DELIVER)
    administration = Administration.objects.get(domain_id=access.domain_id, id=question.administration_id)
    source = Arrival.Source.MAIL if way == Message.Way.MAIL else Arrival.Source.ANSWER
    filed, told = _filed(access, administration, files, is_delivered, source, at)
    said = answer(access=access, question=question, words=Words(text, filed, way, quoted), at=at, link_to=link_to)
    return Taken(said, told)


def _filed(
    access: Access,
    administration: Administration,
    files: Sequence[GivenFile],
    is_delivered: bool,
    source: Arrival.Source,
    at: datetime,
) -> tuple[tuple[Filed, ...], tuple[tuple[str, str], ...]]:
    is_mailed = source == Arrival.Source.MAIL
    if len(files) > MOST_FILES and not is_mailed:
        raise QuestionRefused("files", "too_many_files", f"Voeg hoogstens {MOST_FILES} bestanden toe.")
    filed: list[Filed] = []
    told: list[tuple[str, str]] = []
    for one in files:
        name = clean_name(one.name)
        try:
            document, outcome = _stored(access, administration, name, one.content, is_delivered, source, at)
        except FileRefused as no:
            if not is_mailed:
                raise QuestionRefused("files", no.code, f"{name}: {no}") from no
            told.append((name, str(no)))
            continue
        filed.append(Filed(document.id, name, len(one.content), outcome))
        if outcome:
            told.append((name, outcome))
    return tuple(filed), tuple(told)


def _stored(
    access: Access,
    administration: Administration,
    name: str,
    content: bytes,
    is_delivered: bool,
    source: Arrival.Source,
    at: datetime,
) -> tuple[Document, str]:
    if is_delivered:
        arrived = receive_file(
            access=access, administration=administration, name=name, content=content, source=source, at=at
        )
        return arrived.document, arrived.text
    received = receive_document(
        access=access, administration_id=administration.id, name=name, content=content, source=source, at=at
    )
    return received.document, ""
