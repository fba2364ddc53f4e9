"""From here on entries speak of rows: each site's chain notes up to which key rows of before may be spoken of by none."""

import hashlib
import json

from django.db import migrations
from django.utils import timezone

OWN = 'FROM "{0}" t WHERE t.site_id = %s'
TALK = (
    'FROM "{0}" t JOIN conversations_conversation c ON c.id = t.conversation_id WHERE c.site_id = %s AND NOT c.synthetic'
)
OF_CATEGORY = 'FROM "{0}" t JOIN knowledge_category c ON c.id = t.category_id WHERE c.site_id = %s'
TABLES = {
    "handrail_sites.membership": ("handrail_sites_membership", "id", OWN),
    "handrail_sites.crisisconfirmation": ("handrail_sites_crisisconfirmation", "id", OWN),
    "knowledge.revision": (
        "knowledge_revision",
        "id",
        'FROM "{0}" t JOIN knowledge_source s ON s.id = t.source_id WHERE s.site_id = %s',
    ),
    "conversations.message": ("conversations_message", "id", TALK),
    "conversations.turn": ("conversations_turn", "id", TALK),
    "release.release": ("release_release", "id", OWN),
    "release.run": (
        "release_run",
        "id",
        'FROM "{0}" t JOIN release_release r ON r.id = t.release_id WHERE r.site_id = %s',
    ),
    "release.exposure": ("release_exposure", "category_id", OF_CATEGORY),
    "release.exposuremove": ("release_exposuremove", "id", OF_CATEGORY),
    "release.proposal": ("release_proposal", "id", OWN),
    "release.statement": ("release_statement", "id", OWN),
    "escalation.draft": ("escalation_draft", "id", TALK),
}


def _counted(connection, there, site):
    """Of each table the last key of a site's rows, and how many there are."""
    with connection.cursor() as cursor:
        for label, (table, key, scope) in TABLES.items():
            if table in there:
                statement = f'SELECT COALESCE(MAX(t."{key}"), 0), COUNT(*) {scope.format(table)}'
                cursor.execute(statement, [site.pk])
                yield label, list(cursor.fetchone())


def begin(apps, schema_editor):
    Site = apps.get_model("handrail_sites", "Site")
    Head = apps.get_model("handrail_sites", "LedgerHead")
    Entry = apps.get_model("handrail_sites", "LedgerEntry")
    if not Site.objects.exists():
        return
    with schema_editor.connection.cursor() as cursor:
        there = set(schema_editor.connection.introspection.table_names(cursor))
    for site in Site.objects.order_by("pk"):
        head, _ = Head.objects.select_for_update().get_or_create(site=site)
        tables = dict(_counted(schema_editor.connection, there, site))
        facts = {"at": timezone.now().isoformat(), "actor": "migrate", "tables": tables}
        body = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        number, previous = head.number + 1, head.digest
        digest = hashlib.sha256(f"{previous}\n{number}\nrecord_begun\n{body}".encode()).hexdigest()
        Entry.objects.create(
            site=site, number=number, kind="record_begun", body=body, previous=previous, digest=digest
        )
        Head.objects.filter(pk=head.pk).update(number=number, digest=digest)


class Migration(migrations.Migration):

    dependencies = [("handrail_sites", "0013_ledger_in_order")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
