"""Two administrations with a bank account each, for tests that book, pay and close at random or at the same time."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

from tests.books import NOW, Books, fill_books, new_domain, office_access
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankAccount, BankLine, Statement, StatementState
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.documents.models import Document
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.services import changed

IBANS = ("BE71096123456769", "BE60096123456870")
_line = itertools.count(1)


@dataclass
class Stage:
    """Two administrations of a domain, each with a bank account; a user who books and a controller who closes."""

    books: tuple[Books, Books]
    accounts: tuple[BankAccount, BankAccount]
    statements: tuple[Statement, Statement]
    controller: Access

    @property
    def domain(self) -> int:
        return self.books[0].domain.id

    def bank_line(self, place: int, on: date, cents: int) -> int:
        """A new line of the one statement of an administration's account; its id."""
        n = next(_line)
        changed("bank")
        BankLine.objects.create(
            domain_id=self.domain,
            administration_id=self.books[place].administration.id,
            bank_account_id=self.accounts[place].id,
            statement_id=self.statements[place].id,
            n=n,
            booked_on=on,
            amount_cents=cents,
            content_hash=n.to_bytes(32, "big"),
            occurrence=1,
        )
        return int(BankLine.objects.get(domain_id=self.domain, content_hash=n.to_bytes(32, "big")).id)


def new_stage() -> Stage:
    """A stage in a domain of its own."""
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = (fill_books(domain, user), fill_books(domain, user))
        accounts, statements = [], []
        for own, iban in zip(books, IBANS, strict=True):
            account = add_bank_account(
                access=own.access,
                administration_id=own.administration.id,
                iban=iban,
                name="Zichtrekening",
                gl_code="550000",
                journal_code="B1",
            )
            document = Document.objects.create(
                domain=domain,
                administration_id=own.administration.id,
                sha256=f"{account.id:064x}",
                size=0,
                name="bank.cod",
                received_at=NOW,
            )
            document = Document.objects.get(domain=domain, sha256=document.sha256)
            Statement.objects.create(
                domain=domain,
                administration_id=own.administration.id,
                bank_account_id=account.id,
                document_id=document.id,
                year=2026,
                number=1,
                on_date=date(2026, 1, 1),
                opening_cents=0,
                closing_cents=0,
                state=StatementState.ACCEPTED,
            )
            accounts.append(account)
            statements.append(Statement.objects.get(domain=domain, bank_account_id=account.id))
        changed("documents", "bank")
        controller = office_access(domain, PortalRole.CONTROLLER)
    return Stage(books, (accounts[0], accounts[1]), (statements[0], statements[1]), controller)
