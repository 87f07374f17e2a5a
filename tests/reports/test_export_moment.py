"""An export of a domain in which people work: all its tables are of one moment."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import psycopg
import pytest

from tests.books import NOW
from tests.everything import new_everything
from tests.portal.test_export import rows_of
from zelfboeken.contacts.models import Contact
from zelfboeken.reports import export
from zelfboeken.reports.export import EVERYTHING, export_domain
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope


@pytest.mark.slow
def test_all_tables_are_of_one_moment_also_when_somebody_works_meanwhile(
    own_database: Urls, monkeypatch: pytest.MonkeyPatch
):
    everything = new_everything()
    domain = everything.books.domain
    read = export._table_file
    did = []

    def meanwhile(files: Any, table: Any, values: dict[str, Any]) -> IO[bytes]:
        if not did:
            did.append(table.name)
            with psycopg.connect(own_database.app) as other:
                other.execute(f"SET LOCAL app.domain = '{domain.id}'")
                other.execute("UPDATE contacts_contact SET name = 'Intussen veranderd'")
        return read(files, table, values)

    monkeypatch.setattr(export, "_table_file", meanwhile)

    @contextmanager
    def opening() -> Iterator[None]:
        with domain_scope(domain.id):
            yield

    parts = export_domain(opening=opening, domain_id=domain.id, name=domain.name, sight=EVERYTHING, at=NOW)
    made = zipfile.ZipFile(io.BytesIO(b"".join(parts)))

    assert did == ["relaties.csv"]
    assert "Intussen veranderd" not in {one["naam"] for one in rows_of(made, "relaties.csv")}
    with domain_scope(domain.id):
        assert {one.name for one in Contact.objects.filter(domain_id=domain.id)} == {"Intussen veranderd"}
