"""Fixtures for Kafka: the embedded broker, or Apache Kafka itself with VORONKA_TEST_BROKER=kafka.

With VORONKA_TEST_BROKER=containers Apache Kafka, and PostgreSQL too (see `databases`), run from their official images
by testcontainers; where no Docker engine answers, what needs them is skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from embedded.broker import Broker, EmbeddedBroker
from embedded.kafka import ApacheKafka
from embedded.kafka_jars import KafkaUnavailable

NewBroker = Callable[[Path], AbstractContextManager[Broker]]


def _embedded(folder: Path) -> AbstractContextManager[Broker]:
    return EmbeddedBroker(folder / "broker.log")


def _container(folder: Path) -> AbstractContextManager[Broker]:
    return ApacheKafka(folder, only_container=True)


_KINDS: dict[str, NewBroker] = {"embedded": _embedded, "kafka": ApacheKafka, "containers": _container}

# By default an embedded broker that has nothing to say takes a third of a core.
UNHURRIED = {"VORONKA_KAFKA_FETCH_MAX_WAIT_MS": "100"}


@contextmanager
def broker_of(kind: str, folder: Path) -> Iterator[ApacheKafka | None]:
    """A broker for one system; None: the embedded one, which the system starts by itself."""
    broker = ApacheKafka(folder, only_container=kind == "containers") if kind != "embedded" else None
    try:
        yield broker
    finally:
        if broker is not None:
            broker.close()  # the system only stops it, and a stopped container stays


def _running(kind: str, folder: Path) -> Iterator[Broker]:
    try:
        with _KINDS[kind](folder) as broker:
            yield broker
    except KafkaUnavailable as reason:
        if kind == "kafka" and (os.environ.get("CI") or os.environ.get("VORONKA_TEST_BROKER") == "kafka"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def broker_kind() -> str:
    """`embedded`, `kafka` or `containers`: what `broker` and `kafka_bootstrap` are."""
    kind = os.environ.get("VORONKA_TEST_BROKER", "embedded")
    if kind not in _KINDS:
        pytest.fail(f"VORONKA_TEST_BROKER must be one of {', '.join(_KINDS)}, not {kind!r}")
    return kind


@pytest.fixture(scope="session")
def kafka_bootstrap(broker_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of one broker for the whole run. Its topics are everybody's: use names of your own."""
    for broker in _running(broker_kind, tmp_path_factory.mktemp("broker")):
        yield broker.bootstrap


@pytest.fixture
def broker(broker_kind: str, tmp_path: Path) -> Iterator[Broker]:
    """A broker of the test's own, empty, which it may kill."""
    yield from _running(broker_kind, tmp_path / "broker")


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Apache Kafka itself, whatever VORONKA_TEST_BROKER says. Where it cannot be had: skipped, in CI failed."""
    yield from _running("kafka", tmp_path_factory.mktemp("apache-kafka"))
