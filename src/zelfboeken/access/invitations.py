"""Asking somebody in by mail: a link for one address, that works once and not for ever."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.models import (
    Invitation,
    Member,
    PortalMember,
    PortalRoleAssignment,
    RoleAssignment,
    User,
)
from zelfboeken.access.office import PortalAccess, UnknownPortal, portal_access_of
from zelfboeken.access.rights import ROLE_NAMES, PortalRole, Right
from zelfboeken.access.services import Access, UnknownDomain, access_of
from zelfboeken.audit.services import Happened, record, record_in_portal
from zelfboeken.runtime.mail import send_later
from zelfboeken.tenancy.models import Domain, Lifecycle, Portal
from zelfboeken.tenancy.scope import domain_scope

LASTS = timedelta(days=7)
PER = timedelta(hours=24)
MOST_TO_ONE = 5
"""Invitations that an address gets from one domain, or from one office for its staff, in 24 hours."""
MOST_FROM_ONE_PLACE = 200
"""Invitations that a domain sends, or an office to its staff, in 24 hours."""
LANGUAGES = ("nl", "fr", "en")
LinkTo = Callable[[str], str]
"""The address of a link with this token."""


class InvitationRefused(ValueError):
    """Somebody who cannot be invited, or cannot accept as he does; `field` is where, "" for nowhere."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


class InvitationGone(LookupError):
    """Unknown, used, withdrawn or expired: one answer for all, so that nobody learns which by trying."""

    code = "invitation_gone"

    def __init__(self) -> None:
        super().__init__("Deze uitnodiging werkt niet meer. Vraag een nieuwe aan wie je uitnodigde.")


class SignInFirst(PermissionError):
    """The address has an account already: whoever it is shows that by signing in."""

    code = "sign_in_first"


