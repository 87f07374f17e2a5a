"""An erasure that was taken back is announced anew before it is due, also where somebody only confirms it again."""

from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_guard_erasure")]

    operations = [run_file(__file__, "0012_announced_anew.sql")]
