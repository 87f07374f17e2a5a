"""Every kind of vat-grids.csv that an e-invoice can say: from the file to the VAT code, the grids and the accounts.

The supplier has a chosen account, so that the nature of what was bought is known; the rest is read from the file.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.books import NOW, Books, open_new_books
from tests.files import THEM, US
from tests.intake import book, grids_of, proposed, receive, ubl
from zelfboeken.booking.models import Proposal
from zelfboeken.contacts.services import PartyFacts, choose_purchase_account, contact_for
from zelfboeken.invoices.writers.ubl import UblParty
from zelfboeken.vat.codes import codes_for
from zelfboeken.vat.rules import NotForThisDocument

pytestmark = pytest.mark.django_db

WE = replace(US, enterprise="0999000129")
"""An invoice outside VAT (O) names no VAT number of either side: then the enterprise number says who is who."""
DUTCH = replace(THEM, name="Bakkersgilde BV", country="NL", vat="NL854502130B01")
AMERICAN = replace(THEM, name="Kitchen Inc", country="US", vat=None)
ACCOUNTS = {"goods": "604000", "service": "613000", "misc_goods": "612400", "investment": "230000"}
BASE_GRID = {"goods": 81, "service": 82, "misc_goods": 82, "investment": 83}
NATURES = list(ACCOUNTS)


def bought(
    books: Books,
    supplier: UblParty,
    category: str,
    percent: str,
    *,
    account: str,
    kind: str = "INVOICE",
    exemption: str | None = None,
    reason: str | None = None,
) -> Proposal:
    """A purchase of 1000.00 from a supplier whose account was chosen before."""
    party = PartyFacts(
        name=supplier.name,
        vat_number=supplier.vat or "",
        enterprise_number=(supplier.vat or "")[2:] if supplier.country == "BE" else "",
        country=supplier.country,
    )
    contact = contact_for(access=books.access, party=party).contact
    choose_purchase_account(access=books.access, contact_id=contact.id, gl_code=account, at=NOW)
    content = ubl(
        ("Iets", "1000.00", category, percent),
        supplier=replace(supplier, enterprise=party.enterprise_number or None),
        customer=WE,
        kind=kind,
        exemption=exemption,
        reason=reason,
    )
    return proposed(books, receive(books, content))


def code_and_grids(books: Books, proposal: Proposal) -> tuple[str, dict[int, int]]:
    return proposal.lines[0][1], grids_of(books, book(books, proposal))


@pytest.mark.parametrize("nature", NATURES)
@pytest.mark.parametrize("rate", [21, 12, 6])
def test_domestic_purchases(rate: int, nature: str) -> None:
    base, vat = BASE_GRID[nature], rate * 1_000
    expected = {"INVOICE": {59: vat, base: 100_000}, "CREDIT_NOTE": {63: vat, base: -100_000, 85: 100_000}}
    with open_new_books() as books:
        for kind, grids in expected.items():
            proposal = bought(books, THEM, "S", str(rate), account=ACCOUNTS[nature], kind=kind)

            assert proposal.is_ready
            assert code_and_grids(books, proposal) == (f"PURCHASE.domestic.{rate}.{nature}", grids)


SELF_CHARGED = [
    # supplier, category, exemption, kind, grid of the base, grid of the VAT, grid of its credit note
    (THEM, "AE", "VATEX-EU-AE", "cocontractor", 87, 56, 85),
    (DUTCH, "K", "VATEX-EU-IC", "ic_goods", 86, 55, 84),
    (DUTCH, "AE", "VATEX-EU-AE", "ic_service", 88, 55, 84),
    (AMERICAN, "AE", "VATEX-EU-AE", "non_eu_service", 87, 56, 85),
    (AMERICAN, "O", "VATEX-EU-O", "non_eu_service", 87, 56, 85),
]
NATURES_OF = {
    "cocontractor": NATURES,
    "ic_goods": ["goods", "misc_goods", "investment"],
    "ic_service": ["service", "investment"],
    "non_eu_service": ["service"],
}


@pytest.mark.parametrize(
    ("supplier", "category", "exemption", "kind", "grid", "due", "credited", "nature"),
    [(*row, nature) for row in SELF_CHARGED for nature in NATURES_OF[row[3]]],
)
def test_purchases_on_which_the_buyer_charges_the_vat(
    supplier: UblParty,
    category: str,
    exemption: str,
    kind: str,
    grid: int,
    due: int,
    credited: int,
    nature: str,
) -> None:
    base = BASE_GRID[nature]
    expected = {
        "INVOICE": {due: 21_000, 59: 21_000, base: 100_000, grid: 100_000},
        "CREDIT_NOTE": {61: 21_000, 62: 21_000, base: -100_000, grid: -100_000, credited: 100_000},
    }
    with open_new_books() as books:
        for document, grids in expected.items():
            proposal = bought(
                books, supplier, category, "0", account=ACCOUNTS[nature], kind=document, exemption=exemption
            )
            assert not proposal.is_ready, "the rate is the buyer's own choice"
            assert code_and_grids(books, proposal) == (f"PURCHASE.{kind}.21.{nature}", grids)


WITHOUT_VAT = [
    # supplier, category, exemption, reason, account, code, grids of an invoice
    (THEM, "Z", None, None, "604000", "PURCHASE.no_vat.0.goods", {81: 100_000}),
    (THEM, "Z", None, None, "613000", "PURCHASE.no_vat.0.service", {82: 100_000}),
    (THEM, "Z", None, None, "612400", "PURCHASE.no_vat.0.misc_goods", {82: 100_000}),
    (THEM, "Z", None, None, "230000", "PURCHASE.no_vat.0.investment", {83: 100_000}),
    (THEM, "E", "VATEX-EU-132", None, "613000", "PURCHASE.exempt_art44.0.service", {82: 100_000}),
    (THEM, "E", None, "Vrijgesteld, art. 44 WBTW", "613000", "PURCHASE.exempt_art44.0.service", {82: 100_000}),
    (THEM, "E", None, "Bijzondere vrijstellingsregeling kleine ondernemingen", "613000",
     "PURCHASE.no_vat.0.service", {82: 100_000}),
    (THEM, "E", None, "Régime particulier de franchise des petites entreprises", "604000",
     "PURCHASE.no_vat.0.goods", {81: 100_000}),
    (THEM, "E", "VATEX-EU-F", None, "604000", "PURCHASE.margin_goods.0.goods", {81: 100_000}),
    (THEM, "E", "VATEX-EU-I", None, "604000", "PURCHASE.margin_goods.0.goods", {81: 100_000}),
    (THEM, "E", "VATEX-EU-J", None, "604000", "PURCHASE.margin_goods.0.goods", {81: 100_000}),
    (THEM, "O", "VATEX-EU-O", None, "288000", "PURCHASE.out_of_scope.none.any", {}),
    (AMERICAN, "G", "VATEX-EU-G", None, "604000", "PURCHASE.out_of_scope.none.any", {}),
    (AMERICAN, "G", "VATEX-EU-G", None, "613000", "PURCHASE.out_of_scope.none.any", {}),
    (AMERICAN, "O", "VATEX-EU-O", None, "604000", "PURCHASE.out_of_scope.none.any", {}),
]  # fmt: skip


@pytest.mark.parametrize(("supplier", "category", "exemption", "reason", "account", "code", "grids"), WITHOUT_VAT)
def test_purchases_without_vat(
    supplier: UblParty,
    category: str,
    exemption: str | None,
    reason: str | None,
    account: str,
    code: str,
    grids: dict[int, int],
) -> None:
    credited = {grid: -cents for grid, cents in grids.items()} | ({85: 100_000} if grids else {})
    with open_new_books() as books:
        for kind, expected in (("INVOICE", grids), ("CREDIT_NOTE", credited)):
            proposal = bought(
                books, supplier, category, "0", account=account, kind=kind, exemption=exemption, reason=reason
            )
            assert code_and_grids(books, proposal) == (code, expected)


@pytest.mark.parametrize(("country", "vat", "percent"), [("FR", "FR40303265045", "20"), ("NL", "NL854502130B01", "21")])
def test_vat_of_another_state_is_cost_and_touches_no_grid(country: str, vat: str, percent: str) -> None:
    supplier = replace(THEM, name="Hôtel SA", country=country, vat=vat)
    with open_new_books() as books:
        for kind in ("INVOICE", "CREDIT_NOTE"):
            proposal = bought(books, supplier, "S", percent, account="615000", kind=kind)

            assert not proposal.is_ready
            assert code_and_grids(books, proposal) == ("PURCHASE.foreign_vat.any.any", {})


FRENCH = replace(THEM, name="Boulangerie SA", country="FR", vat="FR40303265045")
SALES = [
    # customer, category, percent, exemption, code, grids of an invoice, grids of a credit note, whether it is certain
    (THEM, "S", "21", None, "SALE.domestic.21.any", {3: 100_000, 54: 21_000}, {49: 100_000, 64: 21_000}),
    (THEM, "S", "12", None, "SALE.domestic.12.any", {2: 100_000, 54: 12_000}, {49: 100_000, 64: 12_000}),
    (THEM, "S", "6", None, "SALE.domestic.6.any", {1: 100_000, 54: 6_000}, {49: 100_000, 64: 6_000}),
    (THEM, "Z", "0", None, "SALE.zero_rate.0.any", {0: 100_000}, {49: 100_000}),
    (THEM, "AE", "0", "VATEX-EU-AE", "SALE.cocontractor.0.any", {45: 100_000}, {49: 100_000}),
    (FRENCH, "K", "0", "VATEX-EU-IC", "SALE.ic_goods.0.goods", {46: 100_000}, {48: 100_000}),
    (FRENCH, "AE", "0", "VATEX-EU-AE", "SALE.ic_service.0.service", {44: 100_000}, {48: 100_000}),
    (AMERICAN, "G", "0", "VATEX-EU-G", "SALE.export_goods.0.goods", {47: 100_000}, {49: 100_000}),
    (AMERICAN, "O", "0", "VATEX-EU-O", "SALE.service_non_eu.0.service", {47: 100_000}, {49: 100_000}),
    (AMERICAN, "AE", "0", "VATEX-EU-AE", "SALE.service_non_eu.0.service", {47: 100_000}, {49: 100_000}),
    (THEM, "E", "0", "VATEX-EU-132", "SALE.exempt_art44.0.any", {0: 100_000}, {49: 100_000}),
    (THEM, "E", "0", "VATEX-EU-151", "SALE.other_exempt_with_deduction.0.any", {47: 100_000}, {49: 100_000}),
    (FRENCH, "O", "0", "VATEX-EU-O", "SALE.other_abroad.0.any", {47: 100_000}, {49: 100_000}),
]


@pytest.mark.parametrize(("customer", "category", "percent", "exemption", "code", "grids", "credited"), SALES)
def test_sales(
    customer: UblParty,
    category: str,
    percent: str,
    exemption: str | None,
    code: str,
    grids: dict[int, int],
    credited: dict[int, int],
) -> None:
    with open_new_books() as books:
        for kind, expected in (("INVOICE", grids), ("CREDIT_NOTE", credited)):
            content = ubl(
                ("Brood", "1000.00", category, percent),
                supplier=WE,
                customer=customer,
                kind=kind,
                exemption=exemption,
            )
            assert code_and_grids(books, proposed(books, receive(books, content))) == (code, expected)


@pytest.mark.parametrize("exemption", ["VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"])
def test_a_margin_sale_is_refused_with_what_to_do(exemption: str) -> None:
    content = ubl(("Oude oven", "1000.00", "E", "0"), supplier=US, customer=THEM, exemption=exemption)
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))

        assert proposal.lines[0][1] == "SALE.margin.21.goods"
        assert not proposal.is_ready
        with pytest.raises(NotForThisDocument, match="boek dit met een diverse post"):
            book(books, proposal)


NOT_SAID_BY_AN_E_INVOICE = {
    "domestic_cn_no_vat": "a choice of whoever makes the credit note",
    "import_deferred": "a customs document",
    "import_customs": "a customs document",
    "foreign_supplier_local": "looks like an intra-EU purchase; only a person knows where the work was done",
    "ic_triangular": "looks like an intra-EU supply; only a person knows of the third party",
    "franchise": "our own regime, not the document's",
}


def test_every_kind_of_the_table_is_here_or_not_said_by_an_e_invoice() -> None:
    purchases = {"domestic", "foreign_vat"} | {row[3] for row in SELF_CHARGED}
    purchases |= {row[5].split(".")[1] for row in WITHOUT_VAT}
    sales = {row[4].split(".")[1] for row in SALES} | {"margin"}

    assert {code.kind for code in codes_for("PURCHASE")} - purchases <= set(NOT_SAID_BY_AN_E_INVOICE)
    assert {code.kind for code in codes_for("SALE")} - sales <= set(NOT_SAID_BY_AN_E_INVOICE)
