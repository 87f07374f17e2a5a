"""Questions, what was said, who takes part, the mails that came back, and the invoices that are missing.

A question points to a document or bank line by its kind and id, as a proposal does: what those are is known further
out.
"""

import uuid

from django.db import models
from django.db.models import Q

from zelfboeken.access.models import User
from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class SubjectKind(models.TextChoices):
    NONE = "NONE"
    DOCUMENT = "DOCUMENT"
    BANK_LINE = "BANK_LINE"


class Topic(models.TextChoices):
    BOOKING = "BOOKING"
    ADMINISTRATION = "ADMINISTRATION"
    SOFTWARE = "SOFTWARE"
    PAYROLL = "PAYROLL"
    COMPLAINT = "COMPLAINT"


class Side(models.TextChoices):
    """From where somebody speaks: the office, or the domain itself."""

    OFFICE = "OFFICE"
    DOMAIN = "DOMAIN"


class Party(models.TextChoices):
    """What somebody is in a question: who asked it, or who answers it."""

    ASKER = "ASKER"
    RECEIVER = "RECEIVER"


class Question(DomainModel):
    """Something somebody wants to know. `waits_for` says whose turn it is; nobody's when it is closed.

    `subject_right` is the right without which nobody sees it; "" where the question is only for who takes part.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        ANSWERED = "ANSWERED"
        CLOSED = "CLOSED"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    subject_kind = models.TextField(choices=SubjectKind, default=SubjectKind.NONE)
    subject_id = models.BigIntegerField(null=True)
    subject_right = models.TextField(blank=True)
    subject_text = models.TextField(blank=True)
    topic = models.TextField(choices=Topic)
    title = models.TextField()
    asked_side = models.TextField(choices=Side)
    to_side = models.TextField(choices=Side)
    routed_because = models.TextField()
    state = models.TextField(choices=State, default=State.OPEN)
    waits_for = models.TextField(choices=Party, blank=True, default=Party.RECEIVER)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="question_public_id_is_unique"),
            models.CheckConstraint(
                name="question_subject_is_whole",
                condition=Q(subject_kind="NONE", subject_id__isnull=True)
                | Q(subject_kind__in=["DOCUMENT", "BANK_LINE"], subject_id__isnull=False),
            ),
            models.CheckConstraint(
                name="question_closed_waits_for_nobody",
                condition=Q(state="CLOSED", waits_for="")
                | Q(state="OPEN", waits_for__in=Party.values)
                | Q(state="ANSWERED", waits_for="ASKER"),
            ),
            models.CheckConstraint(name="question_topic_is_known", condition=Q(topic__in=Topic.values)),
            models.CheckConstraint(
                name="question_sides_are_known",
                condition=Q(asked_side__in=Side.values, to_side__in=Side.values),
            ),
            models.CheckConstraint(name="question_has_a_title", condition=~Q(title="")),
        ]
        indexes = [
            models.Index(
                fields=["domain", "administration_id", "-changed_at"],
                condition=~Q(state="CLOSED"),
                name="question_not_closed",
            ),
            models.Index(fields=["domain", "subject_kind", "subject_id"], name="question_of_subject"),
        ]


class Participant(DomainModel):
    """Who asked or answers a question, and until when his answer by mail is taken."""

    question_id = models.BigIntegerField()
    question = DomainForeignKey(Question, "question_id")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    party = models.TextField(choices=Party)
    is_active = models.BooleanField(default=True)
    mail_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "question_id", "user"], name="participant_is_once_in_a_question"),
            models.CheckConstraint(name="participant_party_is_known", condition=Q(party__in=Party.values)),
        ]
        indexes = [models.Index(fields=["domain", "user"], name="participant_by_user")]


class Message(DomainModel):
    """One thing that was said or done in a question; only ever added. `quoted` is what was cut from a mail."""

    class Kind(models.TextChoices):
        QUESTION = "QUESTION"
        ANSWER = "ANSWER"
        NOTE = "NOTE"
        """Between people of the office."""
        CLOSED = "CLOSED"
        REOPENED = "REOPENED"
        HANDED = "HANDED"

    class Way(models.TextChoices):
        APP = "APP"
        MAIL = "MAIL"

    question_id = models.BigIntegerField()
    question = DomainForeignKey(Question, "question_id")
    n = models.IntegerField()
    kind = models.TextField(choices=Kind)
    side = models.TextField(choices=Side)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.TextField()
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    way = models.TextField(choices=Way, default=Way.APP)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "question_id", "n"], name="message_has_its_place"),
            models.CheckConstraint(
                name="message_kind_is_known",
                condition=Q(kind__in=["QUESTION", "ANSWER", "NOTE", "CLOSED", "REOPENED", "HANDED"]),
            ),
            models.CheckConstraint(name="message_note_is_of_the_office", condition=~Q(kind="NOTE") | Q(side="OFFICE")),
        ]


class Attachment(DomainModel):
    """A file that came with a message; the bytes are those of a stored document, known by its id.

    `outcome` tells what became of it where it was handed in as a document of the books; "" where it only goes along.
    """

    message_id = models.BigIntegerField()
    message = DomainForeignKey(Message, "message_id")
    question_id = models.BigIntegerField()
    question = DomainForeignKey(Question, "question_id")
    n = models.IntegerField()
    document_id = models.BigIntegerField()
    name = models.TextField()
    size = models.BigIntegerField()
    outcome = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "question_id", "n"], name="attachment_has_its_place"),
        ]


class DefaultReceiver(DomainModel):
    """Who gets the office's questions about an administration, when nobody is named."""

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "administration_id"], name="default_receiver_is_one_per_administration"
            ),
        ]


