from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_guard_credit_note"), ("access", "0012_guard_roles"), ("tenancy", "0003_plans")]

    operations = [run_file(__file__, "0007_place_is_there.sql")]
