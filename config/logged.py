"""Every request has a number, in the log and in its answer, so that a person can name the one that went wrong."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sites.core import logs

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
"""What a proxy may call it."""


class RequestNumber:
    """Before all other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        number = given if GIVEN.fullmatch(given) else uuid.uuid4().hex[:16]
        request.number = number  # type: ignore[attr-defined]  # for what is logged after the answer
        with logs.about(request=number):
            response = self.get_response(request)
        response[HEADER] = number
        return response
