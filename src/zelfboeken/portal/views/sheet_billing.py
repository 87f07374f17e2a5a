"""What a domain pays, on its sheet: to read, and to change where the contract names the office as debtor (S, A4)."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.operator import is_operator
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, access_of
from zelfboeken.billing.bundles import BundleRefused, choose_bundle
from zelfboeken.billing.contracts import (
    DebtorDetails,
    contract_of,
    enter_debtor,
    enter_modules_price,
    office_pays,
    terms_of,
)
from zelfboeken.billing.erasure import ErasureRefused
from zelfboeken.billing.lifecycle import (
    NEXT,
    change_life,
    end_blocked_bundle,
    end_looking,
    may_end_bundle,
    start_looking,
    start_trial,
)
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.places import places_of, seats_of
from zelfboeken.billing.rules import NoPrice
from zelfboeken.billing.standing import people_of, place_limit
from zelfboeken.billing.statements import IssuedStatement, statements_of
from zelfboeken.billing.terms import TermsRefused, confirmed_terms
from zelfboeken.portal.bundle_page import (
    DEBTOR_FIELDS,
    Places,
    bundle_page,
    countries_of,
    debtor_facts,
    debtor_fields,
    done_text,
    issued_in,
    pdf_answer,
    read_choice,
    statement_page,
    statement_rows,
    ubl_answer,
)
from zelfboeken.portal.domain_view import FormNotOurs
from zelfboeken.portal.erasure_card import ERASURE_FIELDS, erasure_card, erasure_done, is_erasure
from zelfboeken.portal.office_shell import office_shell, sheet_head
from zelfboeken.portal.office_words import bundle_text, domain_status, status_name
from zelfboeken.portal.pages import (
    Action,
    Field,
    FieldForm,
    LifeForm,
    Link,
    LookingForm,
    Option,
    Problem,
    SelectField,
    SheetBillingPage,
    SheetDebtorPage,
)
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import amount, day, euro
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day
from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle, PricingModel

LIVE = frozenset({Lifecycle.STARTUP, Lifecycle.ACTIVE})


@portal_view(
    Right.PORTAL_MANAGE,
    methods=("GET", "POST"),
    fields=(
        "action",
        "bundel|prijs|blijft|vanaf",
        "life|reason",
        "trial_until",
        "modules",
        "end_reason",
        "looking_reason",
        *ERASURE_FIELDS,
    ),
)
def office_domain_billing(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """Bundle, payer, statements, status and trial of a domain."""
    if request.method != "POST":
        return _page(request, office, domain)
    try:
        with transaction.atomic():
            told = _done(request, office, domain)
    except (BundleRefused, NoPrice) as no:
        return _page(request, office, domain, problem=Problem(str(no)), status=409)
    except ErasureRefused as no:
        problem = Problem(str(no), f"field-{no.field}") if no.field else Problem(str(no))
        return _page(request, office, domain, problem=problem, status=422 if no.field else 409)
    except (TermsRefused, NotUnderstood) as no:
        field = getattr(no, "field", "trial_until" if "trial_until" in request.POST else "modules")
        return _page(request, office, domain, problem=Problem(str(no), f"field-{field}"), status=422)
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=DEBTOR_FIELDS)
def office_domain_debtor(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The office takes the statements of a domain on itself."""
    contract = contract_of(domain.id)
    if request.method != "POST":
        known = (
            DebtorDetails(**{name: getattr(contract, name) for name in DEBTOR_FIELDS})
            if contract is not None and contract.debtor == Debtor.OFFICE
            else DebtorDetails(name=office.portal_name, street="", postcode="", city="")
        )
        return _debtor_page(request, office, domain, known)
    details = DebtorDetails(**{name: request.POST.get(name, "").strip()[:200] for name in DEBTOR_FIELDS})
    access = _access(office, domain)
    try:
        enter_debtor(access=access, details=details, debtor=Debtor.OFFICE, at=timezone.now())
    except TermsRefused as no:
        return _debtor_page(request, office, domain, details, refused=no, status=422)
    messages.success(request, _("The statements go to %(name)s from now on.") % {"name": details.name})
    return HttpResponseRedirect(reverse("office_domain_billing", args=[domain.slug]), status=303)


@portal_view(Right.PORTAL_MANAGE)
def office_statement(request: HttpRequest, *, office: PortalAccess, domain: Domain, month: str) -> HttpResponse:
    """A statement of the domain that the office may see."""
    issued = issued_in(_seen(office, domain), month)
    back = Link(_("Billing"), reverse("office_domain_billing", args=[domain.slug]))
    correct = (
        Link(_("Credit it"), reverse("operator_statement", args=[issued.number]))
        if is_operator(office) and not issued.is_credit
        else None
    )
    page = statement_page(issued, _places(domain), back, correct)
    shell = office_shell(request, office, "office_domains")
    return render(request, "portal/statement.html", {"shell": shell, "page": page})


@portal_view(Right.PORTAL_MANAGE)
def office_statement_pdf(request: HttpRequest, *, office: PortalAccess, domain: Domain, month: str) -> HttpResponse:
    """It on paper."""
    return pdf_answer(issued_in(_seen(office, domain), month))


