from django.db import migrations

from zelfboeken.tenancy.migration_operations import (
    READ_AND_CHANGE,
    READ_AND_INSERT,
    READ_CHANGE_AND_DELETE,
    GrantReferenceTables,
    GuardTenantTables,
)


class Migration(migrations.Migration):
    dependencies = [("questions", "0001_initial"), ("tenancy", "0002_guard"), ("access", "0002_guard")]

    operations = [
        GuardTenantTables(
            {
                "Question": READ_AND_CHANGE,
                "Participant": READ_AND_CHANGE,
                "Message": READ_AND_INSERT,
                "Attachment": READ_AND_INSERT,
                "DefaultReceiver": READ_CHANGE_AND_DELETE,
                "IncomingMail": READ_AND_CHANGE,
                "MissingInvoice": READ_AND_CHANGE,
                "MissingEvent": READ_AND_INSERT,
            }
        ),
        GrantReferenceTables({"questions_strandedmail": READ_AND_INSERT}),
    ]
