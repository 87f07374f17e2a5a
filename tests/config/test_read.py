"""`zelfboeken read`: one JSON object a file, without a database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.config.command import run, run_apart
from tests.files import OGM, OUR_IBAN, THEIR_IBAN, THEIR_VAT, invoice, movement, statement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "factuur.xml").write_bytes(invoice("2026-1187", structured=OGM))
    (tmp_path / "krediet.xml").write_bytes(invoice("CN-1", kind="CREDIT_NOTE"))
    (tmp_path / "bank.cod").write_bytes(statement(movement(-12_100, structured=OGM), opening_cents=50_000))
    (tmp_path / "wat.pdf").write_bytes(b"%PDF-1.7 niets")
    (tmp_path / "leeg.xml").write_bytes(b"")
    (tmp_path / "vreemd.xml").write_bytes(b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    os.mkfifo(tmp_path / "pijp")
    with (tmp_path / "groot.xml").open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    return tmp_path


def test_an_invoice_is_read_with_every_promised_field(folder: Path, capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "read", folder / "factuur.xml")

    assert (ran.code, ran.err) == (0, "")
    (read,) = ran.rows
    assert list(read) == [
        "file", "kind", "syntax", "number", "issued_on", "due_on", "currency", "supplier", "customer", "net_cents",
        "vat_cents", "total_cents", "payable_cents", "vat", "lines", "reference", "certainty", "findings", "unread",
    ]  # fmt: skip
    assert read["supplier"] == {
        "name": "Verpakking Staal BV", "vat": THEIR_VAT, "enterprise": "0403019261", "iban": THEIR_IBAN,
    }  # fmt: skip
    assert {name: read[name] for name in ("kind", "syntax", "number", "issued_on", "due_on", "currency")} == {
        "kind": "invoice", "syntax": "ubl", "number": "2026-1187", "issued_on": "2026-11-12",
        "due_on": "2026-12-12", "currency": "EUR",
    }  # fmt: skip
    assert [read[name] for name in ("net_cents", "vat_cents", "total_cents", "payable_cents", "lines")] == [
        10_000, 2_100, 12_100, 12_100, 1,
    ]  # fmt: skip
    assert read["vat"] == [{"category": "S", "percent": 21, "base_cents": 10_000, "vat_cents": 2_100}]
    assert read["reference"] == OGM
    assert set(read["certainty"].values()) <= {0.0, 0.5, 1.0}
    assert read["certainty"]["total_cents"] == 1.0
    assert [one for one in read["findings"] if set(one) != {"rule", "severity", "at", "text"}] == []


def test_a_bank_file_is_read_with_every_promised_field(folder: Path, capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "read", folder / "bank.cod")

    assert (ran.code, ran.err) == (0, "")
    (read,) = ran.rows
    assert (read["kind"], read["format"]) == ("bank", "coda")
    (one,) = read["statements"]
    assert list(one) == [
        "iban", "currency", "number", "date", "opening_cents", "closing_cents", "lines", "findings",
    ]  # fmt: skip
    assert [one[name] for name in ("iban", "currency", "number", "date", "opening_cents", "closing_cents")] == [
        OUR_IBAN, "EUR", 1, "2026-11-16", 50_000, 37_900,
    ]  # fmt: skip
    (line,) = one["lines"]
    assert list(line) == [
        "booked_on", "value_on", "amount_cents", "counterparty", "counter_iban", "communication", "structured",
        "bank_reference", "details",
    ]  # fmt: skip
    assert (line["amount_cents"], line["structured"], line["counter_iban"]) == (-12_100, OGM, THEIR_IBAN)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("wat.pdf", "Dit is een pdf."),
        ("leeg.xml", "Dit is geen e-factuur en geen CODA-bestand."),
        ("vreemd.xml", "DOCTYPE"),
        ("bestaat-niet.xml", "Dit bestand bestaat niet. Kijk de naam na."),
        (".", "Dit is een map, geen bestand. Noem de bestanden zelf."),
        ("n" * 300, "De naam van dit bestand is te lang. Geef het een kortere."),
        ("pijp", "Dit is geen gewoon bestand. Noem er een dat op de schijf staat."),
        ("groot.xml", "Dit bestand is groter dan 50 MB. Lever het in delen aan."),
    ],
)
def test_what_cannot_be_read_says_why_and_ends_with_two(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, reason: str
):
    ran = run(capsys, "read", folder / name)

    assert (ran.code, ran.err) == (2, "")
    (read,) = ran.rows
    assert list(read) == ["file", "kind", "reason"]
    assert (read["file"], read["kind"]) == (str(folder / name), "unreadable")
    assert reason in read["reason"]


def test_several_files_are_told_in_their_order_and_one_that_fails_stops_no_other(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    ran = run(capsys, "read", folder / "krediet.xml", folder / "wat.pdf", folder / "bank.cod")

    assert ran.code == 2
    assert [row["kind"] for row in ran.rows] == ["credit_note", "unreadable", "bank"]


def test_reading_asks_for_no_database_and_no_settings(folder: Path):
    ran = run_apart("read", folder / "factuur.xml", DATABASE_URL="postgresql://nergens/niets", ZELFBOEKEN_HOSTS="fout")

    assert (ran.code, ran.err) == (0, "")
    assert ran.rows[0]["number"] == "2026-1187"


def test_reading_nothing_is_refused(capsys: pytest.CaptureFixture[str]):
    assert run(capsys, "read").code == 2
