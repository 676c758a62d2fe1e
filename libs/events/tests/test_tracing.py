"""Trails and spans: off and free by default, on by the standard variables, joined by W3C traceparents."""

import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from events import tracing
from events.tracing import (
    MOST_TRACES,
    Trail,
    current_traceparent,
    current_trail,
    following,
    sampled,
    span,
    wanted,
    worked,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from serving import Serve

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans, recorded for the time of the test."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record_with(provider)
    yield exporter
    tracing.disable()


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_the_standard_variables_turn_tracing_on(environment: dict[str, str], on: bool) -> None:
    assert wanted(environment) is on


def test_a_service_without_tracing_never_loads_the_sdk() -> None:
    code = "import events.server, sys; print([m for m in sys.modules if m.startswith('opentelemetry.sdk')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_tracing_a_span_changes_nothing() -> None:
    with following(Trail(UUID(int=1), None, CALLER)), span("work"):
        assert current_traceparent() == CALLER
    assert current_trail() is None


def test_a_span_is_a_child_of_the_trail_and_events_are_stamped_with_it(spans: InMemorySpanExporter) -> None:
    with following(Trail(UUID(int=1), None, CALLER)), span("work", kind="consumer", attributes={"events": 3}):
        inside = current_traceparent()
    (recorded,) = spans.get_finished_spans()
    assert recorded.name == "work"
    assert recorded.kind is SpanKind.CONSUMER
    assert recorded.attributes == {"events": 3}
    assert recorded.parent is not None
    assert f"{recorded.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert inside == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{recorded.context.span_id:016x}-01"


def test_work_on_a_batch_shows_once_in_each_sampled_trace(spans: InMemorySpanExporter) -> None:
    other = CALLER.replace("4bf9", "5bf9")
    unsampled = CALLER.replace("4bf9", "6bf9").removesuffix("1") + "0"
    began = time.time_ns() - 1_000_000
    traces = sampled([CALLER, other.encode(), None, CALLER, unsampled, "rubbish"])
    worked("apply sales", began, traces, kind="consumer", attributes={"events": 4})
    first, second = spans.get_finished_spans()
    assert [f"{one.context.trace_id:032x}" for one in (first, second)] == [CALLER[3:35], other[3:35]]
    assert first.parent is not None
    assert f"{first.parent.span_id:016x}" == CALLER[36:52]
    assert (first.kind, first.start_time, first.attributes) == (SpanKind.CONSUMER, began, {"events": 4})
    assert first.end_time is not None
    assert first.end_time - began >= 1_000_000


def test_a_batch_of_many_traces_shows_in_a_hundred_at_most(spans: InMemorySpanExporter) -> None:
    assert len(sampled(f"00-{number:032x}-{number:016x}-01" for number in range(1, 1000))) == MOST_TRACES


def test_without_tracing_a_batch_is_not_even_looked_at() -> None:
    def never() -> Iterator[str]:
        yield pytest.fail("looked at")

    assert sampled(never()) == ()
    worked("apply sales", 0, [CALLER])


def test_spans_nest(spans: InMemorySpanExporter) -> None:
    with span("outer"), span("inner"):
        pass
    inner, outer = spans.get_finished_spans()
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id


def test_a_failure_is_marked_by_its_type_without_its_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="916"), span("work"):
        raise ValueError("+79161234567")
    (recorded,) = spans.get_finished_spans()
    assert (recorded.status.status_code, recorded.status.description) == (StatusCode.ERROR, "ValueError")
    assert recorded.events == ()


async def test_a_request_has_a_span_named_by_its_template(serve: Serve, spans: InMemorySpanExporter) -> None:
    serving = await serve()
    await serving.admin.delete("/api-keys/79161234567", headers={"traceparent": CALLER})
    await serving.nobody.get("/livez")
    recorded = {one.name: one for one in spans.get_finished_spans()}
    request = recorded["DELETE /api-keys/{key_id}"]
    assert request.kind is SpanKind.SERVER
    assert f"{request.context.trace_id:032x}" == CALLER[3:35]
    assert request.attributes == {
        "http.request.method": "DELETE",
        "http.route": "/api-keys/{key_id}",
        "http.response.status_code": 404,
    }
    assert request.status.status_code is StatusCode.UNSET
    assert recorded["GET /livez"].parent is None
    assert not any("79161234567" in repr(one.to_json()) for one in recorded.values())
