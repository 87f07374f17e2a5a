"""Administrations of a domain: each a set of books of its own, with its chart, journals and first year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.belgium import enterprise_number, vat_number
from zelfboeken.ledger.opening import open_books
from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.workload.services import changed


class AdministrationRefused(ValueError):
    """A detail of an administration that is missing or wrong; `field` is where."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class AdministrationDetails:
    """What is filled in about an administration."""

    name: str
    enterprise_number: str = ""
    vat_number: str = ""
    vat_regime: str = VatRegime.QUARTERLY


def checked_details(details: AdministrationDetails) -> tuple[AdministrationDetails, list[AdministrationRefused]]:
    """The details as they are stored, and everything that is wrong with them."""
    wrong = []
    name, number, vat = details.name.strip(), details.enterprise_number.strip(), details.vat_number.strip()
    if not name:
        wrong.append(AdministrationRefused("name", "name_missing", "Vul de naam van de onderneming in."))
    if number:
        try:
            number = enterprise_number.parse(number)
        except enterprise_number.EnterpriseNumberNotValid as no:
            wrong.append(AdministrationRefused("enterprise_number", no.code, str(no)))
    if vat:
        try:
            vat = vat_number.parse(vat)
        except vat_number.VatNumberNotValid as no:
            wrong.append(AdministrationRefused("vat_number", no.code, str(no)))
    if not wrong and number and vat.startswith("BE") and vat != f"BE{number}":
        wrong.append(
            AdministrationRefused(
                "vat_number",
                "vat_number_of_another",
                "Dit btw-nummer hoort bij een ander ondernemingsnummer. Kijk beide na.",
            )
        )
    if not wrong and vat.startswith("BE") and not number:
        number = vat.removeprefix("BE")
    if details.vat_regime not in VatRegime.values:
        wrong.append(AdministrationRefused("vat_regime", "vat_regime_unknown", "Kies maand of kwartaal."))
    return AdministrationDetails(name[:200], number, vat, details.vat_regime), wrong


def add_administration(
    *, access: Access, details: AdministrationDetails, first_year: int, at: datetime
) -> Administration:
    """Begin an administration in the open domain; the first one is the default.

    Raises:
        NotAllowed: who asks neither makes domains nor edits this one.
        AdministrationRefused: a detail that is missing or wrong.
    """
    if not access.may(Right.DOMAIN_CREATE):
        access.require(Right.DOMAIN_EDIT)
    stored = _refused_or(details)
    if not 2000 <= first_year <= at.year + 1:
        raise AdministrationRefused(
            "first_year", "first_year_wrong", f"Kies een eerste boekjaar van 2000 tot {at.year + 1}."
        )
    administration = Administration.objects.create(
        domain_id=access.domain_id,
        name=stored.name,
        enterprise_number=stored.enterprise_number,
        vat_number=stored.vat_number,
        vat_regime=stored.vat_regime,
        is_default=not Administration.objects.filter(domain_id=access.domain_id).exists(),
    )
    open_books(access=access, administration=administration, first_year=first_year)
    access.log(
        at=at,
        events=[
            Happened(
                "administration.made",
                f"administration:{administration.id}",
                {"name": stored.name, "enterprise_number": stored.enterprise_number, "first_year": first_year},
            )
        ],
    )
    return administration


def change_administration(
    *, access: Access, administration: Administration, details: AdministrationDetails, at: datetime
) -> bool:
    """Change what is known of an administration; whether anything did.

    Raises:
        NotAllowed: who asks does not edit this domain.
        AdministrationRefused: a detail that is missing or wrong.
    """
    access.require(Right.DOMAIN_EDIT)
    access.require_reach(administration.id)
    stored = _refused_or(details)
    changes = {
        name: [getattr(administration, name), value]
        for name, value in (
            ("name", stored.name),
            ("enterprise_number", stored.enterprise_number),
            ("vat_number", stored.vat_number),
            ("vat_regime", stored.vat_regime),
        )
        if getattr(administration, name) != value
    }
    if not changes:
        return False
    Administration.objects.filter(domain_id=access.domain_id, id=administration.id).update(
        **{name: new for name, (_old, new) in changes.items()}
    )
    changed("books")
    access.log(at=at, events=[Happened("administration.changed", f"administration:{administration.id}", dict(changes))])
    return True


def _refused_or(details: AdministrationDetails) -> AdministrationDetails:
    stored, wrong = checked_details(details)
    if wrong:
        raise wrong[0]
    return stored
