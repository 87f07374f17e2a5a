"""The price of looking into an inactive domain: guarded like the other prices, with an example that counts for nothing
until the operator confirms it.
"""

from datetime import UTC, date, datetime
from typing import Any

from django.db import migrations

from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GrantReferenceTables
from zelfboeken.tenancy.sql import run_file

FROM = date(2022, 1, 1)
AT = datetime(2022, 1, 1, tzinfo=UTC)


def enter(apps: Any, schema_editor: Any) -> None:
    apps.get_model("billing", "ViewPrice").objects.create(
        valid_from=FROM, monthly_cents=100, is_confirmed=False, entered_at=AT
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_view_only"), ("tenancy", "0005_view_only")]

    operations = [
        GrantReferenceTables({"billing_viewprice": READ_AND_INSERT}),
        migrations.RunPython(enter, migrations.RunPython.noop),
        run_file(__file__, "0009_view_price_stays.sql"),
    ]
