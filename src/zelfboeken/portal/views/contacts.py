"""Customers and suppliers: the list with what is open, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.models import User
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.belgium import iban
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.contacts.services import UnknownUser, choose_user
from zelfboeken.ledger.models import JournalKind
from zelfboeken.matching.services import NotSettled, UnknownMatch
from zelfboeken.matching.set_off import NotSetOff, SetOff, set_off, set_off_ids, set_offs_of, undo_set_off
from zelfboeken.portal.domain_view import FormNotOurs, NotFound, domain_view
from zelfboeken.portal.open_items import can_set_off, cancelling, open_row, parted
from zelfboeken.portal.pages import (
    Action,
    ContactMovement,
    ContactPage,
    ContactRow,
    ContactsPage,
    Empty,
    Link,
    Option,
    Problem,
    SelectField,
    SetOffRow,
    Tab,
)
from zelfboeken.portal.periods import read_number, read_place, with_query
from zelfboeken.portal.shell import administration_for, of_books, shell_for
from zelfboeken.portal.texts import amount, euro, grouped_enterprise_number, grouped_vat_number, short_day, without_name
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import read_id
from zelfboeken.portal.undo import JUST_DONE, remember
from zelfboeken.reports.contacts import ContactBalance, Kind, contact_balances, contact_movements
from zelfboeken.reports.queries import OpenItemRow, open_items
from zelfboeken.tenancy.models import Administration

LIMIT = 100
_KINDS: dict[str, Kind] = {"": "", "klanten": "CUSTOMER", "leveranciers": "SUPPLIER", "open": "OPEN"}


@domain_view(Right.LEDGER_SEE)
def contacts(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The customers and suppliers of the domain with what is open in this administration."""
    administration = administration_for(request, access)
    view = request.GET.get("filter", "")
    search = request.GET.get("q", "").replace("\0", "")
    number = read_number(request.GET.get("blad", ""))
    if view not in _KINDS:
        raise NotFound(view)
    found = contact_balances(
        access=access,
        administration_id=administration.id,
        today=timezone.localdate(),
        kind=_KINDS[view],
        search=search,
        limit=LIMIT,
        offset=(number - 1) * LIMIT,
    )
    url = reverse("contacts", args=[access.domain_slug])
    kept = {"filter": view, "q": search}
    page = ContactsPage(
        title=_("Contacts"),
        count_text=ngettext("%(count)d contact", "%(count)d contacts", found.count) % {"count": found.count},
        tabs=tuple(
            Tab(label, with_query(url, {"filter": code, "q": search}), is_current=code == view)
            for code, label in (
                ("", _("All")),
                ("klanten", _("Customers")),
                ("leveranciers", _("Suppliers")),
                ("open", _("With something open")),
            )
        ),
        rows=tuple(_row(access, row) for row in found.rows),
        search_url=url,
        search_text=search,
        filter=view,
        receivable=amount(found.receivable_cents),
        payable=amount(found.payable_cents),
        newer_url=with_query(url, {**kept, "blad": str(number - 1)}) if number > 1 else "",
        older_url=with_query(url, {**kept, "blad": str(number + 1)}) if number * LIMIT < found.count else "",
        empty=_empty(is_searched=bool(search or view)),
    )
    shell = shell_for(request, access, administration, "contacts")
    return render(request, "portal/contacts.html", {"shell": shell, "page": page})


@domain_view(Right.LEDGER_SEE, methods=("GET", "POST"), fields=("action", "item", "match", "user"))
def contact(request: HttpRequest, *, access: Access, contact_id: UUID) -> HttpResponse:
    """One contact: what is open, what was booked, and how he is known. A POST sets open items off, undoes that,
    or says which user he is.
    """
    administration = administration_for(request, access)
    stored = Contact.objects.filter(domain_id=access.domain_id, public_id=contact_id).first()
    if stored is None:
        raise NotFound(str(contact_id))
    if request.method != "POST":
        return _page(request, access, administration, stored)
    try:
        _act(request, access, administration, stored)
    except (UnknownMatch, UnknownUser) as no:
        raise NotFound(str(no)) from None
    except (NotSetOff, NotSettled) as no:
        return _page(request, access, administration, stored, problem=Problem(str(no)), status=409)
    return HttpResponseRedirect(request.path, status=303)


