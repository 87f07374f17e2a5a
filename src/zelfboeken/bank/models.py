"""Bank accounts, statements and their lines: facts from the bank, never changed."""

import uuid

from django.db import models

from zelfboeken.documents.models import Document
from zelfboeken.ledger.models import GLAccount, Journal
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class BankAccount(DomainModel):
    """A bank account of an administration, with its GL account and its own journal."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    iban = models.TextField()
    currency = models.CharField(max_length=3, default="EUR")
    name = models.TextField()
    gl_account_id = models.BigIntegerField()
    gl_account = DomainForeignKey(GLAccount, "gl_account_id")
    journal_id = models.BigIntegerField()
    journal = DomainForeignKey(Journal, "journal_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "iban", "currency"], name="bank_account_is_once_in_a_domain"),
            models.UniqueConstraint(fields=["domain", "gl_account_id"], name="bank_account_has_its_gl_account"),
        ]


class StatementState(models.TextChoices):
    ACCEPTED = "ACCEPTED"
    GAP = "GAP"
    """A statement before this one is missing: shown, not bookable until filled or accepted with a reason."""
    QUARANTINED = "QUARANTINED"
    """Its sums contradict themselves or the statement before it (INV-16)."""


class Statement(DomainModel):
    """A statement of a bank account. Balances in cents, signed from the holder's side."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_account_id = models.BigIntegerField()
    bank_account = DomainForeignKey(BankAccount, "bank_account_id")
    document_id = models.BigIntegerField()
    document = DomainForeignKey(Document, "document_id")
    year = models.IntegerField()
    number = models.IntegerField(null=True)
    on_date = models.DateField()
    opening_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    state = models.TextField(choices=StatementState)
    gap_reason = models.TextField(blank=True)
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="statement_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["domain", "bank_account_id", "year", "number"],
                condition=~models.Q(state="QUARANTINED"),
                name="statement_number_is_once",
            ),
            models.CheckConstraint(
                name="statement_state_is_known", condition=models.Q(state__in=StatementState.values)
            ),
        ]
        indexes = [models.Index(fields=["domain", "bank_account_id", "-on_date", "-id"], name="statement_by_date")]


class BankLine(DomainModel):
    """One movement. Known by its content and occurrence, so that importing it again never doubles it (INV-17).

    `entry_id` is the entry that stands for it now; `matched_cents` (signed like the amount) is what its matches sum to.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_account_id = models.BigIntegerField()
    bank_account = DomainForeignKey(BankAccount, "bank_account_id")
    statement_id = models.BigIntegerField()
    statement = DomainForeignKey(Statement, "statement_id")
    n = models.IntegerField()
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    amount_cents = models.BigIntegerField()
    counterparty = models.TextField(blank=True)
    counter_iban = models.TextField(blank=True)
    communication = models.TextField(blank=True)
    structured = models.TextField(blank=True)
    transaction_code = models.TextField(blank=True)
    bank_reference = models.TextField(blank=True)
    details = models.JSONField(default=list)
    content_hash = models.BinaryField()
    occurrence = models.IntegerField()
    matched_cents = models.BigIntegerField(default=0)
    entry_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="bank_line_public_id_is_unique"),
            models.UniqueConstraint(
                fields=["domain", "bank_account_id", "content_hash", "occurrence"], name="bank_line_is_once"
            ),
            models.UniqueConstraint(fields=["domain", "statement_id", "n"], name="bank_line_has_its_place"),
            models.CheckConstraint(
                name="bank_line_is_not_matched_above_itself",
                condition=models.Q(
                    amount_cents__gte=0, matched_cents__gte=0, matched_cents__lte=models.F("amount_cents")
                )
                | models.Q(amount_cents__lt=0, matched_cents__lte=0, matched_cents__gte=models.F("amount_cents")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["domain", "administration_id", "booked_on"],
                condition=models.Q(entry_id__isnull=True),
                name="bank_line_waiting",
            ),
            models.Index(
                fields=["domain", "counter_iban"],
                condition=models.Q(amount_cents__lt=0) & ~models.Q(counter_iban=""),
                name="bank_line_paid_to",
            ),
        ]
