"""The page of the bank accounts: adding one by its number, with what waited for it, and what is refused."""

from __future__ import annotations

import pytest

from tests.books import Books, open_new_books
from tests.files import OUR_IBAN, movement, statement
from tests.portal.pages import address, browser_of
from tests.portal.test_documents import hand_in, told
from zelfboeken.access.models import RoleAssignment
from zelfboeken.audit.models import Event
from zelfboeken.bank.models import BankAccount, BankLine
from zelfboeken.documents.models import Document
from zelfboeken.documents.storage import _path
from zelfboeken.inbox.models import Reading
from zelfboeken.ledger.models import GLAccount, Journal
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

OTHER_IBAN = "BE49999000000171"


@pytest.fixture
def books() -> Books:
    with open_new_books() as made:
        return made


def form(iban: str = OUR_IBAN, name: str = "Zichtrekening", kind: str = "CURRENT") -> dict[str, str]:
    return {"iban": iban, "name": name, "kind": kind}


def accounts(books: Books) -> list[tuple[str, str, str]]:
    with domain_scope(books.domain.id):
        return [
            (one.iban, one.gl_account.code, one.journal.code)
            for one in BankAccount.objects.select_related("gl_account", "journal").order_by("id")
        ]


def test_each_account_gets_the_next_gl_account_and_journal_of_its_kind(books: Books):
    client = browser_of(books.user)
    url = address(books, "bank/rekeningen/")

    assert (
        client.post(url, form("BE22 6792 0030 0047" if OUR_IBAN != "BE22679200300047" else OUR_IBAN)).status_code == 303
    )
    assert client.post(url, form(OTHER_IBAN, "Tweede zicht")).status_code == 303
    assert client.post(url, form("NL91ABNA0417164300", "Spaar", "SAVINGS")).status_code == 303

    assert [row[1:] for row in accounts(books)] == [("550000", "B1"), ("550001", "B2"), ("550100", "B3")]
    with domain_scope(books.domain.id):
        assert GLAccount.objects.get(code="550001").name_nl == "Bank - zichtrekening 0171"
        assert Journal.objects.get(code="B2").name == "Tweede zicht"
        assert Event.objects.filter(domain_id=books.domain.id, action="bank_account.added").count() == 3


def test_a_statement_that_came_before_its_account_is_in_once_the_account_is_added(books: Books):
    client = browser_of(books.user)
    answer = hand_in(client, books, ("bank.cod", statement(movement(-100), iban=OTHER_IBAN)))
    assert f"Rekening {OTHER_IBAN} is nog niet gekend." in told(client, answer)
    shown = client.get(answer.headers["Location"])
    assert f'value="{OTHER_IBAN}"' in shown.content.decode()

    added = client.post(address(books, "bank/rekeningen/"), form(OTHER_IBAN))

    assert "1 afschrift dat erop wachtte, is binnen." in told(client, added)
    with domain_scope(books.domain.id):
        assert [line.amount_cents for line in BankLine.objects.all()] == [-100]
    assert "Zichtrekening ·· 0171" in client.get(address(books, "bank/")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"iban": "BE00000000000000"}, "is geen geldig rekeningnummer"),
        ({"iban": ""}, "is geen geldig rekeningnummer"),
        ({"name": " "}, "Geef de rekening een naam"),
        ({"kind": "CASH"}, "Kies zichtrekening of spaarrekening."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    books: Books, wrong: dict[str, str], sentence: str
):
    client = browser_of(books.user)
    answer = client.post(address(books, "bank/rekeningen/"), {**form(name="Mijn rekening"), **wrong})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert wrong.get("name", "Mijn rekening") == " " or 'value="Mijn rekening"' in page
    assert accounts(books) == []


def test_the_same_number_is_added_once_in_a_domain(books: Books):
    client = browser_of(books.user)
    client.post(address(books, "bank/rekeningen/"), form())

    again = client.post(address(books, "bank/rekeningen/"), form(name="Nog eens"))

    assert again.status_code == 422
    assert "staat al in dit domein" in again.content.decode()
    assert len(accounts(books)) == 1


def test_who_only_looks_sees_the_accounts_and_no_form(books: Books):
    browser_of(books.user).post(address(books, "bank/rekeningen/"), form())
    RoleAssignment.objects.filter(member__user=books.user).update(role="VIEWER")
    client = browser_of(books.user)

    page = client.get(address(books, "bank/rekeningen/"))
    refused = client.post(address(books, "bank/rekeningen/"), form(OTHER_IBAN))

    assert page.status_code == 200
    assert "Zichtrekening" in page.content.decode()
    assert 'name="iban"' not in page.content.decode()
    assert refused.status_code == 403
    assert len(accounts(books)) == 1


def test_a_file_that_is_lost_keeps_what_was_told_of_it_and_can_be_read_again_later(books: Books):
    client = browser_of(books.user)
    hand_in(client, books, ("een.cod", statement(movement(-100), iban=OTHER_IBAN)))
    with domain_scope(books.domain.id):
        path = _path(books.domain.id, Document.objects.get(domain_id=books.domain.id).sha256)
    content = path.read_bytes()
    path.unlink()

    added = client.post(address(books, "bank/rekeningen/"), form(OTHER_IBAN))

    assert "1 bestand wacht nog." in told(client, added)
    with domain_scope(books.domain.id):
        reading = Reading.objects.get(domain_id=books.domain.id)
        assert (reading.outcome, "nog niet gekend" in reading.reason) == ("BANK", True)
    page = client.get(address(books, "bank/rekeningen/")).content.decode()
    assert "Lees 1 bestand opnieuw" in page

    path.write_bytes(content)
    again = client.post(address(books, "bank/rekeningen/"), {"read": OTHER_IBAN})

    assert "1 afschrift dat erop wachtte, is binnen." in told(client, again)
    assert "Lees 1 bestand opnieuw" not in client.get(address(books, "bank/rekeningen/")).content.decode()
    with domain_scope(books.domain.id):
        assert [line.amount_cents for line in BankLine.objects.all()] == [-100]


def test_reading_again_for_an_account_that_is_not_there_is_like_any_unknown_object(books: Books):
    client = browser_of(books.user)

    assert client.post(address(books, "bank/rekeningen/"), {"read": OTHER_IBAN}).status_code == 404


def test_a_number_that_is_no_iban_is_told_so_and_nobody_is_sent_to_add_it(books: Books):
    client = browser_of(books.user)
    answer = hand_in(client, books, ("bank.cod", statement(movement(-100), iban="BE49999000000172")))

    assert "BE49999000000172 is geen IBAN" in told(client, answer)
    assert "rekeningen" not in answer.headers["Location"]
