"""Proposals take a third of the room: their JSON is packed (docs/decisions/0014). And they tell when their document
came in, so that what waits is counted without looking it up."""

from django.db import connection, migrations, models

from zelfboeken.booking.packed import PackedJSONField
from zelfboeken.tenancy.scope import domain_scope

FIELDS = ("facts", "lines", "reasons", "problems")


def pack(apps, schema_editor):
    domains = apps.get_model("tenancy", "Domain").objects.order_by("id").values_list("id", flat=True)
    proposals = apps.get_model("booking", "Proposal").objects
    for domain_id in list(domains):
        # Forced row security hides the rows from the owner too.
        with domain_scope(domain_id):
            last = 0
            while some := list(proposals.filter(domain_id=domain_id, id__gt=last).order_by("id")[:500]):
                for one in some:
                    for field in FIELDS:
                        setattr(one, field, getattr(one, f"{field}_json"))
                proposals.bulk_update(some, FIELDS)
                last = some[-1].id
            with connection.cursor() as cursor:
                cursor.execute(_RECEIVED, {"domain": domain_id})


_RECEIVED = """
UPDATE booking_proposal p SET received_at = coalesce(
  (SELECT d.received_at FROM invoices_invoice i
     JOIN documents_document d ON d.domain_id = i.domain_id AND d.id = i.document_id
    WHERE i.domain_id = p.domain_id AND i.id = p.subject_id), p.on_date::timestamp AT TIME ZONE 'UTC')
 WHERE p.domain_id = %(domain)s
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0003_handled"), ("documents", "0002_guard"), ("invoices", "0002_guard")]

    operations = [
        *(migrations.RenameField("proposal", field, f"{field}_json") for field in FIELDS),
        *(migrations.AddField("proposal", field, PackedJSONField(null=True)) for field in FIELDS),
        migrations.AddField("proposal", "received_at", models.DateTimeField(null=True)),
        migrations.RunPython(pack),
    ]
