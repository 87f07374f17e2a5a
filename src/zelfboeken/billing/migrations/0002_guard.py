from django.db import migrations

from zelfboeken.tenancy.migration_operations import (
    READ_AND_CHANGE,
    READ_AND_INSERT,
    GrantReferenceTables,
    GuardTenantTables,
)
from zelfboeken.tenancy.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("tenancy", "0002_guard")]

    operations = [
        GuardTenantTables(
            {
                "Standing": READ_AND_INSERT,
                "Contract": READ_AND_INSERT,
                "MonthlyStatement": READ_AND_INSERT,
                "LimitNotice": READ_AND_INSERT,
            }
        ),
        GrantReferenceTables(
            {
                "billing_bundleprice": READ_AND_INSERT,
                "billing_seatprice": READ_AND_INSERT,
                "billing_operator": READ_AND_INSERT,
                "billing_statementnumber": READ_AND_INSERT,
                "billing_statementseries": READ_AND_CHANGE,
            }
        ),
        run_file(__file__, "0002_numbers.sql"),
        run_file(__file__, "0002_stays.sql"),
    ]
