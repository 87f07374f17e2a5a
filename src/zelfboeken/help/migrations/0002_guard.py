from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [("help", "0001_initial")]

    operations = [GrantReferenceTables({"help_feedback": READ_AND_CHANGE})]
