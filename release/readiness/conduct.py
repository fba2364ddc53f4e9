"""What happens when it is not enough: people, the record, the way back, who answers for it, what is said openly."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from conversations.wording import Spoken
from release.core import people
from release.gate import gate
from release.live import pauses, snapshot
from release.models import ExposureMove, Incident, Release
from release.models.proofs import Drill
from release.readiness.look import FRESH, Fact, Look, holders, names
from sites.choices import crisis, hours, patience
from sites.core import ledger
from sites.models import LedgerEntry, LedgerHead, Role

CHECKED = 2_000
"""The newest entries of the chain that a look verifies; `verify_audit` reads them all."""

LABELS = {
    "handoff": "To a person at once",
    "draft": "After an agent's yes",
    "decline": "Declined, with the way to a person",
}


# ── Escalation ────────────────────────────────────────────────────────────────────────────────────────────────────


def escalation(look: Look) -> Iterator[Fact]:
    """What goes to a person, what is declined, and whether somebody is there."""
    by_outcome: dict[str, list[str]] = {}
    for reason, outcome in look.bot["outcomes"].items():
        by_outcome.setdefault(outcome, []).append(reason.replace("_", " "))
    for outcome, label in LABELS.items():
        yield Fact(label, ", ".join(by_outcome.get(outcome, ())) or "nothing")
    yield Fact("Urgent", ", ".join(look.bot["urgent"]))
    people_only = [c.title for c in look.categories if c.route == "human"]
    yield Fact("Categories that always go to a person", ", ".join(people_only) or "none")
    yield from _crisis(look)
    waits = patience.parse(look.site.patience or {})
    yield Fact(
        "When nobody takes it",
        f"the desk is told after {_minutes(waits.notify)}, everybody after {_minutes(waits.widen)}; "
        f"a call back is promised after {_minutes(waits.call_back)}",
    )


def _crisis(look: Look) -> Iterator[Fact]:
    """What somebody in danger is told, and who confirmed it for each country; a confirmation moves no statement."""
    text = look.live.crisis if look.live else look.site.crisis
    yield Fact("Words in a crisis", text or "none", "" if text else "Somebody in danger gets a general line only.")
    served = ", ".join(look.site.countries)
    unnamed = "No country is named, so nobody can say whether the numbers are right." if not served else ""
    yield Fact("Words in a crisis are for", served or "no country", unnamed)
    for each in crisis.standings(look.site, text, look.now):
        when = f"confirmed by {each.by}, {each.at:%d %b %Y}" if each.at else "not confirmed"
        yield Fact(f"Words in a crisis, {each.name}", when, each.lacks, False)


# ── Audit ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def audit(look: Look) -> Iterator[Fact]:
    """Whether the record's chain holds, and who reads it."""
    head = LedgerHead.objects.filter(site=look.site).first()
    breaks = list(ledger.verify(look.site, newest=CHECKED))
    told = f"{head.number} entries, head {head.digest[:16]}" if head else "empty"
    broken = f"Broken at entry {breaks[0].number}: it {breaks[0].why}." if breaks else ""
    yield Fact("Chain", f"{told}; the newest {CHECKED} were checked just now", broken, False)
    auditors = names(holders(look.site, Role.AUDITOR))
    yield Fact("Auditors", auditors or "nobody", "" if auditors else "Nobody is there to read it.")
    read = LedgerEntry.objects.filter(site=look.site, kind="read").order_by("-number").first()
    last = json.loads(read.body) if read else {}
    yield Fact("Last reading of a conversation", f"{last['at'][:16]} by {last['actor']}" if last else "none", "", False)


# ── Rollback ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rollback(look: Look) -> Iterator[Fact]:
    """Where the way back leads, how fast it was when last tried, and who may take it."""
    back = gate.previous(look.site)
    yield Fact("Back to", f"release {back.number}" if back else "nothing", _no_way(back), False)
    yield _drill(look)
    may_pause = [holders(look.site, role) for role in (*pauses.MAY_PAUSE, Role.ADMIN)]
    yield Fact("May stop it", names({name for names in may_pause for name in names}) or "nobody")
    may_back = {*holders(look.site, Role.RELEASE_OWNER), *holders(look.site, Role.ADMIN)}
    yield Fact("May roll back", names(may_back) or "nobody", "" if may_back else "Nobody could.")
    paused = [pauses.reach(switch) for switch in pauses.engaged(look.site.pk)]
    yield Fact("Paused now", ", ".join(paused) or "nothing", "", False)
    unresolved = Incident.objects.filter(site=look.site).exclude(state=Incident.State.RESOLVED)
    severe = [str(each) for each in unresolved.filter(severity=Incident.Severity.SEVERE)]
    stands = f"Severe and not resolved: {', '.join(severe)}." if severe else ""
    yield Fact("Incidents that are not resolved", str(unresolved.count()), stands, False)


