"""A chat model behind one address, asked for numbers in whichever form its server understands.

Law of the room: numbers come back or nothing does. A form that a server does not understand is followed by a plainer
one (a JSON schema, then a tool call, then plain JSON), and what was understood is asked first the next time.
"""

import contextlib
import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from pydantic import BaseModel, ConfigDict

from sites.core import foreign
from tools import outbound
from tools.chat import Chat
from tools.connection import variable
from tools.outbound import Failed, How

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

NAME = "choose"
PLAINLY = ' Answer with JSON and nothing else, like {"numbers": [2, 5]}.'
UNKNOWN = frozenset({400, 415, 422, 501})
"""Statuses by which servers say that they do not understand a form."""
CUT, REFUSALS = ("LengthFinishReasonError",), ("OpenAIRefusalError", "ContentFilterFinishReasonError")
"""Names of a client library's errors for an answer that broke off at its limit, or was refused."""


class Form(StrEnum):
    """How the numbers are asked for, the strictest first."""

    SCHEMA = "schema"
    TOOLS = "tools"
    PLAIN = "plain"


class Numbers(BaseModel):
    """What a model may say."""

    model_config = ConfigDict(strict=True)

    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a model for at most `most` different numbers from 1 to `count`."""

    chat: Chat
    prompt: str
    data: str
    count: int
    most: int
    form: Form


@dataclass(frozen=True, slots=True)
class Said:
    """The numbers, and the tokens that were read and written for them as the server counts them."""

    numbers: tuple[int, ...]
    tokens: tuple[int, int] = (0, 0)


class BadNumbers(Exception):
    """The model said something else, or numbers that it was not given, or one twice, or too many."""


class Refusal(Exception):
    """The model declined to answer."""


class Cut(Exception):
    """The answer broke off at the limit of tokens."""


_known: dict[Chat, Form] = {}


def forms(chat: Chat) -> list[Form]:
    """The forms to ask a model in, the one it is known to understand first; plainer ones after it."""
    every = list(Form)
    return every[every.index(_known.get(chat, Form.SCHEMA)) :]


def understood(chat: Chat, form: Form) -> None:
    """A model answered in this form."""
    _known[chat] = form


def forget() -> None:
    """Know nothing of any model any more."""
    _known.clear()
    client.cache_clear()


async def ask(asked: Asked) -> Said:
    """The numbers that a model says. Raises what a client library raises, and the errors above."""
    from langsmith import tracing_context

    model: Any = client(asked.chat)
    schema, system = _schema(asked.count, asked.most), asked.prompt
    if asked.form is Form.SCHEMA:
        wanted = {"name": NAME, "strict": True, "schema": schema}
        model = model.bind(response_format={"type": "json_schema", "json_schema": wanted})
    elif asked.form is Form.TOOLS:
        tool = {"name": NAME, "description": "Say the numbers.", "parameters": schema}
        model = model.bind_tools([{"type": "function", "function": tool}], tool_choice=NAME)
    else:
        system += PLAINLY
    with tracing_context(enabled=False):
        message = await model.ainvoke([("system", system), ("human", asked.data)], {"callbacks": []})
    return Said(_numbers(message, asked.count, asked.most), _tokens(message))


def meaning(error: BaseException) -> How | None:
    """What an error on the way says; None: nothing that is known here."""
    for each in outbound.causes(error):
        status = getattr(each, "status_code", None)
        if isinstance(each, Failed):
            return each.how
        if isinstance(status, int):
            return _STATUS.get(status, How.UNSUPPORTED if status in UNKNOWN else None)
        if isinstance(each, Cut) or type(each).__name__ in CUT:
            return How.CUT
        if isinstance(each, Refusal) or type(each).__name__ in REFUSALS:
            return How.REFUSAL
    return None


_STATUS = {401: How.WRONG_KEY, 403: How.WRONG_KEY, 402: How.QUOTA, 429: How.QUOTA}


def load() -> None:
    """Import what every model needs; nothing of it is loaded where no model is used."""
    importlib.import_module("langchain.chat_models")
    with contextlib.suppress(ImportError):
        importlib.import_module("langchain_openai")


@functools.lru_cache(maxsize=32)
def client(chat: Chat) -> "BaseChatModel":
    """The client of a connection, made once. Raises Failed where its key is not there, and where a release names the
    address of a provider whose client looks up names by itself."""
    from langchain.chat_models import init_chat_model

    told: dict[str, Any] = {"temperature": chat.temperature, "max_retries": 0, "max_tokens": chat.tokens}
    told |= {name: value for name, value in (("base_url", chat.url), ("api_key", _key(chat))) if value}
    model: BaseChatModel = init_chat_model(chat.model, **told)
    if "http_async_client" in type(model).model_fields:
        careful = outbound.client(chat.refusal if chat.name else None)  # settings name where they please
        model = init_chat_model(chat.model, **told, http_async_client=careful)
    elif chat.name and chat.url:
        raise Failed("this provider's client cannot be held to the addresses that may be reached", How.UNSUPPORTED)
    return model


# ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────


def _key(chat: Chat) -> str:
    """The key of a connection; one that names none is never given the environment's own. Raises Failed."""
    if not chat.name:
        return str(settings.HANDRAIL_MODEL_KEY)
    if not chat.key:
        return "none"
    try:
        return variable(chat.key)
    except Failed as failed:
        raise Failed(str(failed), How.WRONG_KEY) from None


def _schema(count: int, most: int) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1, "maximum": count}
    return {
        "type": "object",
        "properties": {"numbers": {"type": "array", "items": number, "maxItems": most}},
        "required": ["numbers"],
        "additionalProperties": False,
    }


def _numbers(message: Any, count: int, most: int) -> tuple[int, ...]:
    """The numbers of an answer, whichever of the forms it came in."""
    if message.response_metadata.get("finish_reason") in ("length", "max_tokens"):
        raise Cut
    if message.additional_kwargs.get("refusal") or message.response_metadata.get("finish_reason") == "content_filter":
        raise Refusal
    try:
        said = Numbers.model_validate(_value(message)).numbers
    except ValueError as error:
        raise BadNumbers from error
    if len(said) > most or len(set(said)) < len(said) or not all(1 <= n <= count for n in said):
        raise BadNumbers
    return tuple(said)


def _value(message: Any) -> Any:
    """What stands in an answer. Raises ValueError."""
    for call in message.tool_calls:
        if call["name"] == NAME:
            return foreign.clean(call["args"])
    text = message.content if isinstance(message.content, str) else ""
    return foreign.loads(text[text.find("{") : text.rfind("}") + 1])


def _tokens(message: Any) -> tuple[int, int]:
    """As the server counts them; what is no count is none."""
    usage: Mapping[str, Any] = message.usage_metadata or {}
    read, written = (usage.get(name) for name in ("input_tokens", "output_tokens"))
    return (read if isinstance(read, int) else 0, written if isinstance(written, int) else 0)
