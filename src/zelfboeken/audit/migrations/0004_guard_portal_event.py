from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GrantReferenceTables
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_portal_event")]

    operations = [
        GrantReferenceTables({"audit_portalevent": READ_AND_INSERT}),
        run_file(__file__, "0004_portal_events_stay.sql"),
    ]
