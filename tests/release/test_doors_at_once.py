"""Everybody at once: while some edit, weaken, freeze and push, whatever is above level 1 is what passed the gate."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, close_old_connections, connections

from release.gate import gate
from release.live import permits, snapshot
from release.models import Exposure, Release, Run, Scenario
from sites.core.refusal import Refused
from sites.models import Site
from tests.conftest import count
from tests.release import stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]


def edit(ferry: Site, who: dict[str, User], turn: int) -> None:
    Site.objects.filter(pk=ferry.pk).update(crisis=f"Call {turn}.")


def weaken(ferry: Site, who: dict[str, User], turn: int) -> None:
    Scenario.objects.filter(site=ferry, slug="weather").update(
        body={"id": "weather", "turns": [f"Hello {turn}"], "expect": {}}
    )


def push(ferry: Site, who: dict[str, User], turn: int) -> None:
    """Freeze and go live without asking the gate; raise on whatever run there is; write levels."""
    release = snapshot.freeze(Site.objects.get(pk=ferry.pk), actor=who["dan"])
    for move in (
        lambda: gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Now."),
        lambda: gate.rollback(ferry, release, actor=who["dan"], reason="Now."),
    ):
        with suppress(Refused):
            move()
    Exposure.objects.filter(category__site=ferry).update(level=3)


def publish(ferry: Site, who: dict[str, User], turn: int) -> None:
    release = snapshot.freeze(Site.objects.get(pk=ferry.pk), actor=who["dan"])
    with suppress(Refused):
        stage.passed(release)
        gate.go_live(release, actor=who["dan"], second=who["cleo"], reason="Season.")


def again_and_again(work: Callable[..., None], ferry: Site, who: dict[str, User], times: int, wrong: list[str]) -> None:
    close_old_connections()
    try:
        for turn in range(times):
            try:
                work(ferry, who, turn)
            except OperationalError:
                continue  # a busy database refuses; nothing has moved
            wrong += above_without_a_run(ferry)
    except Exception as error:
        wrong.append(f"{work.__name__}: {error!r}")
    finally:
        connections.close_all()


def above_without_a_run(ferry: Site) -> list[str]:
    """What is served above level 1 though no passing run holds every verdict of exactly its fingerprint."""
    frozen = snapshot.live(ferry.pk)
    if frozen is None or permits.of(ferry.pk, "tickets", frozen).level == 1:
        return []
    runs = Run.objects.filter(release__fingerprint=frozen.fingerprint, passed=True, failed=0)
    proven = [run for run in runs if run.verdicts.filter(passed=True).count() == len(frozen.scenarios)]
    return [] if proven else [f"{frozen.fingerprint} is served above level 1 and never passed"]


def test_no_race_of_edits_and_releases_serves_what_was_not_evaluated(tmp_path):
    ferry = stage.load(stage.write(tmp_path / "ferry"))
    who = stage.people(ferry)
    stage.publish(ferry)
    wrong: list[str] = []
    works = (edit, weaken, push, publish)
    threads = [threading.Thread(target=again_and_again, args=(work, ferry, who, count(60, 6), wrong)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert Release.objects.filter(site=ferry, state="live").count() == 1
    assert above_without_a_run(ferry) == []
