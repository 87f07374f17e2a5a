"""Files made to break a reader (invariants, chapter 4), generated so that none of them lies in the repository.

Each has a name, its bytes (made when asked for) and the code it must be refused with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.files import invoice

MB = 1024 * 1024
GOOD = invoice()
HEAD, _, REST = GOOD.partition(b"<cac:InvoiceLine>")
LINE = b"<cac:InvoiceLine>" + REST.partition(b"</cac:InvoiceLine>")[0] + b"</cac:InvoiceLine>"
TAIL = REST.partition(b"</cac:InvoiceLine>")[2]
TEXT = GOOD.decode()
ROOT = "<Invoice "


@dataclass(frozen=True)
class Hostile:
    """A file and what must become of it."""

    name: str
    make: Callable[[], bytes]
    code: str
    is_large: bool = False

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.make()


def with_doctype(doctype: str, body: str = "", encoding: str = "utf-8", before: str = "") -> bytes:
    """The good invoice with a DOCTYPE, in an encoding."""
    text = TEXT.replace("UTF-8", encoding).replace(ROOT, f"{before}{doctype}{ROOT}", 1)
    return text.replace("Broodzakken kraft", body or "Broodzakken kraft").encode(encoding)


def with_text(old: str, new: str) -> bytes:
    """The good invoice with a text replaced; it must be there."""
    assert old in TEXT
    return TEXT.replace(old, new).encode()


def utf_7() -> bytes:
    """A DOCTYPE that a look at the bytes does not see."""
    body = TEXT.partition("?>")[2].replace(ROOT, f"<!DOCTYPE Invoice>{ROOT}", 1)
    return b'<?xml version="1.0" encoding="UTF-7"?>' + body.encode("utf-7").replace(b"<!", b"+ADwAIQ-")


def nested_bomb() -> str:
    """Ten times ten times ten … of a word."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE Invoice [<!ENTITY a0 "haha">{levels}]>'


