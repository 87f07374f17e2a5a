"""Coming in by the link of an invitation: with a new account, or with the one that the address has."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zelfboeken.access.invitations import (
    ForAnother,
    InvitationGone,
    InvitationRefused,
    Invited,
    SignInFirst,
    accept_invitation,
    invitation_of,
    refused_acceptance,
)
from zelfboeken.access.models import User
from zelfboeken.portal.domain_view import FormNotOurs, check_form, known_fields
from zelfboeken.portal.errors import refused_page
from zelfboeken.portal.guessing import slowed
from zelfboeken.portal.pages import Field, InvitationPage, Link, Problem

_FIELDS = known_fields(("name", "password"))


@slowed
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link invites to, and accepting it."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return refused_page(request, status=404)
    user = request.user if isinstance(request.user, User) else None
    try:
        invited = invitation_of(token=token, at=timezone.now())
        if user is None:
            translation.activate(invited.language)
            request.LANGUAGE_CODE = invited.language
        if request.method == "POST":
            check_form(request, _FIELDS)
            return _accept(request, token, user)
        return _page(request, invited, user)
    except InvitationGone as no:
        return refused_page(request, status=404, text=str(no))
    except FormNotOurs:
        return refused_page(request, status=400)


def _accept(request: HttpRequest, token: str, user: User | None) -> HttpResponse:
    now = timezone.now()
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        with transaction.atomic():
            account, domain = accept_invitation(token=token, user=user, name=name, password=password, at=now)
    except SignInFirst:
        return redirect_to_login(request.path)
    except ForAnother as no:
        assert user is not None
        refused_acceptance(token=token, user=user, at=now)
        return refused_page(request, status=403, text=str(no))
    except InvitationRefused as no:
        return _page(request, invitation_of(token=token, at=now), user, wrong=no)
    where = reverse("start", args=[domain.slug]) if domain else reverse("office")
    if user is None:
        messages.success(request, _("Your account is ready: sign in with %(email)s.") % {"email": account.email})
        return redirect_to_login(where)
    return HttpResponseRedirect(where, status=303)


def _page(
    request: HttpRequest, invited: Invited, user: User | None, *, wrong: InvitationRefused | None = None
) -> HttpResponse:
    if user is not None and user.email != invited.email:
        return refused_page(request, status=403, text=str(ForAnother()))
    values = {"by": invited.by_name, "to": invited.to_name, "email": invited.email}
    about = (
        _("%(by)s invites you to work at %(to)s.") % values
        if invited.is_staff
        else _("%(by)s invites you to the domain %(to)s.") % values
    )
    asks = "accept" if user else "sign_in" if invited.has_account else "account"
    page = InvitationPage(
        title=_("Invitation to %(to)s") % values,
        text=about,
        asks=asks,
        how=_("%(email)s has an account already. Sign in with it to accept.") % values
        if asks == "sign_in"
        else _("You sign in with %(email)s.") % values,
        name=Field(
            "name",
            _("Your name"),
            request.POST.get("name", invited.name),
            error=str(wrong) if wrong and wrong.field == "name" else "",
        ),
        password_error=str(wrong) if wrong and wrong.field == "password" else "",
        link=Link(_("Sign in"), f"{reverse('account_login')}?next={request.path}"),
        problems=(Problem(str(wrong), f"field-{wrong.field}"),) if wrong else (),
    )
    return render(request, "invitation.html", {"page": page}, status=422 if wrong else 200)
