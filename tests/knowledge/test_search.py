"""What a search may find, with the index and without it."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.editing import approval, ingest
from knowledge.index import sync
from knowledge.index.store import index
from knowledge.models import Category, Passage, PassageVectors, Revision, Source
from knowledge.readers.documents import Document
from knowledge.retrieval import search
from sites.models import Site

from .conftest import ARTICLES, built, look, publishes, sources, yesterday

QUESTIONS = [
    "Can I send a jacket back?",
    "how long does the refund take",
    "outlet items",
    "exchange my size",
    "30 days",
]


@pytest.fixture(params=["exact", "embedded", "served"])
def any_shape(request, shop):
    """The shop's articles searched exactly, through the embedded index and through a server."""
    if request.param != "exact":
        request.getfixturevalue(request.param)
        built(shop)
    return shop


def test_the_article_that_answers_comes_first(any_shape):
    scope = publishes(any_shape)
    assert look(scope, "How many days do I have to return a product?")[0].source == "returns"
    assert look(scope, "My jacket is too small, I need another size")[0].source == "exchange"


def test_a_hit_carries_what_is_needed_to_quote_it(any_shape):
    hit = look(publishes(any_shape), "How long does a refund take?")[0]
    revision = Revision.objects.get(pk=hit.revision_id)
    quoted = [hit.slice(start, end) for start, end in hit.sentences]
    assert quoted == [revision.text[start:end] for start, end in hit.sentences]
    assert "This takes up to five working days." in quoted
    assert hit.vectors.shape == (len(hit.sentences), 384)
    assert (hit.source, hit.audience, hit.title) == ("returns", "public", "Returning a product")
    assert hit.updated.replace(microsecond=0) == revision.decided_at.replace(microsecond=0)
    assert 0 <= hit.score <= 1
    assert -1 <= hit.dense <= 1


def test_a_hit_from_a_document_with_pages_is_cited_with_its_page(shop):
    scope = publishes(shop)
    hit = look(scope, "How long does a refund take?")[0]
    assert hit.place == (hit.title, hit.url)
    Passage.objects.filter(pk=hit.passage_id).update(page=3)
    Source.objects.filter(slug=hit.source).update(url="https://shop.example/terms.pdf")
    again = look(scope, "How long does a refund take?")[0]
    assert again.place == (f"{hit.title}, page 3", "https://shop.example/terms.pdf#page=3")


def test_an_internal_article_is_never_found_even_when_asked_for(any_shape):
    everything = publishes(any_shape, audiences=("public", "gold", "internal"))
    found = look(everything, "goodwill returns accepted by staff up to 50 euros")
    assert found
    assert "returns-internal" not in sources(found)


def test_an_article_for_gold_members_is_found_by_gold_members_only(any_shape):
    question = "return outlet items as a gold member"
    assert look(publishes(any_shape, audiences=("public", "gold")), question)[0].source == "returns-gold"
    assert "returns-gold" not in sources(look(publishes(any_shape), question))


def test_an_audience_is_checked_at_the_moment_of_the_search(any_shape):
    scope = publishes(any_shape, audiences=("public",))
    assert "exchange" in sources(look(scope, "exchange"))
    Source.objects.filter(slug="exchange").update(audience="internal")
    assert "exchange" not in sources(look(scope, "exchange"))


def test_only_the_accepted_category_is_searched(any_shape):
    assert set(sources(look(publishes(any_shape, "delivery"), "return a product"))) == {"delivery"}


def test_an_article_moved_to_another_category_is_gone_at_once(any_shape):
    scope = publishes(any_shape)
    look(scope, "exchange")
    Source.objects.get(slug="exchange").categories.set(Category.objects.filter(slug="delivery"))
    assert "exchange" not in sources(look(scope, "exchange"))


def test_a_source_withdrawn_between_index_and_read_is_not_returned(any_shape, cleo):
    scope = publishes(any_shape)
    assert "returns" in sources(look(scope, "return a product"))
    approval.withdraw(Source.objects.get(slug="returns"), actor=cleo, reason="wrong number of days")
    assert "returns" not in sources(look(scope, "return a product"))
    approval.restore(Source.objects.get(slug="returns"), actor=cleo, reason="it was right")
    assert "returns" in sources(look(scope, "return a product"))


def test_a_row_changed_behind_every_verb_is_noticed_by_the_read(any_shape):
    """Nothing told the index or the memory: only the read of the database can notice."""
    scope = publishes(any_shape)
    look(scope, "return a product")
    Source.objects.filter(slug="returns").update(withdrawn_at=timezone.now())
    assert "returns" not in sources(look(scope, "return a product"))
    Revision.objects.filter(source__slug="exchange").update(state=Revision.State.REJECTED)
    assert look(scope, "exchange a size") == []


def test_an_expired_article_is_not_returned(any_shape):
    scope = publishes(any_shape)
    Source.objects.filter(slug="returns").update(expires=yesterday())
    assert "returns" not in sources(look(scope, "return a product"))


