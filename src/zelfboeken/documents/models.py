"""Files as they came in: stored once per domain by their hash, never changed (INV-15)."""

import uuid

from django.db import models

from zelfboeken.tenancy.models import Administration, DomainForeignKey, DomainModel


class Document(DomainModel):
    """The original bytes of one file. `name` is the first name it came with, cleaned for showing only."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    administration_id = models.BigIntegerField()
    administration = DomainForeignKey(Administration, "administration_id")
    sha256 = models.TextField()
    size = models.BigIntegerField()
    name = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "public_id"], name="document_public_id_is_unique"),
            models.UniqueConstraint(fields=["domain", "sha256"], name="document_is_stored_once"),
            models.CheckConstraint(name="document_hash_is_hex", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]


class Arrival(DomainModel):
    """One time that a file came in: by whom, how, under which name. A repeat points to the same document."""

    class Source(models.TextChoices):
        UPLOAD = "UPLOAD"
        COMMAND = "COMMAND"
        MAIL = "MAIL"
        ANSWER = "ANSWER"
        """A file that went with an answer to a question."""

    document_id = models.BigIntegerField()
    document = DomainForeignKey(Document, "document_id")
    source = models.TextField(choices=Source)
    name = models.TextField()
    is_repeat = models.BooleanField()
    arrived_at = models.DateTimeField()
    arrived_by = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["domain", "document_id"], name="arrival_of_document")]
