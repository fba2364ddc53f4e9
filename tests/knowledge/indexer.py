"""`python -m tests.knowledge.indexer`: a worker of its own that embeds what is promised, and counts what it was given.

Each text that the model is asked for is a line of standard output before it is embedded: a killed worker has told what
it did.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from knowledge.embedding.embedders import embedder  # noqa: E402
from sites.core import outbox  # noqa: E402

model = embedder()
plain = model.encode


def counted(texts):
    print("\n".join(f"text {hash(text)}" for text in texts), flush=True)
    return plain(texts)


model.encode = counted  # type: ignore[method-assign]
while outbox.run_due(bulk=True, limit=1):
    pass
print("done", flush=True)
