"""What stands around every page of one's own account: signed in, in one transaction, only our own fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from zelfboeken.access.models import User
from zelfboeken.portal.errors import refused_page
from zelfboeken.runtime.mail import MailNotSent

log = structlog.get_logger()
View = Callable[..., HttpResponse]


def account_view(
    *, methods: Iterable[str] = ("GET",), fields: Iterable[str] = (), is_public: bool = False
) -> Callable[[View], View]:
    """A page of the signed-in user about himself; with `is_public` one that a link in a mail leads to.

    An answer of 400 or above rolls back what the view did. Another method is like no such page, another field is 400.
    """
    allowed = frozenset({*methods, *(["HEAD"] if "GET" in methods else [])})
    known = frozenset({"csrfmiddlewaretoken", *fields})

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not is_public and not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            if request.method not in allowed:
                return refused_page(request, status=404)
            if strange := {*request.POST, *request.FILES} - known:
                log.warning("form_not_ours", fields=sorted(strange), path=request.path, user=request.user.pk)
                return refused_page(request, status=400)
            return in_transaction(view)(request, **kwargs)

        return wrapped

    return decorate


def in_transaction(view: View) -> View:
    """Run a view, one of the library's too, in one transaction with what it logs; no mail server is a 503."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                response = view(request, *args, **kwargs)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                return response
        except MailNotSent as no:
            return refused_page(request, status=503, text=str(no))

    return wrapped
