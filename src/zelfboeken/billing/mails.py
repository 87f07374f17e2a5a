"""Mails about the bundle: to the Directie and to who looks after the domain at the office, in their own language.

They leave when the transaction has ended; one that cannot be sent is logged and undoes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from zelfboeken.access.models import DomainAssignment, PortalRoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import LOOKERS
from zelfboeken.runtime.mail import Written, send_later
from zelfboeken.tenancy.models import Domain


def directie_of(domain: Domain) -> list[User]:
    """The users with an active Directie role."""
    return list(
        User.objects.filter(
            is_active=True,
            memberships__domain=domain,
            memberships__is_active=True,
            memberships__roles__role=Role.MANAGEMENT.value,
            memberships__roles__state="ACTIVE",
        )
        .distinct()
        .order_by("id")
    )


def lookers_of(domain: Domain) -> list[User]:
    """The users who may look into an inactive domain: with an active role Directie or Kijkgebruiker."""
    return list(
        User.objects.filter(
            is_active=True,
            memberships__domain=domain,
            memberships__is_active=True,
            memberships__roles__role__in=sorted(LOOKERS),
            memberships__roles__state="ACTIVE",
        )
        .distinct()
        .order_by("id")
    )


def office_of(domain: Domain) -> list[User]:
    """Who answers for the domain at the office: the one responsible, else the Portaalbeheerders."""
    responsible = User.objects.filter(
        is_active=True,
        portal_memberships__is_active=True,
        portal_memberships__assignments__domain=domain,
        portal_memberships__assignments__task=DomainAssignment.Task.RESPONSIBLE,
    )
    admins = PortalRoleAssignment.objects.filter(
        role=PortalRole.PORTAL_ADMIN.value, withdrawn_at=None, member__portal_id=domain.portal_id
    )
    return list(responsible.distinct().order_by("id")) or list(
        User.objects.filter(is_active=True, portal_memberships__is_active=True, portal_memberships__roles__in=admins)
        .distinct()
        .order_by("id")
    )


def tell(users: Iterable[User], written: Written) -> None:
    """Send a mail to each of these users once the transaction has ended."""
    for user in {one.id: one for one in users}.values():
        send_later(to=user.email, language=user.language, written=written)


def roles_changed(domain: Domain, *, suspended: list[str], returned: list[str], reason: str) -> Written:
    """Whose roles rest from now on, and whose came back."""

    def written() -> tuple[str, str]:
        parts = []
        if suspended:
            parts.append(
                _("These roles rest now (%(reason)s): %(names)s. Nothing is lost: they come back by themselves.")
                % {"reason": _reasons()[reason], "names": "; ".join(suspended)}
            )
        if returned:
            parts.append(_("These roles are active again: %(names)s.") % {"names": "; ".join(returned)})
        return _("Roles in %(domain)s") % {"domain": domain.name}, "\n\n".join(parts)

    return written


def limit_reached(domain: Domain, *, percent: int, count: int, limit: int, bundle: str) -> Written:
    """How much of the month's documents is used."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "count": count, "limit": limit, "bundle": bundle, "percent": percent}
        if percent == 100:
            return (
                _("%(domain)s is at the limit of %(bundle)s") % values,
                _(
                    "You processed %(count)d of %(limit)d documents this month. Work goes on: what comes above it is "
                    "charged in packs, or choose a larger bundle under Domain > Bundle."
                )
                % values,
            )
        return (
            _("%(domain)s used %(percent)d per cent of %(bundle)s") % values,
            _("You processed %(count)d of %(limit)d documents this month.") % values,
        )

    return written


def statement_credited(domain: Domain, *, number: str, by: str, reason: str, anew: str) -> Written:
    """A statement was wrong: which credit note takes it back, why, and which statement came in its place."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "number": number, "by": by, "reason": reason, "anew": anew}
        text = _("Credit note %(by)s corrects statement %(number)s. Reason: %(reason)s") % values
        if anew:
            text += "\n\n" + _("Statement %(anew)s comes in its place.") % values
        text += "\n\n" + _("Both stand in Zelfboeken, under Bundle or on the sheet of the domain.")
        return _("Credit note %(by)s for %(domain)s") % values, text

    return written


def domain_looked_at(domain: Domain, *, monthly: str) -> Written:
    """The inactive domain can be looked at, and what that costs."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "monthly": monthly}
        return (
            _("You can look into %(domain)s") % values,
            _(
                "Your domain is inactive, and your office lets the roles Directie and Kijkgebruiker look into it from "
                "now on. Nothing can be changed. It costs %(monthly)s a month without VAT, by the day, until you ask "
                "your office to end it."
            )
            % values,
        )

    return written


