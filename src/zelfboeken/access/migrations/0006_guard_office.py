from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [("access", "0005_office")]

    operations = [GrantReferenceTables({"access_invitation": READ_AND_CHANGE})]
