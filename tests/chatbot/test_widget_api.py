"""What a page may say to the widget is written down once; its documentation and its types are made of that."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest

from tests.server import BASE

WIDGET = BASE / "chatbot" / "widget"
SOURCE = {path.relative_to(WIDGET / "src").as_posix(): path.read_text() for path in (WIDGET / "src").rglob("*.js")}
OURS = {"conversation", "link"}
"""Said by pages of our own only."""


@pytest.fixture(scope="module")
def describe() -> Iterator[Any]:
    spec = spec_from_file_location("describe", WIDGET / "describe.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_and_the_types_are_made_of_the_one_source(describe: Any) -> None:
    text = describe.DOCS.read_text(encoding="utf-8")
    assert text.count("<!-- api: ") == 3
    assert describe.documented(text) == text, "python chatbot/widget/describe.py"
    assert describe.TYPES.read_text(encoding="utf-8") == describe.types(), "python chatbot/widget/describe.py"


def test_every_option_call_and_event_is_there_and_no_other(describe: Any) -> None:
    api = describe.api()
    whole = "\n".join(SOURCE.values())
    used = set(re.findall(r'\boption(?:\.|\[")(\w+)', whole))
    assert {each["name"] for each in api["options"]} == used - OURS
    commands = SOURCE["page.js"].partition("const api = {")[2].partition("};")[0]
    called = set(re.findall(r"^    (\w+)(?:: (?!1)|\(|,)", commands, re.MULTILINE)) - {"attach"}
    assert {each["name"] for each in api["calls"]} == called
    emitted = set(re.findall(r'\bemit\("(\w+)"', whole))
    assert {each["name"] for each in api["events"]} == emitted


def test_the_types_are_typescript(describe: Any) -> None:
    node = shutil.which("node")
    if not node or not (WIDGET / "node_modules" / "esbuild").is_dir():
        pytest.skip("there is no esbuild here to read them with")
    read = 'require("esbuild").transformSync(require("fs").readFileSync(0, "utf8"), { loader: "ts" })'
    done = subprocess.run([node, "-e", read], cwd=WIDGET, input=describe.types(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