def domain_no_longer_looked_at(domain: Domain) -> Written:
    """The inactive domain opens for nobody any more."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name}
        return (
            _("%(domain)s is closed") % values,
            _("Your office ended the looking into your inactive domain. Nothing is charged for it from tomorrow on.")
            % values,
        )

    return written


def erasure_announced(domain: Domain, *, from_on: date, reason: str) -> Written:
    """Everything of the inactive domain will be erased: from when, why, and what to do before."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "day": f"{from_on:%d/%m/%Y}", "reason": reason}
        return (
            _("Everything of %(domain)s will be erased from %(day)s on") % values,
            _(
                "Your domain is inactive, and your office announces that it will be erased for good: books, originals, "
                "questions and users. It happens on %(day)s at the earliest. Reason: %(reason)s\n\nYou must keep books "
                "and originals for ten years yourself. Ask your office for the export before that day: one zip with "
                "everything, and with the values that prove it. Do you want to go on with the domain? Talk to your "
                "office; until it is erased, it can come back."
            )
            % values,
        )

    return written


def erasure_withdrawn(domain: Domain, *, reason: str) -> Written:
    """What was announced does not happen: nothing is erased."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "reason": reason}
        return (
            _("%(domain)s will not be erased") % values,
            _("Your office took back what it announced: nothing of %(domain)s was erased. Reason: %(reason)s") % values,
        )

    return written


def erasure_confirmed(domain: Domain) -> Written:
    """The office confirmed that everything is erased, and took it along."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name}
        return (
            _("The erasure of %(domain)s is confirmed") % values,
            _(
                "As announced, everything of %(domain)s will now be erased. Your office took the export first: ask for "
                "it if you do not have it yet. Until the domain is erased, your office can still take this back."
            )
            % values,
        )

    return written


def domain_erased(domain: Domain) -> Written:
    """Everything of the domain is gone; what was kept."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name}
        return (
            _("%(domain)s is erased") % values,
            _(
                "Everything of %(domain)s was erased from this portal: books, originals, questions and users. Kept are "
                "the monthly statements, which your office must keep itself, and the address, which nobody else gets."
            )
            % values,
        )

    return written


def bundle_ended_by_office(domain: Domain, *, bundle: str, on: date, reason: str) -> Written:
    """The office ends the bundle of a domain that it blocked, and why."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "bundle": bundle, "day": f"{on:%d/%m/%Y}", "reason": reason}
        return (
            _("The bundle of %(domain)s ends on %(day)s") % values,
            _(
                "Your domain is blocked, so your office ends the bundle %(bundle)s for you: it stops on %(day)s. "
                "Reason: %(reason)s\n\nNothing is lost. Do you want to go on? Talk to your office before that day."
            )
            % values,
        )

    return written


def self_booking_on(domain: Domain, _reason: str, _until: date | None) -> Written:
    """The office switched Zelfboeken on, or undid the end that it had planned."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name}
        return (
            _("Zelfboeken is on in %(domain)s") % values,
            _(
                "Your office switched Zelfboeken on. Open the domain to choose who gets the role Backoffice: from a "
                "bundle on the first one is included."
            ),
        )

    return written


def self_booking_off(domain: Domain, reason: str, until: date | None) -> Written:
    """The office switches Zelfboeken off, at once or at the end of the month, and why."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "reason": reason, "day": f"{until:%d/%m/%Y}" if until else ""}
        text = (
            _("From %(day)s on you no longer book yourself.")
            if until
            else _("You no longer book yourself, from now on.")
        )
        rest = _(
            "The reason of your office: %(reason)s\n\nNothing is lost: what you did not finish goes to the office, and "
            "your roles come back when Zelfboeken is switched on again. Questions? Ask your accountant."
        )
        return _("Zelfboeken is switched off in %(domain)s") % values, f"{text % values} {rest % values}"

    return written


