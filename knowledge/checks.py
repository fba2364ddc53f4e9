"""What is wrong with how this part is set up, said before anything runs."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def index_settings(**_: Any) -> list[CheckMessage]:
    """CHROMA_URL must be an address; workers in other processes need one."""
    if settings.CHROMA_URL:
        url = urlsplit(settings.CHROMA_URL)
        if url.scheme not in ("http", "https") or not url.hostname:
            hint = "Write it like http://chroma:8000, or leave it empty for the embedded index."
            return [
                Error(
                    f"CHROMA_URL={settings.CHROMA_URL!r} is not a web address.",
                    hint=hint,
                    id="knowledge.E001",
                )
            ]
    elif settings.CELERY_BROKER_URL:
        return [
            Warning(
                "CELERY_BROKER_URL moves indexing to other processes, which cannot own the embedded index.",
                hint="Run a Chroma server and name it in CHROMA_URL; until then every search is exact.",
                id="knowledge.W001",
            )
        ]
    return []
