"""`@name` in a note: the colleague finds the conversation on their desk, and a mail says no more than that."""

import logging
import re

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation
from escalation.models.talks import Mention
from sites.access.roles import roles_of
from sites.models import Role
from sites.outside import senders

log = logging.getLogger(__name__)
_NAMED = re.compile(r"(?<![\w@.])@([\w.+-]{1,150})")
MOST = 10  # people named in one note


def named(conversation: Conversation, text: str, *, actor: User) -> list[User]:
    """Tell the colleagues that a note names, inside the transaction that keeps it; who works here only."""
    words = {each.rstrip(".+-").casefold() for each in _NAMED.findall(text)}
    people = User.objects.filter(memberships__site=conversation.site_id, is_active=True).exclude(pk=actor.pk)
    found = [one for one in people.distinct() if one.get_username().casefold() in words]
    told = [one for one in found if roles_of(one, conversation.site_id) & {Role.AGENT, Role.ADMIN}][:MOST]
    for one in told:
        Mention.objects.create(conversation=conversation, user=one, by=actor.get_username())
        _mail(conversation, one, actor)
    return told


def unseen(user: User) -> QuerySet[Mention]:
    """Where this person was named and has not looked since."""
    return Mention.objects.filter(user=user.pk, seen_at=None).select_related("conversation__site")


def seen(conversation: Conversation, user: User) -> None:
    """The person has opened the conversation."""
    Mention.objects.filter(conversation=conversation, user=user.pk, seen_at=None).update(seen_at=timezone.now())


def _mail(conversation: Conversation, to: User, actor: User) -> None:
    if not to.email:
        return
    address = f"{settings.HANDRAIL_BASE_URL}{reverse('admin:desk_conversation', args=[conversation.pk])}"
    subject = f"{conversation.site.name}: {actor.get_full_name() or actor.get_username()} named you in a note"
    try:
        senders.mail(to=to.email, subject=subject, text=f"{address}\n")
    except ValidationError:
        log.warning("somebody named in a note has no e-mail address that can be written to")
