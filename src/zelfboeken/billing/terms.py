"""The operator's prices, limits and identity: which count on a day, and how he enters them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.operator import require_operator
from zelfboeken.audit.services import Happened
from zelfboeken.belgium import enterprise_number, iban, vat_number
from zelfboeken.billing.models import BundlePrice, Operator, SeatPrice, ViewPrice
from zelfboeken.billing.rules import PAID_BUNDLES, BundleTerms, ModulesTerms, SeatPolicy, SeatTerms, Terms, ViewTerms
from zelfboeken.tenancy.models import Bundle

HIGHEST_CENTS = 10**7
"""No price a month is above 100.000 euro: more is a slip of the hand."""


class TermsRefused(ValueError):
    """A price, limit or detail of the operator that cannot be entered; `field` is where."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


def parsed(field: str, parse: Callable[[str], str], text: str) -> str:
    """A number of identity as it is stored.

    Raises:
        TermsRefused: it is not valid, in the words of whoever knows such numbers.
    """
    try:
        return parse(text)
    except ValueError as no:
        raise TermsRefused(field, str(getattr(no, "code", "not_valid")), str(no)) from None


def confirmed_terms(*, modules: tuple[ModulesTerms, ...] = ()) -> Terms:
    """The prices and limits that count: of each bundle and day the newest row, when it was confirmed."""
    bundles = {(one.bundle, one.valid_from): one for one in BundlePrice.objects.order_by("id")}
    seats = {one.valid_from: one for one in SeatPrice.objects.order_by("id")}
    views = {one.valid_from: one for one in ViewPrice.objects.order_by("id")}
    return Terms(
        bundles=tuple(
            BundleTerms(
                bundle=one.bundle,
                valid_from=one.valid_from,
                monthly_cents=one.monthly_cents,
                users=one.users,
                documents=one.documents,
                pack_documents=one.pack_documents,
                pack_cents=one.pack_cents,
            )
            for one in bundles.values()
            if one.is_confirmed
        ),
        seats=tuple(
            SeatTerms(one.valid_from, one.monthly_cents, SeatPolicy(one.policy))
            for one in seats.values()
            if one.is_confirmed
        ),
        modules=modules,
        views=tuple(ViewTerms(one.valid_from, one.monthly_cents) for one in views.values() if one.is_confirmed),
    )


def enter_bundle_price(*, office: PortalAccess, terms: BundleTerms, today: date, at: datetime) -> BundlePrice:
    """Enter and confirm what a bundle costs and holds from a day on. Confirming an example is entering it.

    Raises:
        NotAllowed: who asks is not the operator.
        TermsRefused: a value that cannot be, or a day on which another price already counted.
    """
    require_operator(office)
    _require_amount("monthly", terms.monthly_cents)
    _require_amount("pack", terms.pack_cents)
    if terms.bundle not in Bundle.values:
        raise TermsRefused("bundle", "bundle_unknown", "Deze bundel bestaat niet. Kies er een uit de lijst.")
    if terms.bundle not in {Bundle.SMALL, Bundle.MEDIUM, Bundle.LARGE} and terms.documents is not None:
        raise TermsRefused(
            "documents",
            "bundle_has_no_limit",
            f"{Bundle(terms.bundle).label} heeft geen limiet op documenten. Laat het veld leeg.",
        )
    for field, limit in (("users", terms.users), ("documents", terms.documents)):
        if limit is not None and not 1 <= limit <= 1_000_000:
            raise TermsRefused(
                field, "limit_not_understood", "Vul een getal vanaf 1 in, of laat het leeg: geen limiet."
            )
    if bool(terms.pack_documents) != bool(terms.documents) or not 0 <= terms.pack_documents <= 1_000_000:
        raise TermsRefused(
            "pack_documents",
            "pack_not_understood",
            "Vul in hoeveel documenten een pakket telt als er een limiet is, en anders niets.",
        )
    _require_later(
        terms.valid_from, today, in_force=any(one.bundle == terms.bundle for one in confirmed_terms().bundles)
    )
    detail = {
        "from_on": str(terms.valid_from),
        "monthly_cents": terms.monthly_cents,
        "users": terms.users,
        "documents": terms.documents,
        "pack_documents": terms.pack_documents,
        "pack_cents": terms.pack_cents,
    }
    office.log(at=at, events=[Happened("price.entered", f"bundle:{terms.bundle}", detail)])
    return BundlePrice.objects.create(
        bundle=terms.bundle,
        valid_from=terms.valid_from,
        monthly_cents=terms.monthly_cents,
        users=terms.users,
        documents=terms.documents,
        pack_documents=terms.pack_documents,
        pack_cents=terms.pack_cents,
        is_confirmed=True,
        entered_by_id=office.user_id,
        entered_at=at,
    )


