"""Which administrations a user of a domain reaches, and whether his role Backoffice stays within them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.reach import ReachRefused, UserUnknown, change_reach, reach_of
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.services import Access
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Field, Link, Problem, ReachPage, RoleBox, Tag
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Administration

BIGGEST = 2**63


@domain_view(Right.ROLE_GIVE, methods=("GET", "POST"), fields=("action", "reach", "administration", "limit", "reason"))
def member_reach(request: HttpRequest, *, access: Access, member: int) -> HttpResponse:
    """What one user reaches; only the Directie says so."""
    if member >= BIGGEST:
        raise NotFound("member")
    found = Member.objects.filter(
        id=member, domain_id=access.domain_id, is_active=True, user__is_active=True
    ).select_related("user")
    stored = found.first()
    if stored is None:
        raise NotFound("member")
    if request.method != "POST":
        return _page(request, access, stored)
    post = request.POST
    if post.get("reach") not in {"ALL", "SOME"} or post.get("limit", "on") != "on":
        raise FormNotOurs("reach or limit")
    by_public = {str(one.public_id): one.id for one in Administration.objects.filter(domain_id=access.domain_id)}
    sent = post.getlist("administration")
    if not set(sent) <= set(by_public):
        raise NotFound("administration")
    try:
        is_changed = change_reach(
            access=access,
            member_id=stored.id,
            administration_ids=None if post["reach"] == "ALL" else {by_public[one] for one in sent},
            limits_backoffice="limit" in post,
            reason=post.get("reason", ""),
            at=timezone.now(),
        )
    except ReachRefused as no:
        return _page(request, access, stored, refused=no)
    except UserUnknown:
        raise NotFound("member") from None
    told = _("Kept what %(name)s reaches.") % {"name": stored.user}
    messages.success(request, told if is_changed else _("Nothing has changed."))
    return HttpResponseRedirect(reverse("users", args=[access.domain_slug]), status=303)


def reach_link(
    access: Access, member: Member, granted: set[int], administration_ids: set[int], *, is_backoffice: bool
) -> Link | None:
    """What a user reaches, with the way to change it; nothing where there is one set of books and nothing to choose."""
    if len(administration_ids) < 2 and member.reaches_all:
        return None
    url = reverse("member_reach", args=[access.domain_slug, member.id])
    if member.reaches_all:
        return Link(_("Reaches all administrations"), url)
    count = len(granted & administration_ids)
    values = {"count": count, "all": len(administration_ids)}
    text = ngettext(
        "Reaches %(count)d of %(all)d administrations", "Reaches %(count)d of %(all)d administrations", count
    )
    if is_backoffice and not member.is_backoffice_limited:
        return Link(_("Reaches all administrations, by the role Backoffice"), url, icon="triangle-alert")
    return Link(text % values, url)


def _page(request: HttpRequest, access: Access, member: Member, *, refused: ReachRefused | None = None) -> HttpResponse:
    held = reach_of(member)
    is_sent = refused is not None
    reaches_all = request.POST.get("reach") == "ALL" if is_sent else held.reaches_all
    ticked = set(request.POST.getlist("administration"))
    roles = RoleAssignment.objects.filter(member=member).exclude(state=RoleAssignment.State.WITHDRAWN).order_by("id")
    is_backoffice = any(one.role == Role.BACKOFFICE for one in roles)
    page = ReachPage(
        title=_("What %(name)s reaches") % {"name": member.user},
        name=str(member.user),
        url=request.path,
        key=new_key(),
        back=Link(_("Users and roles"), reverse("users", args=[access.domain_slug])),
        reaches_all=reaches_all,
        boxes=tuple(
            RoleBox(
                str(one.public_id),
                one.name,
                str(one.public_id) in ticked if is_sent else one.id in held.administration_ids,
            )
            for one in Administration.objects.filter(domain_id=access.domain_id).order_by("-is_default", "name", "id")
        ),
        is_limited="limit" in request.POST if is_sent else held.is_backoffice_limited,
        warning=_(
            "%(name)s has the role Backoffice. That role reaches all administrations, whatever you tick here: "
            "limit it too if you do not want that."
        )
        % {"name": member.user}
        if is_backoffice and not held.is_backoffice_limited
        else "",
        reason=Field("reason", _("Why (may be empty)"), request.POST.get("reason", "")[:500]),
        roles=tuple(Tag(role_name(one.role)) for one in roles),
        blocked=_("The owner of the domain always reaches all administrations.") if member.is_owner else "",
        problems=(Problem(str(refused)),) if refused else (),
    )
    shell = shell_for(request, access, administration_for(request, access), "users")
    return render(request, "portal/reach.html", {"shell": shell, "page": page}, status=422 if refused else 200)
