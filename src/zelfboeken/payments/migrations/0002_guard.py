from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        GuardTenantTables(
            {
                "PaymentFile": READ_AND_INSERT,
                "Payment": READ_AND_INSERT,
                "FileDecision": READ_AND_INSERT,
                "PlannedPayment": "SELECT, INSERT, DELETE",
            }
        ),
        run_file(__file__, "0002_two_people.sql"),
    ]
