"""Mails about questions and missing invoices, each in the language of who gets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.questions.models import Question
from zelfboeken.questions.readers.quoting import MARK_CLOSES, MARK_OPENS
from zelfboeken.questions.rules import Person, one_line
from zelfboeken.runtime.mail import send_later

LinkTo = Callable[[str, str], str]
"""The address of a page of a domain: its slug, and which question (or "" for the missing invoices)."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail about a question tells."""

    by_name: str
    domain_name: str
    title: str
    subject_text: str
    text: str
    files: int
    link: str
    is_first: bool


def tell(person: Person, said: Said, *, reply_to: str) -> None:
    """Mail what was asked or answered to somebody, who may answer to `reply_to` where there is one."""

    def written() -> tuple[str, str]:
        values = {"by": said.by_name, "domain": said.domain_name, "title": said.title}
        head = _("%(by)s asks you in %(domain)s:") if said.is_first else _("%(by)s writes in %(domain)s:")
        parts = []
        if reply_to:
            parts.append(f"{MARK_OPENS} {_('Write your answer above this line')} {MARK_CLOSES}")
        parts.append(head % values)
        parts.append(said.title + (f"\n{said.subject_text}" if said.subject_text else ""))
        if said.text:
            parts.append("\n".join(f"    {line}".rstrip() for line in said.text.split("\n")))
        if said.files:
            told = ngettext("%(count)d file goes with it.", "%(count)d files go with it.", said.files)
            parts.append(told % {"count": said.files})
        parts.append(
            _("Answer by answering this mail, with files if you like, or here:\n%(link)s") % {"link": said.link}
            if reply_to
            else _("Answer here:\n%(link)s") % {"link": said.link}
        )
        if reply_to:
            parts.append(
                _("This address is yours alone: whoever writes to it, writes in your name. Do not pass it on.")
            )
        subject = _("Question: %(title)s") if said.is_first else _("Re: %(title)s")
        return one_line(subject % values, 200), "\n\n".join(parts)

    send_later(to=person.email, language=person.language, written=written, reply_to=reply_to)


def tell_of_files(*, email: str, language: str, question: Question, outcomes: Sequence[tuple[str, str]]) -> None:
    """Mail to who sent files along with his answer what became of each."""

    def written() -> tuple[str, str]:
        rows = "\n".join(f"- {one_line(name, 120)}: {text}" for name, text in outcomes)
        text = _("We have your answer to “%(title)s”. What became of the files:") % {"title": question.title}
        return one_line(_("Your files are here: %(title)s") % {"title": question.title}, 200), f"{text}\n\n{rows}"

    send_later(to=email, language=language, written=written)


def tell_not_taken(*, email: str, language: str, title: str, reason: Callable[[], str], link: str) -> None:
    """Mail to somebody whose own answer could not be taken: why, and where he answers instead."""

    def written() -> tuple[str, str]:
        text = _("Your mail is kept, but it is not an answer to “%(title)s”: %(reason)s\n\nAnswer here:\n%(link)s")
        subject = one_line(_("Not taken: %(title)s") % {"title": title}, 200)
        return subject, text % {"title": title, "reason": reason(), "link": link}

    send_later(to=email, language=language, written=written)


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A payment without its invoice, for a mail; `amount` is written in the language of the mail."""

    counterparty: str
    paid_on: date
    amount: Callable[[], str]
    due_on: date
    is_late: bool


MOST_ROWS = 20


def tell_missing(
    person: Person, *, domain_name: str, rows: Sequence[MissingRow], link: str, is_reminder: bool, by_name: str = ""
) -> None:
    """Mail which invoices somebody is asked for, or is reminded of: one mail for all of them."""

    def written() -> tuple[str, str]:
        count = len(rows)
        values = {"count": count, "domain": domain_name, "by": by_name}
        if is_reminder:
            head = ngettext(
                "%(count)d invoice is still missing in %(domain)s:",
                "%(count)d invoices are still missing in %(domain)s:",
                count,
            )
            subject = ngettext(
                "Reminder: %(count)d invoice is missing", "Reminder: %(count)d invoices are missing", count
            )
        else:
            head = ngettext(
                "%(by)s asks you for %(count)d invoice in %(domain)s. The payment is there, the invoice is not:",
                "%(by)s asks you for %(count)d invoices in %(domain)s. The payments are there, the invoices are not:",
                count,
            )
            subject = ngettext(
                "%(count)d invoice is missing in %(domain)s", "%(count)d invoices are missing in %(domain)s", count
            )
        told = []
        for row in rows[:MOST_ROWS]:
            when = _("was wanted by %(day)s") if row.is_late else _("wanted by %(day)s")
            told.append(
                f"- {one_line(row.counterparty, 70) or _('Bank')}, {row.amount()}, {row.paid_on:%d/%m/%Y} "
                f"({when % {'day': f'{row.due_on:%d/%m/%Y}'}})"
            )
        if count > MOST_ROWS:
            more = count - MOST_ROWS
            told.append(ngettext("- and %(count)d more", "- and %(count)d more", more) % {"count": more})
        tail = _("Hand them in, or say that there is none, here:\n%(link)s") % {"link": link}
        rest = "\n".join(told)
        return one_line(subject % values, 200), f"{head % values}\n\n{rest}\n\n{tail}"

    send_later(to=person.email, language=person.language, written=written)


@dataclass(frozen=True, slots=True)
class Incomplete:
    """How much is missing in a VAT quarter of an administration."""

    number: int
    year: int
    asked: int
    unasked: int
    waiting: int

    def rows(self) -> list[str]:
        """What is missing, a line each, under the name of the quarter; none where nothing is."""
        told = [
            (self.asked, ngettext("%(count)d invoice is asked and not there",
                                  "%(count)d invoices are asked and not there", self.asked)),
            (self.unasked, ngettext("%(count)d payment without an invoice is not asked yet",
                                    "%(count)d payments without an invoice are not asked yet", self.unasked)),
            (self.waiting, ngettext("%(count)d payment has a document that waits to be booked",
                                    "%(count)d payments have a document that waits to be booked", self.waiting)),
        ]  # fmt: skip
        rows = [f"- {text % {'count': count}}" for count, text in told if count]
        head = _("Quarter %(number)d of %(year)d") % {"number": self.number, "year": self.year}
        return [head, *rows, ""] if rows else []


def tell_completeness(
    person: Person,
    *,
    administration_name: str,
    until: date,
    quarters: Sequence[Incomplete],
    questions: int,
    link: str,
) -> None:
    """Mail what is missing in the books at the start of a month, VAT quarter by VAT quarter."""

    def written() -> tuple[str, str]:
        rows = [row for one in quarters for row in one.rows()]
        if questions:
            waits = ngettext("%(count)d question waits for you", "%(count)d questions wait for you", questions)
            rows.append(f"- {waits % {'count': questions}}")
        values = {"name": administration_name, "day": f"{until:%d/%m/%Y}"}
        head = _("What is missing in the books of %(name)s until %(day)s:") % values
        tail = _("Work through the list here:\n%(link)s") % {"link": link}
        subject = _("Completeness of %(name)s until %(day)s") % values
        told = "\n".join(rows).strip()
        return one_line(subject, 200), f"{head}\n\n{told}\n\n{tail}"

    send_later(to=person.email, language=person.language, written=written)
