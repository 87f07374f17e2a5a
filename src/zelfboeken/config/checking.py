"""What must be right before the portal serves anybody: durability, roles, schema, secrets."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from zelfboeken.runtime.safety import unsafe_settings
from zelfboeken.tenancy.guard import breaches

_DEMO_SECRET = "only-for-tests-and-the-demo"  # noqa: S105 - the value that is refused
_SHORTEST_SECRET = 32


def problems() -> list[str]:
    """What is unsafe here, in Dutch sentences; empty when the portal may start."""
    found = [] if settings.DEMO else _of_settings()
    try:
        found += [one.text for one in unsafe_settings(connection)]
        found += _of_schema()
    except OperationalError as error:
        found.append(f"De databank antwoordt niet: {first_line(error)}. Kijk na of DATABASE_URL klopt.")
    except DatabaseError as error:
        found.append(f"De databank kan niet nagekeken worden: {first_line(error)}.")
    return found


def _of_settings() -> list[str]:
    found = []
    if settings.SECRET_KEY == _DEMO_SECRET:
        found.append("ZELFBOEKEN_SECRET_KEY is niet gezet. Zet er een lange, geheime tekst in.")
    elif len(settings.SECRET_KEY) < _SHORTEST_SECRET:
        found.append(f"ZELFBOEKEN_SECRET_KEY is te kort. Zet er een geheime tekst van {_SHORTEST_SECRET} tekens in.")
    if not settings.SESSION_COOKIE_SECURE:
        found.append("ZELFBOEKEN_PLAIN_HTTP staat aan. Zet het op 0 en zet de portal achter https.")
    elif not settings.ADDRESS.startswith("https://"):
        found.append(
            "ZELFBOEKEN_ADDRESS is geen adres met https. Zet er het adres van de portal in, voor links in mails."
        )
    if any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        found.append("ZELFBOEKEN_HOSTS laat elke naam toe. Noem de namen van de portal een voor een.")
    if not settings.EMAIL_BACKEND.endswith(".ToServer"):
        found.append("ZELFBOEKEN_MAIL_HOST is niet gezet: geen mail gaat de deur uit. Zet er de mailserver in.")
    elif settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        found.append("ZELFBOEKEN_MAIL_SECURITY is none: het wachtwoord gaat open over het net. Zet starttls of tls.")
    for app in settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", []):
        if not app["settings"]["server_url"].startswith("https://"):
            found.append("ZELFBOEKEN_OIDC_SERVER is geen adres met https. Zet er het adres van de aanbieder in.")
        if not app["client_id"] or not app["secret"]:
            found.append("ZELFBOEKEN_OIDC_CLIENT_ID of _SECRET ontbreekt. Zet wat de aanbieder gaf.")
    if any(not origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS):
        found.append("ZELFBOEKEN_ORIGINS noemt een adres zonder https. Laat alleen adressen met https:// staan.")
    return found


def _of_schema() -> list[str]:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return ["De databank is niet op deze versie. Voer eerst zelfboeken migrate uit."]
    expected = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    expected.add(str(settings.CACHES["default"]["LOCATION"]))
    missing = sorted(expected - set(connection.introspection.table_names()))
    return [
        *(f"Tabel {name} ontbreekt. Zet een back-up terug." for name in missing),
        *(f"{one.table} {one.problem}." for one in breaches(connection) if one.table not in missing),
    ]


def first_line(error: Exception) -> str:
    """What the database said, without the hints below it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
