"""Sending mail: every message goes out as plain text with the same in simple HTML beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import structlog
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend as FileBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

log = structlog.get_logger()
Written = Callable[[], tuple[str, str]]
"""Subject and text of a mail, in the language that is active when it is asked."""
_LINK = re.compile(r"(https?://[^\s<>\"]+)")


class MailNotSent(RuntimeError):
    """The mail server cannot be reached or refuses the mail; whoever waits for it is told."""

    code = "mail_not_sent"

    def __init__(self) -> None:
        super().__init__("De mail kon niet verstuurd worden. Probeer het over enkele minuten opnieuw.")


def send_now(*, to: str, language: str, written: Written) -> None:
    """Send a mail in this language that somebody is waiting for. Raises MailNotSent."""
    message = _message(to, language, written)
    try:
        message.send()
    except OSError as error:  # what the standard library raises for a server, also for one that says no
        log.error("mail_not_sent", subject=message.subject, error=str(error))
        raise MailNotSent from None


def send_later(*, to: str, language: str, written: Written) -> None:
    """Write a mail in this language now and send it once the transaction has ended; one that cannot be sent is logged
    and undoes nothing.
    """
    message = _message(to, language, written)

    def send() -> None:
        try:
            message.send()
        except OSError as error:
            log.error("mail_not_sent", subject=message.subject, error=str(error))

    transaction.on_commit(send, robust=True)


def _message(to: str, language: str, written: Written) -> EmailMultiAlternatives:
    with translation.override(language):
        subject, text = written()
    return EmailMultiAlternatives(
        subject=" ".join(subject.split()), body=text, to=[to], headers={"Content-Language": language}
    )


def html_of(text: str, *, language: str) -> SafeString:
    """A plain text as simple HTML: its paragraphs, its lines and its links, everything else escaped (INV-31)."""
    paragraphs = format_html_join("\n", "<p>{}</p>", ((_lines(part),) for part in re.split(r"\n{2,}", text.strip())))
    return format_html(
        '<!DOCTYPE html>\n<html lang="{}">\n<head><meta charset="utf-8"></head>\n<body>\n{}\n</body>\n</html>\n',
        language,
        paragraphs,
    )


def _lines(paragraph: str) -> SafeString:
    return format_html_join(SafeString("<br>\n"), "{}", ((_linked(line),) for line in paragraph.splitlines()))


def _linked(line: str) -> SafeString:
    # The pieces at odd places are the addresses that the expression found.
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="{0}">{0}</a>', piece) if place % 2 else piece,)
            for place, piece in enumerate(_LINK.split(line))
        ),
    )


def with_html(message: EmailMessage) -> EmailMessage:
    """The message with its HTML beside its text, unless it brought its own."""
    if not isinstance(message, EmailMultiAlternatives) or message.alternatives or message.content_subtype != "plain":
        return message
    language = str(message.extra_headers.get("Content-Language") or translation.get_language() or "nl")
    message.attach_alternative(html_of(str(message.body), language=language), "text/html")
    return message


class ToFiles(FileBackend):
    """Mails as files in a folder: for the demo."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail to a file."""
        return super().send_messages([with_html(one) for one in email_messages]) or 0


class ToServer(SmtpBackend):
    """Mails through a server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand each mail to the server."""
        return super().send_messages([with_html(one) for one in email_messages]) or 0
