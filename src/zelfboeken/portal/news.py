"""What happened since yesterday, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.services import Access
from zelfboeken.portal.pages import Link, NewsRow
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.texts import short_day
from zelfboeken.reports.news import News, news_since


def news_rows(*, access: Access, administration_id: int, today: date) -> tuple[NewsRow, ...]:
    """A row for each kind of thing that happened since yesterday morning, Brussels time."""
    yesterday = datetime.combine(today - timedelta(days=1), datetime.min.time(), timezone.get_current_timezone())
    found = news_since(access=access, administration_id=administration_id, since=yesterday)
    return tuple(_row(access, one, today) for one in found)


def _row(access: Access, one: News, today: date) -> NewsRow:
    booked = with_query(reverse("documents", args=[access.domain_slug]), {"filter": "geboekt"})
    icon, lead, url = {
        "RECEIVED": (
            "file-text",
            ngettext("%(count)d file received", "%(count)d files received", one.count),
            reverse("documents", args=[access.domain_slug]),
        ),
        "STATEMENT": (
            "landmark",
            ngettext("%(count)d statement read", "%(count)d statements read", one.count),
            reverse("bank", args=[access.domain_slug]),
        ),
        "PURCHASE": ("check", ngettext("%(count)d purchase booked", "%(count)d purchases booked", one.count), booked),
        "SALE": ("check", ngettext("%(count)d sale booked", "%(count)d sales booked", one.count), booked),
        "BANK": (
            "link",
            ngettext("%(count)d bank line matched", "%(count)d bank lines matched", one.count),
            reverse("bank", args=[access.domain_slug]),
        ),
        "OTHER": (
            "notebook-text",
            ngettext("%(count)d other entry booked", "%(count)d other entries booked", one.count),
            reverse("journal", args=[access.domain_slug]),
        ),
        "REVERSED": (
            "undo-2",
            ngettext("%(count)d entry reversed", "%(count)d entries reversed", one.count),
            reverse("journal", args=[access.domain_slug]),
        ),
    }[one.kind]
    last = timezone.localtime(one.last_at)
    when = f"{last:%H:%M}" if last.date() == today else _("yesterday") if last.date() < today else ""
    return NewsRow(
        icon=icon,
        lead=lead % {"count": one.count},
        meta=when or short_day(last.date(), today),
        link=Link(_("Look"), url),
    )
