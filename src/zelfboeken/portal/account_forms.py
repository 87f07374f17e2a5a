"""The forms of the library that signs people in, in our words and with what it leaves to us."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import (
    ChangePasswordForm as AllauthChangePasswordForm,
)
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from zelfboeken.access.models import User
from zelfboeken.portal.accounts import DEMO_CODE, DEMO_SECRET, SecondFactors

_NEW = _("New password")
_AGAIN = _("The same once more")
_PASSWORD_HINT = _("At least 12 characters. A few words in a row are easy to keep in mind.")


def _plain(form: forms.BaseForm) -> None:
    """No text inside a field: it goes away as one types, and few can read it."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Signing in with address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Mail address")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Keep me signed in on this device")
        _plain(self)


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Asking for a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Mail address")
        _plain(self)


class _NewPasswordWords:
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _NEW
        self.fields["password1"].help_text = _PASSWORD_HINT
        self.fields["password2"].label = _AGAIN
        _plain(self)  # type: ignore[arg-type]


class NewPasswordForm(_NewPasswordWords, ResetPasswordKeyForm):  # type: ignore[misc]
    """Choosing a password by a link."""


class FirstPasswordForm(_NewPasswordWords, SetPasswordForm):  # type: ignore[misc]
    """A first password for who signed in elsewhere."""


class ChangePasswordForm(_NewPasswordWords, AllauthChangePasswordForm):  # type: ignore[misc]
    """Another password, by who knows the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["oldpassword"].help_text = ""


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """Showing once more that it is you."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        _plain(self)


class _Code:
    """A code of an app or a recovery code, each good for once."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: User
    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_words(self.fields["code"])

    def clean_code(self) -> str:
        demo = demo_factor(self.user) if settings.DEMO else None
        if demo and normalize_user_code(self.cleaned_data["code"]) == DEMO_CODE:
            self.authenticator = demo
            return DEMO_CODE
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not _use_up(self.authenticator, code):
            raise SecondFactors().validation_error("incorrect_code")
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Code, CodeReauthenticateForm):  # type: ignore[misc]
    """Showing once more that it is you, by a code."""


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app that was just set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_words(self.fields["code"])


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in, by a passkey."""

    def clean_credential(self) -> Any:
        """The passkey that answered."""
        with _only_answers():
            return super().clean_credential()


class PasskeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Showing once more that it is you, by a passkey."""

    def clean_credential(self) -> Any:
        """The passkey that answered."""
        with _only_answers():
            return super().clean_credential()


@contextmanager
def _only_answers() -> Iterator[None]:
    """What the library cannot even read is a wrong answer, not a failure of ours (INV-33)."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error):
        raise SecondFactors().validation_error("incorrect_code") from None


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey and what to call it."""

    def clean(self) -> Any:
        """What the passkey answered."""
        with _only_answers():
            return super().clean()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].help_text = _("So that you know later which device it is on.")
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = "60"


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = "60"


class DetailsForm(forms.Form):
    """What somebody is called, and his language."""

    name = forms.CharField(label=_("Name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class AddressForm(forms.Form):
    """The address somebody wants to sign in with."""

    email = forms.EmailField(label=_("New mail address"), max_length=254)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean_email(self) -> str:
        """The address in lower case; one's own is refused."""
        email = str(self.cleaned_data["email"]).lower()
        if email == self.user.email:
            raise forms.ValidationError(_("This is your address already."))
        return email


def _code_words(field: forms.Field) -> None:
    field.label = _("Code")
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "20"})


def counter_of(secret: str, code: str) -> int | None:
    """The step of time whose code this is; None when it is of none that counts now."""
    counters = yield_hotp_counters_from_time()
    return next(
        (
            one
            for one in counters
            if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, one)))
        ),
        None,
    )


@transaction.atomic
def _use_up(authenticator: Authenticator, code: str) -> bool:
    """Whether the code is of a later step than the last one that was used; from then on it is used.

    The library remembers a used code in its cache for one step only; a code counts for three.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    counter = counter_of(decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get("last_counter", -1):
        return False
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])
    authenticator.data = row.data
    return True


def demo_factor(user: User) -> Authenticator | None:
    """The second factor that the demo gave to this user; its code is shown to everybody there."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return found if found and decrypt(found.data["secret"]) == DEMO_SECRET else None
