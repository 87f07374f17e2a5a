"""What only grows lets one thing through: its owner erases a domain whose erasure is due (decision 15)."""

from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0010_erasure"),
        ("access", "0013_guard_cut_over"),
        ("audit", "0007_link_events"),
        ("tenancy", "0006_erased"),
    ]

    operations = [
        GuardTenantTables({"ErasureStep": READ_AND_INSERT}),
        run_file(__file__, "0011_erasure.sql"),
    ]
