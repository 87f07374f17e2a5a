"""Bundles and prices: what counts from which day, and who sends the statements. The operator changes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.operator import is_operator, require_operator
from zelfboeken.access.rights import Right
from zelfboeken.belgium import iban
from zelfboeken.billing.models import BundlePrice
from zelfboeken.billing.rules import BundleTerms, SeatPolicy, SeatTerms, Terms, ViewTerms
from zelfboeken.billing.terms import (
    OperatorDetails,
    TermsRefused,
    confirmed_terms,
    current_operator,
    enter_bundle_price,
    enter_operator,
    enter_seat_price,
    enter_view_price,
    examples,
    view_example,
)
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.pages import (
    Action,
    Field,
    Link,
    Notice,
    Option,
    PriceFormPage,
    PriceRow,
    PricesPage,
    Problem,
    SelectField,
    Tag,
)
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import amount, day, euro, grouped_enterprise_number, grouped_vat_number
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day
from zelfboeken.tenancy.models import Bundle

SEAT, VIEW, SENDER = "rol", "kijken", "afzender"
_BUNDLES = {bundle.value.lower(): bundle for bundle in Bundle}
_BUNDLE_FIELDS = ("valid_from", "monthly", "users", "documents", "pack_documents", "pack")
_SEAT_FIELDS = ("valid_from", "monthly", "policy")
_VIEW_FIELDS = ("valid_from", "monthly")
_SENDER_FIELDS = (
    "name",
    "street",
    "postcode",
    "city",
    "enterprise_number",
    "vat_number",
    "iban",
    "email",
    "series",
    "payment_days",
)


@portal_view(Right.PORTAL_MANAGE)
def office_prices(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """What each bundle and the extra role cost, what comes, and who sends the statements."""
    today = timezone.localdate()
    terms, waiting = confirmed_terms(), {one.bundle: one for one in examples()}
    may_edit = is_operator(office)
    rows = [_bundle_row(bundle, terms, waiting.get(bundle.value), today, may_edit) for bundle in _BUNDLES.values()]
    page = PricesPage(
        title=_("Bundles and prices"),
        subtitle=_("All prices without VAT. What counted on a day that has begun never changes."),
        rows=(*rows, _seat_row(terms, today, may_edit), _view_row(terms, today, may_edit)),
        sender=_sender_facts(),
        sender_link=Link(_("Fill in") if current_operator() is None else _("Change"), _url(SENDER))
        if may_edit
        else None,
        notices=tuple(_notices(waiting, may_edit)),
        links=(Link(_("Statements that were sent"), reverse("operator_statements"), "file-text"),) if may_edit else (),
    )
    shell = office_shell(request, office, "office_prices")
    return render(request, "office/prices.html", {"shell": shell, "page": page})


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=(*_BUNDLE_FIELDS, *_SEAT_FIELDS, *_SENDER_FIELDS))
def office_price(request: HttpRequest, *, office: PortalAccess, item: str) -> HttpResponse:
    """One price with its limits, the extra role, or the sender: filled in and confirmed in one save."""
    if item not in {*_BUNDLES, SEAT, VIEW, SENDER}:
        raise NotFound(item)
    require_operator(office)
    if request.method != "POST":
        return _form(request, office, item, _known(item))
    names = {SENDER: _SENDER_FIELDS, SEAT: _SEAT_FIELDS, VIEW: _VIEW_FIELDS}.get(item, _BUNDLE_FIELDS)
    typed = {name: request.POST.get(name, "").strip()[:200] for name in names}
    try:
        told = _enter(office, item, typed)
    except TermsRefused as no:
        return _form(request, office, item, typed, refused=no, status=422)
    messages.success(request, told)
    return HttpResponseRedirect(reverse("office_prices"), status=303)


def _url(item: str) -> str:
    return reverse("office_price", args=[item])


def _notices(waiting: Mapping[str, BundlePrice], may_edit: bool) -> list[Notice]:
    told = []
    if waiting:
        names = ", ".join(Bundle(bundle).label for bundle in waiting)
        told.append(
            Notice(
                "warn",
                _("Not confirmed yet: %(names)s.") % {"names": names},
                _(
                    "These are examples. Nobody can take such a bundle, its limits hold nobody back, and no statement "
                    "is sent."
                ),
            )
        )
    if current_operator() is None:
        told.append(
            Notice(
                "warn",
                _("It is not known who sends the statements."),
                _("Until that is filled in none is sent; afterwards they come by themselves."),
            )
        )
    if not may_edit:
        told.append(Notice("", _("Only the operator of this platform changes prices."), ""))
    return told


def _bundle_row(bundle: Bundle, terms: Terms, example: BundlePrice | None, today: date, may_edit: bool) -> PriceRow:
    now = terms.bundle_on(bundle, today)
    coming = sorted((one for one in terms.bundles if one.bundle == bundle and one.valid_from > today), key=_since)
    shown = now or (_terms_of(example) if example else None)
    is_confirmed = now is not None
    return PriceRow(
        name=bundle.label,
        price=euro(shown.monthly_cents) if shown else "–",
        limits=_limits(shown) if shown else (),
        since=day(now.valid_from) if now else "",
        state=None if is_confirmed else Tag(_("example"), "warn"),
        coming=tuple(
            _("from %(on)s: %(price)s") % {"on": day(one.valid_from), "price": euro(one.monthly_cents)}
            for one in coming
        ),
        edit=Link(_("Change") if is_confirmed else _("Look at it and confirm"), _url(bundle.value.lower()))
        if may_edit
        else None,
    )


def _seat_row(terms: Terms, today: date, may_edit: bool) -> PriceRow:
    now = terms.seats_on(today)
    coming = sorted((one for one in terms.seats if one.valid_from > today), key=lambda one: one.valid_from)
    return PriceRow(
        name=_("Extra Backoffice role"),
        price=euro(now.monthly_cents) if now else "–",
        limits=(_policy_name(now.policy),) if now else (),
        since=day(now.valid_from) if now else "",
        state=None if now else Tag(_("example"), "warn"),
        coming=tuple(
            _("from %(on)s: %(price)s") % {"on": day(one.valid_from), "price": euro(one.monthly_cents)}
            for one in coming
        ),
        edit=Link(_("Change"), _url(SEAT)) if may_edit else None,
    )


def _view_row(terms: Terms, today: date, may_edit: bool) -> PriceRow:
    now = terms.views_on(today)
    shown = now or view_example()
    coming = sorted((one for one in terms.views if one.valid_from > today), key=lambda one: one.valid_from)
    return PriceRow(
        name=_("View-only domain"),
        price=euro(shown.monthly_cents) if shown else "–",
        limits=(_("inactive, looked at by Directie and Kijkgebruiker"), _("by the day")),
        since=day(now.valid_from) if now else "",
        state=None if now else Tag(_("example"), "warn"),
        coming=tuple(
            _("from %(on)s: %(price)s") % {"on": day(one.valid_from), "price": euro(one.monthly_cents)}
            for one in coming
        ),
        edit=Link(_("Change") if now else _("Look at it and confirm"), _url(VIEW)) if may_edit else None,
    )


def _since(terms: BundleTerms) -> date:
    return terms.valid_from


def _terms_of(stored: BundlePrice) -> BundleTerms:
    return BundleTerms(
        bundle=stored.bundle,
        valid_from=stored.valid_from,
        monthly_cents=stored.monthly_cents,
        users=stored.users,
        documents=stored.documents,
        pack_documents=stored.pack_documents,
        pack_cents=stored.pack_cents,
    )


def _limits(terms: BundleTerms) -> tuple[str, ...]:
    documents = (
        _("documents without limit")
        if terms.documents is None
        else _("%(count)d documents a month, then %(price)s for each %(size)d")
        % {"count": terms.documents, "price": euro(terms.pack_cents), "size": terms.pack_documents}
    )
    users = (
        _("users without limit") if terms.users is None else _("users with a role: %(count)d") % {"count": terms.users}
    )
    return documents, users


def _policy_name(policy: SeatPolicy) -> str:
    return _("by the day") if policy is SeatPolicy.DAILY else _("the highest number of the month")


def _sender_facts() -> tuple[tuple[str, str], ...]:
    sender = current_operator()
    if sender is None:
        return ()
    return (
        (_("Name"), sender.name),
        (_("Address"), f"{sender.street}, {sender.postcode} {sender.city}"),
        (_("Enterprise number"), grouped_enterprise_number(sender.enterprise_number)),
        (_("VAT number"), grouped_vat_number(sender.vat_number)),
        (_("Account"), iban.formatted(sender.iban)),
        (_("E-mail"), sender.email),
        (_("Series"), _("%(series)s, then year and number") % {"series": sender.series}),
        (_("Days to pay"), str(sender.payment_days)),
    )


def _known(item: str) -> dict[str, str]:
    """What the form begins with: what counts now, or the example."""
    today = timezone.localdate()
    terms = confirmed_terms()
    if item == SENDER:
        sender = current_operator()
        known = {name: str(getattr(sender, name, "")) if sender else "" for name in _SENDER_FIELDS}
        return known if sender else {**known, "payment_days": "30"}
    if item == SEAT:
        now = terms.seats_on(today)
        return {
            "valid_from": "",
            "monthly": amount(now.monthly_cents) if now else "",
            "policy": now.policy.value if now else SeatPolicy.DAILY.value,
        }
    if item == VIEW:
        looking = terms.views_on(today)
        known_view = looking or view_example()
        return {
            "valid_from": "" if looking or known_view is None else day(known_view.valid_from),
            "monthly": amount(known_view.monthly_cents) if known_view else "",
        }
    bundle = _BUNDLES[item]
    stored = terms.bundle_on(bundle, today)
    example = next((one for one in examples() if one.bundle == bundle), None)
    shown = stored or (_terms_of(example) if example else None)
    if shown is None:
        return dict.fromkeys(_BUNDLE_FIELDS, "")
    return {
        "valid_from": "" if stored else day(shown.valid_from),
        "monthly": amount(shown.monthly_cents),
        "users": "" if shown.users is None else str(shown.users),
        "documents": "" if shown.documents is None else str(shown.documents),
        "pack_documents": str(shown.pack_documents) if shown.pack_documents else "",
        "pack": amount(shown.pack_cents) if shown.pack_documents else "",
    }


def _enter(office: PortalAccess, item: str, typed: Mapping[str, str]) -> str:
    """Store what was typed; gives what was done."""
    now, today = timezone.now(), timezone.localdate()
    if item == SENDER:
        details = OperatorDetails(
            **{name: typed[name] for name in _SENDER_FIELDS if name != "payment_days"},
            payment_days=_whole("payment_days", typed["payment_days"]) or 0,
        )
        enter_operator(office=office, details=details, at=now)
        return _("Statements are sent by %(name)s from now on.") % {"name": details.name}
    since = _day("valid_from", typed["valid_from"], today)
    monthly = _cents("monthly", typed["monthly"])
    if item == SEAT:
        if typed["policy"] not in {*SeatPolicy}:
            raise FormNotOurs("policy")
        seat = SeatTerms(since, monthly, SeatPolicy(typed["policy"]))
        enter_seat_price(office=office, terms=seat, today=today, at=now)
        name = _("Extra Backoffice role")
    elif item == VIEW:
        enter_view_price(office=office, terms=ViewTerms(since, monthly), today=today, at=now)
        name = _("View-only domain")
    else:
        bundle = BundleTerms(
            bundle=_BUNDLES[item].value,
            valid_from=since,
            monthly_cents=monthly,
            users=_whole("users", typed["users"]),
            documents=_whole("documents", typed["documents"]),
            pack_documents=_whole("pack_documents", typed["pack_documents"]) or 0,
            pack_cents=_cents("pack", typed["pack"]) if typed["pack"] else 0,
        )
        enter_bundle_price(office=office, terms=bundle, today=today, at=now)
        name = _BUNDLES[item].label
    return _("Confirmed: %(name)s, %(price)s a month from %(on)s") % {
        "name": name,
        "price": euro(monthly),
        "on": day(since),
    }


def _day(field: str, text: str, today: date) -> date:
    try:
        return read_day(text, today)
    except NotUnderstood as no:
        raise TermsRefused(field, no.code, str(no)) from None


def _cents(field: str, text: str) -> int:
    try:
        return read_amount(text)
    except NotUnderstood as no:
        raise TermsRefused(field, no.code, str(no)) from None


def _whole(field: str, text: str) -> int | None:
    """A whole number, None when left empty."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise TermsRefused(field, "number_not_understood", "Vul een geheel getal in, of laat het veld leeg.")
    return int(text)


