"""The scan that proves INV-06 and INV-07 on the live schema, at start and in tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps

from zelfboeken.tenancy.models import DomainForeignKey
from zelfboeken.tenancy.scope import LISTED_TABLES

REFERENCE_TABLES = frozenset(
    {
        "tenancy_portal",
        "tenancy_domain",
        "access_user",
        "access_member",
        "access_roleassignment",
        "access_portalmember",
        "access_portalroleassignment",
        "access_domainassignment",
        "access_administrationgrant",
        "access_tickedright",
        "access_invitation",
        "access_savedview",
        "access_ownertransfer",
        "access_cutoverday",
        "access_cutover",
        "access_legacygrant",
        "audit_portalevent",
        "audit_portaleventlink",
        "runtime_portal_key",
        "workload_workinghours",
        "workload_dayexception",
        "billing_bundleprice",
        "billing_seatprice",
        "billing_viewprice",
        "billing_operator",
        "billing_statementseries",
        "billing_statementnumber",
        "questions_strandedmail",
        "django_migrations",
        "django_content_type",
        "django_session",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "access_user_groups",
        "access_user_user_permissions",
        "account_emailaddress",
        "account_emailconfirmation",
        "runtime_cache",
        "help_feedback",
        "access_accountevent",
        "mfa_authenticator",
        "usersessions_usersession",
        "socialaccount_socialaccount",
        "socialaccount_socialapp",
        "socialaccount_socialtoken",
    }
)
"""The tables without a domain, each on purpose: they hold no client's books and are guarded by `access`."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A table that is not guarded: which one, and what is wrong with it, in Dutch."""

    table: str
    problem: str


def breaches(connection: Any) -> list[Breach]:
    """Everything in the database of this connection (psycopg's or Django's) that breaks INV-06 (domain in keys) or
    INV-07 (forced row security).

    What is not known to be safe is named: a policy must be exactly one of our own, a table without a domain must stand
    in `REFERENCE_TABLES`, whatever schema it is in.
    """
    values = {
        "reference": sorted(REFERENCE_TABLES),
        "own": _OWN_ROWS,
        "listed": _LISTED_ROWS,
        "lists": sorted(LISTED_TABLES),
        "invoker": list(_INVOKER),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, values)
        found = [Breach(table, problem) for table, problem in cursor.fetchall()]
        cursor.execute(_FOREIGN_KEYS)
        present = set(cursor.fetchall())
    found += [
        Breach(table, f"heeft geen sleutel over domain_id en {column} naar {other}")
        for table, column, other in sorted(declared_foreign_keys() - present)
    ]
    return found


def declared_foreign_keys() -> set[tuple[str, str, str]]:
    """(table, column, other table) of each `DomainForeignKey` of each model: the composite keys that must be there."""
    return {
        (model._meta.db_table, field.id_column, field.related_model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, DomainForeignKey)
    }


_OWN_ROWS = "(domain_id = (NULLIF(current_setting('app.domain'::text, true), ''::text))::bigint)"
"""The one condition of a policy for everybody, as the server writes it back (same on PostgreSQL 15 to 18)."""

_LISTED_ROWS = (
    "(domain_id = ANY ((string_to_array(NULLIF(current_setting('app.domains'::text, true), ''::text), "
    "','::text))::bigint[]))"
)
"""The one condition under which a list reads rows of several domains, and only of `LISTED_TABLES`."""

_INVOKER = ("security_invoker=true", "security_invoker=on", "security_invoker=yes", "security_invoker=1")

