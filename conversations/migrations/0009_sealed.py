"""A turn that has ended stays as it ended: the database refuses anything else, but for an erasure's own transaction.

What may still be set: its answer, once, in the transaction that ends it; that the knowledge room was told; a category
that is gone. A later migration that makes this table anew on SQLite must lay the triggers again.
"""

from django.db import migrations

KEPT = ("conversation_id", "question_id", "state", "outcome", "reason", "confidence", "release", "trace", "created_at",
        "settled_at")
DISTINCT = {"sqlite": "OLD.{0} IS NOT NEW.{0}", "postgresql": "OLD.{0} IS DISTINCT FROM NEW.{0}"}


def _changed(vendor):
    differs = DISTINCT[vendor]
    columns = " OR ".join(differs.format(f'"{name}"') for name in KEPT)
    answer = f"(OLD.answer_id IS NOT NULL AND {differs.format('answer_id')})"
    category = f"(NEW.category_id IS NOT NULL AND {differs.format('category_id')})"
    return f"({columns} OR {answer} OR {category})"


ENDED = "OLD.state IN ('settled', 'discarded')"
SQLITE = """
    CREATE TRIGGER handrail_turn_sealed_{verb} BEFORE {verb} ON conversations_turn
    WHEN {when} AND NOT EXISTS (SELECT 1 FROM handrail_sites_unsealed)
    BEGIN SELECT RAISE(ABORT, 'The record is only added to: a turn that has ended stays as it is.'); END
"""
POSTGRESQL = """
    CREATE TRIGGER handrail_turn_sealed_{verb} BEFORE {verb} ON conversations_turn
    FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION handrail_sealed()
"""


def seal(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    form = SQLITE if vendor == "sqlite" else POSTGRESQL
    schema_editor.execute(form.format(verb="update", when=f"{ENDED} AND {_changed(vendor)}"))
    schema_editor.execute(form.format(verb="delete", when=ENDED))


def unseal(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON conversations_turn"
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER handrail_turn_sealed_{verb}{on}")


class Migration(migrations.Migration):

    dependencies = [("conversations", "0008_offers"), ("handrail_sites", "0015_sealed")]

    operations = [migrations.RunPython(seal, unseal)]
