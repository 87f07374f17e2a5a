"""The start page: what waits, what is owed, what is in the bank."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.refusals import VIEW_ONLY
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import REASONS, Missing
from zelfboeken.access.services import Access
from zelfboeken.billing.giving import waits_for
from zelfboeken.inbox.queries import QueueCounts, waiting_work
from zelfboeken.matching.queries import BankCounts
from zelfboeken.payments.queries import count_to_approve
from zelfboeken.portal.backoffice import directie_names, popup_of
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.money_line import balance_line
from zelfboeken.portal.news import news_rows
from zelfboeken.portal.open_items import open_row, parted
from zelfboeken.portal.pages import BankBalance, ComingRow, Link, Notice, StartPage, TodoCard
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, euro, short_day
from zelfboeken.portal.vat_texts import next_due_period, period_name, period_short
from zelfboeken.portal.views.documents import upload_form
from zelfboeken.reports import banks
from zelfboeken.reports.queries import OpenItemRow, open_items
from zelfboeken.reports.vat import vat_returns
from zelfboeken.tenancy.models import Administration, Domain
from zelfboeken.vat.periods import VatPeriod
from zelfboeken.vat.rules import VatBalance

LIMIT = 8
SHOWN_DAYS = 60
SOON_DAYS = 14


@domain_view(Right.DOMAIN_ENTER)
def start(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Work, what is owed and paid, and the money in the bank."""
    administration = administration_for(request, access)
    today = timezone.localdate()
    sees_books = access.may(Right.LEDGER_SEE)
    items = open_items(access=access, administration_id=administration.id) if sees_books else []
    claims, debts = parted(items)
    period = next_due_period(administration, today)
    balance = _vat_balance(access, administration, period) if sees_books else None
    work = waiting_work(access=access, administration_id=administration.id)
    book_cards = (_bank_card(access, work.bank), _vat_card(access, period, balance, today)) if balance else ()
    accounts = banks.bank_balances(access=access, administration_id=administration.id) if sees_books else []
    page = StartPage(
        title=_("Start"),
        greeting=_greeting(timezone.localtime().hour),
        subtitle=_subtitle(period, today, sees_books=sees_books),
        cards=(
            *((_documents_card(access, work.documents),) if access.may(Right.DOCUMENT_SEE_ALL_USERS) else ()),
            *book_cards,
            *_payments_card(access, administration),
        ),
        news=news_rows(access=access, administration_id=administration.id, today=today) if sees_books else (),
        receivable=tuple(open_row(access, item, today) for item in claims[:LIMIT]),
        receivable_total=euro(sum(item.open_cents for item in claims)),
        payable=tuple(open_row(access, item, today) for item in debts[:LIMIT]),
        payable_total=euro(-sum(item.open_cents for item in debts)),
        pay_url=reverse("payments", args=[access.domain_slug]) if debts and access.may(Right.PAYMENT_PREPARE) else "",
        receivable_more=_all_of(access, claims),
        payable_more=_all_of(access, debts),
        banks=tuple(_bank(access, one) for one in accounts),
        line=balance_line(
            banks.balance_history(
                access=access, administration_id=administration.id, since=today - timedelta(days=SHOWN_DAYS)
            ),
            today,
        )
        if accounts
        else None,
        coming=_coming(access, debts, period, balance, today) if balance else (),
        upload=upload_form(access, administration) if access.may(Right.DOCUMENT_DELIVER) else None,
        notice=_notice(access),
        popup=popup_of(access=access, at=timezone.now()),
        shows_books=sees_books,
        is_new=not items
        and work.documents.waiting + work.documents.stuck == 0
        and all(one.on_date is None for one in accounts),
    )
    shell = shell_for(request, access, administration, "start", work=work)
    return render(request, "portal/start.html", {"shell": shell, "page": page})


def _greeting(hour: int) -> str:
    return _("Good morning") if hour < 12 else _("Good afternoon") if hour < 18 else _("Good evening")


def _subtitle(period: VatPeriod, today: date, *, sees_books: bool) -> str:
    """Tuesday 24 November 2026 · 3 days until the VAT return of October 2026."""
    written = dateformat.format(today, "l j F Y")
    told = [written[:1].upper() + written[1:]]
    if sees_books:
        days = (period.due_on - today).days
        text = ngettext(
            "%(days)d day until the VAT return of %(period)s", "%(days)d days until the VAT return of %(period)s", days
        )
        told.append(
            text % {"days": days, "period": period_name(period)}
            if days
            else _("today the VAT return of %(period)s is due") % {"period": period_name(period)}
        )
    return " · ".join(told)


def _notice(access: Access) -> Notice | None:
    """Why nothing can be done here now, or why somebody with the role Backoffice may not book (INV-20)."""
    if access.is_readonly:
        reason = VIEW_ONLY.text if access.is_view_only else REASONS[Missing.LIFECYCLE]
        take_along = Link(_("Take everything along"), reverse("domain_export", args=[access.domain_slug]), "download")
        links = (take_along,) if access.may(Right.EXPORT_ALL) else ()
        return Notice("warn", _("Nothing can be changed here now."), reason, links)
    if access.is_backoffice_resting:
        missing = access.self_booking_missing
        text = (
            REASONS[missing]
            if missing is not None and missing is not Missing.ASSIGNMENT
            else _("The bundle has fewer places than there were users.")
        )
        asks_directie = missing is not Missing.AUTHORISED and not access.may(Right.ROLE_GIVE)
        return Notice(
            "warn", _("Your role Backoffice rests."), f"{text} {_ask_directie(access)}" if asks_directie else text
        )
    if access.is_member and not access.may(Right.ROLE_GIVE) and waits_for(access):
        return Notice("", _("Nobody books in this domain yet."), _ask_directie(access))
    if Role.BACKOFFICE not in access.roles or access.self_booking_missing is None:
        return None
    return Notice("warn", _("You cannot book yet."), REASONS[access.self_booking_missing])


