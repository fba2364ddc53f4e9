"""Forgetting what was said once a site's data policy says so: an erasure like any other, by the clock.

Law of the room: what somebody still needs stays, however old: a conversation that waits for a person or is with one,
an open complaint, an open incident (settings.HOLDS). Little at a time, so that no customer waits for it.
"""

import logging
import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string

from conversations import attachments, privacy
from conversations.models import Conversation, Event, State
from knowledge.face.insights import gaps
from sites.choices import data_policy
from sites.core.refusal import Refused
from sites.models import Site

log = logging.getLogger(__name__)

ACTOR, REASON = "the data policy", "Kept for as long as the site's data policy says."
BATCH, MOST = 20, 200
"""Conversations of one transaction, and of one run for one site."""
Hold = Callable[[int], Collection[uuid.UUID]]
"""Of a site's number: the conversations that somebody still needs."""


def forget(now: datetime | None = None) -> int:
    """Erase what every site has kept for long enough; returns how many conversations."""
    now = now or timezone.now()
    attachments.sweep()
    return sum(_site(site, now) for site in Site.objects.order_by("pk"))


def due(site: Site, now: datetime) -> QuerySet[Conversation]:
    """The conversations of a site whose words have been kept for long enough, the oldest first."""
    policy = data_policy.of(site)
    events = Event.objects.filter(conversation=OuterRef("pk"))
    rows = Conversation.objects.filter(site=site, synthetic=False).exclude(state__in=(State.WAITING, State.HUMAN))
    rows = rows.annotate(last=Coalesce(Max("messages__at"), "created_at"))
    rows = rows.annotate(person=Exists(events.filter(kind="handoff.claimed")))
    rows = rows.exclude(Exists(events.filter(kind=privacy.ERASURE)))
    late = Q(pk=None)
    for days, which in (
        (policy.with_people, Q(person=True)),
        (policy.verified, Q(person=False) & ~Q(identity={})),
        (policy.anonymous, Q(person=False, identity={})),
    ):
        if days:
            late |= which & Q(last__lt=now - timedelta(days=days))
    return rows.filter(late).exclude(pk__in=_held(site)).order_by("last", "pk")


def _held(site: Site) -> set[uuid.UUID]:
    return {key for path in settings.HOLDS for key in import_string(path)(site.pk)}


def _site(site: Site, now: datetime) -> int:
    if days := data_policy.of(site).unanswered:
        gaps.expire(site.pk, now - timedelta(days=days))
    keys = list(due(site, now).values_list("pk", flat=True)[:MOST])
    return sum(_erased(site, keys[at : at + BATCH]) for at in range(0, len(keys), BATCH))


def _erased(site: Site, keys: Collection[uuid.UUID]) -> int:
    """Some at once; where one of them is in use at this moment, each by itself, and that one next time."""
    try:
        done = privacy.erase(Conversation.objects.filter(pk__in=keys), site, actor=ACTOR, reason=REASON)
    except Refused as why:
        if len(keys) > 1:
            return sum(_erased(site, [key]) for key in keys)
        log.info("conversation %s is kept a little longer: %s", next(iter(keys)), why)
        return 0
    return done.conversations
