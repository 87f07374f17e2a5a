"""The pages of one's own account: who you are, how you sign in, where you are signed in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import qrcode
import structlog
from allauth.account import views as allauth
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.logout import logout
from allauth.core import ratelimit
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.providers.openid_connect import views as openid
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from requests import RequestException

from zelfboeken.access.accounts import (
    AddressTaken,
    LinkGone,
    change_address,
    change_details,
    events_of,
    is_known,
    link_for,
    read_link,
)
from zelfboeken.access.models import AccountEvent, User
from zelfboeken.access.sessions import end_sessions, owes_second_factor
from zelfboeken.portal import account_mails
from zelfboeken.portal.account_forms import AddressForm, DetailsForm, counter_of, demo_factor
from zelfboeken.portal.account_view import account_view
from zelfboeken.portal.accounts import (
    DEMO_CODE,
    FACTORS,
    OpenIdAccounts,
    SecondFactors,
    caller_of,
    end_other_sessions,
    log_account,
    mail_user,
    own_url,
)
from zelfboeken.portal.devices import device_name
from zelfboeken.portal.errors import refused_page, too_many
from zelfboeken.portal.pages import Link, Reason
from zelfboeken.portal.pages.account import (
    AccountEventRow,
    AccountPage,
    AccountPart,
    PasskeyRow,
    SecondStepPage,
    SessionRow,
    SessionsPage,
    Square,
)
from zelfboeken.portal.texts import day
from zelfboeken.runtime.mail import send_now

log = structlog.get_logger()
SHOWN_EVENTS = 10


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _moment(at: Any) -> str:
    local = timezone.localtime(at)
    return f"{day(local.date())} {local:%H:%M}"


@account_view(methods=("GET", "POST"), fields=("name", "language"))
def account(request: HttpRequest) -> HttpResponse:
    """Je account."""
    user = _user(request)
    if request.method == "POST":
        form = DetailsForm(request.POST)
        if form.is_valid():
            change_details(user=user, at=timezone.now(), caller=caller_of(request), **form.cleaned_data)
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, _("Your details are kept."))
            return HttpResponseRedirect(reverse("account"), status=303)
    else:
        form = DetailsForm(initial={"name": user.name, "language": user.language})
    status = 422 if form.errors else 200
    return render(request, "account/account.html", {"page": _account_page(user), "form": form}, status=status)


def _account_page(user: User) -> AccountPage:
    sessions = len(UserSession.objects.purge_and_list(user))
    return AccountPage(
        parts=(
            AccountPart(_("Mail address"), user.email, Link(_("Change"), reverse("account_change_email"))),
            AccountPart(
                _("Password"),
                _("In use") if user.has_usable_password() else _("None: you sign in elsewhere"),
                Link(_("Change") if user.has_usable_password() else _("Set"), reverse("account_change_password")),
            ),
            AccountPart(_("Second step"), _second_step(user).text, Link(_("Manage"), reverse("mfa_index"))),
            AccountPart(
                _("Sessions"),
                ngettext("Signed in on %(count)d device", "Signed in on %(count)d devices", sessions)
                % {"count": sessions},
                Link(_("Show"), reverse("account_sessions")),
            ),
        ),
        events=tuple(_event_row(one) for one in events_of(user_id=user.pk, count=SHOWN_EVENTS)),
    )


def _event_row(event: AccountEvent) -> AccountEventRow:
    texts = {
        "signed_in": _("Signed in"),
        "signed_out": _("Signed out"),
        "sign_in_refused": _("Signing in refused"),
        "password_changed": _("Password changed"),
        "password_reset": _("Password chosen anew by a link"),
        "password_link_sent": _("Link for a new password sent"),
        "address_link_sent": _("Link to a new mail address sent"),
        "address_changed": _("Mail address changed"),
        "details_changed": _("Name or language changed"),
        "factor_added": _("Second step added: %(factor)s"),
        "factor_removed": _("Second step removed: %(factor)s"),
        "sessions_ended": _("Sessions ended"),
        "help_refused": _("Refused in the help"),
    }
    factors = {"app": _("app"), "passkey": _("passkey"), "recovery_codes": _("recovery codes")}
    text = texts.get(event.action, event.action) % {"factor": factors.get(event.detail.get("factor", ""), "")}
    where = " · ".join(part for part in (device_name(event.device), event.ip) if part)
    return AccountEventRow(_moment(event.at), text, where)


# The mail address


@account_view(methods=("GET", "POST"), fields=("email",))
@reauthentication_required()  # type: ignore[untyped-decorator]
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address: its owner gets a link, and until he opens it nothing changes."""
    user = _user(request)
    form = AddressForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="change_email", user=user):
            return too_many(request)
        email = form.cleaned_data["email"]
        if is_known(email):
            # Whoever asks sees the same page, so that he learns nothing about the other account.
            written = account_mails.address_in_use()
        else:
            path = reverse("account_confirm_email", args=[link_for(user=user, email=email)])
            written = account_mails.new_address(user, own_url(path))
        send_now(to=email, language=user.language, written=written)
        log_account(request, user, "address_link_sent", email=email)
        return render(request, "account/email_sent.html", {"email": email})
    status = 422 if form.errors else 200
    return render(request, "account/email_change.html", {"form": form, "email": user.email}, status=status)


