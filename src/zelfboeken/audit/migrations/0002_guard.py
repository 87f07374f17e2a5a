from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [GuardTenantTables({"Event": READ_AND_INSERT})]
