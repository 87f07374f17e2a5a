"""Who did what, acting for whom: append-only, written in the transaction of the act (INV-24)."""

from django.db import models

from zelfboeken.tenancy.models import Domain, DomainForeignKey, DomainModel, Portal


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


class EventLink(models.Model):
    """A link of the chain over what was decided about people and rights in a domain (`audit.chain`)."""

    pk = models.CompositePrimaryKey("domain_id", "seq")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    event_id = models.BigIntegerField()
    event = DomainForeignKey(Event, "event_id")
    prev_hash = models.BinaryField(null=True)
    content = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "event_id"], name="event_is_linked_once")]


class PortalEventLink(models.Model):
    """A link of the chain over what was done about a portal as a whole."""

    pk = models.CompositePrimaryKey("portal_id", "seq")
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    event_id = models.BigIntegerField()
    prev_hash = models.BinaryField(null=True)
    content = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["portal", "event_id"], name="portal_event_is_linked_once")]
