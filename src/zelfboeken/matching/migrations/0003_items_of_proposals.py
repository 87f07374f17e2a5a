"""A proposal for a bank line tells which open items it would settle, without looking into its decision."""

from django.contrib.postgres.fields import ArrayField
from django.db import connection, migrations, models

from zelfboeken.tenancy.scope import domain_scope


def fill(apps, schema_editor):
    domains = apps.get_model("tenancy", "Domain").objects.order_by("id").values_list("id", flat=True)
    for domain_id in list(domains):
        # Forced row security hides the rows from the owner too.
        with domain_scope(domain_id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE matching_lineproposal p SET item_ids = ARRAY(SELECT DISTINCT a::bigint AS id "
                "FROM jsonb_path_query(p.decision, '$.**.allocations[*][0]') AS a ORDER BY id) WHERE domain_id = %s",
                [domain_id],
            )


class Migration(migrations.Migration):
    dependencies = [("matching", "0002_guard"), ("tenancy", "0002_guard")]

    operations = [
        migrations.AddField("lineproposal", "item_ids", ArrayField(models.BigIntegerField(), default=list)),
        migrations.RunPython(fill),
    ]
