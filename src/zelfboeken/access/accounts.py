"""What a user changes about his own account, and the log of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction

from zelfboeken.access.models import AccountEvent, User
from zelfboeken.access.sessions import end_sessions

LINK_LASTS = timedelta(minutes=30)
_SALT = "zelfboeken.access.new-address"


@dataclass(frozen=True, slots=True)
class Caller:
    """From where an account was reached."""

    ip: str | None = None
    device: str = ""


def record_account(
    *, at: datetime, user: User | None, action: str, caller: Caller, detail: dict[str, Any] | None = None
) -> None:
    """Add to the log of accounts, in the transaction of the act itself: no log, no act (INV-24)."""
    AccountEvent.objects.create(
        at=at,
        user_id=user.pk if user else None,
        email=user.email if user else "",
        action=action,
        detail=detail or {},
        ip=caller.ip,
        device=caller.device,
    )


def events_of(*, user_id: int, count: int) -> list[AccountEvent]:
    """The last things that happened to this account, newest first."""
    return list(AccountEvent.objects.filter(user_id=user_id).order_by("-at", "-id")[:count])


class LinkGone(LookupError):
    """A link to a new address that is forged, used, or too old: one answer for all."""

    code = "link_gone"

    def __init__(self) -> None:
        super().__init__("Deze link werkt niet meer. Vraag een nieuwe op de pagina van je account.")


class AddressTaken(ValueError):
    """Another account has this address; whoever asks is not told so."""

    code = "address_taken"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """A change of address that waits for the click of its new owner."""

    user_id: int
    former: str
    email: str
    sessions_version: int


@transaction.atomic
def change_details(*, user: User, name: str, language: str, at: datetime, caller: Caller) -> None:
    """Change what somebody is called and in which language he reads."""
    changed = {
        field: value for field, value in (("name", name), ("language", language)) if getattr(user, field) != value
    }
    if not changed:
        return
    User.objects.filter(pk=user.pk).update(**changed)
    record_account(at=at, user=user, action="details_changed", caller=caller, detail=changed)


def is_known(email: str) -> bool:
    """Whether an account has this address."""
    return User.objects.filter(email__iexact=email).exists()


def link_for(*, user: User, email: str) -> str:
    """The secret part of a link with which `email` becomes the address of this account: once, within half an hour."""
    version = User.objects.values_list("sessions_version", flat=True).get(pk=user.pk)
    return signing.dumps([user.pk, user.email, email.lower(), version], salt=_SALT, compress=True)


def read_link(token: str) -> NewAddress:
    """What a link is for. Raises LinkGone."""
    try:
        wanted = NewAddress(*signing.loads(token, salt=_SALT, max_age=LINK_LASTS))
    except signing.BadSignature:
        raise LinkGone from None
    _require_same(User.objects.filter(pk=wanted.user_id).first(), wanted)
    return wanted


@transaction.atomic
def change_address(*, wanted: NewAddress, at: datetime, caller: Caller, keep: str | None) -> User:
    """Give the account its new address: its other sessions end, and no link to the former address works any more.

    Raises:
        LinkGone: it was used meanwhile, or the account changed since.
        AddressTaken: another account got the address meanwhile.
    """
    from allauth.account.models import EmailAddress

    user = User.objects.select_for_update().filter(pk=wanted.user_id).first()
    found = _require_same(user, wanted)
    if is_known(wanted.email):
        raise AddressTaken
    found.email = wanted.email
    found.save(update_fields=["email"])
    EmailAddress.objects.filter(user_id=found.pk).delete()
    EmailAddress.objects.create(user=found, email=wanted.email, verified=True, primary=True)
    end_sessions(found.pk, keep=keep)
    found.refresh_from_db(fields=["sessions_version"])
    record_account(at=at, user=found, action="address_changed", caller=caller, detail={"former": wanted.former})
    return found


def _require_same(user: User | None, wanted: NewAddress) -> User:
    if (
        user is None
        or not user.is_active
        or (user.email, user.sessions_version) != (wanted.former, wanted.sessions_version)
    ):
        raise LinkGone
    return user
