"""What a category may do now, read when it is asked and never remembered. It reads; `release.exposure.levels` moves.

Fails closed: what no live release holds, or one that was evaluated on another build, is at level 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from conversations.outcomes import Outcome
from knowledge.models import Level
from release.live import snapshot
from release.live.snapshot import CategoryFacts, Snapshot
from release.models import KillSwitch
from release.models.offered import Offer
from sites.core import sql

_SWITCHES = """
    SELECT k.what, k.tool FROM release_killswitch k LEFT JOIN knowledge_category c ON c.id = k.category_id
    WHERE k.lifted_at IS NULL AND (k.site_id IS NULL OR k.site_id = %s)
      AND (k.category_id IS NULL OR (c.slug = %s AND c.site_id = %s))
"""
_EARNED = """
    SELECT e.level FROM release_exposure e JOIN knowledge_category c ON c.id = e.category_id
    WHERE c.site_id = %s AND c.slug = %s
"""
_LEVELS = """
    SELECT c.slug, e.level FROM release_exposure e JOIN knowledge_category c ON c.id = e.category_id
    WHERE c.site_id = %s
"""
_ANSWERING = """
    SELECT c.slug FROM release_exposure e JOIN knowledge_category c ON c.id = e.category_id
    WHERE c.site_id = %s AND e.level = %s AND NOT EXISTS (
      SELECT 1 FROM release_killswitch k
      WHERE k.lifted_at IS NULL AND k.what = %s AND (k.site_id IS NULL OR k.site_id = c.site_id)
        AND (k.category_id IS NULL OR k.category_id = c.id))
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """What a category may do now: its level (1-3), whether it is paused, may use the model and the tools.

    `stopped`: the names of single tools that a switch stops.
    """

    level: int = Level.INTERNAL
    paused: bool = False
    model: bool = True
    tools: bool = True
    stopped: Sequence[str] = ()

    @property
    def tools_paused(self) -> bool:
        """Whether a switch stops the tools."""
        return not self.tools

    def pauses(self, tool: str) -> bool:
        """Whether a switch stops a tool: it alone, or all of them."""
        return not self.tools or tool in self.stopped


class Permits(Protocol):
    """What may be asked of a site's exposure during one turn."""

    def __call__(self, category: str) -> Permit:
        """The permit of a category by its slug; empty: of the site."""

    def answering(self) -> tuple[CategoryFacts, ...]:
        """The subjects in which customers get answers from articles now: all that may be offered to anybody.

        Their `examples` are those that may be suggested: one that was checked (`checked`), or none.
        """


@dataclass(frozen=True, slots=True)
class Now:
    """The permits of a site as they are when they are asked. `live`: the live snapshot, where it was just read."""

    site_id: int
    live: Snapshot | None = None

    def __call__(self, category: str) -> Permit:
        """The permit of a category by its slug; empty: of the site."""
        return of(self.site_id, category, self.live)

    def answering(self) -> tuple[CategoryFacts, ...]:
        """Those at level 3, by what was earned and what the live release asks for, that no switch pauses."""
        live = self.live or snapshot.live(self.site_id)
        if live is None or not _holds(live, self.site_id):
            return ()
        rows = sql.rows(_ANSWERING, self.site_id, Level.SELF_SERVICE, KillSwitch.What.ALL)
        earned = {slug for (slug,) in rows}
        found = [
            each
            for each in live.categories
            if each.route == "answer" and each.slug in earned and live.ceiling(each.slug) == Level.SELF_SERVICE
        ]
        return _suggesting(found, checked(live))


@dataclass(frozen=True, slots=True)
class AsAsked:
    """The permits as if every category had the level it asks for and nothing were paused: for evaluations."""

    frozen: Snapshot

    def __call__(self, category: str) -> Permit:
        """The permit of a category by its slug; level 1 for what the snapshot does not hold."""
        facts = self.frozen.by_slug.get(category)
        return Permit(level=facts.level if facts else Level.INTERNAL)

    def answering(self) -> tuple[CategoryFacts, ...]:
        """Those that ask for level 3; before anything of the snapshot was checked, with their first examples."""
        found = [each for each in self.frozen.categories if each.route == "answer" and each.level == Level.SELF_SERVICE]
        asked = Offer.objects.filter(site=self.frozen.site_id, fingerprint=self.frozen.fingerprint)
        return _suggesting(found, checked(self.frozen)) if asked.exists() else tuple(found)


def of(site_id: int, category: str | None, live: Snapshot | None = None) -> Permit:
    """The permit of one category (by slug; empty: of the site), read now.

    `live` is the live snapshot where the caller has just read it; without it, it is read too.
    """
    held = sql.rows(_SWITCHES, site_id, category or "", site_id)
    switches = {what for what, tool in held if not tool}
    What = KillSwitch.What
    return Permit(
        level=_level(site_id, category, live) if category else Level.INTERNAL,
        paused=What.ALL in switches,
        model=What.MODEL not in switches,
        tools=What.TOOLS not in switches,
        stopped=tuple(sorted({tool for _, tool in held if tool})),
    )


def levels(site_id: int) -> dict[str, int]:
    """The level of each category of the live release, as customers have it now, pauses apart."""
    live = snapshot.live(site_id)
    if live is None:
        return {}
    earned = dict(sql.rows(_LEVELS, site_id)) if _holds(live, site_id) else {}
    return {slug: min(earned.get(slug, Level.INTERNAL), live.ceiling(slug)) for slug in live.by_slug}


def tools_paused(site_id: int, tool: str) -> bool:
    """Whether a switch stops a tool of a site, all its tools, or all of it, now."""
    permit = of(site_id, "")
    return permit.paused or permit.pauses(tool)


def checked(frozen: Snapshot) -> dict[str, str]:
    """Category → its first example that this very snapshot answered as it should, and nobody marked wrong.

    A question that is written out as one comes before a few words: people read it on a button.
    """
    asked = Offer.objects.filter(site=frozen.site_id, fingerprint=frozen.fingerprint, kind=Offer.Kind.EXAMPLE)
    answered = asked.filter(outcome=Outcome.ANSWER).exclude(mark=Offer.Mark.WRONG)
    fine = answered.filter(Q(sound=True) | Q(mark=Offer.Mark.RIGHT)).order_by()
    written_out = Min("pk", filter=Q(text__endswith="?"))
    first = fine.values("about").annotate(first=Coalesce(written_out, Min("pk"))).values("first")
    return dict(Offer.objects.filter(pk__in=first).values_list("about", "text"))


def suggestions(site_id: int, limit: int = 4) -> list[str]:
    """Questions a visitor may start with: a checked example of each of the first categories that answer now."""
    return [each.examples[0] for each in Now(site_id).answering() if each.examples][:limit]


def _suggesting(found: Sequence[CategoryFacts], fine: Mapping[str, str]) -> tuple[CategoryFacts, ...]:
    """The subjects with what may be suggested of them."""
    return tuple(replace(each, examples=(fine[each.slug],) if each.slug in fine else ()) for each in found)


def _level(site_id: int, category: str, live: Snapshot | None) -> int:
    """What was earned, as far as the live release asks for it and this build was evaluated with it."""
    live = live or snapshot.live(site_id)
    if live is None or not _holds(live, site_id) or category not in live.by_slug:
        return Level.INTERNAL
    earned = sql.row(_EARNED, site_id, category)
    return min(earned[0] if earned else Level.INTERNAL, live.ceiling(category))


def _holds(live: Snapshot, site_id: int) -> bool:
    """Whether a snapshot is this site's and was evaluated on the running build."""
    return live.site_id == site_id and live.matches_build
