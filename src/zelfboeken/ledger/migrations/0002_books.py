from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("contacts", "0002_guard")]

    operations = [
        run_file(__file__, "0002_tables.sql"),
        run_file(__file__, "0002_keys.sql"),
        run_file(__file__, "0002_statistics.sql"),
    ]
