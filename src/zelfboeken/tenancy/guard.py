"""The scan that proves INV-06 and INV-07 on the live schema, at start and in tests."""

from dataclasses import dataclass

from django.db import connection

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
        "django_migrations",
        "django_content_type",
        "django_session",
        "django_site",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "access_user_groups",
        "access_user_user_permissions",
        "account_emailaddress",
        "account_emailconfirmation",
        "mfa_authenticator",
        "usersessions_usersession",
        "runtime_cache",
    }
)
"""The tables without a domain, each on purpose: they hold no client's books and are guarded by `access`."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A table that is not guarded: which one, and what is wrong."""

    table: str
    problem: str


def breaches() -> list[Breach]:
    """Every table of the public schema that breaks INV-06 (domain in keys) or INV-07 (forced row security)."""
    with connection.cursor() as cursor:
        cursor.execute(_SCAN, {"reference": sorted(REFERENCE_TABLES)})
        return [Breach(table, problem) for table, problem in cursor.fetchall()]


_SCAN = """
WITH t AS (
  SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
         (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'domain_id' AND a.attnotnull
             AND NOT a.attisdropped) AS domain_column
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm', 'v')
), tenant AS (
  SELECT * FROM t WHERE relkind IN ('r', 'p') AND relname <> ALL(%(reference)s)
     AND relname NOT LIKE 'procrastinate%%'
)
SELECT relname, 'has no domain_id NOT NULL' FROM tenant WHERE domain_column IS NULL
UNION ALL SELECT relname, 'has no forced row security' FROM tenant WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION ALL SELECT relname, 'has no policy for reading and writing' FROM tenant WHERE NOT EXISTS (
  SELECT 1 FROM pg_policy p WHERE p.polrelid = tenant.oid AND p.polcmd = '*' AND p.polpermissive
     AND pg_get_expr(p.polqual, p.polrelid) LIKE '%%domain_id = %%app.domain%%'
     AND pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%%domain_id = %%app.domain%%')
UNION ALL SELECT relname, 'has a policy that shows all rows to everybody: ' || p.polname
  FROM tenant JOIN pg_policy p ON p.polrelid = tenant.oid
 WHERE pg_get_expr(p.polqual, p.polrelid) NOT LIKE '%%domain_id%%'
   AND NOT (p.polroles <@ ARRAY(SELECT oid FROM pg_roles WHERE rolname = 'zb_audit') AND p.polcmd = 'r')
UNION ALL SELECT t.relname, 'has a key without domain_id: ' || k.conname
  FROM tenant t JOIN pg_constraint k ON k.conrelid = t.oid
 WHERE k.contype IN ('p', 'u') AND t.domain_column IS NOT NULL AND NOT (t.domain_column = ANY(k.conkey))
UNION ALL SELECT t.relname, 'has a unique index without domain_id: ' || i.indexrelid::regclass
  FROM tenant t JOIN pg_index i ON i.indrelid = t.oid
 WHERE i.indisunique AND t.domain_column IS NOT NULL AND NOT (t.domain_column = ANY(i.indkey))
UNION ALL SELECT t.relname, 'has a foreign key to a tenant table without domain_id: ' || k.conname
  FROM tenant t JOIN pg_constraint k ON k.conrelid = t.oid JOIN tenant other ON other.oid = k.confrelid
 WHERE k.contype = 'f' AND NOT (t.domain_column = ANY(k.conkey) AND other.domain_column = ANY(k.confkey))
UNION ALL SELECT relname, 'is a view that does not use its caller''s rights' FROM t
 WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)
UNION ALL SELECT relname, 'is a materialised view' FROM t WHERE relkind = 'm'
ORDER BY 1, 2
"""
