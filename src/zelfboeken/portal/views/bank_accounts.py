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
from zelfboeken.inbox.services import TakenIn, files_waiting_for, take_in_again
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.pages import Action, BankAccountRow, BankAccountsPage, Field, Option, Problem, SelectField
from zelfboeken.portal.shell import administration_for, of_books, shell_for
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Administration

_FIELDS = ("iban", "name", "kind")


@domain_view(Right.LEDGER_SEE, methods=("GET", "POST"), fields=(*_FIELDS, "read"))
def bank_accounts(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The bank accounts of the books worked in; a POST adds one, or reads the files again that wait for one."""
    administration = administration_for(request, access)
    if request.method != "POST":
        typed = {"iban": request.GET.get("iban", "")[:40], "name": "", "kind": "CURRENT"}
        return _page(request, access, administration, typed)
    access.require(Right.BANK_BOOK)
    now = timezone.now()
    here = HttpResponseRedirect(reverse("bank_accounts", args=[access.domain_slug]), status=303)
    if wanted := request.POST.get("read", ""):
        own = {one.iban for one in accounts_of(access=access, administration_id=administration.id)}
        if wanted not in own:
            raise NotFound("bank account")
        _tell(request, "", take_in_again(access=access, administration=administration, iban=wanted, at=now))
        return here
    typed = {name: request.POST.get(name, "").strip()[:200] for name in _FIELDS}
    try:
        made = open_bank_account(access=access, administration=administration, at=now, **typed)
    except BankAccountRefused as no:
        return _page(request, access, administration, typed, wrong=no)
    added = _("Added: %(name)s, %(iban)s.") % {"name": made.name, "iban": formatted(made.iban)}
    _tell(request, added, take_in_again(access=access, administration=administration, iban=made.iban, at=now))
    return here


def _tell(request: HttpRequest, added: str, taken: TakenIn) -> None:
    told = [added]
    if taken.statements or not added:
        told.append(
            ngettext(
                "%(count)d statement that waited for it is in.",
                "%(count)d statements that waited for it are in.",
                taken.statements,
            )
            % {"count": taken.statements}
        )
    messages.success(request, " ".join(text for text in told if text))
    if taken.left:
        left = ngettext("%(count)d file still waits.", "%(count)d files still wait.", taken.left)
        messages.warning(request, left % {"count": taken.left})


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

    accounts = accounts_of(access=access, administration_id=administration.id)
    waiting = files_waiting_for(access=access, ibans=[one.iban for one in accounts])
    kinds = {"CURRENT": _("Current account"), "SAVINGS": _("Savings account")}
    page = BankAccountsPage(
        title=_("Bank accounts"),
        books=administration.name,
        rows=tuple(_row(access, administration, one, waiting[one.iban]) for one in accounts),
        back_url=reverse("bank", args=[access.domain_slug]),
        may_add=access.may(Right.BANK_BOOK),
        url=of_books(reverse("bank_accounts", args=[access.domain_slug]), administration),
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


def _row(access: Access, administration: Administration, row: AccountRow, waiting: int) -> BankAccountRow:
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
        read=Action(
            url=of_books(reverse("bank_accounts", args=[access.domain_slug]), administration),
            label=ngettext("Read %(count)d file again", "Read %(count)d files again", waiting) % {"count": waiting},
            key=new_key(),
            name="read",
            value=row.iban,
        )
        if waiting and access.may(Right.BANK_BOOK)
        else None,
    )
