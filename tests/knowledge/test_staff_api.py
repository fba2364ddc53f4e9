"""The same verbs over REST, for the staff of their sites."""

import pytest
from django.contrib.auth.models import User

from knowledge.embedding.embedders import embedder
from knowledge.models import Revision, Source
from sites.access import roles
from sites.core import outbox
from sites.models import Role, Site


@pytest.fixture
def calls(client):
    def as_person(user, method, path, **data):
        client.force_login(user)
        return getattr(client, method)(f"/api/v1/{path}", data or None, content_type="application/json")

    return as_person


@pytest.fixture
def staff(shop, cleo):
    people = {"cleo": cleo}
    other = Site.objects.create(slug="evil", name="Evil")
    for name, site, role in (
        ("mila", shop, Role.CONTENT_OWNER),
        ("ben", shop, Role.AGENT),
        ("eve", other, Role.CONTENT_OWNER),
    ):
        people[name] = User.objects.create_user(name)
        roles.grant(people[name], site, role)
    return people


NEW = {
    "site": "hill",
    "slug": "gift-cards",
    "title": "Gift cards",
    "text": "A gift card is valid for three years.",
    "categories": ["returns"],
}


def test_a_source_is_made_submitted_and_approved_by_two_people(staff, calls):
    made = calls(staff["cleo"], "post", "sources/", **NEW)
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    assert made.json()["passages"][0]["sentences"] == [[0, 37]]
    assert calls(staff["cleo"], "post", "sources/", **NEW).status_code == 200
    assert calls(staff["cleo"], "post", f"revisions/{pk}/submit/").json()["state"] == "submitted"
    refused = calls(staff["cleo"], "post", f"revisions/{pk}/approve/")
    assert (refused.status_code, "Somebody else" in refused.json()["detail"]) == (409, True)
    assert calls(staff["mila"], "post", f"revisions/{pk}/approve/").json()["approver"] == "mila"
    again = calls(staff["mila"], "post", f"revisions/{pk}/submit/")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "gift-cards · 1 is approved; only draft text can become submitted.",
    )


def test_a_text_is_prepared_for_the_search_after_the_request_and_its_address_says_how_far(staff, calls, monkeypatch):
    monkeypatch.setattr(embedder(), "encode", lambda texts: pytest.fail("the request embeds"))
    made = calls(staff["cleo"], "post", "sources/", **NEW).json()
    assert made["indexing"] == {"done": 0, "total": 1, "going": True}
    source = Source.objects.get(slug="gift-cards")
    again = calls(
        staff["cleo"], "post", f"sources/{source.pk}/revise/", title="Gift cards", text="It is valid for good."
    )
    assert again.json()["indexing"]["going"]
    monkeypatch.undo()
    while outbox.run_due(bulk=True):
        pass
    for pk in (made["id"], again.json()["id"]):
        now = calls(staff["cleo"], "get", f"revisions/{pk}/").json()
        assert now["indexing"] == {"done": 1, "total": 1, "going": False}


def test_withdraw_needs_a_reason_and_restore_undoes_it(staff, calls):
    pk = Source.objects.get(slug="returns").pk
    assert calls(staff["cleo"], "post", f"sources/{pk}/withdraw/").status_code == 409
    assert calls(staff["cleo"], "post", f"sources/{pk}/withdraw/", reason="law").json()["withdrawn_by"] == "cleo"
    assert calls(staff["cleo"], "post", f"sources/{pk}/restore/", reason="fine").json()["withdrawn_at"] is None


def test_a_revision_gets_a_new_text(staff, calls):
    pk = Source.objects.get(slug="returns").pk
    made = calls(staff["cleo"], "post", f"sources/{pk}/revise/", title="Returns", text="Within 45 days.")
    assert (made.status_code, made.json()["number"]) == (201, 2)
    waiting = calls(staff["cleo"], "get", "revisions/?state=draft").json()["results"]
    assert [row["id"] for row in waiting] == [made.json()["id"]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"categories": ["nothing"]}, "there is no category nothing on hill"),
        ({"text": " \n "}, "there is no text in it"),
        ({"url": "javascript:alert(1)"}, "valid URL"),
        ({"slug": "../../etc"}, "cannot be the name of a source"),
    ],
)
def test_what_cannot_be_saved_is_a_400_that_says_why(staff, calls, change, said):
    answer = calls(staff["cleo"], "post", "sources/", **NEW | change)
    assert answer.status_code == 400
    assert said in str(answer.json())
    assert not Source.objects.filter(slug="gift-cards").exists()


def test_an_agent_reads_and_does_not_write(staff, calls):
    assert calls(staff["ben"], "get", "sources/").json()["count"] == 5
    assert calls(staff["ben"], "post", "sources/", **NEW).status_code == 403
    pk = Source.objects.get(slug="returns").pk
    assert calls(staff["ben"], "post", f"sources/{pk}/withdraw/", reason="x").status_code == 403
    assert calls(staff["ben"], "post", f"sources/{pk}/revise/", title="T", text="X y.").status_code == 403


def test_nothing_crosses_a_site(staff, calls):
    source, revision = Source.objects.get(slug="returns"), Revision.objects.get(source__slug="returns")
    for path in ("categories/", "sources/", "revisions/"):
        assert calls(staff["eve"], "get", path).json()["count"] == 0
    for path in (f"sources/{source.pk}/", f"revisions/{revision.pk}/"):
        assert calls(staff["eve"], "get", path).status_code == 404
    assert calls(staff["eve"], "post", f"sources/{source.pk}/withdraw/", reason="x").status_code == 404
    assert calls(staff["eve"], "post", "sources/", **NEW).status_code == 404


def test_a_visitor_is_refused(client, shop):
    for path in ("categories/", "sources/", "revisions/"):
        assert client.get(f"/api/v1/{path}").status_code == 401
