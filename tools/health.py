"""How the tools of a site do: what the last hour's calls came to, how often each is used, who is left alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.utils import timezone

from conversations.models import ToolCall
from sites.core import rate
from sites.models import Site
from tools import trial, wire
from tools.declaration import Tool

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Health:
    """One tool. `minute`: calls of the whole site in the running minute; `why`: what failed last, in words of ours."""

    tool: Tool
    connection: str
    left_alone: bool
    ok: int
    failed: int
    refused: int
    ms: float | None
    minute: int
    why: str


def of(site: Site) -> Iterator[Health]:
    """Each declared tool of a site, by name; being left alone is this process's own knowledge."""
    calls: dict[str, list[tuple[str, float, str]]] = {}
    recent = ToolCall.objects.filter(turn__conversation__site=site, turn__created_at__gte=timezone.now() - HOUR)
    for called, state, ms, result in recent.order_by("pk").values_list("tool", "state", "ms", "result"):
        calls.setdefault(called, []).append((state, ms, str((result or {}).get("why", "")) if state != "ok" else ""))
    for name, tool in sorted(trial.candidate(site).tools.items()):
        made = calls.get(name, [])
        states = Counter(state for state, _, _ in made)
        answered = [ms for state, ms, _ in made if state == "ok"]
        yield Health(
            tool=tool,
            connection=tool.request.connection,
            left_alone=wire.breaker_of(site.slug, tool.request.connection).open,
            ok=states["ok"],
            failed=states["failed"],
            refused=states["refused"],
            ms=round(median(answered), 1) if answered else None,
            minute=rate.counted("tools of a site", name, site.slug),
            why=next((why for _, _, why in reversed(made) if why), ""),
        )
