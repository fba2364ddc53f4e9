"""What a request is told that is refused before any page sees it, or that nobody could serve."""

import sys

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

AGAIN = 5
"""Seconds after which to come again when the database does not answer."""
AWAY = "The database does not answer. Nothing was changed; try again in a few seconds."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too many files at once are named, for a person did that; anything else stays unexplained."""
    if not isinstance(exception, TooManyFilesSent):
        return defaults.bad_request(request, exception)
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    said = f"More than {most} files at once. Go back, and hand in a .zip of the folder, or a part of it."
    return HttpResponse(said, status=400, content_type="text/plain; charset=utf-8")


def server_error(request: HttpRequest) -> HttpResponse:
    """503 with `Retry-After` where the database does not answer; anything else is our fault, and stays unexplained."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return defaults.server_error(request)
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": AWAY, "code": "unavailable"}, status=503, headers={"Retry-After": AGAIN})
    plain = "text/plain; charset=utf-8"
    return HttpResponse(f"{AWAY}\n", status=503, content_type=plain, headers={"Retry-After": AGAIN})
