"""A file comes in, by whatever way: once is once, what is asked is answered, what went wrong may be tried again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection

from tests.books import NOW, fill_books, new_domain, open_new_books
from tests.files import OUR_VAT, THEM, US, invoice, statement
from tests.hostile import with_doctype
from tests.intake import counted, invoice_of, reading_of, receive
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed, add_member, open_domain
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import receive_document
from zelfboeken.documents.storage import OriginalLost
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.inbox.queries import one_document, waiting_documents
from zelfboeken.inbox.services import NothingAsked, read_again, receive_file, say_side
from zelfboeken.invoices.models import Invoice, Side
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope

OTHERS = invoice(customer=replace(THEM, name="Derde BV", vat="BE0202239951"))
BOTH = invoice(supplier=replace(THEM, vat=OUR_VAT))
COMMAND, UPLOAD = Arrival.Source.COMMAND, Arrival.Source.UPLOAD


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), [(UPLOAD, UPLOAD), (UPLOAD, COMMAND), (COMMAND, UPLOAD)])
def test_inv15_the_same_file_by_any_way_is_already_received(first: Arrival.Source, second: Arrival.Source) -> None:
    with open_new_books() as books:
        arrived = receive(books, invoice(), "factuur.xml", first)
        again = receive(books, invoice(), "hernoemd.xml", second)

        assert (arrived.is_repeat, again.is_repeat) == (False, True)
        assert (arrived.is_well, again.is_well) == (True, False)
        assert again.document == arrived.document
        assert again.text == "factuur.xml is al ontvangen op 25/11/2026."
        assert counted(books) == {"invoices": 1, "proposals": 1, "entries": 0}
        sources = Arrival.objects.filter(domain_id=books.domain.id).order_by("id").values_list("source", flat=True)
        assert list(sources) == [first, second]


@pytest.mark.django_db
def test_inv27_the_day_it_was_received_is_the_day_in_brussels() -> None:
    with open_new_books() as books:
        receive(books, invoice(), at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))

        assert receive(books, invoice()).text.endswith("al ontvangen op 26/11/2026.")


@pytest.mark.django_db
def test_inv15_one_byte_more_is_another_file() -> None:
    with open_new_books() as books:
        receive(books, invoice())

        assert not receive(books, invoice() + b"\n").is_repeat
        assert Document.objects.filter(domain_id=books.domain.id).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("content", [statement(), with_doctype("<!DOCTYPE Invoice>"), OTHERS])
def test_inv15_a_bank_file_an_unreadable_one_and_one_that_asks_are_once_as_well(content: bytes) -> None:
    with open_new_books() as books:
        first, second = receive(books, content), receive(books, content)

        assert (first.is_repeat, second.is_repeat) == (False, True)
        assert second.outcome == first.outcome
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1


@pytest.mark.django_db
def test_inv15_two_domains_learn_nothing_of_each_other() -> None:
    """The same bytes in a second domain are as new as in the first, to the word."""
    with open_new_books() as ours:
        first = receive(ours, invoice())
        receive(ours, invoice())
    with open_new_books() as theirs:
        second = receive(theirs, invoice())

        assert (second.is_repeat, second.outcome, second.text) == (first.is_repeat, first.outcome, first.text)
        assert second.document.public_id != first.document.public_id
        assert Document.objects.filter(domain_id=theirs.domain.id).count() == 1
        assert Document.objects.count() == 1


@pytest.mark.slow
def test_inv15_eight_at_once_make_one_document_and_one_invoice(own_database: Urls) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        administration = fill_books(domain, user).administration
    start = threading.Barrier(8)
    repeats: list[bool] = []
    problems: list[BaseException] = []

    def hand_in(n: int) -> None:
        try:
            start.wait()
            with open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access:
                arrived = receive_file(
                    access=access,
                    administration=administration,
                    name=f"{n}.xml",
                    content=invoice(),
                    source=UPLOAD,
                    at=NOW,
                )
                repeats.append(arrived.is_repeat)
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert sorted(repeats) == [False] + [True] * 7
    with domain_scope(domain.id):
        assert Document.objects.filter(domain_id=domain.id).count() == 1
        assert Invoice.objects.filter(domain_id=domain.id).count() == 1
        assert Arrival.objects.filter(domain_id=domain.id).count() == 8
        assert Arrival.objects.filter(domain_id=domain.id, is_repeat=False).count() == 1


@pytest.mark.slow
def test_a_new_supplier_in_eight_files_at_once_is_one_contact(own_database: Urls) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        administration = fill_books(domain, user).administration
    start = threading.Barrier(8)
    contacts: list[int] = []

    def hand_in(n: int) -> None:
        start.wait()
        try:
            with open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access:
                arrived = receive_file(
                    access=access,
                    administration=administration,
                    name="f.xml",
                    content=invoice(f"2026-{n}"),
                    source=UPLOAD,
                    at=NOW,
                )
                contacts.append(invoice_of(arrived).contact_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(contacts) == 8
    assert len(set(contacts)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["TIME", "MEMORY", "CRASH"])
def test_a_file_that_the_machine_could_not_read_is_read_when_it_comes_again(code: str) -> None:
    with open_new_books() as books:
        kept = receive_document(
            access=books.access,
            administration_id=books.administration.id,
            name="factuur.xml",
            content=invoice(),
            source=UPLOAD,
            at=NOW,
        )
        Reading.objects.create(
            domain_id=books.domain.id,
            document_id=kept.document.id,
            outcome=Outcome.UNREADABLE,
            code=code,
            reason="Dit bestand lezen duurt te lang.",
            read_at=NOW,
        )

        again = receive(books, invoice())

        assert (again.outcome, again.document) == (Outcome.INVOICE, kept.document)
        assert receive(books, invoice()).is_repeat


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            OTHERS,
            "Op dit stuk staan Verpakking Staal BV en Derde BV, geen van beide ben jij. Is het een aankoop of een "
            "verkoop?",
        ),
        (
            BOTH,
            "Op dit stuk staan Verpakking Staal BV en Bakkerij Voorbeeld BV, allebei ben jij. Is het een aankoop of "
            "een verkoop?",
        ),
    ],
)
@pytest.mark.parametrize(("side", "party"), [(Side.PURCHASE, "supplier"), (Side.SALE, "customer")])
def test_who_is_who_is_asked_when_neither_or_both_are_ours_and_the_answer_registers(
    content: bytes, sentence: str, side: Side, party: str
) -> None:
    with open_new_books() as books:
        arrived = receive(books, content)
        assert (arrived.outcome, arrived.text) == (Outcome.ASK_SIDE, sentence)
        assert counted(books)["invoices"] == 0

        answered = say_side(access=books.access, document=arrived.document, side=side, at=NOW)

        made = invoice_of(answered)
        assert (made.side, made.administration_id) == (side, books.administration.id)
        read = read_again(access=books.access, sha256=arrived.document.sha256)
        assert made.contact.name == getattr(read, party).name
        assert reading_of(books, arrived).outcome == Outcome.INVOICE


@pytest.mark.django_db
def test_a_document_is_the_same_in_its_list_and_by_itself() -> None:
    with open_new_books() as books:
        recognised = receive(books, invoice("A-1"))
        asked = receive(books, OTHERS)
        say_side(access=books.access, document=asked.document, side=Side.PURCHASE, at=NOW)
        alone = [
            one_document(access=books.access, public_id=str(one.document.public_id)) for one in (recognised, asked)
        ]

        listed = waiting_documents(access=books.access, administration_id=books.administration.id)

        assert len(listed) == 2
        assert sorted(listed, key=repr) == sorted(alone, key=repr)


@pytest.mark.django_db
def test_an_answer_is_given_once() -> None:
    with open_new_books() as books:
        arrived = receive(books, OTHERS)
        say_side(access=books.access, document=arrived.document, side=Side.SALE, at=NOW)

        with pytest.raises(NothingAsked, match="iemand anders was je voor"):
            say_side(access=books.access, document=arrived.document, side=Side.PURCHASE, at=NOW)
        assert Invoice.objects.get(domain_id=books.domain.id).side == Side.SALE


@pytest.mark.slow
def test_two_answers_at_once_register_one_invoice(own_database: Urls) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        document = receive(fill_books(domain, user), OTHERS).document
    start = threading.Barrier(4)
    told: list[str] = []

    def answer(side: Side) -> None:
        start.wait()
        try:
            with open_domain(user_id=user.id, slug=domain.slug, at=NOW, doing="test") as access:
                told.append(say_side(access=access, document=document, side=side, at=NOW).outcome)
        except NothingAsked as no:
            told.append(no.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(side,)) for side in (Side.PURCHASE, Side.SALE) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [Outcome.INVOICE, "nothing_asked", "nothing_asked", "nothing_asked"]
    with domain_scope(domain.id):
        assert Invoice.objects.filter(domain_id=domain.id).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("content", [invoice(), with_doctype("<!DOCTYPE Invoice>"), statement()])
def test_nothing_is_answered_where_nothing_was_asked(content: bytes) -> None:
    with open_new_books() as books:
        arrived = receive(books, content)

        with pytest.raises(NothingAsked):
            say_side(access=books.access, document=arrived.document, side=Side.SALE, at=NOW)


@pytest.mark.django_db
def test_who_may_only_deliver_does_not_answer() -> None:
    with open_new_books() as books:
        arrived = receive(books, OTHERS)
    _, seller = new_domain()
    add_member(domain=books.domain, user=seller, roles=frozenset({Role.SALES}))

    with (
        open_domain(user_id=seller.id, slug=books.domain.slug, at=NOW, doing="test") as access,
        pytest.raises(NotAllowed),
    ):
        say_side(access=access, document=arrived.document, side=Side.SALE, at=NOW)


@pytest.mark.django_db
def test_an_answer_about_a_lost_original_is_refused_and_the_question_stays() -> None:
    from django.conf import settings

    with open_new_books() as books:
        arrived = receive(books, OTHERS)
        for path in settings.FILES.rglob("*"):
            if path.is_file():
                path.unlink()

        with pytest.raises(OriginalLost, match="ontbreekt"):
            say_side(access=books.access, document=arrived.document, side=Side.SALE, at=NOW)
        assert reading_of(books, arrived).outcome == Outcome.ASK_SIDE


@pytest.mark.django_db
def test_what_was_not_used_and_what_was_found_is_kept_with_the_reading() -> None:
    content = invoice().replace(b"<cbc:ID>2026-1187</cbc:ID>", b"<cbc:ID>2026-1187</cbc:ID><cbc:UUID>abc</cbc:UUID>")
    content = content.replace(b">121.00<", b">121.03<")
    with open_new_books() as books:
        arrived = receive(books, content)

        reading = reading_of(books, arrived)
        assert "Invoice/UUID" in reading.unread
        assert {one["rule"] for one in reading.findings} >= {"BR-CO-15"}
        assert all(one["text"].endswith(".") for one in reading.findings)


@pytest.mark.django_db
def test_a_purchase_of_a_second_administration_goes_there_whoever_hands_it_in() -> None:
    with open_new_books() as books:
        second = Administration.objects.create(
            domain=books.domain, name="Tweede BV", enterprise_number="0202239951", vat_number="BE0202239951"
        )
        made = invoice_of(receive(books, OTHERS))

        assert (made.side, made.administration_id) == (Side.PURCHASE, second.id)


@pytest.mark.django_db
def test_of_two_administrations_with_one_number_it_is_the_one_it_was_handed_to() -> None:
    with open_new_books() as books:
        second = Administration.objects.create(
            domain=books.domain, name="Vestiging", enterprise_number="0999000129", vat_number="BE0999000129"
        )
        mine = invoice_of(receive(books, invoice("1")))
        theirs = receive_file(
            access=books.access, administration=second, name="f.xml", content=invoice("2"), source=UPLOAD, at=NOW
        )

        assert mine.administration_id == books.administration.id
        assert invoice_of(theirs).administration_id == second.id


@pytest.mark.django_db
def test_a_sale_from_one_own_administration_to_another_is_asked() -> None:
    with open_new_books() as books:
        Administration.objects.create(
            domain=books.domain, name="Tweede BV", enterprise_number="0202239951", vat_number="BE0202239951"
        )
        content = invoice(supplier=US, customer=replace(THEM, name="Tweede BV", vat="BE0202239951"))

        assert receive(books, content).text.endswith("allebei ben jij. Is het een aankoop of een verkoop?")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("enterprise", "vat"), [("0999000129", ""), ("", "BE0999000129"), ("0999000129", "BE0999000129")]
)
@pytest.mark.parametrize(
    "ours",
    [
        replace(US, enterprise="0999000129", vat=None),
        replace(US, enterprise="BE 0999.000.129", vat=None),
        replace(US, enterprise=None, vat="BE0999000129"),
        replace(US, enterprise=None, vat="0999.000.129"),
        replace(US, enterprise=None, vat=None, endpoint=("0208", "0999000129")),
        replace(US, enterprise=None, vat=None, endpoint=("9925", "BE0999000129")),
    ],
)
def test_the_administration_is_known_by_any_of_its_numbers_as_either_party(
    enterprise: str, vat: str, ours: object
) -> None:
    with open_new_books(has_chart=False) as books:
        Administration.objects.filter(domain_id=books.domain.id).update(enterprise_number=enterprise, vat_number=vat)

        bought = receive(books, invoice("1", customer=ours))  # type: ignore[arg-type]
        sold = receive(books, invoice("2", supplier=ours, customer=THEM))  # type: ignore[arg-type]

        assert (invoice_of(bought).side, invoice_of(sold).side) == (Side.PURCHASE, Side.SALE)
        assert invoice_of(bought).contact == invoice_of(sold).contact


@pytest.mark.django_db
def test_an_administration_without_numbers_is_never_taken_for_a_party_without_numbers() -> None:
    with open_new_books(has_chart=False) as books:
        Administration.objects.filter(domain_id=books.domain.id).update(enterprise_number="", vat_number="")

        arrived = receive(books, invoice(customer=replace(US, vat=None), supplier=replace(THEM, vat=None)))
        assert arrived.outcome == Outcome.ASK_SIDE
