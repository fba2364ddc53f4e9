"""The version before and the new one run side by side on one database: what migrations may do, held mechanically."""

from itertools import chain

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import AddField, DeleteModel, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader

OURS = ("handrail_sites", "knowledge", "tools", "conversations", "release", "escalation")
BEGAN = {
    ("escalation", "complaint", "conversation"),
    ("escalation", "complaint", "site"),
    ("knowledge", "revision", "source"),
}
"""Columns of before this rule that can have no default, for they lead to another row."""
CONTRACTED: set[tuple[str, str]] = set()
"""(migration, name) of what is taken away or renamed, once the version before no longer reads it: two steps."""
FIRST = {
    "handrail_sites": "0020",
    "knowledge": "0008",
    "tools": "0001",
    "conversations": "0013",
    "release": "0016",
    "escalation": "0008",
}
"""The migration after which the rule of two steps counts."""


def migrations():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [(key, migration) for key, migration in sorted(loader.disk_migrations.items()) if key[0] in OURS]


def added():
    """(app, model, field) of every column that a migration added to a table that was there."""
    for (app, _), migration in migrations():
        for operation in migration.operations:
            if isinstance(operation, AddField):
                yield app, operation.model_name, operation.name


def lacking(app: str, model: str, name: str) -> bool:
    """Whether the version before could write no row: it knows nothing of this column, nor has it a default."""
    try:
        field = apps.get_model(app, model)._meta.get_field(name)
    except LookupError:  # the model is gone
        return False
    plain = isinstance(field, models.Field) and not field.many_to_many and not field.null
    return plain and field.db_default is models.NOT_PROVIDED


def test_every_column_that_was_added_has_a_default_in_the_database():
    without = {each for each in added() if lacking(*each)} - BEGAN
    assert not without, f"give these a db_default, or the version before can write no row beside yours: {without}"


def test_a_column_that_was_added_without_one_would_be_named():
    assert lacking("conversations", "conversation", "site")
    assert not lacking("conversations", "conversation", "mailed")


def test_nothing_is_taken_away_or_renamed_in_one_step():
    later = [(key, m) for key, m in migrations() if key[1] > FIRST[key[0]]]
    moved = chain.from_iterable(
        ((f"{app}.{name}", operation.describe()) for operation in migration.operations
         if isinstance(operation, RemoveField | RenameField | RenameModel | DeleteModel))
        for (app, name), migration in later
    )  # fmt: skip
    assert not set(moved) - CONTRACTED, (
        "let the version before go on first: add beside it now, take away a version later"
    )


@pytest.mark.parametrize(
    ("app", "migration", "model"),
    [("conversations", "0001_conversations", "Conversation"), ("handrail_sites", "0001_sites", "Site")],
)
def test_the_first_version_writes_its_rows_on_the_tables_of_this_one(fernway, app, migration, model):
    old = MigrationLoader(None).project_state((app, migration)).apps.get_model(app, model)
    own = {"site_id": fernway.pk} if model == "Conversation" else {"slug": "old", "name": "Old"}
    made = apps.get_model(app, model).objects.get(pk=old.objects.create(**own).pk)
    assert (
        (made.mailed, made.synthetic) == (0, False)
        if model == "Conversation"
        else (made.signals, made.routes) == ([], {})
    )
