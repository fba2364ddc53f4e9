"""Is the process alive, and can it serve: two pages for machines. What it has done: `config.metrics`."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from config import process


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers, and the index and the workers are up, here or as processes; 503 names what is not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    parts = {"database": True, **process.parts()}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
