"""Booking the demo's year through the real services, and keeping the score of what needed no hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from allauth.mfa.models import Authenticator

from zelfboeken.access.models import PortalMember, PortalRoleAssignment, User
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import Access, access_of, add_member
from zelfboeken.bank.models import BankLine
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.rules import DraftLine
from zelfboeken.booking.services import Approval, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.contacts.models import Contact
from zelfboeken.contacts.services import PartyFacts, contact_for
from zelfboeken.demo.customers import BAKERY, CURRENT_IBAN, SAVINGS_IBAN
from zelfboeken.demo.logins import OFFICE_USER, PASSWORD, SLUG, USERS
from zelfboeken.demo.payments import TRADERS
from zelfboeken.demo.score import Outcome, Score, bank_line_outcome, document_outcome, scores
from zelfboeken.demo.truth import (
    Allocation,
    CodedLine,
    DemoDocument,
    DemoEntry,
    DemoStatement,
    DocumentTruth,
    GLAmount,
    LineTruth,
    OpeningItem,
    Year,
)
from zelfboeken.documents.models import Arrival
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.ledger.models import JournalKind, OpenItem
from zelfboeken.ledger.opening import open_books
from zelfboeken.ledger.queries import chart_of
from zelfboeken.ledger.rules import NewEntry, NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.matching.facts import Allocation as Settling
from zelfboeken.matching.facts import Decision, GLShare
from zelfboeken.matching.models import Match
from zelfboeken.matching.services import Settlement, settle, stored_proposal
from zelfboeken.portal.accounts import DEMO_SECRET, SecondFactors
from zelfboeken.tenancy.models import Administration, Bundle, Domain, Lifecycle, Portal, VatRegime
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class Met:
    """A document or bank line of the year, and what became of it without a hand.

    `kind` is the side of a document or the way a bank line pays. `is_right_as_proposed` also counts what a person had
    to confirm but not to change; `is_automatic` what was booked before anybody saw it.
    """

    kind: str
    on: date
    outcome: Outcome
    is_right_as_proposed: bool
    is_automatic: bool = False


@dataclass
class Tally:
    """What was met, in order."""

    documents: list[Met] = field(default_factory=list)
    bank_lines: list[Met] = field(default_factory=list)

    def document_scores(self) -> dict[str, Score]:
        """The score per side of the documents."""
        return scores((one.kind, one.outcome) for one in self.documents)

    def bank_scores(self) -> dict[str, Score]:
        """The score per way of paying."""
        return scores((one.kind, one.outcome) for one in self.bank_lines)


@dataclass(frozen=True)
class DemoBooks:
    """The demo's domain and administration."""

    domain: Domain
    administration_id: int
    user: User

    @contextmanager
    def open(self, on: date) -> Iterator[Access]:
        """The domain opened by the Backoffice user on a day."""
        access = access_of(user_id=self.user.id, slug=self.domain.slug, on=on)
        with domain_scope(self.domain.id):
            yield access


def make_portal(*, slug: str = SLUG, year: int = 2026) -> DemoBooks:
    """The demo's office, domain, users and empty books."""
    portal, _ = Portal.objects.get_or_create(slug="kantoor", defaults={"name": "Kantoor Voorbeeld"})
    domain = Domain.objects.create(
        portal=portal,
        slug=slug,
        name=BAKERY.name,
        bundle=Bundle.MEDIUM,
        lifecycle=Lifecycle.ACTIVE,
        is_authorised=True,
    )
    users = []
    for email, name, roles, is_owner in USERS:
        user = User.objects.create_user(_address(email, slug), PASSWORD, name=name)
        add_member(domain=domain, user=user, roles=roles, is_owner=is_owner)
        users.append(user)
    office = User.objects.create_user(_address(OFFICE_USER[0], slug), PASSWORD, name=OFFICE_USER[1])
    give_demo_factor(office)
    member = PortalMember.objects.create(user=office, portal=portal)
    PortalRoleAssignment.objects.create(member=member, role=PortalRole.PORTAL_ADMIN)
    with domain_scope(domain.id):
        access = access_of(user_id=users[0].id, slug=slug, on=date(year, 1, 1))
        administration = Administration.objects.create(
            domain=domain,
            name=BAKERY.name,
            enterprise_number=(BAKERY.vat or "").removeprefix("BE"),
            vat_number=BAKERY.vat or "",
            vat_regime=VatRegime.QUARTERLY,
            is_default=True,
        )
        open_books(access=access, administration=administration, first_year=year)
        for iban, name, gl_code, code in (
            (CURRENT_IBAN, "Zichtrekening", "550000", "B1"),
            (SAVINGS_IBAN, "Spaarrekening", "550100", "B2"),
        ):
            add_bank_account(
                access=access,
                administration_id=administration.id,
                iban=iban,
                name=name,
                gl_code=gl_code,
                journal_code=code,
            )
    return DemoBooks(domain, administration.id, users[0])


