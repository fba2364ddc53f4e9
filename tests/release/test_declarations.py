"""tools/*.yaml: a right declaration is read whole; a wrong one is refused with its file, its line and the mend."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from release.bundles import bundle, declared, export
from release.live import snapshot
from sites.core.problems import BadInput
from sites.models import LedgerEntry, Site
from tests.declared import SAMPLE
from tools import models

FILE = Path(__file__).parents[2] / "sample" / "tools" / "shop.yaml"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    shutil.copy(FILE, tmp_path / "shop.yaml")
    return tmp_path


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        declared.load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_samples_declarations_have_no_problems_and_no_warnings() -> None:
    assert set(SAMPLE.tools) == {"order_status", "orders", "loyalty_points", "cancel_order", "restore_order"}
    assert set(SAMPLE.connections) == {"shop"}
    assert SAMPLE.warnings == []


def test_what_a_declaration_leaves_open_is_the_strictest() -> None:
    tool = SAMPLE.tools["orders"].model_validate({
        "name": "x", "title": "X", "request": {"connection": "shop", "method": "POST", "path": "/x/{who}"},
        "change": "It is so", "arguments": {"who": {"claim": "sub"}}, "outcomes": [{"say": ["Done."]}],
    })  # fmt: skip
    assert (tool.access, tool.identity, tool.reversible, tool.limits.person) == ("write", "verified", "", 12)


WRONG = {
    "an unknown key": ("  timeout: 2\n", "  timout: 2\n", "“timout” is not known here; did you mean “timeout”?"),
    "no number": ("  timeout: 2\n", "  timeout: soon\n", "“timeout” is 'soon'; use a whole number from 1 to 8"),
    "an access that is none": ("access: read\n", "access: reads\n", "did you mean “read”"),
    "no path into a reply": ("path: $.carrier", "path: carrier", "“carrier” is no path; write it like $.order.number"),
    "a path to many": ("path: $.carrier", "path: '$.x[*].y'", "leads to one value here; read a list with “rows:”"),
    "a type that is none": ("path: $.due, type: date", "path: $.due, type: day", "“type” is “day”; use choice or date"),
    "a slot nothing fills": ("Order $number ($items)", "Order $numbr ($items)", "“$numbr” is filled by nothing"),
    "a slot in a phrase": ("out for delivery with $carrier", "out with $courier", "“$courier” is filled by nothing"),
    "an outcome that may be silent": ("    - You have $points Circle points.\n", "", "a sentence that is always said"),
    "a dollar that begins no name": ("You have $points", "You owe $ 5, $points", "write “$$” for the sign itself"),
    "a condition nobody knows": ("due: coming,", "due: {soon: 1},", "is compared with values or with one of"),
    "an argument nothing sends": ("/orders/{number}\n", "/orders/{nummer}\n", "“{nummer}” is no argument"),
    "a path with a question mark": ("path: /points\n", "path: /points?x=1\n", "goes under “query:”"),
    "a pattern without end": (r"(?:is\W{1,3})?", r"(?:is\W+)?", "repeats without end"),
    "a pattern of too many ways": (r"(?:is\W{1,3})?", r"(?:(\w{0,9}){0,9})?", "ways at one place; at most 1,000"),
    "a pattern that looks back": (r"'\bFW", r"'(?<=x)\bFW", "looks back or refers to itself"),
    "a claim that may be typed too": ("customer: {claim: sub}", "customer: {claim: sub, pattern: x}", "nowhere else"),
    "a claim nobody signs": ("customer: {claim: sub}", "customer: {claim: role}", "“claim” is “role”"),
    "nothing that binds it": ("{claim: sub}\n    number:", "{pattern: x}\n    number:", "nothing binds it to who asks"),
    "a change without words": ("  change: Order $number goes on\n", "", "says what changes, in words"),
    "an undoing that only reads": ("reversible: restore_order", "reversible: orders", "“orders” must write"),
    "a read that deletes": ("  path: /points\n", "  path: /points\n    method: DELETE\n", "DELETE changes things"),
    "an earlier call that is none": ("call: orders.orders.number", "call: ordrs.orders.number", "no tool “ordrs”"),
    "a value it does not keep": ("call: orders.orders.number", "call: orders.orders.nr", "keeps no “orders.nr”"),
    "a connection nobody declared": ("connection: shop\n    path: /points", "connection: till\n    path: /points",
                                     "there is no connection “till”; known: shop"),
    "a secret in the file": ("secret: SHOP_KEY", "secret: s3cr3t-value", "the name of an environment variable"),
    "a variable of ours": ("secret: SHOP_KEY", "secret: SECRET_KEY", "“SECRET_KEY” is not for connections"),
    "an authentication that lacks something": ("{kind: bearer, secret: SHOP_KEY}", "{kind: basic, secret: SHOP_KEY}",
                                               "basic needs “user”"),
    "an open address": ("url: $SHOP_URL\n", "url: ftp://x\n", "is no base address"),
    "the address of a cloud's secrets": ("[127.0.0.1/32]", "[169.254.169.254/32]", "which are never asked"),
    "a name twice": ("- name: loyalty_points", "- name: orders", "the tool orders is declared in tools/shop.yaml:"),
    "a choice without choices": ("type: date, optional: true}\n    delivered", "type: choice}\n    delivered",
                                 "a choice needs “words:” or “of:”"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_of_mistake_is_told_with_its_line(tools: Path, kind: str) -> None:
    old, new, told = WRONG[kind]
    path = tools / "shop.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = problems(tools)
    assert any(told in each for each in found), found
    place = text[: text.index(old)].count("\n") + 1
    lines = [int(each.split(":")[1]) for each in found if told in each]
    assert all(each.startswith("tools/shop.yaml:") for each in found)
    # A mistake of one value has its own line, one between values that of the mapping they stand in.
    assert min(abs(line - place) for line in lines) <= 6, (lines, place)


def test_a_mistake_in_one_value_has_the_line_of_that_value(tools: Path) -> None:
    path = tools / "shop.yaml"
    path.write_text(path.read_text().replace("path: $.carrier", "path: carrier", 1))
    line = next(n for n, text in enumerate(path.read_text().split("\n"), 1) if "path: carrier" in text)
    assert problems(tools)[0].startswith(f"tools/shop.yaml:{line}: ")


def test_the_example_of_the_docs_is_a_declaration(tmp_path: Path) -> None:
    docs = (FILE.parents[2] / "docs" / "tools.md").read_text()
    (tmp_path / "docs.yaml").write_text(docs.partition("```yaml\n")[2].partition("```")[0])
    found = declared.load(tmp_path)
    assert (set(found.tools), set(found.connections), found.warnings) == ({"parcel"}, {"shop"}, [])


def test_a_reply_that_names_nobody_is_warned_of(tools: Path) -> None:
    path = tools / "shop.yaml"
    path.write_text(path.read_text().replace("  belongs_to: {$.customer: customer}\n", "", 1))
    (warning,) = declared.load(tools).warnings
    assert "“loyalty_points” does not say where its reply names whom it belongs to" in str(warning)


def test_a_file_of_another_ending_is_said_to_be_left_out(tools: Path) -> None:
    (tools / "more.yml").write_text("tools: []\n")
    assert [str(each) for each in declared.load(tools).warnings] == [
        "tools/more.yml: left out: declarations end in .yaml"
    ]


def test_a_broken_file_and_a_wrong_category_are_told_together(folder: Path) -> None:
    (folder / "tools").mkdir()
    (folder / "tools" / "x.yaml").write_text("tools: [unclosed\n")
    with pytest.raises(BadInput) as caught:
        bundle.read(folder)
    assert any("tools/x.yaml:" in str(each) for each in caught.value.problems)


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_what_is_loaded_is_exported_and_loads_to_the_same(fernway: Site, people: Any, tmp_path: Path) -> None:
    before = snapshot.candidate(fernway)
    assert dict(before.tools) == SAMPLE.tools
    assert before.category("order-status").tools == ("order_status", "orders", "cancel_order")
    export.export(fernway, tmp_path / "out")
    again = declared.load(tmp_path / "out" / "tools")
    assert (again.tools, again.connections) == (SAMPLE.tools, SAMPLE.connections)
    bundle.load(tmp_path / "out", actor=people["admin"])
    assert snapshot.candidate(Site.objects.get(pk=fernway.pk)).fingerprint == before.fingerprint


@pytest.mark.django_db
def test_a_change_of_a_declaration_is_on_record_with_what_it_was(fernway: Site, people: Any, tmp_path: Path) -> None:
    export.export(fernway, tmp_path / "out")
    path = tmp_path / "out" / "tools" / "shop.yaml"
    path.write_text(path.read_text().replace("purpose: The customer's own orders, newest first.", "purpose: Orders."))
    seen = LedgerEntry.objects.filter(site=fernway, kind="tool_written").count()
    bundle.load(tmp_path / "out", actor=people["admin"])
    entries = LedgerEntry.objects.filter(site=fernway, kind="tool_written").order_by("pk")
    assert entries.count() == seen + 1
    facts = json.loads(entries.last().body)
    assert (facts["name"], facts["before"], facts["after"]) == (
        "orders",
        {"purpose": "The customer's own orders, newest first."},
        {"purpose": "Orders."},
    )
    assert models.Tool.objects.get(site=fernway, name="orders").body["purpose"] == "Orders."


@pytest.mark.django_db
def test_a_release_of_before_has_no_tools_and_a_body_nobody_reads_is_none(fernway: Site) -> None:
    body = snapshot.candidate(fernway).body
    older = snapshot.parse({key: each for key, each in body.items() if key not in ("tools", "connections")})
    assert (dict(older.tools), older.category("order-status").by_tool) == ({}, True)
    strange = snapshot.parse({**body, "tools": [{"name": "x", "of_the_future": 1}]})
    assert dict(strange.tools) == {}
