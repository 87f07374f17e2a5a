"""Who is behind a request: his session and himself, each read by its key with every page."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
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
        """The user of a session, or None when he may not come in any more."""
        found = rows_where(User, "id = %s", [user_id])
        return found[0] if found and self.user_can_authenticate(found[0]) else None


def end_sessions(user_id: int) -> None:
    """End every session of a user: from his next request on he is asked to sign in."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user_id):
            session.delete()
