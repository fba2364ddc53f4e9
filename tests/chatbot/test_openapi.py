"""An OpenAPI document fills in the form of a tool; nothing in it is trusted, and nothing is kept before a yes."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from release.bundles import declared
from sites.core.refusal import Refused
from sites.models import Site
from tools import models
from tools.connection import Connection
from tools.declaration import Tool, unbound
from tools.openapi import document, proposal

FILE = Path(__file__).with_name("parcels.yaml")
PARCEL, MOVE = "getParcel", "moveParcel"


def proposed(text: str, operation: str) -> proposal.Proposal:
    read = document.read(text)
    return proposal.propose(read, read.operation(operation))


def of(paths: Any, **more: Any) -> str:
    return json.dumps({"openapi": "3.0.3", "info": {"title": "T"}, "paths": paths, **more})


def getting(schema: Any, **more: Any) -> str:
    reply = {"200": {"content": {"application/json": {"schema": schema}}}}
    return of({"/a": {"get": {"operationId": "a", "responses": reply}}}, **more)


@pytest.mark.parametrize("operation", [PARCEL, MOVE])
def test_what_is_filled_in_is_a_declaration_bound_to_who_asks(operation: str) -> None:
    made = proposed(FILE.read_text(), operation)
    tool = Tool.model_validate(made.tool)
    assert Connection.model_validate(made.connection).auth
    assert dict(tool.belongs_to) == {"$.customerId": "customer_id", "$.parcelId": "parcel_id"}
    assert not unbound(tool)
    assert tool.arguments["customer_id"].claim == "sub"
    assert tool.arguments["parcel_id"].typed("where is PD-123456?") == ("PD-123456",)
    assert tool.keep["state"].words["inTransit"] == "in transit"
    assert {name: field.type for name, field in tool.keep.items()} == {
        "state": "choice", "weight": "decimal", "due": "date", "email": "text", "phone": "text", "stops": "text",
    }  # fmt: skip
    assert [name for name, field in tool.keep.items() if field.optional] == ["due", "email", "phone", "stops"]


def test_what_changes_something_writes_and_asks_for_what_it_sends() -> None:
    tool = Tool.model_validate(proposed(FILE.read_text(), MOVE).tool)
    assert tool.writes
    assert tool.change == "Move a delivery: parcel id $parcel_id, day $day, slot $slot"
    assert dict(tool.request.body) == {"day": "{day}", "slot": "{slot}"}
    assert [choice.value for choice in tool.arguments["slot"].ask.choices] == ["morning", "evening"]  # type: ignore[union-attr]


def test_what_a_document_cannot_tell_is_said_to_be_missing() -> None:
    made = proposed(getting({"type": "object", "properties": {"n": {"type": "integer"}}}), "a")
    assert any("Nothing here names the customer" in note for note in made.notes)
    with pytest.raises(ValueError, match="nothing binds it to who asks"):
        Tool.model_validate(made.tool)


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
CIRCLE = {"X": {"$ref": "#/components/schemas/Y"}, "Y": {"$ref": "#/components/schemas/X"}}
TREE = {"T": {"type": "object", "properties": {f"p{n}": {"$ref": "#/components/schemas/T"} for n in range(99)}}}
BAD = {
    "nothing": "",
    "a list": "[]",
    "no YAML": "openapi: [",
    "aliases of aliases": f"openapi: 3.0.0\n{LAUGHS}",
    "a value inside itself": "openapi: 3.0.0\npaths: &p {/a: *p}",
    "too deep": "openapi: 3.0.0\nx: " + "[" * 500 + "]" * 500,
    "too long": "x" * (document.LARGEST + 1),
    "an object of Python": "!!python/object/apply:os.system [true]",
    "Swagger 2": json.dumps({"swagger": "2.0", "paths": {}}),
    "another version": json.dumps({"openapi": "4.0.0", "paths": {}}),
    "no operation": of({}),
    "a reference to elsewhere": getting({"$ref": "https://evil.example/schema.json"}),
    "a reference to a file": getting({"$ref": "../../etc/passwd"}),
    "a reference to nothing": getting({"$ref": "#/components/schemas/None"}),
    "a circle": getting({"$ref": "#/components/schemas/X"}, components={"schemas": CIRCLE}),
    "a tree without end": getting({"$ref": "#/components/schemas/T"}, components={"schemas": TREE}),
    "half a number": '{"openapi": NaN}',
}


@pytest.mark.parametrize("why", BAD)
def test_a_document_that_is_none_is_refused_with_the_cause(why: str) -> None:
    with pytest.raises(Refused) as refusal:
        proposed(BAD[why], "a")
    assert 10 < len(str(refusal.value)) < 1_000


STRANGE = [
    None, 7, True, [], {}, "$", "$x", "{a}", "<script>alert(1)</script>", "\u202e", "a\nb", "x" * 5_000, "(a+)+$",
    {"type": ["string", "integer"]}, {"type": "array", "items": 3}, {"enum": [None, 1, "a"]}, {"allOf": [3, {}]},
]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_a_strange_value_anywhere_is_left_out_or_refused_and_never_an_error(strange: Any) -> None:
    said = document.read(FILE.read_text()).root
    for place in _places(json.loads(json.dumps(said)), ()):
        changed = json.loads(json.dumps(said))
        at = changed
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = strange
        try:
            made = proposed(json.dumps(changed), "GET /customers/{customerId}/parcels/{parcelId}")
        except Refused:
            continue
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,59}", made.tool["name"])
        assert not re.search("filled by nothing|begins no name", _wrong(made.tool)), place


def _wrong(body: Any) -> str:
    try:
        Tool.model_validate(body)
    except ValueError as error:
        return str(error)
    return ""


def _places(value: Any, place: tuple[Any, ...]) -> Any:
    for key, each in list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*place, key)
        yield from _places(each, (*place, key))


def test_the_command_prints_a_file_that_a_bundle_takes(tmp_path: Path) -> None:
    out = StringIO()
    call_command("openapi", str(FILE), MOVE, "--connection", "depot", stdout=out)
    (tmp_path / "depot.yaml").write_text(out.getvalue())
    found = declared.load(tmp_path)
    assert (list(found.tools), list(found.connections), found.warnings) == (["move_parcel"], ["depot"], [])
    assert "# Proposed from moveParcel of parcels.yaml." in out.getvalue()
    call_command("openapi", str(FILE), stdout=out)
    assert "GET /customers/{customerId}/parcels/{parcelId}  getParcel  Where a parcel is" in out.getvalue()


@pytest.mark.django_db
def test_dan_uploads_it_picks_an_operation_reads_the_form_through_and_declares_it(fernway: Site, people: Any) -> None:
    dan, page = Client(), reverse("admin:tools_openapi")
    dan.force_login(people["dan"])
    picking = dan.post(page, {"site": "fernway", "file": SimpleUploadedFile("parcels.yaml", FILE.read_bytes())})
    text = re.search(r"<textarea[^>]*hidden[^>]*>(.*?)</textarea>", picking.content.decode(), re.S)
    assert "GET /customers/{customerId}/parcels/{parcelId}: Where a parcel is" in picking.content.decode()
    assert text
    asked = {"site": "fernway", "text": picking.context["form"].shown, "connection": "shop", "operation": PARCEL}
    filled = dan.post(page, asked)
    assert not models.Tool.objects.filter(name="get_parcel").exists()
    posted = {"site": "fernway"}
    for each in (filled.context["form"], *(s for _, _, s in filled.context["sections"])):
        for form in (each, *getattr(each, "forms", ()), *filter(None, [getattr(each, "management_form", None)])):
            if hasattr(form, "visible_fields"):
                posted |= {f.html_name: f.value() for f in form if f.value() not in (None, False)}
    assert dan.post(reverse("admin:tools_tool_add"), posted).status_code == 302
    made = Tool.model_validate(models.Tool.objects.get(site=fernway, name="get_parcel").body)
    assert made == Tool.model_validate(
        {**proposed(FILE.read_text(), PARCEL).tool, "request": made.request.model_dump()}
    )
    assert made.request.connection == "shop"


@pytest.mark.django_db
def test_a_document_that_cannot_be_read_is_told_on_the_page(fernway: Site, people: Any) -> None:
    dan, page = Client(), reverse("admin:tools_openapi")
    dan.force_login(people["dan"])
    assert "Choose a file or paste the document." in dan.post(page, {"text": " "}).content.decode()
    assert "The document is not YAML in line" in dan.post(page, {"text": "openapi: ["}).content.decode()
