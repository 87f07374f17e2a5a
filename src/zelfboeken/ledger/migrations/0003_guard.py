from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, READ_AND_INSERT, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_books")]

    operations = [
        GuardTenantTables(
            {
                "GLAccount": READ_AND_CHANGE,
                "Journal": READ_AND_CHANGE,
                # A month's dates never change, and an open item tells what its line tells.
                "Period": "SELECT, INSERT, UPDATE (state)",
                "Series": READ_AND_CHANGE,
                "Head": READ_AND_CHANGE,
                "Balance": READ_AND_CHANGE,
                "GridBalance": READ_AND_CHANGE,
                "OpenItem": "SELECT, INSERT, UPDATE (matched_cents)",
                "Entry": READ_AND_INSERT,
                "EntryLine": READ_AND_INSERT,
            }
        )
    ]
