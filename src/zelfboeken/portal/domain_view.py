"""The one decorator of every page in a domain: who comes in, in one transaction, and what a refusal looks like."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from zelfboeken.access.office import UnknownPortal
from zelfboeken.access.rights import Right
from zelfboeken.access.services import AdministrationNotReached, NotAllowed, UnknownDomain, open_domain
from zelfboeken.portal.errors import refused_page
from zelfboeken.runtime.idempotency import KeyIsRunning, KeyMalformed, KeyUsedForSomethingElse, claim, keep_answer

log = structlog.get_logger()
DomainView = Callable[..., HttpResponse]
PUBLIC_VIEWS = frozenset(
    {
        "home",
        "healthy",
        "language",
        "account_login",
        "account_logout",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "invitation",
        "help",
        "help_article",
        # Signing in further, and one's own account: these name no object but what belongs to who is signed in.
        "account",
        "account_change_email",
        "account_change_password",
        "account_confirm_email",
        "account_reauthenticate",
        "account_sessions",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_authenticate",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "openid_connect_callback",
        "openid_connect_login",
        "socialaccount_login_cancelled",
    }
)
"""Url names of the views that name no right, each on purpose."""
OPERATOR_VIEWS = frozenset({"help_answers", "help_handle"})
"""Url names of the views that belong to no domain and ask for the operator of the installation."""


class NotFound(LookupError):
    """An object that is not there for this user: the same answer as one that does not exist (INV-09)."""

    code = "unknown"


class FormNotOurs(ValueError):
    """A form holds a field that its page does not have, or a value that no page sends (INV-33)."""

    code = "form_not_ours"


def domain_view(
    right: Right, *, methods: Iterable[str] = ("GET",), fields: Iterable[str] = ()
) -> Callable[[DomainView], DomainView]:
    """Open the domain of the address for the signed-in user, check the right, run the view, all in one transaction.

    `methods` are the ones the view answers; `fields` are the fields of its form, each a name or a pattern of names, and
    any other field refuses the form: a `domain` or an `administration` slipped in changes nothing. An answer of 400 or
    above rolls everything back; the door logs a refusal apart, with a reference number. A POST that carries a `key` is
    carried out once (INV-14).
    """
    allowed = frozenset({*methods, *(["HEAD"] if "GET" in methods else [])})
    known = known_fields(fields)

    def decorate(view: DomainView) -> DomainView:
        @wraps(view)
        def wrapped(request: HttpRequest, domain: str, **kwargs: Any) -> HttpResponse:
            if request.user.pk is None or not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return answered(request, lambda: _run(view, right, allowed, known, request, domain, kwargs))

        wrapped.right = right  # type: ignore[attr-defined]
        wrapped.methods = allowed  # type: ignore[attr-defined]
        return wrapped

    return decorate


def answered(request: HttpRequest, run: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer to a request, or the page that tells its refusal."""
    try:
        return run()
    except RolledBack as stopped:
        return stopped.response
    except (UnknownDomain, UnknownPortal, AdministrationNotReached, NotFound):
        return refused_page(request, status=404)
    except NotAllowed as no:
        return refused_page(request, status=403, text=str(no), reference=no.reference)
    except FormNotOurs as no:
        log.warning("form_not_ours", what=str(no), path=request.path, user=request.user.pk)
        return refused_page(request, status=400)
    except (KeyUsedForSomethingElse, KeyIsRunning) as no:
        return refused_page(request, status=409, text=str(no))
    except KeyMalformed as no:
        return refused_page(request, status=400, text=str(no))


_EVERY_FORM = ("csrfmiddlewaretoken", "key", "version")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,100}")


class RolledBack(Exception):
    """An answer of 400 or above, or a form that was only looked at: what was written for it is undone, and its key is
    free.
    """

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def _run(
    view: DomainView,
    right: Right,
    allowed: frozenset[str],
    known: re.Pattern[str],
    request: HttpRequest,
    slug: str,
    kwargs: dict[str, Any],
) -> HttpResponse:
    now = timezone.now()
    assert request.user.pk is not None
    with open_domain(user_id=request.user.pk, slug=slug, at=now, doing=f"{request.method} {request.path}") as access:
        if request.method not in allowed:
            # The same answer as for an object that is not there, so that no method tells one from the other (INV-09).
            raise NotFound(request.method)
        access.require(right)
        key = ""
        if request.method == "POST":
            check_form(request, known)
            key = request.POST.get("key", "")
        if key:
            answer = claim(domain_id=access.domain_id, key=key, content=content_of(request), at=now)
            if answer is not None:
                return HttpResponseRedirect(answer or request.path, status=303)
        response = view(request, access=access, **kwargs)
        if response.status_code >= 400:
            raise RolledBack(response)
        if key and "Location" in response.headers:
            keep_answer(domain_id=access.domain_id, key=key, answer=response.headers["Location"])
        return response


def known_fields(fields: Iterable[str]) -> re.Pattern[str]:
    """The names that a form may hold: its own, each a name or a pattern of names, and those of every form."""
    return re.compile("|".join(f"(?:{name})" for name in (*_EVERY_FORM, *fields)))


def check_form(request: HttpRequest, known: re.Pattern[str]) -> None:
    """Go on only with a form that holds nothing but its own fields.

    Raises:
        FormNotOurs: it holds something else.
    """
    for name in (*request.POST, *request.FILES):
        if not known.fullmatch(name):
            raise FormNotOurs(f"field {name!r}")
    if any("\0" in value for _, values in request.POST.lists() for value in values):
        raise FormNotOurs("a value with a zero byte")
    key = request.POST.get("key", "")
    if key and not _KEY.fullmatch(key):
        raise FormNotOurs("a key that is not ours")


def content_of(request: HttpRequest) -> bytes:
    """What a form asks for and who asks it: the same content under the same key is the same command."""
    fields = [
        (name, value)
        for name, values in sorted(request.POST.lists())
        if name not in {"csrfmiddlewaretoken", "key"}
        for value in values
    ]
    files = [(name, file.name, _sha256(file)) for name in sorted(request.FILES) for file in request.FILES.getlist(name)]
    return repr((request.path, request.user.pk, fields, files)).encode()


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
