"""Asking, answering, closing and opening again: each a service, the access first, told by mail to whose turn it is.

Nobody sees a question about what he may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from zelfboeken.access.models import User
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, UnknownDomain, access_of
from zelfboeken.audit.services import Happened
from zelfboeken.questions import mails
from zelfboeken.questions.mails import LinkTo, Said
from zelfboeken.questions.models import (
    Attachment,
    DefaultReceiver,
    Message,
    Participant,
    Party,
    Question,
    Side,
    SubjectKind,
    Topic,
)
from zelfboeken.questions.people import may_answer, people_of, side_of
from zelfboeken.questions.rules import (
    MOST_TEXT,
    MOST_TITLE,
    NobodyToAsk,
    Person,
    Route,
    after_words,
    may_close,
    one_line,
    party_of,
    roles_for,
    route_to_domain,
    route_to_office,
)
from zelfboeken.questions.tokens import reply_address
from zelfboeken.questions.visibility import visible
from zelfboeken.tenancy.models import Administration, Domain
from zelfboeken.workload.services import changed

MAIL_LASTS = timedelta(days=90)
"""How long an answer by mail is taken after the last mail to somebody."""


class UnknownQuestion(LookupError):
    """There is no such question for this user."""

    code = "unknown"


class QuestionRefused(ValueError):
    """What was said cannot be taken as it is; `field` is where, "" for nowhere."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about, and the right without which nobody sees that."""

    kind: str = SubjectKind.NONE
    id: int | None = None
    right: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored file that goes with a message."""

    document_id: int
    name: str
    size: int
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says: his text, his files, and which way it came."""

    text: str
    files: tuple[Filed, ...] = ()
    way: str = Message.Way.APP
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a question goes: one person, or by the rule of a side."""

    side: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Who would get a question now, by the rule of each side, and everybody who may be chosen by name."""

    to_domain: Route | None
    to_office: Route | None
    people: tuple[Person, ...] = field(default=())


def routes_for(*, access: Access, administration_id: int, subject: Subject, topic: str, on: datetime) -> Routes:
    """Who would get a question about this, for the page on which it is asked."""
    people = people_of(
        domain_id=access.domain_id,
        on=timezone.localtime(on).date(),
        administration_id=administration_id,
        subject_right=subject.right,
        topic=topic,
    )

    def tried(side: str) -> Route | None:
        try:
            return _route(access, people, administration_id, subject, topic, side)
        except NobodyToAsk:
            return None

    others = tuple(one for one in people if one.may_see and one.user_id != access.user_id)
    return Routes(tried(Side.DOMAIN), tried(Side.OFFICE), others)


def ask(
    *,
    access: Access,
    administration_id: int,
    subject: Subject,
    topic: str,
    title: str,
    words: Words,
    to: Addressee,
    at: datetime,
    link_to: LinkTo,
) -> Question:
    """Ask a question of somebody, or of whoever the rule of a side names.

    Raises:
        NotAllowed: the user may not ask, or not see what it is about.
        QuestionRefused: without a title, too long, about nothing known, or to somebody who may not see it.
        NobodyToAsk: the rule names nobody.
    """
    access.require(Right.DOCUMENT_DELIVER)
    if subject.right:
        access.require(Right(subject.right))
    if not access.reaches(administration_id):
        raise UnknownQuestion(administration_id)
    if topic not in Topic.values or to.side not in Side.values:
        raise QuestionRefused("topic", "topic_unknown", "Kies een onderwerp uit de lijst.")
    name = one_line(title, MOST_TITLE)
    if not name:
        raise QuestionRefused("title", "title_missing", "Schrijf je vraag in één zin.")
    text = _checked(words.text)
    people = people_of(
        domain_id=access.domain_id,
        on=timezone.localtime(at).date(),
        administration_id=administration_id,
        subject_right=subject.right,
        topic=topic,
    )
    route = _chosen(access, people, administration_id, subject, topic, to)
    question = Question.objects.create(
        domain_id=access.domain_id,
        administration_id=administration_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_right=subject.right,
        subject_text=one_line(subject.text, 200),
        topic=topic,
        title=name,
        asked_side=side_of(access),
        to_side=route.people[0].side,
        routed_because=route.because if not route.role else f"ROLE:{route.role}",
        asked_at=at,
        changed_at=at,
    )
    question = Question.objects.get(domain_id=access.domain_id, public_id=question.public_id)
    rows = [(access.user_id, Party.ASKER), *((one.user_id, Party.RECEIVER) for one in route.people)]
    Participant.objects.bulk_create(
        Participant(
            domain_id=access.domain_id,
            question_id=question.id,
            user_id=user_id,
            party=party,
            mail_until=at + MAIL_LASTS,
        )
        for user_id, party in rows
    )
    _say(access, question, Message.Kind.QUESTION, text, words, at)
    _log(access, question, "question.asked", at, {"to": [one.name for one in route.people], "because": route.because})
    _mail_whose_turn(access, question, text, words, at, link_to, is_first=True)
    changed("questions")
    return question