def _ask_directie(access: Access) -> str:
    return _("Ask the Directie: %(names)s.") % {"names": directie_names(Domain.objects.get(id=access.domain_id))}


def _documents_card(access: Access, counts: QueueCounts) -> TodoCard:
    return _work_card(
        _("Documents"),
        reverse("documents", args=[access.domain_slug]),
        "file-text",
        "d",
        ready=counts.ready,
        rest=counts.waiting - counts.ready + counts.stuck,
    )


def _bank_card(access: Access, counts: BankCounts) -> TodoCard:
    return _work_card(
        _("Bank"),
        reverse("bank", args=[access.domain_slug]),
        "landmark",
        "b",
        ready=counts.ready,
        rest=counts.to_choose,
    )


def _payments_card(access: Access, administration: Administration) -> tuple[TodoCard, ...]:
    """What waits for this user's approval; nothing where nothing does."""
    count = count_to_approve(access=access, administration_id=administration.id)
    if not count:
        return ()
    return (
        TodoCard(
            title=_("Payments"),
            value=str(count),
            detail=ngettext("file to approve", "files to approve", count),
            url=reverse("payments", args=[access.domain_slug]),
            icon="euro",
            chord="p",
            tone="warn",
        ),
    )


def _vat_balance(access: Access, administration: Administration, period: VatPeriod) -> VatBalance:
    made, _before = vat_returns(access=access, administration_id=administration.id, period=period)
    return made.balance


def _vat_card(access: Access, period: VatPeriod, balance: VatBalance, today: date) -> TodoCard:
    what = _("to get back") if balance.refundable_cents > 0 else _("to pay")
    is_over = period.until <= today
    return TodoCard(
        title=_("VAT %(period)s") % {"period": period_short(period)},
        value=euro(balance.refundable_cents or balance.payable_cents),
        detail=_("%(what)s by %(on)s") % {"what": what, "on": short_day(period.due_on, today)}
        if is_over
        else _("%(what)s so far") % {"what": what},
        url=reverse("vat_period", args=[access.domain_slug, period.code]),
        icon="receipt-text",
        chord="t",
        tone="warn" if is_over else "",
    )


def _coming(
    access: Access, debts: list[OpenItemRow], period: VatPeriod, balance: VatBalance, today: date
) -> tuple[ComingRow, ...]:
    """What must be paid soon: overdue suppliers, those of the next two weeks, the VAT."""
    soon = today + timedelta(days=SOON_DAYS)
    bills = [item for item in debts if item.open_cents < 0 and item.due_on]
    late = [item for item in bills if item.due_on and item.due_on < today]
    near = [item for item in bills if item.due_on and today <= item.due_on <= soon]
    url = (
        reverse("payments", args=[access.domain_slug])
        if access.may(Right.PAYMENT_PREPARE)
        else with_query(reverse("contacts", args=[access.domain_slug]), {"filter": "open"})
    )
    rows = []
    if late:
        text = ngettext("%(count)d bill of a supplier", "%(count)d bills of suppliers", len(late))
        rows.append(ComingRow(_("overdue"), text % {"count": len(late)}, _sum(late), url, is_late=True))
    if near:
        text = ngettext("%(count)d bill of a supplier", "%(count)d bills of suppliers", len(near))
        until = _("until %(on)s") % {"on": short_day(soon, today)}
        rows.append(ComingRow(until, text % {"count": len(near)}, _sum(near), url))
    if balance.payable_cents > 0:
        rows.append(
            ComingRow(
                short_day(period.due_on, today),
                _("VAT of %(period)s") % {"period": period_name(period)},
                euro(balance.payable_cents),
                reverse("vat_period", args=[access.domain_slug, period.code]),
            )
        )
    return tuple(rows)


def _all_of(access: Access, items: list[OpenItemRow]) -> Link | None:
    if len(items) <= LIMIT:
        return None
    url = with_query(reverse("contacts", args=[access.domain_slug]), {"filter": "open"})
    return Link(_("Show all %(count)d") % {"count": len(items)}, url)


def _sum(items: list[OpenItemRow]) -> str:
    return euro(-sum(item.open_cents for item in items))


def _work_card(title: str, url: str, icon: str, chord: str, *, ready: int, rest: int) -> TodoCard:
    count = ready + rest
    return TodoCard(
        title=title,
        value=str(count),
        detail=_("%(ready)d ready, %(rest)d to choose") % {"ready": ready, "rest": rest}
        if count
        else _("everything is booked"),
        url=url,
        icon=icon,
        chord=chord,
        tone="" if count else "ok",
        ready_percent=ready * 100 // count if count else None,
        choose_percent=100 - ready * 100 // count if count else 0,
    )


def _bank(access: Access, one: banks.BankBalance) -> BankBalance:
    return BankBalance(
        name=one.name,
        url=with_query(reverse("bank", args=[access.domain_slug]), {"rekening": one.iban}),
        balance="–"
        if one.closing_cents is None
        else euro(one.closing_cents)
        if one.currency == "EUR"
        else f"{amount(one.closing_cents)} {one.currency}",
        until_text=_("on %(on)s") % {"on": day(one.on_date)} if one.on_date else _("no statement yet"),
    )
