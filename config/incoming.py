"""What a request brings is text before a page sees it: its path, query, form, cookies and JSON (`sites.core.foreign`).

Law of the room: no view cleans; what is here is the only way in for HTTP, and for the cookies of sockets.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from django.http import HttpRequest, QueryDict, UnreadablePostError, parse_cookie
from django.utils.deprecation import MiddlewareMixin
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from sites.core import foreign


class ForeignTextMiddleware(MiddlewareMixin):
    """Every text of a request through the door. A form is read here, as Django's check against forgery would anyway."""

    def process_request(self, request: HttpRequest) -> None:
        """Clean it in place."""
        request.path, request.path_info = foreign.text(request.path), foreign.text(request.path_info)
        request.COOKIES = foreign.clean(request.COOKIES)
        request.GET = _clean(request.GET)  # type: ignore[assignment]
        with suppress(UnreadablePostError):  # whoever sent it has gone
            request.POST = _clean(request.POST)  # type: ignore[assignment]


class JSONParser(parsers.JSONParser):
    """JSON in UTF-8 of bounded length and depth."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The body's value. Raises ParseError with the cause."""
        try:
            return foreign.loads(stream.read(foreign.MOST + 1))
        except ValueError as error:
            raise ParseError(f"The body is not JSON that can be read: {error}.") from None


class FormParser(parsers.FormParser):
    """A form, for REST."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """The body's fields."""
        return _clean(super().parse(*args, **kwargs))


class ForeignCookies:
    """The cookies of a socket through the door, for what is inside."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        given = next((value for name, value in scope.get("headers", ()) if name == b"cookie"), b"")
        cookies = foreign.clean(parse_cookie(given.decode("latin-1")))
        return await self.inner({**scope, "cookies": cookies}, receive, send)


def _clean(form: QueryDict) -> QueryDict:
    """A form's fields, clean; the very same where they are already."""
    fields = [(foreign.text(name), [foreign.text(value) for value in values]) for name, values in form.lists()]
    if fields == list(form.lists()):
        return form
    cleaned = QueryDict(mutable=True)
    for name, values in fields:
        cleaned.setlist(name, values)
    cleaned._mutable = False
    return cleaned
