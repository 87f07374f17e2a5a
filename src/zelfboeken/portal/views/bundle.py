"""The domain's own bundle: what it costs before it is chosen, who pays, and the statements (ux, screen 8)."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.billing.bundles import BundleRefused, choose_bundle
from zelfboeken.billing.contracts import DebtorDetails, contract_of, enter_debtor
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.rules import NoPrice
from zelfboeken.billing.statements import IssuedStatement, statements_of
from zelfboeken.billing.terms import TermsRefused
from zelfboeken.portal.bundle_page import (
    DEBTOR_FIELDS,
    Places,
    bundle_page,
    countries_of,
    debtor_fields,
    done_text,
    issued_in,
    pdf_answer,
    read_choice,
    statement_page,
    ubl_answer,
)
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.pages import (
    Action,
    DebtorPage,
    Link,
    Problem,
)
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Administration, Domain


@domain_view(Right.ROLE_GIVE, methods=("GET", "POST"), fields=("bundel|prijs|blijft|vanaf",))
def bundle(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The bundles beside each other; `?bundel=LARGE` shows what that one costs and does, a POST takes it."""
    if request.method != "POST":
        return _page(request, access, request.GET.get("bundel", ""))
    wanted = read_choice(request)
    try:
        done = choose_bundle(
            access=access,
            bundle=wanted.bundle,
            at=timezone.now(),
            stays=wanted.stays,
            agreed_cents=wanted.cents,
            agreed_from=wanted.holds_from,
        )
    except (BundleRefused, NoPrice) as no:
        return _page(request, access, wanted.bundle, stays=wanted.stays, problems=(Problem(str(no)),), status=409)
    messages.success(request, done_text(done))
    return HttpResponseRedirect(reverse("bundle", args=[access.domain_slug]), status=303)


@domain_view(
    Right.ROLE_GIVE,
    methods=("GET", "POST"),
    fields=("name|street|postcode|city|country|enterprise_number|vat_number|email",),
)
def debtor(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Who pays and where the statement goes."""
    url = reverse("bundle", args=[access.domain_slug])
    if request.method != "POST":
        return _debtor_page(request, access, _known_details(access))
    details = DebtorDetails(**{name: request.POST.get(name, "").strip()[:200] for name in DEBTOR_FIELDS})
    try:
        enter_debtor(access=access, details=details, debtor=Debtor.DOMAIN, at=timezone.now())
    except TermsRefused as no:
        return _debtor_page(request, access, details, refused=no, status=422)
    messages.success(request, _("The statements go to %(name)s from now on.") % {"name": details.name})
    return HttpResponseRedirect(url, status=303)


@domain_view(Right.ROLE_GIVE)
def statement(request: HttpRequest, *, access: Access, month: str) -> HttpResponse:
    """The statement of a month, its lines explained."""
    issued = _issued(access, month)
    page = statement_page(issued, _places(access), Link(_("Bundle"), reverse("bundle", args=[access.domain_slug])))
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/statement.html", {"shell": shell, "page": page})


@domain_view(Right.ROLE_GIVE)
def statement_pdf(request: HttpRequest, *, access: Access, month: str) -> HttpResponse:
    """The statement on paper."""
    return pdf_answer(_issued(access, month))


@domain_view(Right.ROLE_GIVE)
def statement_ubl_file(request: HttpRequest, *, access: Access, month: str) -> HttpResponse:
    """The statement as e-invoice."""
    return ubl_answer(_issued(access, month))


def _page(
    request: HttpRequest,
    access: Access,
    wanted: str,
    *,
    stays: Collection[int] = (),
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    domain = Domain.objects.get(id=access.domain_id)
    contract = contract_of(domain.id)
    page = bundle_page(
        access=access,
        domain=domain,
        wanted=wanted,
        stays=stays,
        problems=problems,
        places=_places(access),
        statements=_own_statements(access),
        debtor_link=Link(
            _("Change") if contract and contract.debtor == Debtor.DOMAIN else _("Fill in"),
            reverse("debtor", args=[access.domain_slug]),
        ),
    )
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/bundle.html", {"shell": shell, "page": page}, status=status)


def _places(access: Access) -> Places:
    return Places(access.domain_slug, "bundle", "statement", "statement_pdf", "statement_ubl")


def _known_details(access: Access) -> DebtorDetails:
    """What is known already: the contract of the domain, or else its first administration."""
    contract = contract_of(access.domain_id)
    if contract is not None and contract.debtor == Debtor.DOMAIN:
        return DebtorDetails(**{name: getattr(contract, name) for name in DEBTOR_FIELDS})
    own = Administration.objects.filter(domain_id=access.domain_id).order_by("-is_default", "id").first()
    return DebtorDetails(
        name=own.name if own else "",
        street="",
        postcode="",
        city="",
        enterprise_number=own.enterprise_number if own else "",
        vat_number=own.vat_number if own else "",
    )


def _debtor_page(
    request: HttpRequest,
    access: Access,
    details: DebtorDetails,
    *,
    refused: TermsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    url = reverse("debtor", args=[access.domain_slug])
    page = DebtorPage(
        title=_("Who pays"),
        subtitle=_("To whom the monthly statement is addressed. Earlier statements stay as they are."),
        fields=debtor_fields(details, refused),
        countries=countries_of(details),
        save=Action(url, _("Save"), new_key()),
        back=Link(_("Bundle"), reverse("bundle", args=[access.domain_slug])),
        problems=(Problem(str(refused), f"field-{refused.field}"),) if refused else (),
    )
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/debtor.html", {"shell": shell, "page": page}, status=status)


def _own_statements(access: Access) -> list[IssuedStatement]:
    """Those the domain itself pays; what the office pays is between the operator and the office."""
    return [one for one in statements_of(domain_id=access.domain_id) if one.debtor == Debtor.DOMAIN]


def _issued(access: Access, month: str) -> IssuedStatement:
    return issued_in(_own_statements(access), month)
