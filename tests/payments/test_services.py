"""A payment file is made up by one person, approved by another, and pays nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.banking import (
    SAVINGS_IBAN,
    accept,
    add_account,
    add_roles,
    bank_lines,
    differences,
    member,
    new_contact,
    office_member,
    open_books_with_bank,
    owed,
    take_in,
)
from tests.books import NOW, TODAY, Books, fill_books
from tests.files import OUR_IBAN, THEIR_IBAN, invoice, movement, statement
from tests.intake import invoice_of, receive, ubl
from zelfboeken.access.accounts import Caller, change_address, link_for, read_link
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.services import Access, AdministrationNotReached, NotAllowed, access_of
from zelfboeken.audit.models import Event
from zelfboeken.bank.models import BankAccount
from zelfboeken.booking.services import Approval
from zelfboeken.contacts.models import Contact, ContactBankAccount
from zelfboeken.contacts.services import choose_user
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry, reverse_entry
from zelfboeken.payments.models import FileDecision, Payment, PaymentFile, PaymentFormat, PlannedPayment
from zelfboeken.payments.queries import FileRow, debts, file_of, files, payments_of
from zelfboeken.payments.services import (
    FileDecided,
    NotPayable,
    UnknownPaymentFile,
    Wanted,
    approve,
    content_of,
    last_format,
    let_go,
    people_who_approve,
    prepare,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        yield made


def account_id(books: Books, iban: str = OUR_IBAN) -> int:
    return BankAccount.objects.get(domain_id=books.domain.id, iban=iban).id


def prepared(
    books: Books, *items: int | Wanted, access: Access | None = None, pays_on: date = TODAY, **changes: object
) -> PaymentFile:
    values: dict[str, object] = {
        "access": access or books.access,
        "administration_id": books.administration.id,
        "bank_account_id": account_id(books),
        "pays_on": pays_on,
        "wanted": [one if isinstance(one, Wanted) else Wanted(one) for one in items],
        "payment_format": PaymentFormat.PAIN_001_09,
        "at": NOW,
        "today": TODAY,
    }
    return prepare(**{**values, **changes})  # type: ignore[arg-type]


def directie(books: Books) -> Access:
    return member(books, Role.MANAGEMENT)[1]


def approved(books: Books, made: PaymentFile, access: Access | None = None) -> FileRow:
    return approve(
        access=access or directie(books),
        administration_id=books.administration.id,
        public_id=str(made.public_id),
        at=NOW,
    )


def state_of(books: Books, made: PaymentFile) -> str:
    found = file_of(access=books.access, administration_id=books.administration.id, public_id=str(made.public_id))
    assert found is not None
    return found.state


def owed_items(books: Books) -> list[int]:
    return [one.item_id for one in debts(access=books.access, administration_id=books.administration.id)]


def test_what_is_owed_is_put_in_a_file_whole_and_in_order_of_its_due_date(books: Books):
    later, sooner = owed(books, -12_100, "2026-2"), owed(books, -5_000, "2026-1", on=date(2026, 10, 1))

    made = prepared(books, later, sooner)

    rows = payments_of(access=books.access, file_id=made.id)
    assert [(row.n, row.document_number, row.amount_cents, row.iban) for row in rows] == [
        (1, "2026-1", 5_000, THEIR_IBAN),
        (2, "2026-2", 12_100, THEIR_IBAN),
    ]
    assert (made.number, made.payer_iban, state_of(books, made)) == (1, OUR_IBAN, "PREPARED")
    assert owed_items(books) == []


def test_what_customers_owe_and_credit_notes_are_nothing_to_pay(books: Books):
    sale, credit = owed(books, 12_100), OpenItem.objects.get(domain_id=books.domain.id, id=owed_credit(books)).id

    assert owed_items(books) == []
    for one in (sale, credit):
        with pytest.raises(NotPayable, match="staat nog open"):
            prepared(books, one)


def owed_credit(books: Books, cents: int = 3_000) -> int:
    entry = books.entry(
        NewLine(books.accounts["440000"], cents, 0, contact_id=books.contact_id, document_number="CN1"),
        NewLine(books.accounts["613000"], 0, cents),
    )
    posted = post_entry(access=books.access, entry=entry, at=NOW)
    return OpenItem.objects.get(domain_id=books.domain.id, entry_id=posted.id).id


def test_a_credit_note_of_the_same_supplier_is_told_beside_his_invoice(books: Books):
    owed(books, -12_100)
    owed_credit(books, 3_000)

    [debt] = debts(access=books.access, administration_id=books.administration.id)

    assert debt.credit_cents == 3_000


def test_the_account_is_that_of_the_invoice_and_not_another_one_of_the_supplier(books: Books):
    arrived = receive(books, invoice("2026-1187"))
    contact_id = invoice_of(arrived).contact_id
    ContactBankAccount.objects.create(domain_id=books.domain.id, contact_id=contact_id, iban="BE68539007547034")
    proposal = proposal_of(access=books.access, invoice=invoice_of(arrived))
    book_invoices(access=books.access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)

    [debt] = debts(access=books.access, administration_id=books.administration.id)

    assert (debt.iban, debt.currency, debt.document_number) == (THEIR_IBAN, "EUR", "2026-1187")


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (None, b"<Ustrd>2026-1187</Ustrd>"),
        ("Klant 4711 \n factuur 2026-1187", b"<Ustrd>Klant 4711 factuur 2026-1187</Ustrd>"),
        ("RF18 5390 0754 7034", b"<Ref>RF18539007547034</Ref>"),
    ],
)
def test_a_supplier_is_paid_with_what_he_asks_for(books: Books, asked: str | None, sent: bytes):
    arrived = receive(books, ubl(("Dozen", "70.00", "S", "21"), payment_text=asked))
    proposal = proposal_of(access=books.access, invoice=invoice_of(arrived))
    book_invoices(access=books.access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)
    [debt] = debts(access=books.access, administration_id=books.administration.id)
    made = prepared(books, debt.item_id)
    approved(books, made)

    assert sent in taken(books, made)[1]


def test_of_two_accounts_nobody_guesses_and_the_typed_one_is_taken(books: Books):
    ContactBankAccount.objects.create(domain_id=books.domain.id, contact_id=books.contact_id, iban="BE68539007547034")
    item = owed(books, -12_100)

    with pytest.raises(NotPayable, match="vul het rekeningnummer in") as no:
        prepared(books, item)
    made = prepared(books, Wanted(item, "be68 5390 0754 7034"))

    assert no.value.item_id == item
    assert [row.iban for row in payments_of(access=books.access, file_id=made.id)] == ["BE68539007547034"]


def test_a_payment_tells_how_often_its_account_was_paid_on_before(books: Books):
    paid = owed(books, -10_000)
    take_in(books, statement(movement(-10_000, text=document_of(paid))))
    accept(books, *bank_lines(books))
    item = owed(books, -12_100)

    [debt] = debts(access=books.access, administration_id=books.administration.id)
    made = prepared(books, item)

    assert debt.use.times_paid == 1
    assert [row.times_paid for row in payments_of(access=books.access, file_id=made.id)] == [1]


def document_of(item_id: int) -> str:
    return OpenItem.objects.get(id=item_id).document_number


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"wanted": []}, "nothing_chosen"),
        ({"pays_on": TODAY - timedelta(days=1)}, "wrong_day"),
        ({"pays_on": TODAY + timedelta(days=366)}, "wrong_day"),
        ({"bank_account_id": 0}, "no_account"),
        ({"wanted": [Wanted(n) for n in range(1, 502)]}, "too_many"),
        ({"wanted": [Wanted(999_999)]}, "not_open"),
    ],
)
def test_what_cannot_be_paid_so_is_refused_with_its_reason_and_nothing_is_made(
    books: Books, changes: dict[str, object], code: str
):
    with pytest.raises(NotPayable) as no:
        prepared(books, owed(books, -12_100), **changes)

    assert no.value.code == code
    assert not PaymentFile.objects.exists()


@pytest.mark.parametrize(
    ("iban", "code"), [("BE22 6792 0030 0048", "wrong_iban"), ("TR330006100519786457841326", "not_sepa")]
)
def test_an_account_that_no_transfer_reaches_is_refused(books: Books, iban: str, code: str):
    item = owed(books, -12_100)

    with pytest.raises(NotPayable, match="Verpakking Staal") as no:
        prepared(books, Wanted(item, iban))

    assert (no.value.code, no.value.item_id) == (code, item)


def test_the_account_of_another_administration_pays_nothing(books: Books):
    item = owed(books, -12_100)
    foreign = add_account(fill_books(books.domain, books.user), SAVINGS_IBAN, "Van een ander", "550000", "B1").id

    with pytest.raises(NotPayable, match="Kies de bankrekening"):
        prepared(books, item, bank_account_id=foreign)


def test_nothing_stands_in_two_files(books: Books):
    item = owed(books, -12_100)
    prepared(books, item)

    with pytest.raises(NotPayable, match="iemand zette het intussen klaar"):
        prepared(books, item)


def test_the_database_itself_refuses_a_second_plan_for_one_debt(books: Books):
    item = owed(books, -12_100)
    prepared(books, item)
    planned = PlannedPayment.objects.get(domain_id=books.domain.id)

    with pytest.raises(IntegrityError, match="open_item_is_planned_once"), transaction.atomic():
        PlannedPayment.objects.create(domain_id=books.domain.id, open_item_id=item, payment_id=planned.payment_id)


def test_somebody_else_approves_and_the_file_can_be_taken_to_the_bank(books: Books):
    made = prepared(books, owed(books, -12_100))

    with pytest.raises(FileDecided, match="nog niet goedgekeurd"):
        taken(books, made)
    approved(books, made)

    assert state_of(books, made) == "APPROVED"
    found, content = taken(books, made)
    assert b'<InstdAmt Ccy="EUR">121.00</InstdAmt>' in content
    assert found.total_cents == 12_100
    assert taken(books, made)[1] == content
    actions = list(Event.objects.filter(domain_id=books.domain.id, action__startswith="payment.").order_by("id"))
    assert [one.action for one in actions] == [
        "payment.prepared",
        "payment.approved",
        "payment.downloaded",
        "payment.downloaded",
    ]


def taken(books: Books, made: PaymentFile, access: Access | None = None) -> tuple[FileRow, bytes]:
    return content_of(
        access=access or books.access,
        administration_id=books.administration.id,
        public_id=str(made.public_id),
        at=NOW,
    )


def test_nobody_approves_what_he_prepared_himself(books: Books):
    add_roles(books, Role.MANAGEMENT)
    access = access_of(user_id=books.user.id, slug=books.domain.slug, on=TODAY)
    made = prepared(books, owed(books, -12_100), access=access)

    with pytest.raises(NotAllowed, match="keurt ze niet zelf goed") as no:
        approved(books, made, access)

    assert (no.value.code, no.value.right) == ("own_payment", Right.PAYMENT_APPROVE)
    assert state_of(books, made) == "PREPARED"


def test_the_database_itself_refuses_an_approval_by_who_prepared_the_file(books: Books):
    made = prepared(books, owed(books, -12_100))

    def decide(prepared_by: int) -> None:
        with transaction.atomic():
            FileDecision.objects.create(
                domain_id=books.domain.id,
                file_id=made.id,
                kind="APPROVED",
                position=1,
                prepared_by=prepared_by,
                decided_by=books.user.id,
                decided_by_name="",
                decided_at=NOW,
            )

    with pytest.raises(IntegrityError, match="payment_is_not_approved_by_its_preparer"):
        decide(books.user.id)
    # Nor does another name of the preparer help: it is that of the file.
    with pytest.raises(IntegrityError, match="payment_decision_tells_the_preparer"):
        decide(books.user.id + 1)


@pytest.mark.parametrize("by", ["card", "address"])
def test_nobody_approves_his_own_claim(books: Books, by: str):
    user, access = member(books, Role.MANAGEMENT)
    own = Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id)
    own.update(**({"user_id": user.id} if by == "card" else {"email": user.email.upper()}))
    made = prepared(books, owed(books, -4_500))

    with pytest.raises(NotAllowed, match="keurt zijn eigen onkosten goed") as no:
        approved(books, made, access)
    approved(books, made)

    assert no.value.code == "own_claim"
    assert state_of(books, made) == "APPROVED"


def test_another_name_on_the_card_does_not_hide_whose_address_the_contact_has(books: Books):
    user, access = member(books, Role.MANAGEMENT, Role.FINANCE)
    other, _ = member(books, Role.MANAGEMENT)
    Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id).update(email=user.email)
    made = prepared(books, owed(books, -4_500))
    choose_user(access=access, contact_id=books.contact_id, user_id=other.id, at=NOW)

    for own in (access, access_of(user_id=other.id, slug=books.domain.slug, on=TODAY)):
        with pytest.raises(NotAllowed, match="keurt zijn eigen onkosten goed"):
            approved(books, made, own)


def test_a_payment_on_ones_own_account_is_ones_own_whatever_the_name_of_the_contact(books: Books):
    user, access = member(books, Role.MANAGEMENT)
    own = Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id)
    other = new_contact(books, "Nog een kaart van hem")
    made = prepared(books, Wanted(owed(books, -4_500, contact_id=other), THEIR_IBAN))

    for changes in ({"user_id": user.id}, {"user_id": None, "email": user.email}):
        own.update(**changes)
        with pytest.raises(NotAllowed, match="keurt zijn eigen onkosten goed"):
            approved(books, made, access)
    own.update(email="")
    approved(books, made, access)

    assert state_of(books, made) == "APPROVED"


def test_a_claim_stays_ones_own_when_one_changes_his_address(books: Books):
    user, access = member(books, Role.MANAGEMENT)
    Contact.objects.filter(domain_id=books.domain.id, id=books.contact_id).update(email=user.email)
    made = prepared(books, owed(books, -4_500))
    change_address(
        wanted=read_link(link_for(user=user, email=f"nieuw-{user.email}")), at=NOW, caller=Caller("", ""), keep=None
    )

    with pytest.raises(NotAllowed, match="keurt zijn eigen onkosten goed"):
        approved(books, made, access)


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.SALES, Role.PURCHASE, Role.FINANCE, Role.EXTERNAL_ACCOUNTANT, Role.BACKOFFICE]
)
def test_only_directie_and_procuratie_approve(books: Books, role: Role):
    made = prepared(books, owed(books, -12_100))

    with pytest.raises(NotAllowed):
        approved(books, made, member(books, role)[1])
    approved(books, made, member(books, Role.PROCURATION)[1])

    assert state_of(books, made) == "APPROVED"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SALES, Role.EXTERNAL_ACCOUNTANT, Role.PROCURATION])
def test_who_may_not_prepare_prepares_nothing(books: Books, role: Role):
    with pytest.raises(NotAllowed):
        prepared(books, owed(books, -12_100), access=member(books, role)[1])

    assert not PaymentFile.objects.exists()


def test_the_office_prepares_and_does_not_approve(books: Books):
    access = office_member(books, PortalRole.CONTROLLER)[1]

    made = prepared(books, owed(books, -12_100), access=access)

    with pytest.raises(NotAllowed):
        approved(books, made, office_member(books, PortalRole.PORTAL_ADMIN)[1])


def test_a_debt_that_was_paid_meanwhile_is_not_approved(books: Books):
    item = owed(books, -12_100)
    made = prepared(books, item)
    take_in(books, statement(movement(-12_100, text=document_of(item))))
    accept(books, *bank_lines(books))

    with pytest.raises(FileDecided, match="niet meer hetzelfde bedrag open"):
        approved(books, made)

    assert state_of(books, made) == "PREPARED"


def test_a_file_that_was_taken_back_is_never_approved_and_its_debts_are_open_to_be_paid(books: Books):
    item = owed(books, -12_100)
    made = prepared(books, item)

    taken_back(books, made, "Nog niet geleverd")

    assert owed_items(books) == [item]
    with pytest.raises(FileDecided, match="trok dit bestand in"):
        approved(books, made)
    with pytest.raises(FileDecided, match="trok dit bestand in"):
        taken_back(books, made)
    again = prepared(books, item)
    assert (again.number, state_of(books, again)) == (2, "PREPARED")


def taken_back(books: Books, made: PaymentFile, reason: str = "", access: Access | None = None) -> FileRow:
    return withdraw(
        access=access or books.access,
        administration_id=books.administration.id,
        public_id=str(made.public_id),
        reason=reason,
        at=NOW,
    )


def test_an_approved_file_that_did_not_go_to_the_bank_can_still_be_taken_back(books: Books):
    item = owed(books, -12_100)
    made = prepared(books, item)
    approved(books, made)

    taken_back(books, made)

    assert (state_of(books, made), owed_items(books)) == ("WITHDRAWN", [item])
    with pytest.raises(FileDecided):
        taken(books, made)


def test_of_a_file_that_was_paid_in_part_single_payments_are_let_go(books: Books):
    paid, left = owed(books, -12_100), owed(books, -5_000)
    made = prepared(books, paid, left)
    approved(books, made)
    take_in(books, statement(movement(-12_100, text=document_of(paid))))
    accept(books, *bank_lines(books))

    with pytest.raises(FileDecided, match="al betaald"):
        taken_back(books, made)
    with pytest.raises(FileDecided, match="staat al op een afschrift"):
        gone(books, made, 1)
    gone(books, made, 2)

    assert owed_items(books) == [left]
    with pytest.raises(FileDecided, match="al vrijgegeven"):
        gone(books, made, 2)
    with pytest.raises(UnknownPaymentFile):
        gone(books, made, 3)


def test_a_file_of_which_a_payment_was_let_go_is_not_taken_to_the_bank_any_more(books: Books):
    made = prepared(books, owed(books, -12_100), item := owed(books, -5_000))
    approved(books, made)
    gone(books, made, 2)
    prepared(books, item)

    with pytest.raises(FileDecided, match="Niet alles in dit bestand"):
        taken(books, made)


@pytest.mark.parametrize("by", ["bank", "reversal"])
def test_a_file_of_which_a_debt_is_gone_is_not_taken_to_the_bank_any_more(books: Books, by: str):
    item = owed(books, -12_100)
    made = prepared(books, item, owed(books, -5_000))
    approved(books, made)
    if by == "bank":
        take_in(books, statement(movement(-12_100, text=document_of(item))))
        accept(books, *bank_lines(books))
    else:
        reverse_entry(
            access=books.access, entry_id=OpenItem.objects.get(id=item).entry_id, on=date(2026, 11, 12), at=NOW
        )

    with pytest.raises(FileDecided, match="Niet alles in dit bestand"):
        taken(books, made)


def gone(books: Books, made: PaymentFile, n: int) -> None:
    let_go(
        access=books.access,
        administration_id=books.administration.id,
        public_id=str(made.public_id),
        n=n,
        at=NOW,
    )


def test_a_typed_account_is_theirs_once_somebody_else_approved_it(books: Books):
    item = owed(books, -12_100)
    made = prepared(books, Wanted(item, "BE68539007547034"))
    own = ContactBankAccount.objects.filter(domain_id=books.domain.id, contact_id=books.contact_id)
    assert set(own.values_list("iban", flat=True)) == {THEIR_IBAN}

    approved(books, made)

    assert set(own.values_list("iban", flat=True)) == {THEIR_IBAN, "BE68539007547034"}


def test_what_does_not_belong_to_the_administration_is_not_there(books: Books):
    made = prepared(books, owed(books, -12_100))
    with pytest.raises(UnknownPaymentFile):
        approve(
            access=directie(books),
            administration_id=books.administration.id + 1,
            public_id=str(made.public_id),
            at=NOW,
        )
    limited = directie(books)
    with pytest.raises(AdministrationNotReached):
        approved(books, made, replace(limited, administration_ids=frozenset()))


def test_files_are_listed_newest_first_with_what_is_still_open(books: Books):
    first, second = prepared(books, owed(books, -100)), prepared(books, owed(books, -200), owed(books, -300))

    rows = files(access=books.access, administration_id=books.administration.id, limit=10)

    assert [(row.id, row.count, row.total_cents, row.open_count) for row in rows] == [
        (second.id, 2, 500, 2),
        (first.id, 1, 100, 1),
    ]
    older = files(access=books.access, administration_id=books.administration.id, limit=10, before=2)
    assert [row.number for row in older] == [1]


def test_the_format_that_was_asked_for_last_is_proposed_again(books: Books):
    assert last_format(access=books.access, administration_id=books.administration.id) == PaymentFormat.PAIN_001_09

    prepared(books, owed(books, -100), payment_format=PaymentFormat.PAIN_001_03)

    assert last_format(access=books.access, administration_id=books.administration.id) == PaymentFormat.PAIN_001_03


def test_those_who_can_approve_are_known_before_anything_is_prepared(books: Books):
    def names() -> list[str]:
        found = people_who_approve(access=books.access, administration_id=books.administration.id, but=books.user.id)
        return [one.name for one in found]

    assert names() == []
    boss, _ = member(books, Role.MANAGEMENT)
    member(books, Role.FINANCE)
    add_roles(books, Role.PROCURATION)

    assert names() == [boss.name]


def test_the_books_stay_right_and_what_was_prepared_stays(books: Books):
    made = prepared(books, owed(books, -12_100))
    approved(books, made)

    assert not differences(books)
    for model in (PaymentFile, Payment, FileDecision):
        with pytest.raises(ProgrammingError, match=r"permission denied"), transaction.atomic():
            model.objects.filter(domain_id=books.domain.id).update(domain_id=books.domain.id)


def test_a_contact_without_an_account_is_paid_once_it_is_typed(books: Books):
    contact_id = new_contact(books, "Jan Peeters")
    item = owed(books, -4_500, contact_id=contact_id)
    [debt] = debts(access=books.access, administration_id=books.administration.id)

    assert debt.iban == ""
    made = prepared(books, Wanted(item, THEIR_IBAN))
    assert [row.times_paid for row in payments_of(access=books.access, file_id=made.id)] == [0]