def owner_asked(domain: Domain, *, by: str, reason: str) -> Written:
    """Somebody is asked to become the owner of the domain."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "by": by, "reason": reason or "–"}
        return (
            _("You are asked to become the owner of %(domain)s") % values,
            _(
                "%(by)s asks you to become the owner of %(domain)s: the contact of the domain, always Directie. "
                "Reason: %(reason)s\n\nOpen the domain and answer under Users and roles > Owner."
            )
            % values,
        )

    return written


def owner_named(domain: Domain, *, by: str, to: str, reason: str, until: date) -> Written:
    """The owner is told whom the office named, and until when he may object."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "by": by, "to": to, "reason": reason, "day": f"{until:%d/%m/%Y}"}
        return (
            _("Your office names another owner of %(domain)s") % values,
            _(
                "%(by)s names %(to)s as owner of %(domain)s. Reason: %(reason)s\n\nDo you not agree? Object before "
                "%(day)s under Users and roles > Owner. Without objection it holds once %(to)s accepts."
            )
            % values,
        )

    return written


def owner_changed(domain: Domain, *, to: str) -> Written:
    """The domain has another owner."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "to": to}
        return (
            _("%(to)s is now the owner of %(domain)s") % values,
            _("%(to)s is now the owner of %(domain)s and has the role Directie. Other roles stay as they were.")
            % values,
        )

    return written


def owner_stays(domain: Domain, *, by: str, to: str) -> Written:
    """The domain keeps its owner: it was declined, objected to, or taken back."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "by": by, "to": to}
        return (
            _("%(domain)s keeps its owner") % values,
            _("%(to)s does not become the owner of %(domain)s: %(by)s ended it. Nothing has changed.") % values,
        )

    return written


def legacy_replaced(domain: Domain, *, names: list[str]) -> Written:
    """The old access of these guests is gone; the Directie says who books from now on."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "names": ", ".join(names)}
        return (
            _("Zelfboeken replaces Backoffice access in %(domain)s") % values,
            _(
                "The old Backoffice access of %(names)s has ended. Who books from now on is for you to say: give the "
                "role Backoffice under Users and roles. It takes a bundle (Small, Medium, Large or Unlimited)."
            )
            % values,
        )

    return written


def legacy_ended(domain: Domain) -> Written:
    """The old access of a guest is gone."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name}
        return (
            _("Your Backoffice access to %(domain)s has ended") % values,
            _(
                "Zelfboeken replaces the old Backoffice access. You book again once the Directie of %(domain)s gives "
                "you the role Backoffice. Were you no user of the domain yet? Then an invitation is on its way."
            )
            % values,
        )

    return written


def legacy_given_back(domain: Domain, *, ends_on: date) -> Written:
    """The cut-over was undone: the guest's old access is what it was."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "day": f"{ends_on:%d/%m/%Y}"}
        return (
            _("The end of your Backoffice access to %(domain)s was undone") % values,
            _(
                "The office undid the change to Zelfboeken. Your old Backoffice access to %(domain)s is again what it "
                "was before: its end stays %(day)s. An invitation that was not accepted yet no longer works."
            )
            % values,
        )

    return written


def legacy_restored(domain: Domain, *, names: list[str]) -> Written:
    """The cut-over was undone: the Directie is told whose old access is what it was."""

    def written() -> tuple[str, str]:
        values = {"domain": domain.name, "names": ", ".join(names)}
        return (
            _("The change to Zelfboeken in %(domain)s was undone") % values,
            _(
                "The old Backoffice access of %(names)s is again what it was before. Roles that you gave meanwhile "
                "stay as they are."
            )
            % values,
        )

    return written


def domain_moved(domain: Domain, *, former: str, to: str, reason: str, until: date | None) -> Written:
    """The domain has another office: Directie and the new office are told what must be renewed, and by when."""

    def written() -> tuple[str, str]:
        values = {
            "domain": domain.name,
            "former": former,
            "to": to,
            "reason": reason,
            "day": f"{until:%d/%m/%Y}" if until else "",
        }
        parts = [_("%(to)s looks after %(domain)s from now on, instead of %(former)s. Reason: %(reason)s") % values]
        if until:
            parts.append(
                _(
                    "Zelfboeken goes on until %(day)s. The new office lets it go on after that: Domains > %(domain)s > "
                    "Edit."
                )
                % values
            )
        parts.append(_("Users, roles, bundle and books stay as they are."))
        return _("%(domain)s has another office: %(to)s") % values, "\n\n".join(parts)

    return written


def _reasons() -> dict[str, str]:
    return {
        "no_bundle": _("the bundle has ended"),
        "seat_limit": _("the bundle has fewer places"),
        "not_authorised": _("the office switched Zelfboeken off"),
        "not_live": _("the domain is not active"),
        "in_trial": _("the domain is in trial"),
        "modules": _("the domain takes modules"),
    }