_SCAN = """
WITH t AS (
  SELECT c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
         CASE WHEN n.nspname = 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name,
         (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'domain_id' AND a.attnotnull
             AND NOT a.attisdropped) AS domain_column
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%%'
     AND c.relkind IN ('r', 'p', 'f', 'm', 'v')
     AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
                        AND e.deptype = 'e')  -- what an extension of the server brings
), tenant AS (
  SELECT * FROM t WHERE relkind IN ('r', 'p') AND name <> ALL(%(reference)s)
), policy AS (
  SELECT tenant.name, p.polname, p.polcmd,
         p.polcmd = '*' AND p.polroles = '{0}' AND pg_get_expr(p.polqual, p.polrelid) = %(own)s
           AND pg_get_expr(p.polwithcheck, p.polrelid) = %(own)s AS is_own,
         p.polcmd = 'r' AND p.polroles <@ ARRAY(SELECT oid FROM pg_roles WHERE rolname = 'zb_audit') AS is_audit,
         p.polcmd = 'r' AND tenant.name = ANY(%(lists)s) AND pg_get_expr(p.polqual, p.polrelid) = %(listed)s
           AS is_listed
    FROM tenant JOIN pg_policy p ON p.polrelid = tenant.oid WHERE p.polpermissive
)
SELECT name, 'heeft geen kolom domain_id NOT NULL' FROM tenant WHERE domain_column IS NULL
UNION ALL SELECT name, 'heeft geen afgedwongen rijbeveiliging' FROM tenant
 WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION ALL SELECT name, 'heeft geen policy die alleen het eigen domein leest en schrijft' FROM tenant
 WHERE NOT EXISTS (SELECT FROM policy p WHERE p.name = tenant.name AND p.is_own)
UNION ALL SELECT name, 'heeft een policy die niet van ons is: ' || polname FROM policy
 WHERE NOT (is_own OR is_audit OR is_listed)
UNION ALL SELECT name, 'heeft geen primaire sleutel die met domain_id begint' FROM tenant WHERE NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conrelid = tenant.oid AND k.contype = 'p' AND k.conkey[1] = tenant.domain_column)
UNION ALL SELECT t.name, 'heeft een sleutel zonder domain_id: ' || k.conname
  FROM tenant t JOIN pg_constraint k ON k.conrelid = t.oid
 WHERE k.contype IN ('p', 'u', 'x') AND t.domain_column IS NOT NULL AND NOT (t.domain_column = ANY(k.conkey))
UNION ALL SELECT t.name, 'heeft een unieke index zonder domain_id: ' || i.indexrelid::regclass
  FROM tenant t JOIN pg_index i ON i.indrelid = t.oid
 WHERE i.indisunique AND t.domain_column IS NOT NULL
   AND NOT (t.domain_column = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1]))
UNION ALL SELECT t.name, 'verwijst zonder domain_id naar een tabel met domeinen: ' || k.conname
  FROM tenant t JOIN pg_constraint k ON k.conrelid = t.oid JOIN tenant other ON other.oid = k.confrelid
 WHERE k.contype = 'f' AND NOT coalesce(
   array_position(k.conkey, t.domain_column) = array_position(k.confkey, other.domain_column), false)
UNION ALL SELECT t.name, 'verwijst van buiten naar een tabel met domeinen: ' || k.conname
  FROM t JOIN pg_constraint k ON k.conrelid = t.oid JOIN tenant other ON other.oid = k.confrelid
 WHERE k.contype = 'f' AND t.oid NOT IN (SELECT oid FROM tenant)
UNION ALL SELECT name, 'is een view die niet met de rechten van de vrager werkt' FROM t
 WHERE relkind = 'v' AND NOT coalesce(reloptions && %(invoker)s::text[], false)
UNION ALL SELECT name, 'is een gematerialiseerde view' FROM t WHERE relkind = 'm'
UNION ALL SELECT name, 'is een tabel van elders' FROM t WHERE relkind = 'f'
UNION ALL SELECT p.oid::regprocedure::text, 'is een functie die met de rechten van haar eigenaar werkt'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                      AND e.deptype = 'e')
ORDER BY 1, 2
"""

_FOREIGN_KEYS = """
SELECT k.conrelid::regclass::text, a.attname::text, k.confrelid::regclass::text
  FROM pg_constraint k
  JOIN pg_attribute d ON d.attrelid = k.conrelid AND d.attnum = k.conkey[1] AND d.attname = 'domain_id'
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
  JOIN pg_attribute x ON x.attrelid = k.confrelid AND x.attnum = k.confkey[1] AND x.attname = 'domain_id'
  JOIN pg_attribute y ON y.attrelid = k.confrelid AND y.attnum = k.confkey[2] AND y.attname = 'id'
 WHERE k.contype = 'f' AND cardinality(k.conkey) = 2 AND k.convalidated
"""
