"""Sign-in by django-allauth: nobody makes an account by himself, he is invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an invitation, never by the sign-up page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always closed."""
        return False
