"""`zelfboeken import`: the intake of an upload, one JSON object a file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.books import NOW, Books, new_user, open_new_books
from tests.config.command import Ran, is_one_sentence, run
from tests.files import OGM, OUR_IBAN, invoice, movement, statement
from zelfboeken.access.models import AdministrationGrant, Member, RoleAssignment
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.audit.models import Event
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, approve, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.ledger.models import Entry, Period
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
FIELDS = ["file", "sha256", "state", "kind", "public_id", "findings", "booked", "reason"]


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        add_bank_account(
            access=made.access,
            administration_id=made.administration.id,
            iban=OUR_IBAN,
            name="Zichtrekening",
            gl_code="550000",
            journal_code="B1",
        )
        return made


@pytest.fixture
def take(books: Books, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Write these contents to files and import them."""

    def importing(*contents: bytes, options: tuple[object, ...] = (), name: str = "f") -> Ran:
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / f"{name}{number}"
            path.write_bytes(content)
            paths.append(path)
        return run(capsys, "import", *paths, "--domain", books.domain.slug, *options)

    return importing


def test_an_invoice_is_taken_in_and_told_with_every_promised_field(books: Books, take):
    content = invoice("2026-1187")

    ran = take(content)

    assert (ran.code, ran.err) == (0, "")
    (told,) = ran.rows
    assert list(told) == FIELDS
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert (told["state"], told["kind"], told["booked"]) == ("INVOICE", "purchase_invoice", False)
    assert told["reason"] == "Aankoop 2026-1187 van Verpakking Staal BV staat klaar."
    with domain_scope(books.domain.id):
        document = Document.objects.get(domain_id=books.domain.id)
        arrival = Arrival.objects.get(domain_id=books.domain.id)
    assert told["public_id"] == str(document.public_id)
    assert (arrival.source, arrival.arrived_by) == ("COMMAND", books.user.id)


def test_inv15_the_same_file_twice_is_already_received(books: Books, take):
    first, again = take(invoice()).rows[0], take(invoice(), name="andere-naam")

    assert again.code == 0
    (told,) = again.rows
    assert (told["state"], told["kind"], told["public_id"]) == ("REPEATED", "purchase_invoice", first["public_id"])
    assert "is al ontvangen op" in told["reason"]
    with domain_scope(books.domain.id):
        assert Document.objects.filter(domain_id=books.domain.id).count() == 1
        assert Arrival.objects.filter(domain_id=books.domain.id).count() == 2


def test_files_of_every_kind_at_once_each_get_their_line(take):
    ran = take(
        invoice("A-1"),
        b"%PDF-1.7 niets",
        b"",
        statement(movement(-4_500, text="DIVERSE")),
        invoice("CN-1", kind="CREDIT_NOTE"),
    )

    assert ran.code == 2
    assert [(row["state"], row["kind"]) for row in ran.rows] == [
        ("INVOICE", "purchase_invoice"),
        ("UNREADABLE", None),
        ("REFUSED", None),
        ("BANK", "bank"),
        ("INVOICE", "purchase_credit_note"),
    ]
    assert ran.rows[2]["reason"] == "Dit bestand is leeg. Kies een ander bestand."


def test_a_file_that_is_not_there_is_told_and_the_next_is_taken_in(books: Books, tmp_path: Path, capsys):
    (tmp_path / "b.xml").write_bytes(invoice())

    ran = run(capsys, "import", tmp_path / "a.xml", tmp_path, tmp_path / "b.xml", "--domain", books.domain.slug)

    assert ran.code == 2
    assert [row["state"] for row in ran.rows] == ["REFUSED", "REFUSED", "INVOICE"]
    assert [row["sha256"] is None for row in ran.rows] == [True, True, False]


def learn(books: Books, take) -> None:
    """Book four invoices of the supplier by hand on one account, so that the next one is certain."""
    take(*(invoice(f"2026-20{n}", net=f"10{n}.00") for n in range(4)), name="eerder")
    with domain_scope(books.domain.id):
        for waiting in Proposal.objects.filter(domain_id=books.domain.id).order_by("id"):
            changed = change_lines(
                access=books.access,
                proposal_id=waiting.id,
                version=waiting.version,
                on_date=waiting.on_date,
                lines=tuple(replace(line, gl_code="601000") for line in lines_from_json(waiting.lines)),
                at=NOW,
            )
            approve(access=books.access, approvals=[Approval(changed.id, changed.version)], at=NOW)


def entries(books: Books) -> int:
    with domain_scope(books.domain.id):
        return Entry.objects.filter(domain_id=books.domain.id).count()


CERTAIN = ("--book", "certain")


def test_what_is_certain_is_booked_when_asked_and_what_is_not_waits(books: Books, take):
    (unsure,) = take(invoice("2026-100"), options=CERTAIN).rows
    assert (unsure["state"], unsure["booked"]) == ("INVOICE", False)
    learn(books, take)
    before = entries(books)

    ran = take(invoice("2026-300", net="50.00"), name="zeker", options=CERTAIN)

    assert ran.code == 0
    assert ran.rows[0]["booked"] is True
    assert entries(books) == before + 1
    again = take(invoice("2026-300", net="50.00"), name="nogmaals", options=CERTAIN)
    assert (again.rows[0]["state"], again.rows[0]["booked"]) == ("REPEATED", True)
    assert entries(books) == before + 1


