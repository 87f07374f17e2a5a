"""Files made to break us: each is kept with a reason, books nothing, and the next file is read (INV-28, INV-29)."""

from __future__ import annotations

import socket

import pytest

from tests.books import open_new_books
from tests.files import invoice
from tests.hostile import FILES, GOOD, HEAD, LINE, MB, TAIL, TEXT, Hostile, attachment, with_text
from tests.intake import counted, invoice_of, original_of, proposed, reading_of, receive
from zelfboeken.documents.models import Document
from zelfboeken.documents.services import FileRefused
from zelfboeken.inbox.models import Outcome
from zelfboeken.inbox.reading import LIMITS

pytestmark = pytest.mark.django_db
NOTHING = {"invoices": 0, "proposals": 0, "entries": 0}


def each() -> list[object]:
    return [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.is_large else []) for one in FILES]


@pytest.mark.parametrize("hostile", each())
def test_inv28_a_hostile_file_is_kept_with_the_reason_and_the_next_is_read(hostile: Hostile) -> None:
    content = hostile.content
    with open_new_books(has_chart=False) as books:
        arrived = receive(books, content, name="factuur.xml")

        reading = reading_of(books, arrived)
        assert (arrived.outcome, reading.outcome, reading.code) == ("UNREADABLE", "UNREADABLE", hostile.code)
        assert arrived.text == reading.reason
        assert is_a_dutch_sentence(reading.reason)
        assert original_of(books, arrived) == content
        assert counted(books) == NOTHING
        assert invoice_of(receive(books, invoice("2026-9999"))).number == "2026-9999"


def is_a_dutch_sentence(text: str) -> bool:
    """What is wrong and what to do: two sentences in Dutch, no name of an exception."""
    return (
        text[0].isupper()
        and text.endswith(".")
        and len(text.split(". ")) >= 2
        and any(word in text.split() for word in ("Dit", "Deze", "De", "In", "Op"))
        and "Error" not in text
    )


def test_what_reading_one_file_may_use() -> None:
    assert LIMITS.memory == 768 * MB
    assert LIMITS.cpu_seconds <= 10


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "file_empty", "Dit bestand is leeg. Kies een ander bestand."),
        (b"x" * (50 * MB + 1), "file_too_large", "Dit bestand is groter dan 50 MB. Lever het in delen aan."),
    ],
)
def test_an_empty_file_and_one_above_the_limit_are_not_taken_in(content: bytes, code: str, sentence: str) -> None:
    with open_new_books(has_chart=False) as books:
        with pytest.raises(FileRefused, match=sentence) as refusal:
            receive(books, content)

        assert refusal.value.code == code
        assert not Document.objects.filter(domain_id=books.domain.id).exists()


@pytest.mark.slow
def test_a_file_with_68_mb_inside_is_not_taken_in() -> None:
    with open_new_books(has_chart=False) as books, pytest.raises(FileRefused, match="groter dan 50 MB"):
        receive(books, attachment(68 * MB))


@pytest.mark.parametrize("name", ["factuur.pdf", "factuur", "factuur.exe", "factuur.xml.cod", "…"])
def test_inv30_what_a_file_is_called_means_nothing(name: str) -> None:
    with open_new_books(has_chart=False) as books:
        assert receive(books, GOOD, name=name).outcome == Outcome.INVOICE


