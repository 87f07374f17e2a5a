"""The users of a domain and their roles: given by the Directie, with the price before it is confirmed (S8–S16)."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.invitations import (
    InvitationGone,
    InvitationRefused,
    invite_to_domain,
    open_invitations,
    withdraw_invitation,
)
from zelfboeken.access.models import AdministrationGrant, Member, RoleAssignment
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import Missing
from zelfboeken.access.services import Access
from zelfboeken.billing.giving import (
    ask_later,
    assign_backoffice,
    change_roles,
    end_member,
    offer_backoffice,
    waits_for,
)
from zelfboeken.billing.rules import NoPrice
from zelfboeken.billing.seats import MemberUnknown, RoleRefused, withdraw_role
from zelfboeken.portal.accounts import end_other_sessions
from zelfboeken.portal.backoffice import backoffice_form, blocked_notice, bundle_choices, directie_names
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, RolledBack, domain_view
from zelfboeken.portal.invitation_rows import invitation_rows, invite_form
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Link, Notice, Problem, RoleBox, Tag, UserRow, UsersPage
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.office import link_to
from zelfboeken.portal.views.reach import reach_link
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.tenancy.models import Administration, Domain

OTHERS = tuple(role for role in Role if role is not Role.BACKOFFICE)


@domain_view(
    Right.DOMAIN_ENTER,
    methods=("GET", "POST"),
    fields=("action", "member", "roles", "reason", "email", "language", "invitation"),
)
def users(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Who works in this domain, with which roles. The Directie changes them; the others read whom to ask."""
    if request.method != "POST":
        return _page(request, access)
    access.require(Right.ROLE_GIVE)
    try:
        with transaction.atomic():
            told = _done(request, access)
    except InvitationRefused as no:
        return _page(request, access, wrong=no, problems=(Problem(str(no), f"field-{no.field}"),), status=422)
    except RoleRefused as no:
        return _page(request, access, problems=(Problem(str(no)),), status=409)
    except (MemberUnknown, InvitationGone):
        raise NotFound("member") from None
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