def _form(
    request: HttpRequest,
    office: PortalAccess,
    item: str,
    typed: Mapping[str, str],
    *,
    refused: TermsRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    def field(name: str, label: str, kind: str = "text", hint: str = "") -> Field:
        error = str(refused) if refused and refused.field == name else ""
        return Field(name, label, typed[name], kind=kind, error=error, hint=hint)  # type: ignore[arg-type]

    select = None
    fields: tuple[Field, ...]
    if item == SENDER:
        title, heading = _("Who sends the statements"), _("Sender")
        not_saved = _("These details are not saved")
        fields = (
            field("name", _("Name")),
            field("street", _("Street and number")),
            field("postcode", _("Postcode")),
            field("city", _("Town")),
            field("enterprise_number", _("Enterprise number")),
            field("vat_number", _("VAT number")),
            field("iban", _("Account (IBAN)")),
            field("email", _("E-mail")),
            field("series", _("Series"), hint=_("Each number begins with it, such as ZB-2026-0001.")),
            field("payment_days", _("Days to pay")),
        )
    else:
        since = field("valid_from", _("From the day"), "date", _("Tomorrow at the earliest once a price counts."))
        monthly = field("monthly", _("Price a month"), "amount")
        not_saved = _("This price is not saved")
        if item == SEAT:
            title, heading, fields = _("Extra Backoffice role"), _("Price"), (since, monthly)
            select = SelectField(
                "policy",
                _("How days are counted"),
                tuple(Option(one.value, _policy_name(one), one.value == typed["policy"]) for one in SeatPolicy),
            )
        elif item == VIEW:
            title, heading, fields = _("View-only domain"), _("Price"), (since, monthly)
        else:
            title, heading = _BUNDLES[item].label, _("Price and limits")
            empty = _("Leave it empty for no limit.")
            fields = (
                since,
                monthly,
                field("users", _("Users with a role"), hint=empty),
                field("documents", _("Documents a month"), hint=empty),
                field("pack_documents", _("Documents in a pack of surplus")),
                field("pack", _("Price of a pack"), "amount"),
            )
    page = PriceFormPage(
        title=title,
        subtitle=_("It counts for every domain of this platform."),
        heading=heading,
        not_saved=not_saved,
        fields=fields,
        select=select,
        save=Action(_url(item), _("Save") if item == SENDER else _("Confirm"), new_key()),
        back=Link(_("Bundles and prices"), reverse("office_prices")),
        problems=(Problem(str(refused), f"field-{refused.field}"),) if refused else (),
    )
    shell = office_shell(request, office, "office_prices")
    return render(request, "office/price.html", {"shell": shell, "page": page}, status=status)
