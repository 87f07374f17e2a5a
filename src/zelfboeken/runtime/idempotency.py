"""Once is once: a write command carries a key; the same key with the same content gets the same answer (INV-14)."""

import hashlib
from datetime import datetime

from django.db import connection


class KeyUsedForSomethingElse(ValueError):
    """The key came back with other content."""

    code = "key_reused"

    def __init__(self) -> None:
        super().__init__("Dit formulier werd al verstuurd met andere gegevens. Herlaad de pagina en probeer opnieuw.")


def claim(*, domain_id: int, key: str, content: bytes, at: datetime) -> str | None:
    """Take a key for the command under way, or give the answer it got before.

    Who comes second waits for the first to end: the row is written in the first one's own transaction, so a command
    that was rolled back frees its key.

    Raises:
        KeyUsedForSomethingElse: the key was used with other content.
    """
    digest = hashlib.sha256(content).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO runtime_idempotency_key (domain_id, key, content_sha256, made_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (domain_id, key) DO NOTHING",
            [domain_id, key, digest, at],
        )
        if cursor.rowcount == 1:
            return None
        cursor.execute(
            "SELECT content_sha256, answer FROM runtime_idempotency_key WHERE domain_id = %s AND key = %s",
            [domain_id, key],
        )
        stored_digest, answer = cursor.fetchone()
    if bytes(stored_digest) != digest:
        raise KeyUsedForSomethingElse
    return str(answer)


def keep_answer(*, domain_id: int, key: str, answer: str) -> None:
    """Store the answer to a claimed key, in the transaction of the command."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE runtime_idempotency_key SET answer = %s WHERE domain_id = %s AND key = %s",
            [answer, domain_id, key],
        )
