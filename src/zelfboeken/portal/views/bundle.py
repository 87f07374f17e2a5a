"""The domain's own bundle: what it costs before it is chosen, who pays, and the statements (ux, screen 8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import ROLE_NAMES, Right, Role
from zelfboeken.access.services import Access
from zelfboeken.billing.bundles import BundleRefused, Loses, Preview, When, choose_bundle, preview_bundle
from zelfboeken.billing.contracts import DebtorDetails, contract_of, enter_debtor, office_pays, terms_of
from zelfboeken.billing.documents import documents_by_day
from zelfboeken.billing.models import Contract, Debtor, MonthlyStatement
from zelfboeken.billing.places import Person
from zelfboeken.billing.rules import PAID_BUNDLES, DocumentUse, Month, NoPrice, Terms, document_use
from zelfboeken.billing.standing import people_of, standings_of
from zelfboeken.billing.statements import IssuedStatement, read_back, statements_of
from zelfboeken.billing.terms import TermsRefused
from zelfboeken.billing.vat import COUNTRIES, vat_for
from zelfboeken.billing.writers.pdf import write_pdf
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.money import percent_of
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.pages import (
    Action,
    BundleColumn,
    BundlePage,
    BundlePreview,
    DebtorPage,
    DocumentUsage,
    Field,
    Link,
    Notice,
    Option,
    PriceLine,
    Problem,
    RoleEffect,
    StatementLineRow,
    StatementPage,
    StatementRow,
    StayOption,
)
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.statement_texts import month_name, paper_of, texts_of
from zelfboeken.portal.texts import country_name, day, euro, grouped_enterprise_number, grouped_vat_number, share
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import read_id
from zelfboeken.tenancy.models import Administration, Bundle, Domain, PricingModel

_BUNDLES = (*PAID_BUNDLES, Bundle.MINIMAL)


@domain_view(Right.ROLE_GIVE, methods=("GET", "POST"), fields=("bundel|prijs|blijft",))
def bundle(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The bundles beside each other; `?bundel=LARGE` shows what that one costs and does, a POST takes it."""
    if request.method != "POST":
        return _page(request, access, request.GET.get("bundel", ""))
    chosen = request.POST.get("bundel", "")
    price = request.POST.get("prijs", "")
    if chosen not in Bundle.values or not (price.isascii() and price.isdigit() and len(price) < 12):
        raise FormNotOurs(f"bundle {chosen!r} at {price!r}")
    stays = [read_id(one) for one in request.POST.getlist("blijft")]
    try:
        done = choose_bundle(access=access, bundle=chosen, at=timezone.now(), stays=stays, agreed_cents=int(price))
    except (BundleRefused, NoPrice) as no:
        return _page(request, access, chosen, stays=stays, problems=(Problem(str(no)),), status=409)
    messages.success(request, _done_text(done))
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
    details = DebtorDetails(**{name: request.POST.get(name, "").strip()[:200] for name in _DEBTOR_FIELDS})
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
    texts = texts_of(issued)
    page = StatementPage(
        title=texts.title,
        subtitle=f"{issued.domain_name}, {month_name(issued.month)}",
        back=Link(_("Bundle"), reverse("bundle", args=[access.domain_slug])),
        seller=texts.seller,
        buyer=texts.buyer,
        facts=texts.facts,
        lines=tuple(StatementLineRow(line.title, line.explanation, amount) for line, amount in texts.lines),
        totals=texts.totals,
        notes=texts.notes,
        pdf_url=reverse("statement_pdf", args=[access.domain_slug, month]),
        ubl_url=reverse("statement_ubl", args=[access.domain_slug, month]),
    )
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/statement.html", {"shell": shell, "page": page})


@domain_view(Right.ROLE_GIVE)
def statement_pdf(request: HttpRequest, *, access: Access, month: str) -> HttpResponse:
    """The statement on paper."""
    issued = _issued(access, month)
    return _download(write_pdf(paper_of(issued)), "application/pdf", f"{issued.number}.pdf")


@domain_view(Right.ROLE_GIVE)
def statement_ubl_file(request: HttpRequest, *, access: Access, month: str) -> HttpResponse:
    """The statement as e-invoice."""
    issued = _issued(access, month)
    return _download(statement_ubl(issued), "application/xml", f"{issued.number}.xml")


