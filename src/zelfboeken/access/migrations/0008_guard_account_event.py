from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GrantReferenceTables


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_account_event"),
        ("tenancy", "0002_guard"),
    ]

    operations = [
        GrantReferenceTables({"access_accountevent": READ_AND_INSERT}),
        migrations.RunSQL(
            "CREATE TRIGGER posted_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_accountevent "
            "FOR EACH STATEMENT EXECUTE FUNCTION zb_refuse_change()",
            "DROP TRIGGER posted_stays ON access_accountevent",
        ),
    ]
