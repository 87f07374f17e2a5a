from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("bank", "0001_initial")]

    operations = [
        GuardTenantTables({"BankAccount": READ_AND_CHANGE, "Statement": READ_AND_CHANGE, "BankLine": READ_AND_CHANGE})
    ]
