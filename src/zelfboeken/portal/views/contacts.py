"""Customers and suppliers: the list with what is open, and one of them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.belgium import iban
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.ledger.models import JournalKind
from zelfboeken.portal.domain_view import NotFound, domain_view
from zelfboeken.portal.open_items import open_row, parted
from zelfboeken.portal.pages import ContactMovement, ContactPage, ContactRow, ContactsPage, Empty, Tab
from zelfboeken.portal.periods import read_number, read_place, with_query
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.texts import amount, euro, grouped_enterprise_number, grouped_vat_number, short_day, without_name
from zelfboeken.reports.contacts import ContactBalance, Kind, contact_balances, contact_movements
from zelfboeken.reports.queries import open_items

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


@domain_view(Right.LEDGER_SEE)
def contact(request: HttpRequest, *, access: Access, contact_id: UUID) -> HttpResponse:
    """One contact: what is open, what was booked, and how he is known."""
    administration = administration_for(request, access)
    stored = Contact.objects.filter(domain_id=access.domain_id, public_id=contact_id).first()
    if stored is None:
        raise NotFound(str(contact_id))
    today = timezone.localdate()
    claims, debts = parted(open_items(access=access, administration_id=administration.id, contact_id=stored.id))
    moved = contact_movements(
        access=access,
        administration_id=administration.id,
        contact_id=stored.id,
        limit=LIMIT + 1,
        before=read_place(request.GET.get("voor", "")),
    )
    url = reverse("contact", args=[access.domain_slug, contact_id])
    last = moved[LIMIT - 1] if len(moved) > LIMIT else None
    page = ContactPage(
        title=stored.name,
        subtitle=administration.name,
        facts=_facts(access, stored),
        receivable=tuple(open_row(access, item, today) for item in claims),
        receivable_total=euro(sum(item.open_cents for item in claims)),
        payable=tuple(open_row(access, item, today) for item in debts),
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
    )
    shell = shell_for(request, access, administration, "contacts")
    return render(request, "portal/contact.html", {"shell": shell, "page": page})


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
