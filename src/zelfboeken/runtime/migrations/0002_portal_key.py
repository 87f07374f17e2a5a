from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0002_portal_key.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("runtime", "0001_initial")]

    operations = [migrations.RunSQL(SQL, "DROP TABLE runtime_portal_key")]
