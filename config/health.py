"""Is the process alive, and can it serve: two pages for machines. What it has done: `config.metrics`."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from config import process
from release.live import fallen


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers, and the index and the workers are up, here or as processes; 503 names what is not.

    `fallen`: sites that are served, and whose categories are all at level 1 until the gate ran on this build or model.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    parts = {"database": True, **process.parts()}
    ready = all(parts.values())
    told = [{"site": each.site.slug, "differs": each.differing, "run": each.command} for each in fallen.everywhere()]
    return JsonResponse({"ready": ready, "parts": parts, "fallen": told}, status=200 if ready else 503)
