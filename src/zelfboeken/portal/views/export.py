"""The zip of a domain that is archived or inactive: for its Directie, and for the Portaalbeheerder on its sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from zelfboeken.access.office import PortalAccess, open_portal_domain
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.services import Access, NotAllowed, open_domain
from zelfboeken.audit.services import Happened
from zelfboeken.billing.erasure import EXPORTED as COMPLETED
from zelfboeken.portal.domain_view import domain_view
from zelfboeken.portal.errors import refused_page
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.reports.export import Opening, export_domain
from zelfboeken.tenancy.models import Domain, Lifecycle

EXPORTED = frozenset({Lifecycle.ARCHIVED, Lifecycle.INACTIVE})
"""The lives in which nothing is written any more, so that the parts of an export fit together."""

STILL_OPEN = "In dit domein wordt nog gewerkt. De export van alles kan zodra het gearchiveerd of inactief is."


@portal_view(Right.PORTAL_MANAGE)
def office_domain_export(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """Everything of a domain that is archived or inactive, for the Portaalbeheerder."""
    user_id, doing = office.user_id, f"{request.method} {request.path}"

    @contextmanager
    def opening() -> Iterator[None]:
        with open_portal_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as (now, found):
            now.require(Right.PORTAL_MANAGE)
            _require_put_away(found)
            yield

    def told() -> None:
        with open_portal_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as (now, _found):
            now.log_in_domain(at=timezone.now(), events=[_completed(domain)])

    if domain.lifecycle not in EXPORTED:
        return refused_page(request, status=409, text=STILL_OPEN)
    if request.method == "GET":
        office.log_in_domain(at=timezone.now(), events=[Happened("domain.exported", f"domain:{domain.slug}", {})])
    return _answer(domain, opening, told)


@domain_view(Right.EXPORT_ALL)
def domain_export(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Everything of a domain that is archived, or that is looked at, for its Directie."""
    user_id, doing = access.user_id, f"{request.method} {request.path}"

    @contextmanager
    def opening() -> Iterator[None]:
        with open_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as now:
            _require_directie(now)
            _require_put_away(Domain.objects.get(id=now.domain_id))
            yield

    def told() -> None:
        with open_domain(user_id=user_id, slug=domain.slug, at=timezone.now(), doing=doing) as now:
            now.log(at=timezone.now(), events=[_completed(domain)])

    domain = Domain.objects.get(id=access.domain_id)
    if domain.lifecycle not in EXPORTED:
        return refused_page(request, status=409, text=STILL_OPEN)
    _require_directie(access)
    if request.method == "GET":
        access.log(at=timezone.now(), events=[Happened("domain.exported", f"domain:{domain.slug}", {})])
    return _answer(domain, opening, told)


def may_export(access: Access) -> bool:
    """Whether he takes the whole of the domain with him: Directie, of all its administrations."""
    is_directie = Role.MANAGEMENT in access.roles and access.administration_ids is None
    return is_directie and access.may(Right.EXPORT_ALL)


def may_be_exported(domain_id: int) -> bool:
    """Whether nothing is written to this domain any more."""
    return Domain.objects.filter(id=domain_id, lifecycle__in=EXPORTED).exists()


def _require_directie(access: Access) -> None:
    access.require(Right.EXPORT_ALL)
    if not may_export(access):
        raise NotAllowed(
            right=Right.EXPORT_ALL,
            code="not_directie",
            reason="Het hele domein meenemen is voor de Directie van alle administraties. Vraag het aan haar.",
        )


def _require_put_away(domain: Domain) -> None:
    if domain.lifecycle not in EXPORTED:
        raise NotAllowed(right=Right.EXPORT_ALL, code="domain_is_open", reason=STILL_OPEN)


def _completed(domain: Domain) -> Happened:
    return Happened(COMPLETED, f"domain:{domain.slug}", {})


def _answer(domain: Domain, opening: Opening, told: Callable[[], None]) -> HttpResponse:
    now = timezone.localtime()
    name = f"{domain.slug}-{now:%Y-%m-%d}.zip"
    parts = export_domain(opening=opening, domain_id=domain.id, name=domain.name, at=now)
    response = StreamingHttpResponse(_until_the_end(parts, told), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # What Django's own types say of a view leaves out answers in parts; every middleware takes them.
    return cast("HttpResponse", response)


def _until_the_end(parts: Iterator[bytes], told: Callable[[], None]) -> Iterator[bytes]:
    """The parts; and once the last was taken, and not when the download is broken off, what is told of it."""
    yield from parts
    told()
