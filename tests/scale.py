"""`python -m tests.scale N`: a site of N synthetic passages, and what a whole turn costs on it.

Texts are drawn from a vocabulary with a natural spread of rare words; vectors are random around topics, so nothing is
embedded but the questions. Prints one JSON object: seconds, and how many of the five best of
all passages were among the candidates.
"""

import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

PER_ARTICLE, TOPICS, SENTENCES, QUESTIONS = 20, 400, 2, 200


def words(rng: random.Random, count: int) -> list[str]:
    """Words of a made-up language, the n-th of them about 1/n as frequent as the first."""
    return [f"w{min(int(1.5 ** rng.uniform(0, 27)), 50_000)}x" for _ in range(count)]


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def fill(site: Any, category: Any, count: int) -> None:
    """`count` approved, published passages with vectors, and the index built over them."""
    from django.utils import timezone

    from knowledge.embedding import vectors
    from knowledge.embedding.embedders import embedder
    from knowledge.index import sync
    from knowledge.models import Passage, PassageVectors, Revision, Source

    rng, dice = random.Random(1), np.random.default_rng(1)
    topics = unit(dice.normal(size=(TOPICS, embedder().dims)))
    now, model = timezone.now(), embedder().model_id
    for first in range(0, count, PER_ARTICLE * 50):
        numbers = range(first // PER_ARTICLE, min(first + PER_ARTICLE * 50, count) // PER_ARTICLE)
        sources = Source.objects.bulk_create([Source(site=site, slug=f"article-{n}") for n in numbers])
        Source.categories.through.objects.bulk_create(
            [Source.categories.through(source_id=s.pk, category_id=category.pk) for s in sources]
        )
        revisions, passages, held = [], [], []
        for source in sources:
            title = " ".join(words(rng, 5))
            lines = [[" ".join(words(rng, 18)) + "." for _ in range(SENTENCES)] for _ in range(PER_ARTICLE)]
            text = "\n\n".join(" ".join(pair) for pair in lines)
            revisions.append(
                Revision(
                    source=source, number=1, title=title, text=text, digest=source.slug, state="approved",
                    author="a", approver="b", decided_at=now, live=True,
                )
            )  # fmt: skip
            start = 0
            for ordinal, pair in enumerate(lines):
                own, spans, at = " ".join(pair), [], start
                for line in pair:
                    spans.append((at, at + len(line)))
                    at += len(line) + 1
                inside = [(a - start, b - start) for a, b in spans]
                content = vectors.content(title, "", own, inside)
                passages.append((len(revisions) - 1, ordinal, own, start, spans, content.digest))
                near = topics[rng.randrange(TOPICS)] + 0.06 * dice.normal(size=(1 + SENTENCES, embedder().dims))
                held.append((content.digest, unit(near)))
                start += len(own) + 2
        Revision.objects.bulk_create(revisions)
        Passage.objects.bulk_create(
            [
                Passage(revision=revisions[r], ordinal=o, text=t, start=s, sentences=spans, digest=d)
                for r, o, t, s, spans, d in passages
            ]
        )
        PassageVectors.objects.bulk_create(
            [PassageVectors(model=model, digest=d, dense=v[0].tobytes(), sentences=v[1:].tobytes()) for d, v in held],
            ignore_conflicts=True,
        )
    sync.touch(site.pk)
    sync.build_site(site)


def measure(site: Any, category: Any) -> dict[str, float]:
    """Times of finding and of a whole turn (seconds, medians), and the recall of the five best."""
    from chatbot import turn
    from conversations import record
    from knowledge.models import Passage
    from knowledge.retrieval import corpus, search
    from release.live import snapshot

    frozen = snapshot.candidate(site)
    scope = frozen.scope(category.slug, frozenset({"public"}))
    held = corpus.of(scope)
    rng, dice = random.Random(2), np.random.default_rng(2)
    places = [rng.randrange(len(held.ids)) for _ in range(QUESTIONS)]
    texts = dict(Passage.objects.filter(pk__in=[int(held.ids[p]) for p in places]).values_list("pk", "text"))
    finding, found = [], 0
    for place in places:
        text = " ".join(rng.sample(texts[int(held.ids[place])].replace(".", "").split(), 6))
        vector = unit(held.dense[place] + 0.03 * dice.normal(size=held.dense.shape[1]))
        began = time.perf_counter()
        search.find(scope, text, vector)
        finding.append(time.perf_counter() - began)
        said, near = held.words.share(text), held.dense @ vector
        candidates = np.union1d(search._nearest(scope, held, vector), search._worded(said))
        best = np.argsort(-search._strength(near, near, said))[:5]
        found += len(np.intersect1d(best, candidates))
    snapshot.live = lambda site_id: frozen  # the candidate stands in for a release: what is timed is the turn
    whole = []
    for place in places:
        conversation, _ = record.open_conversation(site)
        asked = " ".join(rng.sample(texts[int(held.ids[place])].replace(".", "").split(), 6))
        began = time.perf_counter()
        begun = turn.begin(conversation.pk, "1", asked)
        turn.take(begun.turn)
        whole.append(time.perf_counter() - began)
    return {
        "passages": len(held.ids),
        "find": statistics.median(finding),
        "turn": statistics.median(whole),
        "recall": found / (5 * QUESTIONS),
    }


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from knowledge.index.store import index
    from knowledge.models import Category, Example
    from sites.models import Site

    call_command("migrate", verbosity=0)
    index().own()
    site = Site.objects.create(slug="scale", name="Scale")
    category = Category.objects.create(site=site, slug="help", title="Help", asked_level=3)
    rng = random.Random(3)
    Example.objects.bulk_create(
        [Example(site=site, category=category, text=" ".join(words(rng, 6))) for _ in range(20)]
    )
    began = time.perf_counter()
    fill(site, category, count)
    print(json.dumps({**measure(site, category), "build": time.perf_counter() - began}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main(int(sys.argv[1]))
