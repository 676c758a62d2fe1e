"""One running system for all end-to-end tests; its broker is the embedded one or Apache Kafka itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.kafka import ApacheKafka
from embedded.system import System
from span_receiver import SpanReceiver


@pytest.fixture(scope="package")
def traces() -> Iterator[SpanReceiver]:
    """Where the system sends its spans."""
    with SpanReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def system(reachable_tmp: Path, broker_kind: str, traces: SpanReceiver) -> Iterator[System]:
    """It records what a caller asks to be recorded, and nothing of its own accord."""
    contained = broker_kind == "containers"
    broker = ApacheKafka(reachable_tmp / "kafka", only_container=contained) if broker_kind != "embedded" else None
    tracing = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    try:
        with System(reachable_tmp / "system", broker=broker, fsync=False, environment=tracing) as running:
            yield running
    finally:
        if broker is not None:
            broker.close()  # the system only stops it, and a stopped container stays
