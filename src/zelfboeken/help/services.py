"""Answering the question under an article, and handling those answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from zelfboeken.access.models import User
from zelfboeken.access.operator import OperatorAccess
from zelfboeken.help.articles import Article, library
from zelfboeken.help.models import MOST_TEXT, Feedback, Outcome, Reason
from zelfboeken.runtime.mail import send_now

log = structlog.get_logger()


class AnswerRefused(ValueError):
    """An answer that says too little or too much."""

    code = "answer_refused"


class ReasonMissing(AnswerRefused):
    """Somebody says no, and nothing more."""

    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__(_("Choose a reason, or write in short what you were looking for."))


class TextTooLong(AnswerRefused):
    """More text than anybody reads."""

    code = "text_too_long"

    def __init__(self, length: int) -> None:
        told = _("Your text has %(length)d characters. Shorten it to %(most)d.")
        super().__init__(told % {"length": length, "most": MOST_TEXT})


class AlreadyHandled(ValueError):
    """Another operator was first, or the reader answered anew meanwhile."""

    code = "already_handled"

    def __init__(self) -> None:
        super().__init__(_("This answer was handled already, or changed meanwhile. Reload the page."))


def visitor_of(*, article: str, user_id: int | None, cookie: str) -> str:
    """What tells this reader of this article from the others, "" for who is not known yet.

    It leads back to nobody, and the answers of one reader about two articles cannot be laid together.
    """
    if user_id is None and not cookie:
        return ""
    who = f"user:{user_id}" if user_id is not None else f"cookie:{cookie}"
    return salted_hmac("zelfboeken.help", f"{article} {who}", algorithm="sha256").hexdigest()


def say_useful(*, article: Article, visitor: str, at: datetime) -> None:
    """The article was useful; an earlier answer of this reader is replaced."""
    _keep(Feedback(is_useful=True, given_at=at, visitor=visitor), article)


def say_not_useful(
    *, article: Article, visitor: str, reasons: Sequence[str], text: str, mail_to_id: int | None, at: datetime
) -> None:
    """The article was of no use, and why; an earlier answer of this reader is replaced.

    Raises:
        ReasonMissing: no reason and no text.
        TextTooLong: more text than is kept.
        ValueError: a reason that is not on the list.
    """
    known = sorted({Reason(one) for one in reasons})
    text = text.strip()
    if not known and not text:
        raise ReasonMissing
    if len(text) > MOST_TEXT:
        raise TextTooLong(len(text))
    answer = Feedback(
        is_useful=False,
        given_at=at,
        visitor=visitor,
        reasons=[one.value for one in known],
        text=text,
        mail_to_id=mail_to_id,
    )
    _keep(answer, article)


def _keep(answer: Feedback, article: Article) -> None:
    answer.article, answer.language, answer.edition_on = article.slug, article.language, article.updated_on
    replaced = ["language", "edition_on", "is_useful", "reasons", "text", "mail_to", "given_at", *_HANDLED]
    Feedback.objects.bulk_create(
        [answer], update_conflicts=True, unique_fields=["article", "visitor"], update_fields=replaced
    )


_HANDLED = ("outcome", "handled_by", "handled_at")


def handle(*, access: OperatorAccess, feedback_id: int, given_at: datetime, outcome: Outcome, at: datetime) -> Feedback:
    """Mark an answer as handled. When the article was adapted, who asked for a mail gets it, and is forgotten.

    `given_at` is the moment of the answer as it was read: one that was changed since is not marked.

    Raises:
        AlreadyHandled: somebody was first, or the answer is another by now.
        MailNotSent: the reader who asked for it cannot be told; the answer still waits.
    """
    with transaction.atomic():
        answer = (
            Feedback.objects.select_for_update(of=["self"])
            .select_related("mail_to")
            .filter(id=feedback_id, given_at=given_at, is_useful=False, handled_at__isnull=True)
            .first()
        )
        if answer is None:
            raise AlreadyHandled
        reader = answer.mail_to
        answer.outcome, answer.handled_by_id, answer.handled_at = outcome.value, access.user_id, at
        answer.mail_to = None
        answer.save(update_fields=[*_HANDLED, "mail_to"])
        if outcome is Outcome.ADAPTED and reader is not None and reader.is_active:
            # Last, so that a mail that cannot be sent leaves everything as it was.
            _tell(reader, answer)
    log.info("answer handled", feedback=feedback_id, outcome=outcome.value, operator=access.user_id)
    return answer


def _tell(reader: User, answer: Feedback) -> None:
    article = library().article(answer.article, reader.language)
    name = {"title": article.title if article else answer.article}
    send_now(
        to=reader.email,
        language=reader.language,
        written=lambda: (
            _("Adapted: %(title)s") % name,
            _("You told us what could be better in the article “%(title)s”. We adapted it. Thank you.") % name,
        ),
    )
