"""What a request is told that is refused before any page sees it."""

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too many files at once are named, for a person did that; anything else stays unexplained."""
    if not isinstance(exception, TooManyFilesSent):
        return defaults.bad_request(request, exception)
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    said = f"More than {most} files at once. Go back, and hand in a .zip of the folder, or a part of it."
    return HttpResponse(said, status=400, content_type="text/plain; charset=utf-8")
