"""Files made for a test: an e-invoice to or from the administration of the books, and a statement that pays it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from zelfboeken.bank.readers.model import ReadBankFile, ReadBankLine, ReadStatement
from zelfboeken.bank.writers.coda import write_coda
from zelfboeken.belgium import structured_reference
from zelfboeken.invoices.writers.ubl import UblInvoice, UblLine, UblParty, write_ubl

OUR_VAT = "BE0999000129"
OUR_IBAN = "BE71096123456769"
THEIR_VAT = "BE0403019261"
THEIR_IBAN = "BE22679200300047"
US = UblParty(
    name="Bakkerij Voorbeeld BV", vat=OUR_VAT, street="Broodstraat 1", postcode="9000", city="Gent", country="BE"
)
THEM = UblParty(
    name="Verpakking Staal BV", vat=THEIR_VAT, street="Kartonlaan 12", postcode="8500", city="Kortrijk", country="BE"
)


def invoice(
    number: str = "2026-1187",
    *,
    net: str = "100.00",
    supplier: UblParty = THEM,
    customer: UblParty = US,
    kind: str = "INVOICE",
    issued_on: date = date(2026, 11, 12),
    structured: str | None = None,
    description: str = "Broodzakken kraft",
) -> bytes:
    """A UBL invoice of one line at 21 %, a purchase unless the parties are turned round."""
    price = Decimal(net)
    return write_ubl(
        UblInvoice(
            kind=kind,  # type: ignore[arg-type]
            number=number,
            issued_on=issued_on,
            due_on=date(2026, 12, 12),
            supplier=supplier,
            customer=customer,
            buyer_reference="KL31",
            iban=THEIR_IBAN if supplier == THEM else OUR_IBAN,
            structured=structured,
            preceding=("2026-1100",) if kind == "CREDIT_NOTE" else (),
            lines=(UblLine(description, Decimal(1), "C62", price, int(price * 100), "S", Decimal(21)),),
        )
    )


def movement(
    cents: int,
    *,
    text: str = "",
    structured: str | None = None,
    iban: str | None = THEIR_IBAN,
    name: str | None = "VERPAKKING STAAL BV",
    on: date = date(2026, 11, 16),
) -> ReadBankLine:
    """A bank movement, money out when below zero."""
    return ReadBankLine(
        booked_on=on,
        value_on=on,
        amount_cents=cents,
        counterparty=name,
        counter_iban=iban,
        counter_bic=None,
        communication=text or (structured_reference.formatted(structured) if structured else ""),
        structured=structured,
        transaction_code="00150000" if cents > 0 else "00101000",
        bank_reference="REF",
        customer_reference=None,
        details=(),
        information=(),
        sequence="0001",
        end_to_end=None,
        mandate=None,
    )


def statement(
    *movements: ReadBankLine,
    number: int = 1,
    opening_cents: int = 0,
    iban: str = OUR_IBAN,
    on: date = date(2026, 11, 16),
) -> bytes:
    """A CODA file of one statement with these movements."""
    lines = tuple(replace(line, sequence=f"{n:04d}") for n, line in enumerate(movements, start=1))
    return write_coda(
        ReadBankFile(
            format="coda",
            statements=(
                ReadStatement(
                    iban=iban,
                    currency="EUR",
                    holder="BAKKERIJ VOORBEELD BV",
                    bic="GKCCBEBB",
                    number=number,
                    paper_number=None,
                    date=on,
                    opening_on=on,
                    opening_cents=opening_cents,
                    closing_cents=opening_cents + sum(line.amount_cents for line in lines),
                    lines=lines,
                    findings=(),
                    free_text="",
                ),
            ),
            findings=(),
        )
    )


OGM = structured_reference.from_number(20261187)
