"""Who did what, acting for whom: append-only, written in the transaction of the act (INV-24)."""

from django.db import models

from zelfboeken.tenancy.models import DomainModel


class Event(DomainModel):
    """One act or one refusal in a domain. The actor is kept by id and name, so that the log outlives the account."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField()
    action = models.TextField()
    subject = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["domain", "-at"], name="audit_event_by_time")]