def give_demo_factor(user: User) -> None:
    """The second factor that staff of an office needs; its secret is no secret, so only a demo accepts it."""
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": SecondFactors().encrypt(DEMO_SECRET)}
    )


def _address(email: str, slug: str) -> str:
    return email if slug == SLUG else email.replace("@", f"+{slug}@")


def book_year(books: DemoBooks, year: Year, *, tally: Tally | None = None) -> Tally:
    """Book everything in order of date, by the services a person uses: accept what is right, correct what is not."""
    tally = tally or Tally()
    entries = {entry.on: [one for one in year.entries if one.on == entry.on] for entry in year.entries}
    days = sorted({one.issued_on for one in year.documents} | {one.date for one in year.statements} | set(entries))
    keys = _Keys(books, year)
    for day in days:
        for entry in entries.get(day, []):
            _post(books, entry, year.opening_items if entry.kind == "OPENING" else (), keys)
        documents = [one for one in year.documents if one.issued_on == day]
        statements = [one for one in year.statements if one.date == day]
        for document in documents:
            _book_document(books, document, tally, keys)
        for statement in statements:
            _book_statement(books, statement, tally, keys)
    return tally


def deliver(books: DemoBooks, year: Year) -> None:
    """Hand in files without booking them: the work that is left for the visitor."""
    for document in year.documents:
        with books.open(document.issued_on) as access:
            _receive(access, books, document.file_name, document.content, document.issued_on)
    for statement in year.statements:
        with books.open(statement.date) as access:
            _receive(access, books, statement.file_name, statement.content, statement.date)


class _Keys:
    """From the truth's keys of documents to contacts and open items."""

    def __init__(self, books: DemoBooks, year: Year) -> None:
        self.books = books
        self.items: dict[str, int] = {}
        self.documents = {**{one.key: one.truth for one in year.documents}}

    def remember(self, key: str, entry_id: int, number: str = "") -> None:
        found = OpenItem.objects.filter(domain_id=self.books.domain.id, entry_id=entry_id)
        if number:
            found = found.filter(document_number=number)
        item = found.first()
        if item is not None:
            self.items[key] = item.id


def _moment(on: date) -> datetime:
    return datetime.combine(on, time(9, 0), tzinfo=UTC) + timedelta(minutes=1)


def _receive(access: Access, books: DemoBooks, name: str, content: bytes, on: date) -> Arrived:
    administration = Administration.objects.get(domain_id=books.domain.id, id=books.administration_id)
    return receive_file(
        access=access,
        administration=administration,
        name=name,
        content=content,
        source=Arrival.Source.UPLOAD,
        at=_moment(on),
    )


def _post(books: DemoBooks, entry: DemoEntry, opening: tuple[OpeningItem, ...], keys: _Keys) -> None:
    with books.open(entry.on) as access:
        chart = chart_of(domain_id=books.domain.id, administration_id=books.administration_id)
        lines = [
            NewLine(chart.account_id(one.gl_code), one.debit_cents, one.credit_cents)
            for one in entry.lines
            if not (opening and one.gl_code in {"400000", "440000"})
        ]
        for item in opening:
            lines.append(
                _opening_line(access, item, chart.account_id("440000" if item.side == "PURCHASE" else "400000"))
            )
        journal = JournalKind.OPENING if entry.kind == "OPENING" else JournalKind.MISCELLANEOUS
        posted = post_entry(
            access=access,
            entry=NewEntry(
                administration_id=books.administration_id,
                journal_id=chart.journals[journal],
                on_date=entry.on,
                subject=f"{entry.kind}:{entry.on.isoformat()}:{entry.description}",
                description=entry.description,
                lines=tuple(lines),
            ),
            at=_moment(entry.on),
        )
        for item in opening:
            keys.remember(item.key, posted.id, item.number)


def _opening_line(access: Access, item: OpeningItem, account_id: int) -> NewLine:
    vat = item.contact_vat or ""
    party = PartyFacts(
        name=TRADERS[item.contact].party.name,
        enterprise_number=vat.removeprefix("BE") if vat.startswith("BE") else "",
        vat_number=vat,
        iban=item.contact_iban or "",
        country=vat[:2],
    )
    contact = contact_for(access=access, party=party).contact
    debit = item.total_cents if item.side == "SALE" else 0
    return NewLine(
        account_id,
        debit,
        item.total_cents - debit,
        description=f"{item.contact} {item.number}",
        contact_id=contact.id,
        due_on=item.due_on,
        document_number=item.number,
        structured=item.structured or "",
    )


