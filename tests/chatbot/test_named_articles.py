"""Ada types the title of an article: she gets that article, and nothing that only sounds like one."""

import pytest

from chatbot.decide import bot
from conversations.outcomes import Outcome
from knowledge.models import Revision
from release.live import permits, snapshot

pytestmark = pytest.mark.django_db


def decide(site, text):
    live = snapshot.live(site.pk)
    return bot.decide(bot.Question(text), live, permits.AsAsked(live))


def test_the_title_of_any_public_article_is_read_as_that_articles_subject(fernway):
    live = snapshot.live(fernway.pk)
    misread = []
    for revision in Revision.objects.filter(pk__in=live.revisions).select_related("source"):
        facts = live.revisions[revision.pk]
        decision = decide(fernway, revision.title)
        if decision.outcome is Outcome.HANDOFF or facts.audience != "public":
            continue  # the guard and internal articles come first
        if not decision.accepted or decision.category not in facts.categories:
            misread.append((revision.title, decision.category, decision.reason))
    assert misread == []


def test_the_title_of_an_internal_article_names_nothing(fernway):
    live = snapshot.live(fernway.pk)
    internal = [pk for pk, facts in live.revisions.items() if facts.audience == "internal"]
    assert internal
    for title in Revision.objects.filter(pk__in=internal).values_list("title", flat=True):
        decision = decide(fernway, title)
        assert "title" not in decision.trace.get("votes", {}), title
        assert decision.outcome is not Outcome.ANSWER, title