def test_inv32_nothing_named_in_a_file_is_fetched() -> None:
    """Addresses of a real listening socket in every place where XML could follow one; nobody comes."""
    with socket.socket() as server, open_new_books(has_chart=False) as books:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.3)
        at = f"http://127.0.0.1:{server.getsockname()[1]}"
        texts = [
            TEXT.replace("<Invoice ", f'<?xml-stylesheet href="{at}/a.xsl"?><Invoice ', 1),
            TEXT.replace("<Invoice ", f'<!DOCTYPE Invoice SYSTEM "{at}/a.dtd"><Invoice ', 1),
            TEXT.replace("<Invoice ", f'<!DOCTYPE Invoice [<!ENTITY % p SYSTEM "{at}/p">%p;]><Invoice ', 1),
            TEXT.replace(
                "<Invoice ",
                f'<Invoice xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="urn:x {at}/a.xsd" ',
                1,
            ),
            TEXT.replace(
                "<cbc:ID>",
                f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{at}/inc" parse="text"/><cbc:ID>',
                1,
            ),
            TEXT.replace(
                "<cac:AccountingSupplierParty>",
                "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cac:ExternalReference>"
                f"<cbc:URI>{at}/factuur.pdf</cbc:URI></cac:ExternalReference></cac:Attachment>"
                "</cac:AdditionalDocumentReference><cac:AccountingSupplierParty>",
                1,
            ),
        ]
        outcomes = [receive(books, text.encode(), name=f"{n}.xml").outcome for n, text in enumerate(texts)]

        with pytest.raises(TimeoutError):
            server.accept()
        assert outcomes == ["INVOICE", "UNREADABLE", "UNREADABLE", "INVOICE", "INVOICE", "INVOICE"]


@pytest.mark.parametrize(
    ("content", "currency"),
    [
        (with_text("EUR", "EURO"), "XXX"),
        (with_text(">EUR<", "><![CDATA[<script>]]><"), "XXX"),
        (with_text("<cbc:ID>S</cbc:ID>", f"<cbc:ID>{'S' * 5000}</cbc:ID>"), "EUR"),
        (with_text("2026-1187", "9" * 50_000), "EUR"),
        (with_text("BE0403019261", "DE" + "9" * 50_000), "EUR"),
        (with_text("Verpakking Staal BV", "V" * 50_000), "EUR"),
        (with_text("Broodzakken kraft", "woord " * 50_000), "EUR"),
        (with_text("Kortrijk", "K" * 50_000), "EUR"),
        (with_text(">KL31<", ">" + "K" * 50_000 + "<"), "EUR"),
        (with_text("BE22679200300047", "BE" + "2" * 50_000), "EUR"),
    ],
)
def test_a_text_longer_than_any_field_is_cut_and_the_invoice_is_read(content: bytes, currency: str) -> None:
    with open_new_books(has_chart=False) as books:
        invoice_read = invoice_of(receive(books, content))

        assert invoice_read.currency == currency
        assert len(invoice_read.number) <= 100
        assert len(invoice_read.contact.name) <= 500
        assert original_of(books, receive(books, content)) == content


def test_a_number_that_was_cut_is_looked_at_by_a_person() -> None:
    with open_new_books(has_chart=False) as books:
        proposal = proposed(books, receive(books, with_text("2026-1187", "9" * 101)))

        assert not proposal.is_ready
        assert "langer dan 100 tekens" in proposal.problems[0]


@pytest.mark.slow
def test_an_invoice_just_below_the_limits_is_read_and_proposed_in_few_lines() -> None:
    content = HEAD + LINE * ((40 * MB - len(HEAD) - len(TAIL)) // len(LINE)) + TAIL
    with open_new_books(has_chart=False) as books:
        proposal = proposed(books, receive(books, content))

        assert len(proposal.lines) == 1
        assert "lijnen van de factuur zijn per btw-tarief samengeteld" in " ".join(proposal.reasons)
        assert not proposal.is_ready


def test_an_invoice_with_more_words_than_a_statement_takes_values_is_proposed() -> None:
    def words(n: int) -> bytes:
        return b" ".join(b"w" + bytes(97 + (n * 12 + k) // 26**i % 26 for i in range(4)) for k in range(12))

    lines = b"".join(LINE.replace(b"Broodzakken kraft", words(n)) for n in range(1_900))
    with open_new_books(has_chart=False) as books:
        assert len(proposed(books, receive(books, HEAD + lines + TAIL)).lines) == 1
