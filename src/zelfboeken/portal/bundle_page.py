"""What the pages of a bundle share: the domain's own and the sheet of the office say the same in the same words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import ROLE_NAMES, Role
from zelfboeken.access.services import Access
from zelfboeken.billing.bundles import Loses, Preview, When, preview_bundle
from zelfboeken.billing.contracts import DebtorDetails, contract_of, office_pays, terms_of
from zelfboeken.billing.documents import documents_by_day
from zelfboeken.billing.models import Contract
from zelfboeken.billing.places import Person
from zelfboeken.billing.rules import PAID_BUNDLES, Month, NoPrice, Terms, document_use
from zelfboeken.billing.standing import people_of, standings_of
from zelfboeken.billing.statements import IssuedStatement
from zelfboeken.billing.terms import TermsRefused
from zelfboeken.billing.vat import COUNTRIES, vat_for
from zelfboeken.billing.writers.pdf import write_pdf
from zelfboeken.billing.writers.ubl import statement_ubl
from zelfboeken.money import percent_of
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.pages import (
    Action,
    BundleColumn,
    BundlePage,
    BundlePreview,
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
from zelfboeken.portal.statement_texts import month_name, paper_of, texts_of
from zelfboeken.portal.texts import country_name, day, euro, grouped_enterprise_number, grouped_vat_number, share
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import read_id
from zelfboeken.tenancy.models import Bundle, Domain, PricingModel

DEBTOR_FIELDS = ("name", "street", "postcode", "city", "country", "enterprise_number", "vat_number", "email")


@dataclass(frozen=True, slots=True)
class Places:
    """The url names under which a domain's bundle and statements stand: its own, or those of its sheet."""

    slug: str
    bundle_name: str
    statement_name: str
    pdf_name: str
    ubl_name: str

    @property
    def bundle(self) -> str:
        """Where the bundle is chosen."""
        return reverse(self.bundle_name, args=[self.slug])

    def statement(self, issued: IssuedStatement) -> str:
        """The page of a statement or credit note."""
        return reverse(self.statement_name, args=[self.slug, issued.number])

    def pdf(self, issued: IssuedStatement) -> str:
        """Its paper."""
        return reverse(self.pdf_name, args=[self.slug, issued.number])

    def ubl(self, issued: IssuedStatement) -> str:
        """Its e-invoice."""
        return reverse(self.ubl_name, args=[self.slug, issued.number])


@dataclass(frozen=True, slots=True)
class Choice:
    """A bundle as its form sends it, with the price that was shown."""

    bundle: str
    cents: int
    stays: tuple[int, ...]
    holds_from: date | None


def read_choice(request: HttpRequest) -> Choice:
    """The choice a form sends.

    Raises:
        FormNotOurs: a bundle or a price that no page of ours shows.
    """
    chosen, price = request.POST.get("bundel", ""), request.POST.get("prijs", "")
    if chosen not in Bundle.values or not (price.isascii() and price.isdigit() and len(price) < 12):
        raise FormNotOurs(f"bundle {chosen[:20]!r} at {price[:20]!r}")
    since = request.POST.get("vanaf", "")
    try:
        holds_from = date.fromisoformat(since) if since else None
    except ValueError:
        raise FormNotOurs(f"day {since[:20]!r}") from None
    return Choice(chosen, int(price), tuple(read_id(one) for one in request.POST.getlist("blijft")), holds_from)


def bundle_page(
    *,
    access: Access,
    domain: Domain,
    wanted: str,
    places: Places,
    statements: Sequence[IssuedStatement],
    stays: Collection[int] = (),
    problems: tuple[Problem, ...] = (),
    debtor_link: Link | None = None,
) -> BundlePage:
    """The bundles beside each other, what the wanted one costs and does, who pays, and the statements.

    Raises:
        NotFound: no such bundle.
    """
    if wanted and wanted not in Bundle.values:
        raise NotFound(wanted)
    today = timezone.localdate()
    facts = domain.facts_on(today)
    terms = terms_of(domain.id)
    url = places.bundle
    is_bundled = facts.pricing_model == PricingModel.BUNDLE and not facts.is_trial
    chosen = wanted or (facts.bundle if is_bundled else "")
    notices = _notices(domain, today, terms)
    preview = None
    if chosen and (wanted or chosen in PAID_BUNDLES):
        try:
            preview = _preview(access, domain, chosen, today, stays, url)
        except NoPrice as no:
            notices.append(Notice("warn", _("The price cannot be shown."), str(no)))
    return BundlePage(
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
        debtor=debtor_facts(contract_of(domain.id)),
        debtor_link=debtor_link,
        statements=statement_rows(statements, places),
        notices=tuple(notices),
        problems=problems,
        usage=_usage(domain, today, terms),
        preview=preview,
        end=Link(_("End the bundle"), with_query(url, {"bundel": Bundle.MINIMAL}))
        if is_bundled and facts.bundle in PAID_BUNDLES and domain.planned_bundle != Bundle.MINIMAL
        else None,
        undo_plan=_undo_plan(access, domain, today, url),
    )


def statement_page(issued: IssuedStatement, places: Places, back: Link, correct: Link | None = None) -> StatementPage:
    """A statement or credit note, its lines explained."""
    texts = texts_of(issued)
    return StatementPage(
        title=texts.title,
        subtitle=f"{issued.domain_name}, {month_name(issued.month)}",
        back=back,
        seller=texts.seller,
        buyer=texts.buyer,
        facts=texts.facts,
        lines=tuple(StatementLineRow(line.title, line.explanation, amount) for line, amount in texts.lines),
        totals=texts.totals,
        notes=texts.notes,
        facts_title=_("Credit note") if issued.is_credit else _("To pay"),
        pdf_url=places.pdf(issued),
        ubl_url=places.ubl(issued),
        state=_statement_state(issued),
        correct=correct,
    )


