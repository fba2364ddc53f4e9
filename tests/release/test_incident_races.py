"""Two people at once: a customer gets one correction, a go-live comes before a severe incident or not at all."""

import threading
from collections.abc import Callable

import pytest
from django.db import close_old_connections, connection, connections

from conversations.models import Message
from knowledge.models import Source
from release.gate import gate
from release.incidents import lifecycle, remediation
from release.live import snapshot
from release.models import Affected, Incident, Release
from sites.core.refusal import Refused
from sites.models import LedgerEntry
from tests.conftest import count
from tests.release import stage, talk
from tests.release.talk import Said

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[str]:
    """Start all at the same moment; "done" or the refusal of each."""
    gate_, ends = threading.Barrier(len(works)), [""] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        close_old_connections()
        gate_.wait(20)
        try:
            work()
            ends[number] = "done"
        except Refused as refusal:
            ends[number] = str(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def test_of_many_corrections_at_once_a_customer_gets_one(tmp_path):
    ferry = stage.load(stage.write(tmp_path / "ferry"))
    who = stage.people(ferry)
    revision = Source.objects.get(slug="fares").revisions.select_related("source").get()
    said = Said(((revision, *talk.sentences(revision)[0]),))
    talk.write(ferry, [[said]] * count(20, 3))
    incident = lifecycle.report(Source.objects.get(slug="fares"), severity="minor", reason="x", actor=who["dan"])
    for row in incident.affected.all():
        stale = [Affected.objects.get(pk=row.pk) for _ in range(4)]
        ends = at_once(*(lambda r=r: remediation.correct(r, actor=who["ben"], text="It is 11.") for r in stale))
        assert ends.count("done") == 1, ends
        assert Message.objects.filter(conversation=row.conversation_id, author="agent").count() == 1


def test_a_release_is_live_before_a_severe_incident_or_not_at_all(tmp_path):
    ferry = stage.load(stage.write(tmp_path / "ferry"))
    who, fares = stage.people(ferry), Source.objects.get(slug="fares")
    for n in range(count(20, 4)):
        Source.objects.filter(slug="bags").update(audience=f"members-{n}")
        release = snapshot.freeze(ferry, actor=who["dan"])
        stage.passed(release)
        release.refresh_from_db()
        ends = at_once(
            lambda r=release: gate.go_live(r, actor=who["dan"], second=who["cleo"], reason="Now."),
            lambda: lifecycle.report(fares, severity="severe", reason="Wrong.", actor=who["ben"]),
        )
        assert ends[1] == "done"
        kinds = list(
            LedgerEntry.objects.filter(kind__in=["release_live", "incident_opened", "incident_reported_again"])
            .order_by("number")
            .values_list("kind", flat=True)
        )
        is_live = Release.objects.get(pk=release.pk).state == "live"
        assert is_live == (ends[0] == "done")
        assert (kinds[-2:-1] == ["release_live"]) == is_live
        Incident.objects.update(state="resolved")
    connection.close()