class ForAnother(PermissionError):
    """Somebody else is signed in than the address that was invited."""

    code = "invitation_for_another"

    def __init__(self) -> None:
        super().__init__(
            "Deze uitnodiging is voor een ander mailadres. Meld je af, en open de link opnieuw met dat adres."
        )


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as its receiver sees it."""

    email: str
    language: str
    to_name: str
    """The domain or the office."""
    by_name: str
    has_account: bool
    is_staff: bool
    name: str
    """The name he is known by already, "" for nobody yet."""


def plain_email(text: str) -> str:
    """A mail address as it is stored.

    Raises:
        InvitationRefused: it is none.
    """
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvitationRefused(
            "email", "email_wrong", f"{text.strip()[:80] or 'Niets'} is geen mailadres. Kijk het na."
        ) from None
    return email


def invite_to_domain(
    *, access: Access | PortalAccess, domain: Domain, email: str, language: str, at: datetime, link_to: LinkTo
) -> Invitation:
    """Ask an address into a domain, without a role: the Directie gives roles. The scope of the domain is open.

    Raises:
        NotAllowed: who asks is neither Directie nor Portaalbeheerder.
        InvitationRefused: no address, a user of this domain already, or too many within a day.
    """
    access.require(Right.DOMAIN_EDIT if isinstance(access, PortalAccess) else Right.ROLE_GIVE)
    address = plain_email(email)
    if Member.objects.filter(domain=domain, user__email=address, is_active=True, user__is_active=True).exists():
        raise InvitationRefused("email", "is_member", f"{address} is al gebruiker van dit domein.")
    return send_to_member(access=access, domain=domain, email=address, language=language, at=at, link_to=link_to)


def send_to_member(
    *, access: Access | PortalAccess, domain: Domain, email: str, language: str, at: datetime, link_to: LinkTo
) -> Invitation:
    """Send the link into a domain, also to who was made its owner already. Earlier links to him stop working.

    Raises:
        InvitationRefused: too many within a day, to this address or from this domain.
    """
    _lock_log(domain.portal_id, domain.id)
    _require_moderate(email=email, domain=domain, portal_id=domain.portal_id, at=at)
    Invitation.objects.filter(domain=domain, email=email, accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=at
    )
    invitation, token = _made(
        email=email, language=language, portal_id=domain.portal_id, domain=domain, by_id=access.user_id, at=at
    )
    _log(access, at, Happened("member.invited", f"domain:{domain.slug}", {"email": email}))
    _send(invitation, domain.name, access.user_name, link_to(token))
    return invitation


def invite_to_staff(
    *, office: PortalAccess, email: str, role: PortalRole, language: str, at: datetime, link_to: LinkTo
) -> Invitation:
    """Ask an address onto the staff of the portal, with a portal role.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        InvitationRefused: no address, on the staff already, or too many within a day.
    """
    office.require(Right.PORTAL_MANAGE)
    address = plain_email(email)
    if PortalMember.objects.filter(portal_id=office.portal_id, user__email=address, is_active=True).exists():
        raise InvitationRefused("email", "is_member", f"{address} is al medewerker van dit kantoor.")
    _lock_log(office.portal_id)
    _require_moderate(email=address, domain=None, portal_id=office.portal_id, at=at)
    Invitation.objects.filter(
        portal_id=office.portal_id,
        domain__isnull=True,
        email=address,
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
    ).update(withdrawn_at=at)
    invitation, token = _made(
        email=address, language=language, portal_id=office.portal_id, role=role, by_id=office.user_id, at=at
    )
    office.log(at=at, events=[Happened("staff.invited", f"portal:{office.portal_slug}", _staff(address, role))])
    _send(invitation, office.portal_name, office.user_name, link_to(token))
    return invitation


def withdraw_invitation(
    *, access: Access | PortalAccess, invitation_id: int, domain: Domain | None, at: datetime
) -> str:
    """Make an invitation of this domain, or of the staff, stop working; gives its address.

    Raises:
        NotAllowed: who asks may not invite.
        InvitationGone: there is none that still works.
    """
    if isinstance(access, PortalAccess):
        access.require(Right.PORTAL_MANAGE)
        _lock_log(access.portal_id, domain.id if domain else None)
        found = Invitation.objects.filter(portal_id=access.portal_id, domain=domain)
    else:
        access.require(Right.ROLE_GIVE)
        assert domain is not None
        _lock_log(domain.portal_id, domain.id)
        found = Invitation.objects.filter(domain=domain)
    one = found.filter(id=invitation_id).select_for_update(no_key=True).first()
    if one is None or one.accepted_at is not None or one.withdrawn_at is not None:
        raise InvitationGone
    one.withdrawn_at = at
    one.save(update_fields=["withdrawn_at"])
    happened = Happened("invitation.withdrawn", f"invitation:{one.id}", {"email": one.email})
    if domain is not None:
        _log(access, at, happened)
    elif isinstance(access, PortalAccess):
        access.log(at=at, events=[happened])
    return one.email


def open_invitations(*, portal_id: int, domain: Domain | None, at: datetime) -> list[Invitation]:
    """The invitations that still wait or ran out, newest first; without a domain those of the staff."""
    found = Invitation.objects.filter(
        portal_id=portal_id, domain=domain, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    return list(found.filter(expires_at__gt=at - timedelta(days=90)).order_by("-invited_at", "-id"))


def invitation_of(*, token: str, at: datetime) -> Invited:
    """What a link invites to.

    Raises:
        InvitationGone: it does not work, or not any more.
    """
    one = _standing(token, at)
    user = User.objects.filter(email=one.email).first()
    domain, portal = one.domain, one.portal
    return Invited(
        email=one.email,
        language=one.language,
        to_name=domain.name if domain else portal.name,
        by_name=str(one.invited_by),
        has_account=user is not None and user.has_usable_password(),
        is_staff=domain is None,
        name=user.name if user else "",
    )


def accept_invitation(
    *, token: str, user: User | None, name: str, password: str, at: datetime
) -> tuple[User, Domain | None]:
    """Come in by a link: a new account for the address, or the account that is signed in with it.

    Raises:
        InvitationGone: it does not work, or not any more, also when it was used a moment ago.
        SignInFirst: the address has an account.
        ForAnother: another account is signed in.
        InvitationRefused: no name, or a password that is too weak.
    """
    known = _standing(token, at)
    _lock_log(known.portal_id, known.domain_id)
    one = _standing(token, at, is_locked=True)
    if user is not None and user.email != one.email:
        raise ForAnother
    account = user or User.objects.filter(email=one.email).first()
    if user is None and account is not None and account.has_usable_password():
        raise SignInFirst
    if user is None:
        account = _with_password(account, one, name=name, password=password)
    assert account is not None
    one.accepted_at, one.accepted_by = at, account
    one.save(update_fields=["accepted_at", "accepted_by"])
    if one.domain is None:
        _join_staff(one, account, at)
    else:
        _join_domain(one.domain, account, at)
    return account, one.domain


def refused_acceptance(*, token: str, user: User, at: datetime) -> None:
    """Write down, in the log of where it leads, that somebody tried the link of another."""
    try:
        one = _standing(token, at)
    except InvitationGone:
        return
    event = Happened("refused", f"invitation:{one.id}", {"code": ForAnother.code, "email": one.email})
    if one.domain is None:
        record_in_portal(portal_id=one.portal_id, at=at, actor_id=user.id, actor_name=str(user), events=[event])
        return
    with domain_scope(one.domain.id):
        record(at=at, actor_id=user.id, actor_name=str(user), events=[event])


def _made(
    *,
    email: str,
    language: str,
    portal_id: int,
    by_id: int,
    at: datetime,
    domain: Domain | None = None,
    role: PortalRole | None = None,
) -> tuple[Invitation, str]:
    if language not in LANGUAGES:
        raise InvitationRefused("language", "language_unknown", "Kies een taal uit de lijst.")
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        token_sha256=_hashed(token),
        email=email,
        language=language,
        portal_id=portal_id,
        domain=domain,
        portal_role=role.value if role else "",
        invited_by_id=by_id,
        invited_at=at,
        expires_at=at + LASTS,
    )
    return invitation, token


def _require_moderate(*, email: str, domain: Domain | None, portal_id: int, at: datetime) -> None:
    """Nobody's mailbox is filled by us, and one place sends no mail to the whole world."""
    place: dict[str, Any] = {"domain": domain} if domain else {"portal_id": portal_id, "domain": None}
    sent = Invitation.objects.filter(**place, invited_at__gt=at - PER)
    if sent.filter(email=email).count() >= MOST_TO_ONE:
        raise InvitationRefused(
            "email",
            "invited_too_often",
            f"Naar {email} zijn in de voorbije 24 uur al {MOST_TO_ONE} uitnodigingen gestuurd. De laatste werkt nog: "
            "laat de map met ongewenste mail nakijken, of probeer het morgen opnieuw.",
        )
    if sent.count() >= MOST_FROM_ONE_PLACE:
        raise InvitationRefused(
            "email",
            "invited_too_many",
            f"In de voorbije 24 uur zijn hier al {MOST_FROM_ONE_PLACE} uitnodigingen verstuurd. Nodig de anderen "
            "morgen uit.",
        )


