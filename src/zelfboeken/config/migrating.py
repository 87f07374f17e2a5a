"""Bringing a database to the current schema, as its owner, and granting what third parties' tables need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from zelfboeken.config.environment import database_from_url
from zelfboeken.tenancy.guard import breaches

THIRD_PARTY_GRANTS = {
    "django_content_type": "SELECT",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "runtime_cache": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailaddress": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailconfirmation": "SELECT, INSERT, UPDATE, DELETE",
    "auth_permission": "SELECT",
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
    "access_user_groups": "SELECT",
    "access_user_user_permissions": "SELECT",
    "django_migrations": "SELECT",
}
"""Tables of libraries, table by table: what the portal's own role may do with them."""


class SchemaUnguarded(RuntimeError):
    """A table breaks the rules of tenancy; the portal does not start on such a schema."""


def is_current(url: str) -> bool:
    """Whether every migration of this version was applied to the database at this address."""
    with _as_owner(url) as connection:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate_database(url: str, *, verbosity: int = 0) -> None:
    """Migrate the database at this address (a login that works as zb_owner), then prove its guards.

    Raises:
        SchemaUnguarded: a table has no row security, or a key without its domain.
    """
    with _as_owner(url) as connection:
        call_command("migrate", verbosity=verbosity, interactive=False)
        call_command("createcachetable", verbosity=verbosity)
        with connection.cursor() as cursor:
            for table, privileges in THIRD_PARTY_GRANTS.items():
                cursor.execute(f'GRANT {privileges} ON "{table}" TO zb_app')
            cursor.execute(
                "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO zb_app; "
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO zb_audit, zb_backup"
            )
        found = breaches(connection)
        if found:
            raise SchemaUnguarded("; ".join(f"{one.table} {one.problem}" for one in found))


def analyze_database(url: str) -> None:
    """Gather the planner's statistics now, as the owner: after much was written, before autovacuum comes round.

    The portal's own role may not do this; PostgreSQL would only warn, and go on without statistics.
    """
    with _as_owner(url) as connection, connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _as_owner(url: str) -> Iterator[Any]:
    """Django's connection as another login for a while, then as it was."""
    connection = connections["default"]
    former = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(database_from_url(url))
    try:
        yield connection
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(former)
