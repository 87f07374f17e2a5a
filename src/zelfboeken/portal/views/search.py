"""Searching a domain: a page, or the list under the search field."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.pages import Empty, SearchPage
from zelfboeken.portal.search import find
from zelfboeken.portal.shell import administration_for, shell_for


@domain_view(Right.DOMAIN_ENTER)
def search(request: HttpRequest, *, access: Access) -> HttpResponse:
    """What `?q=` leads to. A request of the search field itself (HX-Request) gets the list alone."""
    administration = administration_for(request, access)
    text = request.GET.get("q", "").replace("\0", "").strip()
    shell = shell_for(request, access, administration, "search")
    groups = find(access=access, administration_id=administration.id, text=text, shell=shell)
    count = sum(len(group.rows) for group in groups)
    page = SearchPage(
        title=_("Search"),
        text=text,
        count_text=ngettext("%(count)d result", "%(count)d results", count) % {"count": count},
        groups=groups,
        empty=_empty(text) if not groups else None,
    )
    template = "parts/found.html" if request.headers.get("HX-Request") else "portal/search.html"
    return render(request, template, {"shell": shell, "page": page})


def _empty(text: str) -> Empty:
    if not text:
        return Empty(
            _("What are you looking for?"),
            _("A name, a number, an amount, a message or an account."),
            icon="search",
            tone="",
        )
    return Empty(
        _("Nothing was found"),
        _("Try part of the name, the number without its letters, or the amount with its cents."),
        icon="search",
        tone="",
    )
