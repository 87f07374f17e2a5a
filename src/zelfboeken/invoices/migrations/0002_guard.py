from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial")]

    operations = [GuardTenantTables({"Invoice": READ_AND_CHANGE})]
