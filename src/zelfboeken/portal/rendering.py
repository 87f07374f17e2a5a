"""An e-invoice made readable beside its booking form."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zelfboeken.access.services import Access
from zelfboeken.documents.models import Document
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.queries import QueueRow
from zelfboeken.inbox.services import read_again
from zelfboeken.invoices.readers.model import ReadInvoice
from zelfboeken.invoices.readers.render import PartyView, view_of
from zelfboeken.portal.pages import Reason, RenderedLine, RenderedParty, RenderedTotal, Rendering
from zelfboeken.portal.texts import grouped_vat_number


def rendering_of(*, access: Access, row: QueueRow) -> Rendering | None:
    """The document as an invoice a person can read, from the original itself; None for what is no e-invoice."""
    if row.outcome not in {Outcome.INVOICE, Outcome.ASK_SIDE}:
        return None
    document = Document.objects.get(domain_id=access.domain_id, public_id=row.document_public_id)
    return _rendering(read_again(access=access, document=document))


def _rendering(read: ReadInvoice) -> Rendering:
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
            for line in view.lines
        ),
        totals=(
            RenderedTotal(_("Total excl. VAT"), view.net),
            *(RenderedTotal(f"{_('VAT')} {group.rate}", group.vat) for group in view.vat),
            *([RenderedTotal(_("Prepaid"), view.prepaid)] if view.prepaid else []),
            *([RenderedTotal(_("Rounding"), view.rounding)] if view.rounding else []),
            RenderedTotal(
                _("To pay"),
                view.payable if view.currency == "EUR" else f"{view.currency} {view.payable}",
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
    )


def _party(party: PartyView) -> RenderedParty:
    numbers = [grouped_vat_number(number) for number in party.numbers]
    # A Belgian VAT number is the enterprise number with its country in front: said once.
    told = [one for one in numbers if not any(other != one and other.endswith(one) for other in numbers)]
    return RenderedParty(name=party.name, address=party.address, vat=" · ".join(told))
