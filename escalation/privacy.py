"""What the desk keeps of a customer's words, erased when their conversation is; `conversations.privacy` asks for it.

Law of the room: decisions and their times stay, as evidence on the category; every text about the customer goes, also
what agents wrote among themselves.
"""

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from conversations.privacy import ERASED, Words
from escalation.customers import Complaint
from escalation.models import Block, Draft, Handoff, Suggestion, Unsent


def erase(words: Words) -> list[str]:
    """Empty what is kept beside these conversations; a block of the same person ends with it. Leaves nothing."""
    theirs, now = {"conversation__in": words.conversations}, timezone.now()
    Handoff.objects.filter(**theirs).update(note="")
    drafts = Draft.objects.filter(**theirs)
    drafts.filter(state=Draft.State.PENDING).update(state=Draft.State.SUPERSEDED, decided_at=now)
    drafts.update(text=ERASED, parts=[], citations=[], reason="")
    Suggestion.objects.filter(turn__conversation__in=words.conversations).update(reason="")
    Unsent.objects.filter(**theirs).delete()
    Block.objects.filter(**theirs).update(key="", reason=ERASED, lifted_because="")
    complaints = Complaint.objects.filter(**theirs)
    complaints.filter(state=Complaint.State.OPEN).update(state=Complaint.State.ANSWERED, answered_at=now)
    number = Concat(Value("erased-"), Cast(F("pk"), TextField()))
    complaints.update(key=number, text=ERASED, answer=ERASED)
    return []
