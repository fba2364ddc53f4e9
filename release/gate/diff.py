"""What changed between two snapshots, for people to read: what weakens the gate first, then the rest."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from knowledge.face.editing import diff as worded
from knowledge.models import Revision
from release.core.bars import NOWHERE
from release.live.snapshot import UNSAID, Snapshot
from release.models import Rules
from sites.choices import signals
from sites.choices.routes import First, Route
from sites.choices.signals import KINDS
from sites.models import Strictness
from tools.chat import USES, Mode

Rows = Mapping[str, Any]
GONE = "removed"
AROUND = 90  # characters of unchanged text around a changed word: about a sentence


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `weakens`: it takes evidence away or asks for more exposure, so it is shown first.

    `words`: of an article's text, the stretches that differ, with a little of what stands around them.
    """

    what: str
    name: str
    before: str
    after: str
    weakens: bool = False
    words: tuple[worded.Change, ...] = ()


def diff(before: Snapshot | None, after: Snapshot) -> list[Change]:
    """Every difference from one snapshot (None: nothing was live) to another, the weakening ones first."""
    old = before.body if before else {}
    changes = [
        *_scenarios(old, after.body),
        *_categories(old, after.body),
        *_revisions(old, after.body),
        *_strictness(old, after.body),
        *_routes(old, after.body),
        *_signals(old, after.body),
        *_words("synonyms", "", _groups(old), _groups(after.body)),
        *(_rules(before, after) if before else ()),
        *_fields("site", old.get("site", {}), after.body["site"]),
        *_fields("wording", old.get("wording", {}), after.body["wording"]),
        *_fields("contact", old.get("contact", {}), after.body["contact"]),
        *_models(old, after.body),
        *_fields("build", old.get("build", {}), after.body["build"]),
        *_fields("text", _texts(old), _texts(after.body)),
        *_words("site-wide counterexample", "", old.get("counterexamples", []), after.body["counterexamples"]),
    ]
    if before is None:  # nothing can be weaker than nothing
        return [replace(change, weakens=False) for change in changes]
    return sorted(changes, key=_weight)


def _weight(change: Change) -> int:
    """What comes first: scenarios that are gone, a looser gate, changed scenarios, then all else that weakens."""
    if not change.weakens:
        return 4
    if change.what == "scenario" and change.after == GONE:
        return 0
    return {"gate": 1, "scenario": 2}.get(change.what, 3)


