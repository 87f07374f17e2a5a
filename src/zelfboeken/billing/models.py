"""Prices and limits with the day from which they count, what each domain's price depended on, and its statements.

Prices, limits and the operator's identity are reference data; they are never changed, only followed by a newer row.
Everything about one domain is a row of that domain.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now, NullIf

from zelfboeken.access.models import User
from zelfboeken.billing.rules import SeatPolicy
from zelfboeken.tenancy.models import Bundle, DomainModel, Lifecycle, PricingModel

_SEAT_POLICIES = [(policy.value, policy.value) for policy in SeatPolicy]


class BundlePrice(models.Model):
    """What a bundle costs and holds from a day on. The newest row of a bundle and a day is the one that counts, and
    only when somebody confirmed it: what ships is an example. No limit is null.
    """

    bundle = models.TextField(choices=Bundle)
    valid_from = models.DateField()
    monthly_cents = models.BigIntegerField()
    users = models.IntegerField(null=True)
    documents = models.IntegerField(null=True)
    pack_documents = models.IntegerField(default=0)
    pack_cents = models.BigIntegerField(default=0)
    is_confirmed = models.BooleanField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="bundle_price_bundle_is_known", condition=models.Q(bundle__in=Bundle.values)),
            models.CheckConstraint(
                name="bundle_price_is_not_negative",
                condition=models.Q(monthly_cents__range=(0, 10**9), pack_cents__range=(0, 10**9)),
            ),
            models.CheckConstraint(
                name="bundle_price_limits_are_above_zero",
                condition=(models.Q(users__isnull=True) | models.Q(users__gte=1))
                & (models.Q(documents__isnull=True) | models.Q(documents__gte=1))
                & models.Q(pack_documents__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["bundle", "valid_from", "id"], name="bundle_price_by_day")]


class SeatPrice(models.Model):
    """What an extra Backoffice role costs a month from a day on, and how its days are counted."""

    valid_from = models.DateField()
    monthly_cents = models.BigIntegerField()
    policy = models.TextField(choices=_SEAT_POLICIES, default=SeatPolicy.DAILY.value)
    is_confirmed = models.BooleanField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="seat_price_is_not_negative", condition=models.Q(monthly_cents__range=(0, 10**9))
            ),
            models.CheckConstraint(
                name="seat_price_policy_is_known",
                condition=models.Q(policy__in=[policy.value for policy in SeatPolicy]),
            ),
        ]
        indexes = [models.Index(fields=["valid_from", "id"], name="seat_price_by_day")]


class ViewPrice(models.Model):
    """What it costs a month from a day on to look into an inactive domain. Counts only when somebody confirmed it."""

    valid_from = models.DateField()
    monthly_cents = models.BigIntegerField()
    is_confirmed = models.BooleanField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="view_price_is_not_negative", condition=models.Q(monthly_cents__range=(0, 10**9))
            )
        ]
        indexes = [models.Index(fields=["valid_from", "id"], name="view_price_by_day")]


class Operator(models.Model):
    """Who sends the statements: the newest row counts. `series` begins each number of a statement."""

    name = models.TextField()
    street = models.TextField()
    postcode = models.TextField()
    city = models.TextField()
    enterprise_number = models.TextField()
    vat_number = models.TextField()
    iban = models.TextField()
    email = models.TextField()
    series = models.TextField()
    payment_days = models.IntegerField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="operator_series_is_plain", condition=models.Q(series__regex=r"^[A-Z0-9]{1,8}$")
            ),
            models.CheckConstraint(
                name="operator_payment_days_are_reasonable", condition=models.Q(payment_days__range=(0, 90))
            ),
            models.CheckConstraint(
                name="operator_is_whole",
                condition=~(
                    models.Q(name="")
                    | models.Q(street="")
                    | models.Q(postcode="")
                    | models.Q(city="")
                    | models.Q(enterprise_number="")
                    | models.Q(vat_number="")
                    | models.Q(iban="")
                ),
            ),
        ]


class StatementSeries(models.Model):
    """The last number of a series in a year: a row to lock, nothing to trust; the numbers stand below."""

    series = models.TextField()
    year = models.IntegerField()
    last_number = models.IntegerField(default=0)
    last_issued_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="statement_series_is_one_a_year")]


class NumberedAs(models.TextChoices):
    """What carries a number of the series: statements and what corrects them are numbered in one series."""

    STATEMENT = "STATEMENT"
    CREDIT_NOTE = "CREDIT_NOTE"


class StatementNumber(models.Model):
    """A number that was given out, to which domain and for what. A foreign key from `prev_number` holds the numbers
    together, so that none is skipped; a statement or credit note points to its own number with its own domain, so that
    none is used twice.
    """

    series = models.TextField()
    year = models.IntegerField()
    number = models.IntegerField()
    prev_number = models.GeneratedField(
        expression=NullIf(F("number") - Value(1), Value(0)), output_field=models.IntegerField(), db_persist=True
    )
    drawn_for = models.BigIntegerField()
    """Id of the domain; the domain itself is in the statement's key."""
    drawn_as = models.TextField(choices=NumberedAs, default=NumberedAs.STATEMENT, db_default=NumberedAs.STATEMENT)
    issued_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "number"], name="statement_number_is_given_once"),
            models.UniqueConstraint(
                fields=["series", "year", "number", "drawn_for", "drawn_as"], name="statement_number_has_one_use"
            ),
            models.CheckConstraint(
                name="statement_number_use_is_known", condition=models.Q(drawn_as__in=NumberedAs.values)
            ),
            models.CheckConstraint(name="statement_number_begins_at_one", condition=models.Q(number__gte=1)),
        ]


