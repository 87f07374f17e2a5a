"""The price of an extra Backoffice role as it was given, and examples of what bundles cost and hold.

An example counts for nothing until the operator confirms it.
"""

from datetime import UTC, date, datetime
from typing import Any

from django.db import migrations

FROM = date(2022, 1, 1)
AT = datetime(2022, 1, 1, tzinfo=UTC)
EXAMPLES = (
    # bundle, a month, users, documents a month, documents in a pack of surplus, what a pack costs
    ("MINIMAL", 0, None, None, 0, 0),
    ("SMALL", 1_900, 1, 75, 5, 1_020),
    ("MEDIUM", 3_900, 5, 250, 15, 1_020),
    ("LARGE", 6_900, 15, 750, 50, 1_020),
    ("UNLIMITED", 11_900, None, None, 0, 0),
)


def enter(apps: Any, schema_editor: Any) -> None:
    bundle_price, seat_price = apps.get_model("billing", "BundlePrice"), apps.get_model("billing", "SeatPrice")
    for bundle, monthly, users, documents, pack_documents, pack_cents in EXAMPLES:
        bundle_price.objects.create(
            bundle=bundle,
            valid_from=FROM,
            monthly_cents=monthly,
            users=users,
            documents=documents,
            pack_documents=pack_documents,
            pack_cents=pack_cents,
            is_confirmed=False,
            entered_at=AT,
        )
    seat_price.objects.create(valid_from=FROM, monthly_cents=2_500, policy="DAILY", is_confirmed=True, entered_at=AT)


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_guard")]

    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
