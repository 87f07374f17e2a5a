"""A domain with a row in every table: a booked invoice that is paid, one with a PDF that waits, an unread file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.books import NOW, TODAY, Books, fill_books, new_domain, office_access
from tests.files import OGM, OUR_IBAN, THEIR_IBAN, invoice, movement, statement
from tests.intake import ubl
from tests.pdf import a_pdf
from zelfboeken.access.rights import PortalRole
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount, BankLine, Statement
from zelfboeken.bank.opening import add_bank_account
from zelfboeken.billing.models import (
    Contract,
    CreditNote,
    ErasureStep,
    ErasureStepKind,
    LimitNotice,
    MonthlyStatement,
    NumberedAs,
)
from zelfboeken.billing.rules import Charge, ChargeKind
from zelfboeken.billing.standing import TIME, locked_domain, settle_roles
from zelfboeken.billing.statements import _plain, draw_number
from zelfboeken.booking.services import Approval
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.documents.models import Arrival
from zelfboeken.documents.storage import write_original
from zelfboeken.inbox.answers import GivenFile, ask_with_files
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.invoices.writers.ubl import UblAttachment
from zelfboeken.ledger.models import Entry, OpenItem
from zelfboeken.matching.missing import ask_for_invoices
from zelfboeken.matching.models import Match
from zelfboeken.payments.models import FileDecision, Payment, PaymentFile, PaymentFormat, PlannedPayment
from zelfboeken.questions.models import (
    CompletenessReport,
    DefaultReceiver,
    IncomingMail,
    Participant,
    Side,
    SubjectKind,
    Topic,
)
from zelfboeken.questions.services import Addressee, Subject
from zelfboeken.runtime.idempotency import claim
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True)
class Everything:
    """The books and the ids of what is in them, as an address or a form names them."""

    books: Books
    booked_document: str
    waiting_document: str
    unread_document: str
    bank_document: str
    paid_line: str
    waiting_line: str
    statement: str
    contact: str
    entry: int
    match: int
    open_item: int
    payment_file: str
    question: str
    refused_mail: str
    missing: str


def new_everything(*, slug: str | None = None) -> Everything:
    """A new domain with everything in it."""
    domain, user = new_domain(slug=slug)
    with domain_scope(domain.id):
        return fill_everything(fill_books(domain, user))


def fill_everything(books: Books) -> Everything:
    """Everything in these books; their scope is open."""
    access, domain_id = books.access, books.domain.id
    add_bank_account(
        access=access,
        administration_id=books.administration.id,
        iban=OUR_IBAN,
        name="Zichtrekening",
        gl_code="550000",
        journal_code="B1",
    )
    booked = _receive(books, "geboekt.xml", invoice("2026-1187", structured=OGM))
    assert booked.invoice is not None
    proposal = proposal_of(access=access, invoice=booked.invoice)
    book_invoices(access=access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)
    page = UblAttachment("blad.pdf", "application/pdf", a_pdf("Factuur 2026-1188"))
    waiting = _receive(books, "wacht.xml", ubl(("Dozen", "70.00", "S", "21"), number="2026-1188", attachments=(page,)))
    unread = _receive(books, "wat.pdf", b"%PDF-1.7 niets")
    paid = movement(-12_100, structured=OGM)
    unknown = movement(-4_500, text="DIVERSE", iban=None, name="ONBEKEND")
    bank = _receive(books, "bank.cod", statement(paid, unknown))
    claim(domain_id=domain_id, key="een-sleutel", content=b"", at=NOW)
    bill(books)
    access.log(at=NOW, events=[Happened("member.joined", "member:1", {"user": access.user_name})])
    paid_line, waiting_line = BankLine.objects.filter(domain_id=domain_id).order_by("id")
    contact = Contact.objects.filter(domain_id=domain_id, id=booked.invoice.contact_id).get()
    assert ContactBankAccount.objects.filter(domain_id=domain_id).exists()
    return Everything(
        books=books,
        booked_document=str(booked.document.public_id),
        waiting_document=str(waiting.document.public_id),
        unread_document=str(unread.document.public_id),
        bank_document=str(bank.document.public_id),
        paid_line=str(paid_line.public_id),
        waiting_line=str(waiting_line.public_id),
        statement=str(Statement.objects.get(domain_id=domain_id).public_id),
        contact=str(contact.public_id),
        entry=Entry.objects.filter(domain_id=domain_id).earliest("seq").id,
        match=Match.objects.get(domain_id=domain_id).id,
        open_item=OpenItem.objects.filter(domain_id=domain_id).earliest("id").id,
        payment_file=pay(books),
        **_asked(books, waiting_line),
    )


def _asked(books: Books, line: BankLine) -> dict[str, str]:
    """A question about a payment with a file and a refused mail, and its invoice that is asked for; their ids."""
    domain_id, access = books.domain.id, books.access
    office = office_access(books.domain, PortalRole.CONTROLLER)
    taken = ask_with_files(
        access=office,
        administration=books.administration,
        subject=Subject(SubjectKind.BANK_LINE, line.id, "ledger.see", "ONBEKEND"),
        topic=Topic.BOOKING,
        title="Waarvoor was dit?",
        text="We vinden geen factuur.",
        to=Addressee(Side.DOMAIN, access.user_id),
        files=[GivenFile("bon.txt", b"een bon")],
        is_delivered=False,
        at=NOW,
        link_to=lambda slug, public_id: f"https://test/{slug}/{public_id}",
    )
    DefaultReceiver.objects.create(
        domain_id=domain_id, administration_id=books.administration.id, user_id=access.user_id
    )
    participant = Participant.objects.filter(domain_id=domain_id).latest("id")
    digest = write_original(domain_id=domain_id, content=b"een mail")
    IncomingMail.objects.create(
        domain_id=domain_id, participant_id=participant.id, question_id=taken.question.id, sha256=digest, size=8,
        sender="vreemd@example.test", outcome="REFUSED", code="wrong_sender", came_at=NOW,
    )  # fmt: skip
    CompletenessReport.objects.create(
        domain_id=domain_id, administration_id=books.administration.id, month=TODAY.replace(day=1),
        receiver_id=access.user_id, asked=1, unasked=0, waiting=0, questions=1, reported_at=NOW,
    )  # fmt: skip
    [item] = ask_for_invoices(
        access=office,
        administration=books.administration,
        line_public_ids=[str(line.public_id)],
        owner_id=access.user_id,
        due_on=None,
        at=NOW,
        link_to=lambda slug, public_id: f"https://test/{slug}/{public_id}",
        amount_text=str,
    )
    return {
        "question": str(taken.question.public_id),
        "refused_mail": str(IncomingMail.objects.get(domain_id=domain_id).public_id),
        "missing": str(item.public_id),
    }


def pay(books: Books) -> str:
    """A payment file that waits for approval and one that was taken back, of the invoice that is paid; the first."""
    item = OpenItem.objects.filter(domain_id=books.domain.id).earliest("id")
    account = BankAccount.objects.get(domain_id=books.domain.id, iban=OUR_IBAN)
    made = []
    for number in (1, 2):
        file = PaymentFile.objects.create(
            domain_id=books.domain.id, administration_id=books.administration.id, bank_account_id=account.id,
            number=number, pays_on=TODAY, format=PaymentFormat.PAIN_001_09.value, payer_name=books.administration.name,
            payer_iban=account.iban, prepared_by=0, prepared_by_name="Pia", prepared_at=NOW,
        )  # fmt: skip
        payment = Payment.objects.create(
            domain_id=books.domain.id, administration_id=books.administration.id, file_id=file.id, n=1,
            open_item_id=item.id, contact_id=item.contact_id, name="Verpakking Staal BV", iban=THEIR_IBAN,
            amount_cents=12_100, times_paid=0,
        )  # fmt: skip
        made.append((file, payment))
    PlannedPayment.objects.create(domain_id=books.domain.id, open_item_id=item.id, payment_id=made[0][1].id)
    FileDecision.objects.create(
        domain_id=books.domain.id, file_id=made[1][0].id, kind="WITHDRAWN", position=1, prepared_by=0, decided_by=0,
        decided_by_name="Pia", decided_at=NOW,
    )  # fmt: skip
    return str(made[0][0].public_id)


def bill(books: Books) -> None:
    """A standing, a contract, the statement of October with a credit note, and a notice: what is billed."""
    domain_id = books.domain.id
    settle_roles(locked_domain(domain_id, at=NOW), at=NOW, actor=TIME, because="made")
    party = {
        "name": "Betaler", "street": "Straat 1", "postcode": "9000", "city": "Gent", "country": "BE",
        "enterprise_number": "0999000129", "vat_number": "BE0999000129", "email": "betaler@example.test",
    }  # fmt: skip
    Contract.objects.create(domain_id=domain_id, debtor="DOMAIN", entered_at=NOW, **party)
    drawn = draw_number("T", domain_id, TODAY)
    line = Charge(
        ChargeKind.BUNDLE, "MEDIUM", 3_900, 31, 31, 3_900, date(2026, 10, 1), date(2026, 11, 1), date(2022, 1, 1)
    )
    content = {
        "version": 1, "seller": {**party, "name": "Beheerder"}, "buyer": party, "iban": "BE98999000118793",
        "structured": "260000000183", "domain": {"slug": books.domain.slug, "name": books.domain.name},
        "vat": {"category": "S", "percent": "21", "reason_code": "", "reason": ""}, "lines": [_plain(line)],
    }  # fmt: skip
    MonthlyStatement.objects.create(
        domain_id=domain_id, month=date(2026, 10, 1), debtor="DOMAIN", series=drawn.series, year=drawn.year,
        number=drawn.number, drawn_for=domain_id, issued_on=TODAY, due_on=TODAY, net_cents=3_900, vat_cents=819,
        total_cents=4_719, content=content, issued_at=NOW,
    )  # fmt: skip
    drawn = draw_number("T", domain_id, TODAY, NumberedAs.CREDIT_NOTE)
    CreditNote.objects.create(
        domain_id=domain_id, month=date(2026, 10, 1), edition=1, statement_net_cents=3_900, sequence=1, before_cents=0,
        net_cents=1_000, vat_cents=210, total_cents=1_210, series=drawn.series, year=drawn.year, number=drawn.number,
        drawn_for=domain_id, issued_on=TODAY, reason="Te veel gerekend", content={"version": 1, "amounts": [1_000]},
        entered_by=1, issued_at=NOW,
    )  # fmt: skip
    LimitNotice.objects.create(
        domain_id=domain_id, month=date(2026, 10, 1), percent=80, bundle="SMALL", documents=60, limit=75, told_at=NOW
    )
    ErasureStep.objects.create(
        domain_id=domain_id, kind=ErasureStepKind.WITHDRAWN.value, at=NOW, by_name="Pia", reason="Toch niet"
    )


def _receive(books: Books, name: str, content: bytes) -> Arrived:
    return receive_file(
        access=books.access,
        administration=books.administration,
        name=name,
        content=content,
        source=Arrival.Source.UPLOAD,
        at=NOW,
    )
