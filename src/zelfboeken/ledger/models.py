"""The books: chart, journals, periods, entries and their lines.

Entries and lines are tables written in SQL (`migrations/sql`), since their constraints are the judge; Django reads
them through the unmanaged models here. What the constraints promise is told in docs/decisions/0002.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zelfboeken.contacts.models import Contact
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class GLAccountType(models.TextChoices):
    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    EQUITY = "EQUITY"
    EXPENSE = "EXPENSE"
    INCOME = "INCOME"
    OFF_BALANCE = "OFF_BALANCE"


class GLAccount(DomainModel):
    """A GL account of one administration. On a control account every line names its contact, elsewhere none does."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    code = models.TextField()
    type = models.TextField(choices=GLAccountType)
    name_nl = models.TextField()
    name_fr = models.TextField()
    name_en = models.TextField()
    vat_nature = models.TextField(blank=True)
    is_control = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "administration_id", "id"], name="gl_account_in_its_books"),
            models.UniqueConstraint(
                fields=["domain", "administration_id", "id", "is_control"], name="gl_account_is_control_or_not"
            ),
            models.UniqueConstraint(fields=["domain", "administration_id", "code"], name="gl_account_code_is_once"),
            models.CheckConstraint(name="gl_account_code_is_digits", condition=models.Q(code__regex=r"^[0-9]{2,8}$")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_nl}"


class JournalKind(models.TextChoices):
    PURCHASE = "PURCHASE"
    SALES = "SALES"
    BANK = "BANK"
    CASH = "CASH"
    MISCELLANEOUS = "MISCELLANEOUS"
    OPENING = "OPENING"


class Journal(DomainModel):
    """A journal of one administration; numbers run per journal and fiscal year."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    code = models.TextField()
    kind = models.TextField(choices=JournalKind)
    name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "administration_id", "id"], name="journal_in_its_books"),
            models.UniqueConstraint(fields=["domain", "administration_id", "code"], name="journal_code_is_once"),
        ]

    def __str__(self) -> str:
        return self.code


class PeriodState(models.TextChoices):
    OPEN = "OPEN"
    BLOCKED = "BLOCKED"
    CLOSED = "CLOSED"


class Period(DomainModel):
    """A month of a fiscal year. Its dates never change; a longer year adds months."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    fiscal_year = models.IntegerField()
    starts_on = models.DateField()
    until = models.DateField()
    state = models.TextField(choices=PeriodState, default=PeriodState.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "administration_id", "starts_on"], name="period_starts_once"),
            models.UniqueConstraint(
                fields=["domain", "administration_id", "fiscal_year", "starts_on", "until"],
                name="period_in_its_year",
            ),
            models.CheckConstraint(
                name="period_ends_after_it_starts", condition=models.Q(until__gt=models.F("starts_on"))
            ),
            models.CheckConstraint(name="period_state_is_known", condition=models.Q(state__in=PeriodState.values)),
        ]


class Entry(models.Model):
    """A posted entry: numbered, sealed in the chain, never changed."""

    pk = models.CompositePrimaryKey("domain_id", "id")
    domain_id = models.BigIntegerField()
    id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    journal_id = models.BigIntegerField()
    fiscal_year = models.IntegerField()
    period_starts_on = models.DateField()
    period_until = models.DateField()
    on_date = models.DateField()
    number = models.BigIntegerField()
    subject = models.TextField()
    attempt = models.IntegerField()
    reverses_id = models.BigIntegerField(null=True)
    line_count = models.IntegerField()
    description = models.TextField()
    document_sha256 = models.BinaryField(null=True)
    posted_at = models.DateTimeField()
    posted_by = models.BigIntegerField()
    seq = models.BigIntegerField()
    prev_hash = models.BinaryField(null=True)
    content = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "ledger_entry"


class EntryLine(models.Model):
    """A line of an entry: one GL account, one side, and the VAT grids it counts in."""

    pk = models.CompositePrimaryKey("domain_id", "entry_id", "n")
    domain_id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    n = models.IntegerField()
    line_count = models.IntegerField()
    on_date = models.DateField()
    gl_account_id = models.BigIntegerField()
    contact_id = models.BigIntegerField(null=True)
    debit_cents = models.BigIntegerField()
    credit_cents = models.BigIntegerField()
    running_cents = models.BigIntegerField()
    vat_grids = ArrayField(models.SmallIntegerField())
    vat_cents = ArrayField(models.BigIntegerField())
    description = models.TextField()

    class Meta:
        managed = False
        db_table = "ledger_entry_line"


class Series(models.Model):
    """The last number drawn per journal and fiscal year: a row to lock; `verify` recomputes it."""

    pk = models.CompositePrimaryKey("domain_id", "administration_id", "journal_id", "fiscal_year")
    domain_id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    journal_id = models.BigIntegerField()
    fiscal_year = models.IntegerField()
    last_number = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_series"


class Head(models.Model):
    """The end of an administration's chain: a row to lock; `verify` recomputes it."""

    pk = models.CompositePrimaryKey("domain_id", "administration_id")
    domain_id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    hash = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_head"


class Balance(models.Model):
    """Debit and credit per GL account and month, kept beside the lines and proven equal by `verify`."""

    pk = models.CompositePrimaryKey("domain_id", "administration_id", "gl_account_id", "month_starts_on")
    domain_id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    gl_account_id = models.BigIntegerField()
    month_starts_on = models.DateField()
    debit_cents = models.BigIntegerField()
    credit_cents = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_balance"


class GridBalance(models.Model):
    """Cents per VAT grid and month, kept beside the lines and proven equal by `verify`."""

    pk = models.CompositePrimaryKey("domain_id", "administration_id", "grid", "month_starts_on")
    domain_id = models.BigIntegerField()
    administration_id = models.BigIntegerField()
    grid = models.SmallIntegerField()
    month_starts_on = models.DateField()
    cents = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "ledger_grid_balance"


class OpenItem(DomainModel):
    """What a contact owes (+) or is owed (−) by one line of an entry, and how much of it was matched.

    `matched_cents` has the sign of the amount and never passes it (INV-17); it is stored for that check.
    """

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    entry_id = models.BigIntegerField()
    n = models.IntegerField()
    contact_id = models.BigIntegerField()
    contact = DomainForeignKey(Contact, "contact_id")
    gl_account_id = models.BigIntegerField()
    gl_account = DomainForeignKey(GLAccount, "gl_account_id")
    on_date = models.DateField()
    due_on = models.DateField(null=True)
    document_number = models.TextField(blank=True)
    structured = models.TextField(blank=True)
    amount_cents = models.BigIntegerField()
    matched_cents = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "entry_id", "n"], name="open_item_is_one_line"),
            models.CheckConstraint(name="open_item_has_an_amount", condition=~models.Q(amount_cents=0)),
            models.CheckConstraint(
                name="open_item_is_not_matched_above_itself",
                condition=models.Q(
                    amount_cents__gt=0, matched_cents__gte=0, matched_cents__lte=models.F("amount_cents")
                )
                | models.Q(amount_cents__lt=0, matched_cents__lte=0, matched_cents__gte=models.F("amount_cents")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["domain", "administration_id", "contact_id"],
                condition=~models.Q(matched_cents=models.F("amount_cents")),
                name="open_item_still_open",
            ),
        ]
