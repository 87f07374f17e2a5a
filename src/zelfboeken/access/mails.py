"""Mails of the door: in the language of the receiver, sent once the transaction has ended."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation

log = structlog.get_logger()
Written = Callable[[], tuple[str, str]]
"""Subject and text, in the language that is active when it is asked."""


def send_later(*, to: str, language: str, written: Written) -> None:
    """Write a mail in this language now and send it when the transaction has ended; one that cannot be sent is logged
    and undoes nothing.
    """
    with translation.override(language):
        subject, text = written()

    def send() -> None:
        try:
            send_mail(subject, text, None, [to])
        except OSError as error:
            log.warning("mail_not_sent", to=to, subject=subject, error=str(error))

    transaction.on_commit(send, robust=True)
