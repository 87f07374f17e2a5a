from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("access", "0012_guard_roles")]

    operations = [run_file(__file__, "0013_no_grant_after_the_cut_over.sql")]
