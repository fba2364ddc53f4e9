"""The rows of releases that the chain answers for: what was frozen and shown, who moved it, and how far it may go.

A release's body is what its fingerprint covers, which the entry of its freezing names.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q

from knowledge.models import Revision
from release.models import Exposure, ExposureMove, Proposal, Release, Run, Verdict
from release.models.judged import Advice, Judgement, Sampled
from release.models.proofs import Statement
from sites.core import audit, kept

kept.keep(
    Release, "site", "id", "site_id", "number", "state", "fingerprint", "body", "created_by", "created_at", "live_by",
    "seconded_by", "live_at", "reason",
)  # fmt: skip
kept.keep(
    Run, "release__site", "id", "release_id", "fingerprint", "passed", "total", "failed", "objections", "base_id",
    "finished_at", "started_by", "started_at", "away", open=lambda: Q(finished_at=None, passed=False),
)  # fmt: skip
kept.keep(
    Verdict, "run__release__site", "id", "run_id", "scenario", "passed", "why", "case", on="run_id",
    open=lambda: Q(run__finished_at=None, run__passed=False),
)  # fmt: skip
kept.keep(Exposure, "category__site", "category_id", "level")
kept.keep(
    ExposureMove, "category__site", "id", "category_id", "before", "after", "actor", "second", "reason", "evidence",
    "at",
)  # fmt: skip
kept.keep(
    Proposal, "site", "id", "site_id", "kind", "release_id", "run_id", "category_id", "body", "reason", "proposed_by",
    "proposed_at", "state", "decided_by", "decided_at",
)  # fmt: skip
kept.keep(
    Statement, "site", "id", "site_id", "question", "text", "signed_by", "signed_at", "expires_at", "fingerprint",
    "facts",
)  # fmt: skip
kept.keep(
    Advice, "site", "id", "site_id", "category_id", "ticket", "question", "text", "citations", "release", "state",
    "why", "asked_by", "asked_at", "decided_by", "decided_at",
)  # fmt: skip
kept.keep(Sampled, "site", "id", "site_id", "category_id", "week", "turn_id", "answered_at")
kept.keep(Judgement, "sampled__site", "id", "sampled_id", "by", "verdict", "at")


@audit.before("release_frozen")
def _frozen(site_id: int, facts: Mapping[str, Any]) -> Iterator[audit.Held]:
    """What the entry of its freezing says of a release: its fingerprint, which its body must have."""
    found = Release.objects.filter(site=site_id, number=facts["release"]).first()
    if found is None:
        yield audit.Held(Release, f"number {facts['release']}", "is missing")
        return
    body = json.dumps(found.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    whole = hashlib.sha256(body.encode()).hexdigest() == found.fingerprint == facts["fingerprint"]
    yield audit.Held(Release, found.pk, "" if whole else "body or fingerprint differ")


@audit.also
def _published(site_id: int) -> Iterator[audit.Held]:
    """The texts that are live are those of the live release."""
    bodies = Release.objects.filter(site=site_id, state=Release.State.LIVE).values_list("body", flat=True)
    held = {each["id"] for body in bodies for each in body["revisions"]}
    live = set(Revision.objects.filter(source__site=site_id, live=True).values_list("pk", flat=True))
    for key in sorted(live ^ held):
        differs = "is live, and in no live release" if key in live else "is in the live release, and not live"
        yield audit.Held(Revision, key, differs)
