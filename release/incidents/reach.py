"""Who was told what: the reach of something reported, and every answer within it. It reads rows and writes none.

The reach is frozen when an incident is opened, as plain parts, so that it outlives passages that are cut again:
`{"source"}` any text of it, `{"revision", "start", "end"}` a slice, `{"release"}` a fingerprint, `{"message"}`,
`{"tool"}` what a tool of this name brought.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import Citation, Event, Message, ToolCall, Turn
from conversations.outcomes import Outcome, Reason
from knowledge.models import Category, Passage, Source
from release.models import Incident, Release
from sites.core.refusal import Refused
from sites.models import Site
from tools.models import Tool

Reported = Turn | Source | Passage | Release | Event | Tool
KINDS = ("source", "turn", "passage", "release", "tool", "complaint")
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a report is about: its site, its parts, the sources behind them, the category if there is one."""

    site: Site
    origin: dict[str, Any]
    parts: list[Part]
    sources: tuple[int, ...]
    category: Category | None

    @property
    def tools(self) -> list[str]:
        """The names of the tools behind it."""
        return tools(self.parts)


def named(site: Site, kind: str, key: str) -> Reported | None:
    """The row of a site that is meant by a kind and a key: a slug, a tool's name, else a number; None: none."""
    if kind == "source":
        return Source.objects.filter(site=site, slug=key).first()
    if kind == "tool":
        return Tool.objects.filter(site=site, name=key).first()
    number = int(key) if key.isdecimal() and len(key) < 18 else 0
    if kind == "turn":
        return Turn.objects.select_related("question").filter(conversation__site=site, pk=number).first()
    if kind == "passage":
        return Passage.objects.select_related("revision").filter(revision__source__site=site, pk=number).first()
    if kind == "release":
        return Release.objects.filter(site=site, number=number).first()
    return Event.objects.select_related("conversation").filter(conversation__site=site, pk=number).first()


def reach(of: Reported) -> Reach:
    """The reach of what is reported. Raises Refused when nobody was answered by it."""
    if isinstance(of, Source):
        parts, category = [{"source": of.pk}], of.categories.order_by("position", "slug").first()
        return Reach(of.site, {"source": of.slug}, parts, (of.pk,), category)
    if isinstance(of, Passage):
        source = of.revision.source
        parts = [{"revision": of.revision_id, "start": of.start, "end": of.start + len(of.text)}]
        category = source.categories.order_by("position", "slug").first()
        return Reach(source.site, {"passage": of.pk, "source": source.slug}, parts, (source.pk,), category)
    if isinstance(of, Release):
        return Reach(of.site, {"release": of.number}, [{"release": of.fingerprint}], (), None)
    if isinstance(of, Tool):
        return Reach(of.site, {"tool": of.name}, [{"tool": of.name}], (), _using(of))
    if of.conversation.synthetic:
        raise Refused("This conversation is synthetic: nobody was told anything.")
    if isinstance(of, Turn):
        return _of_answer(of, {"turn": of.pk})
    return _of_complaint(of)


def answers(incident: Incident) -> QuerySet[Message]:
    """Every message within an incident's reach and window that its site's customers were shown, oldest first."""
    shown = Message.objects.filter(conversation__site=incident.site_id).exclude(author=Message.Author.CUSTOMER)
    shown = shown.filter(conversation__synthetic=False)
    if incident.since:
        shown = shown.filter(at__gte=incident.since)
    if incident.until:
        shown = shown.filter(at__lte=incident.until)
    within = Q(pk__in=[part["message"] for part in incident.reach if "message" in part])
    if (cited := _cited(incident.reach)) is not None:
        within |= Q(pk__in=Citation.objects.filter(cited).values("message"))
    for part in incident.reach:
        if "release" in part:
            within |= _released(part["release"])
        if "tool" in part:
            within |= _brought(part["tool"])
    return shown.filter(within).order_by("pk")


def covers(parts: Sequence[Mapping[str, Any]], citation: Citation) -> bool:
    """Whether one citation lies within a reach."""
    return any(
        citation.source_id == part["source"]
        if "source" in part
        else "revision" in part
        and citation.revision_id == part["revision"]
        and citation.start < part["end"]
        and citation.end > part["start"]
        for part in parts
    )


