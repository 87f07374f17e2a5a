"""Bringing a database to the current schema, as its owner, and granting what third parties' tables need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from zelfboeken.config.environment import database_from_url
from zelfboeken.tenancy.guard import Breach, breaches

OWNER = "zb_owner"

THIRD_PARTY_GRANTS = {
    "django_content_type": "SELECT",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "runtime_cache": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailaddress": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailconfirmation": "SELECT, INSERT, UPDATE, DELETE",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
    "usersessions_usersession": "SELECT, INSERT, UPDATE, DELETE",
    "socialaccount_socialaccount": "SELECT",
    "socialaccount_socialapp": "SELECT",
    "socialaccount_socialtoken": "SELECT",
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

    code = "schema_unguarded"

    def __init__(self, found: Sequence[Breach]) -> None:
        told = "; ".join(f"{one.table} {one.problem}" for one in found)
        super().__init__(f"De tabellen zijn niet bewaakt: {told}. Herstel dat en voer zelfboeken migrate opnieuw uit.")


class NotTheOwner(PermissionError):
    """This login may not work as zb_owner, so the tables it made would belong to the wrong role."""

    code = "not_the_owner"


def is_current(url: str) -> bool:
    """Whether every migration of this version was applied to the database at this address."""
    with as_owner(url) as connection:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate_database(url: str, *, verbosity: int = 0) -> None:
    """Migrate the database at this address (a login that may work as zb_owner), then prove its guards.

    Raises:
        NotTheOwner: the login may not.
        SchemaUnguarded: a table has no row security, or a key without its domain.
    """
    with as_owner(url) as connection:
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
            raise SchemaUnguarded(found)


def analyze_database(url: str) -> None:
    """Gather the planner's statistics now, as the owner: after much was written, before autovacuum comes round.

    The portal's own role may not do this; PostgreSQL would only warn, and go on without statistics.
    """
    with as_owner(url) as connection, connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def as_owner(url: str) -> Iterator[Any]:
    """Django's connection as another login that works as zb_owner for a while, then as it was. Raises NotTheOwner."""
    connection = connections["default"]
    former = dict(connection.settings_dict)
    connection.close()
    described = database_from_url(url)
    connection.settings_dict.update(described)
    try:
        if not _is_owner(connection):
            connection.close()
            given = described["OPTIONS"].get("options", "")
            described["OPTIONS"]["options"] = f"{given} -c role={OWNER}".strip()
        yield connection
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(former)


def _is_owner(connection: Any) -> bool:
    """Whether the login works as zb_owner already; else it must be one that may. Raises NotTheOwner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_user, current_user, (SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles "
            "WHERE rolname = %s)",
            [OWNER],
        )
        login, role, may_become = cursor.fetchone()
    if may_become is None:
        raise NotTheOwner(f"De rol {OWNER} bestaat niet op deze server. Maak eerst de rollen (zie README).")
    if not may_become:
        raise NotTheOwner(
            f"De aanmelding {login} mag de tabellen niet maken of wijzigen. "
            "Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden, zoals zb_migrate."
        )
    return bool(role == OWNER)
