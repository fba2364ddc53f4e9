"""What is quoted: the fewest whole sentences, each with its condition, its lead-in and its header; or
nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.decide.answer import compose, verify
from chatbot.decide.answer.compose import Draft
from knowledge.embedding.embedders import load
from knowledge.retrieval.hits import Hit
from knowledge.text.passages import passage_text, sentence_texts, split

MODEL = load("minilm")
RETURNS = """Unused items can come back within 30 days of delivery. Outlet items are different: they can come
back within 14 days. The parcel needs its return label. Refunds reach your card within 5 working days.

We cannot take back:

- opened gas cartridges
- ropes that were used
- gift cards

| Country | Return fee |
|---------|------------|
| Germany | free |
| Norway  | 9.50 EUR |

Can I return a gift? Yes. The refund goes to the person who paid.

Boots are resoled by our workshop in Bern. However, glued soles cannot be replaced.
"""


def hits(text: str, question: str, *, title: str = "Returns") -> list[Hit]:
    vector = MODEL.encode([question])[0]
    found = []
    for number, piece in enumerate(split(text, title, MODEL.count_tokens), 1):
        words = text[piece.start : piece.end]
        spans = [(start - piece.start, end - piece.start) for start, end in piece.sentences]
        found.append(
            Hit(
                passage_id=number,
                revision_id=1,
                source="returns",
                title=title,
                heading=piece.heading,
                url="",
                updated=datetime(2026, 1, 1, tzinfo=UTC),
                audience="public",
                text=words,
                start=piece.start,
                sentences=piece.sentences,
                vectors=MODEL.encode(sentence_texts(title, piece.heading, words, spans)),
                score=1.0 if number == 1 else 0.5,
                dense=float(MODEL.encode([passage_text(title, piece.heading, words)])[0] @ vector),
                lexical=1.0,
            )
        )
    return found


def ask(question: str, text: str = RETURNS, score: float = 1.0) -> Draft:
    return compose.quote(question, MODEL.encode_question(question), hits(text, question), score)


def said(draft: Draft) -> str:
    return "\n".join(quote.text for quote in draft.quotes)


def test_of_a_long_section_the_sentence_that_answers_is_shown_with_what_stands_around_it() -> None:
    draft = ask("How long does a refund take to reach my card?")
    assert draft.grounded
    assert "Refunds reach your card within 5 working days." in said(draft)
    assert len(said(draft).split()) <= compose.SECTION_WORDS
    assert len(draft.quotes) == 1


def test_a_short_section_is_shown_whole() -> None:
    text = "Send boots in by post. We look at them first.\n\nResoling takes two weeks.\n\n- Glued soles: no."
    assert said(ask("How long does resoling take?", text)) == text


def test_the_exception_next_to_a_rule_is_always_shown_with_it() -> None:
    draft = ask("Within how many days can I send back an unused item?")
    assert "within 30 days" in said(draft)
    assert "Outlet items are different" in said(draft)


def test_a_sentence_that_begins_with_however_brings_the_one_before() -> None:
    draft = ask("Can glued soles be replaced?")
    assert "Boots are resoled by our workshop in Bern. However, glued soles cannot be replaced." in said(draft)


def test_an_item_of_a_list_is_shown_with_the_words_that_open_the_list() -> None:
    draft = ask("Do you take back used ropes?")
    assert "We cannot take back:" in said(draft)
    assert "- ropes that were used" in said(draft)


def test_a_row_of_a_table_is_shown_with_its_header() -> None:
    draft = ask("What is the return fee for Norway?")
    assert "| Country | Return fee |" in said(draft)
    assert "| Norway  | 9.50 EUR |" in said(draft)


def test_a_bare_yes_comes_with_its_question_and_what_follows() -> None:
    draft = ask("Can I return a gift?")
    assert "Can I return a gift? Yes. The refund goes to the person who paid." in said(draft)


def test_a_section_that_does_not_surely_answer_is_not_quoted() -> None:
    draft = ask("What should I feed my dog?", score=0.49)
    assert not draft.grounded
    assert draft.quotes == ()
    assert f"no section surely answers it (0.49 < {compose.BAR:.2f})" in draft.why


def test_nothing_found_is_nothing_said() -> None:
    draft = compose.quote("anything", MODEL.encode(["anything"])[0], [], 1.0)
    assert not draft.grounded
    assert draft.why == "no passage was found"
    assert verify.check(draft) == ["there is nothing to say"]


def test_a_bare_link_and_a_question_are_never_an_answer() -> None:
    text = "Source: https://shop.example/returns\n\nHow do refunds work?\n\nMoney goes back to the card you used."
    assert "Source" not in said(ask("Where do I find the source of the returns page?", text))
    assert "Money goes back" in said(ask("How do refunds work?", text))


def test_answerability_grows_with_nearness_and_with_the_words_that_are_covered() -> None:
    assert compose.answerability(0.8, 1) > compose.answerability(0.8, 0.5) > compose.answerability(0.3, 0.5)
    assert compose.answerability(0.0, 0.0) < 0.01


SENTENCES = st.sampled_from(
    [
        "You can return it within 30 days.",
        "However, outlet items cannot be returned.",
        "This does not apply to gift cards.",
        "Unless it was opened, we refund it.",
        "Delivery is free. Exceptions are listed below. That is all.",
        "These are the rules:",
        "- first item",
        "- second item, except on Sundays",
        "| Size | Price |\n|---|---|\n| S | 5 |",
        "Can I pay later?",
        "No.",
        "## Another heading",
        "",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=14), st.sampled_from(["\n\n", "\n"]), st.integers(0, 99999))
def test_whatever_is_chosen_passes_its_own_verification(lines: Sequence[str], between: str, seed: int) -> None:
    text = between.join(lines)
    rng = np.random.default_rng(seed)
    found = []
    for number, piece in enumerate(split(text, "Title", lambda words: len(words.split()) + 2), 1):
        vectors = rng.normal(size=(len(piece.sentences), 8)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        words = text[piece.start : piece.end]
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        about = (number, 1, "s", "Title", piece.heading, "", moment, "public")
        found.append(Hit(*about, words, piece.start, piece.sentences, vectors, 1.0, 0.5, 1.0))
    draft = compose.quote("return gift cards", np.eye(8, dtype=np.float32)[0], found, 1.0)
    for quote in draft.quotes:
        assert quote.text == text[quote.start : quote.end]
    assert draft.quotes == () or verify.check(draft) == []
