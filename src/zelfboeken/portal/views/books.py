"""The books: trial balance, journals, one GL account, one entry."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.ledger.models import GLAccount
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.exports import csv_answer
from zelfboeken.portal.pages import (
    Empty,
    JournalEntry,
    JournalPage,
    LedgerAccountPage,
    LedgerRow,
    Link,
    PreviewLine,
    Tab,
    TrialBalancePage,
    TrialBalanceRow,
)
from zelfboeken.portal.periods import (
    BIGGEST_ID,
    Dates,
    chosen_dates,
    period_of,
    plain_address,
    read_number,
    read_place,
    with_query,
    year_of,
)
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, day, short_day, whole, without_name
from zelfboeken.reports import queries
from zelfboeken.tenancy.models import Administration

ENTRIES = 50
LINES = 200
EXPORTED = 100_000


@domain_view(Right.LEDGER_SEE)
def trial_balance(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Every GL account with its movements in a period and its balance at the end of it."""
    administration = administration_for(request, access)
    today = timezone.localdate()
    if plain := plain_address(request, today):
        return plain
    dates = chosen_dates(request, today)
    rows = queries.trial_balance(
        access=access, administration_id=administration.id, from_on=dates.from_on, until=dates.until
    )
    if request.GET.get("formaat") == "csv":
        return csv_answer(
            f"proefbalans-{dates.from_on}-{dates.until_on}.csv",
            (_("Account"), _("Name"), _("Debit"), _("Credit"), _("Balance")),
            ((row.gl_code, row.name, row.debit_cents, row.credit_cents, row.balance_cents) for row in rows),
        )
    url = reverse("trial_balance", args=[access.domain_slug])
    debit, credit = sum(row.debit_cents for row in rows), sum(row.credit_cents for row in rows)
    page = TrialBalancePage(
        title=_("Trial balance"),
        subtitle=administration.name,
        period=period_of(url, dates, today),
        rows=_with_headings(access, rows, dates),
        debit=amount(debit),
        credit=amount(credit),
        balance_debit=amount(sum(max(0, row.balance_cents) for row in rows)),
        balance_credit=amount(sum(max(0, -row.balance_cents) for row in rows)),
        is_balanced=debit == credit and sum(row.balance_cents for row in rows) == 0,
        exports=(_export(url, dates),),
        empty=_empty() if not rows else None,
    )
    shell = shell_for(request, access, administration, "trial_balance")
    return render(request, "portal/trial_balance.html", {"shell": shell, "page": page})


