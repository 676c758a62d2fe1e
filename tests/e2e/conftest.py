"""One running system for all end-to-end tests; its broker is the embedded one or Apache Kafka itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.kafka import ApacheKafka
from embedded.system import System


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one system, so one worker runs them all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def system(reachable_tmp: Path, broker_kind: str) -> Iterator[System]:
    broker = ApacheKafka(reachable_tmp / "kafka") if broker_kind == "kafka" else None
    with System(reachable_tmp / "system", broker=broker, fsync=False) as running:
        yield running
