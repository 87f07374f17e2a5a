"""The documents page out of the ordinary: questions, corrections, files inside, what is lost or made up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import etree

from tests.books import Books, open_new_books
from tests.files import THEM, US, invoice, statement
from tests.hostile import FILES, GOOD, MB, with_text
from tests.intake import ubl
from tests.pdf import a_pdf
from tests.portal.pages import address, browser_of
from tests.portal.test_documents import entries, fields, form_of, hand_in, hand_in_one, told
from zelfboeken.booking.models import Proposal
from zelfboeken.contacts.models import Contact
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.inbox.models import Reading
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.writers.ubl import UblAttachment
from zelfboeken.ledger.models import Entry, Period, PeriodState
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


@pytest.fixture
def client(books: Books) -> Client:
    return browser_of(books.user)


def stored(books: Books) -> Proposal:
    with domain_scope(books.domain.id):
        return Proposal.objects.get(domain_id=books.domain.id)


def pane_of(client: Client, url: str) -> Any:
    return client.get(url).context["page"].document


def original_files() -> list[Any]:
    return [path for path in settings.FILES.rglob("*") if path.is_file()]


# What must be refused, by every way, in Dutch, with nothing lost


@pytest.mark.parametrize(
    "hostile", [one for one in FILES if not one.is_large and len(one.code) > 3][::3], ids=lambda one: one.name
)
def test_a_hostile_file_has_a_page_with_the_reason_and_its_original(books: Books, client: Client, hostile: Any) -> None:
    content = hostile.content
    url = str(hand_in(client, books, ("factuur.xml", content))["Location"])

    page = client.get(url)
    with domain_scope(books.domain.id):
        reading = Reading.objects.get(domain_id=books.domain.id)
    assert (page.status_code, reading.code) == (200, hostile.code)
    form = page.context["page"].document.form
    assert f"{form.head.title}. {form.reasons[0].text}" == reading.reason
    assert not page.context["page"].document.form.can_book
    assert client.get(url + "origineel/").content == content
    assert client.post(url, {"action": "book", "version": "1"}).status_code == 422
    assert entries(books) == 0


@pytest.mark.parametrize("typed", ["NaN", "1e5", "1e-5", "INF", "0x10", "1,00,0", "1.2.3", "", "٣", "²", "1" * 21])
def test_an_amount_typed_that_is_none_is_refused_and_stays_as_typed(books: Books, client: Client, typed: str) -> None:
    url = hand_in_one(client, books)
    refused = client.post(url, fields(form_of(client, url), **{"line-0-net": typed}))

    assert refused.status_code == 422
    assert refused.context["page"].document.form.lines[0].net == typed
    assert entries(books) == 0


@pytest.mark.parametrize("written", ["NaN", "1e5", "1,00"])
def test_an_amount_in_the_file_that_is_none_is_asked_and_booked_on_a_persons_word(
    books: Books, client: Client, written: str
) -> None:
    url = hand_in_one(
        client, books, GOOD.replace(b">121.00</cbc:TaxInclusive", f">{written}</cbc:TaxInclusive".encode())
    )
    form = form_of(client, url)
    assert form.question is not None
    assert f"“{written}” is geen bedrag" in form.question.detail
    refused = client.post(url, fields(form))
    assert refused.status_code == 422
    assert "bevestig ze" in refused.content.decode()
    assert entries(books) == 0

    answer = client.post(url, {"key": form.key, "version": form.version, "answer": "CONFIRM"})

    assert "de bedragen van 2026-1187 kloppen" in told(client, answer)
    again = form_of(client, url)
    assert again.question is not None
    assert again.question.title == "Waar hoort “Broodzakken kraft”?"
    assert client.post(url, fields(again)).status_code == 303
    assert entries(books) == 1


def test_vat_that_is_printed_otherwise_is_asked_and_taken_on_a_persons_word(books: Books, client: Client) -> None:
    content = GOOD.replace(b">21.00<", b">20.50<").replace(b">121.00<", b">120.50<")
    url = hand_in_one(client, books, content)
    form = form_of(client, url)
    assert form.question is not None
    assert "20,50 op het document en 21,00 volgens de lijnen" in form.question.detail
    assert client.post(url, fields(form)).status_code == 422

    client.post(url, {"key": form.key, "version": form.version, "answer": "CONFIRM"})
    again = form_of(client, url)

    assert [line.debit for line in again.journal][:2] == ["100,00", "20,50"]
    assert client.post(url, fields(again)).status_code == 303


@pytest.mark.parametrize("typed", ["", "0", "NaN", "1e5", "koers", "-1", "12345678"])
def test_dollars_are_not_booked_without_a_rate(books: Books, client: Client, typed: str) -> None:
    url = hand_in_one(client, books, GOOD.replace(b"EUR", b"USD"))
    refused = client.post(url, fields(form_of(client, url), rate=typed))

    assert refused.status_code == 422
    assert any(
        word in refused.content.decode() for word in ("niet in euro", "is geen koers", "valt niet om te rekenen")
    )
    assert entries(books) == 0


def test_dollars_are_shown_as_dollars_and_converted_before_they_are_booked(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, GOOD.replace(b"EUR", b"USD"))
    page = client.get(url).context["page"]
    form = page.document.form
    assert page.rows[0].amount == "USD 121,00"
    assert {field.name: field.value for field in form.fields}["total"] == "USD 121,00"
    assert form.journal == ()
    assert page.document.rendering.totals[-1].amount == "USD 121,00"

    converted = client.post(url, fields(form, rate="0,92"))

    assert "Omgerekend naar euro: 2026-1187" in told(client, converted)
    assert entries(books) == 0
    again = form_of(client, url)
    assert again.journal_debit == "111,32"
    assert client.post(url, fields(again)).status_code == 303
    assert entries(books) == 1


def test_a_document_of_zero_is_handled_without_an_entry_and_says_so(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, ubl(("Gratis staal", "0.00", "S", "21")))
    form = form_of(client, url)
    assert (form.book_action, form.book_label) == ("handle", "Handel af zonder boeking")
    refused = client.post(url, fields(form))
    assert refused.status_code == 422

    answer = client.post(url, fields(form, action="handle"))

    assert "Afgehandeld zonder boeking: Verpakking Staal BV" in told(client, answer)
    assert form_of(client, url).head.title == "Afgehandeld zonder boeking"
    assert entries(books) == 0
    waiting = client.get(address(books, "documenten/")).context["page"]
    booked = client.get(address(books, "documenten/?filter=geboekt")).context["page"]
    assert (len(waiting.rows), [row.state_text for row in booked.rows]) == (0, ["afgehandeld"])
    undo = form_of(client, url).undo
    client.post(url, {"key": undo.key, "version": undo.version, "action": "reverse"})
    assert form_of(client, url).can_book


def test_a_document_with_amounts_is_not_put_aside_by_a_forged_button(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    refused = client.post(url, fields(form_of(client, url), action="handle"))

    assert refused.status_code == 409
    assert "Op dit stuk staan bedragen" in refused.content.decode()
    assert stored(books).handled_at is None


def test_a_booked_document_is_corrected_in_one_step(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    client.post(url, fields(form_of(client, url)))
    booked = form_of(client, url)
    assert not booked.is_editable
    form = form_of(client, booked.correct_url)
    assert (form.is_editable, form.book_action, form.head.title) == (True, "correct", "Verbeter deze boeking")

    shown = client.post(url, fields(form, correcting="1", action="save", **{"line-0-account": "613000 x"}))
    assert shown.status_code == 200
    assert shown.context["page"].document.form.journal[0].code == "613000"
    assert entries(books) == 1
    answer = client.post(url, fields(shown.context["page"].document.form, correcting="1", action="correct"))

    assert answer.status_code == 303
    assert "Verbeterd: Verpakking Staal BV, € 121,00" in told(client, answer)
    with domain_scope(books.domain.id):
        found = Entry.objects.filter(domain_id=books.domain.id).order_by("seq")
        assert [one.reverses_id is not None for one in found] == [False, True, False]
        assert stored_entry(books) == found[2].id


def stored_entry(books: Books) -> int | None:
    return Proposal.objects.get(domain_id=books.domain.id).entry_id


def test_a_correction_that_is_a_cent_off_reverses_nothing(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    client.post(url, fields(form_of(client, url)))
    form = form_of(client, url + "?verbeteren")

    refused = client.post(url, fields(form, correcting="1", action="correct", **{"line-0-net": "100,01"}))

    assert refused.status_code == 422
    assert refused.context["page"].document.form.is_correcting
    assert "121,01" in refused.content.decode()
    assert entries(books) == 1


def test_a_form_that_came_back_with_a_refusal_is_sent_again_and_books(books: Books, client: Client) -> None:
    first = hand_in_one(client, books)
    client.post(first, fields(form_of(client, first)))
    second = hand_in_one(client, books, invoice("2026 1187", net="50.00"))
    refused = client.post(second, fields(form_of(client, second), **{"line-0-account": "612200 x"}))
    assert refused.status_code == 422

    again = fields(refused.context["page"].document.form, reason="Ander magazijn, zelfde nummering")

    assert client.post(second, again).status_code == 303
    assert entries(books) == 2


def test_a_waiting_document_is_not_corrected(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    refused = client.post(url, fields(form_of(client, url), correcting="1", action="correct"))

    assert refused.status_code == 422
    assert "niet geboekt" in refused.content.decode()


def test_an_undo_sent_a_second_time_undoes_no_later_booking(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    client.post(url, fields(form_of(client, url)))
    undo = form_of(client, url).undo
    client.post(url, {"key": undo.key, "version": undo.version, "action": "reverse"})
    client.post(url, fields(form_of(client, url)))

    refused = client.post(url, {"key": "another-key-of-a-form", "version": undo.version, "action": "reverse"})

    assert refused.status_code == 409
    assert stored(books).entry_id is not None


def test_the_vat_code_follows_an_account_that_is_changed_alone(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, ubl(("Grijze emmers", "100.00", "S", "21")))
    form = form_of(client, url)
    assert form.lines[0].vat == "PURCHASE.domestic.21.service"

    client.post(url, fields(form, action="save", **{"line-0-account": "604000 Handelsgoederen"}))
    changed = form_of(client, url)
    assert changed.lines[0].vat == "PURCHASE.domestic.21.goods"

    client.post(url, fields(changed, action="save", **{"line-0-vat": "PURCHASE.domestic.21.service"}))
    assert form_of(client, url).lines[0].vat == "PURCHASE.domestic.21.service"


def test_always_this_account_is_kept_for_the_supplier_until_it_is_unticked(books: Books, client: Client) -> None:
    def booked(number: str, net: str, account: str = "", **more: str) -> Any:
        url = hand_in_one(client, books, invoice(number, net=net))
        form = form_of(client, url)
        change = {"line-0-account": account} if account else {}
        assert client.post(url, fields(form, always_shown="1", **change, **more)).status_code == 303
        with domain_scope(books.domain.id):
            contact = Contact.objects.get(domain_id=books.domain.id, vat_number="BE0403019261")
            return form.always.is_chosen, form.lines[0].account[:6], contact.purchase_account_code

    assert booked("A1", "10.00", "612200 x", always="1") == (False, "601000", "612200")
    assert booked("A2", "20.00", always="1") == (True, "612200", "612200")
    assert booked("A3", "30.00") == (True, "612200", "")
    assert booked("A4", "40.00")[0] is False


# What is made up


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"version": "abc"}, 409),
        ({"version": ""}, 409),
        ({"version": "-1"}, 409),
        ({"version": "9" * 30}, 409),
        ({"version": "²"}, 409),
        ({"line-0-vat": "PURCHASE.nonsense"}, 422),
        ({"line-0-vat": ""}, 422),
        ({"line-0-vat": "SALE.domestic.21.any"}, 422),
        ({"line-0-account": "999999 x"}, 422),
        ({"line-0-account": "²"}, 422),
        ({"line-0-account": ""}, 422),
        ({"line-0-deductible": "101"}, 422),
        ({"line-0-deductible": "-1"}, 422),
        ({"line-0-deductible": "NaN"}, 422),
        ({"on_date": "31/02/2026"}, 422),
        ({"on_date": "gisteren"}, 422),
        ({"on_date": "01/01/1900"}, 422),
        ({"on_date": "31/12/9999"}, 422),
        ({"line-0-net": "9" * 18}, 422),
        ({"line-0-net": "0"}, 422),
        ({"action": "nonsense", "line-0-net": "1"}, 400),
    ],
)
def test_a_field_that_is_made_up_is_refused_and_books_nothing(
    books: Books, client: Client, change: dict[str, str], status: int
) -> None:
    url = hand_in_one(client, books)
    sent = {**fields(form_of(client, url)), **change}
    refused = client.post(url, sent)

    assert refused.status_code == status, refused.content.decode()[:2000]
    assert entries(books) == 0


@pytest.mark.parametrize("count", ["²", "-1", "abc", "9999999999", "", "1e3"])
def test_a_number_of_lines_that_is_made_up_is_no_error_of_the_page(books: Books, client: Client, count: str) -> None:
    url = hand_in_one(client, books)

    assert client.post(url, {**fields(form_of(client, url), action="split:0"), "line_count": count}).status_code == 200


@pytest.mark.parametrize("action", ["split:²", "split:99", "remove:-1", "remove:abc", "split:"])
def test_a_button_that_is_made_up_is_no_error_of_the_page(books: Books, client: Client, action: str) -> None:
    url = hand_in_one(client, books)

    assert client.post(url, fields(form_of(client, url), action=action)).status_code in {200, 422, 303}


@pytest.mark.parametrize("tail", ["bijlage/1/", "bijlage/1/blad/1/", "bijlage/0/", "bijlage/99999999999/"])
def test_inv09_files_inside_another_domains_document_are_not_found(books: Books, client: Client, tail: str) -> None:
    url = hand_in_one(client, books, with_pdf())
    with open_new_books() as others:
        pass
    document_id = url.rstrip("/").rsplit("/", 1)[1]
    stranger = browser_of(others.user)

    assert stranger.get(address(others, f"documenten/{document_id}/{tail}")).status_code == 404
    assert stranger.get(url + tail).status_code == 404


# Files inside an e-invoice, and what was not used of it


def with_pdf(content: bytes = b"", name: str = "factuur.pdf", mime: str = "application/pdf") -> bytes:
    inside = UblAttachment(name, mime, content or a_pdf("Factuur 2026-1187", "Voorwaarden"))
    return ubl(("Broodzakken", "100.00", "S", "21"), attachments=(inside,))


def test_the_pdf_inside_is_offered_and_downloaded_byte_for_byte(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, with_pdf())
    [link] = pane_of(client, url).rendering.attachments
    answer = client.get(link.url)

    assert link.label == "factuur.pdf"
    assert answer.content == a_pdf("Factuur 2026-1187", "Voorwaarden")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''factuur.pdf"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_pages_of_the_pdf_inside_are_shown_as_pictures_with_their_text(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, with_pdf())
    readable = pane_of(client, url)
    assert [look.label for look in readable.looks] == ["Leesbaar", "Pdf"]
    pane = pane_of(client, readable.looks[1].url)

    assert pane.rendering is None
    assert [(page.label, page.text) for page in pane.pages] == [
        ("Blad 1 van 2", "Factuur 2026-1187"), ("Blad 2 van 2", "Voorwaarden"),
    ]  # fmt: skip
    picture = client.get(pane.pages[1].url)
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert picture["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert picture["Cache-Control"] == "private, max-age=3600"
    assert client.get(pane.pages[1].url.replace("/blad/2/", "/blad/3/")).status_code == 404
    assert client.get(pane.pages[1].url.replace("/blad/2/", "/blad/0/")).status_code == 404


def test_a_pdf_inside_that_is_broken_says_so_and_the_invoice_is_booked(books: Books, client: Client) -> None:
    url = hand_in_one(client, books, with_pdf(b"%PDF-1.7 nonsense"))
    pane = pane_of(client, url + "?beeld=pdf")

    assert pane.trouble == "Deze pdf is beschadigd of beveiligd en kan niet getoond worden. Open de bijlage zelf."
    assert client.get(url + "bijlage/1/blad/1/").status_code == 404
    assert client.post(url, fields(form_of(client, url))).status_code == 303


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (b"<script>alert(1)</script>", "x.html", "text/html"),
        (b"<svg onload='alert(1)'/>", "x.svg", "image/svg+xml"),
        (b"MZ\x90\x00", "../../x.exe", "application/x-msdownload"),
        (b"<html>", "factuur.pdf", "application/pdf"),
    ],
)
def test_inv30_a_file_inside_is_never_run_whatever_it_says_it_is(
    books: Books, client: Client, content: bytes, name: str, mime: str
) -> None:
    url = hand_in_one(client, books, with_pdf(content, name, mime))
    pane = pane_of(client, url)
    answer = client.get(pane.rendering.attachments[0].url)

    assert pane.looks == ()
    assert answer.content == content
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert ".." not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_was_not_used_and_what_was_found_is_on_the_page(books: Books, client: Client) -> None:
    content = with_text("<cbc:ID>2026-1187</cbc:ID>", "<cbc:ID>2026-1187</cbc:ID><cbc:UUID>abc</cbc:UUID>")
    url = hand_in_one(client, books, content.replace(b">121.00</cbc:TaxIn", b">121.03</cbc:TaxIn"))
    rendering = pane_of(client, url).rendering
    page = client.get(url).content.decode()

    assert "Invoice/UUID" in rendering.unread
    assert "Invoice/UUID" in page
    assert any("Het totaal met btw is 121,03" in one.text for one in rendering.findings)
    assert "Het totaal met btw is 121,03" in page


def test_a_long_invoice_shows_its_first_lines_and_says_how_many_there_are_more(books: Books, client: Client) -> None:
    lines = [(f"Lijn {n}", "1.00", "S", "21") for n in range(700)]
    url = hand_in_one(client, books, ubl(*lines))
    rendering = pane_of(client, url).rendering

    assert len(rendering.lines) == 500
    assert rendering.lines_left_out == "en nog 200 lijnen, in het origineel"


# Originals that are gone or damaged


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_a_lost_original_is_named_and_its_document_can_still_be_booked(books: Books, client: Client, how: str) -> None:
    url = hand_in_one(client, books)
    [path] = original_files()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    word = {"gone": "ontbreekt", "damaged": "beschadigd"}[how]

    page = client.get(url)
    download = client.get(url + "origineel/")

    assert page.status_code == 200
    assert word in page.context["page"].document.trouble
    assert (download.status_code, word in download.content.decode()) == (500, True)
    assert client.get(url + "bijlage/1/").status_code == 500
    assert client.post(url, fields(form_of(client, url))).status_code == 303
    assert entries(books) == 1


def test_the_good_bytes_again_bring_a_lost_original_back(books: Books, client: Client) -> None:
    url = hand_in_one(client, books)
    original_files()[0].write_bytes(b"x")
    hand_in(client, books, ("weer.xml", invoice()))

    assert client.get(url + "origineel/").content == invoice()


# Handing in


def test_what_looks_double_is_told_when_it_comes_in(books: Books, client: Client) -> None:
    told(client, hand_in(client, books, ("a.xml", invoice("A-1"))))

    answer = hand_in(client, books, ("b.xml", invoice("A-1") + b"<!-- nog eens -->"))

    text = told(client, answer)
    assert "Aankoop A-1 van Verpakking Staal BV lijkt dubbel met A-1 van" in text
    assert "staat klaar" not in text


def test_one_refused_file_does_not_keep_the_others_from_coming_in(books: Books, client: Client) -> None:
    answer = hand_in(
        client, books,
        ("leeg.xml", b""), ("a.xml", invoice("A-1")), ("groot.xml", b"x" * (50 * MB + 1)), ("kapot.xml", b"<a>"),
        ("b.cod", statement()), ("a2.xml", invoice("A-1")),
    )  # fmt: skip

    text = told(client, answer)
    assert "Aankoop A-1 van Verpakking Staal BV staat klaar" in text
    assert "geen leesbare XML" in text
    assert "is al ontvangen" in text
    with domain_scope(books.domain.id):
        assert Document.objects.filter(domain_id=books.domain.id).count() == 3
        assert Arrival.objects.filter(domain_id=books.domain.id).count() == 4


def test_a_script_is_told_about_each_file_by_itself(books: Books, client: Client) -> None:
    def send(*files: tuple[str, bytes]) -> Any:
        sent = [SimpleUploadedFile(name, content) for name, content in files]
        where = address(books, "documenten/aanleveren/")
        return client.post(where, {"files": sent}, headers={"Accept": "application/json"})

    well = send(("a.xml", invoice("A-1")))
    both = send(("leeg.xml", b""), ("b.xml", invoice("B-1", net="5.00")))
    empty = send(("leeg.xml", b""))

    assert (well.status_code, well.json()["text"]) == (200, "Aankoop A-1 van Verpakking Staal BV staat klaar.")
    assert well.json()["url"].startswith(address(books, "documenten/"))
    assert (well.json()["well"], both.json()["well"]) == (True, False)
    assert both.status_code == 200
    assert both.json()["text"] == (
        "Aankoop B-1 van Verpakking Staal BV staat klaar. Dit bestand is leeg. Kies een ander bestand."
    )
    assert (empty.status_code, empty.json()["text"]) == (422, "Dit bestand is leeg. Kies een ander bestand.")
    with domain_scope(books.domain.id):
        assert Invoice.objects.filter(domain_id=books.domain.id).count() == 2


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("../../etc/passwd", "passwd"),
        ("a b;c=\"d'.xml", "a%20b%3Bc%3D%22d%27.xml"),
        ("\u202efdp.xml", "fdp.xml"),
        ("één.xml", "%C3%A9%C3%A9n.xml"),
        ("x" * 300 + ".xml", "x" * 120),
    ],
)
def test_inv30_an_original_is_served_under_a_clean_name(books: Books, client: Client, name: str, served: str) -> None:
    url = hand_in_one(client, books)
    with domain_scope(books.domain.id):
        from tests.intake import receive

        received = receive(books, invoice("X-1", net="7.00"), name=name).document
    answer = client.get(address(books, f"documenten/{received.public_id}/origineel/"))

    assert url
    assert answer["Content-Disposition"] == f"attachment; filename*=UTF-8''{served}"


def test_a_question_that_another_answered_first_says_so(books: Books, client: Client) -> None:
    other = type(THEM)(name="Derde BV", street="S", postcode="1", city="B", country="BE", vat="BE0202239951")
    url = hand_in_one(client, books, invoice(customer=other))
    form = form_of(client, url)
    client.post(url, {"key": form.key, "answer": "PURCHASE"})

    late = client.post(url, {"key": "another-key-of-a-form", "answer": "SALE"})

    assert late.status_code in {409, 422, 403}
    with domain_scope(books.domain.id):
        assert Invoice.objects.get(domain_id=books.domain.id).side == "PURCHASE"


# Booking what is ready


def test_of_what_is_ready_one_in_a_closed_month_stays_and_says_why(books: Books, client: Client) -> None:
    for n in range(1, 4):
        from datetime import date

        url = hand_in_one(client, books, invoice(f"A{n}", issued_on=date(2026, n, 12), description="Kartonnen dozen"))
        assert client.post(url, fields(form_of(client, url))).status_code == 303
    hand_in(client, books, *(
        (f"{n}.xml", invoice(f"B{n}", issued_on=date(2026, n, 14), description="Kartonnen dozen")) for n in (4, 5, 6)
    ))  # fmt: skip
    with domain_scope(books.domain.id):
        Period.objects.filter(domain_id=books.domain.id, starts_on="2026-05-01").update(state=PeriodState.CLOSED)
    page = client.get(address(books, "documenten/")).context["page"]

    answer = client.post(page.book_ready.url, {"key": page.book_ready.key})

    text = told(client, answer)
    assert "Geboekt: 2 documenten, € 242,00" in text
    assert "B5: De periode van 14/05/2026 is afgesloten" in text
    assert entries(books) == 5


def test_when_nothing_that_is_ready_can_be_booked_the_page_says_why(books: Books, client: Client) -> None:
    from datetime import date

    for n in range(1, 4):
        url = hand_in_one(client, books, invoice(f"A{n}", issued_on=date(2026, n, 12), description="Kartonnen dozen"))
        client.post(url, fields(form_of(client, url)))
    hand_in_one(client, books, invoice("B1", issued_on=date(2026, 5, 12), description="Kartonnen dozen"))
    with domain_scope(books.domain.id):
        Period.objects.filter(domain_id=books.domain.id, starts_on="2026-05-01").update(state=PeriodState.CLOSED)
    page = client.get(address(books, "documenten/")).context["page"]

    refused = client.post(page.book_ready.url, {"key": page.book_ready.key})

    assert refused.status_code == 409
    assert "B1: De periode van 12/05/2026 is afgesloten" in refused.content.decode()


# Nothing of a file runs


def scripted() -> bytes:
    """The good invoice with a script in every element that holds a text."""
    root = etree.fromstring(GOOD)
    texts = {"Name", "StreetName", "CityName", "PostalZone", "RegistrationName", "BuyerReference", "Note", "PaymentID"}
    for n, element in enumerate(root.iter()):
        name = etree.QName(element).localname
        if (name in texts or (name == "ID" and element.getparent() is root)) and len(element) == 0:
            element.text = f"<script>marker{n}()</script>"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def test_inv31_a_script_in_every_text_of_a_file_is_text_on_every_page(books: Books, client: Client) -> None:
    url = str(hand_in(client, books, ("<script>marker()</script>.xml", scripted()))["Location"])
    document = client.get(url).content.decode()
    assert document.count("&lt;script&gt;marker") >= 5
    client.post(url, fields(form_of(client, url)))
    with domain_scope(books.domain.id):
        contact = Contact.objects.get(domain_id=books.domain.id, vat_number="BE0403019261")
        entry = Entry.objects.get(domain_id=books.domain.id)

    pages = [
        url, address(books), address(books, "documenten/"), address(books, "documenten/?filter=geboekt"),
        address(books, "documenten/?q=<script>marker()</script>"), address(books, "relaties/"),
        address(books, f"relaties/{contact.public_id}/"), address(books, "dagboeken/"),
        address(books, f"dagboeken/{entry.id}/"), address(books, "rapporten/proefbalans/"),
        address(books, "rapporten/rekening/440000/"), address(books, "btw/2026-K4/"),
    ]  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert not re.search(r"<script>\s*marker|<script[^>]*>marker", answer.content.decode()), page


def test_inv31_a_supplier_named_like_one_of_ours_is_still_the_supplier(books: Books, client: Client) -> None:
    twin = type(THEM)(name=US.name, street="S", postcode="1", city="B", country="BE", vat="BE0403019261")
    url = hand_in_one(client, books, invoice(supplier=twin))

    assert form_of(client, url).can_book
