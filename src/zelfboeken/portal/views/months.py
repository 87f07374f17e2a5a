"""The months of the books: who may shuts them, so that what was reported stays as it was (INV-12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import get_args

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.ledger.models import PeriodState
from zelfboeken.ledger.months import Change, Month, change_months, changed_by, is_over, months_of
from zelfboeken.ledger.services import PeriodNotOpen
from zelfboeken.portal.domain_view import FormNotOurs, domain_view
from zelfboeken.portal.pages import (
    ConfirmClose,
    Empty,
    Link,
    MonthAction,
    MonthRow,
    MonthsPage,
    MonthYear,
    Problem,
    Tag,
)
from zelfboeken.portal.shell import administration_for, of_books, shell_for
from zelfboeken.portal.tokens import new_key
from zelfboeken.reports.months import WaitingIn, waiting_in_months
from zelfboeken.tenancy.models import Administration

_CHANGES: tuple[Change, ...] = get_args(Change)


@domain_view(Right.LEDGER_SEE, methods=("GET", "POST"), fields=(*_CHANGES, "agreed"))
def months(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The months with their state; a POST blocks or closes up to one of them, or opens from one on."""
    administration = administration_for(request, access)
    if request.method != "POST":
        return _page(request, access, administration)
    access.require(Right.PERIOD_CLOSE)
    change, starts_on = _asked(request.POST)
    if change == "close" and request.POST.get("agreed") != "1" and _can_close(access, administration, starts_on):
        return _page(request, access, administration, closing=starts_on, status=422)
    try:
        done = change_months(
            access=access,
            administration_id=administration.id,
            change=change,
            starts_on=starts_on,
            at=timezone.now(),
        )
    except PeriodNotOpen as no:
        return _page(request, access, administration, problem=Problem(str(no)), status=409)
    messages.success(request, _told(change, done))
    return HttpResponseRedirect(request.path, status=303)


def _can_close(access: Access, administration: Administration, starts_on: date) -> bool:
    """Whether closing this month is asked about first; what cannot be closed is refused at once."""
    found = months_of(access=access, administration_id=administration.id)
    is_there = any(one.starts_on == starts_on and is_over(one, timezone.localdate()) for one in found)
    return is_there and bool(changed_by("close", found, starts_on))


def _asked(form: Mapping[str, str]) -> tuple[Change, date]:
    for change in _CHANGES:
        if typed := form.get(change):
            try:
                return change, date.fromisoformat(typed)
            except ValueError:
                break
    raise FormNotOurs("month")


def _told(change: Change, done: list[Month]) -> str:
    texts = {"block": _("Blocked: %(months)s"), "open": _("Open again: %(months)s"), "close": _("Closed: %(months)s")}
    return texts[change] % {"months": _span(done)}


def _span(found: list[Month]) -> str:
    first, last = _name(found[0].starts_on), _name(found[-1].starts_on)
    return first if len(found) == 1 else _("%(first)s up to %(last)s") % {"first": first, "last": last}


def _name(starts_on: date) -> str:
    return dateformat.format(starts_on, "F Y")


def _page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    *,
    closing: date | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    may_change = access.may(Right.PERIOD_CLOSE)
    found = months_of(access=access, administration_id=administration.id)
    waits = waiting_in_months(access=access, administration_id=administration.id)
    # The form names the books it shows: another tab may have chosen others meanwhile, and closing is for good.
    url = of_books(reverse("months", args=[access.domain_slug]), administration)
    years: dict[int, list[MonthRow]] = {}
    # The newest year first; its months in their own order.
    for one in sorted(found, key=lambda month: (-month.fiscal_year, month.starts_on)):
        years.setdefault(one.fiscal_year, []).append(_row(one, found, waits, may_change=may_change))
    page = MonthsPage(
        title=_("Periods"),
        books=administration.name,
        url=url,
        years=tuple(MonthYear(_("Fiscal year %(year)d") % {"year": year}, tuple(rows)) for year, rows in years.items()),
        key=new_key() if may_change and found else "",
        confirm=_confirm(found, waits, closing, url) if closing else None,
        empty=None
        if found
        else Empty(_("There is no fiscal year yet"), _("The office opens the first one on the sheet of the domain.")),
        problems=(problem,) if problem else (),
    )
    shell = shell_for(request, access, administration, "months")
    return render(request, "portal/months.html", {"shell": shell, "page": page}, status=status)


def _row(one: Month, found: list[Month], waits: Mapping[date, WaitingIn], *, may_change: bool) -> MonthRow:
    return MonthRow(
        name=_name(one.starts_on),
        state=_state(one.state),
        waits=_waiting_text([waits[day] for day in waits if one.starts_on <= day < one.until]),
        actions=_actions(one, found) if may_change and one.state != PeriodState.CLOSED else (),
    )


def _state(state: PeriodState) -> Tag:
    return {
        PeriodState.OPEN: Tag(_("open"), "ok"),
        PeriodState.BLOCKED: Tag(_("blocked"), "warn"),
        PeriodState.CLOSED: Tag(_("closed"), ""),
    }[state]


def _actions(one: Month, found: list[Month]) -> tuple[MonthAction, ...]:
    name, value = _name(one.starts_on), one.starts_on.isoformat()
    buttons = {
        "block": MonthAction("block", value, _("Block until %(month)s") % {"month": name}, "lock"),
        "open": MonthAction("open", value, _("Open from %(month)s") % {"month": name}, "undo-2"),
        "close": MonthAction("close", value, _("Close until %(month)s") % {"month": name}, "archive"),
    }
    today = timezone.localdate()
    return tuple(
        buttons[change]
        for change in _CHANGES
        if one in changed_by(change, found, one.starts_on) and (change != "close" or is_over(one, today))
    )


def _waiting_text(waiting: list[WaitingIn]) -> str:
    documents, lines = sum(one.documents for one in waiting), sum(one.lines for one in waiting)
    parts = []
    if documents:
        text = ngettext("%(count)d document not booked", "%(count)d documents not booked", documents)
        parts.append(text % {"count": documents})
    if lines:
        text = ngettext("%(count)d bank line not booked", "%(count)d bank lines not booked", lines)
        parts.append(text % {"count": lines})
    return ", ".join(parts)


def _confirm(found: list[Month], waits: Mapping[date, WaitingIn], closing: date, url: str) -> ConfirmClose:
    shut = changed_by("close", found, closing)
    waiting = _waiting_text([waits[day] for day in waits if any(one.starts_on <= day < one.until for one in shut)])
    return ConfirmClose(
        title=_("Close %(months)s?") % {"months": _span(shut)},
        texts=(
            _("What is closed never opens again: nobody books in it, and mistakes are corrected in a later month."),
            *((_("Still waiting in it: %(what)s.") % {"what": waiting},) if waiting else ()),
            _("Block instead if somebody may still have to book: that can be taken back."),
        ),
        value=closing.isoformat(),
        label=_("Close for good"),
        back=Link(_("Do not close"), url),
    )
