"""What must be right before the portal serves anybody: durability, roles, schema, secrets."""

from __future__ import annotations

from django.conf import settings
from django.db import OperationalError, connection

from zelfboeken.runtime.safety import unsafe_settings
from zelfboeken.tenancy.guard import breaches

_DEMO_SECRET = "only-for-tests-and-the-demo"  # noqa: S105 - the value that is refused


def problems() -> list[str]:
    """What is unsafe here, in Dutch sentences; empty when the portal may start."""
    found: list[str] = []
    if settings.SECRET_KEY == _DEMO_SECRET and not settings.DEMO:
        found.append("ZELFBOEKEN_SECRET_KEY is niet gezet. Zet er een lange, geheime tekst in.")
    if not settings.DEMO and not settings.SESSION_COOKIE_SECURE:
        found.append("ZELFBOEKEN_PLAIN_HTTP staat aan. Zet het op 0 en zet de portal achter https.")
    try:
        found += [one.text for one in unsafe_settings(connection)]
        found += [f"Tabel {one.table}: {one.problem}." for one in breaches(connection)]
    except OperationalError as error:
        found.append(f"De databank antwoordt niet: {error}")
    return found