def _lock_log(portal_id: int, domain_id: int | None = None) -> None:
    """The row under which the log grows, before any invitation: everybody locks them in this order."""
    if domain_id is not None:
        Domain.objects.select_for_update(no_key=True).get(id=domain_id)
    else:
        Portal.objects.select_for_update(no_key=True).get(id=portal_id)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _standing(token: str, at: datetime, *, is_locked: bool = False) -> Invitation:
    found = Invitation.objects.filter(token_sha256=_hashed(token)).select_related("domain", "portal", "invited_by")
    if is_locked:
        found = found.select_for_update(of=("self",), no_key=True)
    one = found.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at).first()
    if one is None or not _inviter_still_may(one, at):
        raise InvitationGone
    return one


def _inviter_still_may(one: Invitation, at: datetime) -> bool:
    """Whether who invited could do so now (INV-23); and whether there is anything to come into."""
    office = None
    with suppress(UnknownPortal):
        office = portal_access_of(user_id=one.invited_by_id, slug=one.portal.slug)
    if one.domain is None:
        return office is not None and office.may(Right.PORTAL_MANAGE)
    if one.domain.lifecycle not in {Lifecycle.STARTUP, Lifecycle.ACTIVE}:
        return False
    if office is not None and (office.may(Right.DOMAIN_EDIT) or _is_owner(one)):
        return True
    try:
        access = access_of(user_id=one.invited_by_id, slug=one.domain.slug, on=timezone.localtime(at).date())
    except UnknownDomain:
        return False
    return access.may(Right.ROLE_GIVE)


