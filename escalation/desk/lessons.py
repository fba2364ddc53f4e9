"""What an agent's answer teaches: the article it cites answers what the customer asked.

Law of the room: it is put among the questions that wait for an owner, beside what the bot could not answer; whether it
becomes a question of the article an owner decides. What is urgent is nobody's lesson.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.models import Message
from escalation.models import Handoff
from knowledge.face.insights import gaps
from knowledge.face.text import asked
from knowledge.models import Category, Gap, Source

REASON = "agent_answered"


def keep(handoff: Handoff, cited: Sequence[Mapping[str, Any]]) -> None:
    """Keep the customer's last message with the first article that answered it, inside the transaction of the reply."""
    said = Message.objects.filter(conversation=handoff.conversation_id, author=Message.Author.CUSTOMER)
    question = said.order_by("-seq").values_list("text", flat=True).first() if cited else None
    if not question or handoff.urgent or len(" ".join(question.split())) > asked.LONGEST:
        return
    source = Source.objects.get(pk=cited[0]["source_id"])
    open_ = Gap.objects.filter(site=handoff.site_id, text=question, handled_at=None)
    if open_.exists():
        open_.filter(answered_with=None).update(answered_with=source)
        return
    category = Category.objects.filter(site=handoff.site_id, slug=handoff.category).first()
    gaps.note(handoff.site_id, category.pk if category else None, question, REASON, source)
