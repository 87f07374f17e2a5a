"""Proposals: draft bookings with their reasons, waiting for a person; and what earlier bookings taught."""

from django.db import models

from zelfboeken.booking.packed import PackedJSONField
from zelfboeken.contacts.models import Contact
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class SubjectKind(models.TextChoices):
    PURCHASE = "PURCHASE"
    SALE = "SALE"


class Proposal(DomainModel):
    """The booking proposed for one document.

    `received_at` is when its document came in, kept here too: what waits is counted by it with every booking, without
    looking up the documents (`verify` compares). `facts` and `lines` are the stored form of
    `booking.rules.DocumentFacts` and `DraftLine`; `entry_id` is the entry that stands for it now, empty while it waits
    (`verify` compares it with the ledger). A document that comes to zero has no entry: `handled_at` says when somebody
    put it aside. `version` goes up with every change: a form that was opened on an older one is refused.
    `completed_at` says when somebody gave it its lines who may complete data and not book; whoever books it, puts it
    aside or gives it other lines after him leaves none.
    """

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    subject_kind = models.TextField(choices=SubjectKind)
    subject_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    contact = DomainForeignKey(Contact, "contact_id")
    version = models.IntegerField(default=1)
    on_date = models.DateField()
    received_at = models.DateTimeField()
    facts = PackedJSONField()
    lines = PackedJSONField()
    reasons = PackedJSONField(default=list)
    problems = PackedJSONField(default=list)
    certainty_percent = models.SmallIntegerField()
    is_ready = models.BooleanField()
    is_edited = models.BooleanField(default=False)
    entry_id = models.BigIntegerField(null=True)
    handled_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "subject_kind", "subject_id"], name="proposal_is_one_per_document"
            ),
            models.CheckConstraint(
                name="proposal_is_booked_or_handled_not_both",
                condition=models.Q(entry_id__isnull=True) | models.Q(handled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="proposal_certainty_is_a_share",
                condition=models.Q(certainty_percent__gte=0, certainty_percent__lte=100),
            ),
        ]
        indexes = [
            models.Index(
                fields=["domain", "administration_id", "on_date", "id"],
                condition=models.Q(entry_id__isnull=True, handled_at__isnull=True),
                name="proposal_waiting",
            ),
            models.Index(
                fields=["domain", "administration_id", "-on_date", "-id"],
                condition=models.Q(entry_id__isnull=False) | models.Q(handled_at__isnull=False),
                name="proposal_booked",
            ),
        ]


class HabitCount(DomainModel):
    """How often a feature of a document (a supplier, a word) went to an outcome (account, VAT code, deduction)."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    feature = models.TextField()
    outcome = models.TextField()
    times = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "administration_id", "feature", "outcome"], name="habit_is_counted_once"
            ),
            models.CheckConstraint(name="habit_count_is_not_negative", condition=models.Q(times__gte=0)),
        ]
