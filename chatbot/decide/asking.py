"""Which models are asked for a use: those that a site's release declares, or the one that settings name for all.

Law of the room: without HANDRAIL_MODEL nobody is asked, whatever a release declares.
"""

from collections.abc import Iterable

from django.conf import settings

from release.live.snapshot import Snapshot
from tools.chat import DECLARED, Asked, Chat, Mode

NOBODY = Asked()


def of(snapshot: Snapshot, categories: Iterable[str], use: str) -> Asked:
    """What is asked for a use, as far as every one of these categories lets it go; the models are the first one's."""
    if not settings.HANDRAIL_MODEL:
        return NOBODY
    if not snapshot.models.said.connections:
        mode = Mode(settings.HANDRAIL_MODEL_USES.get(use, Mode.OFF))
        return Asked(mode, own()) if own() and mode is not Mode.OFF else NOBODY
    found = [snapshot.models.of(each, use) for each in categories]
    modes = {each.mode for each in found}
    if not found or Mode.OFF in modes:
        return NOBODY
    return Asked(Mode.SHADOW if Mode.SHADOW in modes else Mode.ON, found[0].chats)


def own() -> tuple[Chat, ...]:
    """The one that settings name, which has no name of its own; none where only sites' own are asked."""
    if settings.HANDRAIL_MODEL in ("", DECLARED):
        return ()
    return (
        Chat.model_construct(
            name="",
            model=settings.HANDRAIL_MODEL,
            url=settings.HANDRAIL_MODEL_URL,
            price=tuple(settings.HANDRAIL_MODEL_PRICE),
            calls=settings.HANDRAIL_MODEL_CALLS,
            queue=settings.HANDRAIL_MODEL_QUEUE,
        ),
    )
