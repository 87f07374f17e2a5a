from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, READ_CHANGE_AND_DELETE, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [GuardTenantTables({"Contact": READ_AND_CHANGE, "ContactBankAccount": READ_CHANGE_AND_DELETE})]
