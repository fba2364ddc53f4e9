"""What customers asked stands with the article that answers it, once a person says so; what none answers is counted."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from knowledge.face.editing import approval
from knowledge.models import Gap, Revision
from release.models.started import Trial
from release.onboarding import coverage, starts, together
from sites.access.roles import NotAllowed
from sites.core.refusal import Refused
from tests.release.test_your_site import handed_in, site, work

__all__ = ["site"]
pytestmark = pytest.mark.django_db
ASKED = ["how much does a parcel cost", "what does it cost to send a parcel", "when does the shop open",
         "is the shop open on weekdays", "my parcel is late what now", "who wrote macbeth"]  # fmt: skip


@pytest.fixture
def sorted_(site, people):
    together.take(handed_in(site, people["admin"]), actor=people["admin"], title="About us")
    work()
    approval.approve_plain(site.pk, actor=people["cleo"], reason="read")
    text = "\n".join(["question", *ASKED])
    start = starts.begin(site, ContentFile(text.encode(), name="asked.csv"), actor=people["admin"])
    work()
    together.take(start, actor=people["admin"])
    return start


def test_the_page_says_how_many_are_answered_and_which_are_not(site, people, sorted_, client: Client) -> None:
    found = coverage.of(site)
    assert (found.answered, found.total, [text for _, text in found.left]) == (5, 6, ["who wrote macbeth"])
    client.force_login(people["admin"])
    page = client.get(f"/admin/your-site/{site.slug}/").content.decode()
    assert "<strong>5 of 6</strong>" in page
    assert "who wrote macbeth" in page


def test_what_none_answers_goes_on_the_list_of_what_to_write_about_once(site, people, sorted_) -> None:
    with pytest.raises(NotAllowed):
        coverage.missing(site, actor=people["ben"])
    assert coverage.missing(site, actor=people["cleo"]) == 1
    assert Gap.objects.get(site=site).text == "who wrote macbeth"
    assert coverage.of(site).answered == 5
    with pytest.raises(Refused, match="No question is left"):
        coverage.missing(site, actor=people["cleo"])


def test_a_question_becomes_its_articles_when_a_person_says_so_and_another_approves(site, people, sorted_) -> None:
    found = coverage.proposed(site)
    named = {each.title: {question.text for question in each.questions} for each in found}
    assert named
    assert all("parcel" in text for text in named.get("What a parcel costs", ()))
    held = set(Trial.objects.filter(site=site).values_list("text", flat=True))
    assert not held & {text for texts in named.values() for text in texts}, "what is tried is never told"
    first = found[0]
    assert coverage.take(site, [first.questions[0].pk], actor=people["admin"]) == 1
    newest = Revision.objects.filter(source=first.source).latest("number")
    assert (newest.state, newest.author) == ("submitted", "admin")
    assert newest.questions == [first.questions[0].text]
    assert first.title not in {each.title for each in coverage.proposed(site)}, "one that waits is let be"
    work()
    assert approval.approve_plain(site.pk, actor=people["cleo"], reason="read") == 1
    assert first.questions[0].text not in {q.text for each in coverage.proposed(site) for q in each.questions}


def test_nothing_ticked_changes_nothing(site, people, sorted_) -> None:
    count = Revision.objects.count()
    with pytest.raises(Refused, match="Tick the questions"):
        coverage.take(site, [], actor=people["cleo"])
    with pytest.raises(NotAllowed):
        coverage.take(site, [1], actor=people["dan"])
    assert Revision.objects.count() == count
