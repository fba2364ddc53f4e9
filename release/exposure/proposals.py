"""Moves that take two people, each in their own login: one proposes, the other confirms, and only then it is made.

The verbs of the gate and of exposure check everything again when it is confirmed; a proposal grants nothing.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from knowledge.models import Category
from release.core import people
from release.core.people import Actor, allow, name, reasoned
from release.exposure import levels
from release.gate import gate
from release.models import Proposal, Release, Run, Scenario
from release.scenarios import repeats
from sites.core import kept
from sites.core.refusal import Refused
from sites.models import Role, Site

MAY = (Role.RELEASE_OWNER, Role.CONTENT_OWNER)
Kind, State = Proposal.Kind, Proposal.State


def propose_go_live(release: Release, *, actor: User, reason: str) -> Proposal:
    """Ask for a second person to take a release live. Raises Refused, NotAllowed."""
    if release.state != Release.State.PASSED:
        raise Refused(f"Release {release.number} is {release.state}; only one that passed can go live.")
    return _propose(release.site, actor, reason, kind=Kind.GO_LIVE, release=release)


def propose_first_release(run: Run, *, actor: User, reason: str) -> Proposal:
    """Ask for a second person to raise a fresh site's categories on one passing run. Raises Refused, NotAllowed."""
    if not run.passed:
        raise Refused("The run has not passed.")
    return _propose(run.release.site, actor, reason, kind=Kind.FIRST_RELEASE, release=run.release, run=run)


def propose_opening(run: Run, *, actor: User, reason: str) -> Proposal:
    """Ask for a second person to take a release live and raise a fresh site's categories, in one confirmation.

    Raises Refused, NotAllowed.
    """
    if not run.passed or run.release.state != Release.State.PASSED:
        raise Refused(f"Release {run.release.number} is {run.release.state}; only one that passed can be opened.")
    return _propose(run.release.site, actor, reason, kind=Kind.OPENING, release=run.release, run=run)


def propose_raise(category: Category, *, actor: User, reason: str) -> Proposal:
    """Ask for a second person to raise a category one step. Raises Refused, NotAllowed."""
    return _propose(category.site, actor, reason, kind=Kind.RAISE, category=category)


def propose_scenario(site: Site, body: dict[str, Any], *, actor: Actor, reason: str) -> Proposal | None:
    """Ask for a person to add a scenario; None when the site has it or was asked before. Raises Refused, NotAllowed."""
    known = Scenario.objects.filter(site=site, slug=body["id"]).exists()
    asked = any(p.body.get("id") == body["id"] for p in Proposal.objects.filter(site=site, kind=Kind.SCENARIO))
    return None if known or asked else _propose(site, actor, reason, kind=Kind.SCENARIO, body=body)


def confirm(proposal: Proposal, *, actor: User) -> Proposal:
    """Make the move, as the second person. Raises Refused with what stands against it now, NotAllowed."""
    allow(actor, proposal.site, *MAY)
    first = User.objects.filter(username=proposal.proposed_by, is_active=True).first()
    if first is None and proposal.kind == Kind.SCENARIO:  # a command may propose one; adding needs only a person
        first = actor
    if first is None:
        raise Refused(f"{proposal.proposed_by}, who proposed this, has no active account any more.")
    with kept.writing(proposal.site_id):
        _decide(proposal, State.CONFIRMED, actor)
        _make(proposal, first, actor)
    proposal.refresh_from_db()
    return proposal


def decline(proposal: Proposal, *, actor: User) -> Proposal:
    """Put a proposal aside; the one who made it may too. Raises Refused, NotAllowed."""
    with kept.writing(proposal.site_id) as head:
        _decide(proposal, State.DECLINED, actor)
        facts = {"proposal": proposal.pk, "kind": proposal.kind, "actor": actor.get_username()}
        kept.append(proposal.site_id, "proposal_declined", facts, head=head)
    proposal.refresh_from_db()
    return proposal


def waiting(site: Site | None = None) -> QuerySet[Proposal]:
    """The open proposals, newest first."""
    proposals = Proposal.objects.filter(state=State.OPEN).select_related("site", "release", "category", "run")
    return proposals if site is None else proposals.filter(site=site)


def _propose(site: Site, actor: Actor, reason: str, **what: object) -> Proposal:
    allow(actor, site, *MAY)
    why = reasoned(reason)
    with kept.writing(site.pk) as head:
        known = Proposal.objects.filter(site=site, state=State.OPEN, **what).first()
        if known is not None:
            raise Refused(f"{known.proposed_by} has proposed this already; it waits for a second person.")
        made = Proposal.objects.create(site=site, reason=why, proposed_by=name(actor), **what)
        facts = {"proposal": made.pk, "what": str(made), "actor": made.proposed_by, "reason": why}
        kept.append(site.pk, "proposed", facts, made, head=head)
    return made


def _decide(proposal: Proposal, state: str, actor: User) -> None:
    allow(actor, proposal.site, *MAY)
    by = actor.get_username()
    if state == State.CONFIRMED and by == proposal.proposed_by:
        if not people.may_be_alone(proposal.site_id):
            raise Refused("You proposed this. Somebody else must confirm it, in their own login.")
        by = people.ALONE
    decided = Proposal.objects.filter(pk=proposal.pk, state=State.OPEN).update(
        state=state, decided_by=by, decided_at=timezone.now()
    )
    if not decided:
        raise Refused("Somebody has just decided on this.")
    kept.note(proposal.site_id, Proposal, proposal.pk)


def _make(proposal: Proposal, first: User, second: User) -> None:
    """The move itself, by the verb that owns it."""
    why = proposal.reason
    if proposal.kind == Kind.GO_LIVE and proposal.release:
        gate.go_live(proposal.release, actor=first, second=second, reason=why)
    elif proposal.kind == Kind.FIRST_RELEASE and proposal.run:
        levels.first_release(proposal.site, actor=first, second=second, run=proposal.run, reason=why)
    elif proposal.kind == Kind.OPENING and proposal.release and proposal.run:
        gate.go_live(proposal.release, actor=first, second=second, reason=why)
        levels.first_release(proposal.site, actor=first, second=second, run=proposal.run, reason=why)
    elif proposal.kind == Kind.RAISE and proposal.category:
        levels.raise_level(proposal.category, actor=first, second=second, reason=why)
    elif proposal.kind == Kind.SCENARIO:
        body = proposal.body
        if repeating := repeats.against(proposal.site, body):
            raise Refused(f"{repeating}.")
        Scenario.objects.update_or_create(site=proposal.site, slug=body["id"], defaults={"body": body})
    else:
        raise Refused("This proposal names nothing that could be done.")
