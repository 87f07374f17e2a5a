"""Invoices that are missing: the worked list of a VAT quarter, asking for them, and one of them with its history."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.bank.models import BankLine
from zelfboeken.matching.listing import statement_of_line
from zelfboeken.matching.missing import (
    Missing,
    Payment,
    Quarter,
    ask_for_invoices,
    default_owner,
    filing_on,
    missing_items,
    open_quarters,
    quarter_of,
    worked_list,
)
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.links import link_to_question
from zelfboeken.portal.pages import (
    AskInvoices,
    Empty,
    Field,
    Link,
    MissingEventRow,
    MissingItemPage,
    MissingPage,
    MissingRow,
    Notice,
    Option,
    PaymentRow,
    Problem,
    SelectField,
)
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.questions_words import missing_tag
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import day, euro, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_day
from zelfboeken.portal.views.documents import upload_form
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.questions.missing import (
    UnknownMissing,
    ask_again,
    change_missing,
    may_manage,
    missing_of,
    owners_for,
    say_about,
    say_none_exists,
)
from zelfboeken.questions.models import MissingEvent, MissingInvoice
from zelfboeken.questions.rules import NobodyToAsk, default_due
from zelfboeken.questions.services import QuestionRefused
from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.vat.periods import UnknownPeriod, VatPeriod, read_period

State = MissingInvoice.State


@domain_view(Right.DOCUMENT_SEE_ALL_USERS, methods=("GET", "POST"), fields=("line", "owner", "due"))
def missing(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The worked list of a quarter; a POST asks somebody for the invoices of the payments that are ticked."""
    line = _named_line(access, request.GET.get("lijn", ""))
    administration = (
        Administration.objects.get(domain_id=access.domain_id, id=line.administration_id)
        if line
        else administration_for(request, access)
    )
    period = _period(request, line)
    if request.method != "POST":
        return _page(request, access, administration, period, line)
    access.require(Right.LEDGER_SEE)
    access.require(Right.BANK_MATCH)
    try:
        typed = request.POST.get("due", "").strip()
        due_on = read_day(typed, timezone.localdate()) if typed else None
        owner = request.POST.get("owner", "")
        with transaction.atomic():
            made = ask_for_invoices(
                access=access,
                administration=administration,
                line_public_ids=[_uuid(one) for one in request.POST.getlist("line")],
                owner_id=read_row(owner) if owner else None,
                due_on=due_on,
                at=timezone.now(),
                link_to=link_to_question,
                amount_text=euro,
            )
    except NotUnderstood as no:
        return _page(request, access, administration, period, line, wrong=Problem(str(no), "field-due"))
    except QuestionRefused as no:
        field = f"field-{no.field}" if no.field in {"due", "owner"} else ""
        return _page(request, access, administration, period, line, wrong=Problem(str(no), field))
    except NobodyToAsk as no:
        return _page(request, access, administration, period, line, wrong=Problem(str(no), "field-owner"))
    told = ngettext("Asked: %(count)d invoice", "Asked: %(count)d invoices", len(made)) % {"count": len(made)}
    messages.success(request, told)
    return HttpResponseRedirect(_list_url(access, period), status=303)


@domain_view(Right.DOCUMENT_SEE_ALL_USERS, methods=("GET", "POST"), fields=("action", "reason", "owner", "due", "text"))
def missing_item(request: HttpRequest, *, access: Access, item_id: UUID) -> HttpResponse:
    """One missing invoice; a POST says that it does not exist, asks again, changes who or when, or adds a remark."""
    try:
        item = missing_of(access=access, public_id=str(item_id))
    except UnknownMissing:
        raise NotFound(str(item_id)) from None
    if request.method != "POST":
        return _item_page(request, access, item)
    try:
        with transaction.atomic():
            told = _done(request, access, item)
    except UnknownMissing:
        raise NotFound(str(item_id)) from None
    except NotUnderstood as no:
        return _item_page(request, access, item, wrong=QuestionRefused("due", "due_wrong", str(no)), status=422)
    except QuestionRefused as no:
        status = 422 if no.field else 409
        return _item_page(request, access, missing_of(access=access, public_id=str(item_id)), wrong=no, status=status)
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _done(request: HttpRequest, access: Access, item: MissingInvoice) -> str:
    now, post = timezone.now(), request.POST
    action = post.get("action", "")
    if action == "none":
        say_none_exists(access=access, item=item, reason=post.get("reason", ""), at=now)
        return _("Kept: there is no invoice.")
    if action == "again":
        ask_again(access=access, item=item, at=now)
        return _("The invoice is asked again.")
    if action == "say":
        say_about(access=access, item=item, text=post.get("text", ""), at=now)
        return _("Remark kept.")
    if action == "change":
        change_missing(
            access=access,
            item=item,
            owner_id=read_row(post.get("owner", "")),
            due_on=read_day(post.get("due", ""), timezone.localdate()),
            at=now,
        )
        return _("Kept who is asked, and by when.")
    raise FormNotOurs("action")


