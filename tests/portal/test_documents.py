"""Documents over HTTP: handing in, booking, and everything that must be refused with nothing lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.books import Books, new_domain, open_new_books
from tests.files import THEM, US, invoice
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.booking.models import Proposal
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.inbox.models import Reading
from zelfboeken.invoices.models import Invoice
from zelfboeken.ledger.models import Entry, Period, PeriodState
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def hand_in(client: Client, books: Books, *files: tuple[str, bytes], **more: str) -> Any:
    """Upload files as the plain form does."""
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(address(books, "documenten/aanleveren/"), {"files": sent, **more})


def told(client: Client, response: Any) -> str:
    """The text of the page an answer leads to."""
    page = client.get(response["Location"]) if response.status_code == 303 else response
    return re.sub(r"\s+", " ", page.content.decode())


def form_of(client: Client, url: str) -> Any:
    """The booking form of a document."""
    return client.get(url).context["page"].document.form


def fields(form: Any, **changes: str) -> dict[str, str]:
    """What a browser would send for this form."""
    sent = {"key": form.key, "version": form.version, "line_count": str(len(form.lines)), "action": "book"}
    sent.update({one.name: one.value for one in form.fields})
    for line in form.lines:
        for name, value in (
            ("account", line.account), ("vat", line.vat), ("deductible", line.deductible), ("net", line.net),
            ("text", line.text),
        ):  # fmt: skip
            sent[f"line-{line.index}-{name}"] = value
    return {**sent, **changes}


def hand_in_one(client: Client, books: Books, content: bytes | None = None) -> str:
    """Hand in one purchase invoice; the address of its page."""
    return str(hand_in(client, books, ("factuur.xml", content or invoice()))["Location"])


def entries(books: Books) -> int:
    """How many entries the books hold."""
    with domain_scope(books.domain.id):
        return Entry.objects.filter(domain_id=books.domain.id).count()


def test_a_purchase_is_handed_in_booked_with_one_button_and_stands_in_the_journal(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    form = form_of(client, url)

    answer = client.post(url, fields(form))

    assert answer.status_code == 303
    assert "Geboekt: Verpakking Staal BV, € 121,00" in told(client, answer)
    assert entries(books) == 1
    with domain_scope(books.domain.id):
        assert Proposal.objects.get(domain_id=books.domain.id).entry_id is not None


def test_which_party_is_the_administration_decides_purchase_or_sale(books: Books):
    client = browser_of(books.user)
    hand_in(client, books, ("a.xml", invoice("A-1001")), ("v.xml", invoice("V-1001", supplier=US, customer=THEM)))

    with domain_scope(books.domain.id):
        found = Invoice.objects.filter(domain_id=books.domain.id).order_by("number").values_list("number", "side")
        assert list(found) == [("A-1001", "PURCHASE"), ("V-1001", "SALE")]


def test_an_invoice_between_others_asks_and_the_answer_registers_it(books: Books):
    client = browser_of(books.user)
    other = type(THEM)(
        name="Derde BV", street="Straat 1", postcode="1000", city="Brussel", country="BE", vat="BE0999011512"
    )
    url = hand_in_one(client, books, invoice(customer=other))

    assert "geen van beide ben jij" in told(client, client.get(url))
    form = form_of(client, url)
    answer = client.post(url, {"key": form.key, "answer": "PURCHASE"})

    assert answer.status_code == 303
    assert form_of(client, url).can_book


def test_inv15_the_same_file_again_is_already_received_and_makes_no_second_document(books: Books):
    client = browser_of(books.user)
    hand_in_one(client, books)
    answer = hand_in(client, books, ("hernoemd.xml", invoice()))

    assert "is al ontvangen" in told(client, answer)
    with domain_scope(books.domain.id):
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1
        assert Arrival.objects.filter(domain_id=books.domain.id).count() == 2


@pytest.mark.parametrize("number", ["2026-1187", "2026 1187", "2026/01187"])
def test_inv19_the_same_supplier_and_number_is_refused_until_a_reason_is_given(books: Books, number: str):
    client = browser_of(books.user)
    first = hand_in_one(client, books)
    client.post(first, fields(form_of(client, first)))
    second = hand_in_one(client, books, invoice(number, net="99.00"))
    form = form_of(client, second)

    refused = client.post(second, fields(form))

    assert refused.status_code == 422
    assert "al een stuk met dit nummer" in refused.content.decode()
    assert entries(books) == 1
    answer = client.post(second, fields(form_of(client, second), reason="Ander magazijn, zelfde nummering"))
    assert answer.status_code == 303
    assert entries(books) == 2


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY a SYSTEM "file:///etc/passwd">]><Invoice>&a;</Invoice>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>'
)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("vreemd.xml", DOCTYPE, "DOCTYPE"),
        ("bom.xml", BOMB, "DOCTYPE"),
        ("factuur.xml", b"%PDF-1.7\n1 0 obj", "Dit is een pdf"),
        ("leeg.txt", b"zomaar tekst", "geen e-factuur en geen CODA"),
        ("half.xml", invoice()[:900], ""),
    ],
)
def test_a_file_that_cannot_be_read_is_kept_with_the_reason(books: Books, name: str, content: bytes, sentence: str):
    client = browser_of(books.user)
    url = str(hand_in(client, books, (name, content))["Location"])

    page = told(client, client.get(url))
    with domain_scope(books.domain.id):
        reading = Reading.objects.get(domain_id=books.domain.id)
        assert reading.outcome == "UNREADABLE"
        assert sentence in reading.reason
    assert reading.reason.split(". ")[0][:30] in page
    assert b"".join(client.get(url + "origineel/")) == content


def test_an_empty_upload_is_refused_in_dutch(books: Books):
    client = browser_of(books.user)

    assert "Kies eerst een of meer bestanden" in told(client, hand_in(client, books))


@pytest.mark.parametrize("typed", ["NaN", "1e5", "12,345", "honderd", "1.00.0"])
def test_an_amount_that_only_looks_like_one_is_refused_and_what_was_typed_stays(books: Books, typed: str):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    refused = client.post(url, fields(form_of(client, url), **{"line-0-net": typed}))

    assert refused.status_code == 422
    assert "is geen bedrag" in refused.content.decode()
    assert refused.context["page"].document.form.lines[0].net == typed
    assert entries(books) == 0


@pytest.mark.parametrize("written", [b"NaN", b"1e2", b"100,00"])
def test_an_amount_that_only_looks_like_one_in_the_file_is_never_booked_unseen(books: Books, written: bytes):
    client = browser_of(books.user)
    content = invoice().replace(b">121.00<", b">" + written + b"<")
    url = hand_in_one(client, books, content)

    form = form_of(client, url)
    assert form.head.tone != "ok"
    with domain_scope(books.domain.id):
        assert not Proposal.objects.get(domain_id=books.domain.id).is_ready


def test_inv01_lines_a_cent_off_are_refused_with_both_figures(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    refused = client.post(url, fields(form_of(client, url), **{"line-0-net": "100,01"}))

    assert refused.status_code == 422
    assert "121,00" in refused.content.decode()
    assert "121,01" in refused.content.decode()
    assert entries(books) == 0


@pytest.mark.parametrize(("state", "word"), [(PeriodState.BLOCKED, "geblokkeerd"), (PeriodState.CLOSED, "afgesloten")])
def test_inv12_a_blocked_or_closed_period_takes_no_entry(books: Books, state: PeriodState, word: str):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    with domain_scope(books.domain.id):
        Period.objects.filter(domain_id=books.domain.id, starts_on="2026-11-01").update(state=state)

    refused = client.post(url, fields(form_of(client, url)))

    assert refused.status_code == 422
    assert word in refused.content.decode()
    assert entries(books) == 0


def test_inv14_sending_a_form_twice_books_once(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    sent = fields(form_of(client, url))

    first, second = client.post(url, sent), client.post(url, sent)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert entries(books) == 1


def test_inv14_the_same_key_with_other_content_is_refused(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    sent = fields(form_of(client, url))
    client.post(url, sent)

    assert client.post(url, {**sent, "line-0-text": "anders"}).status_code == 409


def test_a_proposal_that_another_booked_first_says_so(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    mine, theirs = fields(form_of(client, url)), fields(form_of(client, url))
    client.post(url, theirs)

    refused = client.post(url, mine)

    assert refused.status_code == 409
    assert "Iemand anders boekte dit stuk" in refused.content.decode()
    assert entries(books) == 1


def test_inv23_a_role_withdrawn_between_opening_a_form_and_sending_it_counts(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    sent = fields(form_of(client, url))
    RoleAssignment.objects.filter(member__user=books.user).update(state="WITHDRAWN")

    refused = client.post(url, sent)

    assert refused.status_code == 403
    assert "Je hebt de rol Backoffice niet" in refused.content.decode()
    assert entries(books) == 0
    with domain_scope(books.domain.id):
        assert Event.objects.filter(domain_id=books.domain.id, action="refused").count() == 1


def test_a_user_without_the_role_sees_no_button_and_gets_the_first_reason(books: Books):
    url = hand_in_one(browser_of(books.user), books)
    _, other = new_domain()
    add_member(domain=books.domain, user=other, roles=frozenset({Role.PURCHASE}))
    client = browser_of(other)

    page = client.get(url)
    refused = client.post(url, {"action": "book", "version": "1"})

    assert page.status_code == 200
    assert not page.context["page"].document.form.can_book
    assert "Je hebt de rol Backoffice niet" in page.content.decode()
    assert refused.status_code == 403
    assert "Je hebt de rol Backoffice niet" in refused.content.decode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_authorised": False}, "nog niet geactiveerd"),
        ({"bundle": "MINIMAL"}, "Activeer eerst een bundel"),
        ({"pricing_model": "MODULES"}, "neemt modules af"),
        ({"lifecycle": "BLOCKED"}, "niet actief"),
    ],
)
def test_inv20_each_missing_condition_refuses_with_its_own_sentence(books: Books, change: dict[str, Any], reason: str):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    sent = fields(form_of(client, url))
    type(books.domain).objects.filter(id=books.domain.id).update(**change)

    refused = client.post(url, sent)

    assert refused.status_code == 403
    assert reason in refused.content.decode()
    assert entries(books) == 0


def test_inv09_another_domains_document_is_like_one_that_does_not_exist(books: Books):
    url = hand_in_one(browser_of(books.user), books)
    with open_new_books() as others:
        pass
    client = browser_of(others.user)
    document_id = url.rstrip("/").rsplit("/", 1)[1]
    foreign = address(others, f"documenten/{document_id}/")
    unknown = address(others, "documenten/00000000-0000-4000-8000-000000000000/")

    for method in ("get", "post"):
        for tail in ("", "origineel/"):
            one, two = getattr(client, method)(foreign + tail), getattr(client, method)(unknown + tail)
            assert (one.status_code, two.status_code) == (404, 404)
    assert client.get(url).status_code == 404


def test_a_booked_document_is_taken_back_and_waits_again_with_its_lines(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    client.post(url, fields(form_of(client, url)))
    undo = form_of(client, url).undo

    answer = client.post(url, {"key": undo.key, "version": undo.version, "action": "reverse"})

    assert answer.status_code == 303
    assert form_of(client, url).can_book
    assert entries(books) == 2
    again = client.post(url, fields(form_of(client, url), **{"line-0-account": "612000 Andere"}))
    assert again.status_code == 303
    assert entries(books) == 3


def test_a_correction_keeps_its_list_and_can_be_left(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    client.post(url, fields(form_of(client, url)))

    from_list = form_of(client, f"{url}?filter=geboekt").correct_url
    alone = form_of(client, url).correct_url

    assert (from_list, alone) == (f"{url}?filter=geboekt&verbeteren", f"{url}?verbeteren")
    assert form_of(client, from_list).keep_url == f"{url}?filter=geboekt"
    assert form_of(client, alone).keep_url == url
    assert form_of(client, url).keep_url == ""


def test_a_line_is_split_and_the_rest_keeps_its_place(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)

    split = client.post(url, fields(form_of(client, url), action="split:0"))
    form = split.context["page"].document.form
    assert [line.net for line in form.lines] == ["100,00", "0,00"]

    changed = fields(form, **{"line-0-net": "60,00", "line-1-net": "40,00", "line-1-account": "612000 x"})
    assert client.post(url, changed).status_code == 303
    assert entries(books) == 1


def test_every_ready_document_is_booked_at_once(books: Books):
    client = browser_of(books.user)
    for n in range(4):
        url = hand_in_one(client, books, invoice(f"2026-20{n}", net=f"10{n}.00"))
        client.post(url, fields(form_of(client, url), **{"line-0-account": "601000 x"}))
    hand_in(client, books, *((f"{n}.xml", invoice(f"2026-30{n}", net=f"10{n}.50")) for n in range(3)))
    page = client.get(address(books, "documenten/")).context["page"]
    assert page.book_ready is not None

    answer = client.post(page.book_ready.url, {"key": page.book_ready.key})

    assert answer.status_code == 303
    assert entries(books) == 7


def test_the_original_comes_back_byte_for_byte_as_a_download_that_runs_nothing(books: Books):
    client = browser_of(books.user)
    url = hand_in_one(client, books)
    answer = client.get(url + "origineel/")

    assert answer.content == invoice()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_inv31_a_script_in_any_text_of_the_file_is_shown_as_text(books: Books):
    client = browser_of(books.user)
    evil = type(THEM)(
        name="<script>alert(1)</script>",
        street="<img src=x>",
        postcode="1",
        city="<b>",
        country="BE",
        vat="BE0403019261",
    )
    url = hand_in_one(client, books, invoice("<i>7777</i>", supplier=evil, description="<script>alert(2)</script>"))

    page = client.get(url).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page


def test_the_list_asks_the_same_number_of_queries_for_one_document_and_for_five(books: Books):
    client = browser_of(books.user)
    first = hand_in_one(client, books)
    one = query_count(client, address(books, "documenten/"))
    hand_in(client, books, *((f"{n}.xml", invoice(f"2026-40{n}", net=f"1{n}.00")) for n in range(4)))

    assert first
    assert query_count(client, address(books, "documenten/")) == one


def test_what_was_read_is_seen_by_those_who_may_see_it(books: Books):
    hand_in_one(browser_of(books.user), books)
    _, seller = new_domain()
    add_member(domain=books.domain, user=seller, roles=frozenset({Role.SALES}))

    page = browser_of(seller).get(address(books, "documenten/")).context["page"]
    assert page.rows == ()


@pytest.mark.parametrize("action", ["foo", "BOOK", "boek", "split0", "book:1", "add:1"])
def test_inv33_a_button_that_the_form_does_not_have_is_400_and_books_nothing(books: Books, action: str):
    client = browser_of(books.user)
    url = hand_in_one(client, books)

    refused = client.post(url, {**fields(form_of(client, url)), "action": action})

    assert refused.status_code == 400
    assert entries(books) == 0
