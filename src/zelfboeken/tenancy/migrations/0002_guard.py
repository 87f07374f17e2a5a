from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GrantReferenceTables, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        GuardTenantTables({"Administration": READ_AND_CHANGE}),
        GrantReferenceTables({"tenancy_portal": "SELECT, INSERT, UPDATE", "tenancy_domain": "SELECT, INSERT, UPDATE"}),
    ]
