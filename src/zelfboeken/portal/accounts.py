"""Signing in by django-allauth: nobody makes an account by himself. What happens to one is logged and mailed."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.providers.base import AuthError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zelfboeken.access.accounts import Caller, record_account
from zelfboeken.access.models import User
from zelfboeken.access.sessions import end_sessions, is_staff_of_an_office
from zelfboeken.portal import account_mails
from zelfboeken.portal.errors import refused_page
from zelfboeken.runtime.mail import Written, send_later, send_now

DEMO_SECRET = "ZELFBOEKENDEMOVOORBEELDNIETECHT2"  # noqa: S105 - the demo's own, printed at its start
DEMO_CODE = "246810"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_FACTOR_NAMES = {
    Authenticator.Type.TOTP: "app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


def caller_of(request: HttpRequest) -> Caller:
    """From where a request comes, for the log."""
    adapter = Accounts()
    return Caller(ip=adapter.get_client_ip(request), device=adapter.get_http_user_agent(request)[:200])


def log_account(request: HttpRequest, user: User | None, action: str, **detail: Any) -> None:
    """Add to the log of accounts, as of now and from this request."""
    record_account(at=timezone.now(), user=user, action=action, caller=caller_of(request), detail=detail)


def own_url(path: str) -> str:
    """The whole address of one of our pages, for a mail: never with a host that a request named (INV-38)."""
    return settings.ADDRESS + path


def mail_user(user: User, write: Written, *, to: str = "") -> None:
    """Tell a user something about his account, in his language, once the transaction has ended."""
    send_later(to=to or user.email, language=user.language, written=write)


def end_other_sessions(request: HttpRequest) -> None:
    """End all sessions of the user but the one he is in, which goes on under a new key."""
    from allauth.usersessions.models import UserSession

    assert isinstance(request.user, User)
    former = request.session.session_key
    end_sessions(request.user.pk, keep=former)
    request.user.refresh_from_db(fields=["sessions_version"])
    update_session_auth_hash(request, request.user)
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by an invitation, never by the sign-up page."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "This e-mail address and password do not belong together. Type them again, or set a new password."
        ),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait five minutes and try again."),
        "rate_limited": gettext_lazy("Too many attempts. Wait five minutes and try again."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_code": gettext_lazy("This code is not right, or it was used already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always closed."""
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Who knows the right password of an account that was closed is told so."""
        text = _("This account is no longer in use. Ask the management or your accountant.")
        return refused_page(request, status=403, text=text)

    def login(self, request: HttpRequest, user: User) -> None:
        """Open a session and log it: without the one there is not the other (INV-24)."""
        ways = [
            {key: record[key] for key in ("method", "type", "provider") if key in record}
            for record in get_authentication_records(request, user)
        ]
        with transaction.atomic():
            super().login(request, user)
            log_account(request, user, "signed_in", ways=ways)

    def logout(self, request: HttpRequest) -> None:
        """Close the session and log it."""
        user = request.user if isinstance(request.user, User) else None
        with transaction.atomic():
            super().logout(request)
            log_account(request, user, "signed_out")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password; for an address that nobody has one row is written as well, of the same size."""
        user = User.objects.filter(email__iexact=str(credentials.get("email", ""))).first()
        if user is None and request.user.is_authenticated and isinstance(request.user, User):
            user = request.user
        log_account(request, user, "sign_in_refused", way="password")

    def set_password(self, user: User, password: str) -> None:
        """Change a password; every other session of the user ends (INV-38)."""
        request = context.request
        own = request.user.is_authenticated and request.user.pk == user.pk
        with transaction.atomic():
            super().set_password(user, password)
            end_sessions(user.pk, keep=request.session.session_key if own else None)
            user.refresh_from_db(fields=["sessions_version"])
            log_account(request, user, "password_changed" if own else "password_reset")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account."""
        return reverse("account")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a mail begins with our own address, whatever host the request named."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return own_url(path.replace("UID-KEY", key))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link, in the language of the account, and log that it was asked for."""
        written = account_mails.reset_link(user, context["password_reset_url"])
        send_now(to=user.email, language=user.language, written=written)
        log_account(self.request, user, "password_link_sent")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one mail of allauth to an address that has no account: the same work as for one that has.

        Raises:
            ValueError: a mail that we have no words for.
        """
        if template_prefix != "account/email/unknown_account":
            raise ValueError(template_prefix)
        language = translation.get_language() or settings.LANGUAGE_CODE
        send_now(to=email, language=language, written=account_mails.unknown_account(email))
        log_account(self.request, None, "password_link_sent")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the user what was changed about his account. Raises KeyError for what we have no words for."""
        mail_user(user, account_mails.told(template_prefix, user, caller_of(self.request)), to=email or "")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Our own words for what was done; that somebody came in or went out needs none."""
        said = _said().get(message_template or "")
        if said or kwargs.get("message"):
            super().add_message(request, level, message=said or kwargs["message"])


def _said() -> dict[str, str]:
    return {
        "account/messages/password_changed.txt": _("Your password is changed. Your other sessions have ended."),
        "account/messages/password_set.txt": _("Your password is set. Your other sessions have ended."),
        "mfa/messages/totp_activated.txt": _("The app is your second step from now on."),
        "mfa/messages/totp_deactivated.txt": _("The app is no second step any more."),
        "mfa/messages/webauthn_added.txt": _("The passkey is kept."),
        "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
        "mfa/messages/recovery_codes_generated.txt": _("Your recovery codes are ready."),
    }


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors: their secrets are stored encrypted, and nobody takes away one that is not his own (INV-38)."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right, or it was used already."),
        "cannot_delete_authenticator": gettext_lazy(
            "Your role at the office needs a second step. Add another one before you remove this."
        ),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an app or a passkey first: recovery codes go with it."),
    }

    def encrypt(self, text: str) -> str:
        """What the database keeps of a secret."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; one that was written under another secret key, or the demo's outside the demo, fits no code."""
        try:
            text = _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return _fits_nothing()
        return _fits_nothing() if text == DEMO_SECRET and not settings.DEMO else text

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The staff of an office keeps at least one app or passkey."""
        if authenticator.type not in FACTORS or not is_staff_of_an_office(authenticator.user_id):
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Who asks for a passkey."""
        return {"id": context.request.get_host().partition(":")[0], "name": "Zelfboeken"}

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """A name for a passkey that was given none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1}


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    # A key of its own kind: what is signed with the secret key elsewhere tells nothing about it.
    derived = [hashlib.blake2b(key.encode(), digest_size=32, person=b"second-factor").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _fits_nothing() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def factor_changed(sender: type[Authenticator], instance: Authenticator, *, happened: str, **kwargs: Any) -> None:
    """Log that a factor was added or removed, in the transaction that does it; his other sessions end (INV-38).

    Raises:
        PermissionError: somebody else is at it.
    """
    if happened == "added" and not kwargs["created"]:
        return
    request = context.request
    if request is None:
        return  # a command, which nobody reaches from outside
    if request.user.pk != instance.user_id:
        raise PermissionError("a second factor of somebody else")
    log_account(request, request.user, f"factor_{happened}", factor=_FACTOR_NAMES[instance.type])
    if instance.type in FACTORS:
        end_other_sessions(request)


def factor_refused(sender: type[Authenticator], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Log a wrong second step."""
    log_account(request, user, "sign_in_refused", way="second_factor")


class OpenIdAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in by the OpenID Connect provider of the settings: it vouches for a mail address, we know the account.

    Nothing is stored of it: an account is found by its address with each sign-in.
    """

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The one provider of the settings, if there is one; the database is not asked."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """The account with the address that the provider says was verified."""
        for address in sociallogin.email_addresses:
            if address.verified is not True:
                continue
            user = User.objects.filter(email__iexact=address.email).first()
            if user is not None:
                # allauth takes the password away from an account whose address it does not know to be proven.
                EmailAddress.objects.update_or_create(
                    user=user, email=user.email, defaults={"verified": True, "primary": True}
                )
                return user, user.email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Nobody becomes a user by coming from elsewhere."""
        if not sociallogin.is_existing:
            log_account(request, None, "sign_in_refused", way="openid")
            text = _("This address has no account here, or it was not verified there. Ask who invited you.")
            raise ImmediateHttpResponse(refused_page(request, status=403, text=text))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Always closed."""
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """The provider refused, or cannot be reached: said in one sentence. Who broke off himself is sent back."""
        if kwargs.get("error") == AuthError.CANCELLED:
            return
        log_account(request, None, "sign_in_refused", way="openid")
        text = _("Signing in there did not succeed. Try again, or sign in with your password.")
        raise ImmediateHttpResponse(refused_page(request, status=403, text=text))
