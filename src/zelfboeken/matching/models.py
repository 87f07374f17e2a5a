"""What belongs together: proposals for bank lines, and matches between open items."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zelfboeken.bank.models import BankLine
from zelfboeken.ledger.models import OpenItem
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class LineProposal(DomainModel):
    """What is proposed for a bank line that waits; `decision` is the stored form of the rule's answer.

    `item_ids` are the open items that the proposal or one of its choices would settle: once less is open of one of
    them, the lines that counted on it are found without looking into every decision.
    """

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_line_id = models.BigIntegerField()
    bank_line = DomainForeignKey(BankLine, "bank_line_id")
    version = models.IntegerField(default=1)
    group = models.TextField()
    decision = models.JSONField()
    item_ids = ArrayField(models.BigIntegerField(), default=list)
    certainty_percent = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "bank_line_id"], name="line_proposal_is_one_per_line"),
        ]


class Match(DomainModel):
    """Two open items of opposite sides set off against each other, by a bank line or by hand.

    It is undone by `undone_at`, never deleted, so that what was changed can be read back.
    """

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_line_id = models.BigIntegerField(null=True)
    bank_line = DomainForeignKey(BankLine, "bank_line_id", null=True)
    item_id = models.BigIntegerField()
    item = DomainForeignKey(OpenItem, "item_id")
    against_id = models.BigIntegerField()
    against = DomainForeignKey(OpenItem, "against_id")
    amount_cents = models.BigIntegerField()
    method = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="match_has_an_amount", condition=models.Q(amount_cents__gt=0)),
            models.CheckConstraint(name="match_joins_two_items", condition=~models.Q(item_id=models.F("against_id"))),
            models.CheckConstraint(
                name="match_undone_by_somebody",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["domain", "bank_line_id"], name="match_of_bank_line"),
            models.Index(fields=["domain", "item_id"], name="match_of_item"),
            models.Index(fields=["domain", "against_id"], name="match_against_item"),
        ]