def tools(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the tools in a reach."""
    return [str(part["tool"]) for part in parts if "tool" in part]


def is_complaint(event: Event) -> bool:
    """Whether an event is a customer's complaint: one that was filed, or one that went to a person as such."""
    handed = event.kind == "handoff.opened" and event.body.get("reason") == Reason.COMPLAINT
    return handed or event.kind == "complaint"


def question(message: Message) -> Turn | None:
    """The turn an answer belongs to; an approved draft's is found by the message it replies to."""
    found = Turn.objects.filter(answer=message).first()
    if found is None and message.reply_to:
        asked = {"question__client_id": message.reply_to, "conversation": message.conversation_id}
        found = Turn.objects.filter(**asked).first()
    return found


def _cited(parts: Iterable[Mapping[str, Any]]) -> Q | None:
    """The parts as one condition on citations; None when none of them is about a text."""
    either: Q | None = None
    for part in parts:
        if "source" in part:
            one = Q(source=part["source"])
        elif "revision" in part:
            one = Q(revision=part["revision"], start__lt=part["end"], end__gt=part["start"])
        else:
            continue
        either = one if either is None else either | one
    return either


def _released(fingerprint: str) -> Q:
    """What a release answered by itself, and its drafts that a person sent on, as they were or changed."""
    settled = Q(answered_turn__release=fingerprint, answered_turn__state=Turn.State.SETTLED)
    drafts = Turn.objects.filter(conversation=OuterRef("conversation"), question__client_id=OuterRef("reply_to"))
    sent_on = Exists(drafts.filter(release=fingerprint, outcome=Outcome.DRAFT))
    return (settled & Q(outcome=Outcome.ANSWER)) | (Q(sent_on) & ~Q(reply_to="") & Q(outcome=""))


def _brought(tool: str) -> Q:
    """What rests on a call of a tool that was made, and its drafts that a person sent on."""
    called = ToolCall.objects.filter(tool=tool, state="ok")
    here, drafts = (
        called.filter(turn=OuterRef("answered_turn")),
        called.filter(turn__conversation=OuterRef("conversation"), turn__question__client_id=OuterRef("reply_to")),
    )
    return Q(Exists(here)) | (Q(Exists(drafts)) & ~Q(reply_to="") & Q(outcome=""))


def _using(tool: Tool) -> Category | None:
    """The category that uses a tool, if it is one alone."""
    held = Category.objects.filter(site=tool.site, retired=False).exclude(tool="")
    found = [each for each in held if tool.name in [name.strip() for name in each.tool.split(",")]]
    return found[0] if len(found) == 1 else None


def _of_answer(turn: Turn, origin: dict[str, Any]) -> Reach:
    """The slices an answer cites; an answer that cites nothing reaches nobody but the one who got it."""
    asked = turn.question.client_id or ""
    shown = Message.objects.filter(conversation=turn.conversation_id)
    drafted = Q(reply_to=asked, outcome="") if asked else Q()
    messages = list(shown.filter(Q(pk=turn.answer_id) | drafted).exclude(author=Message.Author.CUSTOMER))
    if not messages:
        raise Refused("Nothing was sent to the customer on that turn, so nobody was told anything wrong.")
    return _of_messages(turn.conversation.site, messages, turn.category, origin)


def _of_complaint(event: Event) -> Reach:
    """A complaint is about the last answer before it."""
    if not is_complaint(event):
        raise Refused(f"“{event.kind}” is not a complaint. Name the turn or the source instead.")
    before = Message.objects.filter(conversation=event.conversation_id, author=Message.Author.BOT, at__lte=event.at)
    last = before.filter(citations__isnull=False).order_by("-seq").first() or before.order_by("-seq").first()
    if last is None:
        raise Refused("The assistant had said nothing when this complaint was made; no answer can be wrong.")
    turn = question(last)
    origin = {"complaint": event.pk, "conversation": str(event.conversation_id)}
    return _of_messages(event.conversation.site, [last], turn.category if turn else None, origin)


def _of_messages(site: Site, messages: list[Message], category: Category | None, origin: dict[str, Any]) -> Reach:
    cited = list(Citation.objects.filter(message__in=messages, revision__isnull=False))
    parts: list[Part] = [{"revision": c.revision_id, "start": c.start, "end": c.end} for c in cited]
    parts = parts or [{"message": message.pk} for message in messages]
    sources = tuple(sorted({c.source_id for c in cited if c.source_id is not None}))
    return Reach(site, origin, parts, sources, category)
