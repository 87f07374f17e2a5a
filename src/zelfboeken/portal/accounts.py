"""Sign-in by django-allauth: nobody makes an account by himself, he is invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zelfboeken.access.models import User
from zelfboeken.portal.errors import refused_page


class NoSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an invitation, never by the sign-up page."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy(
            "This e-mail address and password do not belong together. Type them again, or set a new password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always closed."""
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Who knows the right password of an account that was closed is told so."""
        text = _("This account is no longer in use. Ask the management or your accountant.")
        return refused_page(request, status=403, text=text)
