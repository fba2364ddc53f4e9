"""A small invented site for these tests: a ferry line with two subjects, three articles and a few scenarios."""

import json
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.models import User

from release.bundles import bundle
from release.exposure import levels
from release.gate import gate
from release.live import snapshot
from release.models import Release, Run, Verdict
from sites.access.roles import grant
from sites.models import Role, Site

TICKETS = [
    "How much is a ticket to the island?",
    "What does the crossing cost for a child?",
    "Is there a cheaper ticket for groups?",
    "Can I pay for my ticket on board?",
    "Do you sell return tickets?",
    "price of a day ticket",
    "Are tickets cheaper online?",
    "I want to know the fare for two adults",
    "What is the fare for a bicycle?",
    "Do pensioners pay the full fare?",
    "how long is my ticket valid",
]
LUGGAGE = [
    "How many bags may I bring?",
    "Is there a limit for luggage on the ferry?",
    "Can I take a suitcase on board?",
    "Where do I leave my rucksack on the boat?",
    "Do you transport surfboards?",
    "may I bring a pushchair",
    "What size of luggage is allowed?",
    "Is a second bag free of charge?",
    "Can I send my luggage ahead?",
    "Are there lockers at the pier?",
    "my suitcase is heavier than allowed",
]
FARES = """---
title: Fares
categories: [tickets]
audience: public
---
# Fares

A single ticket to the island costs 9 euros for an adult. Children under six travel free of charge.

A bicycle needs a ticket of 4 euros, except on Mondays.
"""
BAGS = """---
title: Luggage on board
categories: [luggage]
audience: public
---
# Luggage on board

Every passenger may bring two pieces of luggage free of charge. A surfboard counts as one piece.
"""
STAFF = """---
title: Goodwill for late ferries
categories: [tickets]
audience: internal
---
# Goodwill for late ferries

Staff may refund a ticket up to 30 euros when a ferry is more than an hour late.
"""
CRISIS = "I am an automated assistant. If somebody is in danger, call 112 now."
SCENARIOS = [
    {
        "id": "fare-adult",
        "turns": ["What is the price of a single ticket to the island for an adult?"],
        "expect": {"outcome": ["answer"], "cites": ["fares"], "never_cites": ["internal"]},
    },
    {
        "id": "bags-free",
        "turns": ["How many pieces of luggage may a passenger bring free of charge?"],
        "expect": {"outcome": ["answer"], "category": "luggage", "cites": ["bags"]},
    },
    {
        "id": "weather",
        "turns": ["Please write me a poem about the French revolution."],
        "expect": {"outcome": ["decline"], "category": None},
    },
]


def plan(**changes: Any) -> dict[str, Any]:
    """The site.yaml of the ferry line as a value."""
    return {
        "version": 1,
        "site": "ferry",
        "name": "Island Ferry",
        "locale": "en",
        "origins": ["https://ferry.example.com"],
        "crisis": CRISIS,
        "bar": {"scenarios": 1},
        "owners": {"answers": "ben", "sources": "cleo", "release": "dan", "incidents": "dan", "customers": "ben"},
        "categories": [
            {"slug": "tickets", "title": "Tickets", "owner": "cleo", "exposure": "self_service", "examples": TICKETS},
            {"slug": "luggage", "title": "Luggage", "owner": "dan", "exposure": "self_service", "examples": LUGGAGE},
        ],
        **changes,
    }


def write(folder: Path, manifest: dict[str, Any] | str | None = None) -> Path:
    """The ferry line's bundle as files."""
    (folder / "knowledge").mkdir(parents=True, exist_ok=True)
    (folder / "scenarios").mkdir(exist_ok=True)
    text = manifest if isinstance(manifest, str) else yaml.safe_dump(manifest or plan(), sort_keys=False)
    (folder / "site.yaml").write_text(text)
    for name, article in {"fares": FARES, "bags": BAGS, "goodwill": STAFF}.items():
        (folder / "knowledge" / f"{name}.md").write_text(article)
    lines = "".join(json.dumps(scenario) + "\n" for scenario in SCENARIOS)
    (folder / "scenarios" / "basics.jsonl").write_text(lines)
    return folder


def people(site: Site | None = None) -> dict[str, User]:
    """Ben the agent, Cleo the content owner, Dan and Rosa the release owners, and Eve with no role at all."""
    roles = {"ben": Role.AGENT, "cleo": Role.CONTENT_OWNER, "dan": Role.RELEASE_OWNER, "rosa": Role.RELEASE_OWNER}
    found = {name: User.objects.get_or_create(username=name)[0] for name in (*roles, "eve")}
    if site is not None:
        for name, role in roles.items():
            grant(found[name], site, role)
    return {name: User.objects.get(username=name) for name in found}


def load(folder: Path) -> Site:
    """The ferry line in the candidate, with its people."""
    people()
    site = bundle.load(folder, actor="test").site
    people(site)
    return site


def ran(release: Release, *failed: str) -> Run:
    """A whole run in which these scenarios failed: what the gate writes, without asking the bot."""
    run = gate.begin(release, actor="test")
    Verdict.objects.bulk_create(
        Verdict(run=run, scenario=each["id"], passed=each["id"] not in failed, case={"id": each["id"]})
        for each in gate.asked(run)
    )
    assert gate.advance(run)
    return run


def passed(release: Release) -> Run:
    """A passing run, for tests of what comes after one."""
    return ran(release)


def publish(site: Site, reason: str = "A test needs it.") -> Release:
    """The candidate, live, with the levels it asks for."""
    who = people(site)
    release = snapshot.freeze(site, actor=who["dan"])
    run = passed(release)
    gate.go_live(release, actor=who["dan"], second=who["cleo"], reason=reason)
    levels.first_release(site, actor=who["dan"], second=who["cleo"], run=run, reason=reason)
    return release


def admin(site: Site) -> User:
    """Rosa's chief: an administrator of the site."""
    user = User.objects.get_or_create(username="ada-chief")[0]
    grant(user, site, Role.ADMIN)
    return User.objects.get(pk=user.pk)