def answer(*, access: Access, question: Question, words: Words, at: datetime, link_to: LinkTo) -> Question:
    """Say something in a question: an answer, something more to ask; in a closed one it opens it again.

    Raises:
        NotAllowed: the user may not answer.
        UnknownQuestion: it is not there for him.
        QuestionRefused: nothing was said, or too much.
    """
    access.require(Right.DOCUMENT_DELIVER)
    question = _locked(access, question)
    text = _checked(words.text)
    if not text and not words.files:
        raise QuestionRefused("text", "text_missing", "Schrijf een antwoord, of voeg een bestand toe.")
    was_closed = question.state == Question.State.CLOSED
    party = party_in(access, question)
    question.state, question.waits_for = after_words(party) if not was_closed else _reopened(party)
    question.changed_at = at
    question.save(update_fields=["state", "waits_for", "changed_at"])
    kind = Message.Kind.REOPENED if was_closed else Message.Kind.ANSWER
    _say(access, question, kind, text, words, at)
    _log(
        access, question, "question.reopened" if was_closed else "question.answered", at,
        {"way": words.way, "files": len(words.files)},
    )  # fmt: skip
    _mail_whose_turn(access, question, text, words, at, link_to, is_first=False)
    changed("questions")
    return question


def add_note(*, access: Access, question: Question, text: str, at: datetime) -> None:
    """A note that only the office reads; it changes nothing and nobody is mailed.

    Raises:
        UnknownQuestion: it is not there for him, or he is not of the office.
        QuestionRefused: nothing was written, or too much.
    """
    access.require(Right.DOCUMENT_DELIVER)
    question = _locked(access, question)
    if side_of(access) != Side.OFFICE:
        raise UnknownQuestion(question.id)
    checked = _checked(text)
    if not checked:
        raise QuestionRefused("text", "text_missing", "Schrijf eerst een nota.")
    _say(access, question, Message.Kind.NOTE, checked, Words(checked), at)
    _log(access, question, "question.noted", at, {})


def close(*, access: Access, question: Question, at: datetime) -> Question:
    """Close a question: who asked it may, the office may, and who answered it.

    Raises:
        NotAllowed, UnknownQuestion: as for answering.
        QuestionRefused: it is closed already, or not his to close.
    """
    access.require(Right.DOCUMENT_DELIVER)
    question = _locked(access, question)
    if question.state == Question.State.CLOSED:
        raise QuestionRefused("", "closed", "Deze vraag is al gesloten. Herlaad de pagina.")
    if not may_close(party=party_in(access, question), side=side_of(access), state=question.state):
        raise QuestionRefused("", "not_yours", "Wie de vraag stelde sluit ze. Antwoord eerst.")
    question.state, question.waits_for, question.changed_at = Question.State.CLOSED, "", at
    question.save(update_fields=["state", "waits_for", "changed_at"])
    _say(access, question, Message.Kind.CLOSED, "", Words(""), at)
    _log(access, question, "question.closed", at, {})
    changed("questions")
    return question


