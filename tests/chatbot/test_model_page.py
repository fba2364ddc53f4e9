"""An operator sees on one page how the model does: what is set up, how calls ended, what it cost, and since when."""

import pytest
from django.test import Client
from django.urls import reverse

from chatbot.decide import model
from chatbot.web import model_page
from tests.hostile.conftest import liar  # noqa: F401  a fixture
from tests.hostile.test_turns import ask, questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def dan(people) -> Client:
    client = Client()
    client.force_login(people["dan"])
    return client


def test_every_way_a_call_may_end_has_words():
    assert set(model_page.WORDS) == set(map(str, model.RESULTS))


def test_without_a_model_it_says_that_none_is_needed(fernway, dan):
    assert "none is needed" in dan.get(reverse("chatbot:model")).content.decode()


def test_a_wrong_key_stands_there_with_its_conversation(fernway, liar, dan, settings):  # noqa: F811
    settings.HANDRAIL_MODEL_TOKENS_DAY = 1000
    liar.habit = "status 401"
    message = ask(fernway, questions("answers")[0])
    page = dan.get(reverse("chatbot:model")).content.decode()
    assert "wrong key: the server does not know us" in page
    assert reverse("admin:conversations_conversation_change", args=[message.conversation_id]) in page
    assert "left out; the bot answered alone" in page
    assert "1000 tokens of the installation" in page
    assert "not-a-key" not in page
    assert liar.url not in page


def test_who_may_not_see_releases_is_not_told(fernway, people):
    ben = Client()
    ben.force_login(people["ben"])
    assert ben.get(reverse("chatbot:model")).status_code == 403
