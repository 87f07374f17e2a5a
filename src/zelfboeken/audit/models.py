"""Who did what, acting for whom: append-only, written in the transaction of the act (INV-24)."""

from django.db import models

from zelfboeken.tenancy.models import DomainModel, Portal


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


class PortalEvent(models.Model):
    """One act or one refusal about a portal as a whole: its staff, a domain that was made in it. Append-only too."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField()
    action = models.TextField()
    subject = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["portal", "-at"], name="audit_portal_event_by_time")]
