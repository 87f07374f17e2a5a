"""The old Backoffice toegang at the office: the list, what the cut-over means for each guest, doing it, undoing it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.billing.legacy import (
    MOST_BYTES,
    Guest,
    ImportRefused,
    LegacyRefused,
    cut_over,
    cut_over_day,
    guests_of,
    import_grants,
    invite_guests,
    newest_import,
    standing_cut_over,
    undo_cut_over,
    undo_import,
)
from zelfboeken.billing.legacy_rules import UNDONE_WITHIN, Afterwards, Step, Todo
from zelfboeken.portal.domain_view import FormNotOurs
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.pages import Action, Empty, GuestRow, LegacyPage, Link, Notice, Problem, Tag
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.office import link_to

EXAMPLE = "domein;e-mail;naam;vanaf;tot\nhamer;an@hamer.example;An Voorbeeld;2021-05-01;"


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=("action", "list"))
def office_legacy(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """Who still has the old access, and replacing it by Zelfboeken."""
    if request.method != "POST":
        return _page(request, office)
    try:
        with transaction.atomic():
            told = _done(request, office)
    except LegacyRefused as no:
        return _page(request, office, refused=no)
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _done(request: HttpRequest, office: PortalAccess) -> str:
    action, now = request.POST.get("action", ""), timezone.now()
    if action == "import":
        files = request.FILES.getlist("list")
        if len(files) != 1:
            raise ImportRefused(_("Choose one file with the list."))
        content = b"" if (files[0].size or 0) > MOST_BYTES else files[0].read()
        if (files[0].size or 0) > MOST_BYTES:
            raise ImportRefused("Dit bestand is groter dan 1 MB. Lever de lijst in delen aan.")
        count = import_grants(office=office, content=content, at=now)
        return ngettext("%(count)d access kept.", "%(count)d accesses kept.", count) % {"count": count}
    if action == "invite":
        count = invite_guests(office=office, at=now, link_to=link_to)
        return ngettext("%(count)d invitation sent.", "%(count)d invitations sent.", count) % {"count": count}
    if action == "cut_over":
        cut_over(office=office, at=now, link_to=link_to)
        return _("The old access is replaced by Zelfboeken. Guests and Directie get a mail.")
    if action == "undo_import":
        count = undo_import(office=office, at=now)
        return ngettext("List taken back: %(count)d access.", "List taken back: %(count)d accesses.", count) % {
            "count": count
        }
    if action == "undo_cut_over":
        undo_cut_over(office=office, at=now)
        return _("The cut-over is undone. Each access is as it was.")
    raise FormNotOurs("action")


def _page(request: HttpRequest, office: PortalAccess, *, refused: LegacyRefused | None = None) -> HttpResponse:
    now = timezone.now()
    guests, done = guests_of(office=office, at=now), standing_cut_over(office.portal_id)
    newest, on = newest_import(office.portal_id), cut_over_day(office.portal_id)
    rows = refused.problems if isinstance(refused, ImportRefused) else ()
    can_undo = done is not None and now < done.at + UNDONE_WITHIN
    to_invite = sum(Step.INVITE in one.forecast.steps for one in guests)
    page = LegacyPage(
        title=_("Old Backoffice access"),
        subtitle=_("Replaced by Zelfboeken from %(on)s. No new access begins on or after that day.") % {"on": day(on)},
        url=request.path,
        key=new_key(),
        notice=_notice(done.at, str(done.by), can_undo=can_undo) if done else None,
        guests=tuple(_row(one) for one in guests),
        counts=_counts(guests),
        can_import=done is None,
        example=EXAMPLE,
        invite=Action(
            request.path,
            ngettext("Invite %(count)d guest", "Invite %(count)d guests", to_invite) % {"count": to_invite},
            new_key(),
            name="action",
            value="invite",
        )
        if to_invite
        else None,
        cut_over=Action(
            request.path,
            ngettext("Replace the access of %(count)d guest", "Replace the access of %(count)d guests", len(guests))
            % {"count": len(guests)},
            new_key(),
            name="action",
            value="cut_over",
        )
        if guests and done is None
        else None,
        undo_import=Action(request.path, _("Take the last list back"), new_key(), name="action", value="undo_import")
        if done is None and newest is not None and now < newest + UNDONE_WITHIN
        else None,
        undo_cut_over=Action(request.path, _("Undo the cut-over"), new_key(), name="action", value="undo_cut_over")
        if can_undo
        else None,
        back=Link(_("Users of the office"), reverse("office_staff")),
        empty=Empty(
            _("No old access"),
            _("Did your clients have Backoffice access as a guest? Hand in the list, and see what it takes for each."),
            icon="users",
            tone="",
        ),
        effect=_effect(guests),
        problems=(Problem(str(refused)),) if refused else (),
        row_problems=tuple((str(one.number), one.text) for one in rows),
    )
    shell = office_shell(request, office, "office_staff")
    status = 200 if refused is None else 422 if isinstance(refused, ImportRefused) else 409
    return render(request, "office/legacy.html", {"shell": shell, "page": page}, status=status)


def _notice(at: datetime, by: str, *, can_undo: bool) -> Notice:
    values = {
        "on": day(timezone.localtime(at).date()),
        "by": by,
        "until": day(timezone.localtime(at + UNDONE_WITHIN).date()),
    }
    return Notice(
        "ok",
        _("Replaced on %(on)s by %(by)s.") % values,
        _("It can be undone until %(until)s. Below is what people still have to do.") % values
        if can_undo
        else _("Below is what people still have to do."),
    )


def _counts(guests: list[Guest]) -> tuple[tuple[str, str], ...]:
    told = Counter(one.forecast.afterwards for one in guests)
    return tuple((_state(one).text, str(told[one])) for one in Afterwards if told[one])


def _effect(guests: list[Guest]) -> str:
    switched = len({one.domain.id for one in guests if Step.SWITCH_ON in one.forecast.steps})
    parts = [_("The old access and the sessions of these guests end at once; each gets a mail.")]
    if switched:
        parts.append(
            ngettext(
                "Zelfboeken is switched on in %(count)d domain, and its Directie gets a mail.",
                "Zelfboeken is switched on in %(count)d domains, and each Directie gets a mail.",
                switched,
            )
            % {"count": switched}
        )
    parts.append(_("Nobody gets a role: that is for the Directie. You can undo it for thirty days."))
    return " ".join(parts)


def _state(afterwards: Afterwards) -> Tag:
    return {
        Afterwards.BOOKS_ON: Tag(_("books on"), "ok"),
        Afterwards.WAITS: Tag(_("waits"), "warn"),
        Afterwards.LOCKED_OUT: Tag(_("locked out"), "bad"),
    }[afterwards]


def _row(one: Guest) -> GuestRow:
    steps = {
        Step.INVITE: _("Gets an invitation by mail"),
        Step.SWITCH_ON: _("Zelfboeken is switched on in the domain"),
        Step.END_GUEST: _("Loses the portal role of guest"),
    }
    todo = {
        Todo.MAKE_LIVE: _("Office: activate the domain"),
        Todo.NAME_OWNER: _("Office: name an owner, there is no Directie"),
        Todo.LEAVE_MODULES: _("Directie: go over to a bundle"),
        Todo.END_TRIAL: _("Directie: take a bundle, the domain is in trial"),
        Todo.TAKE_BUNDLE: _("Directie: take a bundle"),
        Todo.ACCEPT_INVITATION: _("Guest: accept the invitation"),
        Todo.MORE_PLACES: _("Directie: larger bundle, there is no place left"),
        Todo.GIVE_ROLE: _("Directie: give the role Backoffice"),
    }
    done = one.grant.cut_over_id is not None
    return GuestRow(
        name=one.name,
        email=one.grant.email,
        domain=one.domain.name,
        domain_url=reverse("office_domain", args=[one.domain.slug]),
        period=f"{day(one.grant.granted_on)} – {day(one.grant.ends_on - timedelta(days=1))}",
        state=_state(one.forecast.afterwards),
        steps=() if done else tuple(steps[step] for step in one.forecast.steps),
        todo=tuple(todo[what] for what in one.forecast.todo),
    )
