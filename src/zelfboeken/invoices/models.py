"""Purchase and sales invoices: the facts that a file states. The lines are read again from the original when shown."""

import uuid

from django.db import models

from zelfboeken.contacts.models import Contact
from zelfboeken.documents.models import Document
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class Side(models.TextChoices):
    PURCHASE = "PURCHASE"
    SALE = "SALE"


class InvoiceKind(models.TextChoices):
    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class Invoice(DomainModel):
    """An invoice or credit note. Amounts are whole cents of `currency`; a credit note's are positive.

    `number_key` is the number without case, spaces, separators and leading zeros: what a duplicate is found by.
    """

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    document_id = models.BigIntegerField()
    document = DomainForeignKey(Document, "document_id")
    side = models.TextField(choices=Side)
    kind = models.TextField(choices=InvoiceKind)
    contact_id = models.BigIntegerField()
    contact = DomainForeignKey(Contact, "contact_id")
    number = models.TextField()
    number_key = models.TextField()
    issued_on = models.DateField()
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    net_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    payable_cents = models.BigIntegerField()
    structured = models.TextField(blank=True)
    iban = models.TextField(blank=True)
    payment_text = models.TextField(blank=True, default="", db_default="")
    """The free text that the supplier asks to be paid with, where he gives no structured reference."""
    duplicate_reason = models.TextField(blank=True)
    """Why a suspected duplicate may be booked all the same (INV-19)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="invoice_public_id_is_unique"),
            models.UniqueConstraint(fields=["domain", "document_id"], name="invoice_is_one_per_document"),
            models.CheckConstraint(name="invoice_side_is_known", condition=models.Q(side__in=Side.values)),
            models.CheckConstraint(name="invoice_kind_is_known", condition=models.Q(kind__in=InvoiceKind.values)),
        ]
        indexes = [
            models.Index(fields=["domain", "contact_id", "number_key"], name="invoice_by_number"),
            models.Index(fields=["domain", "contact_id", "issued_on", "total_cents"], name="invoice_by_total"),
        ]
