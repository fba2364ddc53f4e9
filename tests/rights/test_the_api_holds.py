"""The staff's REST by its own schema: a list does what its query asks or refuses it; refusals have one shape."""

from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rights.ground import Ground, lay

pytestmark = pytest.mark.django_db
ODD = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "0", "-1", "1e9", "9" * 40, "null", "2026-01-01", "’;--", "\x00"])
)


@cache
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def lists() -> dict[str, list[dict[str, Any]]]:
    """Every list: its path, and the parameters that the schema says it takes."""
    found = {}
    for path, methods in schema()["paths"].items():
        told = methods.get("get", {}).get("parameters", [])
        if any(each["name"] == "page_size" for each in told) and "{" not in path:
            found[path] = [each for each in told if each["in"] == "query"]
    return found


def test_every_route_says_how_it_refuses():
    for path, methods in schema()["paths"].items():
        for operation in methods.values():
            assert {"400", "401", "403", "404", "409", "429", "503"} <= set(operation["responses"]), path


@pytest.fixture
def ground() -> Ground:
    return lay()


@pytest.fixture
def root(ground) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def refused(answer) -> bool:
    """Whether it is a refusal in the one shape."""
    body = answer.json()
    return (
        isinstance(body["detail"], str) and isinstance(body["code"], str) and set(body) <= {"detail", "code", "fields"}
    )


def test_every_list_is_filtered_by_site_and_refuses_what_it_does_not_know(root, ground):
    assert len(lists()) >= 8
    for path in lists():
        whole = root.get(path).json()["count"]
        assert root.get(path, {"site": ground.site.slug}).json()["count"] == whole, path
        assert root.get(path, {"site": "no-such-site"}).json()["count"] == 0, path
        answer = root.get(path, {"colour": "red"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["colour"])
        assert refused(answer)


def test_a_page_has_as_many_rows_as_are_asked_for_and_never_more_than_200(root):
    assert len(root.get("/api/v1/record/", {"page_size": "1"}).json()["results"]) == 1
    for size in ("0", "201", "-1", "many", ""):
        assert refused(root.get("/api/v1/record/", {"page_size": size})), size


def test_a_word_that_is_none_of_the_words_is_refused_with_those_that_are(root):
    assert "One of bot, waiting, human, closed" in root.get("/api/v1/record/", {"state": "asleep"}).json()["detail"]
    assert refused(root.get("/api/v1/record/", {"from": "yesterday"}))
    assert root.get("/api/v1/record/", {"from": "2999-01-01T00:00:00Z"}).json()["count"] == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_that_is_typed_into_a_query_is_our_fault(root, data):
    path = data.draw(st.sampled_from(sorted(lists())))
    name = data.draw(st.sampled_from([each["name"] for each in lists()[path]] + ["colour"]))
    answer = root.get(path, {name: data.draw(ODD)})
    assert answer.status_code in (200, 400, 404), (path, name)
    assert answer.status_code == 200 or refused(answer)


def test_a_visitor_a_wrong_row_and_a_wrong_body_are_refused_in_the_same_shape(root):
    for answer, status in (
        (Client().get("/api/v1/record/"), 401),
        (Client().get("/api/v1/record/", HTTP_AUTHORIZATION="Bearer hra_none"), 401),
        (root.get("/api/v1/releases/999999/"), 404),
        (root.delete("/api/v1/pauses/"), 405),
        (root.post("/api/v1/pauses/", {"what": "everything"}, "application/json"), 400),
        (root.post("/api/v1/pauses/", "{", "application/json"), 400),
    ):
        assert answer.status_code == status
        assert refused(answer), answer.content
