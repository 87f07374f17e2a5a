"""Taking the last step back (key U)."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.booking import services as booking
from zelfboeken.booking.models import Proposal
from zelfboeken.ledger.rules import EntryRefused
from zelfboeken.matching import services as matching
from zelfboeken.matching.set_off import undo_set_off
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.undo import LastStep, forget, last_step


@domain_view(Right.DOCUMENT_SEE_ALL_USERS, methods=("POST",))
def undo(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Take back what was done last, all of it or nothing."""
    step = last_step(request, access)
    if step is None or step.done_at.isoformat() != request.POST.get("version"):
        messages.info(request, _("There is nothing to undo any more."))
        return HttpResponseRedirect(step.url if step else reverse("start", args=[access.domain_slug]), status=303)
    try:
        with transaction.atomic():
            _take_back(access, step)
    except (
        EntryRefused,
        booking.NotBooked,
        booking.ProposalChanged,
        matching.NotSettled,
        matching.LineChanged,
    ) as no:
        messages.warning(request, str(no))
    except (booking.UnknownProposal, matching.UnknownLine, matching.UnknownMatch) as no:
        # Of an administration that he does not reach any more (INV-09).
        raise NotFound(str(no)) from None
    else:
        messages.success(request, _("Undone: %(what)s") % {"what": step.text})
    forget(request, access)
    return HttpResponseRedirect(step.url, status=303)


def _take_back(access: Access, step: LastStep) -> None:
    now, today = timezone.now(), timezone.localdate()
    if step.kind == "LINE":
        for one, entry_id in zip(step.ids, step.versions, strict=True):
            matching.take_back(access=access, bank_line_id=one, on=today, at=now, entry_id=entry_id)
        return
    if step.kind == "SET_OFF":
        for one in step.ids:
            undo_set_off(access=access, match_id=one, at=now)
        return
    entries: dict[int, list[int]] = defaultdict(list)
    for proposal in Proposal.objects.filter(domain_id=access.domain_id, id__in=step.ids, entry_id__isnull=False):
        entries[proposal.administration_id].append(proposal.entry_id or 0)
    for one, version in zip(step.ids, step.versions, strict=True):
        booking.take_back(access=access, proposal_id=one, version=version, on=today, at=now)
    for administration_id, taken_back in entries.items():
        matching.propose_for_entries(access=access, administration_id=administration_id, entry_ids=taken_back, at=now)
