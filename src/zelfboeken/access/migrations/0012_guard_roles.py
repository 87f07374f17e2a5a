from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GrantReferenceTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("access", "0011_roles")]

    operations = [
        GrantReferenceTables(
            {
                "access_ownertransfer": READ_AND_CHANGE,
                "access_cutoverday": READ_AND_CHANGE,
                "access_cutover": READ_AND_CHANGE,
                "access_legacygrant": READ_AND_CHANGE,
            }
        ),
        run_file(__file__, "0012_somebody_remains.sql"),
    ]