def test_inv19_a_suspected_duplicate_is_taken_in_and_not_booked(books: Books, take):
    learn(books, take)
    before = entries(books)

    (told,) = take(invoice("2026 200", net="50.00"), name="dubbel", options=CERTAIN).rows

    assert (told["state"], told["booked"]) == ("INVOICE", False)
    assert entries(books) == before


def test_inv12_what_the_books_refuse_is_taken_in_all_the_same_with_the_reason(books: Books, take):
    learn(books, take)
    with domain_scope(books.domain.id):
        Period.objects.filter(domain_id=books.domain.id).update(state="CLOSED")
    before = entries(books)

    ran = take(invoice("2026-300", net="50.00"), name="gesloten", options=CERTAIN)

    assert ran.code == 0
    assert (ran.rows[0]["state"], ran.rows[0]["booked"]) == ("INVOICE", False)
    assert "afgesloten" in ran.rows[0]["reason"]
    assert entries(books) == before
    with domain_scope(books.domain.id):
        assert Document.objects.filter(domain_id=books.domain.id, public_id=ran.rows[0]["public_id"]).exists()


def test_a_statement_whose_lines_are_all_matched_by_themselves_is_booked(books: Books, take):
    take(invoice("2026-1187", structured=OGM))
    with domain_scope(books.domain.id):
        waiting = Proposal.objects.get(domain_id=books.domain.id)
        approve(access=books.access, approvals=[Approval(waiting.id, waiting.version)], at=NOW)

    paid, unknown = movement(-12_100, structured=OGM), movement(-4_500, text="DIVERSE")
    first = take(statement(paid), name="bank", options=CERTAIN)
    second = take(statement(unknown, number=2, opening_cents=-12_100), name="bank2", options=CERTAIN)

    assert (first.rows[0]["state"], first.rows[0]["booked"]) == ("BANK", True)
    assert (second.rows[0]["state"], second.rows[0]["booked"]) == ("BANK", False)


# In whose name


def test_without_a_user_the_owner_does_it_and_what_he_may_not_the_first_who_may(books: Books, take):
    owner = new_user("directie@example.test", name="Dirk Directie")
    add_member(domain=books.domain, user=owner, is_owner=True)

    take(invoice("A-1"))
    take(invoice("A-2", net="20.00"), name="g", options=CERTAIN)

    with domain_scope(books.domain.id):
        by = Arrival.objects.filter(domain_id=books.domain.id).order_by("id").values_list("arrived_by", flat=True)
        assert list(by) == [owner.id, books.user.id]


def test_inv24_a_user_who_may_not_is_refused_with_the_reason_and_it_is_written(books: Books, take):
    viewer = new_user("kijker@example.test")
    add_member(domain=books.domain, user=viewer, roles=frozenset({Role.VIEWER}))

    ran = take(invoice(), options=("--user", viewer.email))

    assert is_one_sentence(ran)
    assert ran.err.startswith("Je rol laat niet toe om documenten aan te leveren.")
    with domain_scope(books.domain.id):
        event = Event.objects.get(domain_id=books.domain.id, action="refused")
        assert not Document.objects.filter(domain_id=books.domain.id).exists()
    assert (event.subject, event.actor_id, event.detail["right"]) == ("import f0", viewer.id, "document.deliver")
    assert f"(nummer {event.detail['reference']})" in ran.err


def test_inv20_booking_without_the_right_is_refused_before_the_file_is_taken_in(books: Books, take):
    RoleAssignment.objects.update(state="WITHDRAWN")

    ran = take(invoice(), options=CERTAIN)

    assert is_one_sentence(ran)
    assert ran.err.startswith("Je hebt de rol Backoffice niet.")
    with domain_scope(books.domain.id):
        assert not Document.objects.filter(domain_id=books.domain.id).exists()


def test_the_administration_is_chosen_by_name_or_id_and_only_one_that_is_reached(books: Books, take):
    with domain_scope(books.domain.id):
        second = Administration.objects.create(domain=books.domain, name="Tweede")
    user = new_user("deel@example.test")
    member = add_member(domain=books.domain, user=user, roles=frozenset({Role.FINANCE}))
    Member.objects.filter(id=member.id).update(reaches_all=False)
    AdministrationGrant.objects.create(member=member, administration_id=second.id)

    take(b"een", options=("--administration", "Tweede"), name="a")
    take(b"twee", options=("--administration", second.public_id), name="b")
    take(b"drie", options=("--user", user.email), name="c")
    refused = take(b"vier", options=("--user", user.email, "--administration", books.administration.name), name="d")

    with domain_scope(books.domain.id):
        stored = Document.objects.filter(domain_id=books.domain.id).values_list("administration_id", flat=True)
        assert list(stored) == [second.id] * 3
    assert is_one_sentence(refused)
    assert refused.err.strip() == f"Er is geen administratie {books.administration.name} in {books.domain.slug}."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--domain", "bestaat-niet"), "Er is geen domein bestaat-niet"),
        (("--domain", "bestaat-niet", "--user", "user1@example.test"), "Er is geen"),
        (("--user", "niemand@example.test"), "Er is geen gebruiker niemand@example.test"),
        (("--administration", "Derde"), "Er is geen administratie Derde"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(take, options: tuple[str, ...], sentence: str):
    ran = take(invoice(), options=options)

    assert is_one_sentence(ran)
    assert ran.err.startswith(sentence)


@pytest.mark.parametrize("options", [("--book", "everything"), ("--unknown",)])
def test_wrong_arguments_are_refused_with_the_usage(take, options: tuple[str, ...]):
    ran = take(invoice(), options=options)

    assert ran.code == 2
    assert ran.err.startswith("usage: zelfboeken")
