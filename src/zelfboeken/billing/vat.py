"""Which VAT stands on a statement: the operator sits in Belgium and sells an electronic service."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

EU = (
    "AT", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
"""The other member states."""

COUNTRIES = ("BE", *EU, "CH", "GB", "NO", "US")
"""Where a debtor may be."""

STANDARD = Decimal(21)


@dataclass(frozen=True, slots=True)
class VatTreatment:
    """Category of EN 16931, rate, and for a rate of nought the reason that must be printed."""

    category: str
    percent: Decimal | None
    reason_code: str = ""
    reason: str = ""


def vat_for(*, country: str, vat_number: str) -> VatTreatment:
    """The VAT for a debtor.

    In Belgium 21 %. A VAT payer in another member state owes it himself (article 21 §2 of the VAT code); who has no VAT
    number there is charged the Belgian rate. Outside the Union a business is outside Belgian VAT, by the same article.
    """
    if country == "BE" or (country in EU and not vat_number):
        return VatTreatment("S", STANDARD)
    if country in EU:
        return VatTreatment("AE", Decimal(0), "VATEX-EU-AE", "Btw verlegd, art. 21 §2 WBTW")
    return VatTreatment("O", None, "VATEX-EU-O", "Niet onderworpen aan Belgische btw, art. 21 §2 WBTW")
