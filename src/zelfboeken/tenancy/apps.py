"""Wiring of the tenancy: every connection of Django's refuses a domain's tables outside a scope."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from zelfboeken.tenancy.scope import refuse_outside_a_scope


class TenancyConfig(AppConfig):
    """Portals, domains and administrations."""

    name = "zelfboeken.tenancy"

    def ready(self) -> None:
        """Watch each new connection."""
        connection_created.connect(_watch, dispatch_uid="zelfboeken.tenancy")


def _watch(connection: Any, **_: Any) -> None:
    if refuse_outside_a_scope not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_outside_a_scope)
