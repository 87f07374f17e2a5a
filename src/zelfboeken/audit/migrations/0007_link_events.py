"""What was logged before there was a chain is linked too, in the order in which it happened."""

from django.db import migrations

from zelfboeken.audit.chain import Fact, canonical_form, is_chained, is_chained_in_portal, seal
from zelfboeken.tenancy.scope import domain_scope


def link_events(apps, schema_editor):
    domains = apps.get_model("tenancy", "Domain").objects.order_by("id").values_list("id", flat=True)
    for domain_id in list(domains):
        # Forced row security hides the rows from the owner too.
        with domain_scope(domain_id):
            _link(apps, "Event", "EventLink", "domain_id", domain_id, is_chained)
    for portal_id in apps.get_model("tenancy", "Portal").objects.order_by("id").values_list("id", flat=True):
        _link(apps, "PortalEvent", "PortalEventLink", "portal_id", portal_id, is_chained_in_portal)


def _link(apps, events, links, owner, owner_id, is_in_chain):
    found = apps.get_model("audit", events).objects.filter(**{owner: owner_id}).order_by("at", "id")
    link, seq, prev_hash, made = apps.get_model("audit", links), 0, None, []
    for one in found:
        if not is_in_chain(one.action):
            continue
        seq += 1
        fact = Fact(owner_id, one.id, one.at, one.actor_id, one.actor_name, one.action, one.subject, one.detail)
        content = canonical_form(seq, fact)
        digest = seal(prev_hash, content)
        made.append(
            link(**{owner: owner_id}, seq=seq, event_id=one.id, prev_hash=prev_hash, content=content, hash=digest)
        )
        prev_hash = digest
    link.objects.bulk_create(made)


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_guard_links")]

    operations = [migrations.RunPython(link_events, migrations.RunPython.noop)]
