"""A domain begins: its address, its owner with Directie, who looks after it, its first books, what it pays from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction

from zelfboeken.access.assignments import TASK_NAMES, assign
from zelfboeken.access.invitations import LANGUAGES, InvitationRefused, LinkTo, plain_email, send_to_member
from zelfboeken.access.models import DomainAssignment, PortalMember, User
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.access.services import access_of, add_member
from zelfboeken.audit.services import Happened
from zelfboeken.billing.standing import Actor, day_of, locked_domain, settle_roles
from zelfboeken.ledger.administrations import AdministrationDetails, add_administration, checked_details
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

SHORTEST, LONGEST = 2, 40
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field of the form, and how to mend it."""

    field: str
    code: str
    text: str


class DomainNotMade(ValueError):
    """A domain that cannot begin as it was filled in, with everything that is wrong."""

    code = "domain_not_made"

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__(" ".join(one.text for one in wrong))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class NewDomain:
    """What is filled in for a new domain. Without an end of the trial it begins as Minimal."""

    name: str
    slug: str
    owner_name: str
    owner_email: str
    administration: AdministrationDetails
    first_year: int
    language: str = "nl"
    trial_until: date | None = None
    responsible_id: int | None = None
    wrong: tuple[Wrong, ...] = field(default=())
    """What the form could not even read."""


def start_domain(*, office: PortalAccess, wanted: NewDomain, at: datetime, link_to: LinkTo) -> Domain:
    """Make a domain in this portal and ask its owner in. Whoever makes it looks after it, unless he names a colleague.

    Raises:
        NotAllowed: his role makes no domains.
        DomainNotMade: with everything that is wrong, at its field.
    """
    office.require(Right.DOMAIN_CREATE)
    wrong = [*wanted.wrong, *_wrong_with(office, wanted, today=day_of(at), year=at.year)]
    if wrong:
        raise DomainNotMade(wrong)
    email = plain_email(wanted.owner_email)
    try:
        with transaction.atomic():
            domain = Domain.objects.create(
                portal_id=office.portal_id,
                slug=wanted.slug,
                name=wanted.name.strip()[:200],
                lifecycle=Lifecycle.STARTUP,
                trial_until=wanted.trial_until,
            )
    except IntegrityError:
        # Somebody took the address between the look and the write.
        raise DomainNotMade([_taken(wanted.slug)]) from None
    owner, _is_new = User.objects.get_or_create(
        email=email,
        defaults={"name": wanted.owner_name.strip()[:120], "language": wanted.language, "password": "!"},
    )
    with domain_scope(domain.id):
        add_member(domain=domain, user=owner, is_owner=True)
        office.log_in_domain(
            at=at,
            events=[
                Happened(
                    "domain.made",
                    f"domain:{domain.slug}",
                    {"name": domain.name, "owner": email, "trial_until": str(wanted.trial_until or "")},
                )
            ],
        )
        responsible = wanted.responsible_id or office.member_id
        _look_after(office, domain, responsible, at)
        access = access_of(user_id=office.user_id, slug=domain.slug, on=day_of(at))
        add_administration(access=access, details=wanted.administration, first_year=wanted.first_year, at=at)
        settle_roles(
            locked_domain(domain.id, at=at), at=at, actor=Actor(office.user_id, office.user_name), because="made"
        )
        send_to_member(access=office, domain=domain, email=email, language=wanted.language, at=at, link_to=link_to)
    office.log(at=at, events=[Happened("domain.made", f"domain:{domain.slug}", {"name": domain.name})])
    return domain


def _look_after(office: PortalAccess, domain: Domain, member_id: int, at: datetime) -> None:
    task = DomainAssignment.Task.RESPONSIBLE
    if office.may(Right.PORTAL_MANAGE):
        assign(office=office, domain=domain, tasks={task: member_id}, at=at)
        return
    # Who may make a domain but assigns none gets the one he made.
    DomainAssignment.objects.create(member_id=office.member_id, domain=domain, task=task)
    office.log_in_domain(
        at=at,
        events=[
            Happened(
                "domain.assigned",
                f"domain:{domain.slug}",
                {"task": task.value, "from": "", "to": office.user_name},
            )
        ],
    )


def proposed_slug(name: str) -> str:
    """An address made of a name: “Café De Zon BV” gives cafe-de-zon."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    while len(words) > 1 and words[-1] in {"bv", "nv", "vof", "cv", "srl", "sa", "bvba", "vzw", "asbl", "commv"}:
        words.pop()
    return "-".join(words)[:LONGEST].strip("-")


def _wrong_with(office: PortalAccess, wanted: NewDomain, *, today: date, year: int) -> list[Wrong]:
    wrong = []
    if not wanted.name.strip():
        wrong.append(Wrong("name", "name_missing", "Vul de naam van de klant in."))
    wrong += _wrong_slug(wanted.slug)
    if not wanted.owner_name.strip():
        wrong.append(Wrong("owner_name", "owner_missing", "Vul in wie de eigenaar is: hij krijgt de rol Directie."))
    try:
        if User.objects.filter(email=plain_email(wanted.owner_email), is_active=False).exists():
            # Nobody would be left who gives roles (INV-22).
            text = "Dit account is niet meer in gebruik. Kies iemand die zich kan aanmelden."
            wrong.append(Wrong("owner_email", "account_closed", text))
    except InvitationRefused as no:
        wrong.append(Wrong("owner_email", no.code, str(no)))
    if wanted.language not in LANGUAGES:
        wrong.append(Wrong("language", "language_unknown", "Kies een taal uit de lijst."))
    if wanted.trial_until is not None and wanted.trial_until < today:
        wrong.append(Wrong("trial_until", "trial_in_the_past", "De proef zou al voorbij zijn. Kies een latere dag."))
    if wanted.responsible_id is not None and wanted.responsible_id != office.member_id:
        known = PortalMember.objects.filter(
            id=wanted.responsible_id, portal_id=office.portal_id, is_active=True, user__is_active=True
        )
        if not office.may(Right.PORTAL_MANAGE) or not known.exists():
            task = TASK_NAMES[DomainAssignment.Task.RESPONSIBLE]
            wrong.append(Wrong("responsible", "colleague_unknown", f"Kies een {task} uit de lijst."))
    _details, refused = checked_details(wanted.administration)
    wrong += [Wrong(f"administration_{one.field}", one.code, str(one)) for one in refused]
    if not 2000 <= wanted.first_year <= year + 1 and all(one.field != "first_year" for one in wanted.wrong):
        wrong.append(Wrong("first_year", "first_year_wrong", f"Kies een eerste boekjaar van 2000 tot {year + 1}."))
    return wrong


def _wrong_slug(slug: str) -> list[Wrong]:
    if not SHORTEST <= len(slug) <= LONGEST or not _SLUG.fullmatch(slug):
        text = (
            f"Gebruik {SHORTEST} tot {LONGEST} kleine letters, cijfers of streepjes, "
            "en geen streepje aan het begin of het einde."
        )
        return [Wrong("slug", "slug_wrong", text)]
    return [_taken(slug)] if Domain.objects.filter(slug=slug).exists() else []


def _taken(slug: str) -> Wrong:
    others = (f"{slug[: LONGEST - 3].rstrip('-')}-{number}" for number in range(2, 100))
    free = next((one for one in others if not Domain.objects.filter(slug=one).exists()), "")
    hint = f" Vrij is bijvoorbeeld {free}." if free else ""
    return Wrong("slug", "slug_taken", f"Het adres {slug} bestaat al.{hint}")