def _named_line(access: Access, public_id: str) -> BankLine | None:
    if not public_id:
        return None
    access.require(Right.LEDGER_SEE)
    if statement_of_line(access=access, line_public_id=_uuid(public_id)) is None:
        raise NotFound(public_id[:40])
    return BankLine.objects.get(domain_id=access.domain_id, public_id=public_id)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(text[:40]) from None


def _period(request: HttpRequest, line: BankLine | None) -> VatPeriod:
    if line is not None:
        return quarter_of(line.booked_on)
    try:
        asked = read_period(request.GET.get("kwartaal", ""))
    except UnknownPeriod:
        asked = quarter_of(timezone.localdate())
    return quarter_of(asked.starts_on)


def _list_url(access: Access, period: VatPeriod) -> str:
    return with_query(reverse("missing", args=[access.domain_slug]), {"kwartaal": period.code})


def _page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    period: VatPeriod,
    line: BankLine | None,
    *,
    wrong: Problem | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    found = worked_list(access=access, administration=administration, period=period)
    total, late = len(found.items), sum(one.is_late(today) for one in found.items)
    page = MissingPage(
        title=_("Missing invoices"),
        period=_period_name(period),
        filing=_("The VAT return of this quarter is due on %(day)s.") % {"day": day(period.due_on)}
        if administration.vat_regime == VatRegime.QUARTERLY
        else _("A VAT return each month, due on the 20th of the next."),
        back_url=reverse("questions", args=[access.domain_slug]),
        newer_url=_list_url(access, period.next()) if period.until <= today else "",
        older_url=_list_url(access, period.previous()),
        rows=tuple(_row(access, one, today) for one in sorted(found.items, key=_order)),
        done=str(found.settled),
        total=str(max(total, 1)),
        progress_text=_("%(done)d of %(total)d settled") % {"done": found.settled, "total": total},
        figures=(
            (str(found.count(State.OPEN)), _("asked"), "warn" if found.count(State.OPEN) else ""),
            (str(late), _("late"), "bad" if late else ""),
            (str(found.count(State.ARRIVED)), _("arrived"), "ok" if found.count(State.ARRIVED) else ""),
            (str(found.count(State.NONE_EXISTS)), _("do not exist"), ""),
            *([(str(len(found.unasked)), _("not asked yet"), "")] if access.may(Right.LEDGER_SEE) else []),
        ),
        ask=_ask_form(request, access, administration, found, line, wrong),
        waiting=_waiting(access, found.waiting_documents),
        elsewhere=_elsewhere(access, administration, period),
        empty=Empty(
            _("Nothing is asked in this quarter"),
            _("Payments of which the invoice is not there come here once somebody is asked for it."),
            links=(),
        )
        if not found.items
        else None,
        problems=(wrong,) if wrong else (),
    )
    shell = shell_for(request, access, administration, "missing")
    return render(request, "portal/missing.html", {"shell": shell, "page": page}, status=422 if wrong else 200)


def _elsewhere(access: Access, administration: Administration, period: VatPeriod) -> tuple[Link, ...]:
    asked = open_quarters(access=access, administration_id=administration.id)
    return tuple(
        Link(f"{_period_name(one)}: {count} {_('asked')}", _list_url(access, one))
        for one, count in asked.items()
        if one != period
    )


def _period_name(period: VatPeriod) -> str:
    return _("%(quarter)s quarter %(year)s") % {"quarter": _ordinal(period.number), "year": period.starts_on.year}


def _waiting(access: Access, count: int) -> Link | None:
    if not count:
        return None
    text = ngettext(
        "The document of %(count)d payment seems to be there already. Book it first.",
        "The documents of %(count)d payments seem to be there already. Book them first.",
        count,
    )
    return Link(text % {"count": count}, reverse("documents", args=[access.domain_slug]), "file-text")


