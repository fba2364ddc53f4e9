"""The small files of CASES/import, which nobody on this project wrote, say afterwards what their manifest says."""

import json
import os
import re
from pathlib import Path

import pytest

from knowledge.readers import documents
from knowledge.text.markdown import Kind, blocks, cells, number_of, plain, unnumbered

FOLDER = Path(os.environ.get("CASES", "/nowhere")) / "import"
MANIFEST = FOLDER / "manifest.jsonl"
LINES = [json.loads(line) for line in MANIFEST.read_text("utf-8").splitlines()] if MANIFEST.is_file() else []
CASES = [case for case in LINES if "note" not in case]

pytestmark = pytest.mark.skipif(not CASES, reason="CASES names no folder with import/manifest.jsonl")


def squeezed(text):
    return re.sub(r"\s+", " ", text)


def tables(text):
    """The tables of a text, each a list of rows of cells, its header first."""
    found = []
    for block in blocks(text):
        if block.kind is Kind.HEADER:
            found.append([])
        if block.kind in {Kind.HEADER, Kind.ROW}:
            found[-1].append([plain(cell) for cell in cells(text[block.start : block.end])])
    return found


def steps(text):
    """The numbered lists of a text, each a list of its items."""
    found = []
    for block in blocks(text):
        line = text[block.start : block.end]
        if block.kind is Kind.ITEM and (number := number_of(line)) is not None:
            if number == 1 or not found:
                found.append([])
            found[-1].append(squeezed(plain(unnumbered(line))))
    return found


def holds_row(row, wanted):
    return all(any(part in cell for cell in row) for part in wanted)


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_what_must_be_readable_is_and_what_must_not_is_gone(case):
    file = FOLDER / case["file"]
    read = documents.read(file.name, file.read_bytes())
    shown = squeezed(f"{read.title} {plain(read.text)}")
    read_in = f"{shown} {read.text}"  # with the addresses that links lead to
    assert [words for words in case.get("readable", ()) if words not in read_in] == []
    assert [words for words in case.get("never", ()) if words in read_in] == []
    assert bool(read.warnings) or not case.get("warns")
    every = tables(read.text)
    rows = [row for table in every for row in table]
    assert [row for row in case.get("rows", ()) if not any(holds_row(each, row) for each in rows)] == []
    if "header" in case:
        assert any(table[0] == case["header"] for table in every)
    for name, column, cell in case.get("value_under", ()):
        assert any(
            cell in row[at]
            for table in every
            for at, title in enumerate(table[0])
            if column in title
            for row in table
            if any(name in each for each in row)
        ), (name, column, cell)
    listed = steps(read.text)
    if "steps" in case:
        assert case["steps"] in listed
    for variant, wanted in case.get("steps_of", {}).items():
        assert variant in shown
        assert wanted in listed
    for question, answer in case.get("pairs", ()):
        assert re.search(re.escape(question) + r".{0,40}?" + re.escape(answer), shown), (question, answer)
