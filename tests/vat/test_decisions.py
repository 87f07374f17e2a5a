"""Which VAT kind a document is: what it says, where the parties are, what was bought."""

import csv
from decimal import Decimal
from importlib.resources import files
from io import StringIO

import pytest

from zelfboeken.vat.codes import vat_code
from zelfboeken.vat.decisions import (
    PurchaseFacts,
    Regime,
    SaleFacts,
    code_for_account,
    decide_purchase,
    decide_sale,
    nature_of,
)


@pytest.mark.parametrize(
    ("category", "percent", "country", "nature", "code", "certain"),
    [
        ("S", "21", "BE", "goods", "PURCHASE.domestic.21.goods", True),
        ("S", "6.00", "BE", "misc_goods", "PURCHASE.domestic.6.misc_goods", True),
        ("S", "21", None, "service", "PURCHASE.domestic.21.service", False),
        ("S", "20", "FR", "service", "PURCHASE.foreign_vat.any.any", False),
        ("S", "21", "NL", "service", "PURCHASE.foreign_vat.any.any", False),
        ("S", "19", "BE", "goods", "PURCHASE.foreign_vat.any.any", False),
        ("AE", "0", "BE", "service", "PURCHASE.cocontractor.21.service", False),
        ("AE", "0", "IE", "service", "PURCHASE.ic_service.21.service", False),
        ("AE", "0", "IE", "goods", "PURCHASE.ic_service.21.service", False),
        ("AE", "0", "US", "service", "PURCHASE.non_eu_service.21.service", False),
        ("K", "0", "DE", "goods", "PURCHASE.ic_goods.21.goods", False),
        ("K", "0", "DE", "investment", "PURCHASE.ic_goods.21.investment", False),
        ("K", "0", "DE", "service", "PURCHASE.ic_goods.21.misc_goods", False),
        ("G", "0", "CN", "goods", "PURCHASE.out_of_scope.none.any", False),
        ("O", None, "US", "service", "PURCHASE.non_eu_service.21.service", False),
        ("O", None, "BE", "none", "PURCHASE.out_of_scope.none.any", False),
        ("Z", "0", "BE", "goods", "PURCHASE.no_vat.0.goods", True),
        ("E", "0", "BE", "exempt", "PURCHASE.exempt_art44.0.service", False),
        ("E", "0", "BE", "service", "PURCHASE.no_vat.0.service", False),
        (None, "21", "BE", "service", "PURCHASE.domestic.21.service", True),
        (None, None, "NL", "service", "PURCHASE.ic_service.21.service", False),
    ],
)
def test_a_purchase_is_what_its_category_rate_and_supplier_say(
    category: str | None, percent: str | None, country: str | None, nature: str, code: str, certain: bool
) -> None:
    decision = decide_purchase(
        PurchaseFacts(
            category=category,
            percent=None if percent is None else Decimal(percent),
            supplier_vat_country=country,
            nature=nature,
        )
    )
    assert (decision.code, decision.certain) == (code, certain)
    assert decision.reasons
    assert vat_code(decision.code).kind == decision.kind


def test_belgian_vat_without_a_vat_number_is_not_certain() -> None:
    facts = PurchaseFacts(category="S", percent=Decimal(21), supplier_country="BE")
    assert (decide_purchase(facts).code, decide_purchase(facts).certain) == ("PURCHASE.domestic.21.service", False)


def test_a_small_enterprise_without_vat_is_recognised_by_its_mention() -> None:
    facts = PurchaseFacts(
        category="E",
        percent=Decimal(0),
        supplier_vat_country="BE",
        exemption_reason="Bijzondere vrijstellingsregeling kleine ondernemingen",
    )
    assert (decide_purchase(facts).code, decide_purchase(facts).certain) == ("PURCHASE.no_vat.0.service", True)


def test_a_margin_purchase_is_cost_without_deduction() -> None:
    facts = PurchaseFacts(category="E", percent=Decimal(0), supplier_vat_country="BE", exemption_code="VATEX-EU-F")
    assert decide_purchase(facts).code == "PURCHASE.margin_goods.0.goods"


