"""The front page says what waits for the person who opens it, and nothing that only somebody else could do."""

import pytest
from django.test import Client

from knowledge.models import Gap, Revision
from release.exposure import proposals
from release.templatetags.waiting import waits
from sites.models.thresholds import Alert

pytestmark = pytest.mark.django_db


def told(user) -> dict[str, int]:
    return {each.what: each.count for each in waits(user)}


def test_what_dan_proposed_waits_for_cleo_and_not_for_dan(fernway, people) -> None:
    category = fernway.categories.first()
    proposals.propose_raise(category, actor=people["dan"], reason="It does well.")
    assert told(people["cleo"])["to confirm as the second person"] == 1
    assert "to confirm as the second person" not in told(people["dan"])
    assert told(people["ben"]) == {}


def test_texts_wait_for_who_may_approve_them_and_gaps_and_alerts_for_who_looks_after_them(fernway, people) -> None:
    first, second = Revision.objects.filter(source__site=fernway)[:2]
    Revision.objects.filter(pk=first.pk).update(state="submitted", author="cleo")
    Revision.objects.filter(pk=second.pk).update(state="submitted", author="ben")
    Gap.objects.create(site=fernway, text="Do you sell kites?", reason="out_of_scope")
    Alert.objects.create(site=fernway, rule="errors", firing=True)
    assert told(people["cleo"]) == {"articles to approve": 1, "questions nobody could answer": 1, "alerts": 1}
    assert told(people["alma"]) == {"alerts": 1}


def test_each_line_leads_to_a_page_that_the_person_may_open(fernway, people) -> None:
    Gap.objects.create(site=fernway, text="Do you sell kites?", reason="out_of_scope")
    proposals.propose_raise(fernway.categories.first(), actor=people["dan"], reason="It does well.")
    client = Client()
    client.force_login(people["cleo"])
    page = client.get("/admin/").content.decode()
    for each in waits(people["cleo"]):
        assert each.what in page
        assert client.get(each.address).status_code == 200
