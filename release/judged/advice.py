"""Advice to another help desk: what the assistant would say to a ticket there, and what its agent made of it.

Law of the room: nothing here reaches a customer or looks like a conversation of one. It is evidence on a category at
level 1, once for each ticket and release, and is decided once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from knowledge.models import Category
from release.models.judged import Advice
from sites.access.roles import require
from sites.core import kept, ledger
from sites.core.refusal import Refused
from sites.models import LedgerHead, Role, Site

DECIDED = (Advice.State.ACCEPTED, Advice.State.EDITED, Advice.State.REJECTED)


def keep(
    site: Site, category_id: int, *, ticket: str, question: str, text: str, citations: Sequence[Mapping[str, Any]],
    release: str, actor: User, head: LedgerHead,
) -> Advice:  # fmt: skip
    """Keep what would have been said, inside the caller's transaction; asked again for the same ticket it is the same.

    `ticket`: the other desk's own id; `question`: the customer's words. Of both only a digest is kept.
    """
    same = {"ticket": ledger.digest(ticket), "question": ledger.digest(question), "release": release}
    known = Advice.objects.filter(site=site, **same).first()
    if known is not None:
        return known
    made = Advice.objects.create(
        site=site, category_id=category_id, text=text, citations=list(citations), asked_by=actor.get_username(),
        asked_at=timezone.now(), **same,
    )  # fmt: skip
    facts = {"actor": made.asked_by, "advice": str(made.pk), "question": made.question, "text": ledger.digest(text)}
    kept.append(site.pk, "advice.given", facts, made, head=head)
    return made


def decide(advice: Advice, state: str, *, actor: User, why: str = "") -> Advice:
    """Note what became of it; the same word again changes nothing. Raises Refused, NotAllowed."""
    if state not in DECIDED:
        raise Refused(f"Say that it was {', '.join(DECIDED[:-1])} or {DECIDED[-1]}.")
    if state == Advice.State.REJECTED and why not in Advice.Why.values:
        raise Refused(f"Say why it was rejected: {', '.join(Advice.Why.values)}.")
    with kept.writing(advice.site_id) as head:
        require(actor, advice.site_id, Role.AGENT)
        by, reason = actor.get_username(), why if state == Advice.State.REJECTED else ""
        waiting = Advice.objects.filter(pk=advice.pk, state=Advice.State.WAITING)
        moved = waiting.update(state=state, why=reason, decided_by=by, decided_at=timezone.now())
        advice.refresh_from_db()
        if moved:
            facts = {"actor": by, "advice": str(advice.pk), "state": state, "why": reason}
            kept.append(advice.site_id, "advice.decided", facts, advice, head=head)
        elif advice.state != state:
            raise Refused(f"This advice was {advice.state} before, by {advice.decided_by}.")
    return advice


def counts(category: Category) -> dict[str, int]:
    """{"accepted", "edited", "rejected"} of a category; of one ticket the latest decision counts."""
    decided = Advice.objects.filter(category=category, state__in=DECIDED).order_by("decided_at")
    last = dict(decided.values_list("ticket", "state"))
    found = Counter(last.values())
    return {str(state): found[state] for state in DECIDED}