def _ordinal(number: int) -> str:
    return {1: _("First"), 2: _("Second"), 3: _("Third"), 4: _("Fourth")}[number]


def _order(one: Missing) -> tuple[object, ...]:
    """What is open first, the one that was wanted soonest on top."""
    return one.item.state != State.OPEN, one.item.due_on, one.payment.booked_on, one.item.id


def _row(access: Access, one: Missing, on: date) -> MissingRow:
    return MissingRow(
        url=reverse("missing_item", args=[access.domain_slug, one.item.public_id]),
        counterparty=one.payment.counterparty or _("Bank"),
        detail=one.item.reason or one.payment.communication,
        remark=one.remark,
        paid_on=short_day(one.payment.booked_on, on),
        amount=euro(-one.payment.amount_cents),
        owner=one.owner_name,
        due=short_day(one.item.due_on, on) if one.item.state == State.OPEN else "",
        state=missing_tag(one.item, is_late=one.is_late(on)),
    )


def _ask_form(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    found: Quarter,
    line: BankLine | None,
    wrong: Problem | None,
) -> AskInvoices | None:
    if not access.may(Right.LEDGER_SEE):
        return None
    asked = {one.payment.line_public_id for one in found.items}
    rows = list(found.unasked)
    named = str(line.public_id) if line is not None else ""
    if line is not None and named not in asked | {one.line_public_id for one in rows} and line.amount_cents < 0:
        # Somebody asks for it all the same: of a payment that usually has none.
        rows.insert(0, _payment(line))
    if not rows:
        return None
    today = timezone.localdate()
    rule = _("Payments of the quarter without a document. Wages, taxes, loans, transfers and bank costs are left out.")
    counted = ngettext("%(count)d payment", "%(count)d payments", len(rows)) % {"count": len(rows)}
    if not may_manage(access):
        return AskInvoices(tuple(_payment_row(access, one, today) for one in rows), rule, counted)
    ticked = set(request.POST.getlist("line")) if wrong else {named}
    owner_chosen = request.POST.get("owner", "") if wrong else ""
    routed = default_owner(access=access, administration_id=administration.id, on=today)
    people = owners_for(access=access, administration_id=administration.id, on=today)
    options = [Option(str(one.user_id), one.name, owner_chosen == str(one.user_id)) for one in people]
    if routed is not None:
        options.insert(0, Option("", _("%(name)s, by the rule") % {"name": routed.name}, not owner_chosen))
    first = min(one.booked_on for one in rows)
    due = default_due(asked_on=today, filing_on=filing_on(administration, first))
    return AskInvoices(
        url=request.get_full_path(),
        key=new_key(),
        rows=tuple(_payment_row(access, one, today, is_ticked=one.line_public_id in ticked) for one in rows),
        owner=SelectField(
            "owner",
            _("To whom"),
            tuple(options),
            error=wrong.text if wrong and wrong.field_id == "field-owner" else "",
            hint=_("Of the bank he sees only the payments he is asked about."),
        ),
        due=Field(
            "due",
            _("Wanted by"),
            request.POST.get("due", "") if wrong else "",
            "date",
            error=wrong.text if wrong and wrong.field_id == "field-due" else "",
            hint=_("Empty: two weeks, five days before the VAT return at the latest (%(day)s).") % {"day": day(due)},
        ),
        rule=rule,
        count_text=counted,
    )


def _payment_row(access: Access, one: Payment, today: date, *, is_ticked: bool = False) -> PaymentRow:
    return PaymentRow(
        value=one.line_public_id,
        url=reverse("bank_line", args=[access.domain_slug, one.line_public_id]),
        counterparty=one.counterparty or _("Bank"),
        detail=" · ".join(part for part in (one.communication, _("booked") if one.is_booked else "") if part),
        paid_on=short_day(one.booked_on, today),
        amount=euro(-one.amount_cents),
        is_ticked=is_ticked,
    )


def _payment(line: BankLine) -> Payment:
    return Payment(
        line.id,
        str(line.public_id),
        line.booked_on,
        line.amount_cents,
        line.counterparty,
        line.communication or line.structured,
        line.entry_id is not None,
    )


