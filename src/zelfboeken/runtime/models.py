"""Tables of the machinery itself."""

from django.db import models


class IdempotencyKey(models.Model):
    """A write command that was carried out, by the key its sender chose: the same key again gets the same answer.

    This package knows no domains, so the table is written in SQL (`migrations/sql`), with row security of its own.
    """

    pk = models.CompositePrimaryKey("domain_id", "key")
    domain_id = models.BigIntegerField()
    key = models.TextField()
    content_sha256 = models.BinaryField()
    answer = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "runtime_idempotency_key"
