"""`python -m tests.throughput N`: how fast about N passages are indexed, beside the embedder's own speed.

The sample's articles, each many times with another number in front, are saved as the editor saves them and embedded by
the outbox in its slices. In the same run the same texts are given to the bare model, half before and half after. It
prints one JSON object: tokens a second of both.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
LOT = 256  # texts in one call of the bare model


def fill(site: Any, count: int) -> list[Any]:
    """About `count` passages, saved and promised; the contents to be embedded."""
    from knowledge import ingest, shelves
    from knowledge.documents import read
    from knowledge.models import Passage

    files = sorted((BASE / "sample/knowledge").rglob("*.md"))
    documents = [read(file.name, file.read_bytes()) for file in files]
    number = 0
    while Passage.objects.count() < count:
        document = documents[number % len(documents)]
        again = type(document)(f"{number}. {document.title}", document.text.replace(". ", f" ({number}). "), {})
        ingest.save(site, f"article-{number}", again, categories=["help"], author="bench", later=True)
        number += 1
    return shelves.of_digests(list(Passage.objects.values_list("digest", flat=True)))


def bare(texts: list[str]) -> float:
    """Seconds the model alone takes."""
    from knowledge.embedding import embedder

    began = time.perf_counter()
    for at in range(0, len(texts), LOT):
        embedder().encode(texts[at : at + LOT])
    return time.perf_counter() - began


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from knowledge import vectors
    from knowledge.embedding import embedder
    from knowledge.models import Category
    from sites import outbox
    from sites.models import Site

    call_command("migrate", verbosity=0)
    site = Site.objects.create(slug="bench", name="Bench")
    Category.objects.create(site=site, slug="help", title="Help")
    contents = fill(site, count)
    texts = [text for each in contents for text in (each.text, *each.sentences)]
    tokens = sum(min(embedder().count_tokens(text), 256) for text in texts)
    embedder().encode(["warm"])
    alone = bare(texts[: len(texts) // 2])
    began = time.perf_counter()
    while outbox.run_due(bulk=True):
        pass
    indexed = time.perf_counter() - began
    alone += bare(texts[len(texts) // 2 :])
    assert not vectors.missing(each.digest for each in contents)
    print(json.dumps({"passages": len(contents), "indexed": tokens / indexed, "alone": tokens / alone}))


if __name__ == "__main__":
    sys.path.insert(0, str(BASE))
    main(int(sys.argv[1]))
