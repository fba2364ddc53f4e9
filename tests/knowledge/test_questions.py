"""Cleo writes down what customers ask that an article answers, and a question near one of these finds the article."""

import numpy as np
import pytest

from knowledge.editing import approval, indexing, ingest
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.models import Revision, Source, TextVector
from knowledge.readers.documents import Document
from knowledge.readers.front import FrontMatterError, policies
from knowledge.retrieval import corpus, search
from knowledge.text import asked

from .conftest import built, look, publishes, sources

TENT = Document("Tents", "Our workshop mends poles and zips. It is closed in August.", {})
BROKEN = "my shelter collapsed in the storm, can you save it"


def write(shop, questions, slug="tents", document=TENT, **more):
    return ingest.save(shop, slug, document, categories=["returns"], author="cleo", questions=questions, **more)


def approved(saved, cleo):
    approval.approve_many([saved.revision], actor=cleo, reason="read")
    return saved.revision


# ── Kept with the text ────────────────────────────────────────────────────────────────────────────────────────


def test_other_questions_are_another_revision_and_the_same_ones_are_none(shop):
    first = write(shop, ["Can you mend a pole?"]).revision
    again = write(shop, ["  Can you  mend a pole? ", "can you mend a pole?"])
    other = write(shop, ["Can you mend a pole?", "When is the workshop closed?"])
    assert (again.changed, again.revision) == (False, first)
    assert (other.changed, other.revision.number) == (True, 2)
    assert other.revision.text == first.text
    assert Revision.objects.get(pk=first.pk).questions == ["Can you mend a pole?"]


def test_a_text_without_questions_has_the_digest_it_always_had(shop):
    fares = Revision.objects.get(source__slug="delivery")
    assert fares.questions == []
    assert fares.digest == ingest.digest_of(fares.title, fares.text)


def test_who_says_nothing_about_questions_leaves_them_and_who_says_none_takes_them_away(shop):
    source = write(shop, ["Can you mend a pole?"]).source
    kept = ingest.revise(source, title="Tents", text="We mend poles.", actor="cleo").revision
    assert kept.questions == ["Can you mend a pole?"]
    assert write(shop, None, document=Document("Tents", "We mend zips.", {})).revision.questions == kept.questions
    assert (
        ingest.revise(source, title="Tents", text="We mend zips.", questions=(), actor="cleo").revision.questions == []
    )


@pytest.mark.parametrize(
    ("questions", "why"),
    [
        (["x" * 301], "at most 300 characters"),
        ([f"Question {n}?" for n in range(31)], "at most 30 questions"),
        (["Can you mend it?", " "], "an empty line"),
    ],
)
def test_too_many_too_long_or_empty_is_refused_before_anything_is_written(shop, questions, why):
    with pytest.raises(ingest.Rejected, match=why):
        write(shop, questions)
    assert not Source.objects.filter(slug="tents").exists()
    with pytest.raises(ingest.Rejected, match=why):
        ingest.revise(Source.objects.get(slug="returns"), title="R", text="T.", questions=questions, actor="cleo")


def test_front_matter_gives_them_and_says_what_is_wrong_with_them():
    assert policies({"questions": ["Why?", "how"]})["questions"] == ("Why?", "how")
    assert "questions" not in policies({})
    with pytest.raises(FrontMatterError, match="questions: “questions” must be a list"):
        policies({"questions": "Why?"})
    with pytest.raises(FrontMatterError, match="put True in quotes"):
        policies({"questions": [True]})


def test_a_field_holds_one_a_line():
    assert asked.typed("How long?\n\n  how LONG? \nWhat then?\r\n") == ("How long?", "What then?")


