"""The bars of a site's candidate: who may move them, and whether what the gate saw last would hold against them.

Only the candidate changes. A bar is frozen with the next release, stands in its diff, and counts once two people took
it live. The classes in which nothing may fail (`bars.CLASSES`) are code, and no bar reaches them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction

from release.core.bars import CLASSES, LOWEST, NOWHERE, STANDARD, Bar, Line, about
from release.core.manifest import MOST
from release.core.people import Actor, allow, name, reasoned
from release.gate import gate
from release.live import snapshot
from release.models import Rules, Run
from sites.core import ledger
from sites.core.refusal import Refused
from sites.models import Role, Site

MAY_CHOOSE = (Role.RELEASE_OWNER,)
BOUNDS: Mapping[str, tuple[int, int]] = {"percent": (LOWEST, 100), "scenarios": (1, MOST)}
NAMES = {"percent": "share that must pass", "scenarios": "least number of scenarios"}
OWN, SITE, COMMON = "own", "the site's", "the standard"


@dataclass(frozen=True, slots=True)
class Demand:
    """The bar of one category (`slug` NOWHERE: the site's own), and the last run held against it.

    `own`: what is written for it; `origins`: of each part of the bar, where it comes from; `scenarios`: how many the
    candidate has; `served`: the assistant answers it, so too few scenarios keep it from level 3.
    """

    slug: str
    title: str
    own: Mapping[str, int]
    origins: Mapping[str, str]
    scenarios: int
    served: bool
    line: Line

    @property
    def bar(self) -> Bar:
        """What counts."""
        return self.line.bar or STANDARD


@dataclass(frozen=True, slots=True)
class Demands:
    """All that a site's candidate must show; `run` is the last that asked everything, None: there was none."""

    site: Demand
    categories: Sequence[Demand]
    classes: Sequence[Line]
    run: Run | None


def of(site: Site) -> Demands:
    """The bars of the candidate, and what the last whole run of the gate reached."""
    frozen, rules = snapshot.candidate(site), _rules(site)
    asked = Counter(slug for each in frozen.scenarios for slug in about(each, frozen.sources) or (NOWHERE,))
    run = Run.objects.filter(release__site=site, base=None, finished_at__isnull=False).first()
    seen = gate.tally(run) if run else None
    lines = {line.name: line for line in seen.categories} if seen else {}

    def demand(slug: str, title: str, served: bool = False) -> Demand:
        own = dict(rules.bars.get(slug, {}) if slug else rules.bar)
        line = replace(lines.get(slug, Line(slug, 0, 0)), bar=frozen.bars[slug])
        return Demand(slug, title, own, dict(_origins(rules, slug)), asked[slug], served, line)

    return Demands(
        demand(NOWHERE, ""),
        [demand(each.slug, each.title, each.route == "answer") for each in frozen.categories],
        seen.classes if seen else [Line(each, 0, 0) for each in CLASSES],
        run,
    )


def set_bar(site: Site, category: str, written: Mapping[str, Any], *, actor: Actor, reason: str) -> Bar:
    """Give a category of the candidate a bar, `category` NOWHERE: all that have none of their own.

    `written`: percent and scenarios as numbers or as typed; what is empty is the site's, else the standard. Returns
    what counts then. Raises NotAllowed, Refused.
    """
    allow(actor, site, *MAY_CHOOSE)
    slugs = list(site.categories.filter(retired=False).values_list("slug", flat=True))
    if category not in (*slugs, NOWHERE):
        raise Refused(f"There is no category “{category}”; choose one of {', '.join(slugs)}.")
    wanted = {key: number for key in BOUNDS if (number := _number(key, written.get(key))) is not None}
    facts = {"actor": name(actor), "reason": reasoned(reason), "category": category, "to": wanted}
    with transaction.atomic():
        head = ledger.hold(site.pk)
        rules, _ = Rules.objects.get_or_create(site=site)
        before = rules.bars.get(category, {}) if category else rules.bar
        if before == wanted:
            raise Refused("This is the bar already; nothing was changed.")
        own = {slug: bar for slug, bar in {**rules.bars, category: wanted}.items() if slug and bar}
        Rules.objects.filter(pk=rules.pk).update(**({"bars": own} if category else {"bar": wanted}))
        ledger.append(site.pk, "bar_set", {**facts, "from": before}, head=head)
    return Bar(**(asdict(STANDARD) | (rules.bar if category else {}) | wanted))


def _number(key: str, written: Any) -> int | None:
    """A part of a bar as a number; None where nothing is written. Raises Refused."""
    text = str("" if written is None else written).strip()
    if not text:
        return None
    least, most = BOUNDS[key]
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or not least <= int(text) <= most:
        raise Refused(
            f"The {NAMES[key]} is “{text[:40]}”; use a whole number from {least} to {most}, or leave it empty."
        )
    return int(text)


def _rules(site: Site) -> Rules:
    return Rules.objects.filter(site=site).first() or Rules(site=site)


def _origins(rules: Rules, slug: str) -> Iterator[tuple[str, str]]:
    for key in BOUNDS:
        if slug and key in rules.bars.get(slug, {}):
            yield key, OWN
        else:
            yield key, SITE if key in rules.bar else COMMON