def attachment(size: int) -> bytes:
    """An invoice that carries a file of this many characters of base64."""
    node = (
        b"<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        b'mimeCode="application/pdf" filename="factuur.pdf">'
        + b"QUJD" * (size // 4)
        + b"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
    )
    return GOOD.replace(b"<cac:AccountingSupplierParty>", node + b"<cac:AccountingSupplierParty>", 1)


def rates(count: int) -> bytes:
    """An invoice with this many rows in its VAT table."""
    row = b"<cac:TaxSubtotal>" + GOOD.partition(b"<cac:TaxSubtotal>")[2].partition(b"</cac:TaxSubtotal>")[0]
    row += b"</cac:TaxSubtotal>"
    return GOOD.replace(row, row * count)


BIG = '<!ENTITY big "' + "z" * 100_000 + '">'
FILES = [
    Hostile("a bare DOCTYPE", lambda: with_doctype("<!DOCTYPE Invoice>"), "doctype"),
    Hostile("a file entity", lambda: with_doctype(
        '<!DOCTYPE Invoice [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"), "doctype"),
    Hostile("an outside DTD", lambda: with_doctype('<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x.dtd">'), "doctype"),
    Hostile("a public DTD", lambda: with_doctype(
        '<!DOCTYPE Invoice PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd">'), "doctype"),
    Hostile("a parameter entity", lambda: with_doctype(
        '<!DOCTYPE Invoice [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>'), "doctype"),
    Hostile("a DOCTYPE after comments and instructions", lambda: with_doctype(
        "<!DOCTYPE Invoice>", before="<!-- <Invoice> --><?pi <x> ?>\n<!-- - -->\n\n"), "doctype"),
    Hostile("a DOCTYPE after spaces", lambda: with_doctype("<!DOCTYPE Invoice>", before=" \t\r\n" * 2000), "doctype"),
    Hostile("a DOCTYPE in UTF-16", lambda: with_doctype("<!DOCTYPE Invoice>", encoding="utf-16"), "doctype"),
    Hostile("a DOCTYPE in UTF-16 without a mark", lambda: with_doctype(
        "<!DOCTYPE Invoice>", encoding="utf-16-be"), "doctype"),
    Hostile("a DOCTYPE in UTF-32", lambda: with_doctype("<!DOCTYPE Invoice>", encoding="utf-32"), "doctype"),
    Hostile("a DOCTYPE in Latin-1", lambda: with_doctype("<!DOCTYPE Invoice>", encoding="iso-8859-1"), "doctype"),
    Hostile("a DOCTYPE behind a byte order mark", lambda: b"\xef\xbb\xbf" + with_doctype("<!DOCTYPE Invoice>"),
            "doctype"),
    Hostile("a DOCTYPE in UTF-7", utf_7, "doctype"),
    Hostile("a nested entity bomb", lambda: with_doctype(nested_bomb(), "&a11;"), "doctype"),
    Hostile("a flat entity bomb", lambda: with_doctype(f"<!DOCTYPE Invoice [{BIG}]>", "&big;" * 10_000), "doctype"),
    Hostile("an entity bomb in an attribute", lambda: with_doctype(f"<!DOCTYPE Invoice [{BIG}]>").replace(
        b"<cbc:ID>", b'<cbc:ID schemeID="' + b"&big;" * 10_000 + b'">', 1), "doctype"),
    Hostile("a bomb that is cut off", lambda: with_doctype(nested_bomb(), "&a11;")[:1500], "doctype"),
    Hostile("depth 100,000", lambda: HEAD + b"<a>" * 100_000 + b"</a>" * 100_000 + TAIL, "too_deep"),
    Hostile("depth 257", lambda: HEAD + b"<a>" * 256 + b"</a>" * 256 + TAIL, "too_deep"),
    Hostile("100,000 lines", lambda: HEAD + b"<cac:InvoiceLine/>" * 100_000 + TAIL, "too_many_lines"),
    Hostile("100,000 discounts", lambda: HEAD + b"<cac:AllowanceCharge/>" * 100_000 + LINE + TAIL, "too_many_lines"),
    Hostile("101 rates", lambda: rates(101), "too_many_rates"),
    Hostile("a file inside of 11 MB", lambda: attachment(11 * MB), "text_too_long"),
    Hostile("a comment of 11 MB", lambda: GOOD.replace(b"<cbc:ID>", b"<!--" + b"x" * 11 * MB + b"--><cbc:ID>", 1),
            "text_too_long"),
    Hostile("an attribute of 11 MB", lambda: GOOD.replace(b"<cbc:ID>", b'<cbc:ID x="' + b"x" * 11 * MB + b'">', 1),
            "text_too_long"),
    Hostile("a name of 100 kB", lambda: HEAD + b"<" + b"x" * 100_000 + b"/>" + LINE + TAIL, "text_too_long"),
    Hostile("a file inside of 45 MB", lambda: attachment(45 * MB), "too_large", is_large=True),
    Hostile("ten million empty elements", lambda: HEAD + b"<a/>" * 9_000_000 + TAIL, "MEMORY", is_large=True),
    Hostile("two million attributes", lambda: HEAD + b"<a " + b" ".join(
        b'a%d=""' % n for n in range(2_000_000)) + b"/>" + TAIL, "text_too_long", is_large=True),
    Hostile("amounts beyond all books", lambda: HEAD.replace(b"TaxExclusiveAmount", b"X").replace(
        b"TaxInclusiveAmount", b"Y") + (
        b'<cac:InvoiceLine><cbc:LineExtensionAmount>9999999999999.00</cbc:LineExtensionAmount></cac:InvoiceLine>'
        ) * 20 + TAIL, "amounts_too_large"),
    Hostile("a PDF", lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", "pdf"),
    Hostile("a PDF that is HTML as well", lambda: b"%PDF-1.7\n<html><script>alert(1)</script></html>", "pdf"),
    Hostile("HTML", lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>", "doctype"),
    Hostile("HTML without a doctype", lambda: b"<html><body onload='alert(1)'/></html>", "not_ubl"),
    Hostile("an SVG with a script", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "not_ubl"),
    Hostile("HTML around an invoice", lambda: b"<html>" + GOOD.partition(b"?>")[2] + b"</html>", "not_ubl"),
    Hostile("an invoice with a ZIP behind it", lambda: GOOD + b"PK\x03\x04" + bytes(range(256)), "not_xml"),
    Hostile("an invoice with HTML behind it", lambda: GOOD + b"<html><script>alert(1)</script></html>", "not_xml"),
    Hostile("a ZIP", lambda: b"PK\x03\x04" + b"\x00" * 100, "archive"),
    Hostile("gzip", lambda: b"\x1f\x8b\x08\x00" + b"\x00" * 100, "archive"),
    Hostile("a program", lambda: b"\x7fELF\x02\x01\x01" + b"\x00" * 200, "unknown_format"),
    Hostile("a picture", lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "unknown_format"),
    Hostile("text", lambda: b"zomaar tekst", "unknown_format"),
    Hostile("spaces", lambda: b" \n" * 300, "unknown_format"),
    Hostile("zeros", lambda: b"\x00" * 1000, "unknown_format"),
    Hostile("a byte order mark alone", lambda: b"\xff\xfe", "unknown_format"),
    Hostile("one bracket", lambda: b"<", "not_xml"),
    Hostile("cut off in the root", lambda: GOOD[:120], "not_xml"),
    Hostile("cut off in the middle", lambda: GOOD[: len(GOOD) // 2], "not_xml"),
    Hostile("cut off before the last bracket", lambda: GOOD.rstrip()[:-1], "not_xml"),
    Hostile("UTF-8 that is none", lambda: GOOD.replace(b"Broodzakken", b"Brood\xff\xfezakken"), "not_xml"),
    Hostile("a zero inside", lambda: GOOD.replace(b"Broodzakken", b"Brood\x00zakken"), "not_xml"),
    Hostile("an encoding nobody knows", lambda: GOOD.replace(b"UTF-8", b"x-nope"), "not_xml"),
    Hostile("an entity nobody declared", lambda: with_text("Broodzakken", "&nbsp;"), "not_xml"),
    Hostile("another namespace", lambda: with_text("Invoice-2", "Invoice-9x").replace(b"urn:oasis", b"urn:other"),
            "not_ubl"),
    Hostile("an invoice without a number", lambda: with_text("<cbc:ID>2026-1187</cbc:ID>", ""), "facts_missing"),
    Hostile("an invoice without a date", lambda: with_text("<cbc:IssueDate>2026-11-12</cbc:IssueDate>", ""),
            "facts_missing"),
    Hostile("a date that does not exist", lambda: with_text("2026-11-12", "2026-02-31"), "facts_missing"),
]  # fmt: skip
