"""The rows of articles that the chain answers for: every text with its approval, and the passages it was cut into.

Which text is live is the release's to say (`release.core.kept` looks), so moving that flag takes no entry.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.editing.ingest import digest_of
from knowledge.models import Passage, Revision
from sites.core import audit, kept

kept.keep(
    Revision, "source__site", "id", "source_id", "number", "title", "text", "questions", "digest", "state", "author",
    "approver", "note", "warnings", "created_at", "decided_at", free=("live",),
)  # fmt: skip
kept.keep(
    Passage, "revision__source__site", "id", "revision_id", "ordinal", "heading", "text", "start", "sentences",
    "digest", "page", on="revision_id",
)  # fmt: skip


@audit.before("knowledge_saved", "revision_submitted", "revision_approved", "revision_rejected")
def _texts(site_id: int, facts: Mapping[str, Any]) -> Iterator[audit.Held]:
    """What an entry without rows says of texts: the digest of each."""
    for slug, number, digest in facts["revisions"]:
        found = Revision.objects.filter(source__site=site_id, source__slug=slug, number=number).first()
        if found is None:
            yield audit.Held(Revision, f"{slug} {number}", "is missing")
        else:
            same = digest_of(found.title, found.text, found.questions) == digest
            yield audit.Held(Revision, found.pk, "" if same else "title, text or questions differ")
