"""The page inside an invoice."""

import pypdfium2

from zelfboeken.demo.page import pdf_page


def test_a_reader_finds_one_page_with_the_lines_as_text() -> None:
    document = pypdfium2.PdfDocument(pdf_page(["FACTUUR 7 (kopie)", "café \\ 12,50"]))
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    assert text.splitlines() == ["FACTUUR 7 (kopie)", "café \\ 12,50"]


def test_the_same_lines_give_the_same_bytes() -> None:
    assert pdf_page(["a"]) == pdf_page(["a"])
