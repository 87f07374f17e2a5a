"""The decorator of every page of an office: who of its staff comes in, in one transaction, once, and refused aloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from zelfboeken.access.office import open_portal, open_portal_domain, portals_of
from zelfboeken.access.rights import Right
from zelfboeken.portal.domain_view import (
    NotFound,
    RolledBack,
    answered,
    check_form,
    content_of,
    known_fields,
)
from zelfboeken.portal.errors import refused_page
from zelfboeken.runtime.idempotency import claim, claim_in_portal, keep_answer, keep_answer_in_portal

PortalView = Callable[..., HttpResponse]
ERASED = "Dit domein is definitief gewist. Alleen zijn adres en zijn maandafrekeningen zijn er nog, om te lezen."
CHOSEN = "office"
"""The field of the session that says in which portal somebody works who is on the staff of several."""


def portal_view(
    right: Right, *, methods: Iterable[str] = ("GET",), fields: Iterable[str] = ()
) -> Callable[[PortalView], PortalView]:
    """Open the portal of the signed-in user, check the right, run the view as `view(request, office=…)`.

    An address that names a `domain` opens the sheet of that domain: its scope is open, and the view gets `domain` too.
    Methods, fields, keys and refusals are as for `domain_view`. A POST that only shows again what was filled in (it
    answers without a redirect) changes nothing, and its key stays free.
    """
    allowed = frozenset({*methods, *(["HEAD"] if "GET" in methods else [])})
    known = known_fields(fields)

    def decorate(view: PortalView) -> PortalView:
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.user.pk is None or not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            run = _in_domain if "domain" in kwargs else _in_portal
            return answered(request, lambda: run(view, right, allowed, known, request, kwargs))

        wrapped.right = right  # type: ignore[attr-defined]
        wrapped.methods = allowed  # type: ignore[attr-defined]
        return wrapped

    return decorate


def _in_portal(
    view: PortalView,
    right: Right,
    allowed: frozenset[str],
    known: re.Pattern[str],
    request: HttpRequest,
    kwargs: dict[str, Any],
) -> HttpResponse:
    now, user_id = timezone.now(), request.user.pk
    assert user_id is not None
    slug = request.GET.get("kantoor", "") or _chosen_before(request, user_id)
    with open_portal(user_id=user_id, slug=slug, at=now, doing=f"{request.method} {request.path}") as office:
        if request.session.get(CHOSEN) != office.portal_slug:
            request.session[CHOSEN] = office.portal_slug
        if request.method not in allowed:
            raise NotFound(request.method)
        office.require(right)
        key = _key(request, known)
        if key:
            answer = claim_in_portal(portal_id=office.portal_id, key=key, content=content_of(request), at=now)
            if answer is not None:
                return HttpResponseRedirect(answer or request.path, status=303)
        response = _stored(request, view(request, office=office, **kwargs))
        if key:
            keep_answer_in_portal(portal_id=office.portal_id, key=key, answer=response.headers["Location"])
        return response


def _in_domain(
    view: PortalView,
    right: Right,
    allowed: frozenset[str],
    known: re.Pattern[str],
    request: HttpRequest,
    kwargs: dict[str, Any],
) -> HttpResponse:
    now, user_id = timezone.now(), request.user.pk
    assert user_id is not None
    slug, rest = kwargs["domain"], {name: value for name, value in kwargs.items() if name != "domain"}
    with open_portal_domain(user_id=user_id, slug=slug, at=now, doing=f"{request.method} {request.path}") as (
        office,
        domain,
    ):
        if request.method not in allowed:
            raise NotFound(request.method)
        office.require(right)
        if request.method == "POST" and domain.erased_at is not None:
            raise RolledBack(refused_page(request, status=409, text=ERASED))
        key = _key(request, known)
        if key:
            answer = claim(domain_id=domain.id, key=key, content=content_of(request), at=now)
            if answer is not None:
                return HttpResponseRedirect(answer or request.path, status=303)
        response = _stored(request, view(request, office=office, domain=domain, **rest))
        if key:
            keep_answer(domain_id=domain.id, key=key, answer=response.headers["Location"])
        return response


def _chosen_before(request: HttpRequest, user_id: int) -> str:
    """The portal of this session, while he is still on its staff."""
    kept = request.session.get(CHOSEN, "")
    return kept if any(one.slug == kept for one in portals_of(user_id=user_id)) else ""


def _key(request: HttpRequest, known: re.Pattern[str]) -> str:
    if request.method != "POST":
        return ""
    check_form(request, known)
    return request.POST.get("key", "")


def _stored(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, unless what was written for it must be undone: a refusal, or a form that was only looked at."""
    is_only_shown = request.method == "POST" and "Location" not in response.headers
    if response.status_code >= 400 or is_only_shown:
        raise RolledBack(response)
    return response
