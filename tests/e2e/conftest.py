"""One running system for all end-to-end tests; its broker is the embedded one or Apache Kafka itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.kafka import ApacheKafka
from embedded.system import System


@pytest.fixture(scope="package")
def system(reachable_tmp: Path, broker_kind: str) -> Iterator[System]:
    broker = ApacheKafka(reachable_tmp / "kafka") if broker_kind == "kafka" else None
    with System(reachable_tmp / "system", broker=broker, fsync=False) as running:
        yield running
