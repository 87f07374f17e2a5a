"""The bank accounts of an administration: which there are, and adding one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.bank.listing import AccountRow, accounts_of
from zelfboeken.bank.opening import BANK_GL_CODES, BankAccountRefused, open_bank_account
from zelfboeken.belgium.iban import formatted
from zelfboeken.inbox.services import take_in_again
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.pages import BankAccountRow, BankAccountsPage, Field, Option, Problem, SelectField
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Administration

_FIELDS = ("iban", "name", "kind")


@domain_view(Right.LEDGER_SEE, methods=("GET", "POST"), fields=_FIELDS)
def bank_accounts(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The bank accounts of the books worked in; a POST adds one and takes in the statements that waited for it."""
    administration = administration_for(request, access)
    if request.method != "POST":
        typed = {"iban": request.GET.get("iban", "")[:40], "name": "", "kind": "CURRENT"}
        return _page(request, access, administration, typed)
    access.require(Right.BANK_BOOK)
    now = timezone.now()
    typed = {name: request.POST.get(name, "").strip()[:200] for name in _FIELDS}
    try:
        made = open_bank_account(access=access, administration=administration, at=now, **typed)
    except BankAccountRefused as no:
        return _page(request, access, administration, typed, wrong=no)
    taken_in = take_in_again(access=access, administration=administration, iban=made.iban, at=now)
    text = _("Added: %(name)s, %(iban)s.") % {"name": made.name, "iban": formatted(made.iban)}
    if taken_in:
        text = f"{text} " + ngettext(
            "%(count)d statement that waited for it is in.", "%(count)d statements that waited for it are in.", taken_in
        ) % {"count": taken_in}
    messages.success(request, text)
    return HttpResponseRedirect(reverse("bank_accounts", args=[access.domain_slug]), status=303)


def _page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    typed: dict[str, str],
    *,
    wrong: BankAccountRefused | None = None,
) -> HttpResponse:
    def error(name: str) -> str:
        return str(wrong) if wrong and wrong.field == name else ""

    kinds = {"CURRENT": _("Current account"), "SAVINGS": _("Savings account")}
    page = BankAccountsPage(
        title=_("Bank accounts"),
        books=administration.name,
        rows=tuple(_row(access, one) for one in accounts_of(access=access, administration_id=administration.id)),
        back_url=reverse("bank", args=[access.domain_slug]),
        may_add=access.may(Right.BANK_BOOK),
        url=reverse("bank_accounts", args=[access.domain_slug]),
        key=new_key(),
        fields=(
            Field("iban", _("Account number (IBAN)"), typed["iban"], error=error("iban")),
            Field("name", _("Name"), typed["name"], error=error("name"), hint=_("Such as: current account")),
        ),
        kind=SelectField(
            "kind",
            _("Kind"),
            tuple(Option(value, kinds[value], value == typed["kind"]) for value in BANK_GL_CODES),
            error=error("kind"),
        ),
        problems=(Problem(str(wrong), f"field-{wrong.field}"),) if wrong else (),
    )
    shell = shell_for(request, access, administration, "bank")
    return render(request, "portal/bank_accounts.html", {"shell": shell, "page": page}, status=422 if wrong else 200)


def _row(access: Access, row: AccountRow) -> BankAccountRow:
    last = ""
    if row.last_on is not None:
        last = _("%(number)s of %(day)s") % {"number": row.last_number or "?", "day": day(row.last_on)}
    return BankAccountRow(
        name=row.name,
        iban=formatted(row.iban),
        url=f"{reverse('bank', args=[access.domain_slug])}?rekening={row.iban}",
        gl_account=row.gl_code,
        journal=row.journal_code,
        last_statement=last,
    )
