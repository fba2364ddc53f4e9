"""What is set for a site is kept with who set it, what it was and what it is: settings change on the record only.

Law of the room: a setting that says who may do what, or what customers may meet, is written together with its entry in
the site's chain. Secrets are no settings: no row given here holds one.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model

from sites.access.roles import Person, require
from sites.core import ledger
from sites.models import LedgerHead, Role, Site


def write(site: Site, fields: Collection[str], *, actor: Person) -> None:
    """Write these fields of a site as they stand on the row, and what they were before. Raises NotAllowed."""
    with transaction.atomic():
        head = ledger.hold(site.pk)
        require(actor, site, Role.ADMIN)
        was = Site.objects.get(pk=site.pk)
        before, after = (values(row, fields) for row in (was, site))
        if before != after:
            site.save(update_fields=[name for name in after if before[name] != after[name]])
            note(site.pk, "site_changed", before, after, actor=actor.get_username(), head=head)


def note(
    site_id: int,
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    actor: str,
    head: LedgerHead | None = None,
    **facts: Any,
) -> None:
    """Append what differs between two sets of values, inside the caller's transaction; nothing when nothing does."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if names:
        told = {
            "before": {name: before[name] for name in names if name in before},
            "after": {name: after[name] for name in names if name in after},
        }
        ledger.append(site_id, kind, {"actor": actor, **facts, **told}, head=head)


def values(row: Model | None, fields: Collection[str] = ()) -> dict[str, Any]:
    """The values of a row as JSON has them, many-to-many rows by their names; of no row: none. None named: all."""
    if row is None or row.pk is None:
        return {}
    held = {f.name: f.value_from_object(row) for f in row._meta.concrete_fields if not fields or f.name in fields}
    if not fields:
        for field in row._meta.many_to_many:
            held[field.name] = sorted(str(other) for other in getattr(row, field.name).all())
    plain: dict[str, Any] = json.loads(json.dumps(held, cls=DjangoJSONEncoder))
    return plain
