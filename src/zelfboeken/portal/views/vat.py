"""The VAT return: its boxes beside those of the period before, its checks, and what is behind a box."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.exports import csv_answer
from zelfboeken.portal.pages import Link, Step, VatBox, VatBoxGroup, VatCheck, VatDetail, VatDetailRow, VatPage
from zelfboeken.portal.periods import read_number, with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, short_day
from zelfboeken.portal.vat_texts import box_name, check_name, current_period, period_name, period_short, tax_text
from zelfboeken.reports.queries import GridLine, grid_lines
from zelfboeken.reports.vat import VatReturn, documents_not_booked, ledger_differences, vat_returns
from zelfboeken.tenancy.models import Administration
from zelfboeken.vat.periods import UnknownPeriod, VatPeriod, read_period
from zelfboeken.vat.rules import DEDUCTIBLE_GRIDS, DUE_GRIDS, PURCHASE_GRIDS, SALES_GRIDS, VatBalance, checks

ROWS = 200
_BOOKED = (*SALES_GRIDS, *PURCHASE_GRIDS, *DUE_GRIDS, *DEDUCTIBLE_GRIDS)


@domain_view(Right.LEDGER_SEE)
def vat(request: HttpRequest, *, access: Access) -> HttpResponse:
    """To the return of today's month or quarter."""
    period = current_period(administration_for(request, access), timezone.localdate())
    return HttpResponseRedirect(reverse("vat_period", args=[access.domain_slug, period.code]))


@domain_view(Right.LEDGER_SEE)
def vat_period(request: HttpRequest, *, access: Access, period: str) -> HttpResponse:
    """The return of one period; `?rooster=82` shows what is behind a box."""
    try:
        shown = read_period(period)
    except UnknownPeriod:
        raise NotFound(period) from None
    administration = administration_for(request, access)
    now, before = vat_returns(access=access, administration_id=administration.id, period=shown)
    grid = request.GET.get("rooster", "")
    url = _url(access, shown)
    lines = _lines(access, administration, shown, grid)
    if grid and request.GET.get("formaat") == "csv" and lines is not None:
        return csv_answer(
            f"btw-{shown.code}-rooster-{grid}.csv",
            (_("Date"), _("Contact"), _("Entry"), _("Description"), _("Account"), _("Name"), _("Amount")),
            ((x.on_date, x.contact_name, x.voucher, x.description, x.gl_code, x.account_name, x.cents) for x in lines),
        )
    waiting = documents_not_booked(access=access, administration_id=administration.id, period=shown)
    wrong, right = _checks(access, now.balance, waiting)
    ledger = _ledger_check(ledger_differences(access=access, administration_id=administration.id, made=now))
    told = (*wrong, ledger)
    open_count = sum(one.tone != "ok" for one in told)
    page = VatPage(
        title=_("VAT return %(period)s") % {"period": period_name(shown)},
        subtitle=_("%(name)s, to be handed in by %(on)s") % {"name": administration.name, "on": day(shown.due_on)},
        period_label=period_short(shown),
        previous_label=period_short(before.period),
        steps=_steps(access, waiting, open_count),
        groups=_groups(now, before, grid, url),
        result=_result(now.balance, before.balance),
        checks=told,
        checks_text=ngettext("%(count)d to look at", "%(count)d to look at", open_count) % {"count": open_count}
        if open_count
        else _("everything is right"),
        quiet_checks=right,
        quiet_text=ngettext("%(count)d other check is right", "%(count)d other checks are right", len(right))
        % {"count": len(right)},
        checks_tone="bad" if any(one.tone == "bad" for one in told) else "warn" if open_count else "ok",
        previous=Link(period_short(before.period), _url(access, before.period)),
        next=Link(period_short(shown.next()), _url(access, shown.next())),
        detail=_detail(request, access, now, grid, lines, url) if grid else None,
    )
    shell = shell_for(request, access, administration, "vat")
    return render(request, "portal/vat.html", {"shell": shell, "page": page})


def _url(access: Access, period: VatPeriod) -> str:
    return reverse("vat_period", args=[access.domain_slug, period.code])


def _lines(access: Access, administration: Administration, period: VatPeriod, grid: str) -> list[GridLine] | None:
    """The lines behind a box; None for no box or one that is a sum of others."""
    if grid in {"", "XX", "YY", "71", "72"}:
        return None
    if grid not in {f"{one:02}" for one in _BOOKED}:
        raise NotFound(grid)
    return grid_lines(
        access=access,
        administration_id=administration.id,
        grid=int(grid),
        from_month=period.starts_on,
        until_month=period.until,
    )


def _steps(access: Access, waiting: int, open_count: int) -> tuple[Step, ...]:
    """Where the return stands. Handing in and paying are done elsewhere, and say where."""
    return (
        Step(
            pgettext("step", "Book"),
            "OPEN" if waiting else "DONE",
            _("%(count)d open") % {"count": waiting} if waiting else "",
            reverse("documents", args=[access.domain_slug]) if waiting else "",
        ),
        Step(pgettext("step", "Check"), "CURRENT" if open_count else "DONE"),
        Step(pgettext("step", "Hand in"), "ELSEWHERE", _("in Intervat")),
        Step(pgettext("step", "Pay"), "ELSEWHERE", _("with your bank")),
    )


