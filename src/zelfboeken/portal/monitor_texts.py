"""The Backoffice monitor in words: states of returns, next steps, why a domain comes first."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from zelfboeken.belgium.holidays import Holiday
from zelfboeken.portal.pages import Tag, Tone
from zelfboeken.portal.pages.monitor import Why
from zelfboeken.portal.texts import day_name, short_day
from zelfboeken.portal.vat_texts import period_short
from zelfboeken.reports.monitor import OLD_DAYS, VERY_OLD_DAYS, MonitorRow, Step, VatState, VatTurn

STEP_ICONS = {
    Step.ANSWER: "message-circle-question-mark",
    Step.CHECK_VAT: "receipt-text",
    Step.HAND_IN: "receipt-text",
    Step.BOOK: "file-text",
    Step.MATCH: "landmark",
    Step.ASK_STATEMENTS: "triangle-alert",
    Step.NOTHING: "check",
}


def step_text(row: MonitorRow) -> str:
    """What is next in a domain."""
    waiting = row.waiting
    if row.step is Step.BOOK:
        return ngettext("Book %(count)d document", "Book %(count)d documents", waiting.documents) % {
            "count": waiting.documents
        }
    if row.step is Step.MATCH:
        return ngettext("Match %(count)d line", "Match %(count)d lines", waiting.bank_lines) % {
            "count": waiting.bank_lines
        }
    return {
        Step.ANSWER: _("Read the question"),
        Step.CHECK_VAT: _("Check the VAT"),
        Step.HAND_IN: _("Hand in the VAT"),
        Step.ASK_STATEMENTS: _("Ask for statements"),
        Step.NOTHING: _("Nothing to do"),
    }[row.step]


def vat_tag(turn: VatTurn) -> Tag:
    """How a return stands, in a word or two."""
    if turn.state is VatState.READY:
        return Tag(_("Ready"), "ok")
    if turn.state is VatState.BUILDING:
        return Tag(_("Being built up"))
    if turn.state is VatState.LATE:
        return Tag(_("%(count)d too late") % {"count": turn.waiting}, "bad")
    return Tag(_("%(count)d not booked") % {"count": turn.waiting}, "warn")


def age_text(days: int) -> str:
    """How old something is, short: 6 d."""
    return pgettext("age", "%(days)d d") % {"days": days}


def age_tone(days: int) -> Tone:
    """The colour of an age."""
    if days >= VERY_OLD_DAYS:
        return "bad"
    return "warn" if days > OLD_DAYS else ""


def documents_text(count: int) -> str:
    """3 documents."""
    return ngettext("%(count)d document", "%(count)d documents", count) % {"count": count}


def lines_text(count: int) -> str:
    """3 bank lines."""
    return ngettext("%(count)d bank line", "%(count)d bank lines", count) % {"count": count}


def domains_text(count: int) -> str:
    """in 3 domains, or none."""
    if not count:
        return _("none")
    return ngettext("in %(count)d domain", "in %(count)d domains", count) % {"count": count}


def reasons_of(row: MonitorRow, today: date) -> tuple[Why, ...]:
    """Why a domain stands where it stands, the heaviest first."""
    found: list[Why] = []
    waiting, turn = row.waiting, row.vat
    if turn is not None and row.is_soon:
        told = _("The VAT of %(period)s goes out by %(on)s at the latest") % {
            "period": period_short(turn.period),
            "on": f"{day_name(turn.due_on)} {turn.due_on:%d/%m}",
        }
        found.append(Why(told, "clock", "warn"))
    if turn is not None and turn.state in {VatState.MISSING, VatState.LATE}:
        parts = [documents_text(turn.documents)] * (turn.documents > 0)
        parts += [lines_text(turn.bank_lines)] * (turn.bank_lines > 0)
        late = _("Of a return that is past: %(what)s not booked")
        is_late = turn.state is VatState.LATE
        told = late if is_late else _("Before it is ready: %(what)s not booked")
        found.append(Why(told % {"what": _(" and ").join(parts)}, "triangle-alert", "bad" if is_late else "warn"))
    if waiting.questions_to_office:
        told = ngettext(
            "%(count)d question waits for you", "%(count)d questions wait for you", waiting.questions_to_office
        )
        found.append(Why(told % {"count": waiting.questions_to_office}, "message-circle-question-mark", "ask"))
    if row.promised.yesterday and not row.is_excluded:
        told = ngettext(
            "%(count)d document was promised for yesterday or before",
            "%(count)d documents were promised for yesterday or before",
            row.promised.yesterday,
        )
        found.append(Why(told % {"count": row.promised.yesterday}, "clock", "bad"))
    if row.age_days > OLD_DAYS:
        told = _("The oldest document waits for %(days)d days") % {"days": row.age_days}
        found.append(Why(told, "file-text", age_tone(row.age_days)))
    if waiting.documents_stuck:
        told = ngettext(
            "%(count)d file could not be read", "%(count)d files could not be read", waiting.documents_stuck
        )
        found.append(Why(told % {"count": waiting.documents_stuck}, "ban", "warn"))
    if row.is_quiet and waiting.statement_on is not None:
        told = _("No statement came in since %(on)s") % {"on": short_day(waiting.statement_on, today)}
        found.append(Why(told, "landmark", "bad"))
    return tuple(found) or (Why(_("Nothing presses here"), "check", "ok"),)


def active_text(row: MonitorRow, today: date) -> str:
    """When something last happened in a domain: today, yesterday, or the day."""
    at = row.waiting.active_at
    if at is None:
        return _("never")
    on = timezone.localdate(at)
    if on >= today:
        return _("today")
    return _("yesterday") if (today - on).days == 1 else short_day(on, today)


def holiday_name(holiday: str) -> str:
    """The name of a public holiday."""
    return {
        Holiday.NEW_YEAR: _("New Year's Day"),
        Holiday.EASTER_MONDAY: _("Easter Monday"),
        Holiday.LABOUR_DAY: _("Labour Day"),
        Holiday.ASCENSION: _("Ascension Day"),
        Holiday.WHIT_MONDAY: _("Whit Monday"),
        Holiday.NATIONAL_DAY: _("National Day"),
        Holiday.ASSUMPTION: _("Assumption Day"),
        Holiday.ALL_SAINTS: _("All Saints' Day"),
        Holiday.ARMISTICE: _("Armistice Day"),
        Holiday.CHRISTMAS: _("Christmas"),
    }[Holiday(holiday)]
