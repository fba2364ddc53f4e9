"""The desk over REST, for other help desks and scripts: the same verbs, the same sentences of refusal.

Authenticated by session, or by an integration's token, which is an agent of one site. A member of one site gets 404 for
the rows of another. Routes hang under `/api/v1/`; `docs/another-help-desk.md` works through them.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import delivery
from conversations.record import IllegalMove
from escalation.desk import blocks, desk
from escalation.models import Block, Handoff
from escalation.packet import packet
from escalation.queue import teams, waiting
from sites.access.bearer import IntegrationToken
from sites.access.roles import account, sites_of
from sites.core import ledger
from sites.models import Role


class HandoffBody(serializers.ModelSerializer[Handoff]):
    """A handoff as other programs see it."""

    site = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    agent = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Handoff
        fields: tuple[str, ...] = (
            "id",
            "site",
            "conversation",
            "state",
            "ending",
            "reason",
            "urgent",
            "category",
            "agent",
            "opened_at",
            "claimed_at",
            "closed_at",
        )
        read_only_fields: tuple[str, ...] = fields


class TextBody(serializers.Serializer[Any]):
    """What to say to the customer."""

    text = serializers.CharField(max_length=8_000)


class ReplyBody(TextBody):
    """What to say to the customer; under an `id` of the caller's own, what is sent twice is said once."""

    id = serializers.CharField(max_length=64, required=False, default="")


class ReasonBody(serializers.Serializer[Any]):
    """Why; may be left out."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class NeededReasonBody(serializers.Serializer[Any]):
    """Why, in a few words."""

    reason = serializers.CharField(max_length=500)


class EndBody(ReasonBody):
    """How it ended, and what the agent thinks of the handoff itself."""

    ending = serializers.ChoiceField(choices=["resolved", "abandoned"], default="resolved")
    need = serializers.ChoiceField(choices=Handoff.Need.choices, required=False, allow_blank=True, default="")


class TransferBody(serializers.Serializer[Any]):
    """To whom, by username, or to which team, by name; and what they should know."""

    to = serializers.CharField(max_length=150, required=False, default="")
    team = serializers.CharField(max_length=60, required=False, default="")
    note = serializers.CharField(max_length=2_000)


class BlockBody(NeededReasonBody):
    """Whom to stop from asking the assistant, and for how long; the way to a person stays open."""

    scope = serializers.ChoiceField(choices=Block.Scope.choices)
    length = serializers.ChoiceField(choices=list(blocks.LENGTHS))


class RefusalBody(serializers.Serializer[Any]):
    """Why a verb was refused, in a sentence."""

    detail = serializers.CharField()


class MessageBody(serializers.Serializer[Any]):
    """One message of the thread."""

    seq = serializers.IntegerField()
    author = serializers.ChoiceField(choices=["customer", "bot", "agent", "system"])
    name = serializers.CharField(required=False)
    text = serializers.CharField()
    at = serializers.DateTimeField()


class WholeBody(HandoffBody):
    """A handoff with what a person needs to take it over: the thread, who the customer is, what was found."""

    customer = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()
    messages = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()

    class Meta(HandoffBody.Meta):
        fields = (*HandoffBody.Meta.fields, "customer", "facts", "messages", "findings")
        read_only_fields = fields

    def get_customer(self, handoff: Handoff) -> str:
        """The customer by verified name, else that somebody is visiting."""
        return str(self.context["packet"].customer)

    def get_facts(self, handoff: Handoff) -> dict[str, str]:
        """What is known of the customer and the circumstances, by label."""
        return dict(self.context["packet"].facts)

    @extend_schema_field(MessageBody(many=True))
    def get_messages(self, handoff: Handoff) -> list[dict[str, Any]]:
        """The whole thread in order."""
        return delivery.frames(handoff.conversation_id, 0)

    def get_findings(self, handoff: Handoff) -> list[dict[str, Any]]:
        """What the assistant did about the latest questions, and what it found but did not send."""
        kept = ("question", "outcome", "why", "category", "offered", "unsent")
        return [{name: getattr(finding, name) for name in kept} for finding in self.context["packet"].findings]


class Door(APIView):
    """Who is let in: staff by their session, another help desk by its token."""

    authentication_classes = (IntegrationToken, SessionAuthentication)


class Queue(Door, ListAPIView[Handoff]):
    """Everybody who waits for, or talks to, a person on your sites: by priority, then by wait."""

    serializer_class = HandoffBody
    filters = {"site": "site__slug", "state": ("state", Handoff.State.values)}

    def get_queryset(self) -> QuerySet[Handoff]:
        """The queue of the sites on which the caller is an agent."""
        return waiting.queue(sites_of(self.request.user, Role.AGENT).values_list("pk", flat=True))


class Whole(Door):
    """One handoff with everything to take it over. Reading it is an entry in the ledger."""

    @extend_schema(operation_id="handoffs_read", responses={200: WholeBody})
    def get(self, request: Request, pk: int) -> Response:
        """The handoff, its thread, and what the assistant found."""
        handoff = _theirs(request, pk)
        actor = request.user.get_username()
        ledger.note(handoff.site_id, "read", actor=actor, conversation=str(handoff.conversation_id))
        return Response(WholeBody(handoff, context={"packet": packet.packet(handoff.conversation)}).data)


class Verb(Door):
    """One verb on one handoff: 200 with the handoff, 409 with a sentence when it comes too late."""

    body: type[serializers.Serializer[Any]] = ReasonBody
    move: Callable[..., Any]

    def act(self, request: Request, pk: int) -> Response:
        """Do it, as the signed-in agent."""
        handoff = _theirs(request, pk)
        given = self.body(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            type(self).move(handoff, actor=account(request.user), **given.validated_data)
        except IllegalMove as refusal:
            return Response({"detail": str(refusal), "code": "conflict"}, status=status.HTTP_409_CONFLICT)
        handoff.refresh_from_db()
        return Response(HandoffBody(handoff).data)


def _theirs(request: Request, pk: int) -> Handoff:
    """A handoff of the caller's sites. Raises Http404."""
    handoffs = Handoff.objects.select_related("site", "agent", "conversation__site")
    return get_object_or_404(handoffs, pk=pk, site__in=sites_of(request.user, Role.AGENT))


