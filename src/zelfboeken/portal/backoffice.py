"""Who gets the role Backoffice and what it costs, in words: the popup and the page say the same (S8–S16)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.models import DomainAssignment, LegacyGrant, Member
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import AssignmentState, Missing
from zelfboeken.access.services import Access
from zelfboeken.billing.contracts import terms_of
from zelfboeken.billing.documents import documents_by_day
from zelfboeken.billing.giving import Offer, is_asked, offer_backoffice
from zelfboeken.billing.places import Person
from zelfboeken.billing.rules import PAID_BUNDLES, Month, NoPrice, SeatPolicy, Terms
from zelfboeken.billing.standing import missing_on
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import (
    BackofficeForm,
    BundleChoice,
    Candidate,
    Link,
    Notice,
    Popup,
    PriceLine,
    Problem,
)
from zelfboeken.portal.periods import with_query
from zelfboeken.portal.statement_texts import month_name
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.texts import day, euro
from zelfboeken.portal.tokens import new_key
from zelfboeken.tenancy.models import Bundle, Domain

USED_MONTHS = 3
"""So many whole months say which bundle fits."""


def popup_of(*, access: Access, at: datetime) -> Popup | None:
    """What this user is asked on opening the domain, or nothing."""
    asked = is_asked(access=access, at=at)
    if asked is None:
        return None
    domain = Domain.objects.select_related("portal").get(id=access.domain_id)
    later = reverse("backoffice_later", args=[access.domain_slug])
    values = {"office": domain.portal.name}
    if asked is Missing.BUNDLE:
        return Popup(
            title=_("Activate a bundle first"),
            intro=_(
                "%(office)s switched Zelfboeken on, but this domain has no bundle yet. With each bundle below you can "
                "book yourself. Your first role Backoffice is included."
            )
            % values,
            later_url=later,
            later_key=new_key(),
            bundles=bundle_choices(domain, timezone.localdate(at)),
            compare=Link(_("Compare all bundles"), reverse("bundle", args=[access.domain_slug])),
            note=_usage_text(domain, timezone.localdate(at)),
        )
    try:
        form = backoffice_form(
            access=access, offer=offer_backoffice(access=access, chosen=None, on=timezone.localdate(at))
        )
    except NoPrice:
        return None
    return Popup(
        title=_("Give the role Backoffice"),
        intro=_(
            "Who books along in this domain? %(office)s switched Zelfboeken on. Give at least one user the role "
            "Backoffice: he books documents, matches the bank and prepares the VAT."
        )
        % values,
        later_url=later,
        later_key=new_key(),
        form=form,
    )


def backoffice_form(
    *, access: Access, offer: Offer, problems: tuple[Problem, ...] = (), notice: Notice | None = None
) -> BackofficeForm:
    """The users with their boxes, and the price beside them."""
    cost = offer.cost
    emails = dict(Member.objects.filter(domain_id=access.domain_id).values_list("id", "user__email"))
    you = Member.objects.filter(domain_id=access.domain_id, user_id=access.user_id).values_list("id", flat=True).first()
    were = set(
        LegacyGrant.objects.filter(domain_id=access.domain_id, withdrawn_at__isnull=True).values_list(
            "email", flat=True
        )
    )
    order = [one for one in offer.people if one.member_id in offer.chosen]
    included = order[0].member_id if order else None

    def candidate(one: Person) -> Candidate:
        held = next((role for role in one.roles if role.role == Role.BACKOFFICE), None)
        rests = held is not None and held.state == AssignmentState.SUSPENDED
        is_first = one.member_id == included if included is not None else True
        others = [role_name(role.role) for role in one.roles if role.role != Role.BACKOFFICE]
        return Candidate(
            member=str(one.member_id),
            name=one.name,
            detail=" · ".join(
                [
                    emails.get(one.member_id, ""),
                    ", ".join(others) or (_("no other role") if held else _("no role")),
                    *([_("had Backoffice access")] if emails.get(one.member_id) in were else []),
                ]
            ),
            initials=initials(one.name),
            is_you=one.member_id == you,
            is_chosen=one.member_id in offer.chosen,
            price=_("included") if is_first else f"+ {euro(cost.each_cents)}",
            is_included=is_first,
            rests=_("rests, comes back by itself") if rests else "",
        )

    lines = [
        PriceLine(
            _("Bundle %(name)s") % {"name": Bundle(offer.bundle).label},
            euro(offer.bundle_cents) if offer.bundle_cents is not None else _("price not confirmed yet"),
        ),
        PriceLine(_("First role Backoffice"), _("included"), "ok"),
    ]
    if cost.extra_then:
        text = ngettext("%(count)d extra role Backoffice", "%(count)d extra roles Backoffice", cost.extra_then)
        lines.append(PriceLine(text % {"count": cost.extra_then}, euro(cost.monthly_then_cents)))
    return BackofficeForm(
        url=reverse("backoffice", args=[access.domain_slug]),
        key=new_key(),
        agreed=str(offer.monthly_cents),
        intro=_("The first role is in the price of the bundle; each extra one costs %(price)s a month.")
        % {"price": euro(cost.each_cents)},
        people=tuple(candidate(one) for one in offer.people),
        lines=tuple(lines),
        total_label=_("A month, without VAT"),
        total=euro(offer.monthly_cents),
        hint=_this_month(offer),
        debtor=_("Your office %(name)s pays.") % {"name": offer.debtor}
        if offer.is_office_debtor
        else _("The statement goes to %(name)s.") % {"name": offer.debtor},
        button=_button(offer),
        is_ready=bool(offer.gives or offer.withdraws),
        changes=_changes(offer),
        problems=problems,
        notice=notice,
    )


def _button(offer: Offer) -> str:
    values = {"count": len(offer.gives), "price": euro(offer.monthly_cents)}
    if not offer.gives and not offer.withdraws:
        return _("Show the price")
    if not offer.gives or offer.withdraws:
        return _("Save for %(price)s a month") % values
    text = ngettext(
        "Give %(count)d role for %(price)s a month", "Give %(count)d roles for %(price)s a month", len(offer.gives)
    )
    return text % values


def _changes(offer: Offer) -> str:
    told = []
    if offer.gives:
        told.append(_("Gets the role: %(names)s.") % {"names": ", ".join(one.name for one in offer.gives)})
    if offer.withdraws:
        told.append(_("Loses the role: %(names)s.") % {"names": ", ".join(one.name for one in offer.withdraws)})
    return " ".join(told)


def _this_month(offer: Offer) -> str:
    cost, today = offer.cost, timezone.localdate()
    values = {
        "month": month_name(Month.of(today)),
        "price": euro(abs(cost.this_month_cents)),
        "left": cost.days_left,
        "days": cost.days_in_month,
    }
    if cost.policy is SeatPolicy.FULL_MONTH:
        # The highest number of the month counts for all of its days, from whichever day on.
        if cost.this_month_cents > 0:
            return (
                _("In %(month)s you pay %(price)s extra: the highest number of a month counts for all of it.") % values
            )
        return _(
            "The highest number of a month counts for all of it: a role less is charged less from the next one on."
        )
    if cost.this_month_cents > 0:
        return (
            _("In %(month)s you pay %(price)s extra, for %(left)d of the %(days)d days. You may change it each day.")
            % values
        )
    if cost.this_month_cents < 0:
        return _("In %(month)s you pay %(price)s less.") % values
    return _("You may change it each day; extra roles are charged per day.")


def bundle_choices(domain: Domain, today: date) -> tuple[BundleChoice, ...]:
    """The four bundles with their prices; the page of the bundle takes it from there."""
    terms, used = terms_of(domain.id), average_documents(domain, today)
    url = reverse("bundle", args=[domain.slug])
    fitting = _fitting(terms, used, today)
    return tuple(
        BundleChoice(
            name=one.label,
            price=euro(price.monthly_cents) if (price := terms.bundle_on(one, today)) else "–",
            detail=_("price not confirmed yet")
            if price is None
            else _("without limit")
            if price.documents is None
            else _("up to %(count)d documents") % {"count": price.documents},
            url=with_query(url, {"bundel": one.value}),
            fits=_("fits you") if one == fitting else "",
        )
        for one in PAID_BUNDLES
    )


def _fitting(terms: Terms, used: int, today: date) -> Bundle | None:
    if not used:
        return None
    priced = [(one, price) for one in PAID_BUNDLES if (price := terms.bundle_on(one, today)) is not None]
    return next((one for one, price in priced if price.documents is None or used <= price.documents), None)


def average_documents(domain: Domain, today: date) -> int:
    """How many documents a whole month had lately, rounded up."""
    month, counts = Month.of(today), []
    for _number in range(USED_MONTHS):
        month = Month.of(month.starts_on - timedelta(days=1))
        counts.append(sum(documents_by_day(domain_id=domain.id, month=month).values()))
    return -(-sum(counts) // USED_MONTHS)


def _usage_text(domain: Domain, today: date) -> str:
    used = average_documents(domain, today)
    prices = _("Prices a month, without VAT. You may change each month.")
    if not used:
        return prices
    return f"{_('You process %(count)d documents a month on average.') % {'count': used}} {prices}"


def blocked_notice(access: Access, domain: Domain, today: date) -> Notice | None:
    """Why nobody can get the role now, each reason with its own way out (S10–S14); None when somebody can."""
    missing = missing_on(domain, today)
    if missing is None:
        return None
    to_bundle = Link(_("Choose a bundle"), reverse("bundle", args=[domain.slug]), "wallet")
    facts = domain.facts_on(today)
    told = {
        Missing.LIFECYCLE: (
            _("This domain is not active."),
            _("Ask your accountant to activate it."),
            office_links(domain),
        ),
        Missing.PRICING_MODEL: (
            _("This domain takes modules."),
            _("Zelfboeken is possible from a bundle on. See what a bundle costs instead."),
            (Link(_("To the bundle"), reverse("bundle", args=[domain.slug]), "wallet"),),
        ),
        Missing.TRIAL: (
            _("This domain is in trial until %(on)s.") % {"on": day(facts.trial_until)},
            _("Zelfboeken is possible once a bundle is bought. It holds at once."),
            (to_bundle,),
        ),
        Missing.AUTHORISED: (
            _("Your accountant has not switched Zelfboeken on."),
            _("Only the office can do that. Ask for it."),
            office_links(domain),
        ),
        Missing.BUNDLE: (
            _("Activate a bundle first: Small, Medium, Large or Unlimited."),
            _("The first role Backoffice is included in each of them."),
            (to_bundle,),
        ),
    }
    if missing not in told:
        return None
    title, text, links = told[missing]
    if not access.may(Right.ROLE_GIVE):
        links = tuple(link for link in links if link.url != to_bundle.url)
    return Notice("warn", title, text, links)


def office_links(domain: Domain) -> tuple[Link, ...]:
    """A mail to who looks after the domain at the office, where somebody does."""
    found = (
        DomainAssignment.objects.filter(
            domain=domain, task=DomainAssignment.Task.RESPONSIBLE, member__is_active=True, member__user__is_active=True
        )
        .select_related("member__user")
        .order_by("id")
        .first()
    )
    if found is None:
        return ()
    user = found.member.user
    return (Link(_("Mail %(name)s") % {"name": str(user)}, f"mailto:{user.email}", "send"),)


def directie_names(domain: Domain) -> str:
    """Who gives roles in this domain, by name."""
    found = Member.objects.filter(
        domain=domain, is_active=True, user__is_active=True, roles__role=Role.MANAGEMENT.value, roles__state="ACTIVE"
    ).select_related("user")
    return ", ".join(sorted({str(one.user) for one in found}))