@domain_view(Right.ROLE_GIVE, methods=("GET", "POST"), fields=("action", "member", "agreed"))
def backoffice(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Who gets the role Backoffice. Only what was shown at this price is confirmed; else it is shown first."""
    here = reverse("users", args=[access.domain_slug])
    if request.method != "POST":
        return HttpResponseRedirect(here)
    action, agreed = request.POST.get("action", "confirm"), request.POST.get("agreed", "")
    if action not in {"confirm", "show"} or not (agreed.isascii() and agreed.isdigit() and len(agreed) < 12):
        raise FormNotOurs("action or agreed")
    chosen = {read_row(one) for one in request.POST.getlist("member")}
    now = timezone.now()
    try:
        done = None
        if action == "confirm":
            with transaction.atomic():
                done = assign_backoffice(access=access, chosen=chosen, agreed_cents=int(agreed), at=now)
                _end_own_others(request, access, {one.member_id for one in done.withdraws} if done else set())
        if done is None:
            notice = (
                Notice("", _("This is what it costs."), _("Look at it and confirm.")) if action == "confirm" else None
            )
            raise RolledBack(_page(request, access, chosen=chosen, notice=notice))
    except (RoleRefused, NoPrice) as no:
        return _page(request, access, chosen=chosen, problems=(Problem(str(no)),), status=409)
    except MemberUnknown:
        raise NotFound("member") from None
    given = ", ".join(one.name for one in done.gives)
    told = []
    if done.gives:
        text = ngettext(
            "%(names)s now has the role Backoffice.", "%(names)s now have the role Backoffice.", len(done.gives)
        )
        told.append(text % {"names": given})
    if done.withdraws:
        told.append(_("No longer: %(names)s.") % {"names": ", ".join(one.name for one in done.withdraws)})
    messages.success(request, " ".join(told) or _("Nothing has changed."))
    return HttpResponseRedirect(here, status=303)


@domain_view(Right.ROLE_GIVE, methods=("POST",))
def backoffice_later(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The question of the popup, put off for a week."""
    ask_later(access=access, at=timezone.now())
    messages.success(request, _("Asked again in a week. You find it under Users and roles."))
    return HttpResponseRedirect(reverse("start", args=[access.domain_slug]), status=303)


def _done(request: HttpRequest, access: Access) -> str:
    post, now = request.POST, timezone.now()
    action = post.get("action", "")
    domain = Domain.objects.get(id=access.domain_id)
    if "invitation" in post:
        email = withdraw_invitation(access=access, invitation_id=read_row(post["invitation"]), domain=domain, at=now)
        return _("Invitation of %(email)s withdrawn.") % {"email": email}
    if action == "invite":
        invite_to_domain(
            access=access,
            domain=domain,
            email=post.get("email", ""),
            language=post.get("language", "nl"),
            at=now,
            link_to=link_to,
        )
        return _("Invitation sent to %(email)s.") % {"email": post.get("email", "").strip()}
    member_id = read_row(post.get("member", ""))
    reason = post.get("reason", "")
    if action == "leave":
        name = end_member(access=access, member_id=member_id, at=now, reason=reason)
        return _("%(name)s left the domain.") % {"name": name}
    if action == "resting":
        taken = withdraw_role(access=access, member_id=member_id, role=Role.BACKOFFICE, at=now, reason=reason)
        if not taken.is_changed:
            return _("Nothing has changed.")
        _end_own_others(request, access, {member_id})
        return _("The role Backoffice is taken away. It does not come back by itself.")
    wanted = post.getlist("roles")
    if action != "roles" or not set(wanted) <= {one.value for one in OTHERS}:
        raise FormNotOurs("action or roles")
    roles = {Role(one) for one in wanted}
    is_changed = change_roles(access=access, member_id=member_id, roles=roles, at=now, reason=reason)
    if is_changed:
        _end_own_others(request, access, {member_id})
    return _("Roles kept.") if is_changed else _("Nothing has changed.")


def _end_own_others(request: HttpRequest, access: Access, members: set[int]) -> None:
    """Who changed his own roles stays in here, and nowhere else (INV-38)."""
    if Member.objects.filter(id__in=members, user_id=access.user_id).exists():
        end_other_sessions(request)


def _page(
    request: HttpRequest,
    access: Access,
    *,
    chosen: set[int] | None = None,
    problems: tuple[Problem, ...] = (),
    notice: Notice | None = None,
    wrong: InvitationRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    may_give = access.may(Right.ROLE_GIVE)
    domain = Domain.objects.get(id=access.domain_id)
    blocked = blocked_notice(access, domain, today)
    form = None
    if may_give and (blocked is None or chosen is not None):
        try:
            form = backoffice_form(
                access=access,
                offer=offer_backoffice(access=access, chosen=chosen, on=today),
                problems=problems if chosen is not None else (),
                notice=notice,
            )
        except NoPrice as no:
            blocked = Notice("warn", _("The price cannot be shown."), str(no))
        except MemberUnknown:
            raise NotFound("member") from None
    url = request.path if chosen is None else reverse("users", args=[access.domain_slug])
    page = UsersPage(
        title=_("Users and roles"),
        subtitle=domain.name,
        users=_rows(access, domain, may_give=may_give),
        url=url if may_give else "",
        backoffice=form,
        blocked=blocked,
        bundles=bundle_choices(domain, today) if may_give and waits_for(access) is Missing.BUNDLE else (),
        invitations=invitation_rows(
            open_invitations(portal_id=domain.portal_id, domain=domain, at=now), url=url, at=now
        )
        if may_give
        else (),
        invite=invite_form(url, email=request.POST.get("email", "") if wrong else "", wrong=wrong)
        if may_give
        else None,
        problems=problems if chosen is None else (),
        note="" if may_give else _ask(access, domain),
        links=_links(access),
    )
    shell = shell_for(request, access, administration_for(request, access), "users")
    return render(request, "portal/users.html", {"shell": shell, "page": page}, status=status)


def _links(access: Access) -> tuple[Link, ...]:
    """What else there is about users and roles, for whom it is."""
    slug = access.domain_slug
    return (
        Link(_("What each role may"), reverse("rights", args=[slug]), "list-checks"),
        Link(_("Owner"), reverse("owner", args=[slug]), "user-check"),
        *((Link(_("Role log"), reverse("role_log", args=[slug]), "history"),) if access.may(Right.LOG_READ) else ()),
    )


def _ask(access: Access, domain: Domain) -> str:
    names = directie_names(domain)
    if not access.is_member:
        return _("Only the Directie of the domain gives roles: %(names)s.") % {"names": names}
    return _("Only the Directie gives roles. Ask the Directie: %(names)s.") % {"names": names}


def _rows(access: Access, domain: Domain, *, may_give: bool) -> tuple[UserRow, ...]:
    members = Member.objects.filter(domain=domain, is_active=True, user__is_active=True).select_related("user")
    held: dict[int, dict[str, RoleAssignment]] = {}
    given = RoleAssignment.objects.filter(member__domain=domain).exclude(state=RoleAssignment.State.WITHDRAWN)
    for one in given.order_by("id"):
        held.setdefault(one.member_id, {})[one.role] = one
    books = set(Administration.objects.filter(domain_id=domain.id).values_list("id", flat=True)) if may_give else set()
    granted: dict[int, set[int]] = {}
    grants = (
        AdministrationGrant.objects.filter(member__domain=domain) if may_give else AdministrationGrant.objects.none()
    )
    for member_id, administration_id in grants.values_list("member_id", "administration_id"):
        granted.setdefault(member_id, set()).add(administration_id)

    def reach(member: Member) -> Link | None:
        # A role that rests widens nothing.
        backoffice = held.get(member.id, {}).get(Role.BACKOFFICE.value)
        is_backoffice = backoffice is not None and backoffice.state == RoleAssignment.State.ACTIVE
        return reach_link(access, member, granted.get(member.id, set()), books, is_backoffice=is_backoffice)

    return tuple(
        _row(access, member, held.get(member.id, {}), reach(member) if may_give else None, may_give=may_give)
        for member in sorted(members, key=lambda one: (str(one.user).casefold(), one.id))
    )


def _row(
    access: Access, member: Member, held: dict[str, RoleAssignment], reach: Link | None, *, may_give: bool
) -> UserRow:
    name, is_you = str(member.user), member.user_id == access.user_id
    rests = RoleAssignment.State.SUSPENDED
    tags = [Tag(_("owner"))] if member.is_owner else []
    shown = held.values() if not may_give else [one for one in held.values() if one.role == Role.BACKOFFICE]
    tags += [
        Tag(_("%(role)s, rests") % {"role": role_name(one.role)}, "warn")
        if one.state == rests
        else Tag(role_name(one.role))
        for one in shown
    ]
    boxes = tuple(
        RoleBox(
            role.value,
            role_name(role.value),
            role.value in held,
            detail=_("rests") if role.value in held and held[role.value].state == rests else "",
            blocked=_("The owner keeps this role.") if member.is_owner and role is Role.MANAGEMENT else "",
        )
        for role in OTHERS
    )
    return UserRow(
        member=str(member.id),
        key=new_key(),
        name=name,
        email=member.user.email,
        initials=initials(name),
        tags=tuple(tags),
        boxes=boxes if may_give else (),
        is_you=is_you,
        may_leave=may_give and not member.is_owner and not is_you,
        has_resting=may_give and any(one.role == Role.BACKOFFICE and one.state == rests for one in held.values()),
        reach=reach,
    )
