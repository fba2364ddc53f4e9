"""Entries of the chain are only ever added: the database refuses anything else, but for an erasure's own transaction."""

from django.db import migrations

MARKER = """
    CREATE TABLE handrail_sites_unsealed (
        id integer PRIMARY KEY CHECK (id = 1),
        never integer NOT NULL CHECK (never = 2)
            REFERENCES handrail_sites_unsealed (id) DEFERRABLE INITIALLY DEFERRED
    )
"""
SQLITE = """
    CREATE TRIGGER handrail_ledger_sealed_{verb} BEFORE {verb} ON handrail_sites_ledgerentry
    WHEN NOT EXISTS (SELECT 1 FROM handrail_sites_unsealed)
    BEGIN SELECT RAISE(ABORT, 'The record is only added to: an entry of the chain stays as it is.'); END
"""
FUNCTION = """
    CREATE FUNCTION handrail_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM handrail_sites_unsealed) THEN
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'The record is only added to: a row of % stays as it is.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""
POSTGRESQL = """
    CREATE TRIGGER handrail_ledger_sealed_{verb} BEFORE {verb} ON handrail_sites_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION handrail_sealed()
"""


def seal(apps, schema_editor):
    schema_editor.execute(MARKER)
    sqlite = schema_editor.connection.vendor == "sqlite"
    if not sqlite:
        schema_editor.execute(FUNCTION, params=None)
    for verb in ("update", "delete"):
        schema_editor.execute((SQLITE if sqlite else POSTGRESQL).format(verb=verb))


def unseal(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for verb in ("update", "delete"):
        on = "" if sqlite else " ON handrail_sites_ledgerentry"
        schema_editor.execute(f"DROP TRIGGER handrail_ledger_sealed_{verb}{on}")
    if not sqlite:
        schema_editor.execute("DROP FUNCTION handrail_sealed()")
    schema_editor.execute("DROP TABLE handrail_sites_unsealed")


class Migration(migrations.Migration):

    dependencies = [("handrail_sites", "0014_record_begun")]

    operations = [migrations.RunPython(seal, unseal)]
