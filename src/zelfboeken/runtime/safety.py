"""Settings with which an acknowledged booking could be lost, or a role that could walk past the guards (INV-34)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")
_TOO_MUCH = (
    "pg_write_all_data",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
)
"""Roles of PostgreSQL itself that change any table or reach the server's files."""
_ROLES = """
SELECT m.rolname,
       r.rolname,
       r.rolsuper,
       r.rolbypassrls,
       r.rolcreaterole,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
                 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%%'),
       EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = r.oid)
FROM pg_roles m
JOIN pg_roles r ON r.oid = m.oid OR (NOT m.rolsuper AND pg_has_role(m.oid, r.oid, 'MEMBER'))
WHERE m.rolname = current_user OR m.rolname = session_user
ORDER BY m.rolname, r.oid <> m.oid, r.rolname
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unsafe: the name of the setting (`role` for a right too many), how bad, and what to do about it."""

    name: str
    severity: Literal["ERROR", "WARNING"]
    text: str


def unsafe_settings(connection: Any) -> list[Finding]:
    """What is unsafe about the server and role of this connection (psycopg's or Django's); empty when all is well.

    The role is judged with every role it may become, and with the one that signed in when it became another.
    """
    with connection.cursor() as cursor:
        return [*_of_server(cursor), *_of_role(cursor)]


def _of_server(cursor: Any) -> list[Finding]:
    found = []
    for name in _MUST_BE_ON:
        value = _shown(cursor, name)
        # remote_apply waits for the disk here as well as for the other server.
        if value != "on" and not (name == "synchronous_commit" and value == "remote_apply"):
            text = f"{name} staat op {value}: een boeking kan verloren gaan. Zet {name} = on."
            found.append(Finding(name, "ERROR", text))
    if _shown(cursor, "data_checksums") != "on":
        text = "Controlesommen staan uit: stille schade aan de schijf blijft onopgemerkt. Zet ze aan met pg_checksums."
        found.append(Finding("data_checksums", "WARNING", text))
    if int(_shown(cursor, "server_version_num")) < 150_000:
        text = f"PostgreSQL {_shown(cursor, 'server_version')} is te oud. Werk de server bij naar 15 of nieuwer."
        found.append(Finding("server_version", "ERROR", text))
    return found


def _of_role(cursor: Any) -> list[Finding]:
    cursor.execute(_ROLES, ())
    found = []
    for role, other, superuser, bypasses, makes_roles, owns_tables, owns_database in cursor.fetchall():
        rights = [
            what
            for wrong, what in (
                (superuser, "is superuser"),
                (bypasses, "gaat voorbij aan de rijbeveiliging (BYPASSRLS)"),
                (makes_roles, "mag rollen maken"),
                (owns_tables, "is eigenaar van tabellen"),
                (owns_database, "is eigenaar van de databank"),
                (other == "zb_owner", "beheert de tabellen"),
                (other in _TOO_MUCH, "kan meer dan de portal nodig heeft"),
            )
            if wrong
        ]
        if rights:
            who = f"De rol {role}" if other == role else f"De rol {role} mag {other} worden, en die"
            found.append(Finding("role", "ERROR", f"{who} {' en '.join(rights)}. Meld aan als zb_app."))
    return found


def _shown(cursor: Any, name: str) -> str:
    cursor.execute(f"SHOW {name}")
    return str(cursor.fetchone()[0])
