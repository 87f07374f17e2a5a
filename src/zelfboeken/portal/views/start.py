"""The start page: what waits, what is owed, what is in the bank."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import REASONS, Missing
from zelfboeken.access.services import Access
from zelfboeken.inbox.queries import queue_counts
from zelfboeken.matching.queries import bank_counts
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.open_items import open_row, parted
from zelfboeken.portal.pages import BankBalance, Notice, StartPage, TodoCard
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, euro
from zelfboeken.portal.vat_texts import current_period, period_name
from zelfboeken.portal.views.documents import upload_form
from zelfboeken.reports import banks
from zelfboeken.reports.queries import open_items
from zelfboeken.reports.vat import vat_returns
from zelfboeken.tenancy.models import Administration

LIMIT = 8


@domain_view(Right.DOMAIN_ENTER)
def start(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Work, what is owed and paid, and the money in the bank."""
    administration = administration_for(request, access)
    today = timezone.localdate()
    sees_books = access.may(Right.LEDGER_SEE)
    items = open_items(access=access, administration_id=administration.id) if sees_books else []
    claims, debts = parted(items)
    page = StartPage(
        title=_("Start"),
        subtitle=administration.name,
        cards=(
            *((_documents_card(access, administration),) if access.may(Right.DOCUMENT_SEE_ALL_USERS) else ()),
            *(_book_cards(access, administration) if sees_books else ()),
        ),
        news=(),
        receivable=tuple(open_row(access, item, today) for item in claims[:LIMIT]),
        receivable_total=euro(sum(item.open_cents for item in claims)),
        payable=tuple(open_row(access, item, today) for item in debts[:LIMIT]),
        payable_total=euro(-sum(item.open_cents for item in debts)),
        banks=_banks(access, administration) if sees_books else (),
        upload=upload_form(access) if access.may(Right.DOCUMENT_DELIVER) else None,
        notice=_notice(access),
        shows_books=sees_books,
    )
    shell = shell_for(request, access, administration, "start")
    return render(request, "portal/start.html", {"shell": shell, "page": page})


def _notice(access: Access) -> Notice | None:
    """Why nothing can be done here now, or why somebody with the role Backoffice may not book yet (INV-20)."""
    if access.is_readonly:
        return Notice("warn", _("Nothing can be changed here now."), REASONS[Missing.LIFECYCLE])
    if Role.BACKOFFICE not in access.roles or access.self_booking_missing is None:
        return None
    return Notice("warn", _("You cannot book yet."), REASONS[access.self_booking_missing])


def _documents_card(access: Access, administration: Administration) -> TodoCard:
    counts = queue_counts(access=access, administration_id=administration.id)
    return _work_card(
        _("Documents"),
        reverse("documents", args=[access.domain_slug]),
        "file-text",
        "d",
        ready=counts.ready,
        rest=counts.waiting - counts.ready + counts.stuck,
    )


def _book_cards(access: Access, administration: Administration) -> tuple[TodoCard, ...]:
    counts = bank_counts(access=access, administration_id=administration.id)
    period = current_period(administration, timezone.localdate())
    now, _before = vat_returns(access=access, administration_id=administration.id, period=period)
    is_refund = now.balance.refundable_cents > 0
    return (
        _work_card(
            _("Bank"),
            reverse("bank", args=[access.domain_slug]),
            "landmark",
            "b",
            ready=counts.ready,
            rest=counts.to_choose,
        ),
        TodoCard(
            title=_("VAT"),
            value=euro(now.balance.refundable_cents or now.balance.payable_cents),
            detail=_("%(what)s so far, %(period)s")
            % {"what": _("to get back") if is_refund else _("to pay"), "period": period_name(period)},
            url=reverse("vat_period", args=[access.domain_slug, period.code]),
            icon="receipt-text",
            chord="v",
        ),
    )


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


def _banks(access: Access, administration: Administration) -> tuple[BankBalance, ...]:
    url = reverse("bank", args=[access.domain_slug])
    return tuple(
        BankBalance(
            name=one.name,
            url=with_query(url, {"rekening": one.iban}),
            balance="–"
            if one.closing_cents is None
            else euro(one.closing_cents)
            if one.currency == "EUR"
            else f"{amount(one.closing_cents)} {one.currency}",
            until_text=_("until %(on)s") % {"on": day(one.on_date)} if one.on_date else _("no statement yet"),
        )
        for one in banks.bank_balances(access=access, administration_id=administration.id)
    )
