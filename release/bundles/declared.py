"""tools/*.yaml: the tools of a bundle and the connections they use, each mistake with its file and line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sites.core import parts, yamlfile
from sites.core.problems import BadInput, Problem
from sites.core.yamlfile import Place, YamlFile
from tools.connection import Connection
from tools.declaration import Declared, Tool, strangers, unbound


@dataclass(slots=True)
class Declarations:
    """What a bundle declares, by name, and where each stands."""

    tools: dict[str, Tool] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    places: dict[str, tuple[YamlFile, Place]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


def load(folder: Path) -> Declarations:
    """Every declaration below `folder` (a bundle's tools/). Raises BadInput with all that is wrong."""
    found = Declarations()
    files: list[YamlFile] = []
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix != ".yaml":
            text = "left out: declarations end in .yaml"
            found.warnings += [Problem(f"tools/{path.name}", 0, text)] if not path.name.startswith(".") else []
            continue
        try:
            files.append(yamlfile.read(path, f"tools/{path.name}"))
        except BadInput as error:
            problems += error.problems
            continue
        if (said := parts.read(Declared, files[-1])) is not None:
            _add(found, files[-1], said)
    if not problems and not any(file.problems for file in files):
        for name, below, text in strangers(found.tools, found.connections):
            file, place = found.places[f"tool {name}"]
            file.wrong((*place, *below), text)
    problems += [problem for file in files for problem in file.problems]
    if problems:
        raise BadInput(problems)
    found.warnings += list(_unbound(found))
    return found


def _add(found: Declarations, file: YamlFile, said: Declared) -> None:
    for index, connection in enumerate(said.connections):
        _once(found, file, ("connections", index), f"connection {connection.name}")
        found.connections[connection.name] = connection
    for index, tool in enumerate(said.tools):
        _once(found, file, ("tools", index), f"tool {tool.name}")
        found.tools[tool.name] = tool


def _once(found: Declarations, file: YamlFile, place: Place, name: str) -> None:
    if name in found.places:
        first, where = found.places[name]
        file.wrong((*place, "name"), f"the {name} is declared in {first.name}:{first.lines[where]} already")
    found.places[name] = file, place


def _unbound(found: Declarations) -> Iterator[Problem]:
    for tool in found.tools.values():
        if text := unbound(tool):
            file, place = found.places[f"tool {tool.name}"]
            yield Problem(file.name, file.lines[place], text)