def test_text_that_no_release_publishes_is_not_returned(any_shape, cleo):
    before = publishes(any_shape)
    saved = ingest.revise(Source.objects.get(slug="returns"), title="Returns", text="Return it in 7 days.", actor="x")
    approval.approve_many([saved.revision], actor=cleo, reason="shorter")
    found = look(before, "how many days to return")
    assert {hit.revision_id for hit in found} <= before.revisions
    assert any("within 30 days" in hit.text for hit in found)


def test_another_site_with_the_same_words_is_never_touched(any_shape):
    other = Site.objects.create(slug="other", name="Other")
    category = Category.objects.create(site=other, slug="returns", title="Returns")
    saved = ingest.save(other, "theirs", Document("Returning a product", ARTICLES["returns"][3], {}),
                        categories=[category.slug], author="eve")  # fmt: skip
    approval.approve_many([saved.revision], actor="shell:eve", reason="theirs")
    mine = publishes(any_shape)
    taken = {**mine.published, saved.revision.pk: mine.categories}
    stolen = search.Scope(mine.site_id, taken, mine.audiences, "stolen")
    assert "theirs" not in sources(look(stolen, "return a product"))
    assert set(sources(look(publishes(other), "return a product"))) == {"theirs"}


def test_the_index_and_the_exact_search_give_the_same_hits(shop, chroma, monkeypatch):
    built(shop)
    scope = publishes(shop, audiences=("public", "gold"))
    asked = []
    query = index().query
    monkeypatch.setattr(index(), "query", lambda *args: asked.append(args) or query(*args))
    through_index = [_comparable(look(scope, question)) for question in QUESTIONS]
    assert len(asked) == 2 * len(QUESTIONS)
    monkeypatch.setattr(index(), "reachable", lambda: False)
    assert through_index == [_comparable(look(scope, question)) for question in QUESTIONS]
    assert len(asked) == 2 * len(QUESTIONS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=300))
def test_no_question_breaks_the_search(shop, question):
    scope = publishes(shop)
    hits = look(scope, question)
    assert {hit.revision_id for hit in hits} <= scope.revisions
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_while_a_shelf_is_not_built_the_exact_search_answers(shop, embedded, cleo, monkeypatch):
    built(shop)
    saved = ingest.save(shop, "repairs", Document("Repairs", "We repair tents in our own workshop.", {}),
                        categories=["returns"], author="ada")  # fmt: skip
    approval.approve_many([saved.revision], actor=cleo, reason="new")
    monkeypatch.setattr(index(), "query", None)  # would fail if it were asked
    assert look(publishes(shop), "Who repairs my tent?")[0].source == "repairs"


def test_a_release_that_holds_older_text_than_the_index_is_searched_exactly(shop, embedded, cleo, monkeypatch):
    older = publishes(shop)
    for text in ("Return it within 7 days.", "Return it within 8 days."):
        saved = ingest.revise(Source.objects.get(slug="returns"), title="Returns", text=text, actor="ada")
        approval.approve_many([saved.revision], actor=cleo, reason="new")
    built(shop)
    monkeypatch.setattr(index(), "query", None)
    assert any("within 30 days" in hit.text for hit in look(older, "return a product"))


def test_an_index_that_lost_rows_does_not_make_answers_worse(shop, embedded):
    built(shop)
    scope = publishes(shop)
    whole = _comparable(look(scope, "return a product"))
    shelf = next(s for s in sync.plan(shop.pk) if (s.category.slug, s.audience) == ("returns", "public"))
    index().remove(sync.name(shelf), sorted(index().ids(sync.name(shelf)))[:2])
    assert _comparable(look(scope, "return a product")) == whole


def test_a_passage_without_vectors_is_not_quoted_and_comes_back_with_them(shop, monkeypatch):
    scope = publishes(shop)
    PassageVectors.objects.all().delete()
    assert look(scope, "return a product") == []
    lacking = list(Passage.objects.values_list("digest", flat=True))
    from knowledge.embedding import vectors
    from knowledge.retrieval import corpus

    vectors.ensure(sync.of_digests(lacking))
    monkeypatch.setattr(corpus.time, "monotonic", lambda: float("1e12"))  # some seconds later
    assert look(scope, "return a product")[0].source == "returns"


def test_citable_says_what_may_be_quoted_now(shop, cleo):
    scope = publishes(shop, audiences=("public", "gold"))
    passages = {hit.passage_id: hit.source for hit in look(scope, "return a product")}
    everyone, gold = frozenset({"public"}), frozenset({"public", "gold"})
    assert search.citable(shop.pk, "returns", gold, passages) == set(passages)
    public = {pk for pk, source in passages.items() if source != "returns-gold"}
    assert search.citable(shop.pk, "returns", everyone, passages) == public
    assert search.citable(shop.pk, "delivery", gold, passages) == set()
    assert search.citable(shop.pk + 1, "returns", gold, passages) == set()
    assert search.citable(shop.pk, "returns", frozenset({"internal"}), passages) == set()
    assert search.citable(shop.pk, "returns", frozenset(), passages) == set()
    approval.withdraw(Source.objects.get(slug="returns"), actor=cleo, reason="wrong")
    left = {pk for pk, source in passages.items() if source != "returns"}
    assert search.citable(shop.pk, "returns", gold, passages) == left


def _comparable(hits):
    return [(hit.passage_id, hit.score, hit.dense, hit.lexical, hit.sentences) for hit in hits]
