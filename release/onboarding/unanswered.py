"""Questions nobody could answer, proposed as scenarios: what has been missed once is looked for before each release."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from knowledge.face.editing import approval
from knowledge.face.insights import gaps, wordings
from knowledge.models import Category, Gap
from release.core.people import Actor, reasoned
from release.exposure import proposals
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Site

ANSWERED = ["answer", "draft"]
NOT_ANSWERED = ["decline", "clarify", "handoff"]


def propose(site: Site, asked: Sequence[Gap], category: Category | None, *, actor: Actor, reason: str) -> int:
    """Propose each question as a scenario and mark it handled; how many are new.

    With a category, the scenario wants an answer from it; without one, no answer. A question that shares a sentence
    with an example or a counterexample tests nothing and is refused. Raises NotAllowed, Refused.
    """
    why = reasoned(reason)
    approval.allow(actor, site.pk)
    if not asked:
        raise Refused("Tick the questions that should become scenarios.")
    taught = wordings.taught(site.pk)
    if known := [gap.text for gap in asked if wordings.said(gap.text) & taught]:
        raise Refused(f"“{known[0][:120]}” shares a sentence with an example or a counterexample; untick it.")
    with transaction.atomic():
        ledger.hold(site.pk)
        made = [proposals.propose_scenario(site, _body(gap, category), actor=actor, reason=why) for gap in asked]
        gaps.close(site.pk, [gap.pk for gap in asked], how="scenario", actor=actor, reason=why)
    return sum(each is not None for each in made)


def _body(gap: Gap, category: Category | None) -> dict[str, Any]:
    expect = {"category": category.slug, "outcome": ANSWERED} if category else {"outcome": NOT_ANSWERED}
    return {"id": f"gap-{gap.pk}", "turns": [gap.text], "expect": expect, "tags": ["gap"]}
