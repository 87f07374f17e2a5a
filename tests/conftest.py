"""Tests run as zb_app on a database that zb_owner migrated once; each is rolled back (architecture §6)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.database import TestServer, cloned, fresh_database, running_server
from zelfboeken.config.environment import database_from_url
from zelfboeken.config.migrating import migrate_database
from zelfboeken.runtime.roles import Urls

# No test measures time: how long one example takes tells how busy the machine is.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: while it is open a loop runs in this thread, and Django would refuse to wait in one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


Tell = Callable[[str], None]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Say something at the end of the run, in whichever process the test runs."""
    return lambda text: record_property("told", text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests told: the scores on real files are what a person runs those tests for."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [str(text) for one in reports if one.when == "call" for name, text in one.user_properties if name == "told"]
    if told:
        terminalreporter.section("told")
        terminalreporter.write_line("\n".join(told))


class CheapArgon2(Argon2PasswordHasher):
    """Argon2 that does not work long: what a password costs is not what most tests are about."""

    time_cost, memory_cost, parallelism = 1, 64, 1


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Signing in takes a millisecond instead of a tenth of a second."""
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.CheapArgon2"]):
        yield


@pytest.fixture(scope="session")
def server(django_db_blocker: Any) -> Iterator[TestServer]:
    """A server with the migrated database of the tests."""
    with running_server() as admin_url:
        urls = fresh_database(admin_url)
        with django_db_blocker.unblock():
            migrate_database(urls.migrate)
        yield TestServer(admin_url, urls)


@pytest.fixture(scope="session")
def django_db_setup(server: TestServer, django_db_blocker: Any) -> Iterator[None]:
    """Connect as zb_app; nothing is made or flushed by Django's own test runner."""
    connect_as(server.urls.app)
    yield
    with django_db_blocker.unblock():
        connections["default"].close()


@pytest.fixture
def own_database(server: TestServer, django_db_blocker: Any) -> Iterator[Urls]:
    """A copy of the migrated database in which Django works: a test may commit in it, and take guards away."""
    with django_db_blocker.unblock():
        connections["default"].close()
        with cloned(server) as urls:
            connect_as(urls.app)
            try:
                yield urls
            finally:
                connect_as(server.urls.app)


def connect_as(url: str) -> None:
    """Point Django's connection at this address."""
    connections["default"].close()
    described = database_from_url(url)
    connections.settings["default"].update(described)
    connections["default"].settings_dict.update(described)


@pytest.fixture(autouse=True)
def files_of_the_test(tmp_path: Path) -> None:
    """Each test stores its originals in a folder of its own."""
    settings.FILES = tmp_path / "files"


@pytest.fixture(autouse=True)
def no_export_is_left_open() -> Iterator[None]:
    """An export that a test began and never read to the end, nor closed, holds back no other test."""
    yield
    views = sys.modules.get("zelfboeken.portal.views.export")
    if views is not None and views._ONE.locked():
        # The browser of a test and its answer refer to each other: only this lets go of both.
        gc.collect()