def _page(
    request: HttpRequest,
    access: Access,
    wanted: str,
    *,
    stays: Collection[int] = (),
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> HttpResponse:
    if wanted and wanted not in Bundle.values:
        raise NotFound(wanted)
    today = timezone.localdate()
    domain = Domain.objects.get(id=access.domain_id)
    facts = domain.facts_on(today)
    terms = terms_of(domain.id)
    url = reverse("bundle", args=[access.domain_slug])
    is_bundled = facts.pricing_model == PricingModel.BUNDLE and not facts.is_trial
    chosen = wanted or (facts.bundle if is_bundled else "")
    notices = list(_notices(access, domain, today, terms))
    preview = None
    if chosen and (wanted or chosen in PAID_BUNDLES):
        try:
            preview = _preview(access, domain, chosen, today, stays)
        except NoPrice as no:
            notices.append(Notice("warn", _("The price cannot be shown."), str(no)))
    contract = contract_of(domain.id)
    page = BundlePage(
        title=_("Bundle"),
        subtitle=_("%(name)s · you see the price before you save · all prices without VAT") % {"name": domain.name},
        row_labels=(
            _("Documents a month"),
            _("Users with a role"),
            _("Zelfboeken"),
            _("First Backoffice role"),
            _("Above the limit"),
        ),
        columns=tuple(_column(one, domain, today, terms, url, chosen) for one in PAID_BUNDLES),
        debtor=_debtor_facts(contract),
        debtor_link=Link(
            _("Change") if contract and contract.debtor == Debtor.DOMAIN else _("Fill in"),
            reverse("debtor", args=[access.domain_slug]),
        ),
        statements=tuple(_row(access, one) for one in _own_statements(access)),
        notices=tuple(notices),
        problems=problems,
        usage=_usage(domain, today, terms),
        preview=preview,
        end=Link(_("End the bundle"), with_query(url, {"bundel": Bundle.MINIMAL}))
        if is_bundled and facts.bundle in PAID_BUNDLES and domain.planned_bundle != Bundle.MINIMAL
        else None,
        undo_plan=_undo_plan(access, domain, today, url),
    )
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/bundle.html", {"shell": shell, "page": page}, status=status)


def _notices(access: Access, domain: Domain, today: date, terms: Terms) -> list[Notice]:
    facts = domain.facts_on(today)
    told = []
    if office_pays(domain.id):
        told.append(Notice("", _("Your office pays for this domain."), _("Its statements go to the office.")))
    if facts.is_trial:
        told.append(
            Notice(
                "",
                _("This domain is in trial until %(on)s.") % {"on": day(facts.trial_until)},
                _("Choose a bundle to go on; it holds at once. Without one the domain becomes Minimal."),
            )
        )
    elif facts.pricing_model != PricingModel.BUNDLE:
        told.append(
            Notice(
                "",
                _("This domain takes modules for %(price)s a month.") % {"price": euro(terms.modules_cents)},
                _("A bundle replaces them from the 1st of next month. From then on Zelfboeken is possible."),
            )
        )
    elif facts.bundle == Bundle.MINIMAL:
        told.append(
            Notice(
                "",
                _("This domain has no bundle."),
                _("Zelfboeken wants one: Small, Medium, Large or Unlimited."),
            )
        )
    if domain.planned_on and domain.planned_on > today:
        told.append(
            Notice(
                "warn",
                _("From %(on)s on this domain has %(bundle)s.")
                % {"on": day(domain.planned_on), "bundle": Bundle(domain.planned_bundle).label},
                _("Until then nothing changes."),
            )
        )
    return told


def _undo_plan(access: Access, domain: Domain, today: date, url: str) -> Action | None:
    """Choosing what is there takes the plan back."""
    facts = domain.facts_on(today)
    if facts.planned_on is None or facts.pricing_model != PricingModel.BUNDLE:
        return None
    try:
        kept = preview_bundle(access=access, bundle=facts.bundle, on=today)
    except NoPrice:
        return None
    return Action(
        url,
        _("Keep %(bundle)s") % {"bundle": Bundle(facts.bundle).label},
        new_key(),
        name="prijs",
        value=str(kept.monthly_then_cents),
        text=facts.bundle,
    )


def _column(bundle: Bundle, domain: Domain, today: date, terms: Terms, url: str, chosen: str) -> BundleColumn:
    facts = domain.facts_on(today)
    price = terms.bundle_on(bundle, today)
    is_now = facts.pricing_model == PricingModel.BUNDLE and facts.bundle == bundle and not facts.is_trial
    tag = _("now") if is_now else ""
    if facts.planned_on and facts.planned_bundle == bundle:
        tag = _("from %(on)s") % {"on": day(facts.planned_on)}
    if price is None:
        return BundleColumn(name=bundle.label, price="–", per=_("price not confirmed yet"), cells=("–",) * 5, tag=tag)
    packs = (
        _("%(price)s for each %(count)d") % {"price": euro(price.pack_cents), "count": price.pack_documents}
        if price.documents is not None and price.pack_cents
        else "–"
    )
    return BundleColumn(
        name=bundle.label,
        price=euro(price.monthly_cents),
        per=_("a month"),
        cells=(
            _("without limit") if price.documents is None else _("up to %(count)d") % {"count": price.documents},
            _("without limit") if price.users is None else str(price.users),
            _("yes"),
            _("included"),
            packs,
        ),
        url=with_query(url, {"bundel": bundle.value}),
        tag=tag,
        is_chosen=chosen == bundle,
    )


def _preview(access: Access, domain: Domain, bundle: str, today: date, stays: Collection[int]) -> BundlePreview:
    told = preview_bundle(access=access, bundle=bundle, on=today, chosen=stays)
    terms = terms_of(domain.id)
    extra = max(0, told.seats_then - 1)
    seat = terms.seats_on(told.holds_from)
    price = terms.needed_bundle(bundle, told.holds_from)
    lines = [PriceLine(_("Bundle %(name)s") % {"name": Bundle(bundle).label}, euro(price.monthly_cents))]
    if bundle in PAID_BUNDLES:
        lines.append(PriceLine(_("Backoffice, first role"), _("included"), "ok"))
    if extra and seat is not None:
        label = _("%(count)d × extra Backoffice at %(price)s") % {"count": extra, "price": euro(seat.monthly_cents)}
        lines.append(PriceLine(label, euro(extra * seat.monthly_cents)))
    contract = contract_of(domain.id)
    vat = (
        vat_for(country=contract.country, vat_number=contract.vat_number)
        if contract
        else vat_for(country="BE", vat_number="")
    )
    rate = vat.percent or Decimal(0)
    total = told.monthly_then_cents
    change = total - told.monthly_now_cents
    sign = "+" if change > 0 else ""
    title = _("End of the bundle") if bundle == Bundle.MINIMAL else _("Price a month")
    return BundlePreview(
        title=title,
        lines=tuple(lines),
        total=euro(total),
        total_with_vat=_("with %(rate)s VAT: %(amount)s")
        % {"rate": share(rate), "amount": euro(total + percent_of(total, rate))},
        now=euro(told.monthly_now_cents),
        difference=f"{sign}{euro(change)}",
        difference_tone="warn" if change > 0 else "",
        statements=tuple(
            (
                _("%(on)s, for %(month)s") % {"on": day(one.month.until), "month": month_name(one.month)},
                euro(one.cents),
            )
            for one in told.months
        ),
        hint=_hint(told),
        bundle=bundle,
        cents=str(total),
        loses=tuple(_effect(one) for one in told.loses),
        loses_title=_("From %(on)s on these roles rest") % {"on": day(told.holds_from)},
        returns=tuple(_effect(one) for one in told.returns),
        stays=_stays(domain, told),
        stays_title=ngettext(
            "Who keeps his roles? %(bundle)s has %(count)d place.",
            "Who keep their roles? %(bundle)s has %(count)d places.",
            told.places or 0,
        )
        % {"bundle": Bundle(bundle).label, "count": told.places or 0},
        choose=_choose(access, told, total),
    )


def _choose(access: Access, told: Preview, total: int) -> Action | None:
    if told.when is When.NOW:
        return None
    names = {"bundle": Bundle(told.bundle).label, "price": euro(total), "on": day(told.holds_from)}
    if told.bundle == Bundle.MINIMAL:
        label = _("End the bundle on %(on)s") % names
    elif told.when is When.NEXT_MONTH:
        label = _("Take %(bundle)s from %(on)s for %(price)s a month") % names
    else:
        label = _("Take %(bundle)s for %(price)s a month") % names
    return Action(reverse("bundle", args=[access.domain_slug]), label, new_key())


def _hint(told: Preview) -> str:
    if told.when is When.AT_ONCE:
        return _("It holds at once; this month counts by the day. There is no notice period.")
    if told.when is When.NEXT_MONTH:
        return _("Until %(on)s everything stays as it is. You can come back on it until then.") % {
            "on": day(told.holds_from)
        }
    return _("Choose another bundle to see its price. Nothing changes before you confirm.")


def _effect(one: Loses) -> RoleEffect:
    return RoleEffect(one.name, ", ".join(ROLE_NAMES[Role(role)] for role in one.roles))


def _stays(domain: Domain, told: Preview) -> tuple[StayOption, ...]:
    if not told.must_choose:
        return ()
    kept = {one.member_id for one in told.stays}

    def option(one: Person) -> StayOption:
        roles = ", ".join(ROLE_NAMES[Role(held.role)] for held in one.roles if held.state == "ACTIVE")
        return StayOption(
            str(one.member_id),
            one.name,
            _("%(roles)s · owner") % {"roles": roles} if one.is_owner else roles,
            is_checked=one.member_id in kept,
            is_fixed=one.is_owner,
        )

    return tuple(option(one) for one in people_of(domain.id) if one.has_place)


def _usage(domain: Domain, today: date, terms: Terms) -> DocumentUsage | None:
    month = Month.of(today)
    use: DocumentUse = document_use(
        month=month,
        standings=standings_of(domain.id),
        terms=terms,
        documents=documents_by_day(domain_id=domain.id, month=month),
    )
    if use.limit is None:
        return None
    text = ngettext("%(count)d document came in this month", "%(count)d documents came in this month", use.count) % {
        "count": use.count
    }
    if use.surplus:
        text += ". " + _("%(count)d above the limit; work goes on, they are charged in packs.") % {"count": use.surplus}
    return DocumentUsage(
        text=text,
        share=_("%(percent)s of %(limit)d") % {"percent": share(use.percent), "limit": use.limit},
        value=min(use.count, use.limit),
        limit=use.limit,
        tone="bad" if use.reached == 100 else "warn" if use.reached else "",
    )


_DEBTOR_FIELDS = ("name", "street", "postcode", "city", "country", "enterprise_number", "vat_number", "email")


def _known_details(access: Access) -> DebtorDetails:
    """What is known already: the contract of the domain, or else its first administration."""
    contract = contract_of(access.domain_id)
    if contract is not None and contract.debtor == Debtor.DOMAIN:
        return DebtorDetails(**{name: getattr(contract, name) for name in _DEBTOR_FIELDS})
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
    labels = {
        "name": _("Name"),
        "street": _("Street and number"),
        "postcode": _("Postcode"),
        "city": _("Town"),
        "enterprise_number": _("Enterprise number"),
        "vat_number": _("VAT number"),
        "email": _("E-mail"),
    }
    hints = {
        "enterprise_number": _("The statement arrives on it by Peppol."),
        "vat_number": _("Leave it empty when there is none."),
    }
    fields = tuple(
        Field(
            name,
            label,
            getattr(details, name),
            error=str(refused) if refused and refused.field == name else "",
            hint=hints.get(name, ""),
        )
        for name, label in labels.items()
    )
    url = reverse("debtor", args=[access.domain_slug])
    page = DebtorPage(
        title=_("Who pays"),
        subtitle=_("To whom the monthly statement is addressed. Earlier statements stay as they are."),
        fields=fields,
        countries=tuple(Option(code, country_name(code), code == details.country) for code in COUNTRIES),
        save=Action(url, _("Save"), new_key()),
        back=Link(_("Bundle"), reverse("bundle", args=[access.domain_slug])),
        problems=(Problem(str(refused), f"field-{refused.field}"),) if refused else (),
    )
    shell = shell_for(request, access, administration_for(request, access), "bundle")
    return render(request, "portal/debtor.html", {"shell": shell, "page": page}, status=status)


def _debtor_facts(contract: Contract | None) -> tuple[tuple[str, str], ...]:
    if contract is None:
        return ()
    town = f"{contract.postcode} {contract.city}"
    facts = (
        (_("Name"), contract.name),
        (_("Address"), f"{contract.street}, {town}" + ("" if contract.country == "BE" else f", {contract.country}")),
        (_("Enterprise number"), grouped_enterprise_number(contract.enterprise_number)),
        (_("VAT number"), grouped_vat_number(contract.vat_number)),
        (_("E-mail"), contract.email),
    )
    return tuple((label, value) for label, value in facts if value)


def _own_statements(access: Access) -> list[MonthlyStatement]:
    """Those the domain itself pays; what the office pays is between the operator and the office."""
    return [one for one in statements_of(domain_id=access.domain_id) if one.debtor == Debtor.DOMAIN]


def _row(access: Access, stored: MonthlyStatement) -> StatementRow:
    issued = read_back(stored)
    month = str(issued.month)
    return StatementRow(
        month=month_name(issued.month),
        number=issued.number,
        issued_on=day(issued.issued_on),
        due_on=day(issued.due_on),
        total=euro(issued.total_cents),
        url=reverse("statement", args=[access.domain_slug, month]),
        pdf_url=reverse("statement_pdf", args=[access.domain_slug, month]),
        ubl_url=reverse("statement_ubl", args=[access.domain_slug, month]),
    )


def _issued(access: Access, month: str) -> IssuedStatement:
    found = next((one for one in _own_statements(access) if str(Month.of(one.month)) == month), None)
    if found is None:
        raise NotFound(month)
    return read_back(found)


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _done_text(done: Preview) -> str:
    names = {"bundle": Bundle(done.bundle).label, "on": day(done.holds_from), "price": euro(done.monthly_then_cents)}
    if done.when is When.NOW:
        return _("Kept: %(bundle)s, %(price)s a month") % names
    if done.when is When.AT_ONCE:
        return _("Taken: %(bundle)s, %(price)s a month") % names
    if done.bundle == Bundle.MINIMAL:
        return _("Ended: the bundle stops on %(on)s") % names
    return _("Planned: %(bundle)s from %(on)s, %(price)s a month") % names
