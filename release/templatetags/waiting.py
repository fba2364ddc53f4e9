"""What waits for the person on the front page: what somebody has to confirm, approve, answer or look at, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import template
from django.contrib.auth.models import User
from django.urls import reverse

from knowledge.models import Gap, Revision
from release.exposure import proposals
from release.judged import verdicts
from release.models import Incident, Proposal
from sites.access import chosen
from sites.access.roles import sites_of
from sites.models import Role
from sites.models.thresholds import Alert

register = template.Library()


@dataclass(frozen=True, slots=True)
class Wait:
    """So many of something, in words, and the page where it is done."""

    count: int
    what: str
    address: str


@register.filter
def waits(user: User) -> list[Wait]:
    """What waits for this person on all of their sites; nothing that only another could do."""
    return [each for each in (*_second(user), *_judging(user), *_content(user), *_trouble(user)) if each.count]


def _second(user: User) -> Iterator[Wait]:
    """What others proposed, and this person may confirm."""
    theirs = sites_of(user, *proposals.MAY)
    open_ = proposals.waiting().filter(site__in=theirs).exclude(proposed_by=user.get_username())
    releases = _all("admin:release_release_changelist")
    scenarios = open_.filter(kind=Proposal.Kind.SCENARIO).count()
    yield Wait(open_.count() - scenarios, "to confirm as the second person", releases)
    yield Wait(scenarios, "proposed scenarios to add", releases)


def _judging(user: User) -> Iterator[Wait]:
    """Answers of the weekly sample, for whoever judges them."""
    yield Wait(verdicts.waiting(user).count(), "answers to judge", reverse("admin:release_judge"))


def _content(user: User) -> Iterator[Wait]:
    """What a content owner reads and writes."""
    theirs = sites_of(user, Role.CONTENT_OWNER)
    texts = Revision.objects.filter(source__site__in=theirs, state=Revision.State.SUBMITTED)
    listed = _all("admin:knowledge_revision_changelist")
    yield Wait(
        texts.exclude(author=user.get_username()).count(), "articles to approve", f"{listed}&state__exact=submitted"
    )
    drafts = Revision.objects.filter(source__site__in=theirs, state=Revision.State.DRAFT, author=user.get_username())
    yield Wait(drafts.count(), "drafts of yours to submit", f"{listed}&state__exact=draft")
    gaps = Gap.objects.filter(site__in=theirs, handled_at=None).count()
    yield Wait(gaps, "questions nobody could answer", reverse("chatbot:gaps"))


def _trouble(user: User) -> Iterator[Wait]:
    """What is wrong, for whoever may look."""
    theirs = sites_of(user, Role.RELEASE_OWNER, Role.CONTENT_OWNER, Role.AUDITOR)
    alerts = Alert.objects.filter(site__in=theirs, firing=True).count()
    yield Wait(alerts, "alerts", reverse("admin:release_monitoring"))
    incidents = Incident.objects.filter(site__in=sites_of(user)).exclude(state=Incident.State.RESOLVED)
    yield Wait(incidents.count(), "incidents that are not resolved", _all("admin:release_incident_changelist"))


def _all(name: str) -> str:
    """A list of all the person's sites, whichever is chosen: what waits is counted on all of them."""
    return f"{reverse(name)}?{chosen.ALL}=all"
