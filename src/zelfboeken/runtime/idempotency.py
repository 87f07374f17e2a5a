"""Once is once: a write command carries a key; the same key with the same content gets the same answer (INV-14)."""

import hashlib
from datetime import datetime

import psycopg
from django.db import OperationalError, connection

SHORTEST, LONGEST = 8, 100


class KeyUsedForSomethingElse(ValueError):
    """The key came back with other content."""

    code = "key_reused"

    def __init__(self) -> None:
        super().__init__("Dit formulier werd al verstuurd met andere gegevens. Herlaad de pagina en probeer opnieuw.")


class KeyIsRunning(RuntimeError):
    """The command with this key is still being carried out."""

    code = "key_running"

    def __init__(self) -> None:
        super().__init__("Dit formulier is al verstuurd en wordt nog verwerkt. Wacht even en herlaad dan de pagina.")


class KeyMalformed(ValueError):
    """The key is none that we gave out."""

    code = "key_malformed"

    def __init__(self) -> None:
        super().__init__("Dit formulier is niet volledig. Herlaad de pagina en probeer opnieuw.")


def claim(*, domain_id: int, key: str, content: bytes, at: datetime) -> str | None:
    """Take a key for the command under way, or give the answer it got before.

    Who comes second waits for the first to end, as long as for any lock: the row is written in the first one's own
    transaction, so a command that was rolled back frees its key.

    Raises:
        KeyUsedForSomethingElse: the key was used with other content.
        KeyIsRunning: the first has not ended yet; this transaction can only be rolled back.
        KeyMalformed: too short, too long, or not printable.
    """
    if not SHORTEST <= len(key) <= LONGEST or not key.isprintable():
        raise KeyMalformed
    digest = hashlib.sha256(content).digest()
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO runtime_idempotency_key (domain_id, key, content_sha256, made_at) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (domain_id, key) DO NOTHING",
                [domain_id, key, digest, at],
            )
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise KeyIsRunning from error
            raise
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
