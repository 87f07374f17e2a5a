"""Invitations in a list, and the form that asks somebody in: the same at the office and in a domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zelfboeken.access.invitations import InvitationRefused
from zelfboeken.access.models import Invitation
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Action, Field, InvitationRow, InviteForm, Option, SelectField, Tag
from zelfboeken.portal.texts import day_of
from zelfboeken.portal.tokens import new_key


def invitation_rows(invitations: Sequence[Invitation], *, url: str, at: datetime) -> tuple[InvitationRow, ...]:
    """The invitations that wait or ran out; without a `url` nobody withdraws one."""
    return tuple(
        InvitationRow(
            email=one.email,
            detail=_detail(one, at),
            withdraw=Action(url, _("Withdraw"), new_key(), name="invitation", value=str(one.id), text=one.email)
            if url
            else None,
        )
        for one in invitations
    )


def _detail(one: Invitation, at: datetime) -> Tag:
    if one.expires_at <= at:
        return Tag(_("ran out on %(on)s") % {"on": day_of(one.expires_at)}, "warn")
    told = _("invited, until %(on)s") % {"on": day_of(one.expires_at)}
    return Tag(f"{role_name(one.portal_role)}, {told}" if one.portal_role else told)


def invite_form(
    url: str,
    *,
    email: str = "",
    wrong: InvitationRefused | None = None,
    choices: tuple[SelectField, ...] = (),
) -> InviteForm:
    """The form that asks an address in."""
    languages = (("nl", "Nederlands"), ("fr", "Français"), ("en", "English"))
    error = str(wrong) if wrong and wrong.field == "email" else ""
    return InviteForm(
        url=url,
        key=new_key(),
        email=Field("email", _("Mail address"), email, error=error, hint=_("The link works once, for seven days.")),
        choices=(
            *choices,
            SelectField("language", _("Language"), tuple(Option(code, name) for code, name in languages)),
        ),
    )
