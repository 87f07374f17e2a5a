"""The database's own guards of payments: each refuses by itself, and without it the wrong thing gets in."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests.banking import differences, member, open_books_with_bank, owed
from tests.books import NOW, TODAY, Books
from tests.files import OUR_IBAN
from zelfboeken.access.rights import Role
from zelfboeken.bank.models import BankAccount
from zelfboeken.payments.models import PaymentFormat
from zelfboeken.payments.services import Wanted, approve, prepare
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow

_DECIDE = (
    "INSERT INTO payments_filedecision (domain_id, file_id, kind, position, prepared_by, decided_by, decided_by_name, "
    "decided_at, reason) SELECT domain_id, id, '{kind}', {position}, {prepared_by}, {decided_by}, '', now(), '' "
    "FROM payments_paymentfile WHERE domain_id = %s AND number = {number}"
)
# Two files: the first was approved, the second waits.
ATTACKS = {
    "open_item_is_planned_once": (
        "payments_plannedpayment",
        "INSERT INTO payments_plannedpayment (domain_id, open_item_id, payment_id) SELECT domain_id, open_item_id, "
        "payment_id FROM payments_plannedpayment WHERE domain_id = %s",
    ),
    "planned_payment_is_of_its_item": (
        "payments_plannedpayment",
        "INSERT INTO payments_plannedpayment (domain_id, open_item_id, payment_id) SELECT n.domain_id, o.id, "
        "n.payment_id FROM payments_plannedpayment n JOIN ledger_openitem o ON o.domain_id = n.domain_id "
        "WHERE n.domain_id = %s AND o.document_number = 'VRIJ' LIMIT 1",
    ),
    "payment_is_not_approved_by_its_preparer": (
        "payments_filedecision",
        _DECIDE.format(kind="APPROVED", position=1, prepared_by="prepared_by", decided_by="prepared_by", number=2),
    ),
    "payment_decision_tells_the_preparer": (
        "payments_filedecision",
        _DECIDE.format(kind="APPROVED", position=1, prepared_by="0", decided_by="prepared_by", number=2),
    ),
    "payment_decision_is_known": (
        "payments_filedecision",
        _DECIDE.format(kind="APPROVED", position=2, prepared_by="prepared_by", decided_by="0", number=2),
    ),
    "payment_file_is_decided_once": (
        "payments_filedecision",
        _DECIDE.format(
            kind="WITHDRAWN", position="generate_series(1, 2)", prepared_by="prepared_by", decided_by="0", number=2
        ),
    ),
    "payment_decision_has_its_place": (
        "payments_filedecision",
        _DECIDE.format(kind="WITHDRAWN", position=1, prepared_by="prepared_by", decided_by="0", number=1),
    ),
    "payment_file_number_is_once": (
        "payments_paymentfile",
        "INSERT INTO payments_paymentfile (domain_id, public_id, administration_id, bank_account_id, number, pays_on, "
        "format, payer_name, payer_enterprise_number, payer_iban, prepared_by, prepared_by_name, prepared_at) "
        "SELECT domain_id, gen_random_uuid(), administration_id, bank_account_id, number, pays_on, format, '', '', '', "
        "0, '', now() FROM payments_paymentfile WHERE domain_id = %s LIMIT 1",
    ),
    "payment_has_an_amount": (
        "payments_payment",
        "INSERT INTO payments_payment (domain_id, administration_id, file_id, n, open_item_id, contact_id, name, iban, "
        "amount_cents, document_number, structured, text, times_paid) SELECT p.domain_id, p.administration_id, "
        "p.file_id, 9, o.id, p.contact_id, '', '', -1, '', '', '', 0 FROM payments_payment p JOIN ledger_openitem o "
        "ON o.domain_id = p.domain_id WHERE p.domain_id = %s AND o.document_number = 'VRIJ' LIMIT 1",
    ),
}


@pytest.fixture
def books(own_database: Urls) -> Books:
    """Books with a payment file that was approved and one that waits, committed."""
    with open_books_with_bank() as made:
        items = [owed(made, -12_100), owed(made, -5_000)]
        owed(made, -300, "VRIJ")
        account = BankAccount.objects.get(domain_id=made.domain.id, iban=OUR_IBAN)
        files = [
            prepare(
                access=made.access,
                administration_id=made.administration.id,
                bank_account_id=account.id,
                pays_on=TODAY,
                wanted=[Wanted(item)],
                payment_format=PaymentFormat.PAIN_001_09,
                at=NOW,
                today=TODAY,
            )
            for item in items
        ]
        approve(
            access=member(made, Role.MANAGEMENT)[1],
            administration_id=made.administration.id,
            public_id=str(files[0].public_id),
            at=NOW,
        )
        return made


def attack(books: Books, statement_sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement_sql, [books.domain.id])
        assert cursor.rowcount > 0


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_each_guard_refuses_by_itself_and_without_it_the_wrong_thing_gets_in(
    books: Books, own_database: Urls, name: str
):
    table, wrong = ATTACKS[name]
    with pytest.raises(IntegrityError, match=name), domain_scope(books.domain.id):
        attack(books, wrong)
    connection.close()
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")  # type: ignore[arg-type]

    with domain_scope(books.domain.id):
        attack(books, wrong)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("bent", "text"),
    [
        (
            "UPDATE payments_payment SET amount_cents = 12101 WHERE amount_cents = 12100",
            "pays 12101 of a debt of 12100",
        ),
        ("UPDATE payments_payment SET n = 2 WHERE amount_cents = 5000", "has 1 payments, numbered to 2"),
        ("DELETE FROM payments_payment WHERE amount_cents = 5000", "has 0 payments, numbered to 0"),
        (
            _DECIDE.format(kind="WITHDRAWN", position=1, prepared_by="prepared_by", decided_by="0", number=2).replace(
                "domain_id = %s", "domain_id > 0"
            ),
            "is planned, and its file was taken back",
        ),
    ],
)
def test_verify_names_a_payment_file_that_somebody_bent(books: Books, own_database: Urls, bent: str, text: str):
    with domain_scope(books.domain.id):
        assert differences(books) == ()
    connection.close()
    with psycopg.connect(own_database.admin) as superuser:
        superuser.execute("SET session_replication_role = replica")
        assert superuser.execute(bent).rowcount == 1  # type: ignore[arg-type]

    with domain_scope(books.domain.id):
        found = differences(books)

    assert [one.check for one in found] == ["payments"]  # type: ignore[attr-defined]
    assert found[0].text.endswith(text)  # type: ignore[attr-defined]
