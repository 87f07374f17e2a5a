from django.db import migrations

from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("questions", "0003_completeness")]

    operations = [run_file(__file__, "0004_stranded_mail_stays.sql")]
