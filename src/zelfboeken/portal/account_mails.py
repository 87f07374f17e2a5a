"""The mails about an account. Each is written in the language that is active when it is asked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zelfboeken.access.accounts import Caller
from zelfboeken.access.models import User
from zelfboeken.portal.devices import device_name
from zelfboeken.runtime.mail import Written


def reset_link(user: User, url: str) -> Written:
    """The link to choose a new password."""
    return lambda: (
        _("Choose a new password"),
        _paragraphs(
            _hello(user),
            _("Somebody, probably you, asked to choose a new password for your account. You do that here:"),
            url,
            _("The link works once, for half an hour. Did you not ask for it? Then you need not do anything."),
        ),
    )


def unknown_account(email: str) -> Written:
    """To an address without an account, for which a new password was asked."""
    return lambda: (
        _("There is no account with this address"),
        _paragraphs(
            _("Somebody, probably you, asked to choose a new password for %(email)s.") % {"email": email},
            _(
                "There is no account with this address. Perhaps you use another one; else ask who keeps your books to "
                "invite you."
            ),
        ),
    )


def new_address(user: User, url: str) -> Written:
    """To a new address: the link that makes it the address of the account."""
    return lambda: (
        _("Confirm your new mail address"),
        _paragraphs(
            _hello(user),
            _("You asked to sign in with this address from now on. Confirm that here:"),
            url,
            _("The link works once, for half an hour. Did you not ask for it? Then you need not do anything."),
        ),
    )


def address_in_use() -> Written:
    """To an address that has an account already, which somebody wanted for his own."""
    return lambda: (
        _("Your mail address was asked for"),
        _paragraphs(
            _(
                "Somebody wanted to sign in with this address in another account. That is not possible: it is the "
                "address of your own account. Nothing was changed."
            ),
        ),
    )


def address_changed(user: User, former: str, caller: Caller) -> Written:
    """To both addresses: from which to which."""
    return lambda: (
        _("Your mail address was changed"),
        _paragraphs(
            _hello(user),
            _("From now on you sign in with %(email)s instead of %(former)s. All other sessions have ended.")
            % {"email": user.email, "former": former},
            _from_where(caller),
            _not_you(),
        ),
    )


def told(name: str, user: User, caller: Caller) -> Written:
    """That something was changed about an account, by allauth's name for it. Raises KeyError for one unknown."""
    if name not in _NAMES:
        raise KeyError(name)

    def written() -> tuple[str, str]:
        subject, sentence = _words()[name]
        return subject, _paragraphs(_hello(user), sentence, _from_where(caller), _not_you())

    return written


_NAMES = frozenset(
    {
        "account/email/password_changed",
        "account/email/password_set",
        "account/email/password_reset",
        "mfa/email/totp_activated",
        "mfa/email/totp_deactivated",
        "mfa/email/webauthn_added",
        "mfa/email/webauthn_removed",
        "mfa/email/recovery_codes_generated",
    }
)


def _words() -> dict[str, tuple[str, str]]:
    changed = _("Your password was changed")
    return {
        "account/email/password_changed": (changed, _("Your password was changed. All other sessions have ended.")),
        "account/email/password_set": (changed, _("A password was set. All other sessions have ended.")),
        "account/email/password_reset": (changed, _("Your password was chosen anew. All sessions have ended.")),
        "mfa/email/totp_activated": (
            _("Second step set up"),
            _("From now on a code of your app is asked when you sign in."),
        ),
        "mfa/email/totp_deactivated": (
            _("Second step removed"),
            _("The app that gave a code when you sign in was removed."),
        ),
        "mfa/email/webauthn_added": (_("Passkey added"), _("A passkey was added to your account.")),
        "mfa/email/webauthn_removed": (_("Passkey removed"), _("A passkey was removed from your account.")),
        "mfa/email/recovery_codes_generated": (
            _("New recovery codes"),
            _("New recovery codes were made. The former ones no longer work."),
        ),
    }


def _hello(user: User) -> str:
    return _("Hello %(name)s,") % {"name": user.name or user.email}


def _from_where(caller: Caller) -> str:
    return _("It was done from %(device)s, address %(ip)s.") % {
        "device": device_name(caller.device),
        "ip": caller.ip or "?",
    }


def _not_you() -> str:
    return _("Was it not you? Choose a new password at once, and tell who keeps your books.")


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
