"""The database and its roles: an owner that nobody signs in as, and a login that owns nothing (architecture §6)."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

LOGINS = ("zb_migrate", "zb_app", "zb_audit", "zb_backup")
_LOCK = 7_201_845_613
"""Any number of our own: one process at a time makes roles and databases on a server."""

_Connection = psycopg.Connection[tuple[object, ...]]


class DatabaseNotPrepared(RuntimeError):
    """Roles or database can't be made here; `code` for the log, the text says what is wrong and what to do."""

    code = "not_prepared"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of one database: `migrate` works as zb_owner, `app` is what web, worker and tests use."""

    admin: str
    migrate: str
    app: str


def prepare_database(admin_url: str, database: str, *, passwords: Path | None = None) -> Urls:
    """Make the roles and the database where they are not there yet; safe to run again and from two processes.

    `admin_url` signs in as a role that may create roles with BYPASSRLS and databases. `passwords` is a file (mode 0600)
    that keeps the passwords of the logins. Without it each call gives all logins a new one, so that the addresses of
    an earlier call on the same server no longer work.

    Raises:
        DatabaseNotPrepared: the server doesn't answer, is older than 15, or the role may not do this.
    """
    with _one_at_a_time(admin_url) as connection:
        if connection.info.server_version < 150_000:
            raise DatabaseNotPrepared("server_too_old", "PostgreSQL 15 of nieuwer is nodig. Werk de server bij.")
        with connection.transaction():
            connection.execute(files(__package__).joinpath("roles.sql").read_bytes())
        words = _passwords(passwords)
        for name in LOGINS:
            # Hashed here, so that the word itself never stands in a log of the server.
            hashed = connection.pgconn.encrypt_password(words[name].encode(), name.encode(), b"scram-sha-256").decode()
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(hashed)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER zb_owner TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database)
                )
            )
        _guard(connection, database)
        with psycopg.connect(with_database(admin_url, database), autocommit=True) as inside:
            inside.execute("ALTER SCHEMA public OWNER TO zb_owner")
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            inside.execute("GRANT USAGE ON SCHEMA public TO zb_app, zb_audit, zb_backup")
            for kind in ("TABLES", "SEQUENCES"):
                inside.execute(
                    sql.SQL(
                        "ALTER DEFAULT PRIVILEGES FOR ROLE zb_owner GRANT SELECT ON {} TO zb_audit, zb_backup"
                    ).format(sql.SQL(kind))
                )
    url = with_database(admin_url, database)
    return Urls(
        admin=url,
        migrate=_login(url, "zb_migrate", words["zb_migrate"], role="zb_owner"),
        app=_login(url, "zb_app", words["zb_app"]),
    )


def clone_database(admin_url: str, template: str, name: str) -> None:
    """Make a database as a copy of another, owned and guarded alike. Nobody may be connected to the template.

    Raises:
        DatabaseNotPrepared: somebody is connected to the template, or the name is taken.
    """
    with _one_at_a_time(admin_url) as connection:
        try:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER zb_owner TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        except psycopg.errors.ObjectInUse:
            raise DatabaseNotPrepared(
                "template_in_use", f"De databank {template} is in gebruik. Sluit de verbindingen ermee en herhaal."
            ) from None
        except psycopg.errors.DuplicateDatabase:
            raise DatabaseNotPrepared(
                "database_exists", f"De databank {name} bestaat al. Kies een andere naam of verwijder ze eerst."
            ) from None
        _guard(connection, name)  # a copy doesn't take over who may connect


def has_database(admin_url: str, name: str) -> bool:
    """Whether there is a database of this name."""
    with psycopg.connect(admin_url) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def drop_database(admin_url: str, name: str) -> None:
    """Drop a database, ending its connections; nothing happens when it is not there."""
    with _one_at_a_time(admin_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, database: str) -> str:
    """The same address for another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(database, safe="")))


@contextmanager
def _one_at_a_time(admin_url: str) -> Iterator[_Connection]:
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=30) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseNotPrepared(
            "not_allowed",
            f"Deze aanmelding mag de rollen en de databank niet maken ({error.diag.message_primary}). "
            "Geef het adres van een superuser van PostgreSQL.",
        ) from None
    except psycopg.OperationalError as error:
        raise DatabaseNotPrepared(
            "not_answering",
            f"De databankserver antwoordt niet ({str(error).strip().splitlines()[-1]}). "
            "Kijk of hij draait en of adres en wachtwoord kloppen.",
        ) from None


def _guard(connection: _Connection, database: str) -> None:
    """Only our own roles may connect to the database, and none of them but the owner makes anything in it."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO zb_migrate, zb_app, zb_audit, zb_backup").format(name))


def _passwords(path: Path | None) -> Mapping[str, str]:
    fresh = {name: secrets.token_urlsafe(24) for name in LOGINS}
    if path is None:
        return fresh
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
        if kept.keys() >= fresh.keys():
            return kept
        fresh |= kept
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(fresh, file)
        file.flush()
        os.fsync(descriptor)
    half.replace(path)
    return fresh


def _login(url: str, user: str, password: str, *, role: str = "") -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    options = {name: value for name, value in parse_qsl(parts.query) if name not in {"user", "password"}}
    if role:
        options["options"] = f"-c role={role}"
    query = urlencode(options, quote_via=quote)
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}", query=query))
