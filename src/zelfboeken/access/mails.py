"""Mails of the door: in the language of the receiver, sent once the transaction has ended."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

log = structlog.get_logger()
Written = Callable[[], tuple[str, str]]
"""Subject and text, in the language that is active when it is asked."""


def send_later(*, to: str, language: str, written: Written, reply_to: str = "") -> None:
    """Write a mail in this language now and send it when the transaction has ended; one that cannot be sent is logged
    and undoes nothing. Answers go to `reply_to` where one is named.
    """
    with translation.override(language):
        subject, text = written()
    # A machine wrote it: no out-of-office answers to it, and so no two machines that go on for ever.
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail = EmailMessage(subject, text, None, [to], headers=headers, reply_to=[reply_to] if reply_to else None)

    def send() -> None:
        try:
            mail.send()
        except OSError as error:
            log.warning("mail_not_sent", to=to, subject=subject, error=str(error))

    transaction.on_commit(send, robust=True)
