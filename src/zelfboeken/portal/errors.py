"""The pages of what goes wrong: one sentence, one number, one button, and nothing of the inside."""

from __future__ import annotations

import secrets
import sys

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zelfboeken.access.services import NotAllowed
from zelfboeken.portal.pages import Link, Refused

log = structlog.get_logger()

_SENTENCES = {
    400: (
        gettext_lazy("This request is not right"),
        gettext_lazy("The form holds something that does not belong there. Reload the page."),
    ),
    403: (
        gettext_lazy("You may not do this"),
        gettext_lazy("Your role does not allow this. Ask the management."),
    ),
    404: (
        gettext_lazy("Not found"),
        gettext_lazy("This page does not exist, or it is not for you."),
    ),
    409: (
        gettext_lazy("Changed meanwhile"),
        gettext_lazy("Somebody else was before you. Reload the page."),
    ),
    429: (
        gettext_lazy("Too many attempts"),
        gettext_lazy("Wait a few minutes and try again."),
    ),
    500: (
        gettext_lazy("Something went wrong"),
        gettext_lazy("Nothing was changed. Try again; does it stay, then give this number to your accountant."),
    ),
    503: (
        gettext_lazy("One moment"),
        gettext_lazy("The same is being worked on. Try again in a few seconds."),
    ),
}


def refused_page(request: HttpRequest, *, status: int, text: str = "", reference: str = "") -> HttpResponse:
    """The page of a refusal: one sentence, one number, one button."""
    title, sentence = _SENTENCES[status]
    page = Refused(
        status=status,
        title=str(title),
        text=text or str(sentence),
        reference=reference,
        button=Link(label=_("To the start page"), url="/"),
    )
    return render(request, "refused.html", {"refused": page}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django refuses before any view: a foreign host, too many fields."""
    return refused_page(request, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A refusal outside a domain, with its reason where `access` gave one."""
    because = exception.__cause__
    return refused_page(request, status=403, text=str(because) if isinstance(because, NotAllowed) else "")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or from one that was open for too long."""
    text = _("This page was open too long, or your browser keeps no cookies. Reload the page and try again.")
    return refused_page(request, status=403, text=text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address: the same page as for an object that is not there for this user (INV-09)."""
    return refused_page(request, status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """Signing in or resetting a password was tried too often."""
    return refused_page(request, status=429)


def failed(request: HttpRequest) -> HttpResponse:
    """The unexpected: logged by Django with its traceback, and here with the number that the person sees.

    A lock that was waited for too long, a deadlock, a database that is away: that may go well in a moment, so 503.
    """
    reference = secrets.token_hex(4).upper()
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    log.error("failed", status=status, reference=reference, method=request.method, path=request.path)
    try:
        response = refused_page(request, status=status, reference=reference)
    except Exception:  # the page of an error may not fail itself
        text = f"Er ging iets fout. Er is niets gewijzigd. Nummer {reference}."
        response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 503:
        response["Retry-After"] = "5"
    return response
