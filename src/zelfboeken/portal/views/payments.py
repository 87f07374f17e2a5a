"""Paying suppliers: preparing a payment file, approving it, taking it to the bank (decision 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankAccount
from zelfboeken.belgium import structured_reference
from zelfboeken.belgium.iban import formatted
from zelfboeken.payments.mails import tell_approvers
from zelfboeken.payments.models import PaymentFile, PaymentFormat
from zelfboeken.payments.queries import FileRow, PaymentRow, debts, file_of, files, last_download, payments_of
from zelfboeken.payments.rules import (
    MOST_PAYMENTS,
    Debt,
    Doubt,
    Obstacle,
    doubts_of,
    is_ticked,
    next_bank_day,
    obstacle_of,
)
from zelfboeken.payments.services import (
    FileDecided,
    NotPayable,
    UnknownPaymentFile,
    Wanted,
    approve,
    content_of,
    last_format,
    let_go,
    people_who_approve,
    prepare,
    refusal_of,
    withdraw,
)
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.links import link_to_payment_file
from zelfboeken.portal.pages import (
    Action,
    DebtRow,
    Empty,
    Field,
    FileListRow,
    Link,
    Notice,
    Option,
    PaidRow,
    PaymentFilePage,
    PaymentsPage,
    Problem,
    Reason,
    SelectField,
    Tag,
)
from zelfboeken.portal.periods import read_number, with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, day_of, euro, short_day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_day, read_id
from zelfboeken.tenancy.models import Administration

LIMIT = 20
_FIELDS = ("pay", "iban-[0-9]{1,19}", "account", "pays_on", "format")


@domain_view(Right.DOCUMENT_SEE_PURCHASE, methods=("GET", "POST"), fields=_FIELDS)
def payments(request: HttpRequest, *, access: Access) -> HttpResponse:
    """What suppliers are owed, and the payment files; a POST puts what is ticked into a new file."""
    administration = administration_for(request, access)
    if request.method != "POST":
        return _page(request, access, administration)
    access.require(Right.PAYMENT_PREPARE)
    today = timezone.localdate()
    if (chosen_format := request.POST.get("format", "")) not in PaymentFormat.values:
        raise FormNotOurs("format")
    wanted = [
        Wanted(read_id(one), typed[:60] if (typed := request.POST.get(f"iban-{one}")) is not None else None)
        for one in dict.fromkeys(request.POST.getlist("pay"))
    ]
    try:
        made = prepare(
            access=access,
            administration_id=administration.id,
            bank_account_id=read_id(request.POST.get("account", "")),
            pays_on=read_day(request.POST.get("pays_on", ""), today),
            wanted=wanted,
            payment_format=PaymentFormat(chosen_format),
            at=timezone.now(),
            today=today,
        )
    except NotUnderstood as no:
        return _page(request, access, administration, wrong=Problem(str(no), "field-pays_on"))
    except NotPayable as no:
        fields = {"no_account": "field-account", "wrong_day": "field-pays_on"}
        field = f"field-iban-{no.item_id}" if no.item_id and no.code != "not_open" else fields.get(no.code, "")
        return _page(request, access, administration, wrong=Problem(str(no), field))
    rows = payments_of(access=access, file_id=made.id)
    others = people_who_approve(access=access, administration_id=administration.id, but=access.user_id, rows=rows)
    tell_approvers(
        others,
        by=access.user_name,
        number=made.number,
        name=administration.name,
        total_cents=sum(row.amount_cents for row in rows),
        amount_text=euro,
        link=link_to_payment_file(access.domain_slug, str(made.public_id)),
    )
    messages.success(request, _("Prepared: payment file %(number)d") % {"number": made.number})
    return HttpResponseRedirect(_file_url(access, str(made.public_id)), status=303)


@domain_view(Right.DOCUMENT_SEE_PURCHASE, methods=("GET", "POST"), fields=("action", "reason", "payment"))
def payment_file(request: HttpRequest, *, access: Access, file_id: UUID) -> HttpResponse:
    """One payment file; a POST approves it, takes it back, or lets go of one of its payments."""
    administration = _administration_of(access, file_id)
    if request.method != "POST":
        return _file_page(request, access, administration, str(file_id))
    try:
        told = _decide(request, access, administration, str(file_id))
    except UnknownPaymentFile as no:
        raise NotFound(str(no)) from None
    except FileDecided as no:
        return _file_page(request, access, administration, str(file_id), problem=Problem(str(no)))
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


@domain_view(Right.DOCUMENT_SEE_PURCHASE)
def payment_file_xml(request: HttpRequest, *, access: Access, file_id: UUID) -> HttpResponse:
    """The file for the bank, once it was approved."""
    administration = _administration_of(access, file_id)
    try:
        found, content = content_of(
            access=access, administration_id=administration.id, public_id=str(file_id), at=timezone.now()
        )
    except FileDecided as no:
        return _file_page(request, access, administration, str(file_id), problem=Problem(str(no)))
    response = HttpResponse(content, content_type="application/xml")
    name = f"{access.domain_slug}-betaling-{found.number}.xml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _administration_of(access: Access, file_id: UUID) -> Administration:
    """The administration of a file, whichever was worked in last: a link in a mail leads here."""
    own = PaymentFile.objects.filter(domain_id=access.domain_id, public_id=file_id)
    found = Administration.objects.filter(domain_id=access.domain_id, id__in=own.values("administration_id")).first()
    if found is None or not access.reaches(found.id):
        raise NotFound(str(file_id))
    return found


def _decide(request: HttpRequest, access: Access, administration: Administration, public_id: str) -> str:
    now = timezone.now()
    action = request.POST.get("action", "")
    if action == "approve":
        done = approve(access=access, administration_id=administration.id, public_id=public_id, at=now)
        return _("Approved: payment file %(number)d") % {"number": done.number}
    if action == "withdraw":
        reason = " ".join(request.POST.get("reason", "").split())[:300]
        done = withdraw(access=access, administration_id=administration.id, public_id=public_id, reason=reason, at=now)
        return _("Taken back: payment file %(number)d") % {"number": done.number}
    if action != "let_go":
        raise FormNotOurs("action")
    row = let_go(
        access=access,
        administration_id=administration.id,
        public_id=public_id,
        n=read_id(request.POST.get("payment", "")),
        at=now,
    )
    return _("Can be paid anew: %(name)s, %(amount)s") % {"name": row.name, "amount": euro(row.amount_cents)}


def _page(
    request: HttpRequest, access: Access, administration: Administration, *, wrong: Problem | None = None
) -> HttpResponse:
    today = timezone.localdate()
    may_prepare = access.may(Right.PAYMENT_PREPARE)
    owed = debts(access=access, administration_id=administration.id)
    accounts = list(
        BankAccount.objects.filter(
            domain_id=access.domain_id, administration_id=administration.id, currency="EUR"
        ).order_by("id")
    )
    url = reverse("payments", args=[access.domain_slug])
    shown_page = min(read_number(request.GET.get("pagina", "")), max(1, -(-len(owed) // MOST_PAYMENTS)))
    shown = owed[(shown_page - 1) * MOST_PAYMENTS : shown_page * MOST_PAYMENTS]
    before = read_number(request.GET.get("voor", "")) if request.GET.get("voor") else None
    made = files(access=access, administration_id=administration.id, limit=LIMIT + 1, before=before)
    can_pay = may_prepare and bool(accounts) and bool(owed)
    typed = request.POST if request.method == "POST" else None
    ticked = (
        set(typed.getlist("pay")) if typed is not None else {str(one.item_id) for one in shown if is_ticked(one, today)}
    )
    chosen = [one for one in shown if str(one.item_id) in ticked]
    page = PaymentsPage(
        title=_("Payments"),
        books=administration.name,
        rows=tuple(_debt_row(access, one, today, ticked, typed, wrong) for one in shown),
        total=euro(sum(one.open_cents for one in owed)),
        url=_debts_url(url, administration, shown_page),
        earlier_debts_url=_debts_url(url, administration, shown_page - 1) if shown_page > 1 else "",
        later_debts_url=_debts_url(url, administration, shown_page + 1)
        if shown_page * MOST_PAYMENTS < len(owed)
        else "",
        key=new_key() if can_pay else "",
        account=_account_field(accounts, typed, wrong) if can_pay else None,
        pays_on=Field(
            "pays_on",
            _("Pays on"),
            typed.get("pays_on", "") if typed is not None else day(next_bank_day(today)),
            kind="date",
            error=_error(wrong, "field-pays_on"),
        )
        if can_pay
        else None,
        format=_format_field(access, administration, typed) if can_pay else None,
        ticked_count=str(len(chosen)),
        ticked_total=euro(sum(one.open_cents for one in chosen)),
        files=tuple(_file_row(access, one, today) for one in made[:LIMIT]),
        newer_url=url if before else "",
        older_url=with_query(url, {"voor": str(made[LIMIT - 1].number)}) if len(made) > LIMIT else "",
        notice=_notice(access, administration, may_prepare=may_prepare, has_account=bool(accounts)),
        empty=None if owed else _empty(),
        problems=(wrong,) if wrong else (),
    )
    shell = shell_for(request, access, administration, "payments")
    return render(request, "portal/payments.html", {"shell": shell, "page": page}, status=422 if wrong else 200)


def _debts_url(url: str, administration: Administration, number: int) -> str:
    """The page of this number with debts of these books, whichever another tab chose: as many as a file takes, since a
    form takes only so many fields.
    """
    return with_query(
        url, {"administratie": str(administration.public_id), "pagina": str(number) if number > 1 else ""}
    )


def _error(wrong: Problem | None, field_id: str) -> str:
    return wrong.text if wrong and wrong.field_id == field_id else ""


def _account_field(
    accounts: Sequence[BankAccount], typed: Mapping[str, str] | None, wrong: Problem | None
) -> SelectField:
    chosen = typed.get("account", "") if typed is not None else str(accounts[0].id)
    return SelectField(
        "account",
        _("From the account"),
        tuple(Option(str(one.id), f"{one.name} · {formatted(one.iban)}", str(one.id) == chosen) for one in accounts),
        error=_error(wrong, "field-account"),
    )


def _format_field(access: Access, administration: Administration, typed: Mapping[str, str] | None) -> SelectField:
    last = last_format(access=access, administration_id=administration.id).value
    chosen = typed.get("format", "") if typed is not None else last
    return SelectField(
        "format",
        _("Kind of file"),
        tuple(Option(one, f"SEPA {one}", one == chosen) for one in reversed(PaymentFormat.values)),
        hint=_("Take the older one only where your bank asks for it."),
    )


def _debt_row(
    access: Access,
    debt: Debt,
    today: date,
    ticked: set[str],
    typed: Mapping[str, str] | None,
    wrong: Problem | None,
) -> DebtRow:
    value = str(debt.item_id)
    obstacle = obstacle_of(debt)
    due = debt.falls_due_on
    late_days = (today - due).days
    late = ngettext("%(count)d day late", "%(count)d days late", late_days) % {"count": late_days}
    shown = typed.get(f"iban-{value}") if typed is not None else None
    return DebtRow(
        value=value,
        contact=debt.contact_name,
        contact_url=reverse("contact", args=[access.domain_slug, debt.contact_public_id])
        if access.may(Right.LEDGER_SEE)
        else "",
        number=debt.document_number or _("without a number"),
        url=reverse("entry", args=[access.domain_slug, debt.entry_id]) if access.may(Right.LEDGER_SEE) else "",
        due=late if late_days > 0 else short_day(due, today),
        amount=amount(debt.open_cents),
        cents=str(debt.open_cents),
        iban=formatted(debt.iban) if shown is None else shown[:60],
        is_late=late_days > 0,
        is_ticked=value in ticked,
        is_held_back=obstacle in {Obstacle.CURRENCY, Obstacle.TOO_MUCH},
        reasons=(*_obstacle_reason(obstacle, debt), *_reasons(debt)),
        error=_error(wrong, f"field-iban-{value}"),
    )


def _obstacle_reason(obstacle: Obstacle | None, debt: Debt) -> tuple[Reason, ...]:
    if obstacle is None:
        return ()
    texts = {
        Obstacle.NO_ACCOUNT: _("Which account? Several are known, none stands on the invoice")
        if len(debt.ibans) > 1
        else _("No account is known: type it"),
        Obstacle.NOT_SEPA: _("Outside the SEPA area: pay it in the program of your bank"),
        Obstacle.CURRENCY: _("An invoice in %(currency)s: pay it in the program of your bank")
        % {"currency": debt.currency},
        Obstacle.TOO_MUCH: _("More than one transfer can carry"),
    }
    return (Reason(texts[obstacle], "warn", "triangle-alert"),)


def _reasons(debt: Debt) -> tuple[Reason, ...]:
    doubts = doubts_of(debt)
    texts = {
        Doubt.NEW_ACCOUNT: _("Never paid on this account: compare it with the invoice"),
        Doubt.OTHER_ACCOUNT: _("Another account than before: ask the supplier, by a number you know"),
        Doubt.COLLECTED: _("The supplier fetched the last one himself by direct debit"),
        Doubt.CREDIT: _("A credit of %(amount)s is open: set it off first") % {"amount": euro(debt.credit_cents)},
    }
    found = [Reason(texts[one], "warn", "triangle-alert") for one in doubts]
    if debt.user_ids:
        found.append(Reason(_("An expense claim of a user"), "", "user"))
    if debt.use.times_paid and Doubt.COLLECTED not in doubts:
        found.append(_times_reason(debt.use.times_paid))
    return tuple(found)


def _times_reason(times: int) -> Reason:
    text = ngettext("Paid %(count)d time before on this account", "Paid %(count)d times before on this account", times)
    return Reason(text % {"count": times}, "ok", "history")


def _file_row(access: Access, found: FileRow, today: date) -> FileListRow:
    who = {
        "PREPARED": _("prepared by %(name)s") % {"name": found.prepared_by_name},
        "APPROVED": _("approved by %(name)s") % {"name": found.approved_by_name},
        "WITHDRAWN": _("taken back by %(name)s") % {"name": found.withdrawn_by_name},
    }
    return FileListRow(
        number=_("Payment file %(number)d") % {"number": found.number},
        url=_file_url(access, found.public_id),
        pays_on=short_day(found.pays_on, today),
        count=ngettext("%(count)d payment", "%(count)d payments", found.count) % {"count": found.count},
        total=amount(found.total_cents),
        state=_state_tag(found),
        detail=who[found.state],
    )


def _state_tag(found: FileRow) -> Tag:
    if found.state == "PREPARED":
        return Tag(_("waits for approval"), "warn")
    if found.state == "WITHDRAWN":
        return Tag(_("taken back"), "")
    if found.open_count == 0:
        return Tag(_("paid"), "ok")
    return Tag(_("approved"), "ask")


def _file_url(access: Access, public_id: str) -> str:
    return reverse("payment_file", args=[access.domain_slug, public_id])


def _notice(access: Access, administration: Administration, *, may_prepare: bool, has_account: bool) -> Notice | None:
    if not may_prepare:
        return None
    if not has_account:
        link = Link(_("Add a bank account"), reverse("bank_accounts", args=[access.domain_slug]), "landmark")
        links = (link,) if access.may(Right.BANK_BOOK) else ()
        return Notice("warn", _("From which account?"), _("There is no bank account yet."), links)
    if people_who_approve(access=access, administration_id=administration.id, but=access.user_id):
        return None
    return Notice(
        "warn",
        _("Nobody else can approve."),
        _(
            "Who prepares payments does not approve them. Let your office prepare them, or let the Directie give "
            "somebody the role Procuratie."
        ),
    )


def _empty() -> Empty:
    return Empty(_("Nothing is to be paid"), _("What is owed to suppliers and stands in no payment file comes here."))


def _file_page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    public_id: str,
    *,
    problem: Problem | None = None,
) -> HttpResponse:
    found = file_of(access=access, administration_id=administration.id, public_id=public_id)
    if found is None:
        raise NotFound(public_id)
    rows = payments_of(access=access, file_id=found.id)
    may_act = access.may(Right.PAYMENT_PREPARE) or access.may(Right.PAYMENT_APPROVE)
    url = _file_url(access, public_id)
    is_approved, is_prepared = found.state == "APPROVED", found.state == "PREPARED"
    refusal = refusal_of(access, found, rows) if access.may(Right.PAYMENT_APPROVE) else None
    is_touched = is_approved and any(row.open_cents != row.amount_cents for row in rows)
    is_whole = not is_touched and all(row.is_planned for row in rows)
    page = PaymentFilePage(
        title=_("Payment file %(number)d") % {"number": found.number},
        state=_state_tag(found),
        back_url=reverse("payments", args=[access.domain_slug]),
        url=url,
        facts=_facts(found),
        rows=tuple(_paid_row(access, found, row, url, may_act and is_touched) for row in rows),
        total=euro(found.total_cents),
        approve=Action(url, _("Approve %(total)s") % {"total": euro(found.total_cents)}, new_key())
        if is_prepared and access.may(Right.PAYMENT_APPROVE) and refusal is None
        else None,
        refusal=_who_approves(access, administration, found, rows, refusal.text if refusal else "")
        if is_prepared
        else "",
        withdraw=Action(url, _("Take the file back"), new_key())
        if may_act and found.state != "WITHDRAWN" and not is_touched
        else None,
        reason=Field("reason", _("Why is it taken back?"), hint=_("Optional. It stays with the file."))
        if may_act and found.state != "WITHDRAWN" and not is_touched
        else None,
        download=Link(
            _("Download for the bank"), reverse("payment_file_xml", args=[access.domain_slug, public_id]), "download"
        )
        if may_act and is_approved and is_whole
        else None,
        notice=_download_notice(access, found) if may_act and is_approved and not is_touched else None,
        problems=(problem,) if problem else (),
    )
    shell = shell_for(request, access, administration, "payments")
    return render(request, "portal/payment_file.html", {"shell": shell, "page": page}, status=409 if problem else 200)


def _download_notice(access: Access, found: FileRow) -> Notice | None:
    """That the file may be at the bank: who takes it back then has its debts paid a second time."""
    if (taken := last_download(access=access, found=found)) is None:
        return None
    name, at = taken
    text = _("%(name)s downloaded it on %(day)s. Take it back only when the bank does not carry it out.")
    return Notice("warn", _("It may be at the bank."), text % {"name": name, "day": day_of(at)})


def _who_approves(
    access: Access, administration: Administration, found: FileRow, rows: Sequence[PaymentRow], own: str
) -> str:
    """What stands instead of the button: why it is not this user's to press, and whose it is."""
    if access.may(Right.PAYMENT_APPROVE) and not own:
        return ""
    others = people_who_approve(access=access, administration_id=administration.id, but=found.prepared_by, rows=rows)
    names = ", ".join(one.name for one in others if one.id != access.user_id)
    waits = _("Waits for: %(names)s.") % {"names": names} if names else _("Nobody else can approve it now.")
    return f"{own} {waits}".strip()


