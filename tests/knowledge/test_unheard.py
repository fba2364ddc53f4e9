"""Words that customers say and no article has are shown to Cleo, beside the words of the article that answers."""

import pytest
from django.contrib.auth.models import User

from knowledge.insights import gaps, unheard
from knowledge.models import Gap, Source
from sites.access.roles import NotAllowed
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import LedgerEntry, Site


@pytest.fixture
def asked(shop):
    for text in ("what is your freight charge", "Freights to an island?", "do you return a kayak", "is freight slow"):
        gaps.note(shop.pk, None, text, "not_grounded")
    Gap.objects.filter(text__startswith="Freights").update(answered_with=Source.objects.get(slug="delivery"))
    return shop


def told(site):
    return [(each.word, each.times, each.beside) for each in unheard.words(site)]


def test_each_is_counted_whatever_its_ending_and_stands_beside_the_answering_articles_title(asked):
    assert told(asked) == [("freight", 3, ("delivery", "times")), ("charge", 1, ()), ("kayak", 1, ()), ("slow", 1, ())]


def test_two_words_are_joined_once_with_a_reason_and_are_shown_no_more(asked, cleo):
    with pytest.raises(Refused, match="reason"):
        unheard.join(asked, "freight", "delivery", actor=cleo, reason=" ")
    unheard.join(asked, "freight", "Delivery", actor=cleo, reason="Customers say freight.")
    assert Site.objects.get(pk=asked.pk).synonyms == [["freight", "delivery"]]
    assert "freight" not in [word for word, *_ in told(Site.objects.get(pk=asked.pk))]
    assert LedgerEntry.objects.filter(kind="synonyms_written").count() == 1
    assert not list(ledger.verify(asked))
    with pytest.raises(Refused, match="the same word already"):
        unheard.join(asked, "freight", "freight", actor=cleo, reason="x")


def test_eve_may_not(asked):
    with pytest.raises(NotAllowed):
        unheard.join(asked, "freight", "delivery", actor=User.objects.create_user("eve"), reason="x")
