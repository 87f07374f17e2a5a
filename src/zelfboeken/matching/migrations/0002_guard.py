from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, READ_CHANGE_AND_DELETE, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial")]

    operations = [GuardTenantTables({"LineProposal": READ_CHANGE_AND_DELETE, "Match": READ_AND_CHANGE})]