@portal_view(Right.PORTAL_MANAGE)
def office_statement_ubl(request: HttpRequest, *, office: PortalAccess, domain: Domain, month: str) -> HttpResponse:
    """It as e-invoice."""
    return ubl_answer(issued_in(_seen(office, domain), month))


def _places(domain: Domain) -> Places:
    return Places(
        domain.slug, "office_domain_billing", "office_statement", "office_statement_pdf", "office_statement_ubl"
    )


def _access(office: PortalAccess, domain: Domain) -> Access:
    return access_of(user_id=office.user_id, slug=domain.slug, on=timezone.localdate())


def _seen(office: PortalAccess, domain: Domain) -> list[IssuedStatement]:
    """What the office pays itself; the operator, who sends them, sees them all."""
    found = statements_of(domain_id=domain.id)
    return found if is_operator(office) else [one for one in found if one.debtor == Debtor.OFFICE]


def _done(request: HttpRequest, office: PortalAccess, domain: Domain) -> str:
    post, now = request.POST, timezone.now()
    action = post.get("action", "")
    if "bundel" in post:
        wanted = read_choice(request)
        done = choose_bundle(
            access=_access(office, domain),
            bundle=wanted.bundle,
            at=now,
            stays=wanted.stays,
            agreed_cents=wanted.cents,
            agreed_from=wanted.holds_from,
        )
        return done_text(done)
    if action == "life":
        if post.get("life") not in Lifecycle.values:
            raise FormNotOurs("life")
        life = Lifecycle(post["life"])
        changed = change_life(
            office=office, domain_id=domain.id, life=life, reason=post.get("reason", "")[:500], at=now
        )
        return _("%(name)s is %(status)s now.") % {
            "name": domain.name,
            "status": status_name(changed.lifecycle).lower(),
        }
    if action == "end_bundle":
        ended = end_blocked_bundle(office=office, domain_id=domain.id, reason=post.get("end_reason", ""), at=now)
        return _("Ended: the bundle stops on %(on)s") % {"on": day(ended.planned_on)}
    if action == "look":
        start_looking(office=office, domain_id=domain.id, reason=post.get("looking_reason", ""), at=now)
        return _("Directie and Kijkgebruiker look into %(name)s from now on.") % {"name": domain.name}
    if action == "close":
        end_looking(office=office, domain_id=domain.id, reason=post.get("looking_reason", ""), at=now)
        return _("Nobody looks into %(name)s any more.") % {"name": domain.name}
    if action == "trial":
        until = read_day(post.get("trial_until", ""), timezone.localdate())
        start_trial(office=office, domain_id=domain.id, until=until, at=now)
        return _("In trial until %(on)s.") % {"on": day(until)}
    if action == "modules":
        cents = read_amount(post.get("modules", ""))
        enter_modules_price(access=_access(office, domain), cents=cents, at=now)
        return _("Kept: modules for %(price)s a month.") % {"price": amount(cents)}
    if is_erasure(action):
        return erasure_done(request, office, domain)
    raise FormNotOurs("action")