def _facts(found: FileRow) -> tuple[tuple[str, str], ...]:
    approved = f"{found.approved_by_name}, {day_of(found.approved_at)}" if found.approved_at else ""
    withdrawn = f"{found.withdrawn_by_name}, {day_of(found.withdrawn_at)}" if found.withdrawn_at else ""
    facts = (
        (_("From the account"), f"{found.account_name}, {formatted(found.payer_iban)}"),
        (_("Pays on"), day(found.pays_on)),
        (_("Payments"), str(found.count)),
        (_("Total"), euro(found.total_cents)),
        (_("Prepared"), f"{found.prepared_by_name}, {day_of(found.prepared_at)}"),
        (_("Approved"), approved),
        (_("Taken back"), withdrawn),
        (_("Reason"), found.reason),
        (_("Kind of file"), f"SEPA {found.format}"),
    )
    return tuple((label, value) for label, value in facts if value)


def _paid_row(access: Access, found: FileRow, row: PaymentRow, url: str, can_let_go: bool) -> PaidRow:
    sees_books = access.may(Right.LEDGER_SEE)
    reasons = [
        _times_reason(row.times_paid)
        if row.times_paid
        else Reason(_("Never paid on this account before"), "warn", "triangle-alert")
    ]
    if row.user_ids:
        reasons.append(Reason(_("An expense claim of a user"), "", "user"))
    state = None
    if found.state == "APPROVED":
        if not row.is_planned:
            state = Tag(_("let go"), "")
        elif not row.open_cents:
            state = Tag(_("paid"), "ok")
        elif row.open_cents != row.amount_cents:
            state = Tag(_("paid in part"), "warn")
    return PaidRow(
        number=str(row.n),
        contact=row.name,
        contact_url=reverse("contact", args=[access.domain_slug, row.contact_public_id]) if sees_books else "",
        document=row.document_number or _("without a number"),
        url=reverse("entry", args=[access.domain_slug, row.entry_id]) if sees_books else "",
        iban=formatted(row.iban),
        communication=_communication(row),
        amount=amount(row.amount_cents),
        reasons=tuple(reasons),
        state=state,
        let_go=Action(url, _("Let go"), new_key(), name="payment", value=str(row.n))
        if can_let_go and row.is_planned and row.open_cents
        else None,
    )


def _communication(row: PaymentRow) -> str:
    return structured_reference.as_printed(row.structured) or row.text