class IncomingMail(DomainModel):
    """A mail that came back to a question: taken as an answer, or refused and kept with the reason.

    The mail itself is stored unchanged under its hash.
    """

    class Outcome(models.TextChoices):
        TAKEN = "TAKEN"
        REFUSED = "REFUSED"
        SETTLED = "SETTLED"
        """It was refused, and a person looked at it."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    participant_id = models.BigIntegerField()
    participant = DomainForeignKey(Participant, "participant_id")
    question_id = models.BigIntegerField()
    question = DomainForeignKey(Question, "question_id")
    sha256 = models.TextField()
    size = models.BigIntegerField()
    mail_id = models.TextField(blank=True)
    sender = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    outcome = models.TextField(choices=Outcome)
    code = models.TextField(blank=True)
    came_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="incoming_mail_public_id_is_unique"),
            models.UniqueConstraint(fields=["domain", "sha256"], name="incoming_mail_is_once"),
            models.UniqueConstraint(
                fields=["domain", "participant_id", "mail_id"],
                condition=Q(outcome="TAKEN") & ~Q(mail_id=""),
                name="incoming_mail_is_taken_once",
            ),
            models.CheckConstraint(
                name="incoming_mail_refusal_has_a_reason",
                condition=Q(outcome="TAKEN", code="") | (Q(outcome__in=["REFUSED", "SETTLED"]) & ~Q(code="")),
            ),
            models.CheckConstraint(
                name="incoming_mail_settled_by_somebody",
                condition=Q(outcome="SETTLED", settled_by__isnull=False, settled_at__isnull=False)
                | (~Q(outcome="SETTLED") & Q(settled_by__isnull=True, settled_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["domain", "came_at"], condition=Q(outcome="REFUSED"), name="incoming_mail_refused"),
        ]


class StrandedMail(models.Model):
    """A mail of which nobody knows for which domain it was: no address of ours in it, or a forged one.

    It belongs to no domain, so only who runs the server sees it; it is stored unchanged under its hash.
    """

    sha256 = models.TextField(unique=True)
    size = models.BigIntegerField()
    sender = models.TextField(blank=True)
    receiver = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    code = models.TextField()
    came_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="stranded_mail_has_a_reason", condition=~Q(code=""))]


class MissingInvoice(DomainModel):
    """An invoice that is asked for because its payment stands on the bank: one for each bank line, also after it was
    closed and asked again.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        ARRIVED = "ARRIVED"
        """The payment is matched with documents; nobody closes it by hand."""
        NONE_EXISTS = "NONE_EXISTS"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    bank_line_id = models.BigIntegerField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.TextField(choices=State, default=State.OPEN)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="missing_invoice_public_id_is_unique"),
            models.UniqueConstraint(fields=["domain", "bank_line_id"], name="missing_invoice_is_one_per_line"),
            models.CheckConstraint(
                name="missing_invoice_that_does_not_exist_has_a_reason",
                condition=Q(state__in=["OPEN", "ARRIVED"], reason="") | (Q(state="NONE_EXISTS") & ~Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["domain", "owner"], condition=Q(state="OPEN"), name="missing_invoice_open"),
        ]


class MissingEvent(DomainModel):
    """One thing that happened to a missing invoice; only ever added. A reminder is of one stage of one due date."""

    class Kind(models.TextChoices):
        ASKED = "ASKED"
        REMINDED = "REMINDED"
        CHANGED = "CHANGED"
        SAID = "SAID"
        NONE_EXISTS = "NONE_EXISTS"
        ARRIVED = "ARRIVED"
        REOPENED = "REOPENED"

    item_id = models.BigIntegerField()
    item = DomainForeignKey(MissingInvoice, "item_id")
    kind = models.TextField(choices=Kind)
    text = models.TextField(blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.TextField()
    due_on = models.DateField(null=True)
    stage = models.SmallIntegerField(null=True)
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="missing_reminder_has_its_stage",
                condition=Q(kind="REMINDED", due_on__isnull=False, stage__isnull=False)
                | (~Q(kind="REMINDED") & Q(stage__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["domain", "item_id", "due_on", "stage"],
                condition=Q(kind="REMINDED"),
                name="missing_reminder_is_sent_once",
            ),
        ]
        indexes = [models.Index(fields=["domain", "item_id", "id"], name="missing_event_of_item")]


class CompletenessReport(DomainModel):
    """What was missing in an administration at the start of a month, and to whom that was told; only ever added.

    A mail went out where one of the numbers is above zero.
    """

    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    month = models.DateField()
    receiver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked = models.IntegerField()
    unasked = models.IntegerField()
    waiting = models.IntegerField()
    """Payments whose document is there, but not booked."""
    questions = models.IntegerField()
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "administration_id", "month"], name="completeness_report_is_once_a_month"
            ),
            models.CheckConstraint(
                name="completeness_report_counts_from_zero",
                condition=Q(asked__gte=0, unasked__gte=0, waiting__gte=0, questions__gte=0),
            ),
            models.CheckConstraint(name="completeness_report_is_of_a_month", condition=Q(month__day=1)),
        ]
