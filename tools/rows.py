"""Declarations in and out of their rows; each change of them is an entry in the site's chain."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from knowledge.models import Category
from sites.choices import on_record
from sites.core.refusal import Refused
from sites.models import Site
from tools import models
from tools.connection import Connection
from tools.declaration import Tool

Body = dict[str, Any]


def tools(site: Site) -> list[Body]:
    """The bodies of a site's tools, by name."""
    return list(models.Tool.objects.filter(site=site).values_list("body", flat=True))


def connections(site: Site) -> list[Body]:
    """The bodies of a site's connections, by name."""
    return list(models.Connection.objects.filter(site=site).values_list("body", flat=True))


def read_tools(bodies: Iterable[Body]) -> dict[str, Tool]:
    """Bodies as tools by name. One that this build does not read is none: it is refused as what nobody declared."""
    return {each.name: each for body in bodies if (each := _read(Tool, body))}


def read_connections(bodies: Iterable[Body]) -> dict[str, Connection]:
    """The same of connections."""
    return {each.name: each for body in bodies if (each := _read(Connection, body))}


def replace(site: Site, tools: Collection[Tool], connections: Collection[Connection], *, actor: str) -> None:
    """Make a site's declarations exactly these, in the caller's transaction."""
    _replace(site, models.Connection, connections, actor)
    _replace(site, models.Tool, tools, actor)


def write(row: models.Declaration, said: Tool | Connection, *, actor: str) -> None:
    """Write one declaration, and what it was before into the record."""
    with transaction.atomic():
        known = type(row)._default_manager.filter(pk=row.pk).first()
        row.name, row.body = said.name, body_of(said)
        on_record.note(row.site_id, _kind(row), _facts(known), _facts(row), actor=actor, name=row.name)
        row.save()


def remove(row: models.Declaration, *, actor: str, reason: str) -> None:
    """Take a declaration out of the candidate. Raises Refused while another names it, or without a reason."""
    if not reason.strip():
        raise Refused("Say why.")
    if named := sorted(_naming(row)):
        raise Refused(f"{row.name} is named by {', '.join(named)}. Change that first.")
    with transaction.atomic():
        on_record.note(
            row.site_id, _kind(row), _facts(row), {}, actor=actor, name=row.name, reason=reason.strip()[:300]
        )
        row.delete()


def body_of(said: Tool | Connection) -> Body:
    """A declaration as it is kept."""
    return said.model_dump(mode="json", exclude_defaults=True)


def _replace(
    site: Site, model: type[models.Declaration], wanted: Collection[Tool] | Collection[Connection], actor: str
) -> None:
    present = {row.name: row for row in model._default_manager.filter(site=site)}
    for said in wanted:
        row = present.pop(said.name, None) or model(site=site, name=said.name)
        if row.body != body_of(said):
            write(row, said, actor=actor)
    for gone in present.values():
        on_record.note(site.pk, _kind(gone), _facts(gone), {}, actor=actor, name=gone.name)
        gone.delete()


def _naming(row: models.Declaration) -> Iterator[str]:
    """What would lack a declaration."""
    for name, tool in read_tools(tools(row.site)).items():
        calls = {each.of_call[0] for each in tool.arguments.values() if each.call}
        needs = {tool.request.connection} if isinstance(row, models.Connection) else {tool.reversible, *calls}
        if row.name in needs:
            yield f"the tool {name}"
    if isinstance(row, models.Tool):
        for title, held in Category.objects.filter(site=row.site, retired=False).values_list("title", "tool"):
            if row.name in [name.strip() for name in held.split(",")]:
                yield f"the category “{title}”"


def _read(part: Any, body: Body) -> Any:
    try:
        return part.model_validate(body)
    except ValidationError:
        return None


def _kind(row: models.Declaration) -> str:
    return f"{row._meta.model_name}_written"


def _facts(row: models.Declaration | None) -> Mapping[str, Any]:
    return dict(row.body) if row is not None and row.body else {}
