"""The staff of an office has a second factor, or gets nowhere: whatever the address, and whatever page comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

OPEN_WITHOUT = frozenset(
    {
        "healthy",
        "language",
        "invitation",  # its link is the key
        "help",  # open to everybody; what readers answered is the operator's
        "help_article",
        "account",
        "account_login",
        "account_logout",
        "account_signup",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_sessions",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
    }
)
"""Url names that open for staff without a second factor: signing in and out, setting it up, help. No other does."""


class SecondFactorOfTheOffice:
    """Leads a member of an office's staff without a second factor to the page where he sets it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before any view runs. Who has no session is not looked up."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match is not None and match.url_name in OPEN_WITHOUT and not match.namespaces:
            return None
        if getattr(request.user, "owes_second_factor", False):
            return HttpResponseRedirect(reverse("mfa_index"), status=303)
        return None
