"""Lists in which every step is written "1.", which readers see counted."""

from knowledge.text.markdown import Block, Kind, blocks, number_of


def counted(text: str) -> str:
    """The text with such lists counted on from their own number."""
    open_: dict[int, list[Block]] = {}
    steps: list[list[Block]] = []
    for block in blocks(text):
        if block.kind is not Kind.ITEM:
            if block.level == 0 or block.kind is not Kind.TEXT:
                steps += open_.values()
                open_ = {}
            continue
        steps += [open_.pop(level) for level in list(open_) if level > block.level]
        open_.setdefault(block.level, []).append(block)
    edits = [edit for run in (*steps, *open_.values()) for edit in _edits(text, run)]
    for start, end, number in sorted(edits, reverse=True):
        text = f"{text[:start]}{number}{text[end:]}"
    return text


def _edits(text: str, run: list[Block]) -> list[tuple[int, int, str]]:
    """Where a number stands, and the one that is read there; none where the items are numbered already."""
    numbers = [number_of(text[block.start : block.end]) for block in run]
    first = numbers[0]
    if first is None or len(run) < 2 or set(numbers) != {first}:
        return []
    found = []
    for place, block in enumerate(run[1:], 1):
        at = text.index(str(first), block.start)
        found.append((at, at + len(str(first)), str(first + place)))
    return found
