"""Who owns a domain, and handing it over: by the owner himself, or by the office when he is gone."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.models import Member, OwnerTransfer
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.billing.owner import (
    OBJECTION,
    Answer,
    OwnerRefused,
    answer_transfer,
    name_owner,
    offer_owner,
    open_transfer,
    owner_of,
    withdraw_named,
)
from zelfboeken.billing.seats import MemberUnknown, RoleRefused
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.office_shell import office_shell, sheet_head
from zelfboeken.portal.pages import (
    Action,
    Field,
    Link,
    Option,
    OwnerForm,
    OwnerPage,
    Problem,
    SelectField,
    TransferBox,
)
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.tenancy.models import Domain

FIELDS = ("action", "member", "reason")


@domain_view(Right.DOMAIN_ENTER, methods=("GET", "POST"), fields=FIELDS)
def owner(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Who owns the domain. The owner offers it; who is asked answers; who was named away may object."""
    if request.method != "POST":
        return _page(request, access)
    action, now = request.POST.get("action", ""), timezone.now()
    try:
        with transaction.atomic():
            if action == "propose":
                offer_owner(
                    access=access,
                    member_id=read_row(request.POST.get("member", "")),
                    reason=request.POST.get("reason", ""),
                    at=now,
                )
                told = _("Offered. Nothing changes until it is accepted.")
            elif action in {*Answer}:
                done = answer_transfer(access=access, answer=Answer(action), at=now)
                told = _told(Answer(action), is_done=done.is_done)
            else:
                raise FormNotOurs("action")
    except (OwnerRefused, RoleRefused) as no:
        return _page(request, access, refused=no)
    except MemberUnknown:
        raise NotFound("member") from None
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _told(answer: Answer, *, is_done: bool) -> str:
    if is_done:
        return _("The domain has another owner.")
    return {
        Answer.ACCEPT: _("Accepted. It holds once the owner's days to object are over."),
        Answer.AGREE: _("Agreed. It holds once it is accepted."),
        Answer.DECLINE: _("Declined. Nothing has changed."),
        Answer.OBJECT: _("Objected. You stay the owner."),
        Answer.WITHDRAW: _("Taken back. Nothing has changed."),
    }[answer]


