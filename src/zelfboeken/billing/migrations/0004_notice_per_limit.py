from django.db import migrations, models


class Migration(migrations.Migration):
    """Who took a larger bundle after a notice is told again when that one is full."""

    dependencies = [("billing", "0003_examples")]

    operations = [
        migrations.RemoveConstraint(model_name="limitnotice", name="limit_notice_is_given_once"),
        migrations.AddConstraint(
            model_name="limitnotice",
            constraint=models.UniqueConstraint(
                fields=("domain", "month", "limit", "percent"), name="limit_notice_is_given_once"
            ),
        ),
    ]
