"""The card on a domain's sheet by which its end is announced, confirmed or taken back (decision 15)."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess
from zelfboeken.billing.erasure import (
    Erasure,
    ErasureRefused,
    announce_erasure,
    confirm_erasure,
    erasure_of,
    require_confirmable,
    withdraw_erasure,
)
from zelfboeken.portal.pages import Action, ErasureCard, Field, FieldForm, Problem
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Domain, Lifecycle

ERASURE_FIELDS = ("announce_reason", "withdraw_reason", "erased_domain")
_ACTIONS = frozenset({"announce_erasure", "withdraw_erasure", "confirm_erasure"})


def is_erasure(action: str) -> bool:
    """Whether an action of the form is one of this card."""
    return action in _ACTIONS


def erasure_done(request: HttpRequest, office: PortalAccess, domain: Domain) -> str:
    """Take the step that was asked for; what to tell. Raises ErasureRefused."""
    post, now = request.POST, timezone.now()
    action = post.get("action", "")
    if action == "announce_erasure":
        announce_erasure(office=office, domain_id=domain.id, reason=post.get("announce_reason", ""), at=now)
        return _("Announced: the Directie of %(name)s has a mail.") % {"name": domain.name}
    if action == "withdraw_erasure":
        withdraw_erasure(office=office, domain_id=domain.id, reason=post.get("withdraw_reason", ""), at=now)
        return _("Taken back: %(name)s is not erased.") % {"name": domain.name}
    confirm_erasure(office=office, domain_id=domain.id, typed=post.get("erased_domain", ""), at=now)
    return _("Confirmed: %(name)s is erased once zelfboeken erase has run.") % {"name": domain.name}


def erasure_card(request: HttpRequest, domain: Domain, wrong: Problem | None) -> ErasureCard | None:
    """What stands about the end of this domain, and which step is open; None while it is in use.

    What was typed wrong is told at its field too.
    """
    if domain.erased_at is not None:
        return ErasureCard(told=(_("Everything of this domain was erased on %(on)s.") % {"on": _on(domain.erased_at)},))
    if domain.lifecycle != Lifecycle.INACTIVE or domain.is_view_only:
        return None
    now = timezone.now()
    found = erasure_of(domain, at=now)
    if found.announced is None:
        return ErasureCard(
            told=(
                _(
                    "In two steps: you announce it and the Directie has a mail; at least thirty days later, and six "
                    "months after the domain became inactive, you confirm it. The export comes first."
                ),
            ),
            forms=(_reason_form(request, "announce_erasure", _("Announce the erasure"), "announce_reason", wrong),),
        )
    return ErasureCard(told=_told(found, domain), forms=_forms(found, domain, request, wrong))


def _told(found: Erasure, domain: Domain) -> tuple[str, ...]:
    assert found.announced is not None
    told = [
        _("Announced on %(on)s by %(name)s: %(reason)s")
        % {"on": _on(found.announced.at), "name": found.announced.by_name, "reason": found.announced.reason}
    ]
    if found.confirmed is not None:
        told.append(
            _("Confirmed on %(on)s by %(name)s.") % {"on": _on(found.confirmed.at), "name": found.confirmed.by_name}
        )
        told.append(
            _("Who runs this installation erases it with: zelfboeken erase %(slug)s. Until then you can take it back.")
            % {"slug": domain.slug}
        )
        return tuple(told)
    told.append(
        _("The whole export was taken along on %(on)s.") % {"on": _on(found.exported_at)}
        if found.exported_at
        else _("The export was not taken along to the end yet.")
    )
    if (missing := _missing(found)) is not None:
        told.append(str(missing))
    return tuple(told)


def _missing(found: Erasure) -> ErasureRefused | None:
    try:
        require_confirmable(found, at=timezone.now())
    except ErasureRefused as no:
        return no
    return None


def _forms(found: Erasure, domain: Domain, request: HttpRequest, wrong: Problem | None) -> tuple[FieldForm, ...]:
    withdraw = _reason_form(request, "withdraw_erasure", _("Take it back"), "withdraw_reason", wrong)
    if found.confirmed is not None or _missing(found) is not None:
        return (withdraw,)
    confirm = FieldForm(
        action=Action(request.path, _("Confirm the erasure"), new_key(), text="confirm_erasure"),
        field=Field(
            "erased_domain",
            _("Address of the domain"),
            request.POST.get("erased_domain", "")[:100],
            error=_error("erased_domain", wrong),
            hint=_("Type %(slug)s. What is erased does not come back.") % {"slug": domain.slug},
        ),
        title="",
        is_grave=True,
    )
    return (confirm, withdraw)


def _reason_form(request: HttpRequest, action: str, label: str, field: str, wrong: Problem | None) -> FieldForm:
    return FieldForm(
        action=Action(request.path, label, new_key(), text=action),
        field=Field(field, _("Why"), request.POST.get(field, "")[:500], error=_error(field, wrong)),
        title="",
        is_grave=action == "announce_erasure",
    )


def _error(field: str, wrong: Problem | None) -> str:
    return wrong.text if wrong is not None and wrong.field_id == f"field-{field}" else ""


def _on(moment: datetime) -> str:
    return day(timezone.localtime(moment).date())
