"""How text comes in: exact, once, in short writes, and nothing at all when one document is wrong."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.editing import approval, ingest
from knowledge.embedding import vectors
from knowledge.embedding.embedders import embedder
from knowledge.models import Passage, PassageVectors, Revision, Shelf, Source, TextVector
from knowledge.readers.documents import Document
from sites.core import ledger
from sites.models import LedgerEntry

TEXT = "You can return it within 30 days.\n\n## Refunds\n\nWe refund the card you paid with."


def item(slug="returns", text=TEXT, title="Returns", **policies):
    return ingest.Item(slug, Document(title, text, {}), policies.pop("categories", ["returns"]), **policies)


def save(site, *items, author="ada"):
    return ingest.save_many(site, list(items), author=author)


def test_a_document_becomes_a_draft_whose_passages_are_slices_of_its_text(site):
    (saved,) = save(site, item())
    assert (saved.revision.state, saved.revision.number, saved.revision.author) == ("draft", 1, "ada")
    passages = list(saved.revision.passages.all())
    assert passages
    for passage in passages:
        assert TEXT[passage.start : passage.start + len(passage.text)] == passage.text
        assert all(TEXT[start:end].strip() for start, end in passage.sentences)
    assert not vectors.missing(passage.digest for passage in passages)
    assert not Shelf.objects.exclude(wanted="").exists()  # a draft is on no shelf


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=400))
def test_whatever_the_text_every_sentence_is_a_slice_of_what_is_stored(site, text):
    try:
        (saved,) = save(site, item(text=text.replace("\x00", "") or "x"))
    except ingest.Rejected:
        return
    stored = Revision.objects.get(pk=saved.revision.pk).text
    for passage in saved.revision.passages.all():
        assert stored[passage.start : passage.start + len(passage.text)] == passage.text
        lengths = {row.digest: len(vectors.sentences([row.digest])[row.digest]) for row in [passage]}
        assert lengths[passage.digest] == len(passage.sentences)


def test_saving_the_same_text_again_makes_no_revision_but_moves_the_policies(site):
    save(site, item(audience="public"))
    (again,) = save(site, item(audience="gold", url="https://example.com/returns", owner="cleo"))
    assert not again.changed
    assert Revision.objects.count() == 1
    source = Source.objects.get()
    assert (source.audience, source.url, source.owner) == ("gold", "https://example.com/returns", "cleo")


def test_another_text_is_the_next_revision_and_the_old_one_stays(site):
    save(site, item())
    (saved,) = save(site, item(text="Within 45 days."))
    assert (saved.changed, saved.revision.number) == (True, 2)
    assert Revision.objects.get(number=1).text == TEXT


def test_a_rejected_text_may_be_handed_in_again(site):
    (saved,) = save(site, item())
    approval.submit(saved.revision, actor="shell:ada")
    approval.reject(saved.revision, actor="shell:cleo", reason="not checked")
    (again,) = save(site, item())
    assert (again.changed, again.revision.number, again.revision.state) == (True, 2, "draft")


def test_only_what_changed_is_embedded(site, monkeypatch):
    save(site, item("a", "One tent."), item("b", "Two tents."))
    given = []
    encode = type(embedder()).encode
    monkeypatch.setattr(type(embedder()), "encode", lambda self, texts: given.extend(texts) or encode(self, texts))
    save(site, item("a", "One tent."), item("b", "Three tents."), item("c", "One tent."))
    assert given
    assert all("Three" in text for text in given)


def test_internal_articles_are_not_embedded(site):
    save(site, item(audience="internal"))
    assert Passage.objects.exists()
    assert not PassageVectors.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (item("b", categories=["nothing"]), "b: there is no category nothing on hill"),
        (item("b", " \n "), "b: there is no text in it"),
        (item("b", title=" "), "b: there is no text in it"),
        (item("a/b"), "cannot be the name of a source"),
        (item(""), "cannot be the name of a source"),
        (item("b", url="javascript:alert(1)"), "is not a web address"),
        (item("b", audience=" "), "an audience needs a name"),
        (item("a", "Another."), "a: two documents have this name"),
    ],
)
def test_one_wrong_document_and_nothing_is_written(site, wrong, why):
    with pytest.raises(ingest.Rejected, match=why):
        save(site, item("a", "A good one."), wrong)
    assert not Source.objects.exists()


def test_many_articles_are_written_in_several_short_transactions(site):
    with CaptureQueriesContext(connection) as queries:
        save(site, *(item(f"a{n}", f"Tent {n} is green.") for n in range(20)))
    locks = [q for q in queries.captured_queries if "ledgerhead" in q["sql"].lower() and "SELECT" in q["sql"]]
    assert len(locks) >= 5  # four articles each
    assert Revision.objects.count() == 20


def test_each_write_is_a_link_of_the_chain(site):
    save(site, item("a", "One."), item("b", "Two."))
    save(site, item("a", "One."))
    entry = LedgerEntry.objects.exclude(kind="membership_given").get()
    assert (entry.kind, '"actor":"ada"' in entry.body, '["b",1,' in entry.body) == ("knowledge_saved", True, True)
    assert not list(ledger.verify(site))


def test_progress_counts_what_is_embedded(site):
    seen = []
    items = [item(f"a{n}", f"Tent number {n}.") for n in range(40)]
    ingest.save_many(site, items, author="ada", progress=lambda done, total: seen.append((done, total)), threads=2)
    assert seen == [(32, 40), (40, 40)]


def test_vectors_are_unit_rows_in_the_order_of_the_sentences(site):
    (saved,) = save(site, item())
    passage = saved.revision.passages.last()
    (dense,), (rows,) = vectors.dense([passage.digest]).values(), vectors.sentences([passage.digest]).values()
    content = vectors.content(
        "Returns", passage.heading, passage.text,
        [(start - passage.start, end - passage.start) for start, end in passage.sentences],
    )  # fmt: skip
    assert content.digest == passage.digest
    again = embedder().encode([content.text, *content.sentences])
    assert abs(again[0] - dense).max() < 1e-5
    assert abs(again[1:] - rows).max() < 1e-5


def test_short_texts_keep_their_order_and_are_embedded_once(db):
    texts = ["Where is my order?", "Return it", "Where is my order?"]
    first = vectors.of_texts(texts)
    assert first.shape == (3, 384)
    assert (first[0] == first[2]).all()
    assert abs(first - embedder().encode(texts)).max() < 1e-5
    assert TextVector.objects.count() == 2
    assert (vectors.of_texts(reversed(texts)) == first[::-1]).all()
    assert vectors.of_texts([]).shape == (0, 384)
