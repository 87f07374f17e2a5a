"""Migration steps that guard a tenant table: composite keys, row security, grants, append-only."""

from collections.abc import Mapping
from typing import Any

from django.db.migrations.operations.base import Operation

from zelfboeken.tenancy.models import DomainForeignKey

POLICY = "domain_id = nullif(current_setting('app.domain', true), '')::bigint"
READ_AND_INSERT = "SELECT, INSERT"
READ_AND_CHANGE = "SELECT, INSERT, UPDATE"
READ_CHANGE_AND_DELETE = "SELECT, INSERT, UPDATE, DELETE"


class GuardTenantTables(Operation):
    """Guard the tables of these models: `{model name: privileges of zb_app}`.

    Adds the composite foreign key of each `DomainForeignKey`, forced row security with one policy for reading and
    writing, and the grants. A table that the app may only insert into also refuses change to its owner, by trigger.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, privileges: Mapping[str, str]) -> None:
        self.privileges = dict(privileges)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes in the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for name, privileges in self.privileges.items():
            model = to_state.apps.get_model(app_label, name)
            for statement in [*foreign_keys(model), *guards(model._meta.db_table, privileges)]:
                schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The tables go with their models."""

    def describe(self) -> str:
        return f"Guard {', '.join(self.privileges)}"


class GrantReferenceTables(Operation):
    """Grant zb_app its privileges on tables without a domain: `{table: privileges}`."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, privileges: Mapping[str, str]) -> None:
        self.privileges = dict(privileges)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes in the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for table, privileges in self.privileges.items():
            schema_editor.execute(f'GRANT {privileges} ON "{table}" TO zb_app')

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The grants go with the tables."""

    def describe(self) -> str:
        return f"Grant {', '.join(self.privileges)}"


def foreign_keys(model: Any) -> list[str]:
    """The composite foreign keys of a model's `DomainForeignKey`s."""
    table = model._meta.db_table
    return [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.name}_is_its_own" '
        f'FOREIGN KEY (domain_id, "{field.id_column}") '
        f'REFERENCES "{field.related_model._meta.db_table}" (domain_id, id)'
        for field in model._meta.get_fields()
        if isinstance(field, DomainForeignKey)
    ]


def guards(table: str, privileges: str) -> list[str]:
    """Row security, grants and, for an append-only table, the refusing trigger."""
    statements = [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY own_domain ON "{table}" USING ({POLICY}) WITH CHECK ({POLICY})',
        f'CREATE POLICY audit_reads ON "{table}" FOR SELECT TO zb_audit USING (true)',
        f'GRANT {privileges} ON "{table}" TO zb_app',
    ]
    if privileges == READ_AND_INSERT:
        statements.append(
            f'CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change()"
        )
    return statements
