"""Once is once: a write command carries a key; the same key with the same content gets the same answer (INV-14)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import OperationalError, connection

SHORTEST, LONGEST = 8, 100


@dataclass(frozen=True, slots=True)
class _Place:
    """Where keys are kept: the table, and the column of whose they are."""

    table: str
    owner: str


_OF_A_DOMAIN = _Place("runtime_idempotency_key", "domain_id")
_OF_A_PORTAL = _Place("runtime_portal_key", "portal_id")


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
    """Take a key for the command under way in a domain, or give the answer it got before.

    Who comes second waits for the first to end, as long as for any lock: the row is written in the first one's own
    transaction, so a command that was rolled back frees its key.

    Raises:
        KeyUsedForSomethingElse: the key was used with other content.
        KeyIsRunning: the first has not ended yet; this transaction can only be rolled back.
        KeyMalformed: too short, too long, or not printable.
    """
    return _claim(_OF_A_DOMAIN, domain_id, key, content, at)


def claim_in_portal(*, portal_id: int, key: str, content: bytes, at: datetime) -> str | None:
    """The same for a command about a portal as a whole: no domain is open in it.

    Raises:
        KeyUsedForSomethingElse, KeyIsRunning, KeyMalformed: as for a domain.
    """
    return _claim(_OF_A_PORTAL, portal_id, key, content, at)


def _claim(place: _Place, owner_id: int, key: str, content: bytes, at: datetime) -> str | None:
    if not SHORTEST <= len(key) <= LONGEST or not key.isprintable():
        raise KeyMalformed
    digest = hashlib.sha256(content).digest()
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                f"INSERT INTO {place.table} ({place.owner}, key, content_sha256, made_at) VALUES (%s, %s, %s, %s) "
                f"ON CONFLICT ({place.owner}, key) DO NOTHING",
                [owner_id, key, digest, at],
            )
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise KeyIsRunning from error
            raise
        if cursor.rowcount == 1:
            return None
        cursor.execute(
            f"SELECT content_sha256, answer FROM {place.table} WHERE {place.owner} = %s AND key = %s",
            [owner_id, key],
        )
        stored_digest, answer = cursor.fetchone()
    if bytes(stored_digest) != digest:
        raise KeyUsedForSomethingElse
    return str(answer)


def keep_answer(*, domain_id: int, key: str, answer: str) -> None:
    """Store the answer to a claimed key, in the transaction of the command."""
    _keep(_OF_A_DOMAIN, domain_id, key, answer)


def keep_answer_in_portal(*, portal_id: int, key: str, answer: str) -> None:
    """The same for a key that was claimed in a portal."""
    _keep(_OF_A_PORTAL, portal_id, key, answer)


def _keep(place: _Place, owner_id: int, key: str, answer: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {place.table} SET answer = %s WHERE {place.owner} = %s AND key = %s",
            [answer, owner_id, key],
        )
