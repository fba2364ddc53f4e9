"""`/api/v1/suggest/`: what the assistant would say to a ticket of another help desk, and what became of it.

Authenticated as the desk's routes are: by session, or by an integration's token, which is an agent of one site.
"""

import uuid
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot import advice
from release.judged import advice as judged
from release.models.judged import Advice
from sites.access.bearer import IntegrationToken
from sites.access.roles import account, sites_of
from sites.core import rate
from sites.core.refusal import Refused
from sites.models import Role, Site

LONGEST = 8_000  # characters of one ticket: a mail with its signature
A_MINUTE = 120  # tickets of one caller: each is a whole decision of the bot


class TicketBody(serializers.Serializer[Any]):
    """A ticket: the other desk's own id of it, and what the customer wrote."""

    site = serializers.SlugField(required=False, help_text="Needed only by who works for several.")
    ticket = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=LONGEST)
    locale = serializers.CharField(max_length=20, required=False, default="")


class CitedBody(serializers.Serializer[Any]):
    """The exact approved words a suggestion rests on."""

    n = serializers.IntegerField()
    title = serializers.CharField()
    quote = serializers.CharField()
    url = serializers.CharField()
    updated = serializers.DateTimeField()


class SuggestionBody(serializers.Serializer[Any]):
    """What the assistant would say. Without an `id` there is nothing to say, and `reason` tells why."""

    id = serializers.UUIDField(allow_null=True)
    text = serializers.CharField()
    citations = CitedBody(many=True)
    category = serializers.CharField()
    level = serializers.IntegerField(help_text="1: people only, 2: an agent approves each, 3: customers are answered.")
    reason = serializers.CharField()


class DecisionBody(serializers.Serializer[Any]):
    """What the agent there made of it."""

    verdict = serializers.ChoiceField(choices=[str(each) for each in judged.DECIDED])
    why = serializers.ChoiceField(choices=Advice.Why.choices, required=False, allow_blank=True, default="")


class DecidedBody(serializers.ModelSerializer[Advice]):
    """What stands in the record."""

    category = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = Advice
        fields = ("id", "category", "state", "why")


class Suggest(APIView):
    """What would be said to a ticket."""

    authentication_classes = (IntegrationToken, SessionAuthentication)

    @extend_schema(operation_id="suggest", request=TicketBody, responses={200: SuggestionBody})
    def post(self, request: Request) -> Response:
        """Decide; nothing is sent, and no conversation is begun."""
        given = TicketBody(data=request.data)
        given.is_valid(raise_exception=True)
        body, actor = given.validated_data, account(request.user)
        site = _site(request, body.get("site", ""))
        asked, wait = rate.count("suggest", actor.get_username())
        if asked > A_MINUTE:
            raise Throttled(wait)
        fields = {name: body[name] for name in ("ticket", "text", "locale")}
        try:
            told = advice.of(site, **fields, actor=actor)
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        made = told.given
        return Response(
            {
                "id": made.pk if made else None,
                "text": made.text if made else "",
                "citations": made.citations if made else [],
                "category": told.category,
                "level": told.level,
                "reason": told.reason,
            }
        )


class Decided(APIView):
    """What became of one suggestion."""

    authentication_classes = (IntegrationToken, SessionAuthentication)

    @extend_schema(operation_id="suggest_decided", request=DecisionBody, responses={200: DecidedBody})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Take the agent's word; the same word again is taken quietly, another one gets 409."""
        mine = Advice.objects.filter(site__in=sites_of(request.user, Role.AGENT)).select_related("category")
        found = get_object_or_404(mine, pk=pk)
        given = DecisionBody(data=request.data)
        given.is_valid(raise_exception=True)
        body = given.validated_data
        try:
            judged.decide(found, body["verdict"], why=body["why"], actor=account(request.user))
        except Refused as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(DecidedBody(found).data)


def _site(request: Request, slug: str) -> Site:
    """The caller's site: the one that is named, or the only one. Raises Http404, ValidationError."""
    theirs = sites_of(request.user, Role.AGENT)
    if slug:
        return get_object_or_404(theirs, slug=slug)
    found = list(theirs[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise serializers.ValidationError({"site": ["You work for several sites: name one."]})
    return found[0]


routes = [
    path("suggest/", Suggest.as_view(), name="suggest"),
    path("suggest/<uuid:pk>/", Decided.as_view(), name="suggest-decided"),
]