def _page(request: HttpRequest, access: Access, *, refused: OwnerRefused | RoleRefused | None = None) -> HttpResponse:
    domain = Domain.objects.get(id=access.domain_id)
    held, waiting = owner_of(domain.id), open_transfer(domain.id)
    is_owner = held is not None and held.user_id == access.user_id
    actions: list[Action] = []
    if waiting is not None and not access.is_readonly:
        if waiting.to_member.user_id == access.user_id and waiting.accepted_at is None:
            actions += [_answer(request, Answer.ACCEPT), _answer(request, Answer.DECLINE)]
        if is_owner and not waiting.is_by_office:
            actions.append(_answer(request, Answer.WITHDRAW))
        if is_owner and waiting.is_by_office and timezone.now() < waiting.holds_from:
            if waiting.agreed_at is None:
                actions.append(_answer(request, Answer.AGREE))
            actions.append(_answer(request, Answer.OBJECT))
    may_offer = is_owner and waiting is None and not access.is_readonly
    form = _form(request, domain, held, refused, is_office=False) if may_offer else None
    page = OwnerPage(
        title=_("Owner of the domain"),
        subtitle=domain.name,
        owner=str(held.user) if held else "",
        email=held.user.email if held else "",
        initials=initials(str(held.user)) if held else "",
        text=_what(),
        transfer=_transfer(waiting, tuple(actions)),
        form=form,
        note=_note(is_owner=is_owner, is_free=waiting is None and form is None),
        back=Link(_("Users and roles"), reverse("users", args=[access.domain_slug])),
        problems=_problems(refused),
    )
    shell = shell_for(request, access, administration_for(request, access), "users")
    return render(request, "portal/owner.html", {"shell": shell, "page": page}, status=_status(refused))


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=FIELDS)
def office_domain_owner(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The Portaalbeheerder names another owner, with a reason; the owner may object for seven days."""
    if request.method != "POST":
        return _office_page(request, office, domain)
    action, now = request.POST.get("action", ""), timezone.now()
    try:
        with transaction.atomic():
            if action == "propose":
                name_owner(
                    office=office,
                    domain=domain,
                    member_id=read_row(request.POST.get("member", "")),
                    reason=request.POST.get("reason", ""),
                    at=now,
                )
                told = _("Named. The owner is told, and may object for seven days.")
            elif action == Answer.WITHDRAW:
                withdraw_named(office=office, domain=domain, at=now)
                told = _("Taken back. Nothing has changed.")
            else:
                raise FormNotOurs("action")
    except (OwnerRefused, RoleRefused) as no:
        return _office_page(request, office, domain, refused=no)
    except MemberUnknown:
        raise NotFound("member") from None
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _office_page(
    request: HttpRequest, office: PortalAccess, domain: Domain, *, refused: OwnerRefused | RoleRefused | None = None
) -> HttpResponse:
    held, waiting = owner_of(domain.id), open_transfer(domain.id)
    actions = (_answer(request, Answer.WITHDRAW),) if waiting is not None and waiting.is_by_office else ()
    form = _form(request, domain, held, refused, is_office=True) if waiting is None else None
    page = OwnerPage(
        title=f"{_('Owner of the domain')} · {domain.name}",
        subtitle="",
        owner=str(held.user) if held else "",
        email=held.user.email if held else "",
        initials=initials(str(held.user)) if held else "",
        text=_what(),
        transfer=_transfer(waiting, actions),
        form=form,
        note="" if form or waiting else _nobody(),
        head=sheet_head(office, domain, "office_domain_users"),
        back=Link(_("Users"), reverse("office_domain_users", args=[domain.slug])),
        problems=_problems(refused),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/owner.html", {"shell": shell, "page": page}, status=_status(refused))


def _note(*, is_owner: bool, is_free: bool) -> str:
    if not is_owner:
        return _("Only the owner offers the domain to somebody else.")
    return _nobody() if is_free else ""


def _nobody() -> str:
    return _("There is no other user yet to hand it to: invite one first.")


def _what() -> str:
    return _("The owner is the contact of the domain, is always Directie, and is the only one who hands it over.")


def _transfer(waiting: OwnerTransfer | None, actions: tuple[Action, ...]) -> TransferBox | None:
    if waiting is None:
        return None
    to = str(waiting.to_member.user)
    until = day(timezone.localtime(waiting.holds_from).date())
    if waiting.is_by_office:
        text = _("The owner may object until %(until)s. Without objection it holds once %(to)s accepts.")
    else:
        text = _("It holds as soon as %(to)s accepts.")
    facts = (
        (_("By"), str(waiting.proposed_by)),
        *(((_("From"), str(waiting.from_member.user)),) if waiting.from_member and waiting.is_by_office else ()),
        (_("To"), to),
        (_("Reason"), waiting.reason or "–"),
        (_("New owner"), _("accepted") if waiting.accepted_at else _("has not answered yet")),
        *(
            ((_("Owner"), _("agrees") if waiting.agreed_at else _("may object until %(until)s") % {"until": until}),)
            if waiting.is_by_office and waiting.from_member
            else ()
        ),
    )
    return TransferBox(_("%(to)s becomes the owner") % {"to": to}, text % {"to": to, "until": until}, facts, actions)


def _answer(request: HttpRequest, answer: Answer) -> Action:
    labels = {
        Answer.ACCEPT: _("Accept, I become the owner"),
        Answer.DECLINE: _("Decline"),
        Answer.AGREE: _("Agree"),
        Answer.OBJECT: _("Object, I stay the owner"),
        Answer.WITHDRAW: _("Take it back"),
    }
    return Action(request.path, labels[answer], new_key(), name="action", value=answer.value)


def _form(
    request: HttpRequest,
    domain: Domain,
    held: Member | None,
    refused: OwnerRefused | RoleRefused | None,
    *,
    is_office: bool,
) -> OwnerForm | None:
    members = Member.objects.filter(domain=domain, is_active=True, user__is_active=True).select_related("user")
    others = sorted((one for one in members if one != held), key=lambda one: str(one.user).casefold())
    if not others:
        return None
    chosen = request.POST.get("member", "")
    wrong = refused.field if isinstance(refused, OwnerRefused) else ""
    return OwnerForm(
        url=request.path,
        key=new_key(),
        member=SelectField(
            "member",
            _("New owner"),
            tuple(Option(str(one.id), f"{one.user} · {one.user.email}", str(one.id) == chosen) for one in others),
            error=str(refused) if wrong == "member" else "",
        ),
        reason=Field(
            "reason",
            _("Why") if is_office else _("Why (may be empty)"),
            request.POST.get("reason", "")[:500],
            error=str(refused) if wrong == "reason" else "",
        ),
        button=_("Name another owner") if is_office else _("Offer the domain"),
        hint=_(
            "Only when the owner is gone or asks for it. He gets your reason by mail and may object for %(days)d days; "
            "the new owner must accept."
        )
        % {"days": OBJECTION.days}
        if is_office
        else _("The new owner gets a mail and must accept. You keep your roles; another Directie may take them away."),
    )


def _problems(refused: OwnerRefused | RoleRefused | None) -> tuple[Problem, ...]:
    if refused is None:
        return ()
    field = refused.field if isinstance(refused, OwnerRefused) else ""
    return (Problem(str(refused), f"field-{field}" if field else ""),)


def _status(refused: OwnerRefused | RoleRefused | None) -> int:
    if refused is None:
        return 200
    return 422 if isinstance(refused, OwnerRefused) and refused.field else 409
