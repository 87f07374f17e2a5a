from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_plans")]

    operations = [run_file(__file__, "0004_slug_stays.sql")]
