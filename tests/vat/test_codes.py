"""The table of VAT codes: what is in it, how it is called and how it is found."""

from decimal import Decimal
from importlib.resources import files

import pytest

from zelfboeken.vat.codes import Charge, Document, Side, UnknownVatCode, all_codes, codes_for, find, vat_code


def test_every_row_of_the_table_has_a_place_in_a_code() -> None:
    assert sum(len(code.documents) for code in all_codes().values()) == 232
    assert len(all_codes()) == 120


def test_a_code_reads_as_what_it_is() -> None:
    code = vat_code("PURCHASE.domestic.21.goods")
    assert (code.side, code.kind, code.rate, code.nature) == (Side.PURCHASE, "domestic", Decimal(21), "goods")
    assert code.label == "21 % goederen"
    assert vat_code("PURCHASE.cocontractor.21.service").label == "Medecontractant 21 % diensten"
    assert vat_code("SALE.domestic.6.any").label == "6 %"


def test_no_two_codes_of_a_side_have_the_same_label() -> None:
    for side in Side:
        labels = [code.label for code in codes_for(side)]
        assert sorted(set(labels)) == sorted(labels)


def test_who_charges_the_vat_follows_from_the_accounts() -> None:
    charges = {
        code: vat_code(code).documents[Document.INVOICE].charge
        for code in (
            "PURCHASE.domestic.21.goods",
            "PURCHASE.ic_service.21.service",
            "PURCHASE.foreign_vat.any.any",
            "PURCHASE.no_vat.0.goods",
            "SALE.domestic.21.any",
            "SALE.cocontractor.0.any",
        )
    }
    assert list(charges.values()) == [
        Charge.PRINTED,
        Charge.SELF,
        Charge.FOREIGN,
        Charge.NONE,
        Charge.PRINTED,
        Charge.NONE,
    ]


def test_every_vat_account_has_the_grid_of_its_last_two_digits() -> None:
    for code in all_codes().values():
        for formula in code.documents.values():
            grids = {term.grid for term in formula.grids}
            assert {int(account.gl_code[-2:]) for account in formula.accounts} <= grids, code.code


def test_every_vat_account_stands_in_the_starter_chart() -> None:
    chart = files("zelfboeken.ledger").joinpath("starter-chart.csv").read_text(encoding="utf-8")
    codes = {line.split(",")[0] for line in chart.splitlines()}
    used = {
        account.gl_code
        for code in all_codes().values()
        for formula in code.documents.values()
        for account in formula.accounts
    }
    assert len(used) == 9
    assert used <= codes


def test_finding_gives_way_to_any_and_refuses_what_the_table_lacks() -> None:
    assert find("SALE", "domestic", Decimal("21.00"), "service").code == "SALE.domestic.21.any"
    assert find("PURCHASE", "foreign_vat", Decimal(20), "service").code == "PURCHASE.foreign_vat.any.any"
    assert find("PURCHASE", "out_of_scope", None, "goods").code == "PURCHASE.out_of_scope.none.any"
    with pytest.raises(UnknownVatCode, match="bestaat niet"):
        find("PURCHASE", "domestic", Decimal(20), "goods")


def test_an_unknown_code_is_refused_by_name() -> None:
    with pytest.raises(UnknownVatCode, match=r"“PURCHASE\.x” bestaat niet"):
        vat_code("PURCHASE.x")
