"""An e-invoice made readable beside its booking form."""

from __future__ import annotations

from collections.abc import Hashable

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zelfboeken.access.services import Access
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.invoices.readers.model import ReadInvoice
from zelfboeken.invoices.readers.render import PartyView, view_of
from zelfboeken.portal.pages import Link, Reason, RenderedLine, RenderedParty, RenderedTotal, Rendering
from zelfboeken.portal.texts import grouped_vat_number

MOST_LINES = 500
"""A longer invoice shows its first lines; the original has them all."""


_MOST_KEPT = 100
_kept: dict[Hashable, Rendering] = {}
"""By the hash of the original, its links and the language: the same bytes are always shown the same."""


def rendering_of(*, access: Access, row: QueueRow, read: ReadInvoice) -> Rendering:
    """What was read of the document as an invoice that a person can read, with the files inside it as links."""
    links = tuple(
        Link(one.name, reverse("attachment", args=[access.domain_slug, row.document_public_id, number]))
        for number, one in enumerate(read.attachments, start=1)
    )
    key = (row.sha256, links, get_language())
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[key] = _rendering(read, links)
    return found


def pdf_inside(read: ReadInvoice) -> int | None:
    """The number, from 1, of the first PDF inside an e-invoice, by its bytes; None when there is none."""
    for number, one in enumerate(read.attachments, start=1):
        if one.content.startswith(b"%PDF"):
            return number
    return None


def _rendering(read: ReadInvoice, attachments: tuple[Link, ...]) -> Rendering:
    view = view_of(read)
    references = [(_("Reference"), view.reference), (_("Delivered on"), view.delivered_on)]
    references += [(_("Corrects"), number) for number in view.preceding]
    return Rendering(
        kind=_("Credit note") if view.is_credit_note else _("Invoice"),
        number=view.number,
        issued_on=view.issued_on,
        due_on=view.due_on,
        supplier=_party(view.supplier),
        customer=_party(view.customer),
        lines=tuple(
            RenderedLine(
                description=line.description,
                quantity=f"{line.quantity} {line.unit}".strip(),
                unit_price=line.unit_price,
                vat=line.vat,
                net=line.net,
            )
            for line in view.lines[:MOST_LINES]
        ),
        totals=(
            RenderedTotal(_("Total excl. VAT"), view.net),
            *(RenderedTotal(_vat_label(group.rate), group.vat) for group in view.vat),
            *([RenderedTotal(_("Prepaid"), view.prepaid)] if view.prepaid else []),
            *([RenderedTotal(_("Rounding"), view.rounding)] if view.rounding else []),
            RenderedTotal(
                _("To pay"),
                f"€\u00a0{view.payable}" if view.currency == "EUR" else f"{view.currency} {view.payable}",
                True,
                "total",
            ),
        ),
        references=tuple((label, text) for label, text in references if text),
        iban=view.account,
        payment_reference=view.communication,
        note=view.note,
        findings=tuple(
            Reason(finding.text, tone="bad" if finding.severity == "ERROR" else "warn", icon="triangle-alert")
            for finding in view.findings
            if finding.severity != "INFO"
        ),
        attachments=attachments,
        remarks=tuple(finding.text for finding in view.findings if finding.severity == "INFO"),
        unread=read.unread,
        lines_left_out=_left_out(len(view.lines) - MOST_LINES),
    )


def _vat_label(rate: str) -> str:
    """Btw 21 %, and for a kind of VAT that says so itself only its name: Btw verlegd, Buiten de btw."""
    return f"{rate[:1].upper()}{rate[1:]}" if "btw" in rate else f"{_('VAT')} {rate}"


def _left_out(count: int) -> str:
    if count <= 0:
        return ""
    told = ngettext("and %(count)d more line, in the original", "and %(count)d more lines, in the original", count)
    return told % {"count": count}


def _party(party: PartyView) -> RenderedParty:
    numbers = [grouped_vat_number(number) for number in party.numbers]
    # A Belgian VAT number is the enterprise number with its country in front: said once.
    told = [one for one in numbers if not any(other != one and other.endswith(one) for other in numbers)]
    return RenderedParty(name=party.name, address=party.address, vat=" · ".join(told))