def test_the_licence_decides_how_an_import_document_is_booked() -> None:
    document = PurchaseFacts(category=None, percent=Decimal(21), nature="goods", is_import_document=True)
    licensed = PurchaseFacts(
        category=None, percent=Decimal(21), nature="goods", is_import_document=True, has_import_licence=True
    )
    assert decide_purchase(document).code == "PURCHASE.import_customs.21.goods"
    assert decide_purchase(licensed).code == "PURCHASE.import_deferred.21.goods"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (SaleFacts("S", Decimal(21), "BE", "BE"), "SALE.domestic.21.any"),
        (SaleFacts("AE", Decimal(0), "BE", "BE"), "SALE.cocontractor.0.any"),
        (SaleFacts("AE", Decimal(0), "FR", "FR"), "SALE.ic_service.0.service"),
        (SaleFacts("K", Decimal(0), "FR", "FR"), "SALE.ic_goods.0.goods"),
        (SaleFacts("G", Decimal(0), "US", None), "SALE.export_goods.0.goods"),
        (SaleFacts("Z", Decimal(0), "BE", "BE"), "SALE.zero_rate.0.any"),
        (SaleFacts("E", Decimal(0), "BE", "BE", exemption_code="VATEX-EU-132"), "SALE.exempt_art44.0.any"),
        (SaleFacts("O", None, "US", None), "SALE.service_non_eu.0.service"),
        (SaleFacts(None, Decimal(6), "BE", None), "SALE.domestic.6.any"),
        (SaleFacts(None, None, "BE", "BE", is_cocontractor_work=True), "SALE.cocontractor.0.any"),
        (SaleFacts(None, None, "BE", None, is_cocontractor_work=True), "SALE.domestic.21.any"),
        (SaleFacts(None, None, "FR", "FR", nature="goods"), "SALE.ic_goods.0.goods"),
        (SaleFacts(None, None, "FR", "FR"), "SALE.ic_service.0.service"),
        (SaleFacts(None, None, "FR", None), "SALE.domestic.21.any"),
        (SaleFacts(None, None, "CH", None, nature="goods"), "SALE.export_goods.0.goods"),
        (SaleFacts(None, None, "BE", "BE", regime=Regime.FRANCHISE), "SALE.franchise.0.any"),
    ],
)
def test_a_sale_is_what_its_category_or_its_customer_says(facts: SaleFacts, code: str) -> None:
    assert decide_sale(facts).code == code


@pytest.mark.parametrize(
    ("gl_code", "nature"),
    [
        ("604000", "goods"),
        ("603000", "service"),
        ("612000", "misc_goods"),
        ("613000", "service"),
        ("613200", "exempt"),
        ("230000", "investment"),
        ("288000", "none"),
        ("620200", "none"),
        ("640000", "none"),
        ("657000", "exempt"),
    ],
)
def test_the_account_tells_what_was_bought(gl_code: str, nature: str) -> None:
    assert nature_of(gl_code) == nature


def test_the_account_tells_the_same_as_the_starter_chart() -> None:
    chart = files("zelfboeken.ledger").joinpath("starter-chart.csv").read_text(encoding="utf-8")
    said = {row["code"]: row["vat_nature"] for row in csv.DictReader(StringIO(chart)) if row["vat_nature"]}
    assert {code: nature_of(code) for code in said} == said


@pytest.mark.parametrize(
    ("code", "before", "after", "expected"),
    [
        ("PURCHASE.domestic.21.service", "619000", "604000", "PURCHASE.domestic.21.goods"),
        ("PURCHASE.domestic.6.goods", "604000", "613000", "PURCHASE.domestic.6.service"),
        ("PURCHASE.domestic.21.service", "613000", "230000", "PURCHASE.domestic.21.investment"),
        ("PURCHASE.cocontractor.21.service", "611000", "230000", "PURCHASE.cocontractor.21.investment"),
        ("PURCHASE.domestic.21.service", "613000", "612300", "PURCHASE.domestic.21.service"),
        ("PURCHASE.domestic.21.goods", "613000", "604000", "PURCHASE.domestic.21.goods"),
        ("PURCHASE.domestic.21.goods", "613000", "230000", "PURCHASE.domestic.21.goods"),
        ("PURCHASE.ic_service.21.service", "613000", "604000", "PURCHASE.ic_service.21.service"),
        ("PURCHASE.out_of_scope.none.any", "604000", "613000", "PURCHASE.out_of_scope.none.any"),
        ("PURCHASE.domestic.21.service", "613000", "620200", "PURCHASE.domestic.21.service"),
        ("SALE.domestic.21.any", "701000", "700000", "SALE.domestic.21.any"),
        ("nonsense", "613000", "604000", "nonsense"),
    ],
)
def test_a_vat_code_follows_the_account_unless_it_was_chosen_on_purpose(
    code: str, before: str, after: str, expected: str
) -> None:
    assert code_for_account(code, before=before, after=after) == expected
