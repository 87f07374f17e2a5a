from django.db import migrations

from zelfboeken.tenancy.migration_operations import GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [("access", "0003_ticked_right")]

    operations = [GrantReferenceTables({"access_tickedright": "SELECT, INSERT, DELETE"})]
