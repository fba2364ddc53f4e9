"""What the assistant offered, and what the customer tapped, is before whoever takes over or reads it back."""

import pytest
from django.test import Client
from django.urls import reverse

from conversations import replay
from conversations.models import Offer
from escalation.packet.packet import packet, thread
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db
ENGRAVED = "Can a gift card be engraved with a photo of my cat?"


@pytest.fixture
def ada(fernway) -> Ada:
    ada = Ada(fernway)
    ada.ask(ENGRAVED)
    assert len(ada.offers) > 1
    return ada


def names(ada: Ada) -> list[str]:
    return [str(offer) for offer in Offer.objects.filter(message__conversation=ada.conversation)]


def lines(ada: Ada) -> list[str]:
    """The lines under the message that asked back, as the agent sees them in the thread."""
    blocks = thread(ada.conversation)[1].blocks
    return ["".join(words for words, _ in block.words) for block in blocks][1:]


def test_the_packet_lists_the_sections_that_were_offered(ada):
    assert lines(ada) == names(ada)
    assert list(packet(ada.conversation).findings[0].offered) == names(ada)


def test_what_was_chosen_is_marked_and_stands_in_the_thread_as_the_customers(ada):
    first, *others = names(ada)
    ada.tap(ada.offers[0]["id"])
    assert lines(ada) == [f"{first} (chosen)", *others]
    assert (thread(ada.conversation)[2].kind, thread(ada.conversation)[2].text) == ("customer", first)
    told = packet(ada.conversation).findings[0]
    assert told.why == "The customer chose this section. The assistant answered."
    assert told.confidence is None, "no gate was passed"


def test_none_of_these_is_told_as_such(ada):
    ada.tap(None)
    assert lines(ada) == [*names(ada), "None of these (chosen)"]


def test_an_agent_and_an_auditor_see_them_on_their_pages(ada, people):
    ada.tap(ada.offers[0]["id"])
    chosen = f"{names(ada)[0]} (chosen)"
    for name, view in (("ben", "desk_conversation"), ("alma", "conversations_conversation_change")):
        client = Client()
        client.force_login(people[name])
        shown = client.get(reverse(f"admin:{view}", args=[ada.conversation.pk]))
        assert chosen in shown.content.decode(), name
    assert replay.read(ada.conversation, actor="alma")["turns"][0]["offered"][0] == chosen