class Standing(DomainModel):
    """What a domain's price depends on, from a moment on: a row for each change, and never changed."""

    at = models.DateTimeField()
    pricing_model = models.TextField(choices=PricingModel)
    bundle = models.TextField(choices=Bundle)
    lifecycle = models.TextField(choices=Lifecycle)
    is_view_only = models.BooleanField(default=False, db_default=False)
    trial_until = models.DateField(null=True)
    is_authorised = models.BooleanField()
    seats = models.IntegerField()
    """Active Backoffice roles."""
    places = models.IntegerField()
    """Users with an active role."""
    because = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="standing_counts_are_not_negative", condition=models.Q(seats__gte=0, places__gte=0)
            ),
            models.CheckConstraint(
                name="standing_facts_are_known",
                condition=models.Q(
                    pricing_model__in=PricingModel.values, bundle__in=Bundle.values, lifecycle__in=Lifecycle.values
                ),
            ),
        ]
        indexes = [models.Index(fields=["domain", "at", "id"], name="standing_by_moment")]


class Debtor(models.TextChoices):
    """Who pays: the domain itself, unless its contract names the office."""

    DOMAIN = "DOMAIN"
    OFFICE = "OFFICE"


class Contract(DomainModel):
    """Who pays for a domain and where the statement goes: the newest row counts, and none is changed."""

    debtor = models.TextField(choices=Debtor)
    name = models.TextField()
    street = models.TextField()
    postcode = models.TextField()
    city = models.TextField()
    country = models.CharField(max_length=2)
    enterprise_number = models.TextField(blank=True)
    vat_number = models.TextField(blank=True)
    email = models.TextField(blank=True)
    modules_cents = models.BigIntegerField(default=0)
    """What the separate modules of a domain without a bundle cost a month."""
    entered_by = models.BigIntegerField(null=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="contract_debtor_is_known", condition=models.Q(debtor__in=Debtor.values)),
            models.CheckConstraint(
                name="contract_modules_are_not_negative", condition=models.Q(modules_cents__range=(0, 10**9))
            ),
        ]
        indexes = [models.Index(fields=["domain", "id"], name="contract_by_newest")]


class MonthlyStatement(DomainModel):
    """What a domain owes for a month, as it was issued. A month in which nothing was owed has no number.

    A statement that was wrong is credited whole and made anew: a next `edition` exists only beside the credit note that
    took back the whole of the one before it, by a foreign key from `prev_edition`.
    """

    month = models.DateField()
    edition = models.IntegerField(default=1, db_default=1)
    prev_edition = models.GeneratedField(
        expression=NullIf(F("edition") - Value(1), Value(0)), output_field=models.IntegerField(), db_persist=True
    )
    debtor = models.TextField(choices=Debtor)
    series = models.TextField(null=True)
    year = models.IntegerField(null=True)
    number = models.IntegerField(null=True)
    drawn_for = models.BigIntegerField(null=True)
    drawn_as = models.GeneratedField(
        expression=Value(NumberedAs.STATEMENT.value, output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
    )
    issued_on = models.DateField()
    due_on = models.DateField()
    net_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    content = models.JSONField()
    """Everything the page, the PDF and the e-invoice say: parties, lines with their prices, VAT."""
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "month", "edition"], name="statement_is_one_a_month_and_edition"),
            models.UniqueConstraint(
                fields=["domain", "month", "edition", "net_cents"], name="statement_amount_is_its_own"
            ),
            models.CheckConstraint(name="statement_edition_begins_at_one", condition=models.Q(edition__gte=1)),
            models.UniqueConstraint(fields=["domain", "series", "year", "number"], name="statement_has_its_own_number"),
            models.CheckConstraint(name="statement_month_is_its_first_day", condition=models.Q(month__day=1)),
            models.CheckConstraint(name="statement_debtor_is_known", condition=models.Q(debtor__in=Debtor.values)),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=models.Q(total_cents=F("net_cents") + F("vat_cents"), net_cents__gte=0, vat_cents__gte=0),
            ),
            models.CheckConstraint(
                name="statement_has_a_number_when_something_is_owed",
                condition=models.Q(
                    net_cents__gt=0,
                    series__isnull=False,
                    year__isnull=False,
                    number__isnull=False,
                    drawn_for=F("domain"),
                )
                | models.Q(
                    net_cents=0,
                    series__isnull=True,
                    year__isnull=True,
                    number__isnull=True,
                    drawn_for__isnull=True,
                ),
            ),
        ]


