"""What the desk keeps of a customer's words, erased when their conversation is; `conversations.privacy` asks for it.

Law of the room: decisions and their times stay, as evidence on the category; every text about the customer goes, also
what agents wrote among themselves.
"""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from conversations.privacy import ERASED, Words
from escalation.models import Approval, Block, Draft, Handoff, Suggestion, Unsent
from escalation.models.customers import Complaint
from escalation.models.talks import Mention, Tag
from sites.core import kept


def held(site_id: int) -> set[uuid.UUID]:
    """The conversations with a complaint or another case that nobody has answered yet."""
    unanswered = Complaint.objects.filter(conversation__site=site_id, state=Complaint.State.OPEN)
    return set(unanswered.values_list("conversation_id", flat=True))


def own(site_id: int, conversations: Iterable[uuid.UUID]) -> dict[str, list[dict[str, Any]]]:
    """The customer's complaints and notices in these conversations, with what was answered."""
    rows = Complaint.objects.filter(conversation__site=site_id, conversation__in=conversations).order_by("pk")
    told = rows.values("kind", "text", "state", "answer", "opened_at", "answered_at")
    return {"complaints": [dict(row) for row in told]}


def erase(words: Words) -> list[str]:
    """Empty what is kept beside these conversations; a block of the same person ends with it. Leaves nothing."""
    theirs, now = {"conversation__in": words.conversations}, timezone.now()
    Handoff.objects.filter(**theirs).update(note="")
    drafts = Draft.objects.filter(**theirs)
    drafts.filter(state=Draft.State.PENDING).update(state=Draft.State.SUPERSEDED, decided_at=now)
    drafts.update(text=ERASED, parts=[], citations=[], reason="")
    kept.note(words.site_id, Draft, *drafts.values_list("pk", flat=True))
    Suggestion.objects.filter(turn__conversation__in=words.conversations).update(reason="")
    Unsent.objects.filter(**theirs).delete()
    Tag.objects.filter(**theirs).delete()
    Mention.objects.filter(**theirs).delete()
    Block.objects.filter(**theirs).update(key="", reason=ERASED, lifted_because="")
    complaints = Complaint.objects.filter(**theirs)
    complaints.filter(state=Complaint.State.OPEN).update(state=Complaint.State.ANSWERED, answered_at=now)
    number = Concat(Value("erased-"), Cast(F("pk"), TextField()))
    complaints.update(key=number, text=ERASED, answer=ERASED)
    changes = Approval.objects.filter(**theirs)
    changes.filter(state=Approval.State.OPEN).update(state=Approval.State.WITHDRAWN, ended_at=now)
    changes.filter(state=Approval.State.RUNNING).update(state=Approval.State.UNKNOWN, ended_at=now)
    changes.update(words=ERASED, arguments={}, declared={}, told=[], asked={}, contact="", reason="")
    return []
