"""Celery over the outbox: with no broker named it runs inside the serving process; with one, in workers of its own.

The outbox row is the promise, so a lost task loses nothing: the beat looks for due rows anyway.
"""

import os
import sys
import threading
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

OFTEN = timedelta(seconds=1 if settings.CELERY_BROKER_URL else 2)
"""How often is looked at what is due; inside the serving process a commit says so besides."""
SETTINGS: dict[str, Any] = {
    "broker_url": settings.CELERY_BROKER_URL or "memory://localhost/",
    "broker_connection_retry_on_startup": True,
    "broker_transport": None if settings.CELERY_BROKER_URL else "config.waking:Transport",
    # Celery's own care for Django's connections closes them before and after every task; ours is Django's, below.
    "CELERY_DB_REUSE_MAX": sys.maxsize,
    "task_default_queue": "fast",
    "task_routes": {
        "chatbot.tasks.bulk": {"queue": "bulk"},
        "knowledge.tasks.look_at_a_link": {"queue": "bulk"},
        "knowledge.tasks.collect_links": {"queue": "bulk"},
        "conversations.tasks.forget": {"queue": "bulk"},
    },
    "task_ignore_result": True,
    "worker_hijack_root_logger": False,
    "worker_prefetch_multiplier": 1,
    "task_acks_late": True,
    "beat_schedule": {
        "fast": {"task": "chatbot.tasks.fast", "schedule": OFTEN, "options": {"expires": 1}},
        "bulk": {"task": "chatbot.tasks.bulk", "schedule": timedelta(seconds=2), "options": {"expires": 2}},
        "sweep": {"task": "chatbot.tasks.sweep", "schedule": OFTEN, "options": {"expires": 1}},
        "remind": {"task": "escalation.tasks.remind", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
        "vanished": {
            "task": "escalation.tasks.free_vanished",
            "schedule": timedelta(seconds=10),
            "options": {"expires": 10},
        },
        "changes": {
            "task": "escalation.tasks.end_changes",
            "schedule": timedelta(seconds=10),
            "options": {"expires": 10},
        },
        "harvest": {
            "task": "chatbot.tasks.harvest",
            "schedule": timedelta(seconds=10),
            "options": {"expires": 10},
        },
        "look": {"task": "release.tasks.look", "schedule": timedelta(seconds=30), "options": {"expires": 30}},
        "anchor": {"task": "sites.tasks.anchor", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
        "prune": {"task": "sites.tasks.prune", "schedule": timedelta(hours=6), "options": {"expires": 3600}},
        "forget": {
            "task": "conversations.tasks.forget",
            "schedule": timedelta(hours=1),
            "options": {"expires": 3600},
        },
        "alarm": {"task": "release.tasks.alarm", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
        "alarm-desk": {"task": "escalation.tasks.alarm", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
        "draw": {"task": "release.tasks.draw", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
        "recheck": {"task": "release.tasks.recheck", "schedule": timedelta(days=1), "options": {"expires": 3600}},
        "links": {
            "task": "knowledge.tasks.look_at_a_link",
            "schedule": timedelta(seconds=10),
            "options": {"expires": 10},
        },
        "crawl": {"task": "release.tasks.crawl_due", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
        "collect": {
            "task": "knowledge.tasks.collect_links",
            "schedule": timedelta(hours=1),
            "options": {"expires": 600},
        },
    },
}
app = Celery("handrail")
app.set_default()
app.conf.update(SETTINGS)
signals.task_prerun.connect(lambda **_: close_old_connections(), weak=False)
signals.task_postrun.connect(lambda **_: close_old_connections(), weak=False)
app.autodiscover_tasks(["chatbot", "escalation", "release", "conversations", "knowledge", "sites"])


def embed() -> list[threading.Thread]:
    """Start a fast worker, a bulk worker and the beat as threads of this process; returns them."""
    from config.beat import Sparing  # the apps must be there

    app.loader.import_default_modules()
    parts = {
        "celery-fast": lambda: _worker("fast"),
        "celery-bulk": lambda: _worker("bulk"),
        "celery-beat": app.Beat(schedule=str(settings.HANDRAIL_HOME / "beat"), scheduler_cls=Sparing, quiet=True).run,
    }
    threads = [threading.Thread(target=run, name=name, daemon=True) for name, run in parts.items()]
    for thread in threads:
        thread.start()
    return threads


def _worker(queue: str) -> Any:
    # A worker keeps its choice of queues on its app: two workers of one app would both serve the same queue.
    own = Celery(f"handrail-{queue}", set_as_current=False)
    own.conf.update(SETTINGS)
    worker = own.WorkController(
        pool="solo", queues=[queue], hostname=f"{queue}@handrail", without_gossip=True, without_mingle=True,
        without_heartbeat=True, loglevel="WARNING",
    )  # fmt: skip
    return worker.start()
