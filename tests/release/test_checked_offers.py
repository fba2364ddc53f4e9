"""What is offered is asked first: each example and question by a gate that has not seen it, and people mark answers."""

import pytest
from django.urls import reverse

from chatbot.decide import bot
from chatbot.decide.gate import fitted, reading
from conversations.outcomes import Reason
from knowledge.editing import approval, ingest
from knowledge.embedding.embedders import embedder
from knowledge.models import Example, Source
from release.gate import gate
from release.live import permits, snapshot
from release.models.offered import Offer
from release.scenarios import evals, offered
from sites.access.roles import NotAllowed
from sites.core import ledger, outbox
from sites.core.refusal import Refused
from sites.models import OutboxItem
from tests.chatbot.conftest import login
from tests.release import stage

pytestmark = pytest.mark.django_db
ASKED = ["what does a grown-up pay for the crossing", "is my bike free of charge on mondays"]


@pytest.fixture
def release(ferry, who):
    """Live, with two questions of the article on prices; nothing of it was asked yet."""
    source = Source.objects.get(slug="fares")
    text = source.revisions.first().text
    saved = ingest.revise(source, title="Fares", text=text, questions=ASKED, actor="cleo")
    approval.approve_many([saved.revision], actor="test", reason="read")
    return stage.publish(ferry)


@pytest.fixture
def asked(release):
    while not offered.advance(release, seconds=5):
        pass
    return release


def of(release, text):
    return Offer.objects.get(fingerprint=release.fingerprint, text=text)


# ── Asked beside the gate ─────────────────────────────────────────────────────────────────────────────────────


def test_every_example_and_every_question_of_a_public_article_is_asked_once(asked):
    frozen = snapshot.of(asked)
    assert Offer.objects.count() == len(stage.TICKETS) + len(stage.LUGGAGE) + len(ASKED)
    assert offered.advance(asked, seconds=5)
    assert Offer.objects.count() == len(offered.texts(frozen))
    assert set(Offer.objects.filter(kind="question").values_list("about", "text")) == {("fares", t) for t in ASKED}


def test_a_run_of_the_gate_promises_it_and_workers_do_it_in_slices(ferry, who, monkeypatch):
    monkeypatch.setattr("release.tasks.SLICE", 0.0)
    release = snapshot.freeze(ferry, actor=who["dan"])
    stage.passed(release)
    assert OutboxItem.objects.filter(kind=offered.KIND, payload={"release": release.pk}).exists()
    seen = []
    for _ in range(50):
        if not outbox.run_due(bulk=True, limit=1) and Offer.objects.count() == len(stage.TICKETS) + len(stage.LUGGAGE):
            break
        seen.append(Offer.objects.count())
    assert seen[0] <= offered.CHUNK
    assert Offer.objects.count() == len(stage.TICKETS) + len(stage.LUGGAGE)


def test_the_gate_run_to_its_end_checks_at_once_what_can_be_suggested(ferry, who):
    release = snapshot.freeze(ferry, actor=who["dan"])
    assert gate.run(release, actor=who["dan"]).finished_at
    firsts = {(offer.about, offer.sound) for offer in Offer.objects.all()}
    assert {about for about, _ in firsts} == {"tickets", "luggage"}
    assert Offer.objects.count() <= 2 * offered.AHEAD


def test_another_build_is_left_alone(release, monkeypatch):
    monkeypatch.setattr(bot, "fingerprint_parts", lambda: {"code": "another"})
    assert offered.advance(release, seconds=5)
    assert not Offer.objects.exists()


# ── As if nobody had written it down ──────────────────────────────────────────────────────────────────────────


def test_an_example_is_read_by_a_gate_that_has_not_seen_it(release):
    frozen = snapshot.of(release)
    text = stage.TICKETS[6]
    seen, unseen = evals.answer(frozen, text), evals.answer(frozen, text, own=True)
    report = fitted.gate(frozen).report()
    assert unseen.confidence < seen.confidence
    row = fitted.vectors.of_texts([text])[0]
    assert fitted.gate(frozen).unseen_topic(row).confidence < fitted.gate(frozen).classify(row).confidence
    assert bot.foretold(frozen) == {each.category: (each.answered, each.examples) for each in report.categories}


def test_a_strangers_words_are_nobodys_example(release):
    vector = embedder().encode_one("the weather on mars")
    assert fitted.gate(snapshot.of(release)).unseen_topic(vector) is None


def test_a_question_is_searched_for_without_itself(release, monkeypatch):
    given = []
    plain = reading.search.find
    monkeypatch.setattr(reading.search, "find", lambda *a, **k: given.append(k.get("without")) or plain(*a, **k))
    evals.answer(snapshot.of(release), ASKED[0], own=True)
    assert set(given) == {ASKED[0]}
    given.clear()
    evals.answer(snapshot.of(release), ASKED[0])
    assert set(given) == {""}


