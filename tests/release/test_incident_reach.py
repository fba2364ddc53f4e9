"""Who was told: an incident reaches exactly the conversations that were shown what is wrong, and nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations import delivery, record
from conversations.models import Citation, Conversation, Message, Turn
from knowledge.models import Passage
from release.incidents import lifecycle
from sites.core import outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem
from tests.conftest import count
from tests.release import stage, talk
from tests.release.talk import WRONG, Said, span, text_of, told, touched

pytestmark = pytest.mark.django_db


def scan(site, matches, since=None, until=None) -> set:
    """Who was shown a matching citation, found by looking at every message and every citation, one by one."""
    found = set()
    citations: dict[int, list[Citation]] = {}
    for citation in Citation.objects.all():
        citations.setdefault(citation.message_id, []).append(citation)
    for message in Message.objects.select_related("conversation"):
        if message.conversation.site_id != site.pk or message.author == "customer":
            continue
        if (since and message.at < since) or (until and message.at > until):
            continue
        if any(matches(citation) for citation in citations.get(message.pk, [])):
            found.add(message.conversation_id)
    return found


def test_the_affected_are_exactly_those_a_scan_of_every_turn_finds(ferry, who, fares):
    talk.many(ferry, count(10_000, 600))
    now = timezone.now()
    since, until = now - timedelta(days=20), now - timedelta(days=3)
    passage = Passage.objects.filter(revision__source__slug="bags").first()
    end = passage.start + len(passage.text)
    by_source = lifecycle.report(fares, severity="major", reason="A wrong price.", actor=who["dan"])
    within = lifecycle.report(
        passage, severity="minor", reason="A wrong limit.", since=since, until=until, actor=who["dan"]
    )
    assert touched(by_source) == scan(ferry, lambda c: c.source_id == fares.pk)
    wanted = scan(
        ferry,
        lambda c: c.revision_id == passage.revision_id and c.start < end and c.end > passage.start,
        since,
        until,
    )
    assert touched(within) == wanted
    assert 0 < len(wanted) < len(touched(by_source)) < Conversation.objects.count()


def test_a_turn_reaches_everybody_who_was_shown_one_of_its_sentences(ferry, who, fares):
    first, second = (told(ferry, fares) for _ in range(2))
    other = talk.write(ferry, [[Said((span(text_of(fares), "Children under six travel free of charge."),))]])[0]
    incident = lifecycle.report(first.turns.get(), severity="minor", reason="Wrong.", actor=who["ben"])
    assert touched(incident) == {first.pk, second.pk}
    assert other.pk not in touched(incident)
    assert incident.category.slug == "tickets"
    assert list(incident.sources.all()) == [fares]


def test_a_release_reaches_what_it_answered_and_its_drafts_that_were_sent_on(ferry, who, fares):
    release = stage.publish(ferry)
    said = Said((span(text_of(fares), WRONG),))
    answered, draft, waiting, declined = talk.write(
        ferry,
        [
            [said],
            [Said((), "draft", "draft_review")],
            [Said((), "draft", "draft_review")],
            [Said((), "decline", "out_of_scope")],
        ],
        release=release.fingerprint,
    )
    talk.write(ferry, [[said]], release="0" * 64)
    sent = delivery.append(draft.pk, author="bot", text=WRONG, reply_to="ask-0", approved_by="Ben")
    delivery.append(waiting.pk, author="system", text="A person will answer.", generated="fixed")
    incident = lifecycle.report(release, severity="minor", reason="It answers oddly.", actor=who["dan"])
    assert touched(incident) == {answered.pk, draft.pk}
    assert incident.affected.get(conversation=draft).message == sent
    assert declined.pk not in touched(incident)


def test_a_complaint_is_about_the_last_answer_before_it(ferry, who, fares):
    complained, other = told(ferry, fares), told(ferry, fares)
    event = record.event(complained.pk, "complaint", actor="customer", body={"text": "That was wrong."})
    incident = lifecycle.report(event, severity="major", reason="The price was wrong.", actor=who["ben"])
    assert touched(incident) == {complained.pk, other.pk}
    with pytest.raises(Refused, match="is not a complaint"):
        lifecycle.report(
            record.event(other.pk, "rating", body={"value": 1}), severity="minor", reason="x", actor=who["ben"]
        )
    quiet, _ = record.open_conversation(ferry)
    early = record.event(quiet.pk, "complaint")
    with pytest.raises(Refused, match="had said nothing"):
        lifecycle.report(early, severity="minor", reason="x", actor=who["ben"])


def test_a_discarded_answer_and_another_sites_conversation_reach_nobody(ferry, who, fares, tmp_path):
    from release.bundles import bundle

    other = bundle.load(stage.write(tmp_path / "other", stage.plan(site="other")), actor="test").site
    said = Said((span(text_of(fares), WRONG),), state=Turn.State.DISCARDED)
    talk.write(ferry, [[said]])
    talk.write(other, [[Said((span(text_of(fares), WRONG),))]])
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    assert touched(incident) == set()
    with pytest.raises(Refused, match="Nothing was sent"):
        lifecycle.report(Turn.objects.first(), severity="minor", reason="Wrong.", actor=who["dan"])


def test_an_answer_that_was_under_way_is_found_a_moment_later(ferry, who, fares):
    incident = lifecycle.report(fares, severity="minor", reason="Wrong.", actor=who["dan"])
    late = told(ferry, fares)
    assert touched(incident) == set()
    OutboxItem.objects.filter(kind="incident_survey").update(due_at=timezone.now())
    OutboxItem.objects.exclude(kind="incident_survey").delete()
    assert outbox.run_due(bulk=True) == 1
    assert touched(incident) == {late.pk}
    assert lifecycle.survey(incident) == 0