def _groups(now: VatReturn, before: VatReturn, chosen: str, url: str) -> tuple[VatBoxGroup, ...]:
    def boxes(grids: tuple[int, ...]) -> tuple[VatBox, ...]:
        return tuple(
            _box(
                f"{grid:02}",
                box_name(grid),
                now.balance.grids.get(grid, 0),
                before.balance.grids.get(grid, 0),
                chosen,
                url,
            )
            for grid in grids
        )

    due = _box("XX", _("Total due"), now.balance.due_cents, before.balance.due_cents, chosen, url, is_sum=True)
    deductible = _box(
        "YY",
        _("Total deductible"),
        now.balance.deductible_cents,
        before.balance.deductible_cents,
        chosen,
        url,
        is_sum=True,
    )
    return (
        VatBoxGroup(_("II. Outgoing operations"), boxes(SALES_GRIDS)),
        VatBoxGroup(_("III. Incoming operations"), boxes(PURCHASE_GRIDS)),
        VatBoxGroup(_("IV. VAT due"), (*boxes(DUE_GRIDS), due)),
        VatBoxGroup(_("V. Deductible VAT"), (*boxes(DEDUCTIBLE_GRIDS), deductible)),
    )


def _box(grid: str, label: str, cents: int, previous: int, chosen: str, url: str, *, is_sum: bool = False) -> VatBox:
    return VatBox(
        grid=grid,
        label=label,
        amount=amount(cents),
        previous=amount(previous),
        url=with_query(url, {"rooster": grid}),
        is_current=grid == chosen,
        is_zero=cents == 0 and not is_sum,
        is_sum=is_sum,
    )


def _result(now: VatBalance, before: VatBalance) -> VatBox:
    """Frame VI. The previous column has the sign of this one: a refund beside a payment is below zero."""
    is_refund = 72 in now.grids
    difference = before.due_cents - before.deductible_cents
    return VatBox(
        grid="72" if is_refund else "71",
        label=box_name(72 if is_refund else 71),
        amount=amount(now.refundable_cents if is_refund else now.payable_cents),
        previous=amount(-difference if is_refund else difference),
        is_sum=True,
    )


def _checks(access: Access, balance: VatBalance, waiting: int) -> tuple[tuple[VatCheck, ...], tuple[VatCheck, ...]]:
    """What must be looked at, and what holds."""
    told = checks(balance.grids)
    wrong = [VatCheck("bad" if one.blocks else "warn", one.text) for one in told if not one.holds]
    if waiting:
        text = ngettext(
            "%(count)d document of this period is not booked",
            "%(count)d documents of this period are not booked",
            waiting,
        )
        repair = Link(_("Book them"), reverse("documents", args=[access.domain_slug]))
        wrong.insert(0, VatCheck("warn", text % {"count": waiting}, repair=repair))
    return tuple(wrong), tuple(VatCheck("ok", check_name(one.code)) for one in told if one.holds)


def _ledger_check(apart: Mapping[str, int]) -> VatCheck:
    if apart:
        text = _("The accounts 411 and 451 differ from the return. Look for an entry on them without a box.")
        return VatCheck("bad", text, ", ".join(f"{code}: {amount(cents)}" for code, cents in apart.items()))
    difference = _("difference %(amount)s") % {"amount": amount(0)}
    return VatCheck("ok", _("Accounts 411 and 451 are equal to the return"), difference)


def _detail(
    request: HttpRequest, access: Access, now: VatReturn, grid: str, lines: list[GridLine] | None, url: str
) -> VatDetail:
    if lines is None:
        return _sum_detail(now.balance, grid)
    number = read_number(request.GET.get("blad", ""))
    which = int(grid)
    booked = sum(line.cents for line in lines)
    carried, carry = now.carried.get(which, 0), now.balance.carry.get(which, 0)
    box = now.balance.grids.get(which, 0)
    here = {"rooster": grid}
    return VatDetail(
        grid=grid,
        title=box_name(which),
        count_text=ngettext("%(count)d line", "%(count)d lines", len(lines)) % {"count": len(lines)},
        rows=tuple(_detail_row(access, line) for line in lines[(number - 1) * ROWS : number * ROWS]),
        total=amount(booked + carried - carry),
        is_equal=booked + carried - carry == box,
        export_url=with_query(url, {**here, "formaat": "csv"}),
        newer_url=with_query(url, {**here, "blad": str(number - 1)}) if number > 1 else "",
        older_url=with_query(url, {**here, "blad": str(number + 1)}) if number * ROWS < len(lines) else "",
        computed_text=_("Booked %(booked)s, carried over from the period before %(carried)s, to the next %(carry)s.")
        % {"booked": amount(booked), "carried": amount(carried), "carry": amount(carry)}
        if carried or carry
        else "",
    )


def _sum_detail(balance: VatBalance, grid: str) -> VatDetail:
    formulas = {
        "XX": (_("Total due"), DUE_GRIDS, balance.due_cents),
        "YY": (_("Total deductible"), DEDUCTIBLE_GRIDS, balance.deductible_cents),
    }
    if grid in formulas:
        title, grids, cents = formulas[grid]
        text = " + ".join(f"{one:02}" for one in grids) + f" = {amount(cents)}"
    else:
        title, cents = box_name(int(grid)), balance.grids.get(int(grid), 0)
        text = f"{'XX − YY' if grid == '71' else 'YY − XX'} = {amount(cents)}"
    return VatDetail(grid=grid, title=title, count_text="", rows=(), total=amount(cents), computed_text=text)


def _detail_row(access: Access, line: GridLine) -> VatDetailRow:
    return VatDetailRow(
        on=short_day(line.on_date, timezone.localdate()),
        contact=line.contact_name or line.description,
        number=line.voucher,
        entry_url=reverse("entry", args=[access.domain_slug, line.entry_id]),
        account=f"{line.gl_code} {line.account_name}",
        vat=" · ".join(dict.fromkeys(text for one in line.taxes if (text := tax_text(*one)))),
        amount=amount(line.cents),
        document_url=reverse("document", args=[access.domain_slug, line.document_public_id])
        if line.document_public_id
        else "",
    )
