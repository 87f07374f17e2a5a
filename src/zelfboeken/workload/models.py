"""How much work waits in a domain, and on which days an office works."""

from __future__ import annotations

from django.db import models

from zelfboeken.tenancy.models import DomainModel, Portal


class Counter(DomainModel):
    """What waits in one domain: one row, so that a screen over many domains reads nothing else.

    Every column is what `Counted` of the package it belongs to makes of the rows of the domain, at the end of each
    transaction that changed them; `zelfboeken verify` counts again. Nothing here depends on the day it is read.
    """

    documents = models.IntegerField(db_default=0)
    documents_ready = models.IntegerField(db_default=0)
    """Of those: with a proposal that only waits for a key."""
    documents_stuck = models.IntegerField(db_default=0)
    """Of those: without a proposal, since nobody could read them or tell what they are."""
    oldest_document_at = models.DateTimeField(null=True)
    arrived = models.JSONField(db_default=models.Value({}, models.JSONField()))
    """How many of the documents that wait came in during which hour, by whole hours since 1970."""
    received_at = models.DateTimeField(null=True)
    """When the last file came in."""
    documents_by_month = models.JSONField(db_default=models.Value({}, models.JSONField()))
    """Per administration (its id) and month (2026-10): the documents of that month that are not booked."""
    bank_lines = models.IntegerField(db_default=0)
    bank_lines_ready = models.IntegerField(db_default=0)
    oldest_line_on = models.DateField(null=True)
    statement_on = models.DateField(null=True)
    """The day of the last statement."""
    lines_by_month = models.JSONField(db_default=models.Value({}, models.JSONField()))
    returns = models.JSONField(db_default=models.Value({}, models.JSONField()))
    """Per administration (its id) that hands in VAT returns: after how many months, 1 or 3."""
    posted_at = models.DateTimeField(null=True)
    """When the last entry was posted."""
    questions_to_office = models.IntegerField(db_default=0)
    """Questions on which the office is asked to act: of the client, or answered by him."""
    questions_to_client = models.IntegerField(db_default=0)
    """Questions that wait for an answer of the client."""
    version = models.BigIntegerField(db_default=0)
    """Goes up with every count; raising it is how a count waits for the one before."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain"], name="counter_is_one_per_domain"),
            models.CheckConstraint(
                name="counter_counts_from_zero",
                condition=models.Q(
                    documents__gte=0,
                    documents_ready__gte=0,
                    documents_stuck__gte=0,
                    bank_lines__gte=0,
                    bank_lines_ready__gte=0,
                    questions_to_office__gte=0,
                    questions_to_client__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="counter_parts_are_within_the_whole",
                condition=models.Q(
                    documents__gte=models.F("documents_ready") + models.F("documents_stuck"),
                    bank_lines__gte=models.F("bank_lines_ready"),
                ),
            ),
        ]


class WorkingHours(models.Model):
    """Until when what comes in is work of the same day, and on which days of the week the office works.

    Without the row: noon, Monday to Friday.
    """

    portal = models.OneToOneField(Portal, on_delete=models.PROTECT, primary_key=True, related_name="working_hours")
    cut_off_hour = models.SmallIntegerField(default=12)
    weekdays = models.CharField(max_length=7, default="12345")
    """The days as digits, 1 for Monday."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="working_hours_cut_off_is_an_hour", condition=models.Q(cut_off_hour__gte=1, cut_off_hour__lte=23)
            ),
            models.CheckConstraint(
                name="working_hours_have_a_day",
                condition=models.Q(weekdays__regex=r"^1?2?3?4?5?6?7?$") & ~models.Q(weekdays=""),
            ),
        ]


class DayException(models.Model):
    """A day on which an office closes, or works although it is a public holiday."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="day_exceptions")
    on_date = models.DateField()
    name = models.TextField(blank=True)
    works = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["portal", "on_date"], name="day_exception_is_once_a_day")]
