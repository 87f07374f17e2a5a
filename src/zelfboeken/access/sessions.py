"""Who is behind a request: his session and himself, each read by its key with every page; and how sessions end."""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from zelfboeken.access.models import User
from zelfboeken.tenancy.reading import rows_where


class SessionStore(db.SessionStore):
    """Sessions in the database, as Django keeps them."""

    def _get_session_from_db(self) -> object | None:
        found = rows_where(self.model, "session_key = %s AND expire_date > %s", [self.session_key, timezone.now()])
        if not found:
            self._session_key = None
        return found[0] if found else None


class SignIn(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signing in with a password; the user of a session is read as one row."""

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, or None when he may not come in any more.

        The same row says whether he still has to set up the second factor that the staff of an office needs.
        """
        select, names = _select_user()
        with connection.cursor() as cursor:
            cursor.execute(f"{select} WHERE u.id = %s", [user_id])
            row: Any = cursor.fetchone()
        if row is None:
            return None
        user: User = User.from_db(connection.alias, names, row[:-1])
        user.owes_second_factor = row[-1]
        return user if self.user_can_authenticate(user) else None


def owes_second_factor(user_id: int) -> bool:
    """Whether this user is staff of an office and has no second factor yet: until then nothing of it opens for him."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_OWES} FROM access_user u WHERE u.id = %s", [user_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def is_staff_of_an_office(user_id: int) -> bool:
    """Whether this user holds a portal role, whichever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_STAFF} FROM access_user u WHERE u.id = %s", [user_id])
        row = cursor.fetchone()
    return bool(row and row[0])


@transaction.atomic
def end_sessions(user_id: int, *, keep: str | None = None) -> None:
    """End every session of a user, from the next request on; the one with the key `keep` is left to be renewed.

    The number that goes up is what ends them, also those of which nobody kept a record; the rows go too.
    """
    from allauth.usersessions.models import UserSession

    User.objects.filter(id=user_id).update(sessions_version=F("sessions_version") + 1)
    for session in UserSession.objects.filter(user_id=user_id).exclude(session_key=keep or ""):
        session.end()


@transaction.atomic
def forget_expired_sessions() -> int:
    """Remove the sessions whose time is over, with what was kept about them; how many there were.

    Nobody comes in by them any more, and what a session remembers should not outlive it. The clock is that of now,
    whatever day time is passed to.
    """
    from allauth.usersessions.models import UserSession

    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return count


# Every portal role counts, a guest's too, and one that nobody knows (INV-33).
_STAFF = """EXISTS (
  SELECT FROM access_portalmember pm
    JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL
   WHERE pm.user_id = u.id AND pm.is_active)"""
_OWES = f"""({_STAFF} AND NOT EXISTS (
  SELECT FROM mfa_authenticator f WHERE f.user_id = u.id AND f.type IN ('totp', 'webauthn')))"""


@cache
def _select_user() -> tuple[str, list[str]]:
    fields = User._meta.concrete_fields
    columns = ", ".join(f'u."{field.column}"' for field in fields)
    return f"SELECT {columns}, {_OWES} FROM access_user u", [field.attname for field in fields]
