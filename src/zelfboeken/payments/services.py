"""Preparing a payment file, approving it, taking it back, letting go of what the bank did not pay (decision 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from zelfboeken.access.refusals import Reason
from zelfboeken.access.rights import GRANTS, Condition, Right
from zelfboeken.access.services import Access, NotAllowed
from zelfboeken.audit.services import Happened
from zelfboeken.bank.models import BankAccount
from zelfboeken.belgium import iban as account_numbers
from zelfboeken.contacts.models import ContactBankAccount
from zelfboeken.ledger.models import OpenItem
from zelfboeken.payments.models import (
    DecisionKind,
    FileDecision,
    Payment,
    PaymentFile,
    PaymentFormat,
    PlannedPayment,
)
from zelfboeken.payments.queries import (
    FileRow,
    PaymentRow,
    Person,
    approvers_of,
    debts_of,
    file_of,
    payments_of,
    uses_of,
)
from zelfboeken.payments.rules import FURTHEST, MOST_PAYMENTS, NEVER_USED, Debt, Obstacle, obstacle_of
from zelfboeken.payments.writers.pain001 import CreditTransfer, PaymentOrder, message_id_of, written
from zelfboeken.tenancy.models import Administration

APPROVING = frozenset(
    str(role) for role, rights in GRANTS.items() if rights.get(Right.PAYMENT_APPROVE) is Condition.ALWAYS
)
"""The roles that approve payments."""

OWN_FILE = Reason(
    "own_payment",
    "Wie betalingen klaarzet, keurt ze niet zelf goed. Laat iemand anders met de rol Directie of Procuratie dat doen.",
)
OWN_CLAIM = Reason(
    "own_claim",
    "In dit bestand wordt ook jij betaald, en niemand keurt zijn eigen onkosten goed. Laat iemand anders met de rol "
    "Directie of Procuratie dat doen.",
)


class UnknownPaymentFile(LookupError):
    """There is no such file, or no such payment in it, in this administration."""

    code = "unknown"


class NotPayable(ValueError):
    """What was chosen cannot be paid so; the text says why and what to do. `item_id` is the debt it is about, or 0."""

    def __init__(self, code: str, text: str, *, item_id: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.item_id = item_id


class FileDecided(ValueError):
    """Somebody decided about the file already, or what it pays is no longer as it was; the text says which."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """A debt to pay, on the account that was typed; None is the one the books have, an empty text is no account."""

    item_id: int
    iban: str | None = None


def prepare(
    *,
    access: Access,
    administration_id: int,
    bank_account_id: int,
    pays_on: date,
    wanted: Sequence[Wanted],
    payment_format: PaymentFormat,
    at: datetime,
    today: date,
) -> PaymentFile:
    """Put debts into a new payment file: each whole, once, on an account that a SEPA transfer reaches.

    Raises:
        NotAllowed: the user may not prepare payments.
        NotPayable: nothing was chosen, a debt is not open any more or stands in a file, an account or the day is wrong.
    """
    access.require(Right.PAYMENT_PREPARE)
    access.require_reach(administration_id)
    account = BankAccount.objects.filter(
        domain_id=access.domain_id, administration_id=administration_id, id=bank_account_id, currency="EUR"
    ).first()
    if account is None:
        raise NotPayable("no_account", "Kies de bankrekening waarvan betaald wordt.")
    if not today <= pays_on <= today + FURTHEST:
        raise NotPayable("wrong_day", "Kies een dag vanaf vandaag, ten laatste een jaar ver.")
    if not wanted:
        raise NotPayable("nothing_chosen", "Vink minstens één factuur aan om te betalen.")
    if len(wanted) > MOST_PAYMENTS:
        raise NotPayable("too_many", f"Een bestand telt ten hoogste {MOST_PAYMENTS} betalingen. Maak er twee.")
    # One after the other in an administration: the number counts, and two never take the same debt.
    administration = Administration.objects.select_for_update(no_key=True).get(
        domain_id=access.domain_id, id=administration_id
    )
    chosen = _chosen(access, administration_id, wanted)
    last = PaymentFile.objects.filter(domain_id=access.domain_id, administration_id=administration_id)
    made = PaymentFile.objects.create(
        domain_id=access.domain_id,
        administration_id=administration_id,
        bank_account_id=account.id,
        number=(last.aggregate(last=Max("number"))["last"] or 0) + 1,
        pays_on=pays_on,
        format=payment_format.value,
        payer_name=administration.name,
        payer_enterprise_number=administration.enterprise_number,
        payer_iban=account.iban,
        prepared_by=access.user_id,
        prepared_by_name=access.user_name,
        prepared_at=at,
    )
    _store_payments(access, made, chosen)
    total = sum(debt.open_cents for debt in chosen)
    access.log(
        at=at,
        events=[
            Happened(
                "payment.prepared", str(made.public_id), {"number": made.number, "count": len(chosen), "cents": total}
            )
        ],
    )
    return made


def approve(*, access: Access, administration_id: int, public_id: str, at: datetime) -> FileRow:
    """Let a file be paid: all of it is still owed, and neither its preparer nor who is paid by it decides.

    Raises:
        NotAllowed: the user may not approve payments, prepared this file himself, or is paid by it.
        UnknownPaymentFile: it is not there.
        FileDecided: it was approved or taken back before, or a debt in it is not open for this amount any more.
    """
    access.require(Right.PAYMENT_APPROVE)
    found, rows = _locked(access, administration_id, public_id)
    if (reason := refusal_of(access, found, rows)) is not None:
        raise NotAllowed(right=Right.PAYMENT_APPROVE, code=reason.code, reason=reason.text)
    _require(found, "PREPARED")
    for row in rows:
        if row.open_cents != row.amount_cents:
            raise FileDecided(
                "debt_changed",
                f"Van {row.document_number or row.name} staat niet meer hetzelfde bedrag open. Trek dit bestand in en "
                "zet de betalingen opnieuw klaar.",
            )
    _decide(access, found, DecisionKind.APPROVED, at, position=1)
    # From now on a payment on this account is known as theirs.
    known = set(
        ContactBankAccount.objects.filter(
            domain_id=access.domain_id, contact_id__in=[row.contact_id for row in rows]
        ).values_list("contact_id", "iban")
    )
    ContactBankAccount.objects.bulk_create(
        [
            ContactBankAccount(domain_id=access.domain_id, contact_id=contact_id, iban=iban)
            for contact_id, iban in sorted({(row.contact_id, row.iban) for row in rows} - known)
        ],
        ignore_conflicts=True,
    )
    return found


def refusal_of(access: Access, found: FileRow, rows: Sequence[PaymentRow]) -> Reason | None:
    """Why this user does not approve this file although his role approves payments: it is his own, or pays him."""
    if found.prepared_by == access.user_id:
        return OWN_FILE
    if any(access.user_id in row.user_ids for row in rows):
        return OWN_CLAIM
    return None


def withdraw(*, access: Access, administration_id: int, public_id: str, reason: str, at: datetime) -> FileRow:
    """Take a file back, also an approved one that did not go to the bank; what it paid can be paid anew.

    Raises:
        NotAllowed: the user may neither prepare nor approve payments.
        UnknownPaymentFile: it is not there.
        FileDecided: it was taken back before, or the bank paid some of it already.
    """
    if not access.may(Right.PAYMENT_APPROVE):
        access.require(Right.PAYMENT_PREPARE)
    found, rows = _locked(access, administration_id, public_id)
    if found.state == "WITHDRAWN":
        raise _told(found)
    if found.state == "APPROVED" and any(row.open_cents != row.amount_cents for row in rows):
        raise FileDecided(
            "partly_paid",
            "Een deel van dit bestand is al betaald. Geef alleen de betalingen vrij die de bank niet uitvoerde.",
        )
    _decide(access, found, DecisionKind.WITHDRAWN, at, position=2 if found.state == "APPROVED" else 1, reason=reason)
    PlannedPayment.objects.filter(domain_id=access.domain_id, payment_id__in=[row.id for row in rows]).delete()
    return found


def let_go(*, access: Access, administration_id: int, public_id: str, n: int, at: datetime) -> PaymentRow:
    """Let go of one payment of an approved file that the bank did not carry out: its debt can be paid anew.

    Raises:
        NotAllowed: the user may neither prepare nor approve payments.
        UnknownPaymentFile: there is no such file or payment.
        FileDecided: the file is not approved, the payment was let go before, or it was paid.
    """
    if not access.may(Right.PAYMENT_APPROVE):
        access.require(Right.PAYMENT_PREPARE)
    found, rows = _locked(access, administration_id, public_id)
    row = next((one for one in rows if one.n == n), None)
    if row is None:
        raise UnknownPaymentFile(str(n))
    _require(found, "APPROVED")
    if not row.is_planned:
        raise FileDecided("let_go", "Deze betaling is al vrijgegeven.")
    if not row.open_cents:
        raise FileDecided("paid", "Deze betaling staat al op een afschrift.")
    PlannedPayment.objects.filter(domain_id=access.domain_id, payment_id=row.id).delete()
    access.log(at=at, events=[Happened("payment.let_go", f"{found.public_id}:{n}", {"number": found.number, "n": n})])
    return row


def content_of(*, access: Access, administration_id: int, public_id: str, at: datetime) -> tuple[FileRow, bytes]:
    """The XML of an approved file, for the bank, as long as all of it is to be paid; that it was taken is logged.

    Raises:
        NotAllowed: the user may neither prepare nor approve payments.
        UnknownPaymentFile: it is not there.
        FileDecided: it is not approved, or something in it was let go or is not open for its amount any more.
    """
    if not access.may(Right.PAYMENT_APPROVE):
        access.require(Right.PAYMENT_PREPARE)
    # As for a decision: nobody takes it back, lets go of a payment or settles a debt while it is handed out.
    found, rows = _locked(access, administration_id, public_id)
    _require(found, "APPROVED")
    if any(not row.is_planned or row.open_cents != row.amount_cents for row in rows):
        raise FileDecided(
            "touched",
            "Niet alles in dit bestand moet nog betaald worden. Geef vrij wat de bank niet uitvoerde, en zet dat "
            "opnieuw klaar.",
        )
    stored = PaymentFile.objects.get(domain_id=access.domain_id, id=found.id)
    access.log(at=at, events=[Happened("payment.downloaded", found.public_id, {"number": found.number})])
    return found, written(
        PaymentOrder(
            format=stored.format,
            message_id=message_id_of(found.public_id),
            made_at=found.prepared_at,
            pays_on=stored.pays_on,
            payer_name=stored.payer_name,
            payer_enterprise_number=stored.payer_enterprise_number,
            payer_iban=stored.payer_iban,
            transfers=tuple(
                CreditTransfer(
                    end_to_end_id=f"ZB{found.number}-{row.n}",
                    name=row.name,
                    iban=row.iban,
                    amount_cents=row.amount_cents,
                    structured=row.structured,
                    text=row.text,
                )
                for row in rows
            ),
        )
    )


def people_who_approve(
    *, access: Access, administration_id: int, but: int, rows: Sequence[PaymentRow] = ()
) -> list[Person]:
    """Who may approve a file in this administration with these payments that the user `but` prepared."""
    none = {but, *(user_id for row in rows for user_id in row.user_ids)}
    return approvers_of(domain_id=access.domain_id, administration_id=administration_id, but=none, roles=APPROVING)


def last_format(*, access: Access, administration_id: int) -> PaymentFormat:
    """The version of the file that was asked for last, else the newest."""
    own = PaymentFile.objects.filter(domain_id=access.domain_id, administration_id=administration_id)
    stored = own.order_by("-number").values_list("format", flat=True).first()
    return PaymentFormat(stored) if stored else PaymentFormat.PAIN_001_09


def _chosen(access: Access, administration_id: int, wanted: Sequence[Wanted]) -> list[Debt]:
    """The wanted debts on their accounts, in the order of their due dates."""
    ids = {one.item_id for one in wanted}
    open_items = OpenItem.objects.select_for_update(no_key=True).filter(
        domain_id=access.domain_id, administration_id=administration_id, id__in=ids
    )
    list(open_items.order_by("id"))
    found = debts_of(domain_id=access.domain_id, administration_id=administration_id, item_ids=ids)
    planned = set(
        PlannedPayment.objects.filter(domain_id=access.domain_id, open_item_id__in=ids).values_list(
            "open_item_id", flat=True
        )
    )
    typed = {}
    for one in wanted:
        debt = found.get(one.item_id)
        if debt is None or one.item_id in planned:
            raise NotPayable(
                "not_open",
                "Niet alles wat je koos staat nog open, of iemand zette het intussen klaar. Kijk de lijst na.",
                item_id=one.item_id,
            )
        try:
            typed[one.item_id] = debt.iban if one.iban is None else _account(one.iban)
        except account_numbers.IbanNotValid as no:
            raise NotPayable("wrong_iban", f"{debt.contact_name}: {no}", item_id=one.item_id) from None
    uses = uses_of(domain_id=access.domain_id, ibans=[iban for iban in typed.values() if iban])
    chosen = []
    for item_id, iban in typed.items():
        debt = replace(found[item_id], iban=iban, use=uses.get(iban, NEVER_USED))
        if (obstacle := obstacle_of(debt)) is not None:
            raise NotPayable(str(obstacle).lower(), f"{debt.contact_name}: {OBSTACLES[obstacle]}", item_id=item_id)
        chosen.append(debt)
    return sorted(chosen, key=lambda debt: (debt.falls_due_on, debt.item_id))


def _account(typed: str) -> str:
    # Who empties the field does not want the account that stood there: it is never put back behind his back.
    return account_numbers.normalise(typed) if typed.strip() else ""


OBSTACLES = {
    Obstacle.NO_ACCOUNT: "vul het rekeningnummer in waarop betaald wordt.",
    Obstacle.NOT_SEPA: "een rekening buiten de SEPA-zone betaal je in je bankprogramma.",
    Obstacle.CURRENCY: "een factuur in een andere munt dan euro betaal je in je bankprogramma.",
    Obstacle.TOO_MUCH: "een overschrijving gaat tot 999.999.999,99 euro.",
}
"""Why a debt does not go into a file, after the name of who is owed it."""


def _store_payments(access: Access, made: PaymentFile, chosen: Sequence[Debt]) -> None:
    Payment.objects.bulk_create(
        [
            Payment(
                domain_id=access.domain_id,
                administration_id=made.administration_id,
                file_id=made.id,
                n=n,
                open_item_id=debt.item_id,
                contact_id=debt.contact_id,
                name=debt.contact_name,
                iban=debt.iban,
                amount_cents=debt.open_cents,
                document_number=debt.document_number,
                structured=debt.structured,
                text=debt.payment_text or debt.document_number,
                times_paid=debt.use.times_paid,
            )
            for n, debt in enumerate(chosen, start=1)
        ]
    )
    stored = Payment.objects.filter(domain_id=access.domain_id, file_id=made.id)
    PlannedPayment.objects.bulk_create(
        [
            PlannedPayment(domain_id=access.domain_id, open_item_id=item_id, payment_id=payment_id)
            for payment_id, item_id in stored.order_by("n").values_list("id", "open_item_id")
        ]
    )


def _found(access: Access, administration_id: int, public_id: str) -> FileRow:
    found = file_of(access=access, administration_id=administration_id, public_id=public_id)
    if found is None:
        raise UnknownPaymentFile(public_id)
    return found


def _locked(access: Access, administration_id: int, public_id: str) -> tuple[FileRow, list[PaymentRow]]:
    """A file with its payments, whose debts nobody settles meanwhile and about which nobody else decides."""
    found = _found(access, administration_id, public_id)
    Administration.objects.select_for_update(no_key=True).get(domain_id=access.domain_id, id=administration_id)
    ids = Payment.objects.filter(domain_id=access.domain_id, file_id=found.id).values("open_item_id")
    list(
        OpenItem.objects.select_for_update(no_key=True)
        .filter(domain_id=access.domain_id, id__in=list(ids.values_list("open_item_id", flat=True)))
        .order_by("id")
    )
    return _found(access, administration_id, public_id), payments_of(access=access, file_id=found.id)


def _require(found: FileRow, state: str) -> None:
    if found.state != state:
        raise _told(found)


def _told(found: FileRow) -> FileDecided:
    """Where a file stands, as the refusal of what it does not allow."""
    texts = {
        "PREPARED": "Dit bestand is nog niet goedgekeurd.",
        "APPROVED": f"{found.approved_by_name} keurde dit bestand al goed.",
        "WITHDRAWN": f"{found.withdrawn_by_name} trok dit bestand in.",
    }
    return FileDecided(found.state.lower(), texts[found.state])


def _decide(
    access: Access, found: FileRow, kind: DecisionKind, at: datetime, *, position: int, reason: str = ""
) -> None:
    try:
        with transaction.atomic():
            FileDecision.objects.create(
                domain_id=access.domain_id,
                file_id=found.id,
                kind=kind,
                position=position,
                prepared_by=found.prepared_by,
                decided_by=access.user_id,
                decided_by_name=access.user_name,
                decided_at=at,
                reason=reason,
            )
    except IntegrityError:
        raise FileDecided("decided", "Iemand anders besliste intussen over dit bestand. Kijk het opnieuw na.") from None
    action = "payment.approved" if kind == DecisionKind.APPROVED else "payment.withdrawn"
    detail = {"number": found.number, "cents": found.total_cents, **({"reason": reason} if reason else {})}
    access.log(at=at, events=[Happened(action, found.public_id, detail)])