@account_view(methods=("GET", "POST"), is_public=True)
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """The page a link in a mail leads to; only its button changes the address, since programs open links too."""
    try:
        wanted = read_link(token)
        if request.method != "POST":
            return render(request, "account/email_confirm.html", {"email": wanted.email})
        own = request.user.pk == wanted.user_id
        user = change_address(
            wanted=wanted,
            at=timezone.now(),
            caller=caller_of(request),
            keep=request.session.session_key if own else None,
        )
    except (LinkGone, AddressTaken):
        return refused_page(request, status=404, text=_("This link no longer works. Ask for a new one."))
    if own:
        request.user = user
        end_other_sessions(request)
    for address in (wanted.former, user.email):
        mail_user(user, account_mails.address_changed(user, wanted.former, caller_of(request)), to=address)
    messages.success(request, _("Your mail address is changed. Your other sessions have ended."))
    return HttpResponseRedirect(reverse("account"), status=303)


# Sessions


@account_view(methods=("GET", "POST"), fields=("session", "others", "all"))
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the user is signed in, and ending it: one session, all others, or all."""
    user = _user(request)
    if request.method != "POST":
        return render(request, "account/sessions.html", {"page": _sessions_page(request, user)})
    if "all" in request.POST:
        end_sessions(user.pk)
        log_account(request, user, "sessions_ended", which="all")
        logout(request, show_message=False)
        return HttpResponseRedirect(reverse("account_login"), status=303)
    if "others" in request.POST:
        end_other_sessions(request)
        log_account(request, user, "sessions_ended", which="others")
        messages.success(request, _("You are signed in on this device only."))
    else:
        wanted = request.POST.get("session", "")
        known = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
        found = (
            known.filter(pk=int(wanted)).first() if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
        )
        if found is None:
            return refused_page(request, status=404)
        log_account(request, user, "sessions_ended", which=device_name(found.user_agent))
        found.end()
        messages.success(request, _("That session has ended."))
    return HttpResponseRedirect(reverse("account_sessions"), status=303)


def _sessions_page(request: HttpRequest, user: User) -> SessionsPage:
    kept = sorted(UserSession.objects.purge_and_list(user), key=lambda one: one.created_at, reverse=True)
    rows = [
        SessionRow(
            id=str(one.pk),
            device=device_name(one.user_agent),
            ip=one.ip,
            since=_moment(one.created_at),
            is_current=one.session_key == request.session.session_key,
        )
        for one in kept
    ]
    rows.sort(key=lambda row: not row.is_current)
    return SessionsPage(tuple(rows), any(not row.is_current for row in rows))


# The second step


@account_view()
def second_step(request: HttpRequest) -> HttpResponse:
    """The second step: what there is, and adding to it."""
    return render(request, "mfa/index.html", {"page": _second_step_page(_user(request))})


def _second_step(user: User) -> Reason:
    kinds = set(Authenticator.objects.filter(user=user, type__in=FACTORS).values_list("type", flat=True))
    names = {Authenticator.Type.TOTP: _("app"), Authenticator.Type.WEBAUTHN: _("passkey")}
    if kinds:
        told = ", ".join(names[kind] for kind in FACTORS if kind in kinds)
        return Reason(_("On: %(kinds)s") % {"kinds": told})
    return Reason(_("Off: a password is all that is asked"), "warn", "triangle-alert")


def _second_step_page(user: User) -> SecondStepPage:
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    by_type = {one.type: one for one in found}
    has_app = Authenticator.Type.TOTP in by_type
    recovery = by_type.get(Authenticator.Type.RECOVERY_CODES)
    left = len(recovery.wrap().get_unused_codes()) if recovery else 0
    owed = owes_second_factor(user.pk)
    return SecondStepPage(
        state=_second_step(user),
        owed=owed,
        app=_("An app on your phone gives a code.") if has_app else _("Not set up"),
        app_link=Link(_("Remove"), reverse("mfa_deactivate_totp"))
        if has_app
        else Link(_("Set up an app"), reverse("mfa_activate_totp")),
        passkeys=tuple(_passkey_row(one) for one in found if one.type == Authenticator.Type.WEBAUTHN),
        add_passkey=Link(_("Add a passkey"), reverse("mfa_add_webauthn")),
        codes=ngettext("%(count)d code left", "%(count)d codes left", left) % {"count": left}
        if recovery
        else _("You have none. Make them now: without your phone they are the way in.")
        if found
        else _("They come with an app or a passkey."),
        codes_links=_codes_links(is_there=recovery is not None, has_factor=bool(found)),
        go_on=None if owed else Link(_("To the start page"), "/"),
    )


def _codes_links(*, is_there: bool, has_factor: bool) -> tuple[Link, ...]:
    if is_there:
        return (
            Link(_("Show"), reverse("mfa_view_recovery_codes")),
            Link(_("Make new ones"), reverse("mfa_generate_recovery_codes")),
        )
    return (Link(_("Make codes"), reverse("mfa_generate_recovery_codes")),) if has_factor else ()


def _passkey_row(one: Authenticator) -> PasskeyRow:
    text = _("Added on %(day)s") % {"day": _moment(one.created_at)}
    if one.last_used_at:
        text += " · " + _("last used %(day)s") % {"day": _moment(one.last_used_at)}
    return PasskeyRow(
        name=one.wrap().name,
        text=text,
        rename_url=reverse("mfa_edit_webauthn", args=[one.pk]),
        remove_url=reverse("mfa_remove_webauthn", args=[one.pk]),
    )


class ActivateApp(totp.ActivateTOTPView):  # type: ignore[misc]  # allauth has no types
    """Setting up an app, by a square code or a key to type."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the square as a drawing of our own: our policy shows no picture from inside a page."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        secret = found["form"].secret
        found["square"] = square_of(found["totp_url"])
        found["secret"] = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return found

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the factor; the code that set it up is used."""
        used = counter_of(form.secret, form.cleaned_data["code"])
        response: HttpResponse = super().form_valid(form)
        row = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        row.data["last_counter"] = used
        row.save(update_fields=["data"])
        return response


def square_of(text: str) -> Square:
    """A text as a square code, with the margin it needs."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    dark = [(x, y) for y, line in enumerate(matrix) for x, is_dark in enumerate(line) if is_dark]
    return Square("".join(f"M{x} {y}h1v1h-1z" for x, y in dark), len(matrix))