def _book_document(books: DemoBooks, document: DemoDocument, tally: Tally, keys: _Keys) -> None:
    with books.open(document.issued_on) as access:
        arrived = _receive(access, books, document.file_name, document.content, document.issued_on)
        assert arrived.invoice is not None, arrived.text
        proposal = proposal_of(access=access, invoice=arrived.invoice)
        proposed = [
            CodedLine(one.gl_code, one.vat_code, one.net_cents, one.deductible_percent, one.description)
            for one in lines_from_json(proposal.lines)
        ]
        outcome = document_outcome(document.truth, proposed if proposal.is_ready else None)
        is_right = document_outcome(document.truth, proposed) == "RIGHT"
        tally.documents.append(Met(document.side, document.issued_on, outcome, is_right))
        if not is_right:
            proposal = _correct(access, proposal, document.truth)
        [booked] = book_invoices(
            access=access, approvals=[Approval(proposal.id, proposal.version)], at=_moment(document.issued_on)
        )
        keys.remember(document.key, booked.entry.id)


def _correct(access: Access, proposal: Proposal, truth: DocumentTruth) -> Proposal:
    lines = tuple(
        DraftLine(one.gl_code, one.vat_code, one.net_cents, one.deductible_percent, one.description)
        for one in truth.lines
    )
    return change_lines(
        access=access,
        proposal_id=proposal.id,
        version=proposal.version,
        on_date=proposal.on_date,
        lines=lines,
        at=_moment(truth.issued_on),
    )


def _book_statement(books: DemoBooks, statement: DemoStatement, tally: Tally, keys: _Keys) -> None:
    with books.open(statement.date) as access:
        arrived = _receive(access, books, statement.file_name, statement.content, statement.date)
        [imported] = arrived.statements
        assert imported.statement is not None and not imported.problem, (statement.file_name, imported.problem)
        rows = list(
            BankLine.objects.filter(domain_id=books.domain.id, statement_id=imported.statement.id).order_by("n")
        )
        for row, truth in zip(rows, statement.lines, strict=True):
            _book_line(books, access, row, truth, tally, keys, statement.date)


def _book_line(
    books: DemoBooks, access: Access, row: BankLine, truth: LineTruth, tally: Tally, keys: _Keys, on: date
) -> None:
    true_decision = _true_decision(books, truth, keys)
    if row.entry_id is not None:
        # Settled by itself: judged by what it was matched with.
        outcome = _automatic_outcome(books, row, truth, keys)
        tally.bank_lines.append(Met(truth.how, on, outcome, outcome == "RIGHT", is_automatic=True))
        return
    stored = stored_proposal(access=access, bank_line_id=row.id)
    decision = stored[0].decision if stored and stored[0].group == "READY" else None
    outcome = _outcome(decision, truth, keys)
    tally.bank_lines.append(Met(truth.how, on, outcome, outcome == "RIGHT"))
    chosen = decision if outcome == "RIGHT" and decision is not None else true_decision
    settle(access=access, settlements=[Settlement(row.id, chosen)], at=_moment(on))


def _automatic_outcome(books: DemoBooks, row: BankLine, truth: LineTruth, keys: _Keys) -> Outcome:
    names = {item_id: key for key, item_id in keys.items.items()}
    matched = [
        Allocation(names.get(one.item_id, "?"), one.amount_cents if row.amount_cents > 0 else -one.amount_cents)
        for one in Match.objects.filter(domain_id=books.domain.id, bank_line_id=row.id, undone_at__isnull=True)
    ]
    gl_lines = truth.gl_lines if truth.kind == "TRANSFER" else ()
    return bank_line_outcome(truth, matched, gl_lines)


def _outcome(decision: Decision | None, truth: LineTruth, keys: _Keys) -> Outcome:
    if decision is None:
        return "ASKED"
    names = {item_id: key for key, item_id in keys.items.items()}
    # An item that no document made is what an earlier payment left open: settling it is giving that back.
    left_open = sum(one.cents for one in decision.allocations if one.item_id not in names)
    return bank_line_outcome(
        truth,
        [Allocation(names[one.item_id], one.cents) for one in decision.allocations if one.item_id in names],
        [GLAmount(one.gl_code, max(0, -one.cents), max(0, one.cents)) for one in decision.shares],
        decision.rest_cents + left_open,
    )


def _contact_of(books: DemoBooks, truth: LineTruth, keys: _Keys) -> int | None:
    """The contact on whom a rest stays open: the one named, else the one of what is paid."""
    trader = TRADERS.get(truth.contact or "")
    named = Contact.objects.filter(domain_id=books.domain.id, name=trader.party.name).first() if trader else None
    if named is not None:
        return named.id
    ids = [keys.items[one.document] for one in truth.allocations]
    item = OpenItem.objects.filter(domain_id=books.domain.id, id__in=ids).first()
    return item.contact_id if item else None


def _true_decision(books: DemoBooks, truth: LineTruth, keys: _Keys) -> Decision:
    shares = tuple(GLShare(one.gl_code, one.credit_cents - one.debit_cents, "") for one in truth.gl_lines)
    contact_id = None
    if truth.on_account_cents:
        contact_id = _contact_of(books, truth, keys)
    return Decision(
        kind=truth.kind,
        allocations=tuple(Settling(keys.items[one.document], one.cents) for one in truth.allocations),
        shares=shares,
        contact_id=contact_id,
        rest_cents=truth.on_account_cents,
    )