def grouped(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """The changes by what they change, in the order in which each kind first stands; weakening ones apart."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault("Weakens the gate or asks for more" if change.weakens else change.what, []).append(change)
    return list(groups.items())


def _scenarios(old: Rows, new: Rows) -> Iterator[Change]:
    earlier = {s["id"]: s for s in old.get("scenarios", [])}
    later = {s["id"]: s for s in new["scenarios"]}
    for name in earlier.keys() - later.keys():
        yield Change("scenario", name, _asks(earlier[name]), GONE, weakens=True)
    for name, body in later.items():
        if name not in earlier:
            yield Change("scenario", name, "", _asks(body))
        elif earlier[name] != body:
            yield Change("scenario", name, _asks(earlier[name]), _asks(body), weakens=True)


def _categories(old: Rows, new: Rows) -> Iterator[Change]:
    earlier = {c["slug"]: c for c in old.get("categories", [])}
    later = {c["slug"]: c for c in new["categories"]}
    for slug in earlier.keys() - later.keys():
        yield Change("category", slug, earlier[slug]["title"], GONE)
    for slug, facts in later.items():
        was = earlier.get(slug)
        if was is None:
            yield Change("category", slug, "", f"{facts['title']}, asks for level {facts['level']}", weakens=True)
            continue
        yield from _fields(f"category {slug}", _plain(was), _plain(facts))
        yield from _words("example", slug, was["examples"], facts["examples"])
        yield from _words("counterexample", slug, was["counterexamples"], facts["counterexamples"])


def _revisions(old: Rows, new: Rows) -> Iterator[Change]:
    earlier = {r["source"]: r for r in old.get("revisions", [])}
    later = {r["source"]: r for r in new["revisions"]}
    for source in earlier.keys() - later.keys():
        yield Change("article", source, _place(earlier[source]), GONE)
    for source, facts in later.items():
        was = earlier.get(source)
        if was is None:
            yield Change("article", source, "", _place(facts))
            continue
        yield from _words("question", source, was.get("questions", []), facts.get("questions", []))
        if was["digest"] != facts["digest"] and (words := _words_of(was["id"], facts["id"])):
            yield Change("article", source, "earlier text", "new text", words=words)
        if _place(was) != _place(facts):
            yield Change("article", source, _place(was), _place(facts))


def _words_of(before: int, after: int) -> tuple[worded.Change, ...]:
    """What changed in a text; nothing where title and text are the same, and only the questions are not."""
    rows = Revision.objects.filter(pk__in=[before, after]).values_list("pk", "title", "text")
    said = {pk: (title, text) for pk, title, text in rows}
    (was, old), (now, new) = said.get(before, ("", "")), said.get(after, ("", ""))
    return () if (was, old) == (now, new) else tuple(worded.folded(worded.words(old, new), keep=AROUND))


def _strictness(old: Rows, new: Rows) -> Iterator[Change]:
    """A looser gate weakens; a release frozen before there was a choice had the strictness of all."""
    names = {value: str(label) for value, label in Strictness.choices}
    before, after = old.get("strictness", UNSAID if old else None), new.get("strictness", UNSAID)
    if before != after:
        was = names.get(before, str(before)) if before else ""
        yield Change("gate", "strictness", was, names.get(after, str(after)), weakens=bool(before and after < before))


def _routes(old: Rows, new: Rows) -> Iterator[Change]:
    """Who has the first word; an article instead of a person weakens."""
    before, after = ({**dict.fromkeys(Route, First.ARTICLE), **body.get("routes", {})} for body in (old, new))
    for route in Route:
        if before[route] != after[route]:
            weakens = after[route] != First.PERSON
            yield Change("route", route.value, str(before[route]), str(after[route]), weakens=weakens)


def _signals(old: Rows, new: Rows) -> Iterator[Change]:
    """The site's own signals; one that goes away weakens."""
    before, after = (set(signals.texts(signals.of(body.get("signals", [])))) for body in (old, new))
    for need, sign, text in sorted(before - after):
        yield Change("signal", need, f"{KINDS[sign][:-1]} “{text}”", GONE, weakens=True)
    for need, sign, text in sorted(after - before):
        yield Change("signal", need, "", f"{KINDS[sign][:-1]} “{text}”")


def _models(old: Rows, new: Rows) -> Iterator[Change]:
    """What models are asked, by the site and by each category; a use that begins to be heard weakens."""
    before, after = (body.get("models", {}) for body in (old, new))
    places = [("models", before.get("site", {}), after.get("site", {}))]
    own, now = before.get("categories", {}), after.get("categories", {})
    places += [(f"models of {slug}", own.get(slug, {}), now.get(slug, {})) for slug in sorted(own.keys() | now.keys())]
    for what, was, is_ in places:
        for change in _fields(what, was, is_):
            yield replace(change, weakens=change.after == Mode.ON and change.name in USES)


def _rules(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Bars that moved, a new category's against the site's earlier one; and who takes a change of content live."""
    for slug, now in sorted(after.bars.items()):
        was, new = before.bars.get(slug, before.bars[NOWHERE]), slug not in before.bars
        if was != now and (not new or now.below(was)):
            name = f"bar of {slug}" if slug else "bar of what is about no category"
            yield Change("gate", name, "" if new else str(was), str(now), weakens=now.below(was))
    if before.content != after.content:
        was_, now_ = (str(Rules.Content(value).label) for value in (before.content, after.content))
        weakens = after.content == Rules.Content.AUTOMATIC
        yield Change("gate", "a change of content alone", was_, now_, weakens=weakens)


def _fields(what: str, old: Rows, new: Rows) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            up = key == "level" and int(new.get(key, 0)) > int(old.get(key, 0))
            lowered = key == "risk" and new.get(key) == "low"
            yield Change(what, key, _short(old.get(key, "")), _short(new.get(key, "")), weakens=up or lowered)


def _words(what: str, slug: str, old: list[str], new: list[str]) -> Iterator[Change]:
    for text in sorted(set(old) - set(new)):
        yield Change(what, slug, text, GONE, weakens=what.endswith("counterexample"))
    for text in sorted(set(new) - set(old)):
        yield Change(what, slug, "", text)


def _groups(body: Rows) -> list[str]:
    return [", ".join(group) for group in body.get("synonyms", [])]


def _plain(category: Rows) -> Rows:
    return {key: value for key, value in category.items() if not isinstance(value, list)}


def _texts(body: Rows) -> Rows:
    return {key: body.get(key, "") for key in ("crisis", "disclosure")}


def _place(revision: Rows) -> str:
    return f"{', '.join(revision['categories']) or 'no category'} · {revision['audience']}"


def _asks(scenario: Rows) -> str:
    """A scenario in a line: its last message, then what is expected of it."""
    expect = "; ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in scenario.get("expect", {}).items()
    )
    return f"“{scenario['turns'][-1]}” expects {expect or 'nothing'}"


def _short(value: Any, longest: int = 200) -> str:
    text = str(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
