"""`python -m tests.throughput N`: how fast about N passages are indexed, beside the embedder's own speed.

The sample's articles, each many times with another number in front, are saved as the editor saves them, approved, then
embedded and put into the index by the outbox in its slices; between two slices the bare model is given texts of the
same kind for as long. Prints one JSON object: tokens a second of both. `python -m tests.throughput N later` only saves
and approves them, for a server that is started afterwards.
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
LOT = 128  # texts in one call of the bare model: no fewer than a step of indexing gives it


def fill(count: int) -> list[Any]:
    """About `count` passages on a site of their own, saved, approved and promised; the contents to be embedded."""
    from knowledge.editing import approval, ingest
    from knowledge.index import sync
    from knowledge.models import Category, Passage, Revision
    from knowledge.readers.documents import read
    from sites.models import Site

    site = Site.objects.create(slug="bench", name="Bench")
    Category.objects.create(site=site, slug="help", title="Help")
    made = Passage.objects.filter(revision__source__site=site)

    files = sorted((BASE / "sample/knowledge").rglob("*.md"))
    documents = [read(file.name, file.read_bytes()) for file in files]
    number = 0
    while made.count() < count:
        document = documents[number % len(documents)]
        again = type(document)(f"{number}. {document.title}", document.text.replace(". ", f" ({number}). "), {})
        ingest.save(site, f"article-{number}", again, categories=["help"], author="bench", later=True)
        number += 1
    revisions = list(Revision.objects.filter(source__site=site).defer("text").select_related("source"))
    approval.approve_many(revisions, actor="bench", reason="made up")
    return sync.of_digests(list(made.values_list("digest", flat=True)))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds something took, those of them that this process had a core, and what it returned."""
    began, worked = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - began, time.process_time() - worked, result


def main(count: int, later: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from knowledge.embedding import vectors
    from knowledge.embedding.embedders import embedder
    from knowledge.index import sync
    from knowledge.index.store import index
    from knowledge.models import Shelf
    from sites.core import outbox

    call_command("migrate", verbosity=0)
    contents = fill(count)
    if later:
        return
    index().own()
    texts = [text for each in contents for text in (each.text, *each.sentences)]
    model = embedder()
    tokens = [min(model.count_tokens(text), 256) for text in texts]
    model.encode(["warm"])
    lots = itertools.cycle(range(0, len(texts), LOT))
    indexed, alone, given = 0.0, 0.0, 0
    cores = {"indexed": 0.0, "alone": 0.0}
    while True:
        seconds, worked, done = timed(lambda: outbox.run_due(bulk=True, limit=1))
        if not done:
            break
        indexed, cores["indexed"] = indexed + seconds, cores["indexed"] + worked
        while alone < indexed:  # by turns, so that a busy machine slows both alike
            at = next(lots)
            seconds, worked, _ = timed(lambda at=at: model.encode(texts[at : at + LOT]))
            alone, cores["alone"] = alone + seconds, cores["alone"] + worked
            given += sum(tokens[at : at + LOT])
    assert not vectors.missing(each.digest for each in contents)
    assert not sync.unsettled(Shelf.objects.get().site_id)
    by_core = (sum(tokens) / cores["indexed"]) / (given / cores["alone"])
    seen = {"indexed": sum(tokens) / indexed, "alone": given / alone, "by_core": by_core}
    print(json.dumps({"passages": len(contents), "texts": len(texts), "tokens": sum(tokens), **seen}))


if __name__ == "__main__":
    sys.path.insert(0, str(BASE))
    main(int(sys.argv[1]), later=sys.argv[2:] == ["later"])
