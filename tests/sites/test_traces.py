"""With a collector each turn is one trace, whichever process works on it; without one nothing of it is there."""

from datetime import timedelta

import pytest
from django.utils import timezone
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chatbot import turn
from conversations.models import Turn
from sites.core import spans
from sites.models import Site
from tests.doctrine.ada import Ada

pytestmark = pytest.mark.django_db
QUESTION = "Where is the parcel of Ada Lovelace?"


@pytest.fixture
def ada() -> Ada:
    return Ada(Site.objects.create(slug="shop", name="Fernway"))


def process(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """A process with a collector of its own; returns what it is told."""
    told, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    monkeypatch.setattr(spans, "tracer", lambda: provider.get_tracer("handrail"))
    return told


def traces(told: InMemorySpanExporter) -> dict[str, int]:
    return {span.name: span.context.trace_id for span in told.get_finished_spans()}


def test_a_turn_is_one_trace_from_the_frame_to_the_settled_message(ada: Ada, monkeypatch: pytest.MonkeyPatch) -> None:
    told = process(monkeypatch)
    ada.ask(QUESTION)
    seen = traces(told)
    assert set(seen) == {"record", "decide", "settle"}
    assert len(set(seen.values())) == 1
    everything = "".join(span.to_json() for span in told.get_finished_spans())
    assert "Lovelace" not in everything
    assert str(ada.conversation.pk) in everything


def test_what_another_process_ends_is_in_the_same_trace(ada: Ada, monkeypatch: pytest.MonkeyPatch) -> None:
    first = process(monkeypatch)
    running = ada.write(QUESTION)
    turn.decide(running)
    Turn.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = process(monkeypatch)
    assert turn.sweep() == 1
    assert traces(second)["settle"] == traces(first)["record"] == traces(first)["decide"]


def test_without_a_collector_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(spans.COLLECTOR, raising=False)
    spans.tracer.cache_clear()
    assert spans.tracer() is None
