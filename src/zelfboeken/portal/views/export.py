"""Everything of a domain that somebody may see, as a zip: in the domain for who may export it, and on its sheet for the
Portaalbeheerder, also when nobody comes in any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess, open_portal_domain
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, UnknownDomain, open_domain
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.errors import refused_page
from zelfboeken.portal.pages import ExportPage, Link
from zelfboeken.portal.portal_view import ERASED, portal_view
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.reports.export import EVERYTHING, Opening, Sight, export_domain
from zelfboeken.reports.exported import begun, completed, require_still, sight_of
from zelfboeken.tenancy.models import Domain


@portal_view(Right.PORTAL_MANAGE)
def office_domain_export(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The zip of everything, for the Portaalbeheerder."""
    user_id, doing = office.user_id, f"{request.method} {request.path}"

    @contextmanager
    def opening() -> Iterator[None]:
        with open_portal_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as (now, found):
            now.require(Right.PORTAL_MANAGE)
            if found.erased_at is not None:
                raise UnknownDomain(found.slug)
            yield

    def told() -> None:
        with open_portal_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as (now, found):
            if found.erased_at is not None:
                raise UnknownDomain(found.slug)
            now.log_in_domain(at=timezone.now(), events=completed(domain.slug, EVERYTHING))

    if domain.erased_at is not None:
        return refused_page(request, status=409, text=ERASED)
    if request.method == "GET":
        office.log_in_domain(at=timezone.now(), events=[begun(domain.slug, EVERYTHING)])
    return _answer(request, domain, EVERYTHING, opening, told)


@domain_view(Right.EXPORT_ALL)
def domain_export(request: HttpRequest, *, access: Access) -> HttpResponse:
    """What goes into the zip for this user, and the button."""
    sight = sight_of(access)
    left_out = []
    if sight.administration_ids is not None:
        left_out.append(_("administrations that you do not reach"))
    if not sight.sees_log:
        left_out.append(_("the log, which is for the Directie"))
    if not sight.sees_every_question:
        left_out.append(_("questions that you may not see"))
    page = ExportPage(
        title=_("Take everything along"),
        parts=(
            (_("Originals"), _("Every file as it came in, with its name, its day and its SHA-256")),
            (_("Books"), _("Entries, accounts, invoices, open items, VAT and bank of each administration, as tables")),
            (_("Plain text"), _("The same books as a journal for hledger, with the balance of each account")),
            (_("Questions"), _("What was asked and answered, and the mails that came back")),
            (_("Proof"), _("The chains of the books, to be counted again without Zelfboeken, and a manifest")),
        ),
        left_out=_("Not in it: %(what)s.") % {"what": "; ".join(left_out)} if left_out else "",
        download=Link(_("Download the zip"), reverse("domain_export_zip", args=[access.domain_slug]), "download"),
    )
    shell = shell_for(request, access, administration_for(request, access), "domain_export")
    return render(request, "portal/export.html", {"shell": shell, "page": page})


@domain_view(Right.EXPORT_ALL)
def domain_export_zip(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The zip of everything that this user may see."""
    user_id, doing = access.user_id, f"{request.method} {request.path}"
    slug, sight = access.domain_slug, sight_of(access)

    @contextmanager
    def opening() -> Iterator[None]:
        with open_domain(user_id=user_id, slug=slug, at=timezone.now(), doing=doing) as now:
            require_still(now, access)
            yield

    def told() -> None:
        with open_domain(user_id=user_id, slug=slug, at=timezone.now(), doing=doing) as now:
            now.log(at=timezone.now(), events=completed(slug, sight))

    if request.method == "GET":
        access.log(at=timezone.now(), events=[begun(slug, sight)])
    return _answer(request, Domain.objects.get(id=access.domain_id), sight, opening, told)


def _answer(
    request: HttpRequest, domain: Domain, sight: Sight, opening: Opening, told: Callable[[], None]
) -> HttpResponse:
    now = timezone.localtime()
    name = f"{domain.slug}-{now:%Y-%m-%d}.zip"
    parts: Iterator[bytes] = iter(())
    if request.method == "GET":
        # Who asks for the head alone gets no byte of it: a server that reads on to the end would have us say it went.
        made = export_domain(opening=opening, domain_id=domain.id, name=domain.name, sight=sight, at=now)
        if not _ONE.acquire(blocking=False):
            return refused_page(
                request, status=503, text=_("Somebody downloads an export already. Try again in a few minutes.")
            )
        parts = _AloneHere(_until_the_end(made, told))
    response = StreamingHttpResponse(parts, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # What Django's own types say of a view leaves out answers in parts; every middleware takes them.
    return cast("HttpResponse", response)


_ONE = threading.Lock()
"""Held while an export goes out. A thread waits for whoever downloads, however slow, and a process has two: without
this, two of them would stop every page of it."""


class _AloneHere(Iterator[bytes]):
    """The parts of the export that goes out of this process; `_ONE` is given back once, however it ends."""

    def __init__(self, parts: Generator[bytes]) -> None:
        self._parts = parts
        self._is_held = True

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Whoever downloads has it all, or went away."""
        if self._is_held:
            self._is_held = False
            _ONE.release()
        self._parts.close()

    def __del__(self) -> None:
        # An answer that was made and never sent.
        self.close()


def _until_the_end(parts: Iterator[bytes], told: Callable[[], None]) -> Generator[bytes]:
    """The parts; and once the last was taken, and not when the download is broken off, what is told of it."""
    yield from parts
    told()
