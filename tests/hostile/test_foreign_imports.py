"""What other programs wrote comes in as text or is refused with its place: exports of help centres, OpenAPI documents.

Every text and every key of an honest file is made bad by itself, and so is its depth.
"""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from knowledge.readers import folder
from knowledge.readers.documents import DocumentError
from knowledge.readers.exports import door
from sites.core import foreign
from sites.core.refusal import Refused
from tests.conftest import count
from tests.hostile.foreign import BAD, JSON
from tests.knowledge.test_exports import INTERCOM, ZENDESK
from tools import models
from tools.openapi import document, proposal

WORST = BAD["all of them between words"]
DOCUMENT = Path(__file__).parents[1] / "chatbot" / "parcels.yaml"
OPENAPI = yaml.safe_load(DOCUMENT.read_text())
MOST = count(10_000, 60)
"""Places of one file that are made bad."""


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document."""
    if way:
        yield way
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in below:
        yield from places(each, (*way, key))


def spoilt(whole: Any) -> Iterator[tuple[str, str]]:
    """A document with one of its values or keys made bad, as JSON writes it."""
    ways = list(places(whole))
    for way in ways[:: max(1, len(ways) // MOST)]:
        for what, write in (("value", _value), ("key", _key)):
            made = copy.deepcopy(whole)
            above = made
            for step in way[:-1]:
                above = above[step]
            if write(above, way[-1]):
                yield f"{what} at {way}", json.dumps(made)


def _value(above: Any, step: Any) -> bool:
    above[step] = WORST if not isinstance(above[step], str) else f"{above[step]}{WORST}"
    return True


def _key(above: Any, step: Any) -> bool:
    if isinstance(above, dict):
        above[f"{step}{WORST}"] = above.pop(step)
    return isinstance(above, dict)


def clean(value: Any) -> bool:
    """Whether all its texts are such: PostgreSQL and a page would take them."""
    if isinstance(value, str):
        return foreign.text(value) == value
    if isinstance(value, dict):
        return all(clean(each) for pair in value.items() for each in pair)
    return all(map(clean, value)) if isinstance(value, list | tuple) else True


def read(data: str) -> Any:
    return folder.read([ContentFile(data.encode("utf-8", "surrogatepass"), name="guide.json")], ["guide.json"])


@pytest.mark.parametrize("export", [ZENDESK, INTERCOM], ids=["Zendesk", "Intercom"])
def test_an_export_becomes_text_or_is_refused_with_its_place(export: Any) -> None:
    """Every one through the door; each twentieth as a whole, with the child that reads the articles."""
    tried = 0
    for where, data in spoilt(export):
        with suppress(ValueError):
            made = door.arranged([("guide.json", data.encode())])
            assert all(clean((each.path, each.section, each.url)) for each in made.entries), where
        if tried % 20 == 0:
            with suppress(DocumentError):
                papers = read(data).papers
                told = [(p.document.title, p.document.text, p.section, p.url) for p in papers]
                assert all(clean(each) for paper in told for each in paper), where
        tried += 1
    assert tried > 30


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("shape", ['{"articles": [{"id": 1, "title": "T", "body": %s}]}', "%s"])
def test_an_export_that_breaks_as_json_is_told_so(name: str, shape: str) -> None:
    with suppress(DocumentError):
        assert all(clean(paper.document.text) for paper in read(shape % JSON[name]).papers)


def test_an_openapi_document_is_read_as_text_or_refused() -> None:
    tried = 0
    for where, data in spoilt(OPENAPI):
        with suppress(Refused):
            made = document.read(data)
            assert clean((made.title, made.url, sorted(made.operations))), where
            for key in made.operations:
                found = proposal.propose(made, made.operation(key))
                assert clean((found.tool, found.connection, found.notes)), where
        tried += 1
    assert tried > 100


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*JSON, *BAD])
def test_the_page_that_takes_a_document_bears_it(fernway: Any, people: Any, name: str) -> None:
    dan = Client()
    dan.force_login(people["dan"])
    bad = JSON.get(name) or json.dumps(f"x{BAD[name]}")
    data = '{"openapi": "3.1.0", "info": {"title": BAD}, "paths": {"/a": {"get": {"summary": BAD}}}}'.replace(
        "BAD", bad
    )
    file = SimpleUploadedFile("api.json", data.encode("utf-8", "surrogatepass"))
    for sent in ({"file": file}, {"text": data, "operation": "GET /a"}):
        answer = dan.post(f"{reverse('admin:tools_openapi')}?site=fernway", sent)
        assert answer.status_code == 200, name
        assert clean(answer.content.decode())
    assert not models.Tool.objects.filter(name="get_a").exists()
