"""Finding the contact of a document, or making it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from zelfboeken.access.models import Member
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.audit.services import Happened
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


_FACTS = ("enterprise_number", "vat_number", "country", "street", "postcode", "city", "email")


@dataclass(frozen=True, slots=True)
class FoundContact:
    """The contact of a party, by what it was found (`enterprise`, `vat`, `iban`, `name`), or `new`."""

    contact: Contact
    found_by: str
    is_known_iban: bool


def contact_for(*, access: Access, party: PartyFacts) -> FoundContact:
    """The contact with this party's enterprise number, else VAT number, else IBAN, else exact name; made when new.

    A name alone finds only a contact that has no number of its own, and an IBAN only one whose numbers do not speak
    against it, so two firms are never taken for one. What the contact lacked is filled in, nothing is replaced.
    """
    found, found_by = _find(access, party)
    if found is None:
        found, found_by = _make(access, party)
    if found_by != "new":
        _complete(access, found, party)
    return FoundContact(found, found_by, _remember_iban(access, found, party.iban))


def choose_purchase_account(*, access: Access, contact_id: int, gl_code: str, at: datetime) -> None:
    """Remember the GL account that this supplier's documents always go to; an empty one lets each document decide."""
    access.require(Right.DOCUMENT_BOOK)
    stored = Contact.objects.get(domain_id=access.domain_id, id=contact_id)
    if stored.purchase_account_code == gl_code:
        return
    Contact.objects.filter(domain_id=access.domain_id, id=contact_id).update(purchase_account_code=gl_code)
    access.log(
        at=at,
        events=[
            Happened(
                "contact.account_chosen",
                str(stored.public_id),
                {"from": stored.purchase_account_code, "to": gl_code},
            )
        ],
    )


def choose_user(*, access: Access, contact_id: int, user_id: int | None, at: datetime) -> None:
    """Say which user of the domain a contact is, or that it is none: what he is owed is his own claim (decision 16).

    Raises:
        NotAllowed: the user may not complete data, or takes away that he is this contact himself.
        UnknownUser: that is no user of the domain.
    """
    access.require(Right.DATA_COMPLETE)
    stored = Contact.objects.select_for_update(no_key=True).get(domain_id=access.domain_id, id=contact_id)
    if stored.user_id == user_id:
        return
    if stored.user_id == access.user_id:
        raise NotAllowed(
            right=Right.DATA_COMPLETE,
            code="own_claim",
            reason="Dat jij deze relatie bent, haal je niet zelf weg. Vraag het aan iemand anders.",
        )
    if user_id is not None and not Member.objects.filter(domain_id=access.domain_id, user_id=user_id).exists():
        raise UnknownUser(str(user_id))
    Contact.objects.filter(domain_id=access.domain_id, id=contact_id).update(user_id=user_id)
    detail = {"from": stored.user_id, "to": user_id}
    access.log(at=at, events=[Happened("contact.user_chosen", str(stored.public_id), detail)])


class UnknownUser(LookupError):
    """Nobody of this domain has this id."""

    code = "unknown"


def _find(access: Access, party: PartyFacts) -> tuple[Contact | None, str]:
    own = Contact.objects.filter(domain_id=access.domain_id)
    for found_by, number in (("enterprise", party.enterprise_number), ("vat", party.vat_number)):
        column = "enterprise_number" if found_by == "enterprise" else "vat_number"
        if number and (found := own.filter(**{column: number}).first()):
            return found, found_by
    if party.iban:
        holders = ContactBankAccount.objects.filter(domain_id=access.domain_id, iban=party.iban)
        candidates = list(own.filter(id__in=holders.values("contact_id"))[:2])
        if len(candidates) == 1 and _numbers_agree(candidates[0], party):
            return candidates[0], "iban"
    if party.name and not (party.enterprise_number or party.vat_number):
        same_name = own.filter(name__iexact=party.name, enterprise_number="", vat_number="")
        if found := same_name.order_by("id").first():
            return found, "name"
    return None, "new"


def _complete(access: Access, contact: Contact, party: PartyFacts) -> None:
    """Fill in what the contact lacks; a number that another contact has stays there."""
    missing = {name: getattr(party, name) for name in _FACTS if getattr(party, name) and not getattr(contact, name)}
    own = Contact.objects.filter(domain_id=access.domain_id)
    for number in ("enterprise_number", "vat_number"):
        if number in missing and own.filter(**{number: missing[number]}).exists():
            del missing[number]
    if not missing:
        return
    try:
        with transaction.atomic():
            own.filter(id=contact.id).update(**missing)
    except IntegrityError:
        return  # another file gave this number to another contact at the same time
    for name, value in missing.items():
        setattr(contact, name, value)


def _numbers_agree(contact: Contact, party: PartyFacts) -> bool:
    return (not contact.enterprise_number or not party.enterprise_number) and (
        not contact.vat_number or not party.vat_number
    )


def _make(access: Access, party: PartyFacts) -> tuple[Contact, str]:
    try:
        with transaction.atomic():
            made = Contact.objects.create(
                domain_id=access.domain_id,
                name=party.name or "Onbekend",
                **{name: getattr(party, name) for name in _FACTS},
            )
    except IntegrityError:
        # Another file of the same party came in at the same time and was first.
        found, found_by = _find(access, party)
        if found is None:
            raise
        return found, found_by
    return made, "new"


def _remember_iban(access: Access, contact: Contact, iban: str) -> bool:
    if not iban:
        return True
    _, is_new = ContactBankAccount.objects.get_or_create(domain_id=access.domain_id, contact_id=contact.id, iban=iban)
    return not is_new