def _no_way(back: Release | None) -> str:
    if back is None:
        return "There is no earlier release; the pause is the only stop."
    whole = snapshot.published(back.pk, back.fingerprint)
    if whole is None or not whole.matches_build:
        return "It was evaluated on another build: it must pass the gate on this one first."
    return ""


def _drill(look: Look) -> Fact:
    drill = Drill.objects.filter(site=look.site).first()
    if drill is None:
        return Fact("Last drill", "none", "The way back was never tried (manage.py drill).", False)
    told = f"{drill.at:%d %b %Y} by {drill.actor}: a pause was seen after {drill.paused:.2f} s, "
    told += "rollback not rehearsed" if drill.rolled_back is None else f"rollback took {drill.rolled_back:.2f} s"
    old = drill.at < look.now - FRESH
    lacks = "It is too long ago." if old else "" if drill.rolled_back is not None else "The rollback was not rehearsed."
    return Fact("Last drill", told, lacks, False)


# ── Owners ────────────────────────────────────────────────────────────────────────────────────────────────────────


def owners(look: Look) -> Iterator[Fact]:
    """Who answers for what, and whether they are still there."""
    named = {**people.DUTIES, **people.SIGNERS, people.DEPUTY: "standing in for who is gone"}
    holders = {duty: str(look.site.owners.get(duty, "")) for duty in named}
    gone = people.unknown(holders.values())
    for duty, what in named.items():
        yield Fact(what.capitalize(), holders[duty] or "nobody", _lack(holders[duty], gone, duty != people.DEPUTY))
    yield from _alone(look)
    mine: dict[str, list[str]] = {}
    for category in look.categories:
        mine.setdefault(category.owner, []).append(category.title)
    lost = people.unknown(mine)
    for owner, titles in sorted(mine.items()):
        yield Fact(f"Categories of {owner or 'nobody'}", ", ".join(titles), _lack(owner, lost, True))


def _alone(look: Look) -> Iterator[Fact]:
    """What one person did alone of what takes two: red for as long as it counts."""
    if look.site.alone:
        yield Fact("A team of one", "yes", "One person may do both halves of what takes two.")
    if look.release is not None and look.release.seconded_by == people.ALONE:
        yield Fact("Second person of the live release", people.ALONE, f"{look.release.live_by} took it live alone.")
    moves = ExposureMove.objects.filter(category__site=look.site, category__retired=False)
    last = {move.category_id: move for move in moves.select_related("category").order_by("id")}
    for move in last.values():
        if move.second == people.ALONE:
            yield Fact(f"Who opened {move.category}", move.actor, "Nobody else confirmed it.")


def _lack(owner: str, gone: Iterable[str], needed: bool) -> str:
    if owner in gone:
        return f"{owner} has no active account."
    return "Nobody is named." if needed and not owner else ""


# ── Disclosure ────────────────────────────────────────────────────────────────────────────────────────────────────


def honesty(look: Look) -> Iterator[Fact]:
    """What customers are told they talk to, and how they reach a person."""
    spoken = Spoken.of(look.site)
    said = spoken.disclosure
    yield Fact("Said before the first message", said["text"])
    yield Fact("Version", said["version"])
    yield Fact("The way to a person", "a button before the first message, during an answer and while paused; in words")
    there = hours.availability(look.site, look.now)
    yield Fact("At the desk now", "yes" if there.open else "no; a contact is taken", "", False)
    contact = ", ".join(there.contact.values())
    yield Fact("When nobody is there", contact or "no contact", "" if contact else "Customers are given no other way.")
    lacks = f"{len(spoken.untranslated)} of {len(spoken.lines)} lines of fixed wording are in English."
    yield Fact("Language", look.site.locale, lacks if spoken.untranslated else "")


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.0f} minutes"
