"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; else nothing of it is even imported.

Law of the room: a span carries ids, never words, and not what was recognised about anybody. The trace of a turn is
numbered by the turn itself: whichever process works on it, also after another died, adds to the same trace, and nothing
is passed along.
"""

import functools
import hashlib
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

log = logging.getLogger(__name__)
COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Numbered(Protocol):
    """A turn."""

    pk: Any
    conversation_id: Any


P = ParamSpec("P")
T = TypeVar("T")
Each = TypeVar("Each", bound=Numbered)


@functools.cache
def tracer() -> "Tracer | None":
    """What spans are made by; None where no collector is named, or what it takes is not installed."""
    if not os.environ.get(COLLECTOR):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("A collector of traces is named, and opentelemetry-sdk with its exporter is not installed.")
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": "handrail"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("handrail")


def of_turn(name: str) -> Callable[[Callable[Concatenate[Each, P], T]], Callable[Concatenate[Each, P], T]]:
    """A function of a turn, each call of which is a span of the turn's trace."""

    def wrap(function: Callable[Concatenate[Each, P], T]) -> Callable[Concatenate[Each, P], T]:
        @functools.wraps(function)
        def wrapped(turn: Each, /, *args: P.args, **more: P.kwargs) -> T:
            if (made := tracer()) is None:
                return function(turn, *args, **more)
            with made.start_as_current_span(name, context=trace_of(turn.pk), attributes=_facts(turn)):
                return function(turn, *args, **more)

        return wrapped

    return wrap


def passed(name: str, turn: Numbered, began: int) -> None:
    """A span of what began at a moment (nanoseconds since 1970) and is over; for what had no turn when it began."""
    if (made := tracer()) is not None:
        made.start_span(name, context=trace_of(turn.pk), start_time=began, attributes=_facts(turn)).end()


def trace_of(turn: int) -> "Context":
    """The context of a turn's trace: the same in every process of an installation."""
    from opentelemetry import trace

    digest = hashlib.sha256(f"{settings.HANDRAIL_BASE_URL} turn {turn}".encode()).digest()
    numbers = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")
    parent = trace.SpanContext(*numbers, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED))
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))


def _facts(turn: Numbered) -> dict[str, str]:
    return {"handrail.turn": str(turn.pk), "handrail.conversation": str(turn.conversation_id)}
