"""Cleo types the questions of an article one a line, or sends them over REST; whoever approves sees which changed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from knowledge.insights import gaps
from knowledge.models import Revision, Source

from .test_owners_admin import revision_page, typed

FILE = b"---\nquestions:\n- Is it open?\n- till when\n---\n# Workshop\n\nOpen till six.\n"


@pytest.fixture
def at_work(shop, cleo, client):
    client.force_login(cleo)
    return client


@pytest.fixture
def returns(shop):
    return Source.objects.get(slug="returns")


def revise(client, source, **changes):
    address = reverse("admin:knowledge_source_revise", args=[source.pk])
    return client.post(address, {**typed(client.get(address)), **changes}, follow=True)


def newest(source):
    return source.revisions.first()


def test_they_are_typed_in_the_editor_and_stand_there_the_next_time(at_work, returns):
    revise(at_work, returns, questions="Can I send it back?\n\nhow long do I have\n")
    assert newest(returns).questions == ["Can I send it back?", "how long do I have"]
    page = at_work.get(reverse("admin:knowledge_source_revise", args=[returns.pk])).content.decode()
    assert "Can I send it back?\nhow long do I have</textarea>" in page


def test_what_is_too_long_is_named_and_nothing_that_was_typed_is_lost(at_work, returns):
    page = revise(at_work, returns, text="A new text.", questions="x" * 301).content.decode()
    assert "A question has at most 300 characters; this has 301." in page
    assert "A new text." in page
    assert "x" * 301 in page
    assert newest(returns).number == 1


def test_a_preview_keeps_them_and_a_file_brings_its_own(at_work, shop):
    address = reverse("admin:knowledge_source_add")
    fields = {"site": shop.pk, "audience": "public"}
    seen = at_work.post(address, {**fields, "file": SimpleUploadedFile("workshop.md", FILE)})
    assert seen.context["form"]["questions"].value() == "Is it open?\ntill when"
    again = at_work.post(address, {**typed(seen), "preview": "1"})
    at_work.post(address, typed(again))
    assert Revision.objects.get(source__slug="workshop").questions == ["Is it open?", "till when"]


def test_an_article_written_from_what_was_asked_in_vain_starts_with_that(at_work, shop):
    asked = [gaps.note(shop.pk, None, text, "out_of_scope") for text in ("Do you mend tents?", "y" * 400)]
    keys = ",".join(str(gap.pk) for gap in asked)
    form = at_work.get(reverse("admin:knowledge_source_add"), {"gaps": keys}).context["form"]
    assert form["questions"].value() == "Do you mend tents?"


def test_whoever_approves_sees_which_questions_changed(at_work, returns):
    revise(at_work, returns, questions="Can I send it back?\nhow long do I have")
    Revision.objects.filter(pk=newest(returns).pk).update(state="approved", approver="mila", live=True)
    Revision.objects.filter(source=returns, number=1).update(live=False)
    revise(at_work, returns, questions="Can I send it back?\n<b>refund</b>")
    page = at_work.get(revision_page(newest(returns))).content.decode()
    assert "<del>how long do I have</del>" in page
    assert "<ins>&lt;b&gt;refund&lt;/b&gt;</ins>" in page
    assert "<ins>Can I send it back?" not in page


def test_over_rest_they_are_given_kept_and_taken_away(at_work, returns):
    address = f"/api/v1/sources/{returns.pk}/revise/"

    def post(**data):
        body = {"title": "R", "text": "Within 45 days.", **data}
        return at_work.post(address, body, content_type="application/json")

    assert post(questions=["Can I send it back?"]).json()["questions"] == ["Can I send it back?"]
    assert post(text="Within 46 days.").json()["questions"] == ["Can I send it back?"]
    assert post(text="Within 46 days.", questions=[]).json()["questions"] == []
    assert post(questions=["z" * 301]).status_code == 400
    assert post(questions=[f"why {n}" for n in range(31)]).status_code == 400
