"""A site's own questions, tried on the candidate: a person says right or wrong, and what was right becomes a scenario.

Law of the room: nothing of it reaches a customer. A scenario made here says what was seen and held right, no more; what
was wrong goes on the gap list, for no gate passes on what is wrong today.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations.outcomes import Outcome
from knowledge.face.insights import gaps
from knowledge.models import Category
from release.core.people import Actor, allow, name
from release.exposure import proposals
from release.live import snapshot
from release.models import Scenario
from release.models.started import Trial
from release.onboarding import tickets
from release.scenarios import repeats
from release.scenarios.evals import evaluate
from sites.access.roles import roles_of
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

MAY = (Role.CONTENT_OWNER, Role.RELEASE_OWNER)
MOST = 20  # asked and looked at in one sitting
KEPT = 2000  # characters of an answer that are shown again
NOT_ANSWERED = [Outcome.DECLINE.value, Outcome.CLARIFY.value, Outcome.HANDOFF.value]


def put(site: Site, texts: Sequence[str], *, actor: Actor) -> int:
    """Keep questions to be tried, masked and each once; how many are new. Raises Refused, NotAllowed."""
    allow(actor, site, *MAY)
    known = {_same(text) for text in Trial.objects.filter(site=site).values_list("text", flat=True)}
    new: dict[str, str] = {}
    for text in (tickets.masked(text) for text in texts):
        if text and (key := _same(text)) not in known:
            new.setdefault(key, text)
    with transaction.atomic():
        head = ledger.hold(site.pk)
        Trial.objects.bulk_create(Trial(site=site, text=text, created_by=name(actor)) for text in new.values())
        ledger.append(site.pk, "trials_put", {"actor": name(actor), "questions": len(new)}, head=head)
    return len(new)


def ask(site: Site, *, actor: Actor) -> list[Trial]:
    """Ask the candidate up to twenty questions that nobody has marked, as a customer would.

    Raises Refused, NotAllowed.
    """
    allow(actor, site, *MAY)
    tried = list(Trial.objects.filter(site=site, mark="")[:MOST])
    if not tried:
        raise Refused("There is no question to try: paste some, one a line.")
    bodies = [{"id": str(trial.pk), "turns": [trial.text]} for trial in tried]
    for trial, case in zip(tried, evaluate(snapshot.candidate(site), bodies), strict=True):
        shown = {
            "outcome": case.outcome,
            "reason": case.reason,
            "category": case.category or "",
            "answer": case.text[:KEPT],
            "sources": list(dict.fromkeys(each["source"] for each in case.citations)),
        }
        Trial.objects.filter(pk=trial.pk, mark="").update(**shown, asked_at=timezone.now())
        trial.refresh_from_db()
    return tried


def mark(site: Site, marks: Mapping[int, str], *, actor: Actor) -> tuple[int, int]:
    """Keep what a person says of answers she has read: how many scenarios came of it, and how many gaps.

    A release owner writes the scenarios; from anybody else they wait for one. Raises Refused, NotAllowed.
    """
    allow(actor, site, *MAY)
    held = {trial.pk: trial for trial in Trial.objects.filter(site=site, pk__in=marks, mark="").exclude(outcome="")}
    right = [held[key] for key, value in marks.items() if key in held and value == Trial.Mark.RIGHT]
    wrong = [held[key] for key, value in marks.items() if key in held and value == Trial.Mark.WRONG]
    with transaction.atomic():
        ledger.hold(site.pk)
        for said, trials in ((Trial.Mark.RIGHT, right), (Trial.Mark.WRONG, wrong)):
            Trial.objects.filter(pk__in=[trial.pk for trial in trials]).update(
                mark=said, marked_by=name(actor), marked_at=timezone.now()
            )
        made = sum(_as_scenario(site, trial, actor) for trial in right)
        for trial in wrong:
            gaps.note(site.pk, _category(site, trial), trial.text, "tried_wrong")
        facts = {"actor": name(actor), "right": len(right), "wrong": len(wrong), "scenarios": made}
        ledger.append(site.pk, "trials_marked", facts)
    return made, len(wrong)


def _as_scenario(site: Site, trial: Trial, actor: Actor) -> bool:
    """Whether a scenario came of it; what repeats an example shows nothing, and is let be."""
    body = _body(trial)
    if repeats.against(site, body):
        return False
    if not isinstance(actor, str) and roles_of(actor, site).isdisjoint({Role.RELEASE_OWNER, Role.ADMIN}):
        return proposals.propose_scenario(site, body, actor=actor, reason="tried, and marked right") is not None
    Scenario.objects.get_or_create(site=site, slug=body["id"], defaults={"file": "tried.jsonl", "body": body})
    ledger.append(site.pk, "scenario_written", {"actor": name(actor), "scenario": body["id"], "before": ""})
    return True


def _body(trial: Trial) -> dict[str, Any]:
    """What was seen, as an expectation: the same kind of end, and of an answer its subject and its articles."""
    expect: dict[str, Any] = {"outcome": [trial.outcome] if trial.outcome not in NOT_ANSWERED else NOT_ANSWERED}
    if trial.outcome == Outcome.ANSWER and trial.category:
        expect |= {"category": trial.category, "cites": trial.sources[:1]}
    return {"id": f"tried-{trial.pk}", "turns": [trial.text], "expect": expect, "tags": ["tried"]}


def _category(site: Site, trial: Trial) -> int | None:
    return Category.objects.filter(site=site, slug=trial.category).values_list("pk", flat=True).first()


def _same(text: str) -> str:
    return " ".join(text.casefold().split())
