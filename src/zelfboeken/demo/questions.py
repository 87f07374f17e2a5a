"""Questions and missing invoices of the demo, each in another state, through the services that a person uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

from zelfboeken.access.models import PortalMember, User
from zelfboeken.access.services import Access, access_of
from zelfboeken.bank.models import BankLine
from zelfboeken.booking.services import Approval
from zelfboeken.demo.loading import DemoBooks
from zelfboeken.documents.models import Document
from zelfboeken.inbox.queries import waiting_documents
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.matching.missing import Payment, ask_for_invoices, payments_without_invoice, quarter_of
from zelfboeken.matching.services import Settlement, propose_for_entries, settle, stored_proposal
from zelfboeken.portal.links import link_to_question
from zelfboeken.portal.texts import euro
from zelfboeken.questions.missing import say_about, say_none_exists
from zelfboeken.questions.models import Message, MissingInvoice, Question, Side, SubjectKind, Topic
from zelfboeken.questions.services import Addressee, Subject, Words, add_note, answer, ask, close
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.scope import domain_scope


class _People:
    """Who talks in the demo: the office, and in the domain who books and who leads."""

    def __init__(self, books: DemoBooks) -> None:
        self.books = books
        self.office = PortalMember.objects.filter(portal=books.domain.portal).earliest("id").user
        self.leader = User.objects.get(memberships__domain=books.domain, memberships__is_owner=True)

    @contextmanager
    def at(self, user: User, at: datetime) -> Iterator[Access]:
        """The domain opened by somebody at a moment."""
        access = access_of(user_id=user.id, slug=self.books.domain.slug, on=at.date())
        with domain_scope(self.books.domain.id):
            yield access


def make_questions(books: DemoBooks, *, year: int) -> None:
    """An open question about a payment, an answered one about a document, a closed one; and missing invoices that are
    late, asked, arrived, and that do not exist.
    """
    people = _People(books)
    _ask_about_a_payment(people, _moment(year, 11, 24, 10))
    _ask_about_a_document(people, _moment(year, 11, 23, 14), _moment(year, 11, 24, 8))
    _ask_the_office(people, _moment(year, 11, 17, 9), _moment(year, 11, 17, 11))
    _ask_for_invoices(people, year)
    _let_an_invoice_arrive(people, _moment(year, 11, 18, 9), _moment(year, 11, 25, 9))


def _moment(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime.combine(date(year, month, day), time(hour), UTC)


def _payments(access: Access, books: DemoBooks, on: date) -> list[Payment]:
    quarter = quarter_of(on)
    return list(
        payments_without_invoice(
            access=access, administration_id=books.administration_id, since=quarter.starts_on, until=quarter.until
        )
    )


def _ask_about_a_payment(people: _People, at: datetime) -> None:
    with people.at(people.office, at) as access:
        waiting = [one for one in _payments(access, people.books, at.date()) if not one.is_booked]
        if not waiting:
            return
        one = waiting[0]
        ask(
            access=access,
            administration_id=people.books.administration_id,
            subject=Subject(
                SubjectKind.BANK_LINE,
                one.line_id,
                "ledger.see",
                f"{one.counterparty}, {euro(one.amount_cents)}, {one.booked_on:%d/%m/%Y}",
            ),
            topic=Topic.BOOKING,
            title=f"Waarvoor was de betaling van {euro(-one.amount_cents)}?",
            words=Words("We vinden er geen stuk voor. Heb je een bon?"),
            to=Addressee(Side.DOMAIN),
            at=at,
            link_to=link_to_question,
        )


def _ask_about_a_document(people: _People, asked_at: datetime, answered_at: datetime) -> None:
    books = people.books
    with people.at(people.office, asked_at) as access:
        rows = waiting_documents(access=access, administration_id=books.administration_id, ready=False)
        row = next((one for one in rows if one.side == "PURCHASE"), None)
        if row is None:
            return
        stored = Document.objects.get(domain_id=access.domain_id, public_id=row.document_public_id)
        question = ask(
            access=access,
            administration_id=books.administration_id,
            subject=Subject(
                SubjectKind.DOCUMENT,
                stored.id,
                "document.see_purchase",
                f"{row.contact_name}, {row.number}, {euro(row.total_cents or 0)}",
            ),
            topic=Topic.BOOKING,
            title="Is deze aankoop voor de winkel of privé?",
            words=Words("Op de factuur staat niet waarvoor het dient. Dat bepaalt welke btw je mag aftrekken."),
            to=Addressee(Side.DOMAIN, people.leader.id),
            at=asked_at,
            link_to=link_to_question,
        )
        add_note(access=access, question=question, text="Vorig jaar was dit half privé.", at=asked_at)
    with people.at(people.leader, answered_at) as access:
        answer(
            access=access,
            question=question,
            words=Words("Voor de winkel, volledig.", way=Message.Way.MAIL, quoted="> Is deze aankoop voor de winkel?"),
            at=answered_at,
            link_to=link_to_question,
        )


def _ask_the_office(people: _People, asked_at: datetime, answered_at: datetime) -> None:
    with people.at(people.leader, asked_at) as access:
        question: Question = ask(
            access=access,
            administration_id=people.books.administration_id,
            subject=Subject(),
            topic=Topic.ADMINISTRATION,
            title="Tegen wanneer betaal ik de btw van het vierde kwartaal?",
            words=Words("We willen het geld klaar zetten."),
            to=Addressee(Side.OFFICE),
            at=asked_at,
            link_to=link_to_question,
        )
    with people.at(people.office, answered_at) as access:
        said = Words("Ten laatste op 25 januari. Het bedrag staat vanaf half januari onder Btw.")
        answer(access=access, question=question, words=said, at=answered_at, link_to=link_to_question)
    with people.at(people.leader, answered_at) as access:
        close(access=access, question=question, at=answered_at)


def _ask_for_invoices(people: _People, year: int) -> None:
    books = people.books
    at = _moment(year, 11, 9, 9)
    with people.at(people.office, at) as access:
        administration = Administration.objects.get(domain_id=access.domain_id, id=books.administration_id)
        for on, owner in ((date(year, 1, 1), None), (date(year, 7, 1), people.leader.id)):
            small = [one for one in _payments(access, books, on) if one.amount_cents > -10_000][:3]
            if not small:
                continue
            made = ask_for_invoices(
                access=access,
                administration=administration,
                line_public_ids=[one.line_public_id for one in small],
                owner_id=owner,
                due_on=None,
                at=at,
                link_to=link_to_question,
                amount_text=euro,
            )
            if owner is None:
                text = "Postzegels, het ticket is kwijt."
                say_none_exists(access=access, item=made[0], reason=text, at=at)
            else:
                say_about(access=access, item=made[0], text="Dirk zoekt in de auto.", at=at)


def _let_an_invoice_arrive(people: _People, asked_at: datetime, booked_at: datetime) -> None:
    """A payment whose invoice was asked, then booked, and so matched: the item closed by itself."""
    books = people.books
    with people.at(books.user, asked_at) as access:
        found = _payment_of_a_document(access, books)
        if found is None:
            return
        line, invoice = found
        administration = Administration.objects.get(domain_id=access.domain_id, id=books.administration_id)
        ask_for_invoices(
            access=access,
            administration=administration,
            line_public_ids=[str(line.public_id)],
            owner_id=people.leader.id,
            due_on=None,
            at=asked_at,
            link_to=link_to_question,
            amount_text=euro,
        )
    with people.at(books.user, booked_at) as access:
        proposal = proposal_of(access=access, invoice=invoice)
        [booked] = book_invoices(access=access, approvals=[Approval(proposal.id, proposal.version)], at=booked_at)
        propose_for_entries(
            access=access, administration_id=books.administration_id, entry_ids=[booked.entry.id], at=booked_at
        )
        line.refresh_from_db()
        stored = stored_proposal(access=access, bank_line_id=line.id)
        if line.entry_id is None and stored is not None and stored[0].decision is not None:
            settle(access=access, settlements=[Settlement(line.id, stored[0].decision, stored[1])], at=booked_at)
        assert MissingInvoice.objects.filter(domain_id=access.domain_id, state="ARRIVED").exists()


def _payment_of_a_document(access: Access, books: DemoBooks) -> tuple[BankLine, Invoice] | None:
    """A payment that waits, and the purchase with its message that is ready to be booked."""
    lines = BankLine.objects.filter(
        domain_id=access.domain_id, administration_id=books.administration_id, entry_id__isnull=True, amount_cents__lt=0
    ).exclude(structured="")
    for line in lines.order_by("booked_on", "id"):
        invoice = Invoice.objects.filter(
            domain_id=access.domain_id, side="PURCHASE", structured=line.structured, total_cents=-line.amount_cents
        ).first()
        if invoice is not None and proposal_of(access=access, invoice=invoice).is_ready:
            return line, invoice
    return None
