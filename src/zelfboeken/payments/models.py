"""Payment files, the payments in them and what was decided: only ever added to (decision 16)."""

import uuid

from django.db import models

from zelfboeken.bank.models import BankAccount
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.models import OpenItem
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class PaymentFormat(models.TextChoices):
    """Versions of the ISO 20022 message for credit transfers that Belgian banks take (rules §4.4)."""

    PAIN_001_03 = "pain.001.001.03"
    PAIN_001_09 = "pain.001.001.09"


class PaymentFile(DomainModel):
    """Payments that go to the bank together, from one account, on one day. Never changed."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_account_id = models.BigIntegerField()
    bank_account = DomainForeignKey(BankAccount, "bank_account_id")
    number = models.IntegerField()
    """Counts from one in an administration."""
    pays_on = models.DateField()
    format = models.TextField(choices=PaymentFormat)
    payer_name = models.TextField()
    payer_enterprise_number = models.TextField(blank=True)
    payer_iban = models.TextField()
    prepared_by = models.BigIntegerField()
    prepared_by_name = models.TextField()
    prepared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="payment_file_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["domain", "administration_id", "number"], name="payment_file_number_is_once"
            ),
            models.UniqueConstraint(fields=["domain", "id", "prepared_by"], name="payment_file_is_of_its_preparer"),
            models.CheckConstraint(name="payment_file_counts_from_one", condition=models.Q(number__gt=0)),
            models.CheckConstraint(
                name="payment_file_format_is_known", condition=models.Q(format__in=PaymentFormat.values)
            ),
        ]


class Payment(DomainModel):
    """One payment: what pays one open item. The amount is in cents of euro."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    file_id = models.BigIntegerField()
    file = DomainForeignKey(PaymentFile, "file_id")
    n = models.IntegerField()
    open_item_id = models.BigIntegerField()
    open_item = DomainForeignKey(OpenItem, "open_item_id")
    contact_id = models.BigIntegerField()
    contact = DomainForeignKey(Contact, "contact_id")
    name = models.TextField()
    iban = models.TextField()
    amount_cents = models.BigIntegerField()
    document_number = models.TextField(blank=True)
    structured = models.TextField(blank=True)
    text = models.TextField(blank=True)
    """What is sent where there is no structured reference: what the supplier asked for, else the document's number."""
    times_paid = models.IntegerField()
    """How often this contact was paid on this account before, as far as bank statements tell; 0 for a new account."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "file_id", "n"], name="payment_has_its_place"),
            models.UniqueConstraint(fields=["domain", "file_id", "open_item_id"], name="payment_is_once_in_a_file"),
            models.UniqueConstraint(fields=["domain", "id", "open_item_id"], name="payment_is_of_its_item"),
            models.CheckConstraint(
                name="payment_has_an_amount", condition=models.Q(n__gt=0, amount_cents__gt=0, times_paid__gte=0)
            ),
        ]


class PlannedPayment(DomainModel):
    """An open item that stands in a payment file which was not taken back: it stands in no other."""

    open_item_id = models.BigIntegerField()
    open_item = DomainForeignKey(OpenItem, "open_item_id")
    payment_id = models.BigIntegerField()
    payment = DomainForeignKey(Payment, "payment_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "open_item_id"], name="open_item_is_planned_once"),
        ]
        indexes = [models.Index(fields=["domain", "payment_id"], name="planned_by_payment")]


class DecisionKind(models.TextChoices):
    APPROVED = "APPROVED"
    WITHDRAWN = "WITHDRAWN"


class FileDecision(DomainModel):
    """What somebody decided about a payment file: to let it be paid, or to take it back, also after that.

    An approval comes first or not at all, and never from who prepared the file.
    """

    file_id = models.BigIntegerField()
    file = DomainForeignKey(PaymentFile, "file_id")
    kind = models.TextField(choices=DecisionKind)
    position = models.SmallIntegerField()
    prepared_by = models.BigIntegerField()
    decided_by = models.BigIntegerField()
    decided_by_name = models.TextField()
    decided_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "file_id", "kind"], name="payment_file_is_decided_once"),
            models.UniqueConstraint(fields=["domain", "file_id", "position"], name="payment_decision_has_its_place"),
            models.CheckConstraint(
                name="payment_decision_is_known",
                condition=models.Q(kind=DecisionKind.APPROVED, position=1)
                | models.Q(kind=DecisionKind.WITHDRAWN, position__in=[1, 2]),
            ),
            models.CheckConstraint(
                name="payment_is_not_approved_by_its_preparer",
                condition=models.Q(kind=DecisionKind.WITHDRAWN) | ~models.Q(decided_by=models.F("prepared_by")),
            ),
        ]
