"""What became of each file: read, or kept with the reason why not."""

from django.db import models

from zelfboeken.documents.models import Document
from zelfboeken.tenancy.models import DomainForeignKey, DomainModel


class Outcome(models.TextChoices):
    INVOICE = "INVOICE"
    BANK = "BANK"
    ASK_SIDE = "ASK_SIDE"
    """An invoice in which neither party is the administration: a person says what it is."""
    UNREADABLE = "UNREADABLE"


class Reading(DomainModel):
    """The outcome of reading a document. `reason` is a Dutch sentence where a person has something to do."""

    document_id = models.BigIntegerField()
    document = DomainForeignKey(Document, "document_id")
    outcome = models.TextField(choices=Outcome)
    code = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    findings = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "document_id"], name="reading_is_one_per_document"),
            models.CheckConstraint(name="reading_outcome_is_known", condition=models.Q(outcome__in=Outcome.values)),
        ]
        indexes = [
            models.Index(
                fields=["domain", "read_at"],
                condition=models.Q(outcome__in=["ASK_SIDE", "UNREADABLE"]),
                name="reading_needs_a_person",
            ),
        ]
