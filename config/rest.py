"""What all of `/api/v1/` has in common: how a list is cut and filtered, and the one shape of a refusal.

Law of the room: what a request asks for is done or refused; nothing in its query is passed over in silence. A refusal
is `{"detail": a sentence, "code": a word}`, for bad input with `fields`; customers' routes answer with the socket's
error frames.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from config.refused import AGAIN, AWAY

MOST = 200
"""Rows on one page."""
MOMENTS = ("__gte", "__lt")
"""Lookups whose value is a moment."""


class Pages(PageNumberPagination):
    """`page` and `page_size`; a size that is none, or too large, is refused."""

    page_size_query_param, max_page_size = "page_size", MOST

    def get_page_size(self, request: Request) -> int | None:
        """How many rows the caller wants. Raises ValidationError."""
        wanted = request.query_params.get("page_size", str(self.page_size))
        if not (wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted[:9]) <= MOST):
            raise ValidationError({"page_size": f"A number from 1 to {MOST}."})
        return int(wanted)


class Filters(BaseFilterBackend):
    """The filters that a list names in `filters`: query parameter → lookup, or lookup and the words that it takes."""

    def filter_queryset(self, request: Request, queryset: "QuerySet[Any]", view: APIView) -> "QuerySet[Any]":
        """The rows that are asked for. Raises ValidationError for what is no filter of this list."""
        known = filters_of(view)
        for name in request.query_params:
            value = str(request.query_params.get(name))
            if name in ("page", "page_size"):
                continue
            if name not in known:
                offered = ", ".join(sorted({*known, "page", "page_size"}))
                raise ValidationError({name[:40]: f"There is no such filter here; there are {offered}."})
            lookup, words = known[name]
            if words and value not in words:
                raise ValidationError({name: f"One of {', '.join(words)}."})
            queryset = queryset.filter(**{lookup: _moment(name, value) if lookup.endswith(MOMENTS) else value})
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The same for the published schema."""
        return [
            {"name": name, "required": False, "in": "query",
             "schema": {"type": "string", **({"enum": list(words)} if words else {})}}
            for name, (_, words) in filters_of(view).items()
        ]  # fmt: skip


def filters_of(view: APIView) -> dict[str, tuple[str, Sequence[str]]]:
    """What a list says it can be filtered by: query parameter → lookup, and the words it takes (none: any)."""
    named: Mapping[str, str | tuple[str, Sequence[str]]] = getattr(view, "filters", {})
    return {name: (each, ()) if isinstance(each, str) else each for name, each in named.items()}


def refusal(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """An exception of a view as a response in the one shape; None where it is our own fault."""
    if isinstance(error, OperationalError | InterfaceError):
        body = {"detail": AWAY, "code": "unavailable"}
        return Response(body, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": str(AGAIN)})
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = response.data if isinstance(response.data, dict) else {"body": response.data}
        response.data = {"detail": _first(fields), "code": "invalid", "fields": fields}
    elif isinstance(response.data, dict):
        code = error.get_codes() if isinstance(error, APIException) else ""
        response.data.setdefault(
            "code", code if isinstance(code, str) and code else _CODES.get(response.status_code, "refused")
        )
    return response


_CODES = {403: "permission_denied", 404: "not_found", 409: "conflict"}


REFUSALS = {
    "400": "Bad input; `fields` says what of it.",
    "401": "Nobody is signed in, and no token was shown that counts.",
    "403": "Not for this role, or not in this token's scopes.",
    "404": "There is no such row on the caller's sites.",
    "409": "It cannot be done now; `detail` says why.",
    "429": "Too often; `Retry-After` says for how long.",
    "503": "The database does not answer; `Retry-After` says when to come again.",
}
"""What every route may answer besides."""


def documented(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The published schema, with the one shape of a refusal under every route."""
    words = {"type": "string"}
    shape = {"type": "object", "required": ["detail", "code"],
             "properties": {"detail": words, "code": words, "fields": {"type": "object"}}}  # fmt: skip
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = shape
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for methods in result["paths"].values():
        for operation in methods.values():
            for code, said in REFUSALS.items():
                operation["responses"].setdefault(code, {"description": said, "content": content})
    return result


def _first(fields: Mapping[str, Any]) -> str:
    """The first complaint as a sentence."""
    name, said = next(iter(fields.items()))
    while isinstance(said, list | dict) and said:
        said = next(iter(said.values())) if isinstance(said, dict) else said[0]
    return f"{name}: {said}"


def _moment(name: str, value: str) -> datetime:
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValidationError({name: "A moment with its offset, like 2026-01-31T00:00:00Z."})
    return found
