from pathlib import Path

from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "0001_idempotency_key.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "domain_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain_id", models.BigIntegerField()),
                ("key", models.TextField()),
                ("content_sha256", models.BinaryField()),
                ("answer", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={"db_table": "runtime_idempotency_key", "managed": False},
        ),
        migrations.RunSQL(SQL),
    ]