def _act(request: HttpRequest, access: Access, administration: Administration, stored: Contact) -> None:
    now = timezone.now()
    if request.POST.get("action", "") == "user":
        chosen = request.POST.get("user", "")
        choose_user(access=access, contact_id=stored.id, user_id=read_id(chosen) if chosen else None, at=now)
        messages.success(request, _("Kept: who %(name)s is") % {"name": stored.name})
        return
    access.require(Right.BANK_MATCH)
    if request.POST.get("action", "") not in {"set_off", "undo"}:
        raise FormNotOurs("action")
    if request.POST["action"] == "undo":
        undone = undo_set_off(
            access=access, contact_id=stored.id, match_id=read_id(request.POST.get("match", "")), at=now
        )
        messages.success(request, _("Open again: %(amount)s") % {"amount": euro(undone.amount_cents)})
        return
    wanted = {read_id(one) for one in request.POST.getlist("item")}
    known = open_items(access=access, administration_id=administration.id, contact_id=stored.id, settled_too=True)
    if not wanted <= {one.id for one in known}:
        raise NotFound("item")
    pairs = set_off(access=access, administration_id=administration.id, item_ids=wanted, at=now)
    told = _("Set off: %(amount)s of %(name)s") % {
        "amount": euro(sum(one.cents for one in pairs)),
        "name": stored.name,
    }
    remember(request, access, kind="SET_OFF", ids=set_off_ids(access=access, pairs=pairs), text=told, url=request.path)
    messages.success(request, told, extra_tags=JUST_DONE)


