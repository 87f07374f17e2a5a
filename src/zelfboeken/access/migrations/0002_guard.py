from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_CHANGE, READ_CHANGE_AND_DELETE, GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        GrantReferenceTables(
            {
                "access_user": READ_AND_CHANGE,
                "access_member": READ_AND_CHANGE,
                "access_roleassignment": READ_AND_CHANGE,
                "access_portalmember": READ_AND_CHANGE,
                "access_portalroleassignment": READ_AND_CHANGE,
                "access_domainassignment": READ_CHANGE_AND_DELETE,
                "access_administrationgrant": READ_CHANGE_AND_DELETE,
            }
        )
    ]