class CreditNote(DomainModel):
    """What is taken back of a statement that was wrong, in whole or in part, with the reason.

    The notes of one statement carry their running sum (`before_cents`, `after_cents`), chained by a foreign key, so
    that never more is taken back than was asked; `credited_edition` says that this note took back what was left.
    """

    month = models.DateField()
    edition = models.IntegerField()
    statement_net_cents = models.BigIntegerField()
    sequence = models.IntegerField()
    prev_sequence = models.GeneratedField(
        expression=NullIf(F("sequence") - Value(1), Value(0)), output_field=models.IntegerField(), db_persist=True
    )
    before_cents = models.BigIntegerField()
    net_cents = models.BigIntegerField()
    after_cents = models.GeneratedField(
        expression=F("before_cents") + F("net_cents"), output_field=models.BigIntegerField(), db_persist=True
    )
    credited_edition = models.GeneratedField(
        expression=Case(When(statement_net_cents=F("before_cents") + F("net_cents"), then=F("edition"))),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )
    vat_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    series = models.TextField()
    year = models.IntegerField()
    number = models.IntegerField()
    drawn_for = models.BigIntegerField()
    drawn_as = models.GeneratedField(
        expression=Value(NumberedAs.CREDIT_NOTE.value, output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
    )
    issued_on = models.DateField()
    reason = models.TextField()
    content = models.JSONField()
    """How much of each line of the statement, and everything else that is shown."""
    entered_by = models.BigIntegerField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "month", "edition", "sequence"], name="credit_note_comes_once_in_order"
            ),
            models.UniqueConstraint(
                fields=["domain", "month", "edition", "sequence", "after_cents"], name="credit_note_sum_is_its_own"
            ),
            models.UniqueConstraint(
                fields=["domain", "month", "credited_edition"], name="statement_is_taken_back_once"
            ),
            models.UniqueConstraint(
                fields=["domain", "series", "year", "number"], name="credit_note_has_its_own_number"
            ),
            models.CheckConstraint(
                name="credit_note_takes_back_no_more_than_was_asked",
                condition=models.Q(
                    net_cents__gt=0,
                    vat_cents__gte=0,
                    before_cents__gte=0,
                    statement_net_cents__gte=F("before_cents") + F("net_cents"),
                    total_cents=F("net_cents") + F("vat_cents"),
                ),
            ),
            models.CheckConstraint(
                name="credit_note_sum_begins_at_nought",
                condition=models.Q(sequence=1, before_cents=0) | models.Q(sequence__gt=1, before_cents__gt=0),
            ),
            models.CheckConstraint(name="credit_note_has_a_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(name="credit_note_is_of_its_domain", condition=models.Q(drawn_for=F("domain"))),
        ]


class LimitNotice(DomainModel):
    """The Directie was told that so much of the month's documents is used: once per month, limit and threshold."""

    month = models.DateField()
    percent = models.IntegerField()
    bundle = models.TextField(choices=Bundle)
    documents = models.IntegerField()
    limit = models.IntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "month", "limit", "percent"], name="limit_notice_is_given_once"),
            models.CheckConstraint(name="limit_notice_percent_is_known", condition=models.Q(percent__in=[80, 100])),
        ]


class ErasureStepKind(models.TextChoices):
    ANNOUNCED = "ANNOUNCED"
    WITHDRAWN = "WITHDRAWN"
    CONFIRMED = "CONFIRMED"
    ERASED = "ERASED"


class ErasureStep(DomainModel):
    """A step on the way to the end of an inactive domain (decision 15): the newest one counts, and none is changed.

    The database lets a row be deleted only where these rows and the standings say that erasing is due, and it reckons
    the days from `written_at`, which is the clock of the server whatever was sent.
    """

    kind = models.TextField(choices=ErasureStepKind)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.TextField()
    reason = models.TextField(blank=True)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="erasure_step_kind_is_known", condition=models.Q(kind__in=ErasureStepKind.values)
            ),
        ]
