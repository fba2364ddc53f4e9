"""The record over REST, for staff: read only, by site, and reading it is itself logged."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import replay
from conversations.models import Conversation
from sites.roles import sites_of


class ConversationRow(serializers.ModelSerializer):
    """One conversation in a list: no text."""

    class Meta:
        model = Conversation
        fields = ("id", "site", "state", "locale", "synthetic", "created_at", "changed_at")


class ConversationList(ListAPIView):
    """The conversations of the caller's sites, newest first."""

    permission_classes = (IsAdminUser,)
    serializer_class = ConversationRow

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
        return Response(replay.read(found, actor=request.user.get_username()))


routes = [
    path("record/", ConversationList.as_view()),
    path("record/<uuid:conversation>/", ConversationDetail.as_view()),
]
