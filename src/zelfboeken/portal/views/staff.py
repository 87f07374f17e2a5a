"""The staff of an office: who works there, with which portal roles, and asking a colleague in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.invitations import (
    InvitationGone,
    InvitationRefused,
    invite_to_staff,
    open_invitations,
    withdraw_invitation,
)
from zelfboeken.access.models import PortalMember
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.portal_domains import Colleague, staff_of
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.staff import StaffRefused, StaffUnknown, change_portal_role, end_staff
from zelfboeken.portal.accounts import end_other_sessions
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.invitation_rows import invitation_rows, invite_form
from zelfboeken.portal.office_shell import here_in, office_shell
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Link, Option, Problem, RoleBox, SelectField, StaffPage, StaffRow
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.office import link_to
from zelfboeken.portal.views.sheet import read_row

GIVEN = (
    PortalRole.PORTAL_ADMIN,
    PortalRole.PORTAL_BACKOFFICE,
    PortalRole.CONTROLLER,
    PortalRole.DATA_ENTRY,
    PortalRole.GUEST,
)


@portal_view(
    Right.PORTAL_MANAGE,
    methods=("GET", "POST"),
    fields=("action", "email", "language", "role", "invitation", "member", "roles", "reason"),
)
def office_staff(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The people of the office."""
    if request.method != "POST":
        return _page(request, office)
    try:
        told = _done(request, office)
    except InvitationRefused as no:
        return _page(request, office, wrong=no)
    except StaffRefused as no:
        return _page(request, office, problem=Problem(str(no)))
    except (StaffUnknown, InvitationGone):
        raise NotFound("staff") from None
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _done(request: HttpRequest, office: PortalAccess) -> str:
    post, now = request.POST, timezone.now()
    action = post.get("action", "")
    if "invitation" in post:
        email = withdraw_invitation(access=office, invitation_id=read_row(post["invitation"]), domain=None, at=now)
        return _("Invitation of %(email)s withdrawn.") % {"email": email}
    if action == "invite":
        invite_to_staff(
            office=office,
            email=post.get("email", ""),
            role=_role(post.get("role", "")),
            language=post.get("language", "nl"),
            at=now,
            link_to=link_to,
        )
        return _("Invitation sent to %(email)s.") % {"email": post.get("email", "").strip()}
    member_id = read_row(post.get("member", ""))
    reason = post.get("reason", "")
    if action == "leave":
        name = end_staff(office=office, member_id=member_id, at=now, reason=reason)
        return _("%(name)s left the office.") % {"name": name}
    if action != "roles":
        raise FormNotOurs("action")
    wanted = {_role(one) for one in post.getlist("roles")}
    # Given before withdrawn, and that of Portaalbeheerder last: who lays it down himself may change nothing after it.
    is_changed = False
    for role in sorted(GIVEN, key=lambda one: (one not in wanted, one is PortalRole.PORTAL_ADMIN)):
        is_changed |= change_portal_role(
            office=office, member_id=member_id, role=role, is_given=role in wanted, at=now, reason=reason
        )
    if is_changed and PortalMember.objects.filter(id=member_id, user_id=office.user_id).exists():
        end_other_sessions(request)
    return _("Roles kept.")


def _role(text: str) -> PortalRole:
    if text not in {one.value for one in GIVEN}:
        raise FormNotOurs("role")
    return PortalRole(text)


def _page(
    request: HttpRequest,
    office: PortalAccess,
    *,
    wrong: InvitationRefused | None = None,
    problem: Problem | None = None,
) -> HttpResponse:
    now = timezone.now()
    people = staff_of(office=office)
    roles = tuple(Option(one.value, role_name(one.value), one is PortalRole.PORTAL_BACKOFFICE) for one in GIVEN)
    problems = (Problem(str(wrong), f"field-{wrong.field}"),) if wrong else (problem,) if problem else ()
    page = StaffPage(
        title=_("Users of the office"),
        count_text=ngettext("%(count)d user", "%(count)d users", len(people)) % {"count": len(people)},
        url=here_in(request, office),
        heads=tuple(role_name(one.value) for one in GIVEN),
        people=tuple(_row(office, one) for one in people),
        invitations=invitation_rows(
            open_invitations(portal_id=office.portal_id, domain=None, at=now), url=here_in(request, office), at=now
        ),
        invite=invite_form(
            here_in(request, office),
            email=request.POST.get("email", "") if wrong else "",
            wrong=wrong,
            choices=(SelectField("role", _("Role"), roles),),
        ),
        problems=problems,
        links=(
            Link(_("What each role may"), reverse("office_rights"), "list-checks"),
            Link(_("Role log"), reverse("office_role_log"), "history"),
            Link(_("Old Backoffice access"), reverse("office_legacy"), "repeat"),
        ),
    )
    shell = office_shell(request, office, "office_staff")
    status = 422 if wrong else 409 if problem else 200
    return render(request, "office/staff.html", {"shell": shell, "page": page}, status=status)


def _row(office: PortalAccess, one: Colleague) -> StaffRow:
    return StaffRow(
        member=str(one.member_id),
        key=new_key(),
        name=one.name,
        email=one.email,
        initials=initials(one.name),
        is_you=one.user_id == office.user_id,
        boxes=tuple(RoleBox(role.value, role_name(role.value), role.value in one.roles) for role in GIVEN),
    )
