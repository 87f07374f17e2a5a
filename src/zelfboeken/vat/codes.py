"""The VAT codes: which grids and which VAT accounts a purchase or a sale touches.

The table is ``vat-grids.csv`` (chapter 2.3 of the Belgian rules, after the texts of the official return schema).
One code stands for one row of the table in its two documents, invoice and credit note.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType


class Side(StrEnum):
    """Whose document it is: a supplier's, our own, or nobody's (a correction typed by hand)."""

    PURCHASE = "PURCHASE"
    SALE = "SALE"
    MANUAL = "MANUAL"


class Document(StrEnum):
    """The document a formula is for; ``ENTRY`` only for ``Side.MANUAL``."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"
    ENTRY = "ENTRY"


class Charge(StrEnum):
    """Who charges the VAT of a document."""

    PRINTED = "PRINTED"
    """It stands on the document and is part of what is paid."""
    SELF = "SELF"
    """The customer charges it to himself (reverse charge, intra-EU, deferred import)."""
    FOREIGN = "FOREIGN"
    """It stands on the document, belongs to another state, and is cost."""
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class GridTerm:
    """One term of a grid formula: ``sign`` is +1 or -1, ``term`` one of base, vat, ded, nd, amount or a margin term."""

    grid: int
    sign: int
    term: str


@dataclass(frozen=True, slots=True)
class AccountTerm:
    """A VAT account that takes ``term`` on its natural side: debit for 411, credit for 451."""

    gl_code: str
    term: str


@dataclass(frozen=True, slots=True)
class Formula:
    """What one document of a code does. ``is_sure`` is false where sources disagree (chapter 2.4)."""

    grids: tuple[GridTerm, ...]
    accounts: tuple[AccountTerm, ...]
    charge: Charge
    is_sure: bool
    note: str


@dataclass(frozen=True, slots=True)
class VatCode:
    """A VAT code, for example ``PURCHASE.domestic.21.goods``.

    ``rate`` is a percentage, or None where the table says any or none. ``documents`` may lack one of the two:
    some codes exist for a credit note only.
    """

    code: str
    side: Side
    kind: str
    rate: Decimal | None
    nature: str
    label: str
    ubl_category: str
    vatex: str
    ic_code: str
    in_client_listing: bool
    documents: Mapping[Document, Formula]


class UnknownVatCode(LookupError):
    """No such code in the table; ``text`` is what was asked."""

    code = "unknown_vat_code"

    def __init__(self, text: str) -> None:
        super().__init__(f"De btw-code “{text[:60]}” bestaat niet. Kies een code uit de lijst.")
        self.text = text


_NATURES = {"goods": "goederen", "service": "diensten", "misc_goods": "diverse goederen", "investment": "investeringen"}
_KINDS = {
    ("SALE", "domestic"): "{rate}",
    ("SALE", "domestic_cn_no_vat"): "Creditnota zonder btw",
    ("SALE", "zero_rate"): "Nultarief",
    ("SALE", "cocontractor"): "Medecontractant (btw verlegd)",
    ("SALE", "ic_goods"): "Intracommunautaire levering",
    ("SALE", "ic_triangular"): "Driehoeksverkeer (A-B-C)",
    ("SALE", "ic_service"): "Intracommunautaire dienst",
    ("SALE", "export_goods"): "Uitvoer",
    ("SALE", "service_non_eu"): "Dienst buiten de EU",
    ("SALE", "other_exempt_with_deduction"): "Andere vrijstelling met recht op aftrek",
    ("SALE", "other_abroad"): "Andere handeling in het buitenland",
    ("SALE", "exempt_art44"): "Vrijgesteld (artikel 44)",
    ("SALE", "franchise"): "Vrijstellingsregeling kleine onderneming",
    ("SALE", "margin"): "Margeregeling {rate}",
    ("PURCHASE", "domestic"): "{rate} {nature}",
    ("PURCHASE", "domestic_cn_no_vat"): "Creditnota zonder btw {nature}",
    ("PURCHASE", "no_vat"): "Zonder btw {nature}",
    ("PURCHASE", "cocontractor"): "Medecontractant {rate} {nature}",
    ("PURCHASE", "ic_goods"): "Intracommunautair {rate} {nature}",
    ("PURCHASE", "ic_service"): "Intracommunautaire dienst {rate} {nature}",
    ("PURCHASE", "non_eu_service"): "Dienst van buiten de EU {rate} {nature}",
    ("PURCHASE", "import_deferred"): "Invoer met vergunning (verlegd) {rate} {nature}",
    ("PURCHASE", "import_customs"): "Invoer, btw betaald bij de douane {rate} {nature}",
    ("PURCHASE", "foreign_supplier_local"): "Buitenlandse leverancier, levering in België {rate} {nature}",
    ("PURCHASE", "margin_goods"): "Gekocht onder de margeregeling",
    ("PURCHASE", "exempt_art44"): "Vrijgesteld (artikel 44)",
    ("PURCHASE", "foreign_vat"): "Buitenlandse btw (kost)",
    ("PURCHASE", "out_of_scope"): "Buiten de btw",
    ("MANUAL", "regularisation_state"): "Regularisatie in het voordeel van de Staat",
    ("MANUAL", "regularisation_declarant"): "Regularisatie in ons voordeel",
    ("MANUAL", "private_use_taxed"): "Belast privégebruik {rate}",
}