@domain_view(Right.LEDGER_SEE)
def journal(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The entries of one journal, or of all, newest first."""
    administration = administration_for(request, access)
    today = timezone.localdate()
    if plain := plain_address(request, today):
        return plain
    dates = chosen_dates(request, today)
    code = request.GET.get("dagboek", "")
    sums = queries.journal_sums(
        access=access, administration_id=administration.id, from_on=dates.from_on, until=dates.until
    )
    if code and code not in {one.code for one in sums}:
        raise NotFound(code)
    is_export = request.GET.get("formaat") == "csv"
    entries = queries.journal(
        access=access,
        administration_id=administration.id,
        journal_code=code or None,
        from_on=dates.from_on,
        until=dates.until,
        limit=EXPORTED + 1 if is_export else ENTRIES + 1,
        before=None if is_export else read_place(request.GET.get("voor", "")),
    )
    if is_export and len(entries) > EXPORTED:
        return _too_long(request, reverse("journal", args=[access.domain_slug]), {**dates.query, "dagboek": code})
    if is_export:
        return _journal_file(entries, dates)
    shown, is_more = entries[:ENTRIES], len(entries) > ENTRIES
    older = {**dates.query, "dagboek": code, "voor": f"{shown[-1].on_date}:{shown[-1].id}"} if is_more else {}
    chosen = [one for one in sums if one.code == code or not code]
    return _journal_page(
        request,
        access,
        administration,
        title=_("Journals"),
        dates=dates,
        sums=sums,
        code=code,
        entries=shown,
        debit=sum(one.debit_cents for one in chosen),
        credit=sum(one.credit_cents for one in chosen),
        older=older,
    )


@domain_view(Right.LEDGER_SEE)
def entry(request: HttpRequest, *, access: Access, entry_id: int) -> HttpResponse:
    """One entry, shown as the journal shows it."""
    if entry_id > BIGGEST_ID:
        raise NotFound(str(entry_id))
    administration = administration_for(request, access)
    found = queries.entries_by_id(access=access, administration_id=administration.id, ids=[entry_id])
    if not found:
        raise NotFound(str(entry_id))
    dates = year_of(found[0].on_date)
    return _journal_page(
        request,
        access,
        administration,
        title=found[0].voucher,
        dates=dates,
        sums=queries.journal_sums(
            access=access, administration_id=administration.id, from_on=dates.from_on, until=dates.until
        ),
        code=None,
        entries=found,
        debit=sum(line.debit_cents for line in found[0].lines),
        credit=sum(line.credit_cents for line in found[0].lines),
    )


@domain_view(Right.LEDGER_SEE)
def ledger_account(request: HttpRequest, *, access: Access, gl_code: str) -> HttpResponse:
    """The lines of one GL account with the balance after each."""
    administration = administration_for(request, access)
    today = timezone.localdate()
    if plain := plain_address(request, today):
        return plain
    dates = chosen_dates(request, today)
    names = dict(
        GLAccount.objects.filter(domain_id=access.domain_id, administration_id=administration.id)
        .order_by("code")
        .values_list("code", "name_nl")
    )
    if gl_code not in names:
        raise NotFound(gl_code)
    is_export = request.GET.get("formaat") == "csv"
    number = read_number(request.GET.get("blad", ""))
    found = queries.account_statement(
        access=access,
        administration_id=administration.id,
        gl_code=gl_code,
        from_on=dates.from_on,
        until=dates.until,
        limit=EXPORTED if is_export else LINES,
        offset=0 if is_export else (number - 1) * LINES,
    )
    if is_export and found.line_count > EXPORTED:
        return _too_long(request, _account_url(access, gl_code), dates.query)
    if is_export:
        return csv_answer(
            f"rekening-{gl_code}-{dates.from_on}-{dates.until_on}.csv",
            (_("Date"), _("Entry"), _("Contact"), _("Description"), _("Debit"), _("Credit"), _("Balance")),
            (
                (x.on_date, x.voucher, x.contact_name, x.description, x.debit_cents, x.credit_cents, x.balance_cents)
                for x in found.lines
            ),
        )
    url = _account_url(access, gl_code)
    before, after = _neighbours(list(names), gl_code)
    page = LedgerAccountPage(
        title=names[gl_code],
        code=gl_code,
        subtitle=ngettext("%(count)d line", "%(count)d lines", found.line_count) % {"count": found.line_count},
        period=period_of(url, dates, today),
        opening=amount(found.opening_cents),
        rows=tuple(
            LedgerRow(
                on=short_day(line.on_date, today),
                number=line.voucher,
                entry_url=_entry_url(access, line.entry_id),
                description=without_name(line.description, line.contact_name),
                contact=line.contact_name,
                debit=_side(line.debit_cents),
                credit=_side(line.credit_cents),
                balance=amount(line.balance_cents),
                movement=f"{amount(line.debit_cents)} D" if line.debit_cents else f"{amount(line.credit_cents)} C",
                url=_entry_url(access, line.entry_id),
            )
            for line in found.lines
        ),
        debit=amount(found.debit_cents),
        credit=amount(found.credit_cents),
        closing=amount(found.closing_cents),
        previous=Link(before, with_query(_account_url(access, before), dates.query)) if before else None,
        next=Link(after, with_query(_account_url(access, after), dates.query)) if after else None,
        newer_url=with_query(url, {**dates.query, "blad": str(number - 1)}) if number > 1 else "",
        older_url=with_query(url, {**dates.query, "blad": str(number + 1)})
        if number * LINES < found.line_count
        else "",
        exports=(_export(url, dates),),
        empty=_empty(),
    )
    shell = shell_for(request, access, administration, "trial_balance")
    return render(request, "portal/ledger_account.html", {"shell": shell, "page": page})


def _journal_page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    *,
    title: str,
    dates: Dates,
    sums: list[queries.JournalSum],
    code: str | None,
    entries: list[queries.JournalEntry],
    debit: int,
    credit: int,
    older: dict[str, str] | None = None,
) -> HttpResponse:
    url = reverse("journal", args=[access.domain_slug])
    every = sum(one.entry_count for one in sums)
    tabs = [("", _("All"), every), *((one.code, one.name, one.entry_count) for one in sums)]
    page = JournalPage(
        title=title,
        subtitle=administration.name,
        period=period_of(url, dates, timezone.localdate(), {"dagboek": code}) if code is not None else None,
        tabs=tuple(
            Tab(label, with_query(url, {"dagboek": one, **dates.query}), whole(count) if count else "", one == code)
            for one, label, count in tabs
        ),
        entries=tuple(_entry(access, one, is_current=code is None) for one in entries),
        debit=amount(debit),
        credit=amount(credit),
        older_url=with_query(url, older) if older else "",
        exports=(_export(url, dates, code),) if code is not None else (),
        empty=_empty(),
    )
    shell = shell_for(request, access, administration, "journal")
    return render(request, "portal/journal.html", {"shell": shell, "page": page})


def _entry(access: Access, one: queries.JournalEntry, *, is_current: bool) -> JournalEntry:
    note, other = "", None
    if one.reversed_by_id is not None:
        note, other = _("reversed"), one.reversed_by_id
    elif one.reverses_id is not None:
        note, other = _("reversal"), one.reverses_id
    return JournalEntry(
        public_id=str(one.id),
        number=one.voucher,
        on=day(one.on_date),
        description=one.description,
        lines=tuple(
            PreviewLine(
                code=line.gl_code,
                name=" · ".join(part for part in (line.name, line.contact_name, line.description) if part),
                debit=_side(line.debit_cents),
                credit=_side(line.credit_cents),
                url=_account_url(access, line.gl_code),
            )
            for line in one.lines
        ),
        debit=amount(sum(line.debit_cents for line in one.lines)),
        credit=amount(sum(line.credit_cents for line in one.lines)),
        url=_entry_url(access, one.id),
        document_url=reverse("document", args=[access.domain_slug, one.document_public_id])
        if one.document_public_id
        else "",
        note=note,
        note_url=_entry_url(access, other) if other is not None else "",
        is_current=is_current,
    )


def _too_long(request: HttpRequest, url: str, fields: Mapping[str, str]) -> HttpResponse:
    """Back to the page with why there is no file: one that lacks its oldest lines would be taken for the whole."""
    text = _("This is too long for one file. Choose a shorter period and export again.")
    messages.warning(request, text)
    return HttpResponseRedirect(with_query(url, fields))


def _journal_file(entries: list[queries.JournalEntry], dates: Dates) -> HttpResponse:
    return csv_answer(
        f"dagboeken-{dates.from_on}-{dates.until_on}.csv",
        (_("Entry"), _("Date"), _("Description"), _("Account"), _("Name"), _("Contact"), _("Debit"), _("Credit")),
        (
            (
                one.voucher,
                one.on_date,
                line.description or one.description,
                line.gl_code,
                line.name,
                line.contact_name,
                line.debit_cents,
                line.credit_cents,
            )
            for one in reversed(entries)
            for line in one.lines
        ),
    )


def _with_headings(access: Access, rows: list[queries.TrialBalanceRow], dates: Dates) -> tuple[TrialBalanceRow, ...]:
    classes = {
        "1": _("Equity, provisions and long-term debts"),
        "2": _("Formation costs and fixed assets"),
        "3": _("Stocks and orders in progress"),
        "4": _("Receivables and debts within one year"),
        "5": _("Investments and cash"),
        "6": _("Costs"),
        "7": _("Income"),
    }
    result, current = [], ""
    for row in rows:
        if row.gl_code[0] != current:
            current = row.gl_code[0]
            result.append(TrialBalanceRow(current, classes.get(current, _("Other accounts")), is_heading=True))
        result.append(
            TrialBalanceRow(
                code=row.gl_code,
                name=row.name,
                url=with_query(_account_url(access, row.gl_code), dates.query),
                debit=_side(row.debit_cents),
                credit=_side(row.credit_cents),
                balance_debit=_side(max(0, row.balance_cents)),
                balance_credit=_side(max(0, -row.balance_cents)),
            )
        )
    return tuple(result)


def _side(cents: int) -> str:
    return amount(cents) if cents else ""


def _entry_url(access: Access, entry_id: int) -> str:
    return reverse("entry", args=[access.domain_slug, entry_id])


def _account_url(access: Access, gl_code: str) -> str:
    return reverse("ledger_account", args=[access.domain_slug, gl_code])


def _export(url: str, dates: Dates, journal_code: str | None = None) -> Link:
    return Link(_("Export"), with_query(url, {"dagboek": journal_code or "", **dates.query, "formaat": "csv"}))


def _empty() -> Empty:
    return Empty(_("Nothing is booked in this period"), _("Choose other dates, or book first."), tone="")


def _neighbours(codes: list[str], code: str) -> tuple[str, str]:
    place = codes.index(code)
    return codes[place - 1] if place else "", codes[place + 1] if place + 1 < len(codes) else ""
