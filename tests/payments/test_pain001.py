"""The file for the bank holds to the schemas of ISO 20022, whatever names people give things."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sepaxml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from zelfboeken.payments.models import PaymentFormat
from zelfboeken.payments.writers.pain001 import CreditTransfer, PaymentOrder, latin, written

ORDER = PaymentOrder(
    format=PaymentFormat.PAIN_001_09,
    message_id="ZB0190AA",
    made_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
    pays_on=date(2026, 11, 27),
    payer_name="Bakkerij Vóórbeeld & Zoon BV",
    payer_enterprise_number="0999000129",
    payer_iban="BE71096123456769",
    transfers=(
        CreditTransfer("ZB1-1", "Verpakking Staal BV", "BE22679200300047", 12_100, structured="123456789002"),
        CreditTransfer("ZB1-2", "Moulin d'Été SRL", "FR7630006000011234567890189", 5, text="F 2026/0412 « été »"),
        CreditTransfer("ZB1-3", "Zucker GmbH", "DE89370400440532013000", 100_00, structured="RF18539007547034"),
    ),
)


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(sepaxml.__file__).parent / "schemas" / f"{name}.xsd"))


def texts(content: bytes, name: str) -> list[str | None]:
    return [one.text for one in etree.fromstring(content).iter(f"{{*}}{name}")]


@pytest.mark.parametrize("name", PaymentFormat.values)
def test_each_version_holds_to_its_schema(name: str):
    content = written(replace(ORDER, format=name))

    schema(name).assertValid(etree.fromstring(content))


def test_the_totals_are_those_of_the_payments():
    content = written(ORDER)

    assert texts(content, "NbOfTxs") == ["3", "3"]
    assert texts(content, "CtrlSum") == ["221.05", "221.05"]
    assert texts(content, "InstdAmt") == ["121.00", "0.05", "100.00"]


def test_a_belgian_communication_an_rf_reference_and_a_text_go_each_in_their_own_place():
    content = written(ORDER)

    assert texts(content, "Ref") == ["123456789002", "RF18539007547034"]
    assert texts(content, "Issr") == ["KBO-BCE", "BBA", "ISO"]
    assert texts(content, "Ustrd") == ["F 2026/0412 ete"]


@pytest.mark.parametrize("reference", ["123456789003", "RF19539007547034", "1234 5678 9012 3456"])
def test_a_reference_with_a_wrong_check_or_of_another_kind_goes_as_text(reference: str):
    transfer = replace(ORDER.transfers[0], structured=reference, text="F 2026/0412")

    content = written(replace(ORDER, transfers=(transfer,)))

    assert (texts(content, "Ref"), texts(content, "Ustrd")) == ([], [reference])


@pytest.mark.parametrize("name", PaymentFormat.values)
def test_a_name_without_one_latin_sign_still_holds_to_the_schema(name: str):
    transfer = replace(ORDER.transfers[0], name="Пекарня")

    content = written(replace(ORDER, format=name, payer_name="Хліб", transfers=(transfer,)))

    schema(name).assertValid(etree.fromstring(content))
    assert texts(content, "Nm") == ["NOTPROVIDED"] * 3


def test_the_statement_is_asked_to_tell_each_payment_apart():
    assert texts(written(ORDER), "BtchBookg") == ["false"]


def test_the_same_order_gives_the_same_bytes():
    assert written(ORDER) == written(replace(ORDER, made_at=ORDER.made_at.astimezone()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bakkerij Vóórbeeld & Zoon", "Bakkerij Voorbeeld + Zoon"),
        ("Straße “Œuvre” 10 €", "Strasse 'OEuvre' 10"),
        ("/start//twee/", "start/twee"),
        ("烤面包", ""),
    ],
)
def test_a_name_is_written_in_the_signs_that_every_bank_takes(text: str, expected: str):
    assert latin(text, 70) == expected


@given(text=st.text(), longest=st.integers(1, 140))
def test_whatever_is_written_keeps_to_these_signs_and_this_length(text: str, longest: int):
    assert re.fullmatch(r"[A-Za-z0-9/?:().,'+ -]*", latin(text, longest))
    assert len(latin(text, longest)) <= longest


@given(name=st.text(), text=st.text(), structured=st.text(max_size=30))
def test_any_name_and_text_hold_to_the_schema(name: str, text: str, structured: str):
    one = CreditTransfer("ZB1-1", name, "BE22679200300047", 1, structured=structured, text=text)
    content = written(replace(ORDER, transfers=(one,)))

    schema(PaymentFormat.PAIN_001_09).assertValid(etree.fromstring(content))