def _page(
    request: HttpRequest,
    office: PortalAccess,
    domain: Domain,
    *,
    problem: Problem | None = None,
    stays: Collection[int] = (),
    status: int = 200,
) -> HttpResponse:
    stored = Domain.objects.get(id=domain.id)
    facts = stored.facts_on(timezone.localdate())
    is_live = facts.lifecycle in LIVE
    pays = office_pays(domain.id)
    wanted = request.POST.get("bundel", "") or request.GET.get("bundel", "")
    seen = _seen(office, domain)
    page = SheetBillingPage(
        title=f"{_('Billing')} · {domain.name}",
        head=sheet_head(office, stored, "office_domain_billing"),
        facts=_facts(stored),
        facts_note=_("The contract names the office as debtor: you choose the bundle here.")
        if pays
        else _("The Directie chooses the bundle, under Domain > Bundle."),
        debtor=debtor_facts(contract_of(domain.id)),
        debtor_link=Link(
            _("Change") if pays else _("The office pays"), reverse("office_domain_debtor", args=[domain.slug])
        )
        if is_live
        else None,
        statements=statement_rows(seen, _places(domain)),
        statements_note="" if seen or pays or is_operator(office) else _("The statements go to the domain itself."),
        life=_life_form(request, stored),
        end_bundle=_end_form(request) if may_end_bundle(stored) else None,
        export=Link(_("Take everything along"), reverse("office_domain_export", args=[domain.slug]), "download")
        if stored.erased_at is None
        else None,
        erasure=erasure_card(request, stored, problem),
        looking=_looking_form(request, stored),
        trial=_trial_form(request, stored) if is_live else None,
        modules=_modules_form(request, stored) if is_live else None,
        bundle=bundle_page(
            access=_access(office, domain),
            domain=stored,
            wanted=wanted,
            stays=stays,
            places=_places(domain),
            statements=(),
        )
        if pays and is_live
        else None,
        problems=(problem,) if problem else (),
        not_saved=_("Nothing was changed"),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/billing.html", {"shell": shell, "page": page}, status=status)


def _facts(domain: Domain) -> tuple[tuple[str, str], ...]:
    today = timezone.localdate()
    facts = domain.facts_on(today)
    people = people_of(domain.id)
    limit, places, seats = place_limit(domain, today), places_of(people), seats_of(people)
    told = [
        (_("Status"), domain_status(domain)),
        (_("Bundle"), bundle_text(facts)),
        (
            _("Users with a role"),
            str(places) if limit is None else _("%(count)d of %(limit)d") % {"count": places, "limit": limit},
        ),
        (
            _("Backoffice roles"),
            ngettext("%(count)d, %(extra)d of them charged", "%(count)d, %(extra)d of them charged", seats)
            % {"count": seats, "extra": max(0, seats - 1)},
        ),
    ]
    if facts.planned_on is not None:
        told.append((_("Planned"), f"{day(facts.planned_on)}: {Bundle(facts.planned_bundle).label}"))
    return tuple(told)


def _life_form(request: HttpRequest, domain: Domain) -> LifeForm | None:
    if domain.erased_at is not None:
        return None
    lives = [one for one in Lifecycle if one in NEXT[Lifecycle(domain.lifecycle)]]
    typed = request.POST if request.POST.get("action") == "life" else {}
    return LifeForm(
        action=Action(request.path, _("Change the status"), new_key()),
        lives=SelectField(
            "life",
            _("Becomes"),
            tuple(Option(one.value, status_name(one.value), typed.get("life") == one.value) for one in lives),
        ),
        reason=Field("reason", _("Why"), str(typed.get("reason", ""))),
        hint=_(
            "Blocked: its people sign in and see nothing. Archived: read only. Inactive: nobody comes in, unless it is "
            "kept to be looked at. In none of them a bundle is charged."
        ),
    )


def _end_form(request: HttpRequest) -> FieldForm:
    return FieldForm(
        action=Action(request.path, _("End the bundle at the end of the month"), new_key(), text="end_bundle"),
        field=Field(
            "end_reason",
            _("Why"),
            request.POST.get("end_reason", "")[:500],
            hint=_("The Directie of a blocked domain cannot do it, and gets your reason by mail."),
        ),
        title=_("End the bundle"),
    )


def _looking_form(request: HttpRequest, domain: Domain) -> LookingForm | None:
    """To let people look into an inactive domain, or to end that."""
    if domain.lifecycle != Lifecycle.INACTIVE or domain.erased_at is not None:
        return None
    label, action = (_("End the looking"), "close") if domain.is_view_only else (_("Let them look"), "look")
    price = confirmed_terms().views_on(timezone.localdate())
    if domain.is_view_only:
        told = _("Directie and Kijkgebruiker look into this domain. It ends at once, and today is charged still.")
    elif price is None:
        told = _("The operator confirmed no price for it yet, under Bundles and prices.")
    else:
        told = _(
            "On request: Directie and Kijkgebruiker look, nobody changes anything. %(price)s a month without VAT, by "
            "the day, on the statement of who pays."
        ) % {"price": euro(price.monthly_cents)}
    return LookingForm(
        action=Action(request.path, label, new_key(), text=action),
        reason=Field("looking_reason", _("Who asked for it"), request.POST.get("looking_reason", "")[:500]),
        told=told,
    )


def _trial_form(request: HttpRequest, domain: Domain) -> FieldForm | None:
    facts = domain.facts_on(timezone.localdate())
    if facts.pricing_model != PricingModel.BUNDLE or (facts.bundle != Bundle.MINIMAL and not facts.is_trial):
        return None
    typed = request.POST.get("trial_until", day(facts.trial_until))
    return FieldForm(
        action=Action(request.path, _("Let it try"), new_key(), text="trial"),
        field=Field("trial_until", _("Until and with"), typed, kind="date"),
        title=_("Trial"),
    )


def _modules_form(request: HttpRequest, domain: Domain) -> FieldForm | None:
    if domain.pricing_model == PricingModel.BUNDLE or contract_of(domain.id) is None:
        return None
    typed = request.POST.get("modules", amount(terms_of(domain.id).modules_on(timezone.localdate()).monthly_cents))
    return FieldForm(
        action=Action(request.path, _("Keep the price"), new_key(), text="modules"),
        field=Field("modules", _("Price a month"), typed, kind="amount"),
        title=_("Modules"),
    )


def _debtor_page(
    request: HttpRequest,
    office: PortalAccess,
    domain: Domain,
    details: DebtorDetails,
    *,
    refused: TermsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    page = SheetDebtorPage(
        title=f"{_('The office pays')} · {domain.name}",
        head=sheet_head(office, domain, "office_domain_billing"),
        fields=debtor_fields(details, refused),
        countries=SelectField("country", _("Country"), countries_of(details)),
        save=Action(request.path, _("The office pays from now on"), new_key()),
        back=Link(_("Billing"), reverse("office_domain_billing", args=[domain.slug])),
        problems=(Problem(str(refused), f"field-{refused.field}"),) if refused else (),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/debtor.html", {"shell": shell, "page": page}, status=status)