def _page(
    request: HttpRequest,
    access: Access,
    administration: Administration,
    stored: Contact,
    *,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    claims, debts = parted(open_items(access=access, administration_id=administration.id, contact_id=stored.id))
    moved = contact_movements(
        access=access,
        administration_id=administration.id,
        contact_id=stored.id,
        limit=LIMIT + 1,
        before=read_place(request.GET.get("voor", "")),
    )
    url = reverse("contact", args=[access.domain_slug, stored.public_id])
    last = moved[LIMIT - 1] if len(moved) > LIMIT else None
    form_url = of_books(url, administration)
    may_match = access.may(Right.BANK_MATCH)
    chosen = _chosen(request, claims, debts)
    found = set_offs_of(access=access, administration_id=administration.id, contact_id=stored.id, limit=LIMIT)
    page = ContactPage(
        title=stored.name,
        subtitle=administration.name,
        facts=_facts(access, stored),
        receivable=tuple(open_row(access, item, today, chosen) for item in claims),
        receivable_total=euro(sum(item.open_cents for item in claims)),
        payable=tuple(open_row(access, item, today, chosen) for item in debts),
        payable_total=euro(-sum(item.open_cents for item in debts)),
        movements=tuple(
            ContactMovement(
                on=short_day(one.on_date, today),
                kind=_kind_word(one.journal_kind),
                number=one.voucher,
                url=reverse("entry", args=[access.domain_slug, one.entry_id]),
                amount=amount(one.cents),
                detail=without_name(one.description, stored.name),
            )
            for one in moved[:LIMIT]
        ),
        contacts_url=reverse("contacts", args=[access.domain_slug]),
        older_url=with_query(url, {"voor": f"{last.on_date}:{last.entry_id}"}) if last else "",
        set_off_receivable=_set_off_action(form_url) if may_match and can_set_off(claims) else None,
        set_off_payable=_set_off_action(form_url) if may_match and can_set_off(debts) else None,
        user_field=_user_field(access, stored) if access.may(Right.DATA_COMPLETE) else None,
        user_action=Action(form_url, _("Save"), new_key()) if access.may(Right.DATA_COMPLETE) else None,
        set_offs=tuple(_set_off_row(access, one, form_url, today, may_match) for one in found),
        problems=(problem,) if problem else (),
    )
    shell = shell_for(request, access, administration, "contacts")
    return render(request, "portal/contact.html", {"shell": shell, "page": page}, status=status)


def _user_field(access: Access, stored: Contact) -> SelectField:
    """Which user of the domain the contact is; who pays himself does not approve it."""
    members = User.objects.filter(memberships__domain_id=access.domain_id, memberships__is_active=True)
    people = {one.id: one.name or one.email for one in members.order_by("name", "id")}
    if stored.user_id is not None and stored.user_id not in people:
        people[stored.user_id] = str(stored.user)
    return SelectField(
        "user",
        _("Is a user of this domain"),
        (
            Option("", _("no"), stored.user_id is None),
            *(Option(str(one), name, one == stored.user_id) for one, name in people.items()),
        ),
        hint=_("What is owed to a user is his expense claim: somebody else approves its payment."),
    )


def _chosen(request: HttpRequest, claims: Sequence[OpenItemRow], debts: Sequence[OpenItemRow]) -> frozenset[int]:
    """What is ticked: what was chosen and refused, else two that come to nought."""
    if request.method == "POST":
        return frozenset(read_id(one) for one in request.POST.getlist("item"))
    return cancelling(claims) | cancelling(debts)


def _set_off_action(url: str) -> Action:
    return Action(url, _("Set off what is ticked"), new_key())


def _set_off_row(access: Access, one: SetOff, url: str, today: date, may_match: bool) -> SetOffRow:
    def link(number: str, on: date, entry_id: int) -> Link:
        return Link(
            number or _("payment of %(on)s") % {"on": short_day(on, today)},
            reverse("entry", args=[access.domain_slug, entry_id]),
        )

    return SetOffRow(
        on=short_day(timezone.localtime(one.made_at).date(), today),
        amount=amount(one.cents),
        item=link(one.item_number, one.item_on, one.item_entry_id),
        against=link(one.against_number, one.against_on, one.against_entry_id),
        action=Action(url, _("Undo"), new_key(), name="match", value=str(one.match_id)) if may_match else None,
    )


def _row(access: Access, row: ContactBalance) -> ContactRow:
    late = ngettext("%(count)d late", "%(count)d late", row.late_count) % {"count": row.late_count}
    roles = [*([_("customer")] if row.is_customer else []), *([_("supplier")] if row.is_supplier else [])]
    return ContactRow(
        name=row.name,
        url=reverse("contact", args=[access.domain_slug, row.public_id]),
        vat=grouped_vat_number(row.vat_number or row.enterprise_number),
        place=row.city,
        role=", ".join(roles),
        receivable=amount(row.receivable_cents) if row.receivable_cents else "",
        payable=amount(row.payable_cents) if row.payable_cents else "",
        late=late if row.late_count else "",
    )


def _facts(access: Access, stored: Contact) -> tuple[tuple[str, str], ...]:
    ibans = ContactBankAccount.objects.filter(domain_id=access.domain_id, contact_id=stored.id).order_by("id")
    town = " ".join(part for part in (stored.postcode, stored.city) if part)
    # A country alone is no address.
    country = stored.country if (stored.street or town) and stored.country != "BE" else ""
    facts = (
        (_("VAT number"), grouped_vat_number(stored.vat_number)),
        (_("Enterprise number"), grouped_enterprise_number(stored.enterprise_number)),
        (_("Address"), ", ".join(part for part in (stored.street, town, country) if part)),
        (_("E-mail"), stored.email),
        (_("Bank accounts"), "\n".join(iban.formatted(number) for number in ibans.values_list("iban", flat=True))),
        (_("Usual account"), stored.purchase_account_code),
    )
    return tuple((label, value) for label, value in facts if value)


def _kind_word(kind: str) -> str:
    words = {
        JournalKind.PURCHASE: _("Purchase"),
        JournalKind.SALES: _("Sale"),
        JournalKind.BANK: _("Payment"),
        JournalKind.CASH: _("Cash"),
        JournalKind.OPENING: _("Opening"),
    }
    return words.get(JournalKind(kind), _("Miscellaneous"))


def _empty(*, is_searched: bool) -> Empty:
    if is_searched:
        return Empty(_("No contact matches"), _("Search for a name or a VAT number."), icon="search", tone="")
    return Empty(_("No contacts yet"), _("They come by themselves with the first e-invoice."), tone="")
