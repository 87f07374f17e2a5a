"""Who pays for a domain: the domain itself, unless its contract names the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, access_of
from zelfboeken.audit.services import Happened
from zelfboeken.belgium import enterprise_number, vat_number
from zelfboeken.billing.models import Contract, Debtor
from zelfboeken.billing.rules import ModulesTerms, Month, Terms, start_of_day
from zelfboeken.billing.terms import HIGHEST_CENTS, TermsRefused, confirmed_terms, parsed
from zelfboeken.billing.vat import COUNTRIES
from zelfboeken.tenancy.models import Domain


@dataclass(frozen=True, slots=True)
class DebtorDetails:
    """To whom the statement is addressed, as it is filled in."""

    name: str
    street: str
    postcode: str
    city: str
    country: str = "BE"
    enterprise_number: str = ""
    vat_number: str = ""
    email: str = ""


def contract_of(domain_id: int) -> Contract | None:
    """Who pays for a domain now, or None when nobody filled that in yet."""
    return Contract.objects.filter(domain_id=domain_id).order_by("-id").first()


def contract_for(domain_id: int, month: Month) -> Contract | None:
    """Who pays for a month: who did at its end, as his details are now. Who took it on later pays what comes later."""
    rows = list(Contract.objects.filter(domain_id=domain_id).order_by("id"))
    until = start_of_day(month.until)
    found = next((one for one in reversed(rows) if one.entered_at < until), next(iter(rows), None))
    for one in rows:
        if found is not None and one.id > found.id:
            if one.debtor != found.debtor:
                break
            found = one
    return found


def terms_of(domain_id: int) -> Terms:
    """The confirmed prices and limits, with what the domain's own modules cost."""
    return confirmed_terms(modules=_modules_of(domain_id))


def _modules_of(domain_id: int) -> tuple[ModulesTerms, ...]:
    """The prices of the domain's modules: the first for every day, each other from the day on which it was agreed."""
    agreed: dict[date, int] = {}
    for contract in Contract.objects.filter(domain_id=domain_id).order_by("id"):
        if agreed or contract.modules_cents:
            agreed[timezone.localdate(contract.entered_at) if agreed else date.min] = contract.modules_cents
    return tuple(ModulesTerms(on, cents) for on, cents in agreed.items())


def office_pays(domain_id: int) -> bool:
    """Whether the contract names the office as debtor."""
    contract = contract_of(domain_id)
    return contract is not None and contract.debtor == Debtor.OFFICE


def enter_debtor(*, access: Access, details: DebtorDetails, debtor: Debtor, at: datetime) -> Contract:
    """Fill in who pays from now on. The Directie takes it on for the domain, a Portaalbeheerder for his office; nobody
    gives it to the other.

    Raises:
        NotAllowed: the wrong side asks.
        TermsRefused: a detail that is missing or wrong.
    """
    right = Right.ROLE_GIVE if debtor == Debtor.DOMAIN else Right.PORTAL_MANAGE
    access.require(right)
    _locked(access, right, at)
    for field, label in (
        ("name", "de naam"),
        ("street", "de straat"),
        ("postcode", "de postcode"),
        ("city", "de plaats"),
    ):
        if not getattr(details, field).strip():
            raise TermsRefused(field, "detail_missing", f"Vul {label} in: dat moet op de afrekening staan.")
    if details.country not in COUNTRIES:
        raise TermsRefused("country", "country_unknown", "Kies een land uit de lijst.")
    number, vat = details.enterprise_number.strip(), details.vat_number.strip()
    if number and details.country == "BE":
        number = parsed("enterprise_number", enterprise_number.parse, number)
    if vat:
        vat = parsed("vat_number", vat_number.parse, vat)
        if vat_number.country_of(vat) != details.country:
            raise TermsRefused(
                "vat_number", "vat_number_elsewhere", f"Btw-nummer {vat} is van een ander land. Kijk het land na."
            )
    if details.country == "BE" and not (number or vat):
        raise TermsRefused(
            "enterprise_number",
            "enterprise_number_missing",
            "Vul het ondernemingsnummer in: daarop komt de afrekening toe via Peppol.",
        )
    if details.country == "BE" and not number:
        number = vat.removeprefix("BE")
    if details.email and "@" not in details.email:
        raise TermsRefused("email", "email_wrong", "Dit e-mailadres klopt niet. Kijk het na of laat het leeg.")
    former = contract_of(access.domain_id)
    contract = Contract.objects.create(
        domain_id=access.domain_id,
        debtor=debtor.value,
        name=details.name.strip(),
        street=details.street.strip(),
        postcode=details.postcode.strip(),
        city=details.city.strip(),
        country=details.country,
        enterprise_number=number,
        vat_number=vat,
        email=details.email.strip(),
        modules_cents=former.modules_cents if former else 0,
        entered_by=access.user_id,
        entered_at=at,
    )
    access.log(
        at=at,
        events=[
            Happened(
                "contract.entered",
                f"domain:{access.domain_slug}",
                {"debtor": debtor.value, "former": former.debtor if former else "", "name": contract.name},
            )
        ],
    )
    return contract


def _locked(access: Access, right: Right, at: datetime) -> None:
    """One change of who pays at a time, by who may still when it is his turn (INV-23)."""
    Domain.objects.select_for_update(no_key=True).get(id=access.domain_id)
    access_of(user_id=access.user_id, slug=access.domain_slug, on=timezone.localdate(at)).require(right)


def enter_modules_price(*, access: Access, cents: int, at: datetime) -> Contract:
    """Fill in what the separate modules of a domain cost a month.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        TermsRefused: nobody filled in who pays, or no such price.
    """
    access.require(Right.PORTAL_MANAGE)
    _locked(access, Right.PORTAL_MANAGE, at)
    former = contract_of(access.domain_id)
    if former is None:
        raise TermsRefused("name", "debtor_missing", "Vul eerst in wie betaalt.")
    if not 0 <= cents <= HIGHEST_CENTS:
        raise TermsRefused("modules", "price_not_understood", "Vul een prijs in van 0 tot 100.000 euro.")
    contract = Contract.objects.create(
        domain_id=access.domain_id,
        debtor=former.debtor,
        name=former.name,
        street=former.street,
        postcode=former.postcode,
        city=former.city,
        country=former.country,
        enterprise_number=former.enterprise_number,
        vat_number=former.vat_number,
        email=former.email,
        modules_cents=cents,
        entered_by=access.user_id,
        entered_at=at,
    )
    access.log(
        at=at,
        events=[
            Happened(
                "contract.modules_price",
                f"domain:{access.domain_slug}",
                {"from_cents": former.modules_cents, "to_cents": cents},
            )
        ],
    )
    return contract
