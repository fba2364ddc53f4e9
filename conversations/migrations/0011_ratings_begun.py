"""From here on entries speak of what customers think: each site's chain notes which such events are of before."""

import hashlib
import json

from django.db import migrations
from django.db.models import Count, Max
from django.utils import timezone

OPINIONS = ("feedback", "rating")


def begin(apps, schema_editor):
    Event = apps.get_model("conversations", "Event")
    Head = apps.get_model("handrail_sites", "LedgerHead")
    Entry = apps.get_model("handrail_sites", "LedgerEntry")
    for site in apps.get_model("handrail_sites", "Site").objects.order_by("pk"):
        mine = Event.objects.filter(kind__in=OPINIONS, conversation__site=site.pk, conversation__synthetic=False)
        of_before = mine.aggregate(last=Max("pk"), count=Count("pk"))
        if not of_before["count"]:
            continue
        head, _ = Head.objects.select_for_update().get_or_create(site_id=site.pk)
        tables = {"conversations.event": [of_before["last"], of_before["count"]]}
        facts = {"at": timezone.now().isoformat(), "actor": "migrate", "tables": tables}
        body = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        number, previous = head.number + 1, head.digest
        digest = hashlib.sha256(f"{previous}\n{number}\nrecord_begun\n{body}".encode()).hexdigest()
        Entry.objects.create(
            site_id=site.pk, number=number, kind="record_begun", body=body, previous=previous, digest=digest
        )
        Head.objects.filter(pk=head.pk).update(number=number, digest=digest)


class Migration(migrations.Migration):

    dependencies = [("conversations", "0010_asking"), ("handrail_sites", "0017_data_policy")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
