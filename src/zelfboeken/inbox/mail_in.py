"""A mail comes in: read in the cage, taken as the answer of the one its address names, or refused and kept.

Nothing is lost: the mail is stored unchanged before anything is decided about it. Nothing is trusted: the address must
be one that this server made, still be valid, and the mail must come from the person it was made for; then it is done
through the same door as in the app, with the rights of that person now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zelfboeken.access.services import NotAllowed, UnknownDomain, open_domain
from zelfboeken.audit.services import Happened, record
from zelfboeken.documents.limits import MAX_BYTES
from zelfboeken.documents.storage import sha256_of, write_original
from zelfboeken.inbox.answers import GivenFile, answer_with_files
from zelfboeken.inbox.reading import MAIL_LIMITS, cage
from zelfboeken.questions.mails import LinkTo, tell_not_taken, tell_of_files
from zelfboeken.questions.models import IncomingMail, Message, Participant, Question, StrandedMail
from zelfboeken.questions.readers.mail import ReadMail
from zelfboeken.questions.services import QuestionRefused, UnknownQuestion
from zelfboeken.questions.tokens import read_token, token_in
from zelfboeken.questions.visibility import visible
from zelfboeken.runtime.cage import CageFailed, Refused
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

log = structlog.get_logger()
NOBODYS = 0
"""Under which mails are stored that belong to no domain; no domain has this number."""
_HEAD_BYTES = 256 * 1024


class Why(StrEnum):
    """Why a mail was not taken as an answer."""

    NO_ADDRESS = "no_address"
    FORGED = "forged"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    WRONG_SENDER = "wrong_sender"
    AUTOMATIC = "automatic"
    EMPTY = "empty"
    REPEATED = "repeated"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MailTaken:
    """What became of a mail: `outcome` is TAKEN, REFUSED, REPEATED or STRANDED, `code` why it was not taken."""

    outcome: str
    sha256: str
    code: str = ""
    domain: str = ""
    question: str = ""
    files: int = 0


def receive_mail(*, content: bytes, receivers: Sequence[str] = (), at: datetime, link_to: LinkTo) -> MailTaken:
    """Take a mail in. `receivers` are the addresses it was delivered to, where the mail server says them.

    Raises:
        StorageFull: there is no room; the mail server keeps it and tries again.
    """
    read, why = _read(content)
    token = token_in([*receivers, *read.receivers])
    named = read_token(token) if token else None
    if named is None:
        return _strand(content, read, receivers, Why.FORGED if token else why or Why.NO_ADDRESS, at)
    domain_id, participant_id = named
    domain = Domain.objects.filter(id=domain_id).first()
    if domain is None:
        return _strand(content, read, receivers, Why.FORGED, at)
    with domain_scope(domain.id):
        participant = Participant.objects.select_related("user").filter(domain_id=domain.id, id=participant_id).first()
    if participant is None:
        return _strand(content, read, receivers, Why.FORGED, at)
    return _answer(domain, participant, content, read, why, at, link_to)


def why_text(code: str) -> str:
    """Why a mail was not taken, for whoever reads about it."""
    return {
        Why.NO_ADDRESS: _("There is no address of a question in it."),
        Why.FORGED: _("The address was not made by this server."),
        Why.TOO_LARGE: _("The mail is larger than 50 MB."),
        Why.UNREADABLE: _("The mail cannot be read."),
        Why.EXPIRED: _("The address is too old, or somebody else answers now."),
        Why.WRONG_SENDER: _("It comes from another address than that of who was asked."),
        Why.AUTOMATIC: _("It is an automatic reply."),
        Why.EMPTY: _("There is no text and no file in it."),
        Why.REPEATED: _("A mail with the same number was taken already."),
        Why.NOT_ALLOWED: _("Who sent it may not answer this question any more."),
    }.get(Why(code) if code in set(Why) else Why.REFUSED, _("The answer could not be taken."))


def _read(content: bytes) -> tuple[ReadMail, Why | None]:
    """The mail, or as much of its head as can be read, and what is wrong with the rest."""
    why = Why.TOO_LARGE if len(content) > MAX_BYTES else None
    if why is None:
        try:
            read = cage().run("mail", content, limits=MAIL_LIMITS)
        except (Refused, CageFailed) as no:
            log.warning("mail not read", code=no.code)
            why = Why.UNREADABLE
        else:
            if not isinstance(read, ReadMail):
                raise CageFailed("CRASH", f"a {type(read).__name__} came back")
            return read, None
    try:
        head = cage().run("mail_head", content[:_HEAD_BYTES], limits=MAIL_LIMITS)
    except (Refused, CageFailed):
        head = None
    return head if isinstance(head, ReadMail) else ReadMail("", (), "", "", is_automatic=True), why


def _strand(content: bytes, read: ReadMail, receivers: Sequence[str], why: Why, at: datetime) -> MailTaken:
    digest = write_original(domain_id=NOBODYS, content=content)
    StrandedMail.objects.get_or_create(
        sha256=digest,
        defaults={
            "size": len(content),
            "sender": read.sender,
            "receiver": ", ".join([*receivers, *read.receivers])[:500],
            "subject": read.subject,
            "code": why.value,
            "came_at": at,
        },
    )
    log.warning("mail stranded", code=why.value, sha256=digest)
    return MailTaken("STRANDED", digest, why.value)


def _answer(
    domain: Domain,
    participant: Participant,
    content: bytes,
    read: ReadMail,
    why: Why | None,
    at: datetime,
    link_to: LinkTo,
) -> MailTaken:
    digest = sha256_of(content)
    with domain_scope(domain.id):
        if IncomingMail.objects.filter(domain_id=domain.id, sha256=digest).exists():
            return MailTaken("REPEATED", digest, domain=domain.slug)
        if _is_known(domain, participant, read.mail_id):
            why = why or Why.REPEATED
    # Before any decision: whatever becomes of the answer, the mail itself is there.
    write_original(domain_id=domain.id, content=content)
    why = why or _refusal(participant, read, at)
    if why is None:
        try:
            return _taken(domain, participant, content, read, at, link_to)
        except (NotAllowed, UnknownDomain, UnknownQuestion):
            why = Why.NOT_ALLOWED
        except QuestionRefused as no:
            log.warning("answer by mail refused", code=no.code)
            why = Why.REFUSED
        except IntegrityError:
            # The same mail came by another way in this very moment.
            why = Why.REPEATED
    return _keep(domain, participant, content, read, why, at, link_to)


def _is_known(domain: Domain, participant: Participant, mail_id: str) -> bool:
    """Whether a mail of this number was taken already; its bytes may differ by what servers write on the way."""
    return (
        bool(mail_id)
        and IncomingMail.objects.filter(
            domain_id=domain.id, participant_id=participant.id, mail_id=mail_id, outcome=IncomingMail.Outcome.TAKEN
        ).exists()
    )


def _refusal(participant: Participant, read: ReadMail, at: datetime) -> Why | None:
    if read.sender != participant.user.email.lower():
        return Why.WRONG_SENDER
    if read.is_automatic:
        return Why.AUTOMATIC
    if not participant.is_active or participant.mail_until <= at:
        return Why.EXPIRED
    if not read.words and not read.files:
        return Why.EMPTY
    return None


def _taken(
    domain: Domain, participant: Participant, content: bytes, read: ReadMail, at: datetime, link_to: LinkTo
) -> MailTaken:
    with open_domain(user_id=participant.user_id, slug=domain.slug, at=at, doing="mail-in") as access:
        question = visible(access).filter(id=participant.question_id).first()
        if question is None:
            raise UnknownQuestion(participant.question_id)
        taken = answer_with_files(
            access=access,
            question=question,
            text=read.words,
            files=[GivenFile(one.name, one.content) for one in read.files],
            is_delivered=True,
            at=at,
            link_to=link_to,
            way=Message.Way.MAIL,
            quoted=read.quoted,
        )
        _row(domain, participant, content, read, at, IncomingMail.Outcome.TAKEN, "")
        if taken.outcomes:
            tell_of_files(
                email=participant.user.email,
                language=participant.user.language,
                question=question,
                outcomes=taken.outcomes,
            )
        public_id = str(question.public_id)
    return MailTaken("TAKEN", sha256_of(content), "", domain.slug, public_id, len(read.files))


def _keep(
    domain: Domain,
    participant: Participant,
    content: bytes,
    read: ReadMail,
    why: Why,
    at: datetime,
    link_to: LinkTo,
) -> MailTaken:
    digest = sha256_of(content)
    try:
        with domain_scope(domain.id), transaction.atomic():
            question = Question.objects.get(domain_id=domain.id, id=participant.question_id)
            _row(domain, participant, content, read, at, IncomingMail.Outcome.REFUSED, why.value)
            record(
                at=at,
                actor_id=None,
                actor_name=read.sender or "mail",
                events=[
                    Happened("mail.refused", f"question:{question.public_id}", {"code": why.value, "sha256": digest})
                ],
            )
            # Only to who really was asked, and never to a machine: anybody else would get a mail from a stranger.
            is_his = read.sender == participant.user.email.lower() and not read.is_automatic
            if is_his and why not in {Why.WRONG_SENDER, Why.AUTOMATIC, Why.NOT_ALLOWED, Why.REPEATED}:
                tell_not_taken(
                    email=participant.user.email,
                    language=participant.user.language,
                    title=question.title,
                    reason=lambda: why_text(why.value),
                    link=link_to(domain.slug, str(question.public_id)),
                )
    except IntegrityError:
        return MailTaken("REPEATED", digest, domain=domain.slug)
    log.warning("mail refused", code=why.value, sha256=digest, domain=domain.slug)
    return MailTaken("REFUSED", digest, why.value, domain.slug)


def _row(
    domain: Domain,
    participant: Participant,
    content: bytes,
    read: ReadMail,
    at: datetime,
    outcome: IncomingMail.Outcome,
    code: str,
) -> None:
    IncomingMail.objects.create(
        domain_id=domain.id,
        participant_id=participant.id,
        question_id=participant.question_id,
        sha256=sha256_of(content),
        size=len(content),
        mail_id=read.mail_id,
        sender=read.sender,
        subject=read.subject,
        outcome=outcome,
        code=code,
        came_at=at,
    )
