from django.db import migrations

from zelfboeken.tenancy.migration_operations import (
    READ_AND_CHANGE,
    READ_CHANGE_AND_DELETE,
    GrantReferenceTables,
    GuardTenantTables,
)
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("workload", "0001_initial")]

    operations = [
        GuardTenantTables({"Counter": READ_AND_CHANGE}),
        run_file(__file__, "0002_listed.sql"),
        GrantReferenceTables(
            {"workload_workinghours": READ_AND_CHANGE, "workload_dayexception": READ_CHANGE_AND_DELETE}
        ),
    ]
