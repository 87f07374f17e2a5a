"""Fault points: the session of the database is ended at the n-th statement, or its answer to COMMIT is lost.

What is counted is what the driver sends, so that no statement escapes, whoever writes it. The backend that is ended is
our own: the one of the connection that was about to send.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg


@dataclass
class Sent:
    """How many statements were sent, COMMIT included."""

    count: int = 0


@contextmanager
def session_ends(admin_url: str, *, at: int | None = None, after_commit: bool = False) -> Iterator[Sent]:
    """End the session just before its statement number `at` (from 1), or just after its COMMIT; None only counts."""
    sent = Sent()
    execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit
    with psycopg.connect(admin_url, autocommit=True) as admin:

        def end(connection: Any) -> None:
            found = execute(admin.cursor(), "SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
            assert found.fetchone() == (True,)

        def counted(connection: Any) -> None:
            sent.count += 1
            if sent.count == at:
                end(connection)

        def execute_or_end(self: Any, *args: Any, **kwargs: Any) -> Any:
            counted(self.connection)
            return execute(self, *args, **kwargs)

        def commit_or_end(self: Any) -> None:
            counted(self)
            commit(self)
            if after_commit:
                end(self)
                raise psycopg.OperationalError("the answer to COMMIT was lost")

        with (
            mock.patch.object(psycopg.Cursor, "execute", execute_or_end),
            mock.patch.object(psycopg.Connection, "commit", commit_or_end),
        ):
            yield sent
