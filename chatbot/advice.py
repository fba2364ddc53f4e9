"""What the assistant would say to a ticket of another help desk: decided as a customer's message is, told to nobody.

Law of the room: no conversation, message or turn comes of it. What is paused, withdrawn or not public is not advised,
and no tool is asked: nobody has proved who wrote the ticket, and a call would belong to no turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User

from chatbot.decide import bot
from chatbot.outcome import Cited, Decision
from conversations.outcomes import Outcome, Reason
from knowledge.face.retrieval import search
from release.judged import advice
from release.live import permits, snapshot
from release.live.permits import Permit
from release.live.snapshot import CategoryFacts
from release.models.judged import Advice
from sites.access.roles import require
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Role, Site


@dataclass(frozen=True, slots=True)
class Told:
    """What another help desk is told: the advice, where there is one, and how the message was understood."""

    reason: str
    category: str
    level: int
    given: Advice | None


@dataclass(frozen=True, slots=True)
class _WithoutTools:
    """The permits of a site now, with every tool paused."""

    now: permits.Now

    def __call__(self, category: str) -> Permit:
        """The permit of a category."""
        return replace(self.now(category), tools=False)

    def answering(self) -> tuple[CategoryFacts, ...]:
        """Those that answer customers now."""
        return self.now.answering()


def of(site: Site, *, ticket: str, text: str, locale: str, actor: User) -> Told:
    """Decide on a ticket and keep what would have been said. Raises Refused where no release is live, NotAllowed."""
    require(actor, site, Role.AGENT)
    live = snapshot.live(site.pk)
    if live is None:
        raise Refused("No release is live. Take one live: its categories begin at level 1, where no customer meets it.")
    question = bot.Question(text=text, locale=locale or site.locale)
    decision = bot.decide(question, live, _WithoutTools(permits.Now(site.pk, live)))
    held = decision.draft or (decision if decision.outcome is Outcome.ANSWER else None)
    category, level = decision.category or "", permits.of(site.pk, decision.category, live).level
    with kept.writing(site.pk) as head:
        if held is None or decision.category_id is None or not _citable(site.pk, category, held.citations):
            reason = Reason.NOT_GROUNDED if held is not None else decision.reason
            return Told(reason, category, level, None)
        cited = [_cited(each) for each in held.citations]
        given = advice.keep(
            site, decision.category_id, ticket=ticket, question=text, text=held.text, citations=cited,
            release=live.fingerprint, actor=actor, head=head,
        )  # fmt: skip
    return Told(_why(decision), category, level, given)


def _why(decision: Decision) -> Reason:
    return Reason.ANSWERED if decision.draft else decision.reason


def _citable(site_id: int, category: str, citations: Sequence[Cited]) -> bool:
    """Whether all of it may be quoted at this moment, to anybody; inside the transaction that keeps it."""
    passages = {each.passage_id for each in citations if each.passage_id is not None}
    if not passages or permits.of(site_id, category).paused:
        return False
    return passages <= set(search.citable(site_id, category, frozenset({"public"}), list(passages)))


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "n": cited.n, "title": cited.title, "quote": cited.quote, "url": cited.url,
        "updated": cited.updated.isoformat(),
    }  # fmt: skip