def issued_in(statements: Sequence[IssuedStatement], asked: str) -> IssuedStatement:
    """Out of these the statement or credit note with a number, or the statement of a month: 2026-11.

    Raises:
        NotFound: there is none.
    """
    found = next((one for one in statements if one.number == asked), None) or next(
        (one for one in statements if not one.is_credit and str(one.month) == asked), None
    )
    if found is None:
        raise NotFound(asked)
    return found


def statement_rows(statements: Sequence[IssuedStatement], places: Places) -> tuple[StatementRow, ...]:
    """Statements as rows of a list."""
    return tuple(_row(one, places) for one in statements)


def pdf_answer(issued: IssuedStatement) -> HttpResponse:
    """The statement on paper, as a download."""
    return _download(write_pdf(paper_of(issued)), "application/pdf", f"{issued.number}.pdf")


def ubl_answer(issued: IssuedStatement) -> HttpResponse:
    """The statement as e-invoice, as a download."""
    return _download(statement_ubl(issued), "application/xml", f"{issued.number}.xml")


def debtor_fields(details: DebtorDetails, refused: TermsRefused | None) -> tuple[Field, ...]:
    """The fields of who pays, with what is wrong at its own."""
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
    return tuple(
        Field(
            name,
            label,
            getattr(details, name),
            error=str(refused) if refused and refused.field == name else "",
            hint=hints.get(name, ""),
        )
        for name, label in labels.items()
    )


def countries_of(details: DebtorDetails) -> tuple[Option, ...]:
    """The countries to choose from."""
    return tuple(Option(code, country_name(code), code == details.country) for code in COUNTRIES)


def _notices(domain: Domain, today: date, terms: Terms) -> list[Notice]:
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
                _("This domain takes modules for %(price)s a month.")
                % {"price": euro(terms.modules_on(today).monthly_cents)},
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


def _preview(
    access: Access, domain: Domain, bundle: str, today: date, stays: Collection[int], url: str
) -> BundlePreview:
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
        surplus=_surplus(told),
        bundle=bundle,
        cents=str(total),
        holds_from=told.holds_from.isoformat(),
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
        choose=_choose(told, total, url),
    )


def _choose(told: Preview, total: int, url: str) -> Action | None:
    if told.when is When.NOW:
        return None
    names = {"bundle": Bundle(told.bundle).label, "price": euro(total), "on": day(told.holds_from)}
    if told.bundle == Bundle.MINIMAL:
        label = _("End the bundle on %(on)s") % names
    elif told.when is When.NEXT_MONTH:
        label = _("Take %(bundle)s from %(on)s for %(price)s a month") % names
    else:
        label = _("Take %(bundle)s for %(price)s a month") % names
    return Action(url, label, new_key())


def _hint(told: Preview) -> str:
    if told.when is When.AT_ONCE:
        return _("It holds at once; this month counts by the day. There is no notice period.")
    if told.when is When.NEXT_MONTH:
        return _("Until %(on)s everything stays as it is. You can come back on it until then.") % {
            "on": day(told.holds_from)
        }
    return _("Choose another bundle to see its price. Nothing changes before you confirm.")


def _surplus(told: Preview) -> str:
    """What becomes of the packs for documents that are above the limit already."""
    now, then = told.surplus_now_cents, told.surplus_then_cents
    values = {"now": euro(now), "then": euro(then), "bundle": Bundle(told.bundle).label}
    if told.when is When.NOW or not (now or then):
        return ""
    if then == now:
        return _("The documents above this month's limit stay charged: %(now)s.") % values
    if not then:
        return (
            _(
                "The documents above this month's limit cost nothing any more, instead of %(now)s: the largest bundle "
                "of a month sets its limit."
            )
            % values
        )
    return (
        _(
            "The documents above this month's limit cost %(then)s instead of %(now)s: the largest bundle of a month "
            "sets its limit."
        )
        % values
    )


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
    use = document_use(
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


def debtor_facts(contract: Contract | None) -> tuple[tuple[str, str], ...]:
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


def _row(issued: IssuedStatement, places: Places) -> StatementRow:
    name = month_name(issued.month)
    return StatementRow(
        month=_("Credit note, %(month)s") % {"month": name} if issued.is_credit else name,
        number=issued.number,
        issued_on=day(issued.issued_on),
        due_on="" if issued.is_credit else day(issued.due_on),
        total=euro(-issued.total_cents if issued.is_credit else issued.total_cents),
        url=places.statement(issued),
        pdf_url=places.pdf(issued),
        ubl_url=places.ubl(issued),
        state=_statement_state(issued),
    )


def _statement_state(issued: IssuedStatement) -> str:
    """What was taken back of a statement."""
    if issued.is_credit or not issued.credited_cents:
        return ""
    return _("credited") if issued.credited_cents == issued.net_cents else _("credited in part")


def done_text(done: Preview) -> str:
    names = {"bundle": Bundle(done.bundle).label, "on": day(done.holds_from), "price": euro(done.monthly_then_cents)}
    if done.when is When.NOW:
        return _("Kept: %(bundle)s, %(price)s a month") % names
    if done.when is When.AT_ONCE:
        return _("Taken: %(bundle)s, %(price)s a month") % names
    if done.bundle == Bundle.MINIMAL:
        return _("Ended: the bundle stops on %(on)s") % names
    return _("Planned: %(bundle)s from %(on)s, %(price)s a month") % names


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
