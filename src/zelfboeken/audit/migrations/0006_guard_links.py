from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GrantReferenceTables, GuardTenantTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_links")]

    operations = [
        run_file(__file__, "0006_chain.sql"),
        GuardTenantTables({"EventLink": READ_AND_INSERT}),
        GrantReferenceTables({"audit_portaleventlink": READ_AND_INSERT}),
    ]
