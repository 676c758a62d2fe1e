"""One running system for all end-to-end tests; its broker is the embedded one or Apache Kafka itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import httpx2
import pytest
from brokers import UNHURRIED, broker_of
from embedded.system import SERVICES, System
from span_receiver import SpanReceiver


@pytest.fixture(scope="package")
def traces() -> Iterator[SpanReceiver]:
    """Where the system sends its spans."""
    with SpanReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def system(reachable_tmp: Path, broker_kind: str, traces: SpanReceiver) -> Iterator[System]:
    """It records what a caller asks to be recorded, and nothing of its own accord."""
    tracing = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with (
        broker_of(broker_kind, reachable_tmp / "kafka") as broker,
        System(reachable_tmp / "system", broker=broker, fsync=False, environment=tracing | UNHURRIED) as running,
    ):
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What failed against a whole system is told by the system: whether each service is ready, and how its log ends."""
    report = yield
    system = item.funcargs.get("system") if isinstance(item, pytest.Function) else None
    if report.failed and isinstance(system, System):
        report.sections += [(f"the service {name}", _told(system, name)) for name in SERVICES]
    return report


def _told(system: System, service: str) -> str:
    try:
        ready = httpx2.get(f"{system.url(service)}/readyz", timeout=10, trust_env=False).text
    except httpx2.HTTPError as error:
        ready = type(error).__name__
    lines = (system.home / "log" / f"{service}.log").read_text(errors="replace").splitlines()
    notable = [line for line in lines if '"level":"info"' not in line.replace(" ", "")]
    return "\n".join([ready, *notable[-40:]])
