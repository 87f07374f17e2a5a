"""Open items as rows, what customers owe apart from what suppliers are owed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.services import Access
from zelfboeken.portal.pages import OpenRow
from zelfboeken.portal.texts import amount, day, short_day
from zelfboeken.reports.contacts import is_receivable
from zelfboeken.reports.queries import OpenItemRow


def parted(items: Iterable[OpenItemRow]) -> tuple[list[OpenItemRow], list[OpenItemRow]]:
    """The claims and the debts among these items: most overdue first, and last what can be set off."""
    claims: list[OpenItemRow] = []
    debts: list[OpenItemRow] = []
    for item in sorted(items, key=_urgency):
        (claims if is_receivable(item.gl_code) else debts).append(item)
    return claims, debts


def open_row(access: Access, item: OpenItemRow, today: date, chosen: Collection[int] = ()) -> OpenRow:
    """One item; a debt shows what we still pay as a positive amount, and a credit note as a negative one. Those with an
    id in `chosen` are ticked where one chooses.
    """
    sign = 1 if is_receivable(item.gl_code) else -1
    is_late = item.due_on is not None and item.due_on < today and not _is_on_the_other_side(item)
    late_days = (today - item.due_on).days if item.due_on else 0
    late = ngettext("%(count)d day late", "%(count)d days late", late_days) % {"count": late_days}
    return OpenRow(
        contact=item.contact_name,
        contact_url=reverse("contact", args=[access.domain_slug, item.contact_public_id]),
        number=item.document_number or _what_it_is(item, today),
        url=reverse("entry", args=[access.domain_slug, item.entry_id]),
        due_text=late if is_late else short_day(item.due_on, today) if item.due_on else "",
        open=amount(sign * item.open_cents),
        is_late=is_late,
        is_document=bool(item.document_number),
        total=amount(sign * item.amount_cents),
        issued_on=day(item.on_date),
        id=item.id,
        is_chosen=item.id in chosen,
    )


def can_set_off(items: Iterable[OpenItemRow]) -> bool:
    """Whether among these items are two that go away against each other, on one account."""
    signs: dict[str, set[bool]] = {}
    for item in items:
        signs.setdefault(item.gl_code, set()).add(item.open_cents > 0)
    return any(len(both) == 2 for both in signs.values())


def cancelling(items: Iterable[OpenItemRow]) -> frozenset[int]:
    """The ids of the first two of one account that come to nought together; none where there are no such two."""
    seen: dict[tuple[str, int], int] = {}
    for item in items:
        if (other := seen.get((item.gl_code, -item.open_cents))) is not None:
            return frozenset({other, item.id})
        seen.setdefault((item.gl_code, item.open_cents), item.id)
    return frozenset()


def _urgency(item: OpenItemRow) -> tuple[bool, date, int]:
    return _is_on_the_other_side(item), item.due_on or item.on_date, item.id


def _is_on_the_other_side(item: OpenItemRow) -> bool:
    """Whether the item lowers what is owed: a claim below zero, a debt above it."""
    return (item.open_cents < 0) == is_receivable(item.gl_code)


def _what_it_is(item: OpenItemRow, today: date) -> str:
    """What stands open without an invoice: money too much, or something booked by hand."""
    on = {"on": short_day(item.on_date, today)}
    return _("paid too much on %(on)s") % on if _is_on_the_other_side(item) else _("open since %(on)s") % on
