"""Is the process alive, can it serve, and what has it done: three pages for machines."""

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from config import process
from conversations.models import Conversation, Turn
from escalation.models import Handoff
from sites.models import OutboxItem


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and every part that lives inside this process is up; 503 names what is not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    parts = {"database": True, **process.parts()}
    ready = all(parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts by site in the Prometheus text format; no text of any conversation."""
    lines = [
        *_gauge("handrail_conversations", Conversation.objects, "site__slug", "state"),
        *_gauge("handrail_turns", Turn.objects, "conversation__site__slug", "outcome", "reason"),
        *_gauge("handrail_handoffs", Handoff.objects, "site__slug", "state"),
        *_gauge("handrail_outbox", OutboxItem.objects, "state"),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _gauge(name: str, rows: object, *by: str) -> list[str]:
    counted = rows.order_by().values_list(*by).annotate(n=Count("pk"))  # type: ignore[attr-defined]
    labels = [field.rsplit("__", 2)[-2] if "__slug" in field else field for field in by]
    lines = [f"# TYPE {name} gauge"]
    for row in counted:
        named = ",".join(f'{label}="{value}"' for label, value in zip(labels, row, strict=False))
        lines.append(f"{name}{{{named}}} {row[-1]}")
    return lines
