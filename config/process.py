"""What lives inside the serving process: the index it owns, the embedded workers, and the way it stops."""

import asyncio
import gc
import logging
import threading

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from chatbot import runner
from chatbot.decide import model
from chatbot.decide.gate import reading
from chatbot.decide.needs.reader import reader
from chatbot.decide.run import PUBLIC
from knowledge.face.embedding import embedder
from knowledge.face.retrieval import search
from knowledge.face.running import index, worker
from release.live import fallen, snapshot
from sites.core import hints, outbox, pulse
from sites.models import Site

log = logging.getLogger(__name__)

DRAIN = 10.0
"""Seconds that turns in flight get to finish when the process stops; the sweeper ends the rest."""

_threads: list[threading.Thread] = []


async def start() -> None:
    """Take the index, warm the embedder, start the workers, and settle the collector."""
    hints.bind(asyncio.get_running_loop())
    _keep_no_statements()
    await sync_to_async(_migrated)()
    await sync_to_async(_warm)()
    await sync_to_async(_tell)()
    if not settings.CELERY_BROKER_URL:
        from config import celery

        worker.begin()
        _threads.extend(celery.embed())
        outbox.listen(lambda bulk: celery.app.send_task("chatbot.tasks.bulk" if bulk else "chatbot.tasks.fast"))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def stop() -> None:
    """Let turns in flight finish, then give the index back."""
    await runner.drain(DRAIN)
    hints.bind(None)
    await sync_to_async(worker.end)()
    await sync_to_async(index().disown)()


def parts() -> dict[str, bool]:
    """Which parts are really up, in this process or beside it."""
    return {"index": index().ready(), **{t.name: t.is_alive() for t in _threads}, **pulse.lanes()}


def _keep_no_statements() -> None:
    """DEBUG, which is the demo, has Django keep the last 9,000 statements of a connection: nobody reads them here."""
    setattr(BaseDatabaseWrapper, "queries_logged", property(lambda own: own.force_debug_cursor))  # noqa: B010  no method


def _migrated() -> None:
    """Refuse to serve on tables of before this version. Raises ImproperlyConfigured."""
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        first = missing[0][0]
        raise ImproperlyConfigured(
            f"The database lacks {len(missing)} migrations of this version, from {first.app_label}.{first.name} on. "
            "Run `manage.py migrate` first; the version that serves now goes on meanwhile."
        )


def _tell() -> None:
    """Say in the log, at the start, which sites answer nobody by themselves for want of a run of the gate."""
    for each in fallen.everywhere():
        log.warning("%s", each)


def _warm() -> None:
    """Be ready before the first question: the index, the embedder, a model, and what each live site is searched in."""
    index().own()
    model.warm()
    reader()
    embedder().encode(["warm"])
    for site in Site.objects.all():
        if live := snapshot.live(site.pk):
            reading.warm(live, PUBLIC)
            for category in live.categories:
                search.warm(live.scope(category.slug, PUBLIC))