def _item_page(
    request: HttpRequest,
    access: Access,
    item: MissingInvoice,
    *,
    wrong: QuestionRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    administration = Administration.objects.get(domain_id=access.domain_id, id=item.administration_id)
    today = timezone.localdate()
    [one] = missing_items(access=access, administration_id=item.administration_id, public_id=str(item.public_id))
    is_open, is_his = item.state == State.OPEN, item.owner_id == access.user_id
    may = _may_act(access, is_his=is_his)
    told = {wrong.field: str(wrong)} if wrong and wrong.field else {}
    post = request.POST if wrong else {}
    manages = access.may(Right.BANK_MATCH)
    page = MissingItemPage(
        title=_("Invoice of %(name)s") % {"name": one.payment.counterparty or _("Bank")},
        url=request.path,
        key=new_key(),
        back_url=_list_url(access, quarter_of(one.payment.booked_on)),
        state=missing_tag(item, is_late=one.is_late(today)),
        facts=(
            (_("Paid"), f"{euro(-one.payment.amount_cents)}, {day(one.payment.booked_on)}"),
            *([(_("Message"), one.payment.communication)] if one.payment.communication else []),
            (_("Asked of"), one.owner_name),
            (_("Wanted by"), day(item.due_on)),
            *([(_("Why there is none"), item.reason)] if item.reason else []),
        ),
        line=Link(
            _("The payment on the bank"), reverse("bank_line", args=[access.domain_slug, one.payment.line_public_id])
        )
        if access.may(Right.LEDGER_SEE)
        else None,
        notice=_notice(item),
        events=tuple(_event(each) for each in _events(access, item)),
        upload=upload_form(access, administration) if is_open and access.may(Right.DOCUMENT_DELIVER) else None,
        reason=Field("reason", _("Why is there no invoice?"), str(post.get("reason", "")), error=told.get("reason", ""))
        if is_open and may
        else None,
        owner=SelectField(
            "owner",
            _("To whom"),
            tuple(
                Option(str(each.user_id), each.name, each.user_id == item.owner_id)
                for each in owners_for(access=access, administration_id=item.administration_id, on=today)
            ),
            error=told.get("owner", ""),
        )
        if is_open and manages
        else None,
        due=Field("due", _("Wanted by"), str(post.get("due", day(item.due_on))), "date", error=told.get("due", ""))
        if is_open and manages
        else None,
        comment=Field("text", _("Remark"), str(post.get("text", "")), error=told.get("text", "")) if may else None,
        can_reopen=item.state == State.NONE_EXISTS and may,
        problems=(Problem(str(wrong), f"field-{wrong.field}" if wrong.field else ""),) if wrong else (),
    )
    shell = shell_for(request, access, administration, "missing")
    return render(request, "portal/missing_item.html", {"shell": shell, "page": page}, status=status)


def _may_act(access: Access, *, is_his: bool) -> bool:
    try:
        access.require(Right.DOCUMENT_DELIVER if is_his else Right.BANK_MATCH)
    except NotAllowed:
        return False
    return True


def _notice(item: MissingInvoice) -> Notice | None:
    if item.state == State.ARRIVED:
        return Notice(
            "ok", _("The invoice is there."), _("It is matched with this payment; nobody has to do anything.")
        )
    return None


def _events(access: Access, item: MissingInvoice) -> list[MissingEvent]:
    return list(MissingEvent.objects.filter(domain_id=access.domain_id, item_id=item.id).order_by("-id"))


def _event(one: MissingEvent) -> MissingEventRow:
    moment = timezone.localtime(one.happened_at)
    kind = MissingEvent.Kind
    values = {"name": one.text, "day": day(one.due_on)}
    told = {
        kind.ASKED: _("Asked of %(name)s, by %(day)s") % values,
        kind.REMINDED: _("Reminder sent to %(name)s") % values,
        kind.CHANGED: _("Now asked of %(name)s, by %(day)s") % values,
        kind.SAID: _("Remark"),
        kind.NONE_EXISTS: _("There is no invoice"),
        kind.ARRIVED: _("The invoice arrived and is matched"),
        kind.REOPENED: _("Asked again"),
    }[kind(one.kind)]
    return MissingEventRow(
        when=f"{short_day(moment.date(), timezone.localdate())} {moment:%H:%M}",
        who=one.author_name,
        text=told,
        detail=one.text if one.kind in {kind.SAID, kind.NONE_EXISTS} else "",
    )
