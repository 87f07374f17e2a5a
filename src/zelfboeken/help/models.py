"""What readers answered to "Was this article useful?". Reference data: help belongs to no domain."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zelfboeken.access.models import User

MOST_TEXT = 2_000


class Reason(models.TextChoices):
    """Why an article was of no use."""

    NOT_FOUND = "NOT_FOUND"
    DIFFICULT = "DIFFICULT"
    NOT_TRUE = "NOT_TRUE"
    STEP_MISSING = "STEP_MISSING"


class Outcome(models.TextChoices):
    """What the operator did with an answer."""

    READ = "READ"
    ADAPTED = "ADAPTED"


class Feedback(models.Model):
    """One reader's answer about one article: his last one counts.

    `visitor` tells readers apart and not who they are; it is another one for each article. Only who asks for a mail is
    kept by name, until that mail is sent. `edition_on` is the day of the text that was read.
    """

    article = models.TextField()
    language = models.CharField(max_length=2)
    edition_on = models.DateField()
    visitor = models.CharField(max_length=64)
    is_useful = models.BooleanField()
    reasons = ArrayField(models.TextField(choices=Reason), default=list)
    text = models.CharField(max_length=MOST_TEXT, blank=True)
    mail_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome, blank=True)
    handled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "visitor"], name="article_is_judged_once_by_a_visitor"),
            models.CheckConstraint(
                name="answer_says_why_it_is_no",
                condition=Q(is_useful=True, reasons=[], text="", mail_to=None)
                | (Q(is_useful=False) & (~Q(reasons=[]) | ~Q(text=""))),
            ),
            models.CheckConstraint(
                name="answer_has_known_reasons", condition=Q(reasons__contained_by=list(Reason.values))
            ),
            models.CheckConstraint(
                name="answer_is_handled_by_somebody",
                condition=Q(outcome="", handled_by=None, handled_at=None)
                | Q(outcome__in=Outcome.values, handled_by__isnull=False, handled_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-given_at", "-id"], name="feedback_newest_first")]
