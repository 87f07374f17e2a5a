import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import zelfboeken.tenancy.models
from zelfboeken.tenancy.migration_operations import READ_AND_INSERT, GuardTenantTables


class Migration(migrations.Migration):
    dependencies = [
        ("questions", "0002_guard"),
        ("tenancy", "0004_slug_stays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompletenessReport",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "domain_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField(db_default=zelfboeken.tenancy.models.NextId())),
                ("administration_id", models.BigIntegerField()),
                ("month", models.DateField()),
                ("asked", models.IntegerField()),
                ("unasked", models.IntegerField()),
                ("waiting", models.IntegerField()),
                ("questions", models.IntegerField()),
                ("reported_at", models.DateTimeField()),
                (
                    "administration",
                    zelfboeken.tenancy.models.DomainForeignKey(
                        from_fields=["domain", "administration_id"],
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.administration",
                        to_fields=["domain", "id"],
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.domain",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("domain", "administration_id", "month"), name="completeness_report_is_once_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked__gte", 0), ("questions__gte", 0), ("unasked__gte", 0), ("waiting__gte", 0)
                        ),
                        name="completeness_report_counts_from_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="completeness_report_is_of_a_month"
                    ),
                ],
            },
        ),
        GuardTenantTables({"CompletenessReport": READ_AND_INSERT}),
    ]