def enter_seat_price(*, office: PortalAccess, terms: SeatTerms, today: date, at: datetime) -> SeatPrice:
    """Enter and confirm what an extra Backoffice role costs from a day on.

    Raises:
        NotAllowed: who asks is not the operator.
        TermsRefused: a value that cannot be, or a day on which another price already counted.
    """
    require_operator(office)
    _require_amount("monthly", terms.monthly_cents)
    _require_later(terms.valid_from, today, in_force=bool(confirmed_terms().seats))
    detail = {
        "from_on": str(terms.valid_from),
        "monthly_cents": terms.monthly_cents,
        "policy": terms.policy.value,
    }
    office.log(at=at, events=[Happened("price.entered", "seat", detail)])
    return SeatPrice.objects.create(
        valid_from=terms.valid_from,
        monthly_cents=terms.monthly_cents,
        policy=terms.policy.value,
        is_confirmed=True,
        entered_by_id=office.user_id,
        entered_at=at,
    )


def enter_view_price(*, office: PortalAccess, terms: ViewTerms, today: date, at: datetime) -> ViewPrice:
    """Enter and confirm what it costs from a day on to look into an inactive domain.

    Raises:
        NotAllowed: who asks is not the operator.
        TermsRefused: a value that cannot be, or a day on which another price already counted.
    """
    require_operator(office)
    _require_amount("monthly", terms.monthly_cents)
    _require_later(terms.valid_from, today, in_force=bool(confirmed_terms().views))
    detail = {"from_on": str(terms.valid_from), "monthly_cents": terms.monthly_cents}
    office.log(at=at, events=[Happened("price.entered", "view", detail)])
    return ViewPrice.objects.create(
        valid_from=terms.valid_from,
        monthly_cents=terms.monthly_cents,
        is_confirmed=True,
        entered_by_id=office.user_id,
        entered_at=at,
    )


def view_example() -> ViewTerms | None:
    """What ships as the price of looking, while nobody confirmed one."""
    if confirmed_terms().views:
        return None
    found = ViewPrice.objects.order_by("valid_from", "id").last()
    return ViewTerms(found.valid_from, found.monthly_cents) if found else None


def examples() -> list[BundlePrice]:
    """The newest row of each bundle that nobody confirmed yet: what ships, to be confirmed."""
    newest = {one.bundle: one for one in BundlePrice.objects.order_by("valid_from", "id")}
    confirmed = {one.bundle for one in confirmed_terms().bundles}
    return [
        newest[bundle] for bundle in (Bundle.MINIMAL, *PAID_BUNDLES) if bundle in newest and bundle not in confirmed
    ]


@dataclass(frozen=True, slots=True)
class OperatorDetails:
    """Who sends the statements, as it is filled in."""

    name: str
    street: str
    postcode: str
    city: str
    enterprise_number: str
    vat_number: str
    iban: str
    email: str
    series: str
    payment_days: int


def current_operator() -> Operator | None:
    """Who sends the statements, or None when nobody filled that in yet."""
    return Operator.objects.order_by("-id").first()


def enter_operator(*, office: PortalAccess, details: OperatorDetails, at: datetime) -> Operator:
    """Fill in who sends the statements, or change it for the statements to come.

    Raises:
        NotAllowed: who asks is not the operator.
        TermsRefused: a detail that is missing or wrong.
    """
    require_operator(office)
    for field, label in (
        ("name", "de naam"),
        ("street", "de straat"),
        ("postcode", "de postcode"),
        ("city", "de plaats"),
    ):
        if not getattr(details, field).strip():
            raise TermsRefused(field, "detail_missing", f"Vul {label} in: dat moet op elke afrekening staan.")
    number = parsed("enterprise_number", enterprise_number.parse, details.enterprise_number)
    vat = parsed("vat_number", vat_number.parse, details.vat_number)
    if not vat.startswith("BE"):
        raise TermsRefused("vat_number", "vat_number_abroad", "Vul het Belgische btw-nummer in, zoals BE0999000129.")
    account = parsed("iban", iban.normalise, details.iban)
    series = details.series.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,8}", series):
        raise TermsRefused("series", "series_wrong", "Kies voor de reeks 1 tot 8 letters of cijfers, zoals ZB.")
    if not 0 <= details.payment_days <= 90:
        raise TermsRefused("payment_days", "payment_days_wrong", "Kies een termijn van 0 tot 90 dagen.")
    if "@" not in details.email:
        raise TermsRefused("email", "email_wrong", "Vul een e-mailadres in: daar antwoordt een klant op.")
    office.log(
        at=at, events=[Happened("operator.entered", f"series:{series}", {"name": details.name, "iban": account})]
    )
    return Operator.objects.create(
        name=details.name.strip(),
        street=details.street.strip(),
        postcode=details.postcode.strip(),
        city=details.city.strip(),
        enterprise_number=number,
        vat_number=vat,
        iban=account,
        email=details.email.strip(),
        series=series,
        payment_days=details.payment_days,
        entered_by_id=office.user_id,
        entered_at=at,
    )


def _require_amount(field: str, cents: int) -> None:
    if not 0 <= cents <= HIGHEST_CENTS:
        raise TermsRefused(field, "price_not_understood", "Vul een prijs in van 0 tot 100.000 euro.")


def _require_later(valid_from: date, today: date, *, in_force: bool) -> None:
    # What counted on a day that has begun is on somebody's statement: a new price begins tomorrow at the earliest.
    if in_force and valid_from <= today:
        raise TermsRefused(
            "valid_from",
            "price_in_the_past",
            "Tot en met vandaag geldt al een bevestigde prijs. Kies een latere datum.",
        )