class RemovePasskey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    """Removing a passkey, unless it is the last factor of somebody whose role needs one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse before anything is asked."""
        found = self.get_queryset().filter(pk=kwargs["pk"]).first() if request.user.is_authenticated else None
        adapter = SecondFactors()
        if found is not None and not adapter.can_delete_authenticator(found):
            text = str(adapter.error_messages["cannot_delete_authenticator"])
            return refused_page(request, status=403, text=text)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_success_url(self) -> str:
        """Back to the second step."""
        return reverse("mfa_index")


class RenamePasskey(webauthn.EditWebAuthnView):  # type: ignore[misc]
    """Another name for a passkey."""

    def get_success_url(self) -> str:
        """Back to the second step."""
        return reverse("mfa_index")


class SecondStep(mfa.AuthenticateView):  # type: ignore[misc]
    """The second step of signing in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what there is to choose from, and in the demo with its code."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.stage.login.user
        kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        found["has_passkey"] = Authenticator.Type.WEBAUTHN in kinds
        found["has_app"] = Authenticator.Type.TOTP in kinds
        if found["has_passkey"]:
            found["passkey_options"] = json.dumps(found["js_data"]["request_options"])
        found["demo_code"] = DEMO_CODE if settings.DEMO and demo_factor(user) else ""
        return found


class AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """A new passkey."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what the browser is asked, as an attribute: our policy runs no script inside a page."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        found["passkey_options"] = json.dumps(found["js_data"]["creation_options"])
        return found


class PasskeyAgain(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Showing once more that it is you, by a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """The same page again, with what was wrong."""
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what the browser is asked."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        found["passkey_options"] = json.dumps(found["js_data"]["request_options"])
        return found


class RecoveryCodes(codes.ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes that are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In two halves, easier to copy."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        found["codes"] = [f"{code[:4]} {code[4:]}" for code in found["unused_codes"]]
        return found


class DownloadCodes(codes.DownloadRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes as a file."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """One code a line."""
        text = "\r\n".join(["Zelfboeken", *(f"{code[:4]} {code[4:]}" for code in context["unused_codes"])]) + "\r\n"
        name = _("recovery-codes.txt")
        return HttpResponse(
            text,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class SignIn(allauth.LoginView):  # type: ignore[misc]
    """Signing in, with the way by the provider of the settings when there is one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the link to the provider."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        for app in OpenIdAccounts().list_apps(self.request):
            url = reverse("openid_connect_login", args=[app.provider_id])
            if next_url := self.get_next_url():
                url += "?" + urlencode({"next": next_url})
            found["openid"] = Link(_("Sign in with %(name)s") % {"name": app.name}, url)
        return found


def openid_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider. An account is never tied to one there, so nothing but signing in may be asked."""
    if request.method not in {"GET", "HEAD"} or request.GET.keys() - {"next"}:
        raise Http404
    try:
        response: HttpResponse = openid.login(request, provider_id)
        return response
    except RequestException as error:
        log.error("openid_not_reached", error=str(error))
        text = _("Signing in there did not succeed. Try again, or sign in with your password.")
        return refused_page(request, status=503, text=text)


def openid_cancelled(request: HttpRequest) -> HttpResponse:
    """Signing in elsewhere was broken off there."""
    messages.info(request, _("Signing in there was broken off."))
    return HttpResponseRedirect(reverse("account_login"))
