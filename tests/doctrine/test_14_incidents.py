"""Promise 14, incidents have a blast radius: from one article to everybody who read it, and to a scenario."""

import pytest

from knowledge.models import Source
from release.gate import gate
from release.incidents import lifecycle, regression, remediation
from release.live import snapshot
from release.models import Release
from sites.core.refusal import Refused
from tests.doctrine.ada import BOOTS, RETURNS, Ada
from tests.doctrine.test_12_stop_and_go_back import passed

pytestmark = pytest.mark.django_db


def test_who_read_a_wrong_article_is_found_and_told_and_nobody_else_reads_it(fernway, people):
    told, other = Ada(fernway), Ada(fernway)
    assert told.ask(BOOTS).outcome == "answer"
    other.ask(RETURNS)
    source = Source.objects.get(site=fernway, slug="boot-care")
    incident = lifecycle.report(
        source, severity="severe", reason="It ruins the boots.", measures=["withdraw"], actor=people["cleo"]
    )
    assert set(incident.affected.values_list("conversation", flat=True)) == {told.conversation.pk}
    remediation.correct(incident.affected.get(), actor=people["ben"], text="Dry them at room temperature.")
    assert told.last["author"] == "agent"
    assert told.last["text"].endswith("Dry them at room temperature.")
    later = Ada(fernway)
    later.ask(BOOTS)
    assert source.revisions.first().title not in {c["title"] for c in later.last["citations"]}


def test_no_release_goes_live_while_a_severe_incident_is_open_or_without_its_scenario(fernway, people):
    told = Ada(fernway)
    told.ask(BOOTS)
    incident = lifecycle.report(
        told.conversation.turns.get(), severity="severe", reason="It ruins the boots.", actor=people["ben"]
    )
    assert Release.objects.filter(site=fernway, state="live").exists()
    body = regression.proposed(incident)
    Source.objects.filter(slug="boot-care").update(retired=True)
    before = snapshot.freeze(fernway, actor=people["dan"])
    passed(before)
    with pytest.raises(Refused, match="severe and not contained"):
        gate.go_live(before, actor=people["dan"], second=people["admin"], reason="Season.")
    lifecycle.contain(incident, ["withdraw"], actor=people["cleo"], reason="Until it is mended.")
    regression.write(incident, body, actor=people["cleo"])
    with pytest.raises(Refused, match="scenario of incident 1"):
        gate.go_live(before, actor=people["dan"], second=people["admin"], reason="Season.")
    after = snapshot.freeze(fernway, actor=people["dan"])
    passed(after)
    gate.go_live(after, actor=people["dan"], second=people["admin"], reason="Season.")
    assert snapshot.live(fernway.pk).fingerprint == after.fingerprint
