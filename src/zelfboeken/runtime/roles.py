"""The database and its roles: an owner that nobody signs in as, and a login that owns nothing (architecture §6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

_SETTINGS_OF_APP = {
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of one database: `migrate` works as zb_owner, `app` is what web, worker and tests use."""

    admin: str
    migrate: str
    app: str


def prepare_database(admin_url: str, database: str) -> Urls:
    """Make the roles and the database where they are not there yet; safe to run again.

    `admin_url` signs in as a role that may create roles and databases. The logins get new passwords each time, so
    nobody keeps one: whoever starts the portal passes them on.
    """
    migrate_password, app_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _make_role(connection, "zb_owner", "NOLOGIN")
        _make_role(connection, "zb_audit", "NOLOGIN")
        _make_role(connection, "zb_backup", "NOLOGIN BYPASSRLS")
        _make_role(connection, "zb_migrate", "LOGIN", migrate_password)
        _make_role(connection, "zb_app", "LOGIN", app_password)
        connection.execute("GRANT zb_owner TO zb_migrate")
        for name, value in _SETTINGS_OF_APP.items():
            connection.execute(
                sql.SQL("ALTER ROLE zb_app SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER zb_owner TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database)
                )
            )
    with psycopg.connect(with_database(admin_url, database), autocommit=True) as connection:
        connection.execute("ALTER SCHEMA public OWNER TO zb_owner")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT USAGE ON SCHEMA public TO zb_app, zb_audit, zb_backup")
        connection.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE zb_owner IN SCHEMA public GRANT SELECT ON TABLES TO zb_audit, zb_backup"
        )
    return Urls(
        admin=with_database(admin_url, database),
        migrate=_login(with_database(admin_url, database), "zb_migrate", migrate_password, role="zb_owner"),
        app=_login(with_database(admin_url, database), "zb_app", app_password),
    )


def clone_database(admin_url: str, *, template: str, name: str) -> None:
    """Make a database as a copy of another that nobody is connected to."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER zb_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop_database(admin_url: str, name: str) -> None:
    """Drop a database, ending its connections; nothing happens when it is not there."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, database: str) -> str:
    """The same address for another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/" + quote(database)))


def _login(url: str, user: str, password: str, *, role: str = "") -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    options = dict(parse_qsl(parts.query))
    if role:
        options["options"] = f"-c role={role}"
    query = urlencode(options, quote_via=quote)
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password)}@{host}", query=query))


def _make_role(connection: psycopg.Connection[tuple[object, ...]], name: str, kind: str, password: str = "") -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = "ALTER" if found else "CREATE"
    statement = sql.SQL(f"{verb} ROLE {{}} {kind}").format(sql.Identifier(name))
    if password:
        statement = sql.SQL("{} PASSWORD {}").format(statement, sql.Literal(password))
    connection.execute(statement)
