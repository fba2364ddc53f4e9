"""`/metrics`: what a scraper gets, that every line can be read, and who gets nothing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config import metrics
from conversations.models import ToolCall, Turn
from knowledge.models import Category
from release.live import pauses
from sites.models import OutboxItem, Site
from tests.release import talk
from tests.release.talk import Said
from tests.unsealed import change

pytestmark = pytest.mark.django_db
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.e+-]+|\+Inf|NaN)')


@pytest.fixture(autouse=True)
def tally(monkeypatch):
    """A process that has counted nothing yet."""
    fresh = metrics.Tally()
    monkeypatch.setattr(metrics, "_tally", fresh)
    return fresh


def told(now=None) -> dict[str, float]:
    """Every sample by its name and labels; each line must be of the format."""
    samples = {}
    declared: set[str] = set()
    for line in metrics.exposition(now or timezone.now()).decode().splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in declared, "a family is declared once"
            declared.add(name)
        elif not line.startswith("# HELP "):
            found = LINE.fullmatch(line)
            assert found, line
            family = re.sub("_(bucket|sum|count)$", "", found[1])
            assert {found[1], family} & declared, f"{line} comes before its TYPE"
            samples[line.rpartition(" ")[0]] = float(found[3])
    return samples


def test_turns_are_counted_once_and_then_what_is_new(ferry):
    said = Said((), "decline", "not_grounded", 1.0, category=Category.objects.get(slug="tickets"))
    talk.write(ferry, [[said]] * 3)
    name = 'handrail_turns_total{category="tickets",outcome="decline",reason="not_grounded",site="ferry"}'
    assert told()[name] == 3
    talk.write(ferry, [[Said((), "decline", "not_grounded", 0.0, category=said.category)]] * 2)
    assert told(timezone.now() + timedelta(seconds=10))[name] == 5
    assert told(timezone.now() + timedelta(seconds=20))[name] == 5


def test_the_histogram_adds_up(ferry):
    talk.write(ferry, [[Said((), days_ago=1.0)]] * 4)
    for ms, turn in zip((10, 40, 700, 60_000), Turn.objects.all(), strict=True):
        change(Turn.objects.filter(pk=turn.pk), created_at=turn.settled_at - timedelta(milliseconds=ms))
    found = told()
    buckets = [
        found[f'handrail_turn_seconds_bucket{{le="{le}",site="ferry"}}'] for le in ("0.025", "0.05", "1", "+Inf")
    ]
    assert buckets == [1, 2, 3, 4]
    assert found['handrail_turn_seconds_count{site="ferry"}'] == 4
    assert found['handrail_turn_seconds_sum{site="ferry"}'] == pytest.approx(60.75, abs=0.01)


def test_tool_calls_queue_and_pauses(ferry):
    talk.write(ferry, [[Said(())]])
    ToolCall.objects.create(turn=Turn.objects.get(), tool="order_status", state="failed")
    OutboxItem.objects.all().delete()
    OutboxItem.objects.create(kind="mail", due_at=timezone.now() - timedelta(minutes=3))
    pauses.pause(site=ferry, actor="test", reason="A test.")
    found = told()
    assert found['handrail_tool_calls_total{state="failed",tool="order_status"}'] == 1
    assert found['handrail_outbox{kind="mail",state="due"}'] >= 1
    assert 180 <= found['handrail_outbox_lag_seconds{lane="fast"}'] < 240
    assert found['handrail_pauses{category="",site="ferry",what="all"}'] == 1


def test_what_breaks_the_format_is_escaped(ferry):
    Site.objects.filter(pk=ferry.pk).update(slug='a"b\\c\nd')
    talk.write(Site.objects.get(), [[Said(())]])
    name = 'handrail_turns_total{category="",outcome="answer",reason="answered",site="a\\"b\\\\c\\nd"}'
    assert told()[name] == 1


# ── Who may see it ────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_token_only_this_machine_may_look(db, client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    refused = client.get("/metrics", REMOTE_ADDR="203.0.113.7")
    assert refused.status_code == 403
    assert "HANDRAIL_METRICS_TOKEN" in refused.content.decode()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_a_proxy_on_this_machine_does_not_let_the_world_in(db, client, settings, header):
    said = "for=203.0.113.7" if header == "Forwarded" else "203.0.113.7"
    assert client.get("/metrics", headers={header: said}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    settings.HANDRAIL_TRUSTED_PROXIES = ["127.0.0.0/8"]
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    assert client.get("/metrics").status_code == 403, "a named proxy asks for somebody, also without a header"


def test_with_a_token_whoever_shows_it_and_nobody_else(db, client, settings):
    settings.HANDRAIL_METRICS_TOKEN = "a-long-token"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    shown = client.get("/metrics", headers={"Authorization": "Bearer a-long-token"}, REMOTE_ADDR="203.0.113.7")
    assert shown.status_code == 200
    assert shown["Content-Type"].startswith("text/plain; version=0.0.4")
