"""A statement as an e-invoice of the operator to the debtor, in the form of Peppol BIS Billing 3.0."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils import translation

from zelfboeken.belgium import vat_number
from zelfboeken.billing.rules import Charge, ChargeKind
from zelfboeken.billing.statements import IssuedStatement, Party
from zelfboeken.billing.wording import dutch_euro, line_text, notes_of
from zelfboeken.invoices.writers.ubl import UblInvoice, UblLine, UblParty, totals_of, write_ubl

_VAT_SCHEMES = {
    "AT": "9914", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "ES": "9920", "FR": "9957",
    "GB": "9932", "GR": "9933", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211", "LT": "9937", "LU": "9938",
    "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946", "RO": "9947", "SI": "9949", "SK": "9950",
}  # fmt: skip
"""How Peppol names the VAT number of a country as an address."""


class StatementNotEqual(RuntimeError):
    """The e-invoice would say another total than the statement: it is not written."""

    code = "statement_not_equal"


def statement_ubl(issued: IssuedStatement) -> bytes:
    """The e-invoice of a statement or credit note: the same lines and the same cents, in Dutch.

    Raises:
        StatementNotEqual: the totals by the rules of e-invoices are not those of the statement.
    """
    with translation.override("nl"):
        lines = tuple(_line(issued, *one) for one in zip(issued.charges, issued.amounts, strict=True))
        note = ". ".join((f"{issued.domain_name}, {issued.month.number:02}/{issued.month.year}", *notes_of(issued)))
    invoice = UblInvoice(
        kind="CREDIT_NOTE" if issued.is_credit else "INVOICE",
        number=issued.number,
        issued_on=issued.issued_on,
        due_on=None if issued.is_credit else issued.due_on,
        supplier=_party(issued.seller),
        customer=_party(issued.buyer),
        lines=lines,
        delivered_on=issued.month.until - timedelta(days=1),
        buyer_reference=issued.domain_slug,
        # Nothing is to be paid on a credit note.
        iban=None if issued.is_credit else issued.iban,
        structured=None if issued.is_credit else issued.structured,
        note=note,
        preceding=(issued.corrects,) if issued.is_credit else (),
    )
    totals = totals_of(invoice)
    if (totals.net_cents, totals.vat_cents, totals.total_cents) != (
        issued.net_cents,
        issued.vat_cents,
        issued.total_cents,
    ):
        raise StatementNotEqual(issued.number)
    return write_ubl(invoice)


def _line(issued: IssuedStatement, charge: Charge, amount: int) -> UblLine:
    text = line_text(charge, euro=dutch_euro, on=issued.month, amount=amount)
    # A part of a month has no price per day in whole cents: the amount is the price of one such line.
    is_by_piece = charge.kind is ChargeKind.PACKS and amount == charge.cents
    cents = charge.unit_cents if is_by_piece else amount
    return UblLine(
        description=f"{text.title}: {text.explanation}",
        quantity=Decimal(charge.units if is_by_piece else 1),
        unit="C62",
        unit_price=Decimal(cents) / 100,
        net_cents=amount,
        category=issued.vat.category,
        percent=issued.vat.percent,
        exemption_code=issued.vat.reason_code or None,
        exemption_reason=issued.vat.reason or None,
    )


def _party(party: Party) -> UblParty:
    return UblParty(
        name=party.name,
        street=party.street,
        postcode=party.postcode,
        city=party.city,
        country=party.country,
        vat=party.vat_number or None,
        enterprise=party.enterprise_number or None,
        email=party.email or None,
        endpoint=_endpoint(party),
    )


def _endpoint(party: Party) -> tuple[str, str] | None:
    if party.country == "BE":
        return ("0208", party.enterprise_number)
    if party.vat_number:
        scheme = _VAT_SCHEMES.get(vat_number.country_of(party.vat_number))
        if scheme:
            return (scheme, party.vat_number)
    # Peppol has no address for who has no VAT number: the file then goes by mail.
    return ("EM", party.email) if party.email else None
