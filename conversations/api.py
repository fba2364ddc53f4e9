"""The record over REST, for staff: read only, by site, and reading it is itself logged."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import privacy, replay
from conversations.models import Conversation, State
from sites.access.roles import sites_of
from sites.core.refusal import Refused


class ConversationRow(serializers.ModelSerializer):
    """One conversation in a list: no text."""

    class Meta:
        model = Conversation
        fields = ("id", "site", "state", "locale", "synthetic", "created_at", "changed_at")


class ConversationList(ListAPIView):
    """The conversations of the caller's sites, newest first."""

    permission_classes = (IsAdminUser,)
    serializer_class = ConversationRow
    filters = {
        "site": "site__slug", "state": ("state", State.values), "from": "created_at__gte", "to": "created_at__lt"
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Conversation]:
        """Never another site's."""
        return Conversation.objects.filter(site__in=sites_of(self.request.user))


class ConversationDetail(APIView):
    """One conversation as it was: messages, turns, traces, events."""

    permission_classes = (IsAdminUser,)

    @extend_schema(responses={200: dict})
    def get(self, request: Request, conversation: Any) -> Response:
        """The whole record of it."""
        found = replay.find(conversation, sites_of(request.user))
        personal = replay.personal(request.user, found.site)
        return Response(replay.read(found, actor=request.user.get_username(), personal=personal))


class Reason(serializers.Serializer):
    """Why; it is kept for good, so it names no customer."""

    reason = serializers.CharField(max_length=250)


class Erase(APIView):
    """Erase what was said in one conversation; for administrators of its site."""

    permission_classes = (IsAdminUser,)

    @extend_schema(request=Reason, responses={200: dict})
    def post(self, request: Request, conversation: Any) -> Response:
        """What was erased, and what a person has to look at."""
        given = Reason(data=request.data)
        given.is_valid(raise_exception=True)
        found = replay.find(conversation, sites_of(request.user))
        own = Conversation.objects.filter(pk=found.pk)
        try:
            done = privacy.erase(own, found.site, actor=request.user, **given.validated_data)
        except Refused as refusal:
            return Response({"detail": str(refusal), "code": "conflict"}, status=status.HTTP_409_CONFLICT)
        return Response({"erased": done.conversations, "left": done.left})


routes = [
    path("record/", ConversationList.as_view()),
    path("record/<uuid:conversation>/", ConversationDetail.as_view(), name="record"),
    path("record/<uuid:conversation>/erase/", Erase.as_view()),
]
