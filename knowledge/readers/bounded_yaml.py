"""YAML of strangers: so long, so deep, and no more values than it shows, its aliases written out."""

from typing import Any

import yaml

from sites.core.foreign import DEEPEST

LONGEST = 50_000
"""Characters, and values in it; the longest of 172 front matters in published help has 400."""
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TooMuch(ValueError):
    """More than is read; the words say of what, and what mends it."""


def load(text: str) -> Any:
    """The value. Raises TooMuch, yaml.YAMLError, and ValueError for a date like 2026-13-45."""
    loader, found = _composed(text)
    return None if found is None else loader.construct_document(found)


def shape(text: str) -> Any:
    """The same as mappings, lists and texts alone, whatever types the values say they have. Raises TooMuch, YAMLError.

    A configuration names types that only its own program knows; what is looked for in it are words.
    """
    _, found = _composed(text)
    return None if found is None else _plain(found)


def _composed(text: str) -> tuple[Any, yaml.Node | None]:
    if len(text) > LONGEST:
        raise TooMuch(f"longer than {LONGEST:,} characters; keep it to a page")
    if _depth(text) > DEEPEST:
        raise TooMuch(f"nested deeper than {DEEPEST} levels")
    loader = _Loader(text)
    node = loader.get_single_node()
    if node is not None and _weight(node, {}) > LONGEST:
        raise TooMuch("its aliases stand for too much; write the values out")
    return loader, node


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    return [_plain(each) for each in node.value] if isinstance(node, yaml.SequenceNode) else str(node.value)


def _depth(text: str) -> int:
    """How deeply YAML is nested, up to one more than DEEPEST: composing what is deeper overflows the stack of C."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
    return deepest


def _weight(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node holds when each alias is written out; one that holds itself holds without end."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = LONGEST + 1  # for those inside that lead back here
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_weight(part, known) for part in parts)
    return known[id(node)]
