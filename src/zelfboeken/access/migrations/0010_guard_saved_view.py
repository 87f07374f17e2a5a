from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_CHANGE_AND_DELETE, GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [("access", "0009_saved_view")]

    operations = [GrantReferenceTables({"access_savedview": READ_CHANGE_AND_DELETE})]
