from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, READ_CHANGE_AND_DELETE, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]

    operations = [GuardTenantTables({"Proposal": READ_CHANGE_AND_DELETE, "HabitCount": READ_AND_CHANGE})]
