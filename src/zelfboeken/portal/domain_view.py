"""The one decorator of every page in a domain: who comes in, in one transaction, and what a refusal looks like."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, NotAllowed, UnknownDomain, access_of, open_domain
from zelfboeken.audit.services import Happened
from zelfboeken.portal.pages import Link, Refused
from zelfboeken.runtime.idempotency import KeyIsRunning, KeyMalformed, KeyUsedForSomethingElse, claim, keep_answer
from zelfboeken.tenancy.scope import domain_scope

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
    }
)
"""Url names of the views that name no right, each on purpose."""


class NotFound(LookupError):
    """An object that is not there for this user: the same answer as one that does not exist (INV-09)."""

    code = "unknown"


def domain_view(right: Right) -> Callable[[DomainView], DomainView]:
    """Open the domain of the address for the signed-in user, check the right, run the view, all in one transaction.

    An answer of 400 or above rolls everything back; a refusal is logged apart, with a reference number. A POST that
    carries a `key` is carried out once (INV-14).
    """

    def decorate(view: DomainView) -> DomainView:
        @wraps(view)
        def wrapped(request: HttpRequest, domain: str, **kwargs: Any) -> HttpResponse:
            if request.user.pk is None or not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            try:
                return _run(view, right, request, domain, kwargs)
            except _RolledBack as stopped:
                return stopped.response
            except (UnknownDomain, NotFound):
                return refused_page(request, status=404)
            except NotAllowed as no:
                return _refuse(request, domain, no)
            except (KeyUsedForSomethingElse, KeyIsRunning) as no:
                return refused_page(request, status=409, text=str(no))
            except KeyMalformed as no:
                return refused_page(request, status=400, text=str(no))

        wrapped.right = right  # type: ignore[attr-defined]
        return wrapped

    return decorate


def refused_page(request: HttpRequest, *, status: int, text: str = "", reference: str = "") -> HttpResponse:
    """The page of a refusal: one sentence, one number, one button."""
    title, sentence = _SENTENCES[status]
    page = Refused(
        status=status,
        title=title,
        text=text or sentence,
        reference=reference,
        button=Link(label="Naar het begin", url="/"),
    )
    return render(request, "refused.html", {"refused": page}, status=status)


_SENTENCES = {
    400: ("Dit verzoek klopt niet", "Er staat iets in het formulier dat er niet hoort. Herlaad de pagina."),
    403: ("Dit mag je niet", "Je rol laat dit niet toe. Vraag het aan de Directie."),
    404: ("Niet gevonden", "Deze pagina bestaat niet, of ze is niet voor jou."),
    409: ("Intussen gewijzigd", "Iemand anders was je voor. Herlaad de pagina."),
    500: ("Hier ging iets mis", "Dat ligt aan ons. Probeer het opnieuw, of verwittig wie de server beheert."),
    503: ("Even geduld", "Er wordt aan hetzelfde gewerkt. Probeer het over enkele seconden opnieuw."),
}


class _RolledBack(Exception):
    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def _run(view: DomainView, right: Right, request: HttpRequest, slug: str, kwargs: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    assert request.user.pk is not None
    with open_domain(user_id=request.user.pk, slug=slug, on=timezone.localdate()) as access:
        access.require(right)
        key = request.POST.get("key", "") if request.method == "POST" else ""
        if key:
            answer = claim(domain_id=access.domain_id, key=key, content=_content(request), at=now)
            if answer is not None:
                return HttpResponseRedirect(answer or request.path, status=303)
        response = view(request, access=access, **kwargs)
        if response.status_code >= 400:
            raise _RolledBack(response)
        if key and "Location" in response.headers:
            keep_answer(domain_id=access.domain_id, key=key, answer=response.headers["Location"])
        return response


def _content(request: HttpRequest) -> bytes:
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


def _refuse(request: HttpRequest, slug: str, no: NotAllowed) -> HttpResponse:
    reference = secrets.token_hex(4).upper()
    assert request.user.pk is not None
    now: datetime = timezone.now()
    access: Access = access_of(user_id=request.user.pk, slug=slug, on=timezone.localdate())
    with transaction.atomic(), domain_scope(access.domain_id):
        access.log(
            at=now,
            events=[
                Happened(
                    "refused",
                    request.path,
                    {"code": str(no.code), "right": str(no.right), "reference": reference, "method": request.method},
                )
            ],
        )
    log.warning("refused", code=str(no.code), right=str(no.right), reference=reference, user=request.user.pk)
    return refused_page(request, status=403, text=str(no), reference=reference)
