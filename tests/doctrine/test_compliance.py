"""docs/compliance.md names functions and tests: they exist, and no list is shortened."""

import importlib
import re
from functools import reduce

import pytest

from tests.server import BASE

TEXT = (BASE / "docs" / "compliance.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py(?::[\w.]+)?)`", TEXT)))
ROWS = {
    title: re.findall(r"^\| (?!item|function|risk|paragraph|-)([^|]+) \|", part, re.M)
    for title, part in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
}


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_exists(name):
    path, _, what = name.partition(":")
    assert (BASE / path).is_file()
    if what:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert reduce(getattr, what.split("."), module)


def test_every_item_of_every_list_has_a_row():
    counted = {title: len(rows) for title, rows in ROWS.items()}
    assert counted == {
        "OWASP Top 10 for LLM Applications, 2025": 10,
        "OWASP MCP Top 10, 2025 (beta)": 10,
        "NIST AI RMF 1.0": 4,
        "NIST AI 600-1, the Generative AI Profile": 12,
        "EU AI Act, Article 50": 5,
    }
    assert [row[:5] for row in ROWS["OWASP Top 10 for LLM Applications, 2025"]] == [f"LLM{n:02}" for n in range(1, 11)]
    assert [row[:5] for row in ROWS["OWASP MCP Top 10, 2025 (beta)"]] == [f"MCP{n:02}" for n in range(1, 11)]


def test_no_row_claims_without_naming_what_shows_it_or_what_is_missing():
    cells = [
        [c.strip() for c in line.strip("|").split("|")] for line in TEXT.splitlines() if re.match(r"\| [A-Z\d]", line)
    ]
    assert len(cells) == 41
    assert all("`" in " ".join(row[1:]) or row[-1] or "None" in row[1] or "No images" in row[1] for row in cells)
