"""Ada says postage and the article says delivery: words that a site calls the same count as the same."""

import numpy as np
import pytest

from knowledge.editing import approval, ingest
from knowledge.readers.documents import Document
from knowledge.retrieval import ranking, search
from knowledge.retrieval.ranking import Lexicon
from knowledge.text.synonyms import NONE, Synonyms, shared
from knowledge.text.words import subject_words

from .conftest import publishes

SAME = Synonyms([["delivery", "shipping", "postage"], ["gift card", "voucher"], ["two-step sign-in", "2FA"]])
PASSAGES = [
    (1, "", "", "Delivery costs 4 pounds."),
    (2, "", "", "Postage costs 4 pounds."),
    (3, "", "", "A gift card costs 4 pounds."),
    (4, "", "", "A gift costs 4 pounds."),
    (5, "", "", "Boots cost 90 pounds."),
]


def scores(question, synonyms=SAME):
    return dict(zip((row[0] for row in PASSAGES), Lexicon(PASSAGES).all(question, synonyms).tolist(), strict=True))


def expanded(message):
    return {word: set(phrases) for word, phrases in SAME.expand(subject_words(message)).items()}


# ── What a message is expanded to ─────────────────────────────────────────────────────────────────────────────


def test_a_word_of_a_group_stands_for_the_others_however_it_is_inflected():
    assert expanded("how much is Postage") == {"postag": {("deliveri",), ("ship",)}}
    assert expanded("shipping!")["ship"] == {("deliveri",), ("postag",)}


def test_a_phrase_is_known_where_its_words_stand_next_to_each_other():
    assert expanded("my gift cards") == {"gift": {("voucher",)}, "card": {("voucher",)}}
    assert expanded("a card with my gift") == {}
    assert expanded("vouchers") == {"voucher": {("gift", "card")}}


def test_a_message_without_such_a_word_is_left_alone():
    assert expanded("when do you open") == {}
    assert not NONE
    assert SAME


def test_a_member_without_a_word_that_is_searched_for_is_left_out():
    assert Synonyms([["us", "our", "team"]]).expand(["team"]) == {}


# ── In the search by words ────────────────────────────────────────────────────────────────────────────────────


def test_a_passage_that_says_a_synonym_is_found_behind_one_that_says_the_word():
    plain, same = scores("postage", NONE), scores("postage")
    assert plain[1] == 0 < plain[2]
    assert 0 < same[1] < same[2] == pytest.approx(plain[2])
    assert same[1] == pytest.approx(ranking.SAME * scores("delivery", NONE)[1])
    assert same[5] == 0


def test_a_phrase_is_found_where_all_of_it_stands():
    same = scores("voucher")
    assert same[3] > 0
    assert same[4] == 0


def test_a_passage_that_says_both_words_of_a_group_counts_once():
    both = [(1, "", "", "Delivery or postage costs four pounds."), *[(n, "", "", "Boots and socks.") for n in (2, 3)]]
    lexicon = Lexicon(both)
    assert lexicon.all("postage", SAME)[0] == pytest.approx(lexicon.all("postage")[0])


def test_without_groups_nothing_changes():
    lexicon = Lexicon(PASSAGES)
    for question in ("what does delivery cost", "gift card", "postage for boots"):
        assert np.array_equal(lexicon.all(question), lexicon.all(question, Synonyms([["tent", "shelter"]])))


def test_an_article_is_found_by_its_customers_word(shop, cleo):
    words = "Freight is 9 euros, whatever the weight."
    saved = ingest.save(shop, "freight", Document("Prices", words, {}), categories=["returns"], author="ada")
    approval.approve_many([saved.revision], actor=cleo, reason="read")
    scope, vector = publishes(shop), np.zeros(384, np.float32)
    found = {hit.source: hit.lexical for hit in search.find(scope, "carriage", vector)}
    assert found.get("freight", 0.0) == 0.0
    own = search.Scope(scope.site_id, scope.published, scope.audiences, scope.key,
                       Synonyms([["carriage", "freight"]]))  # fmt: skip
    assert search.find(own, "carriage", vector)[0].source == "freight"


# ── In what a sentence covers ─────────────────────────────────────────────────────────────────────────────────


def test_a_word_is_covered_by_its_synonym_and_a_phrase_only_by_all_of_it():
    asked = frozenset(subject_words("voucher for postage"))
    also = SAME.expand(subject_words("voucher for postage"))
    assert shared(asked, frozenset(subject_words("delivery of a gift card")), also) == 2
    assert shared(asked, frozenset(subject_words("delivery of a gift")), also) == 1
    assert shared(asked, frozenset(subject_words("delivery of a gift")), {}) == 0