def hand_to(*, access: Access, question: Question, user_id: int, at: datetime, link_to: LinkTo) -> Question:
    """Let somebody else answer a question that waits: whoever had to, need not any more.

    Raises:
        NotAllowed, UnknownQuestion: as for answering.
        QuestionRefused: it is closed, or that person may not see it.
    """
    access.require(Right.DOCUMENT_DELIVER)
    question = _locked(access, question)
    if question.state == Question.State.CLOSED:
        raise QuestionRefused("", "closed", "Deze vraag is gesloten. Antwoord om ze te heropenen.")
    people = people_of(
        domain_id=access.domain_id,
        on=timezone.localtime(at).date(),
        administration_id=question.administration_id,
        subject_right=question.subject_right,
        topic=question.topic,
    )
    own = list(Participant.objects.filter(domain_id=access.domain_id, question_id=question.id))
    asker = next(one.user_id for one in own if one.party == Party.ASKER)
    to = next((one for one in people if one.user_id == user_id and one.may_see and user_id != asker), None)
    if to is None:
        raise QuestionRefused("user", "may_not_see", "Deze persoon mag dit niet zien. Kies iemand anders.")
    Participant.objects.filter(
        domain_id=access.domain_id, question_id=question.id, party=Party.RECEIVER
    ).exclude(user_id=to.user_id).update(is_active=False)  # fmt: skip
    Participant.objects.update_or_create(
        domain_id=access.domain_id,
        question_id=question.id,
        user_id=to.user_id,
        defaults={"party": Party.RECEIVER, "is_active": True, "mail_until": at + MAIL_LASTS},
    )
    question.to_side, question.routed_because = to.side, "CHOSEN"
    question.state, question.waits_for, question.changed_at = Question.State.OPEN, Party.RECEIVER, at
    question.save(update_fields=["to_side", "routed_because", "state", "waits_for", "changed_at"])
    _say(access, question, Message.Kind.HANDED, to.name, Words(to.name), at)
    _log(access, question, "question.handed", at, {"to": to.name})
    first = Message.objects.filter(domain_id=access.domain_id, question_id=question.id).order_by("n").first()
    text = first.text if first else ""
    _mail_whose_turn(access, question, text, Words(text), at, link_to, is_first=True)
    changed("questions")
    return question


def set_receiver(*, access: Access, administration: Administration, user_id: int | None, at: datetime) -> None:
    """Say who gets the office's questions about an administration; nobody in particular with None.

    Raises:
        NotAllowed: the user may not change the data of the domain.
        QuestionRefused: that person is no user of the domain who may answer.
    """
    access.require(Right.DOMAIN_EDIT)
    if not access.reaches(administration.id):
        raise UnknownQuestion(administration.id)
    rows = DefaultReceiver.objects.filter(domain_id=access.domain_id, administration_id=administration.id)
    name = ""
    if user_id is None:
        rows.delete()
    else:
        people = people_of(
            domain_id=access.domain_id, on=timezone.localtime(at).date(), administration_id=administration.id
        )
        to = next((one for one in people if one.user_id == user_id and one.may_see and one.side == Side.DOMAIN), None)
        if to is None:
            raise QuestionRefused("user", "may_not_see", "Kies een gebruiker van dit domein die mag antwoorden.")
        name = to.name
        DefaultReceiver.objects.update_or_create(
            domain_id=access.domain_id, administration_id=administration.id, defaults={"user_id": user_id}
        )
    access.log(
        at=at, events=[Happened("question.receiver_set", f"administration:{administration.public_id}", {"to": name})]
    )


def receiver_of(*, domain_id: int, administration_id: int) -> int | None:
    """Who was set to get the office's questions about an administration."""
    return (
        DefaultReceiver.objects.filter(domain_id=domain_id, administration_id=administration_id)
        .values_list("user_id", flat=True)
        .first()
    )


def question_of(*, access: Access, public_id: str) -> Question:
    """One question.

    Raises:
        UnknownQuestion: it is not there for this user.
    """
    found = visible(access).filter(public_id=public_id).first()
    if found is None:
        raise UnknownQuestion(public_id)
    return found


def standing_of(question: Question) -> tuple[bool, bool]:
    """Whether a question waits for the office, and for the domain."""
    side = {Party.RECEIVER.value: question.to_side, Party.ASKER.value: question.asked_side}.get(question.waits_for)
    return side == Side.OFFICE, side == Side.DOMAIN


def _locked(access: Access, question: Question) -> Question:
    found = visible(access).filter(id=question.id).select_for_update(of=("self",)).first()
    if found is None:
        raise UnknownQuestion(question.id)
    return found


def party_in(access: Access, question: Question) -> str:
    """What somebody is in a question: who asked it, or who answers it."""
    own = (
        Participant.objects.filter(
            domain_id=access.domain_id, question_id=question.id, user_id=access.user_id, is_active=True
        )
        .values_list("party", flat=True)
        .first()
    )
    return party_of(own=own, side=side_of(access), asked_side=question.asked_side, to_side=question.to_side)


