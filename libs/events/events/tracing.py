"""Where a piece of work comes from: correlation, causation, W3C trace context, and OpenTelemetry spans.

A `Trail` goes with every request, batch and task. Its `traceparent` is always there (made here if the caller sent
none), so that events, logs and problems of one request can be joined even where tracing is off. Spans are recorded
only when the standard `OTEL_*` variables name an exporter; otherwise `span` costs one comparison and the SDK is never
imported. Formats: https://www.w3.org/TR/trace-context/,
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import os
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_TRACEPARENT = re.compile(r"^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int | float | bool]
MOST_TRACES = 100
"""Of one batch, those that get a span for it; more would cost more than the work."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What links a piece of work to what caused it. `traceparent` is a valid W3C header value or None."""

    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @property
    def trace_id(self) -> str:
        """32 hex digits of the trace, or of the correlation id where there is no trace."""
        return self.traceparent[3:35] if self.traceparent else self.correlation_id.hex


_trail: ContextVar[Trail | None] = ContextVar("trail", default=None)


def current_trail() -> Trail | None:
    """The trail of the work at hand, None outside any."""
    return _trail.get()


def current_traceparent() -> str | None:
    """The W3C `traceparent` to stamp on events and outgoing calls, None outside any work."""
    trail = _trail.get()
    return trail.traceparent if trail else None


def arriving(correlation_id: str | None, traceparent: str | None) -> Trail:
    """The trail of an incoming request from its headers; what is missing or malformed is made anew, never believed."""
    try:
        correlation = UUID(correlation_id) if correlation_id and len(correlation_id) <= 36 else uuid7()
    except ValueError:
        correlation = uuid7()
    if not traceparent or not _TRACEPARENT.match(traceparent):
        if _tracer is not None:
            return Trail(correlation)
        traceparent = f"00-{random.getrandbits(128) or 1:032x}-{random.getrandbits(64) or 1:016x}-00"
    return Trail(correlation, None, traceparent)


def enter(trail: Trail) -> Token[Trail | None]:
    """Makes `trail` current; give the token to `leave`. For hot paths; elsewhere use `following`."""
    return _trail.set(trail)


def leave(token: Token[Trail | None]) -> None:
    _trail.reset(token)


@contextmanager
def following(trail: Trail) -> Iterator[Trail]:
    """Makes `trail` current inside the block."""
    token = _trail.set(trail)
    try:
        yield trail
    finally:
        _trail.reset(token)


_tracer: "Tracer | None" = None
_provider: "TracerProvider | None" = None
_NO_SPAN: AbstractContextManager[None] = nullcontext()


def wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """True if the standard variables ask for traces: an exporter or an endpoint, and not OTEL_SDK_DISABLED."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "")
    endpoint = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return exporter != "none" and bool(exporter or endpoint)


def enable(service: str, environment: str) -> None:
    """Starts recording spans, sent in batches by OTLP over HTTP (`OTEL_TRACES_EXPORTER=console` prints them)."""
    global _tracer, _provider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

    exporter: SpanExporter
    if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
        exporter = ConsoleSpanExporter()
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter()
    resource = Resource.create({"service.name": f"voronka-{service}", "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    record_with(provider)


def record_with(provider: "TracerProvider") -> None:
    """Records spans with this provider."""
    global _tracer, _provider
    _provider, _tracer = provider, provider.get_tracer("voronka")


def disable() -> None:
    """Sends what is left and stops recording."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


def span(name: str, *, kind: Kind = "internal", attributes: Attributes | None = None) -> AbstractContextManager[None]:
    """A span around the block, child of the current trail.

    Attributes must be free of personal data. Inside the block `current_traceparent()` names this span.
    """
    if _tracer is None:
        return _NO_SPAN
    return _recorded(_tracer, name, kind, attributes or {})


def sampled(traceparents: Iterable[str | bytes | None]) -> Sequence[str]:
    """Each trace once, of those that are recorded; none, and nothing is looked at, where tracing is off."""
    if _tracer is None:
        return ()
    texts = (one.decode("latin-1") if isinstance(one, bytes) else one for one in traceparents if one)
    return [text for text in dict.fromkeys(texts) if _TRACEPARENT.match(text) and int(text[-2:], 16) & 1][:MOST_TRACES]


def worked(
    name: str, started: int, traces: Sequence[str], *, kind: Kind = "internal", attributes: Attributes | None = None
) -> None:
    """A span from ``started`` (``time.time_ns()``) to now in each of these traces (:func:`sampled`): a batch was worked
    on for all of them at once, and each shows it.
    """
    if _tracer is None:
        return
    from opentelemetry import trace

    for traceparent in traces:
        _tracer.start_span(
            name,
            context=_context(traceparent),
            kind=trace.SpanKind[kind.upper()],
            attributes=dict(attributes or {}),
            start_time=started,
        ).end()


@contextmanager
def _recorded(tracer: "Tracer", name: str, kind: Kind, attributes: Attributes) -> Iterator[None]:
    from opentelemetry import trace

    trail = _trail.get() or Trail(uuid7())
    parent = _context(trail.traceparent) if trail.traceparent else None
    with tracer.start_as_current_span(
        name,
        context=parent,
        kind=trace.SpanKind[kind.upper()],
        attributes=dict(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        at = recorded.get_span_context()
        here = f"00-{at.trace_id:032x}-{at.span_id:016x}-{int(at.trace_flags):02x}"
        with following(replace(trail, traceparent=here)):
            try:
                yield
            except BaseException as error:
                # The type only: a message may hold a customer's values.
                recorded.set_status(trace.Status(trace.StatusCode.ERROR, type(error).__name__))
                raise


def _context(traceparent: str) -> "Context":
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def request_ended(method: str, route: str, status: int) -> None:
    """Names the current span after the request's route, known only at its end (OpenTelemetry's HTTP conventions)."""
    if _tracer is None:
        return
    from opentelemetry import trace

    recorded = trace.get_current_span()
    recorded.update_name(f"{method} {route}")
    recorded.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        recorded.set_status(trace.Status(trace.StatusCode.ERROR))
