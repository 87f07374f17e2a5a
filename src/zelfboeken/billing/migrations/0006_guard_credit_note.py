from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_credit_note")]

    operations = [
        GuardTenantTables({"CreditNote": READ_AND_INSERT}),
        run_file(__file__, "0006_credit_notes.sql"),
    ]
