from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [GuardTenantTables({"Document": READ_AND_INSERT, "Arrival": READ_AND_INSERT})]
