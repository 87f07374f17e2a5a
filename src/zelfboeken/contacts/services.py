"""Finding the contact of a document, or making it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from zelfboeken.access.services import Access
from zelfboeken.contacts.models import Contact, ContactBankAccount


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A party as a document names it; numbers in their plain form, empty where the document gives none."""

    name: str
    enterprise_number: str = ""
    vat_number: str = ""
    iban: str = ""
    country: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class FoundContact:
    """The contact of a party, by what it was found (`enterprise`, `vat`, `iban`, `name`), or `new`."""

    contact: Contact
    found_by: str
    is_known_iban: bool


def contact_for(*, access: Access, party: PartyFacts) -> FoundContact:
    """The contact with this party's enterprise number, else VAT number, else IBAN, else exact name; made when new.

    A name alone finds only a contact that has no number of its own, so two firms are never taken for one.
    """
    own = Contact.objects.filter(domain_id=access.domain_id)
    found: Contact | None = None
    found_by = "new"
    if party.enterprise_number:
        found, found_by = own.filter(enterprise_number=party.enterprise_number).first(), "enterprise"
    if found is None and party.vat_number:
        found, found_by = own.filter(vat_number=party.vat_number).first(), "vat"
    if found is None and party.iban:
        holders = ContactBankAccount.objects.filter(domain_id=access.domain_id, iban=party.iban)
        candidates = list(own.filter(id__in=holders.values("contact_id"))[:2])
        if len(candidates) == 1 and _numbers_agree(candidates[0], party):
            found, found_by = candidates[0], "iban"
    if found is None and party.name:
        same_name = own.filter(name__iexact=party.name, enterprise_number="", vat_number="")
        if not (party.enterprise_number or party.vat_number):
            found, found_by = same_name.first(), "name"
    if found is None:
        found, found_by = _make(access, party), "new"
    return FoundContact(found, found_by, _remember_iban(access, found, party.iban))


def _numbers_agree(contact: Contact, party: PartyFacts) -> bool:
    return (not contact.enterprise_number or not party.enterprise_number) and (
        not contact.vat_number or not party.vat_number
    )


def _make(access: Access, party: PartyFacts) -> Contact:
    try:
        with transaction.atomic():
            return Contact.objects.create(
                domain_id=access.domain_id,
                name=party.name or "Onbekend",
                enterprise_number=party.enterprise_number,
                vat_number=party.vat_number,
                country=party.country,
                street=party.street,
                postcode=party.postcode,
                city=party.city,
                email=party.email,
            )
    except IntegrityError:
        # Another file of the same party came in at the same time and was first.
        own = Contact.objects.filter(domain_id=access.domain_id)
        if party.enterprise_number:
            return own.get(enterprise_number=party.enterprise_number)
        return own.get(vat_number=party.vat_number)


def _remember_iban(access: Access, contact: Contact, iban: str) -> bool:
    if not iban:
        return True
    _, is_new = ContactBankAccount.objects.get_or_create(domain_id=access.domain_id, contact_id=contact.id, iban=iban)
    return not is_new