# ── Suggested ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_unchecked_is_suggested(release):
    assert permits.suggestions(release.site_id) == []
    offered.ahead(release)
    assert permits.suggestions(release.site_id)
    assert all(of(release, text).sound for text in permits.suggestions(release.site_id))


def test_an_example_that_fails_or_is_marked_wrong_gives_way_to_the_next_that_was_answered(asked, who):
    fine = [o.text for o in Offer.objects.filter(about="tickets", kind="example", sound=True, outcome="answer")]
    assert fine[0] in permits.suggestions(asked.site_id)
    offered.mark(of(asked, fine[0]), "wrong", actor=who["cleo"])
    assert fine[0] not in permits.suggestions(asked.site_id)
    assert fine[1] in permits.suggestions(asked.site_id)
    said = bot.decide(bot.Question("What can you help me with?"), snapshot.of(asked), permits.Now(asked.site_id))
    assert (said.reason, fine[0] in said.text, fine[1] in said.text) == (Reason.COURTESY, False, True)
    Offer.objects.filter(about="tickets").update(sound=False, mark="", marked_by="")
    assert all(text not in stage.TICKETS for text in permits.suggestions(asked.site_id))


# ── Marked by people ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_mark_is_kept_with_who_made_it_and_counts_in_the_share(asked, who):
    doubtful = Offer.objects.filter(sound=False, kind="example").first()
    before = {s.about: s.sound for s in offered.shares(list(Offer.objects.filter(kind="example")))}
    offered.mark(doubtful, "right", actor=who["cleo"])
    after = {s.about: s.sound for s in offered.shares(list(Offer.objects.filter(kind="example")))}
    assert after[doubtful.about] == before[doubtful.about] + 1
    assert (doubtful.mark, doubtful.marked_by) == ("right", "cleo")
    with pytest.raises(Refused, match="already"):
        offered.mark(doubtful, "right", actor=who["dan"])
    offered.mark(doubtful, "", actor=who["dan"])
    assert (doubtful.mark, doubtful.marked_by) == ("", "")
    with pytest.raises(Refused, match="right or wrong"):
        offered.mark(doubtful, "fine", actor=who["dan"])
    for stranger in ("eve", "ben"):
        with pytest.raises(NotAllowed):
            offered.mark(doubtful, "wrong", actor=who[stranger])
    assert not list(ledger.verify(asked.site))


def test_a_mark_holds_in_the_next_release_where_the_very_answer_comes_again(asked, who, ferry):
    first = Offer.objects.filter(about="tickets", sound=True, outcome="answer").first()
    offered.mark(first, "wrong", actor=who["cleo"])
    Example.objects.create(site=ferry, category_id=snapshot.of(asked).category("luggage").id, text="may I bring skis")
    second = snapshot.freeze(ferry, actor=who["dan"])
    while not offered.advance(second, seconds=5):
        pass
    again = of(second, first.text)
    assert (again.words, again.mark, again.marked_by) == (first.words, "wrong", "cleo")
    assert Offer.objects.filter(fingerprint=second.fingerprint, mark="wrong").count() == 1


# ── On the page ───────────────────────────────────────────────────────────────────────────────────────────────


def test_cleo_sees_the_shares_beside_what_is_foretold_and_marks_an_answer(asked, who):
    page = login(who["cleo"]).get(reverse("admin:release_release_change", args=[asked.pk])).content.decode()
    told = bot.foretold(snapshot.of(asked))["tickets"]
    assert f"<td>{told[0]} of {told[1]}</td>" in page
    assert "were answered from their own article" in page
    listed = login(who["cleo"]).get(reverse("admin:release_offered", args=[asked.pk]))
    assert all(f'id="offer-{offer.pk}"' in listed.content.decode() for offer in Offer.objects.all())
    offer = Offer.objects.first()
    answer = login(who["cleo"]).post(
        reverse("admin:release_offer_act", args=[offer.pk]), {"mark": "wrong"}, follow=True
    )
    assert "Marked wrong: it is not suggested." in answer.content.decode()
    assert "marked wrong by cleo" in answer.content.decode()


def test_markup_in_a_question_is_text_and_eve_sees_nothing(asked, who):
    Offer.objects.filter(pk=Offer.objects.first().pk).update(text="<img src=x>", words="<script>", sound=False)
    address = reverse("admin:release_offered", args=[asked.pk])
    page = login(who["cleo"]).get(address).content.decode()
    assert "&lt;img src=x&gt;" in page
    assert "<img src=x>" not in page
    assert login(who["eve"]).get(address).status_code in {302, 403, 404}
    act = reverse("admin:release_offer_act", args=[Offer.objects.first().pk])
    assert login(who["eve"]).post(act, {"mark": "wrong"}).status_code in {302, 403, 404}
    assert not Offer.objects.exclude(mark="").exists()
