"""All that the operator sent, of every domain: found by its number, read, and corrected by a credit note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.operator import require_operator
from zelfboeken.access.rights import Right
from zelfboeken.billing.credits import Correctable, CreditRefused, correctable, credit, document_of, make_anew
from zelfboeken.billing.models import NumberedAs, StatementNumber
from zelfboeken.billing.rules import NoPrice
from zelfboeken.billing.sent import number_of, sent_numbers
from zelfboeken.billing.statements import IssuedStatement, StatementRefused, number_text
from zelfboeken.billing.wording import line_text
from zelfboeken.portal.bundle_page import Places, pdf_answer, statement_page, ubl_answer
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.pages import (
    Action,
    CreditForm,
    CreditLine,
    Field,
    Link,
    Problem,
    SentPage,
    SentRow,
    SentStatementPage,
)
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import amount, day, euro
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount
from zelfboeken.tenancy.scope import domain_scope

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class _Places(Places):
    """A statement stands under its number alone."""

    def statement(self, issued: IssuedStatement) -> str:
        return reverse(self.statement_name, args=[issued.number])

    def pdf(self, issued: IssuedStatement) -> str:
        return reverse(self.pdf_name, args=[issued.number])

    def ubl(self, issued: IssuedStatement) -> str:
        return reverse(self.ubl_name, args=[issued.number])


@portal_view(Right.PORTAL_MANAGE)
def operator_statements(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """Every number of the series, newest first; `q` looks for a number or a domain."""
    require_operator(office)
    asked = request.GET.get("q", "").strip()[:100]
    place = request.GET.get("pagina", "1")
    number = int(place) if place.isascii() and place.isdigit() and 0 < len(place) < 5 else 1
    found = sent_numbers(asked=asked, skip=(number - 1) * ON_A_PAGE, most=ON_A_PAGE + 1)
    page = SentPage(
        title=_("Statements that were sent"),
        subtitle=_("Every number of the series, newest first. One that was wrong is corrected by a credit note."),
        rows=tuple(_row(one, name) for one, name in found[:ON_A_PAGE]),
        asked=asked,
        url=request.path,
        newer_url=_page_url(request.path, asked, number - 1) if number > 1 else "",
        older_url=_page_url(request.path, asked, number + 1) if len(found) > ON_A_PAGE else "",
    )
    shell = office_shell(request, office, "office_prices")
    return render(request, "office/sent.html", {"shell": shell, "page": page})


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=("action|reason|anew", r"line_\d{1,3}"))
def operator_statement(request: HttpRequest, *, office: PortalAccess, number: str) -> HttpResponse:
    """A statement as its debtor sees it; a POST credits it, or makes its month anew."""
    require_operator(office)
    with _opened(number) as (drawn, issued):
        if request.method != "POST":
            return _page(request, office, drawn, issued)
        action = request.POST.get("action", "")
        if issued.is_credit or action not in {"credit", "anew"}:
            raise FormNotOurs("action")
        try:
            told = _done(request, office, drawn, issued, action)
        except (CreditRefused, NotUnderstood) as no:
            field = getattr(no, "field", "")
            # The first line stands for all of them.
            problem = Problem(str(no), f"field-{'line_0' if field == 'amounts' else field}" if field else "")
            return _page(request, office, drawn, issued, problem=problem, status=422)
        except (StatementRefused, NoPrice) as no:
            return _page(request, office, drawn, issued, problem=Problem(str(no)), status=409)
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


@portal_view(Right.PORTAL_MANAGE)
def operator_statement_pdf(request: HttpRequest, *, office: PortalAccess, number: str) -> HttpResponse:
    """It on paper."""
    require_operator(office)
    with _opened(number) as (_drawn, issued):
        return pdf_answer(issued)


@portal_view(Right.PORTAL_MANAGE)
def operator_statement_ubl(request: HttpRequest, *, office: PortalAccess, number: str) -> HttpResponse:
    """It as e-invoice."""
    require_operator(office)
    with _opened(number) as (_drawn, issued):
        return ubl_answer(issued)


@contextmanager
def _opened(text: str) -> Iterator[tuple[StatementNumber, IssuedStatement]]:
    """What carries this number, the scope of its domain open: it is the operator's own paper, whoever receives it.

    Raises:
        NotFound: no such number.
    """
    drawn = number_of(text)
    if drawn is None:
        raise NotFound(text)
    with domain_scope(drawn.drawn_for):
        issued = document_of(number=drawn)
        if issued is None:
            raise NotFound(text)
        yield drawn, issued


def _done(
    request: HttpRequest, office: PortalAccess, drawn: StatementNumber, issued: IssuedStatement, action: str
) -> str:
    now = timezone.now()
    if action == "anew":
        anew = make_anew(office=office, domain_id=drawn.drawn_for, month=issued.month, edition=issued.edition, at=now)
        return _("The month is stated anew: %(number)s") % {"number": anew} if anew else _("Nothing is owed any more.")
    amounts = [_typed_amount(request.POST, place) for place in range(len(issued.charges))]
    done = credit(
        office=office,
        domain_id=drawn.drawn_for,
        month=issued.month,
        edition=issued.edition,
        amounts=amounts,
        reason=request.POST.get("reason", ""),
        at=now,
        is_made_anew=request.POST.get("anew", "") == "1",
    )
    values = {"credit": done.credit.number, "price": euro(done.credit.total_cents), "anew": done.anew}
    if done.anew:
        return _("Credited: %(credit)s, %(price)s; the month is stated anew: %(anew)s") % values
    return _("Credited: %(credit)s, %(price)s") % values


def _typed_amount(post: Mapping[str, str], place: int) -> int:
    text = post.get(f"line_{place}", "").strip()
    if not text:
        return 0
    try:
        return read_amount(text)
    except NotUnderstood as no:
        raise CreditRefused(f"line_{place}", no.code, str(no)) from None


def _page(
    request: HttpRequest,
    office: PortalAccess,
    drawn: StatementNumber,
    issued: IssuedStatement,
    *,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    places = _Places(
        issued.domain_slug,
        "office_domain_billing",
        "operator_statement",
        "operator_statement_pdf",
        "operator_statement_ubl",
    )
    told = (
        None if issued.is_credit else correctable(domain_id=drawn.drawn_for, month=issued.month, edition=issued.edition)
    )
    page = SentStatementPage(
        shown=statement_page(issued, places, Link(_("Statements that were sent"), reverse("operator_statements"))),
        credit=_form(request, told, problem) if told and told.is_newest and told.left_cents else None,
        anew=Action(request.path, _("State the month anew"), new_key(), name="action", value="anew")
        if told and told.may_be_made_anew
        else None,
        problems=(problem,) if problem else (),
    )
    shell = office_shell(request, office, "office_prices")
    return render(request, "office/sent_statement.html", {"shell": shell, "page": page}, status=status)


def _form(request: HttpRequest, told: Correctable, problem: Problem | None) -> CreditForm:
    post = request.POST if request.POST.get("action") == "credit" else None

    def field(name: str, label: str, value: str, kind: str = "text", hint: str = "") -> Field:
        error = problem.text if problem and problem.field_id == f"field-{name}" else ""
        shown = value if post is None else post.get(name, "")[:500]
        return Field(name, label, shown, kind=kind, error=error, hint=hint)  # type: ignore[arg-type]

    return CreditForm(
        action=Action(request.path, _("Make the credit note"), new_key(), name="action", value="credit"),
        lines=tuple(
            CreditLine(
                line_text(charge, euro=euro, on=told.issued.month).title,
                _("%(left)s left") % {"left": euro(left)},
                field(f"line_{place}", _("Take back"), amount(left), "amount"),
            )
            for place, (charge, left) in enumerate(zip(told.issued.charges, told.left, strict=True))
        ),
        reason=field("reason", _("Why"), "", hint=_("It stands on the credit note.")),
        hint=_(
            "Of this statement %(left)s is left, without VAT. What you fill in is taken back; the statement itself "
            "stays as it is."
        )
        % {"left": euro(told.left_cents)},
        is_anew=bool(post and post.get("anew") == "1"),
    )


def _row(drawn: StatementNumber, domain: str) -> SentRow:
    number = number_text(drawn.series, drawn.year, drawn.number)
    return SentRow(
        number=number,
        url=reverse("operator_statement", args=[number]),
        kind=_("Credit note") if drawn.drawn_as == NumberedAs.CREDIT_NOTE else _("Statement"),
        domain=domain,
        issued_on=day(drawn.issued_on),
    )


def _page_url(path: str, asked: str, number: int) -> str:
    return f"{path}?{urlencode({**({'q': asked} if asked else {}), 'pagina': number})}"
