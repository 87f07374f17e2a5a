from django.db import migrations, models

from zelfboeken.booking.packed import PackedJSONField

FIELDS = ("facts", "lines", "reasons", "problems")


class Migration(migrations.Migration):
    dependencies = [("booking", "0004_packed")]

    operations = [
        # Without a default first: with one, Django would fill empty places outside any domain's scope.
        *(migrations.AlterField("proposal", field, PackedJSONField()) for field in FIELDS),
        *(migrations.AlterField("proposal", field, PackedJSONField(default=list)) for field in FIELDS[2:]),
        migrations.AlterField("proposal", "received_at", models.DateTimeField()),
        *(migrations.RemoveField("proposal", f"{field}_json") for field in FIELDS),
    ]
