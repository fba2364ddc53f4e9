"""What an agent is writing, kept on the server: it survives a reload and waits in any other browser of theirs."""

from django.contrib.auth.models import User

from conversations.models import Conversation
from conversations.record import IllegalMove
from escalation.models import Unsent
from sites.access.roles import require
from sites.models import Role


def keep(conversation: Conversation, *, actor: User, kind: str, text: str) -> None:
    """Keep the text of a reply or a note as it stands; an empty one is forgotten. Raises IllegalMove."""
    if kind not in Unsent.Kind.values:
        raise IllegalMove(f"Only a {' or a '.join(Unsent.Kind.values)} is kept.")
    require(actor, conversation.site_id, Role.AGENT)
    if not text.strip():
        forget(conversation, actor, kind)
        return
    Unsent.objects.update_or_create(conversation=conversation, user=actor, kind=kind, defaults={"text": text})


def of(conversation: Conversation, user: User) -> dict[str, str]:
    """What waits for the person in this conversation, by kind."""
    return dict(Unsent.objects.filter(conversation=conversation, user=user.pk).values_list("kind", "text"))


def forget(conversation: Conversation, user: User, kind: str) -> None:
    """It has been sent, or given up."""
    Unsent.objects.filter(conversation=conversation, user=user.pk, kind=kind).delete()