# ── Found by them ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_near_one_of_an_article_says_how_near(shop, cleo):
    before = {hit.source: hit.asked for hit in look(publishes(shop), BROKEN)}
    assert set(before.values()) == {0.0}
    approved(write(shop, ["Do you repair a tent that broke in strong wind?", "When are you closed?"]), cleo)
    found = {hit.source: hit.asked for hit in look(publishes(shop), BROKEN)}
    near = vectors.of_texts(["Do you repair a tent that broke in strong wind?"])[0] @ embedder().encode_one(BROKEN)
    assert found["tents"] == pytest.approx(float(near), abs=1e-5)
    assert found["tents"] > 0.4
    assert {asked for source, asked in found.items() if source != "tents"} == {0.0}


def crowded(shop, cleo, questions):
    """Forty articles that share the words of the question and one that shares none and has questions."""
    more = [
        ingest.Item(
            f"storm-{n}", Document(f"Storm {n}", f"The storm of year {n} collapsed a shelter.", {}), ["returns"]
        )
        for n in range(40)
    ]
    saved = ingest.save_many(shop, more, author="cleo")
    approval.approve_many([each.revision for each in saved], actor=cleo, reason="read")
    approved(write(shop, questions), cleo)


@pytest.mark.parametrize("shape", ["exact", "embedded"])
def test_the_article_of_a_near_question_is_a_candidate_whatever_its_words(shop, cleo, shape, request):
    crowded(shop, cleo, [])
    assert "tents" not in sources(look(publishes(shop), BROKEN, limit=60))
    approved(write(shop, ["Can you save a shelter that collapsed?"]), cleo)
    if shape == "embedded":
        request.getfixturevalue("embedded")
        built(shop)
    assert "tents" in sources(look(publishes(shop), BROKEN, limit=60))


def test_a_question_can_be_left_out_to_be_judged(shop, cleo):
    approved(write(shop, [BROKEN, "When are you closed?"]), cleo)
    scope, vector = publishes(shop), embedder().encode_one(BROKEN)
    with_it = {hit.source: hit.asked for hit in search.find(scope, BROKEN, vector)}
    without = {hit.source: hit.asked for hit in search.find(scope, BROKEN, vector, without=BROKEN.upper())}
    assert with_it["tents"] == pytest.approx(1.0, abs=1e-4)
    assert without["tents"] < 0.5


def test_withdrawn_means_not_found_by_its_questions_either(shop, cleo):
    source = approved(write(shop, [BROKEN]), cleo).source
    assert "tents" in sources(look(publishes(shop), BROKEN))
    approval.withdraw(source, actor=cleo, reason="wrong")
    assert "tents" not in sources(look(publishes(shop), BROKEN))


# ── Prepared beside the turns ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_saved_for_later_is_prepared_later_and_counts(shop, cleo):
    revision = approved(write(shop, [BROKEN, "When are you closed?"], later=True), cleo)
    passages = revision.passages.count()
    assert indexing.progress(revision) == indexing.Progress(0, passages + 2, True)
    while not indexing.advance(revision.pk, seconds=5):
        pass
    assert indexing.progress(revision).whole
    assert len(vectors.kept_texts(revision.questions)) == 2


def test_a_question_without_a_vector_is_looked_for_again_and_hides_nothing(shop, cleo, monkeypatch):
    revision = approved(write(shop, [BROKEN]), cleo)
    TextVector.objects.all().delete()
    assert {hit.asked for hit in look(publishes(shop), BROKEN)} == {0.0}
    monkeypatch.setattr(corpus, "INCOMPLETE", 0.0)
    corpus.forget()
    vectors.ensure_texts(revision.questions)
    assert max(hit.asked for hit in look(publishes(shop), BROKEN)) == pytest.approx(1.0, abs=1e-4)


def test_building_the_index_on_another_model_makes_the_vectors_of_questions(shop, cleo, embedded):
    approved(write(shop, [BROKEN]), cleo)
    TextVector.objects.all().delete()
    built(shop)
    assert np.linalg.norm(vectors.kept_texts([BROKEN])[BROKEN]) == pytest.approx(1.0, abs=1e-4)
