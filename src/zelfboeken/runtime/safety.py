"""Settings with which an acknowledged booking could be lost, or a role that could walk past the guards (INV-34)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Unsafe:
    """A setting that is not safe: its name, and what to do about it."""

    name: str
    text: str


def unsafe_settings(connection: Any) -> list[Unsafe]:
    """What is unsafe about the server and role of this connection (psycopg's or Django's); empty when all is well."""
    found: list[Unsafe] = []
    with connection.cursor() as cursor:
        for name in _MUST_BE_ON:
            cursor.execute(f"SHOW {name}")
            value = cursor.fetchone()[0]
            if value != "on":
                found.append(Unsafe(name, f"{name} staat op {value}: een boeking kan verloren gaan. Zet {name} = on."))
        cursor.execute("SHOW data_checksums")
        if cursor.fetchone()[0] != "on":
            found.append(Unsafe("data_checksums", "Controlesommen staan uit. Zet ze aan met pg_checksums --enable."))
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < 150_000:
            found.append(Unsafe("server_version", "PostgreSQL 15 of nieuwer is nodig."))
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, "
            "EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p')), "
            "EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'zb_owner' AND pg_has_role(r.oid, o.oid, 'MEMBER')), "
            "rolname FROM pg_roles r WHERE rolname = current_user"
        )
        superuser, bypass, creates, owns, may_own, role = cursor.fetchone()
    for wrong, what in (
        (superuser, "is superuser"),
        (bypass, "gaat voorbij aan de rijbeveiliging (BYPASSRLS)"),
        (creates, "mag rollen maken"),
        (owns, "is eigenaar van tabellen"),
        (may_own and not superuser, "mag zb_owner worden"),
    ):
        if wrong:
            found.append(Unsafe("role", f"De rol {role} {what}. Meld aan als zb_app."))
    return found
