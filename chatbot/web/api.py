"""The conversation verbs over REST, for pages where sockets are blocked: the same door, the same domain calls.

The holder of a conversation proves it with its secret in the `Authorization: Bearer` header; where a customer is signed
in to it, with their signed identity in `X-Handrail-Identity` besides. A client polls
`GET conversations/ID/?after=SEQ`.
"""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot import runner, turn
from chatbot.web import chat, door
from chatbot.web.door import Refusal
from conversations import history, links, record
from conversations.models import Conversation, State
from conversations.wording import Spoken
from sites.models import Site

IDENTITY = "X-Handrail-Identity"
STATUS = {
    "origin": 403,
    "unknown_site": 404,
    "token": 404,
    "identity": 401,
    "blocked": 403,
    "rate_limited": 429,
    "too_long": 413,
    "closed": 409,
    "busy": 503,
}


def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises Refusal."""
    if not isinstance(request.data, dict):
        raise Refusal("bad_frame", "The body is a JSON object.")
    return request.data


def address_of(request: Request) -> str:
    """The customer's address, as the socket has it."""
    return door.address(request.META.get("REMOTE_ADDR", ""))


def taken(request: Request, asked: record.Asked) -> Response:
    """The acknowledgement of what was recorded, after its turn where none is in flight."""
    running = asked.turn
    while running is not None:
        running = turn.take(running)
    return Response({"type": "ack", "id": body_of(request)["id"], "seq": asked.seq})


class HelloBody(serializers.Serializer):
    """The socket's hello, without its type."""

    site = serializers.CharField()
    conversation = serializers.CharField(required=False)
    token = serializers.CharField(required=False)
    identity = serializers.CharField(required=False)
    locale = serializers.CharField(required=False)
    page = serializers.CharField(required=False)
    words = serializers.CharField(required=False)


class AskBody(serializers.Serializer):
    """The socket's ask, without its type."""

    id = serializers.CharField(max_length=64)
    text = serializers.CharField(max_length=door.LONGEST_TEXT)


class ChooseBody(serializers.Serializer):
    """The socket's choose, without its type."""

    id = serializers.CharField(max_length=64)
    offer = serializers.UUIDField(allow_null=True)


class CustomerView(APIView):
    """No session, no cookie: a secret proves the conversation; refusals are the socket's error frames."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal of the door as a response."""
        if isinstance(exc, Refusal):
            seconds = exc.more.get("retry_after")
            headers = {"Retry-After": str(seconds)} if seconds else {}
            return Response(exc.frame(), status=STATUS.get(exc.code, status.HTTP_400_BAD_REQUEST), headers=headers)
        return super().handle_exception(exc)

    def thread(self, request: Request, conversation: uuid.UUID) -> chat.Thread:
        """The conversation the bearer holds. Raises Refusal."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        site = Site.objects.filter(conversations=conversation).first()
        claims = chat.identified(request.headers.get(IDENTITY, ""), site) if site else {}
        found = chat.held(site, str(conversation), token, claims) if site else None
        if found is None:
            raise Refusal("token", Spoken().say("refused.token"))  # in one language: its words tell of no conversation
        spoken = Spoken.of(found.site)
        chat.whose(found, claims, token, spoken)
        return chat.Thread(found.pk, found.site_id, token, links.read(token), spoken)

    def asking(self, request: Request, conversation: uuid.UUID) -> chat.Thread:
        """The same of somebody who asks. Raises Refusal `busy` while the assistant could not answer in time."""
        thread = self.thread(request, conversation)
        if history.state_of(conversation) == State.BOT:
            door.not_too_much(thread.spoken, overloaded=runner.overloaded())
        return thread


class HelloView(CustomerView):
    """Open or resume a conversation."""

    @extend_schema(request=HelloBody, responses={200: dict})
    def post(self, request: Request) -> Response:
        """The welcome frame."""
        origin = request.headers.get("Origin", "")
        thread = chat.open_thread(body_of(request), origin, request.get_host(), address_of(request))
        return Response(chat.welcome(thread, chat.seq_of(body_of(request))))


class ConversationView(CustomerView):
    """Read what is new."""

    @extend_schema(parameters=[OpenApiParameter("after", int)], responses={200: dict})
    def get(self, request: Request, conversation: uuid.UUID) -> Response:
        """The messages after a seq, and the state frame."""
        thread = self.thread(request, conversation)
        door.count("look", address_of(request), str(thread.id), thread.spoken)
        after = request.query_params.get("after", "0")
        news = chat.news(thread, int(after) if after.isdecimal() and len(after) < 10 else 0, {})
        if any(message["author"] == "agent" for message in news.messages):
            chat.seen(thread, {"seq": news.messages[-1]["seq"]}, address_of(request))
        return Response({"messages": news.messages, "state": news.state})


class AskView(CustomerView):
    """Ask; the answer is there when the request ends."""

    @extend_schema(request=AskBody, responses={200: dict})
    def post(self, request: Request, conversation: uuid.UUID) -> Response:
        """The acknowledgement; the turn has been settled by then unless another one is in flight."""
        return taken(request, chat.ask(self.asking(request, conversation), body_of(request), address_of(request)))


class ChooseView(CustomerView):
    """Choose among the sections offered last."""

    @extend_schema(request=ChooseBody, responses={200: dict})
    def post(self, request: Request, conversation: uuid.UUID) -> Response:
        """The acknowledgement, as of an ask."""
        return taken(request, chat.choose(self.asking(request, conversation), body_of(request), address_of(request)))


class HumanView(CustomerView):
    """The button."""

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, conversation: uuid.UUID) -> Response:
        """The state frame."""
        thread = self.thread(request, conversation)
        chat.human(thread)
        state = Conversation.objects.values_list("state", flat=True).get(pk=thread.id)
        return Response(chat.state_frame(thread, state))


class NoteView(CustomerView):
    """Feedback, rate, contact, leave, end."""

    @extend_schema(request=dict, responses={200: dict})
    def post(self, request: Request, conversation: uuid.UUID, verb: str) -> Response:
        """The ok frame; of a complaint with its number."""
        thread = self.thread(request, conversation)
        if verb not in chat.NOTES:
            raise Refusal("bad_frame", f"There is no verb “{verb[:40]}”.")
        told = chat.note(thread, verb, body_of(request), address_of(request))
        return Response({"type": "ok", "for": verb, **told})


routes = [
    path("conversations/", HelloView.as_view()),
    path("conversations/<uuid:conversation>/", ConversationView.as_view()),
    path("conversations/<uuid:conversation>/ask/", AskView.as_view()),
    path("conversations/<uuid:conversation>/choose/", ChooseView.as_view()),
    path("conversations/<uuid:conversation>/human/", HumanView.as_view()),
    path("conversations/<uuid:conversation>/<slug:verb>/", NoteView.as_view()),
]
