"""A candidate that changes nothing but articles runs what it touches and, where its site says so, goes live by itself.

Fails closed: the rule is the live release's own, so two people took it live; the live release was asked all of its
scenarios on this build; nothing differs but articles and scenarios that were added. Otherwise everything is asked, and
two people decide. What was not asked is asked right after, and what fails then lowers its categories (`watch`).
"""

from collections.abc import Iterator
from typing import Any

from release.core.bars import about, must_not_fail
from release.live import snapshot
from release.live.snapshot import Snapshot, canonical
from release.models import Release, Rules, Run

APART = frozenset({"revisions", "scenarios"})
PLACE = ("categories", "audience")


def base(release: Release, frozen: Snapshot) -> Release | None:
    """The live release that speaks for what a candidate leaves as it is; None: everything is to be asked."""
    live = snapshot.live_release(release.site_id).first()
    if live is None or live.pk == release.pk:
        return None
    before = snapshot.of(live)
    rests = before.content == Rules.Content.AUTOMATIC and before.matches_build
    whole = Run.objects.filter(release=live, passed=True, base=None, fingerprint=live.fingerprint)
    return live if rests and whole.exists() and touched(before, frozen) is not None else None


def touched(before: Snapshot, after: Snapshot) -> frozenset[str] | None:
    """The categories whose articles differ, if nothing but articles and added scenarios does; else None."""
    if _rest(before.body) != _rest(after.body):
        return None
    if {canonical(scenario) for scenario in before.scenarios} - {canonical(scenario) for scenario in after.scenarios}:
        return None
    earlier, later = _articles(before), _articles(after)
    both = earlier.keys() & later.keys()
    if any(earlier[slug][key] != later[slug][key] for slug in both for key in PLACE):
        return None
    differing = {slug for slug in both if earlier[slug]["digest"] != later[slug]["digest"]}
    differing |= earlier.keys() ^ later.keys()
    return frozenset(each for slug in differing for each in (later.get(slug) or earlier[slug])["categories"])


def asked(before: Snapshot, after: Snapshot) -> Iterator[dict[str, Any]]:
    """The scenarios a change of content touches: new ones, its categories', those of none, and what must not fail."""
    reach = touched(before, after) or frozenset()
    known = {canonical(scenario) for scenario in before.scenarios}
    for scenario in after.scenarios:
        categories = about(scenario, after.sources) | about(scenario, before.sources)
        if not categories or categories & reach or must_not_fail(scenario) or canonical(scenario) not in known:
            yield scenario


def _rest(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in APART}


def _articles(frozen: Snapshot) -> dict[str, dict[str, Any]]:
    return {facts["source"]: facts for facts in frozen.body["revisions"]}
