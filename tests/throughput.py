"""`python -m tests.throughput N`: how fast about N passages are indexed, beside the embedder's own speed.

The sample's articles, each many times with another number in front, are saved as the editor saves them and embedded by
the outbox in its slices; between two slices the bare model is given texts of the same kind for as long. Prints one JSON
object: tokens a second of both.
"""

import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
LOT = 64  # texts in one call of the bare model: about as much as a slice


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


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds something took, and what it returned."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


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
    model = embedder()
    tokens = [min(model.count_tokens(text), 256) for text in texts]
    model.encode(["warm"])
    lots = itertools.cycle(range(0, len(texts), LOT))
    indexed, alone, given = 0.0, 0.0, 0
    while True:
        seconds, done = timed(lambda: outbox.run_due(bulk=True, limit=1))
        if not done:
            break
        indexed += seconds
        while alone < indexed:  # by turns, so that a busy machine slows both alike
            at = next(lots)
            alone += timed(lambda at=at: model.encode(texts[at : at + LOT]))[0]
            given += sum(tokens[at : at + LOT])
    assert not vectors.missing(each.digest for each in contents)
    print(json.dumps({"passages": len(contents), "indexed": sum(tokens) / indexed, "alone": given / alone}))


if __name__ == "__main__":
    sys.path.insert(0, str(BASE))
    main(int(sys.argv[1]))