def _note(handoff: Handoff, *, actor: User, text: str) -> None:
    desk.note(handoff.conversation, actor=actor, text=text)


def _reply(handoff: Handoff, *, actor: User, text: str, id: str) -> None:
    desk.reply(handoff, actor=actor, text=text, key=id)


def _transfer(handoff: Handoff, *, actor: User, to: str, team: str, note: str) -> None:
    here = User.objects.filter(memberships__site=handoff.site_id)
    person = here.filter(username=to).first() if to else None
    if to and person is None:
        raise IllegalMove(f"Nobody here is called {to}.")
    desk.transfer(handoff, actor=actor, note=note, to=person, team=teams.named(handoff.site_id, team))


def _block(handoff: Handoff, *, actor: User, scope: str, length: str, reason: str) -> None:
    blocks.block(handoff.conversation, actor=actor, scope=scope, length=length, reason=reason)


class NothingBody(serializers.Serializer[Any]):
    """Nothing is needed."""


def verb(name: str, function: Callable[..., Any], takes: type[serializers.Serializer[Any]], says: str) -> type[Verb]:
    """A view for one verb of the desk, with its place in the published schema."""

    @extend_schema(
        operation_id=f"handoffs_{name}",
        description=says,
        request=takes,
        responses={200: HandoffBody, 409: RefusalBody},
    )
    def post(self: Verb, request: Request, pk: int) -> Response:
        return self.act(request, pk)

    members = {"body": takes, "move": staticmethod(function), "post": post, "__doc__": says}
    return type(f"{name.title().replace('_', '')}Handoff", (Verb,), members)


VERBS = {
    "claim": verb("claim", desk.claim, NothingBody, "Take a waiting customer."),
    "reply": verb("reply", _reply, ReplyBody, "Write to the customer."),
    "note": verb("note", _note, TextBody, "Keep a private remark that no customer sees."),
    "return": verb("return", desk.return_to_bot, NeededReasonBody, "Give the conversation back to the assistant."),
    "release": verb("release", desk.release, ReasonBody, "Put the customer back into the queue."),
    "transfer": verb("transfer", _transfer, TransferBody, "Pass the customer on to a colleague or to a team."),
    "block": verb("block", _block, BlockBody, "Stop somebody who abuses the assistant from asking it."),
    "close": verb("close", desk.close, EndBody, "End the conversation."),
    "call-back": verb("call_back", desk.call_back, TextBody, "Answer by e-mail and close."),
}

routes = [
    path("handoffs/", Queue.as_view(), name="handoffs"),
    path("handoffs/<int:pk>/", Whole.as_view(), name="handoff"),
    *(path(f"handoffs/<int:pk>/{name}/", view.as_view(), name=f"handoff-{name}") for name, view in VERBS.items()),
]
