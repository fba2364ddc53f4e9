"""Promise 4, bounded data: nothing crosses a site, an audience or a category."""

import pytest
from django.contrib.auth.models import User

from chatbot.decide import bot
from conversations import record
from escalation.web import queue_screen, screens
from knowledge.models import Revision, Source
from release.live import permits, snapshot
from sites.access.roles import grant
from sites.models import Role, Site
from tests.doctrine.ada import RETURNS, Ada

pytestmark = pytest.mark.django_db


def test_no_sentence_of_an_internal_article_brings_it_up(fernway):
    live = snapshot.live(fernway.pk)
    internal = Revision.objects.filter(source__site=fernway, source__audience="internal").select_related("source")
    assert {revision.source.slug for revision in internal} == {"fraud-check-procedure", "goodwill-credit-limits"}
    for revision in internal:
        for sentence in [line for line in revision.text.splitlines() if len(line) > 30][:12]:
            decision = bot.decide(bot.Question(sentence[:400]), live, permits.Now(fernway.pk, live))
            assert revision.source.slug not in dict(decision.retrieved), sentence
            assert {c.audience for c in decision.citations} <= {"public"}


def test_another_site_sees_no_conversation_and_resumes_none(fernway):
    ada = Ada(fernway)
    ada.ask(RETURNS)
    bank = Site.objects.create(slug="bank", name="Rho Bank")
    hugo = User.objects.create_user("hugo", is_staff=True)
    grant(hugo, bank, Role.AGENT)
    assert screens.seen_by(hugo, ada.conversation.pk) is None
    assert queue_screen.rows(hugo) == []
    assert record.resume(bank, str(ada.conversation.pk), ada.token) is None
    assert record.resume(fernway, str(ada.conversation.pk), ada.token) == ada.conversation


def test_what_is_found_belongs_to_the_accepted_category(fernway):
    live = snapshot.live(fernway.pk)
    decision = bot.decide(bot.Question(RETURNS), live, permits.Now(fernway.pk, live))
    own = Source.objects.filter(site=fernway, categories__slug=decision.category).values_list("slug", flat=True)
    assert decision.retrieved
    assert set(dict(decision.retrieved)) <= set(own)
