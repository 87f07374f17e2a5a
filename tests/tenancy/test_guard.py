"""INV-06 and INV-07 on the live schema: the scan finds nothing, and names each way for a table to be unguarded."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps

from tests.database import TestServer
from zelfboeken.tenancy.guard import REFERENCE_TABLES, Breach, breaches, declared_foreign_keys
from zelfboeken.tenancy.migration_operations import POLICY, READ_AND_CHANGE, guards
from zelfboeken.tenancy.models import DomainModel

TABLE = "CREATE TABLE stray (domain_id bigint NOT NULL, id bigint NOT NULL, other_id bigint, code text{})"
KEY = ", PRIMARY KEY (domain_id, id)"
GUARDS = "; ".join(guards("stray", READ_AND_CHANGE))
WELL = f"{TABLE.format(KEY)}; {GUARDS}"


def found(server: TestServer, *statements: str) -> list[Breach]:
    """What the scan finds after the owner ran these statements; nothing of them stays."""
    with psycopg.connect(server.urls.migrate) as owner:
        for statement in statements:
            owner.execute(statement)
        seen = breaches(owner)
        owner.rollback()
    return seen


def test_inv06_inv07_the_real_schema_breaks_nothing(server: TestServer):
    assert found(server) == []


LISTED = "(string_to_array(nullif(current_setting('app.domains', true), ''), ',')::bigint[])"


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        ("documents_document", f"FOR SELECT USING (domain_id = ANY {LISTED})"),
        ("workload_counter", f"FOR UPDATE USING (domain_id = ANY {LISTED})"),
        ("workload_counter", f"USING (domain_id = ANY {LISTED})"),
        ("workload_counter", "FOR SELECT USING (true)"),
        ("workload_counter", "FOR SELECT USING (current_setting('app.domains', true) <> '')"),
    ],
)
def test_inv07_a_list_reads_its_own_tables_and_only_the_domains_it_was_given(
    server: TestServer, table: str, policy: str
):
    seen = found(server, f"CREATE POLICY sneaky ON {table} {policy}")

    assert seen == [Breach(table, "heeft een policy die niet van ons is: sneaky")]


def test_a_table_with_every_guard_is_no_breach(server: TestServer):
    assert found(server, WELL) == []


OWN = f"USING ({POLICY}) WITH CHECK ({POLICY})"


@pytest.mark.parametrize(
    ("statements", "problems"),
    [
        (
            ["CREATE TABLE stray (id bigint PRIMARY KEY)"],
            [
                "heeft geen kolom domain_id NOT NULL",
                "heeft geen afgedwongen rijbeveiliging",
                "heeft geen policy die alleen het eigen domein leest en schrijft",
                "heeft geen primaire sleutel die met domain_id begint",
            ],
        ),
        (
            ["CREATE TABLE stray (domain_id bigint, id bigint)", GUARDS],
            ["heeft geen kolom domain_id NOT NULL", "heeft geen primaire sleutel die met domain_id begint"],
        ),
        ([WELL, "ALTER TABLE stray NO FORCE ROW LEVEL SECURITY"], ["heeft geen afgedwongen rijbeveiliging"]),
        ([WELL, "ALTER TABLE stray DISABLE ROW LEVEL SECURITY"], ["heeft geen afgedwongen rijbeveiliging"]),
        (
            [WELL, "DROP POLICY own_domain ON stray"],
            ["heeft geen policy die alleen het eigen domein leest en schrijft"],
        ),
        ([TABLE.format(""), GUARDS], ["heeft geen primaire sleutel die met domain_id begint"]),
        (
            [TABLE.format(", PRIMARY KEY (id, domain_id)"), GUARDS],
            ["heeft geen primaire sleutel die met domain_id begint"],
        ),
        (
            [TABLE.format(", PRIMARY KEY (id)"), GUARDS],
            [
                "heeft een sleutel zonder domain_id: stray_pkey",
                "heeft een unieke index zonder domain_id: stray_pkey",
                "heeft geen primaire sleutel die met domain_id begint",
            ],
        ),
        (
            [WELL, "ALTER TABLE stray ADD CONSTRAINT code_once UNIQUE (code)"],
            ["heeft een sleutel zonder domain_id: code_once", "heeft een unieke index zonder domain_id: code_once"],
        ),
        (
            [WELL, "ALTER TABLE stray ADD CONSTRAINT code_apart EXCLUDE USING btree (code WITH =)"],
            ["heeft een sleutel zonder domain_id: code_apart"],
        ),
        (
            [WELL, "CREATE UNIQUE INDEX code_once ON stray (code)"],
            ["heeft een unieke index zonder domain_id: code_once"],
        ),
        (
            [WELL, "CREATE UNIQUE INDEX code_once ON stray (code) INCLUDE (domain_id)"],
            ["heeft een unieke index zonder domain_id: code_once"],
        ),
        ([WELL, "CREATE UNIQUE INDEX code_once ON stray (domain_id, code)"], []),
        (
            [WELL, "CREATE VIEW stray_view AS SELECT * FROM stray"],
            ["is een view die niet met de rechten van de vrager werkt"],
        ),
        ([WELL, "CREATE VIEW stray_view WITH (security_invoker = on) AS SELECT * FROM stray"], []),
        ([WELL, "CREATE MATERIALIZED VIEW stray_view AS SELECT 1 AS n"], ["is een gematerialiseerde view"]),
        ([WELL, "CREATE POLICY anybody ON stray USING (true)"], ["heeft een policy die niet van ons is: anybody"]),
        (
            [WELL, "CREATE POLICY anybody ON stray FOR SELECT USING (domain_id > 0)"],
            ["heeft een policy die niet van ons is: anybody"],
        ),
        (
            [WELL, f"CREATE POLICY anybody ON stray USING (true OR {POLICY}) WITH CHECK ({POLICY})"],
            ["heeft een policy die niet van ons is: anybody"],
        ),
        (
            [WELL, "CREATE POLICY audit_writes ON stray TO zb_audit USING (true)"],
            ["heeft een policy die niet van ons is: audit_writes"],
        ),
        ([WELL, "CREATE POLICY fewer ON stray AS RESTRICTIVE USING (id > 0)"], []),
        (
            [WELL, "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'"],
            ["is een functie die met de rechten van haar eigenaar werkt"],
        ),
    ],
)
def test_inv06_inv07_each_breach_is_named(server: TestServer, statements: list[str], problems: list[str]):
    assert sorted(one.problem for one in found(server, *statements)) == sorted(problems)


@pytest.mark.parametrize(
    "policy",
    [
        f"CREATE POLICY own_domain ON stray USING ({POLICY}) WITH CHECK (true)",
        f"CREATE POLICY own_domain ON stray FOR SELECT USING ({POLICY})",
        f"CREATE POLICY own_domain ON stray FOR INSERT WITH CHECK ({POLICY})",
        f"CREATE POLICY own_domain ON stray USING (true) WITH CHECK ({POLICY})",
        f"CREATE POLICY own_domain ON stray TO zb_app {OWN}",
        f"CREATE POLICY own_domain ON stray USING ({POLICY} OR id = 1) WITH CHECK ({POLICY})",
    ],
)
def test_inv07_a_policy_that_is_almost_ours_is_not_ours(server: TestServer, policy: str):
    problems = [one.problem for one in found(server, WELL, "DROP POLICY own_domain ON stray", policy)]

    assert problems == [
        "heeft een policy die niet van ons is: own_domain",
        "heeft geen policy die alleen het eigen domein leest en schrijft",
    ]


@pytest.mark.parametrize(
    ("columns", "referred", "is_breach"),
    [
        ("other_id", "id", True),
        ("domain_id, other_id", "domain_id, id", False),
        ("other_id, domain_id", "id, domain_id", False),
        ("other_id, domain_id", "domain_id, id", True),
    ],
)
def test_inv06_a_foreign_key_must_join_domain_to_domain(
    server: TestServer, columns: str, referred: str, is_breach: bool
):
    target = (
        "CREATE TABLE target (domain_id bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (domain_id, id), "
        f"UNIQUE (id, domain_id), UNIQUE (id)); {'; '.join(guards('target', READ_AND_CHANGE))}"
    )
    key = f"ALTER TABLE stray ADD CONSTRAINT to_target FOREIGN KEY ({columns}) REFERENCES target ({referred})"

    problems = [one.problem for one in found(server, target, WELL, key) if one.table == "stray"]

    assert problems == (["verwijst zonder domain_id naar een tabel met domeinen: to_target"] if is_breach else [])


def test_inv06_a_table_without_a_domain_may_not_point_into_one(server: TestServer):
    seen = found(
        server,
        "ALTER TABLE access_administrationgrant ADD COLUMN d bigint, ADD CONSTRAINT peeks "
        "FOREIGN KEY (d, administration_id) REFERENCES tenancy_administration (domain_id, id)",
    )

    assert seen == [Breach("access_administrationgrant", "verwijst van buiten naar een tabel met domeinen: peeks")]


def test_a_table_in_another_schema_is_seen_too(server: TestServer):
    seen = found(server, "CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.access_user (id bigint)")

    assert {one.table for one in seen} == {"elsewhere.access_user"}


def test_the_list_of_tables_without_a_domain_is_exactly_what_is_there(server: TestServer):
    with psycopg.connect(server.urls.migrate) as owner:
        rows = owner.execute(
            "SELECT c.relname FROM pg_class c "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'domain_id' "
            "AND NOT a.attisdropped)"
        ).fetchall()
    with_domain = {
        "access_invitation",
        "access_member",
        "access_domainassignment",
        "access_tickedright",
        "access_ownertransfer",
        "access_legacygrant",
    }

    assert {row[0] for row in rows} | with_domain == REFERENCE_TABLES


def test_every_table_of_a_model_with_a_domain_is_scanned():
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, DomainModel)}

    assert len(tables) > 15
    assert tables & REFERENCE_TABLES == set()


def test_inv06_every_reference_inside_a_domain_has_its_composite_key_in_the_database(server: TestServer):
    declared = declared_foreign_keys()
    with psycopg.connect(server.urls.app) as connection:
        rows = connection.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND convalidated"
        ).fetchall()
    present = {(table, text) for table, _, text in rows}

    assert len(declared) > 25
    assert {
        (table, column)
        for table, column, other in declared
        if (table, f"FOREIGN KEY (domain_id, {column}) REFERENCES {other}(domain_id, id)") not in present
    } == set()


def test_inv06_a_composite_key_that_is_gone_is_named(server: TestServer):
    seen = found(server, "ALTER TABLE documents_arrival DROP CONSTRAINT documents_arrival_document_is_its_own")

    assert seen == [
        Breach("documents_arrival", "heeft geen sleutel over domain_id en document_id naar documents_document")
    ]