def _reopened(party: str) -> tuple[str, str]:
    return Question.State.OPEN, Party.ASKER if party == Party.RECEIVER else Party.RECEIVER


def _route(
    access: Access, people: Sequence[Person], administration_id: int, subject: Subject, topic: str, side: str
) -> Route:
    if side == Side.OFFICE:
        return route_to_office(people, but=access.user_id)
    return route_to_domain(
        people,
        roles=roles_for(subject_kind=subject.kind, subject_right=subject.right, topic=topic),
        set_user_id=receiver_of(domain_id=access.domain_id, administration_id=administration_id),
        but=access.user_id,
    )


def _chosen(
    access: Access,
    people: Sequence[Person],
    administration_id: int,
    subject: Subject,
    topic: str,
    to: Addressee,
) -> Route:
    if to.user_id is None:
        return _route(access, people, administration_id, subject, topic, to.side)
    found = next((one for one in people if one.user_id == to.user_id and one.may_see), None)
    if found is None or found.user_id == access.user_id:
        raise QuestionRefused("to", "may_not_see", "Deze persoon mag dit niet zien. Kies iemand anders.")
    return Route((found,), "CHOSEN")


def _checked(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(plain) > MOST_TEXT:
        raise QuestionRefused(
            "text", "text_too_long", f"Deze tekst is langer dan {MOST_TEXT} tekens. Maak hem korter, of voeg hem toe."
        )
    return plain


def _say(access: Access, question: Question, kind: str, text: str, words: Words, at: datetime) -> None:
    n = Message.objects.filter(domain_id=access.domain_id, question_id=question.id).count() + 1
    Message.objects.create(
        domain_id=access.domain_id,
        question_id=question.id,
        n=n,
        kind=kind,
        side=side_of(access),
        author_id=access.user_id,
        author_name=access.user_name,
        text=text,
        quoted=words.quoted,
        way=words.way,
        said_at=at,
    )
    if not words.files:
        return
    message = Message.objects.get(domain_id=access.domain_id, question_id=question.id, n=n)
    first = Attachment.objects.filter(domain_id=access.domain_id, question_id=question.id).count() + 1
    Attachment.objects.bulk_create(
        Attachment(
            domain_id=access.domain_id,
            message_id=message.id,
            question_id=question.id,
            n=number,
            document_id=one.document_id,
            name=one.name,
            size=one.size,
            outcome=one.outcome,
        )
        for number, one in enumerate(words.files, start=first)
    )


def _log(access: Access, question: Question, action: str, at: datetime, detail: dict[str, object]) -> None:
    access.log(at=at, events=[Happened(action, f"question:{question.public_id}", {"title": question.title, **detail})])


def _mail_whose_turn(
    access: Access, question: Question, text: str, words: Words, at: datetime, link_to: LinkTo, *, is_first: bool
) -> None:
    """Mail whoever it waits for now, if he may still see it (INV-23); each gets an address of his own to answer to."""
    domain = Domain.objects.get(id=access.domain_id)
    rows = Participant.objects.filter(
        domain_id=access.domain_id, question_id=question.id, party=question.waits_for, is_active=True
    ).exclude(user_id=access.user_id)
    users = {one.id: one for one in User.objects.filter(id__in=rows.values("user_id"), is_active=True)}
    for one in rows.order_by("id"):
        user = users.get(one.user_id)
        if user is None or not _may_still_see(user.id, domain.slug, question, at):
            continue
        Participant.objects.filter(domain_id=access.domain_id, id=one.id).update(mail_until=at + MAIL_LASTS)
        said = Said(
            by_name=access.user_name,
            domain_name=domain.name,
            title=question.title,
            subject_text=question.subject_text,
            text=text,
            files=len(words.files),
            link=link_to(domain.slug, str(question.public_id)),
            is_first=is_first,
        )
        person = Person(user.id, str(user), user.email, user.language, "", may_see=True)
        mails.tell(person, said, reply_to=reply_address(domain_id=access.domain_id, participant_id=one.id))


def _may_still_see(user_id: int, slug: str, question: Question, at: datetime) -> bool:
    try:
        access = access_of(user_id=user_id, slug=slug, on=timezone.localtime(at).date())
    except UnknownDomain:
        return False
    return may_answer(
        access,
        administration_id=question.administration_id,
        subject_right=question.subject_right,
        topic=Topic.ADMINISTRATION if question.topic == Topic.PAYROLL else question.topic,
    )
