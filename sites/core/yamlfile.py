"""A YAML file with the line of every value, so that an error can name its place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sites.core import foreign
from sites.core.problems import BadInput, Problem

Place = tuple[str | int, ...]
Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class YamlFile:
    """The value of a YAML file, the line (from 1) of each place in it, and the problems noted so far."""

    name: str
    value: Any
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, place: Place, text: str) -> None:
        """Note a problem at a place, or at the nearest place above it that is in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        self.problems.append(Problem(self.name, self.lines.get(place, 1), text))


def read(path: Path, name: str) -> YamlFile:
    """Read one UTF-8 YAML document. Raises BadInput for what is not one, and for keys that stand twice."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput([Problem(name, line, "not UTF-8; save the file as UTF-8")]) from error
    except OSError as error:
        raise BadInput([Problem(name, 0, f"cannot be read: {error.strerror}")]) from error
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        file = YamlFile(name, None if node is None else loader.construct_document(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.problem, error.context) if part)
        raise BadInput([Problem(name, mark.line + 1 if mark else 0, f"not YAML: {what}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date like 2026-13-45
        raise BadInput([Problem(name, 0, f"not YAML: {error}")]) from error
    try:
        if node is not None:
            _locate(file, node, ())
    except RecursionError:
        raise BadInput([Problem(name, 0, "a value holds itself, or is nested too deeply; write it out")]) from None
    if file.problems:
        raise BadInput(file.problems)
    return file


def _locate(file: YamlFile, node: yaml.Node, place: Place) -> None:
    """Note the line of a node and of all below it; an alias is located where it was first written."""
    file.lines[place] = node.start_mark.line + 1
    if len(file.lines) > 200_000:
        raise BadInput([Problem(file.name, 0, "too many values in one file (aliases of aliases?)")])
    _check(file, place, node)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(file, item, (*place, index))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            word = str(key.value)
            if word in seen:
                line = key.start_mark.line + 1
                file.problems.append(Problem(file.name, line, f"“{word}” stands here twice; keep one"))
            seen.add(word)
            _locate(file, value, (*place, word))
            file.lines[(*place, word)] = key.start_mark.line + 1
            _check(file, (*place, word), key)


def _check(file: YamlFile, place: Place, node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and foreign.text(node.value) != node.value:
        file.wrong(place, "a character stands here that is none (half of one, or NUL); write the text without it")
