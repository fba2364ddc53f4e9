"""Is the process alive, and can it serve: two pages for machines. What it has done: `config.metrics`."""

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from config import process
from config.refused import AGAIN
from release.live import fallen


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can take a customer's message: 503 only when it cannot, for its database does not answer.

    `degraded`: parts, here or as processes, without which answers go on, slower or later. `fallen`: sites that are
    served, and whose categories are all at level 1 until the gate ran on this build or model.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        parts = {"database": True, **process.parts()}
        told = [
            {"site": each.site.slug, "differs": each.differing, "run": each.command} for each in fallen.everywhere()
        ]
    except (OperationalError, InterfaceError):
        missing = {"ready": False, "parts": {"database": False}, "degraded": [], "fallen": []}
        return JsonResponse(missing, status=503, headers={"Retry-After": AGAIN})
    degraded = sorted(name for name, up in parts.items() if not up)
    return JsonResponse({"ready": True, "parts": parts, "degraded": degraded, "fallen": told})