def _is_owner(one: Invitation) -> bool:
    """Whoever of the office made the domain asked its owner in; he has nothing more to decide about it."""
    return Member.objects.filter(domain=one.domain, user__email=one.email, is_owner=True, is_active=True).exists()


def _with_password(account: User | None, one: Invitation, *, name: str, password: str) -> User:
    if not name.strip():
        raise InvitationRefused("name", "name_missing", "Vul je naam in: zo zien de anderen wie iets deed.")
    made = account or User(email=one.email)
    try:
        validate_password(password, made)
    except ValidationError as no:
        raise InvitationRefused("password", "password_weak", " ".join(no.messages)) from None
    made.name, made.language = name.strip()[:120], one.language
    made.set_password(password)
    made.save()
    return made


def _join_domain(domain: Domain, account: User, at: datetime) -> None:
    with domain_scope(domain.id):
        member, is_new = Member.objects.get_or_create(domain=domain, user=account)
        if not is_new and not member.is_active:
            # Who comes back begins without the roles of before: the Directie gives them anew.
            RoleAssignment.objects.filter(member=member).exclude(state=RoleAssignment.State.WITHDRAWN).update(
                state=RoleAssignment.State.WITHDRAWN, suspended_because="", withdrawn_at=at
            )
            Member.objects.filter(id=member.id).update(is_active=True)
        record(
            at=at,
            actor_id=account.id,
            actor_name=str(account),
            events=[Happened("member.joined", f"member:{member.id}", {"email": account.email, "user": str(account)})],
        )


def _join_staff(one: Invitation, account: User, at: datetime) -> None:
    role = PortalRole(one.portal_role)
    member, is_new = PortalMember.objects.get_or_create(portal_id=one.portal_id, user=account)
    if not is_new and not member.is_active:
        PortalRoleAssignment.objects.filter(member=member, withdrawn_at__isnull=True).update(withdrawn_at=at)
        PortalMember.objects.filter(id=member.id).update(is_active=True)
    if not PortalRoleAssignment.objects.filter(member=member, role=role.value, withdrawn_at__isnull=True).exists():
        PortalRoleAssignment.objects.create(member=member, role=role.value)
    record_in_portal(
        portal_id=one.portal_id,
        at=at,
        actor_id=account.id,
        actor_name=str(account),
        events=[Happened("staff.joined", f"staff:{member.id}", _staff(account.email, role))],
    )


def _staff(email: str, role: PortalRole) -> dict[str, object]:
    return {"email": email, "role": role.value}


def _log(access: Access | PortalAccess, at: datetime, happened: Happened) -> None:
    record(at=at, actor_id=access.user_id, actor_name=access.user_name, events=[happened])


def _send(invitation: Invitation, to_name: str, by_name: str, link: str) -> None:
    def written() -> tuple[str, str]:
        values = {"by": by_name, "to": to_name, "link": link, "days": LASTS.days}
        about = (
            _("%(by)s invites you to work at %(to)s as %(role)s.")
            % {**values, "role": ROLE_NAMES[PortalRole(invitation.portal_role)]}
            if invitation.domain is None
            else _("%(by)s invites you to the domain %(to)s.") % values
        )
        how = _(
            "Open this link to come in. It works once, for this mail address, for %(days)d days:\n\n%(link)s\n\n"
            "Did you not expect this mail? Then you need not do anything."
        )
        return _("Invitation to %(to)s") % values, f"{about}\n\n{how % values}"

    send_later(to=invitation.email, language=invitation.language, written=written)
