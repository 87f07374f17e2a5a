"""Searching a whole domain: pages, documents, contacts, accounts, entries and bank lines (Ctrl K)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.inbox.queries import QueueRow, booked_documents, stuck_documents, waiting_documents
from zelfboeken.ledger.queries import chart_of
from zelfboeken.matching.search import find_lines
from zelfboeken.portal.pages import FoundGroup, FoundRow, Shell
from zelfboeken.portal.texts import amount, grouped_vat_number, short_day, signed
from zelfboeken.portal.typed import NotUnderstood, read_amount
from zelfboeken.reports.contacts import contact_balances
from zelfboeken.reports.search import find_entries

EACH = 6
SHORTEST = 2


def find(*, access: Access, administration_id: int, text: str, shell: Shell) -> tuple[FoundGroup, ...]:
    """What a text leads to, at most a handful of each kind, in the order in which people look for them."""
    typed = text.replace("\0", "").strip()[:80]
    if len(typed) < SHORTEST:
        return ()
    groups = [FoundGroup(_("Go to"), _pages(shell, typed))]
    if access.may(Right.LEDGER_SEE):
        groups.append(FoundGroup(_("Contacts"), _contacts(access, administration_id, typed)))
    if access.may(Right.DOCUMENT_SEE_ALL_USERS):
        groups.append(FoundGroup(_("Documents"), _documents(access, administration_id, typed)))
    if access.may(Right.LEDGER_SEE):
        groups += [
            FoundGroup(_("Accounts"), _accounts(access, administration_id, typed)),
            FoundGroup(_("Entries"), _entries(access, administration_id, typed)),
            FoundGroup(_("Bank lines"), _lines(access, administration_id, typed)),
        ]
    return tuple(group for group in groups if group.rows)


def _pages(shell: Shell, typed: str) -> tuple[FoundRow, ...]:
    items = [
        item for group in shell.groups for item in group.items if item.label.casefold().startswith(typed.casefold())
    ]
    return tuple(FoundRow(f"found-page-{n}", item.icon, item.label, "", item.url) for n, item in enumerate(items))


def _documents(access: Access, administration_id: int, typed: str) -> tuple[FoundRow, ...]:
    queries: tuple[Callable[[], Iterable[QueueRow]], ...] = (
        lambda: waiting_documents(access=access, administration_id=administration_id, search=typed, limit=EACH),
        lambda: booked_documents(access=access, administration_id=administration_id, search=typed, limit=EACH),
        lambda: (
            row
            for row in stuck_documents(access=access, administration_id=administration_id)
            if typed.casefold() in row.document_name.casefold()
        ),
    )
    rows = [row for query in queries for row in query()]
    return tuple(_document(access, row) for row in rows[:EACH])


def _document(access: Access, row: QueueRow) -> FoundRow:
    today = timezone.localdate()
    on = row.issued_on or row.received_on
    state = _("booked") if row.entry_id is not None else _("waits")
    total = row.total_cents or 0
    return FoundRow(
        id=f"found-document-{row.document_public_id}",
        icon="file-text",
        title=row.contact_name or row.document_name,
        detail=" · ".join(part for part in (row.number, short_day(on, today), state) if part),
        url=reverse("document", args=[access.domain_slug, row.document_public_id]),
        amount=amount(-total if row.kind == "CREDIT_NOTE" else total) if row.total_cents is not None else "",
    )


def _contacts(access: Access, administration_id: int, typed: str) -> tuple[FoundRow, ...]:
    found = contact_balances(
        access=access, administration_id=administration_id, today=timezone.localdate(), search=typed, limit=EACH
    )
    return tuple(
        FoundRow(
            id=f"found-contact-{row.public_id}",
            icon="book-user",
            title=row.name,
            detail=" · ".join(
                part for part in (grouped_vat_number(row.vat_number or row.enterprise_number), row.city) if part
            ),
            url=reverse("contact", args=[access.domain_slug, row.public_id]),
            amount=amount(row.receivable_cents or -row.payable_cents)
            if row.receivable_cents or row.payable_cents
            else "",
        )
        for row in found.rows
    )


def _accounts(access: Access, administration_id: int, typed: str) -> tuple[FoundRow, ...]:
    names = chart_of(domain_id=access.domain_id, administration_id=administration_id).names
    words = typed.casefold().split()
    found = [
        (code, name)
        for code, name in names.items()
        if (code.startswith(typed) if typed.isdigit() else all(word in name.casefold() for word in words))
    ]
    return tuple(
        FoundRow(
            id=f"found-account-{code}",
            icon="chart-column",
            title=f"{code} {name}",
            detail="",
            url=reverse("ledger_account", args=[access.domain_slug, code]),
        )
        for code, name in found[:EACH]
    )


def _entries(access: Access, administration_id: int, typed: str) -> tuple[FoundRow, ...]:
    found = find_entries(access=access, administration_id=administration_id, text=typed, limit=EACH)
    return tuple(
        FoundRow(
            id=f"found-entry-{one.id}",
            icon="notebook-text",
            title=one.voucher,
            detail=f"{short_day(one.on_date, timezone.localdate())} · {one.description}",
            url=reverse("entry", args=[access.domain_slug, one.id]),
        )
        for one in found
    )


def _lines(access: Access, administration_id: int, typed: str) -> tuple[FoundRow, ...]:
    found = find_lines(access=access, administration_id=administration_id, text=typed, cents=_cents(typed), limit=EACH)
    return tuple(
        FoundRow(
            id=f"found-line-{one.public_id}",
            icon="landmark",
            title=one.counterparty or _("Bank"),
            detail=" · ".join(
                part for part in (short_day(one.booked_on, timezone.localdate()), one.communication) if part
            ),
            url=reverse("bank_line", args=[access.domain_slug, one.public_id]),
            amount=signed(one.amount_cents),
        )
        for one in found
    )


def _cents(typed: str) -> int | None:
    try:
        return read_amount(typed)
    except NotUnderstood:
        return None