@cache
def all_codes() -> Mapping[str, VatCode]:
    """Every code of the table, in its order, by its ``code``; read once."""
    rows: dict[str, list[dict[str, str]]] = {}
    table = files("zelfboeken.vat").joinpath("vat-grids.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(StringIO(table)):
        rows.setdefault(f"{row['side'].upper()}.{row['kind']}.{row['rate']}.{row['nature']}", []).append(row)
    return MappingProxyType({code: _code(code, documents) for code, documents in rows.items()})


def vat_code(code: str) -> VatCode:
    """The code called ``code``.

    Raises:
        UnknownVatCode: the table has no such code.
    """
    try:
        return all_codes()[code]
    except KeyError:
        raise UnknownVatCode(code) from None


def codes_for(side: str) -> tuple[VatCode, ...]:
    """The codes of a side in the order of the table (the order of a choice list)."""
    return tuple(code for code in all_codes().values() if code.side == side)


def find(side: str, kind: str, rate: Decimal | None, nature: str) -> VatCode:
    """The code for a decision; rate and nature give way where the table says ``any`` or ``none``.

    Raises:
        UnknownVatCode: the table has no row for this combination (a 20 % domestic purchase, say).
    """
    rates = ([_rate_text(rate)] if rate is not None else []) + ["any", "none"]
    for rate_text in rates:
        for nature_text in (nature, "any"):
            found = all_codes().get(f"{side}.{kind}.{rate_text}.{nature_text}")
            if found:
                return found
    raise UnknownVatCode(f"{side}.{kind}.{rates[0]}.{nature}")


def _code(code: str, rows: list[dict[str, str]]) -> VatCode:
    first = rows[0]
    shared = ("ubl_category", "vatex", "ic_code", "client_listing")
    if any(row[column] != first[column] for row in rows for column in shared):
        raise ValueError(f"vat-grids.csv: the documents of {code} differ in {', '.join(shared)}")
    rate = Decimal(first["rate"]) if first["rate"].isdigit() else None
    label = _KINDS[first["side"].upper(), first["kind"]].format(
        rate=f"{first['rate']} %", nature=_NATURES.get(first["nature"], "")
    )
    return VatCode(
        code=code,
        side=Side(first["side"].upper()),
        kind=first["kind"],
        rate=rate,
        nature=first["nature"],
        label=label.strip(),
        ubl_category=first["ubl_category"],
        vatex=first["vatex"],
        ic_code=first["ic_code"],
        in_client_listing=first["client_listing"] == "yes",
        documents=MappingProxyType({Document(row["document"].upper()): _formula(row) for row in rows}),
    )


def _formula(row: dict[str, str]) -> Formula:
    grids = tuple(
        GridTerm(grid=int(text[:2]), sign=1 if text[2] == "+" else -1, term=text[3:])
        for text in row["grids"].split(";")
        if text
    )
    accounts = tuple(
        AccountTerm(gl_code=text[:6], term=text[7:]) for text in row["vat_accounts"].split(";") if text[6:7] == "+"
    )
    terms = {account.term for account in accounts}
    if row["kind"] == "foreign_vat":
        charge = Charge.FOREIGN
    elif not terms & {"vat", "ded"}:
        charge = Charge.NONE  # a margin sale prints no VAT either
    elif row["side"] == "purchase" and "vat" in terms:
        charge = Charge.SELF
    else:
        charge = Charge.PRINTED
    return Formula(grids=grids, accounts=accounts, charge=charge, is_sure=row["status"] == "sure", note=row["note"])


def _rate_text(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
