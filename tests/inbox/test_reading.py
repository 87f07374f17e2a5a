"""What a file is, and that the readers need nothing in the cage but the bytes they got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from stdnum.eu.vat import MEMBER_STATES

from tests.files import THEIR_IBAN, THEM, invoice, statement
from tests.pdf import a_pdf
from zelfboeken.inbox.reading import (
    FileKind,
    NotRecognised,
    kind_of,
    new_cage,
    pdf_pages,
    pdf_picture,
    read_content,
)
from zelfboeken.invoices.readers.model import ReadInvoice
from zelfboeken.runtime.cage import Cage, CageFailed, Refused


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    """A cage of our readers that nothing was read in yet: what is loaded late would be loaded in it."""
    made = new_cage()
    yield made
    made.close()


@pytest.mark.parametrize("country", sorted({*MEMBER_STATES, "el", "us", "zz", "xx", "01"}))
def test_inv28_a_vat_number_of_any_country_is_checked_in_the_cage(cage: Cage, country: str) -> None:
    supplier = replace(THEM, country=country.upper(), vat=f"{country.upper()}123456789")

    assert isinstance(cage.run("ubl", invoice(supplier=supplier)), ReadInvoice)


IBANS = (
    "ES9121000418450200051332",
    "NO9386011117947",
    "ME25505000012345678951",
    "XK051212012345678906",
    "LT121000011101001000",
    "ZZ1212345",
    "GB82WEST12345698765432",
    "DE89370400440532013000",
)
ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso-8859-1", "cp1252", "iso-8859-15", "us-ascii", "utf-7",
)  # fmt: skip


@pytest.mark.parametrize("iban", IBANS)
def test_inv28_an_account_of_any_country_is_checked_in_the_cage(cage: Cage, iban: str) -> None:
    read = cage.run("ubl", invoice().replace(THEIR_IBAN.encode(), iban.encode()))

    assert isinstance(read, ReadInvoice)
    assert read.supplier.iban in (iban, None)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_inv28_an_invoice_in_any_encoding_is_read_in_the_cage(cage: Cage, encoding: str) -> None:
    text = invoice().decode().replace("UTF-8", encoding)

    assert cage.run("ubl", text.encode(encoding)).number == "2026-1187"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (invoice(), FileKind.UBL),
        (b"\xef\xbb\xbf" + invoice(), FileKind.UBL),
        (b"\n\n  " + invoice(), FileKind.UBL),
        (invoice().decode().encode("utf-16"), FileKind.UBL),
        (statement(), FileKind.CODA),
        (statement().replace(b"\n", b"\r\n"), FileKind.CODA),
    ],
)
def test_inv30_a_file_is_what_its_bytes_say(content: bytes, kind: FileKind) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize("content", [b"", b"0", b"zomaar", b"%PDF-1.4", b"PK\x03\x04", b"{}", b"\x00\x01"])
def test_what_is_nothing_known_is_not_recognised(content: bytes) -> None:
    with pytest.raises(NotRecognised):
        kind_of(content)


def test_a_page_of_a_pdf_becomes_a_picture_in_the_cage() -> None:
    content = a_pdf("Factuur 12", "Blad twee")

    pages = pdf_pages(content, owner="1")
    assert [page.text for page in pages] == ["Factuur 12", "Blad twee"]
    picture = pdf_picture(content, 1, owner="1")
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert abs(width - pages[1].width) <= 1
    assert abs(height - pages[1].height) <= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"%PDF-1.7 nonsense" * 100,
        a_pdf("x")[:-150],
        a_pdf("x").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
        a_pdf("x").replace(b"/Count 1", b"/Count 999999999"),
        a_pdf("x").replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 9999999 99999999]"),
        a_pdf("x").replace(b"/Kids [4 0 R]", b"/Kids " + b"[" * 3000 + b"]" * 3000),
    ],
)
def test_inv28_a_hostile_pdf_is_a_refusal_or_a_picture_and_the_next_file_is_read(content: bytes) -> None:
    try:
        for number in range(min(len(pdf_pages(content, owner="1")), 3)):
            assert len(pdf_picture(content, number, owner="1")) < 20_000_000
    except (Refused, CageFailed) as no:
        assert str(no).endswith(".")

    assert isinstance(read_content(invoice(), owner="1"), ReadInvoice)


def test_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused):
        pdf_picture(a_pdf("x"), 1, owner="1")


def test_inv28_a_script_in_a_pdf_is_not_run() -> None:
    content = a_pdf("x").replace(
        b"<< /Type /Catalog", b"<< /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /Type /Catalog"
    )

    assert pdf_picture(content, 0, owner="1").startswith(b"\x89PNG")
