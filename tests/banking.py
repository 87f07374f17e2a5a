"""Books with bank accounts, and what tests ask of them after statements came in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from tests.books import NOW, TODAY, Books, new_user, open_new_books
from tests.files import OUR_IBAN, THEIR_IBAN
from zelfboeken.access.models import DomainAssignment, Member, PortalMember, PortalRoleAssignment, RoleAssignment, User
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import Access, access_of, add_member
from zelfboeken.bank.models import BankAccount, BankLine, Statement
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.documents.models import Arrival
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.ledger.models import EntryLine, OpenItem
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.matching.facts import Decision
from zelfboeken.matching.models import LineProposal, Match
from zelfboeken.matching.services import Settled, Settlement, settle, stored_proposal
from zelfboeken.reports.verify import verify_domain

SAVINGS_IBAN = "BE60096123456870"
_count = itertools.count(1)


@contextmanager
def open_books_with_bank(*, savings: bool = False) -> Iterator[Books]:
    """New books with a current account, and a savings account when asked, their scope open."""
    with open_new_books() as books:
        add_account(books, OUR_IBAN, "Zichtrekening", "550000", "B1")
        if savings:
            add_account(books, SAVINGS_IBAN, "Spaarrekening", "550100", "B2")
        ContactBankAccount.objects.create(domain_id=books.domain.id, contact_id=books.contact_id, iban=THEIR_IBAN)
        yield books


def add_account(books: Books, iban: str, name: str, gl_code: str, journal_code: str) -> BankAccount:
    """One more bank account."""
    account = add_bank_account(
        access=books.access,
        administration_id=books.administration.id,
        iban=iban,
        name=name,
        gl_code=gl_code,
        journal_code=journal_code,
    )
    books.journals[journal_code] = account.journal_id
    return account


def take_in(books: Books, content: bytes, *, name: str = "bank.cod", access: Access | None = None) -> Arrived:
    """Hand in a file, as an upload does."""
    return receive_file(
        access=access or books.access,
        administration=books.administration,
        name=name,
        content=content,
        source=Arrival.Source.UPLOAD,
        at=NOW,
    )


def owed(
    books: Books,
    cents: int,
    number: str = "",
    *,
    structured: str = "",
    on: date = date(2026, 11, 2),
    contact_id: int | None = None,
) -> int:
    """Post a document that is open for this amount: a sale above zero, a purchase below. The id of its open item."""
    is_sale = cents > 0
    number = number or f"D2026-{next(_count):04d}"
    control = NewLine(
        books.accounts["400000" if is_sale else "440000"],
        max(cents, 0),
        max(-cents, 0),
        contact_id=contact_id or books.contact_id,
        document_number=number,
        structured=structured,
    )
    other = NewLine(books.accounts["700000" if is_sale else "613000"], max(-cents, 0), max(cents, 0))
    entry = books.entry(control, other, on_date=on, journal_id=books.journals["VK" if is_sale else "AK"])
    posted = post_entry(access=books.access, entry=entry, at=NOW)
    return OpenItem.objects.get(domain_id=books.domain.id, entry_id=posted.id).id


def new_contact(books: Books, name: str, iban: str = "") -> int:
    """One more contact; its id."""
    contact = Contact.objects.create(domain_id=books.domain.id, name=name)
    if iban:
        ContactBankAccount.objects.create(domain_id=books.domain.id, contact_id=contact.id, iban=iban)
    return contact.id


def member(books: Books, *roles: Role) -> tuple[User, Access]:
    """One more user of the domain with these roles, and what he may do."""
    n = next(_count)
    user = new_user(f"lid{n}@example.test", name=f"Lid {n}")
    add_member(domain=books.domain, user=user, roles=frozenset(roles))
    return user, access_of(user_id=user.id, slug=books.domain.slug, on=TODAY)


def add_roles(books: Books, *roles: Role) -> None:
    """Give the user of the books more roles."""
    own = Member.objects.get(domain=books.domain, user=books.user)
    RoleAssignment.objects.bulk_create(RoleAssignment(member=own, role=role.value) for role in roles)


def office_member(books: Books, *roles: PortalRole) -> tuple[User, Access]:
    """Somebody of the office with these portal roles, assigned to the domain, and what he may do there."""
    n = next(_count)
    user = new_user(f"kantoor{n}@example.test", name=f"Kantoor {n}")
    member = PortalMember.objects.create(user=user, portal=books.domain.portal)
    PortalRoleAssignment.objects.bulk_create(PortalRoleAssignment(member=member, role=role) for role in roles)
    DomainAssignment.objects.create(member=member, domain=books.domain, task=DomainAssignment.Task.RESPONSIBLE)
    return user, access_of(user_id=user.id, slug=books.domain.slug, on=TODAY)


def bank_lines(books: Books) -> list[BankLine]:
    """The bank lines in order of coming in."""
    return list(BankLine.objects.filter(domain_id=books.domain.id).order_by("id"))


def statements(books: Books) -> list[tuple[int | None, str]]:
    """Number and state of each statement, in order of coming in."""
    return list(Statement.objects.filter(domain_id=books.domain.id).order_by("id").values_list("number", "state"))


def proposal_of(books: Books, line: BankLine) -> Any:
    """What is proposed for a line."""
    stored = stored_proposal(access=books.access, bank_line_id=line.id)
    assert stored is not None
    return stored[0]


def accept(books: Books, *lines: BankLine, access: Access | None = None) -> list[Settled]:
    """Accept what is proposed for these lines."""
    settlements = []
    for line in lines:
        row = LineProposal.objects.get(domain_id=books.domain.id, bank_line_id=line.id)
        decision = proposal_of(books, line).decision
        assert decision is not None, proposal_of(books, line)
        settlements.append(Settlement(line.id, decision, row.version))
    return settle(access=access or books.access, settlements=settlements, at=NOW)


def decide(books: Books, line: BankLine, decision: Decision, *, access: Access | None = None) -> Settled:
    """Settle a line as decided."""
    [settled] = settle(access=access or books.access, settlements=[Settlement(line.id, decision)], at=NOW)
    return settled


def entry_of(books: Books, line: BankLine) -> list[tuple[str, int, int]]:
    """The entry that stands for a line: account, debit and credit of each line, in cents."""
    line.refresh_from_db()
    codes = {account_id: code for code, account_id in books.accounts.items()}
    rows = EntryLine.objects.filter(domain_id=books.domain.id, entry_id=line.entry_id).order_by("n")
    return [(codes[row.gl_account_id], row.debit_cents, row.credit_cents) for row in rows]


def open_cents(books: Books) -> list[int]:
    """What is open per item that is not settled, in order of making."""
    rows = OpenItem.objects.filter(domain_id=books.domain.id).order_by("id")
    return [row.amount_cents - row.matched_cents for row in rows if row.amount_cents != row.matched_cents]


def matches(books: Books) -> list[Match]:
    """The matches that stand, in order of making."""
    return list(Match.objects.filter(domain_id=books.domain.id, undone_at__isnull=True).order_by("id"))


def differences(books: Books) -> Sequence[object]:
    """What the verifier finds wrong in the domain."""
    return verify_domain(domain_id=books.domain.id).differences
