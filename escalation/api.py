"""The desk over REST, for other help desks and scripts: the same verbs, the same sentences of refusal.

Authenticated by session; a member of one site gets 404 for the rows of another. Routes hang under `/api/v1/`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.record import IllegalMove
from escalation import desk, waiting
from escalation.models import Handoff
from sites.models import Role
from sites.roles import sites_of


class HandoffBody(serializers.ModelSerializer[Handoff]):
    """A handoff as other programs see it."""

    site = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    agent = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Handoff
        fields = (
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
        read_only_fields = fields


class TextBody(serializers.Serializer[Any]):
    """What to say to the customer."""

    text = serializers.CharField(max_length=8_000)


class ReasonBody(serializers.Serializer[Any]):
    """Why; may be left out."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class EndBody(ReasonBody):
    """How it ended."""

    ending = serializers.ChoiceField(choices=["resolved", "abandoned"], default="resolved")


class RefusalBody(serializers.Serializer[Any]):
    """Why a verb was refused, in a sentence."""

    detail = serializers.CharField()


class Queue(ListAPIView[Handoff]):
    """Everybody who waits for, or talks to, a person on your sites: by priority, then by wait."""

    serializer_class = HandoffBody

    def get_queryset(self) -> QuerySet[Handoff]:
        """The queue of the sites on which the caller is an agent."""
        return waiting.queue(sites_of(self.request.user, Role.AGENT).values_list("pk", flat=True))


class Verb(APIView):
    """One verb on one handoff: 200 with the handoff, 409 with a sentence when it comes too late."""

    body: type[serializers.Serializer[Any]] = ReasonBody
    move: Callable[..., Any]

    def act(self, request: Request, pk: int) -> Response:
        """Do it, as the signed-in agent."""
        sites = sites_of(request.user, Role.AGENT)
        handoffs = Handoff.objects.select_related("site", "agent", "conversation__site")
        handoff = get_object_or_404(handoffs, pk=pk, site__in=sites)
        given = self.body(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        try:
            type(self).move(handoff, actor=request.user, **given.validated_data)
        except IllegalMove as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        handoff.refresh_from_db()
        return Response(HandoffBody(handoff).data)


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
    "reply": verb("reply", desk.reply, TextBody, "Write to the customer."),
    "return": verb("return", desk.return_to_bot, ReasonBody, "Give the conversation back to the assistant."),
    "release": verb("release", desk.release, ReasonBody, "Put the customer back into the queue."),
    "close": verb("close", desk.close, EndBody, "End the conversation."),
    "call-back": verb("call_back", desk.call_back, TextBody, "Answer by e-mail and close."),
}

routes = [
    path("handoffs/", Queue.as_view(), name="handoffs"),
    *(path(f"handoffs/<int:pk>/{name}/", view.as_view(), name=f"handoff-{name}") for name, view in VERBS.items()),
]
