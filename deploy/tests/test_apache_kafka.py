"""Apache Kafka itself as the tests run it, from whichever source it can be had."""

from __future__ import annotations

from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from embedded.kafka import ApacheKafka
from events.kafka import KafkaConfig, ensure_topics
from events.log_dirs import log_dirs

pytestmark = pytest.mark.kafka


@pytest.fixture
def topic() -> str:
    return f"voronka.{uuid4().hex}.v1"


async def _send(kafka: ApacheKafka, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", request_timeout_ms=5_000)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, partition=7, headers=[("ce_sequence", b"1")])
    finally:
        await producer.stop()


async def _read_all(kafka: ApacheKafka, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    partition = TopicPartition(topic, 7)
    await consumer.start()
    try:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while len(values) < end:
            records = await consumer.getmany(partition, timeout_ms=500)
            values += [record.value for record in records.get(partition, [])]
        return values
    finally:
        await consumer.stop()


async def test_what_was_sent_comes_back(apache_kafka, topic):
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    await _send(apache_kafka, topic, b"one", b"two")
    assert await _read_all(apache_kafka, topic) == [b"one", b"two"]


async def test_it_tells_what_a_topic_takes_and_what_is_left_of_the_disk(apache_kafka, topic):
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    await _send(apache_kafka, topic, b"x" * 10_000)

    (told,) = await log_dirs(KafkaConfig(apache_kafka.bootstrap))

    assert told.topics[topic] >= 10_000
    assert 0 < told.free < told.total


async def test_what_was_acknowledged_survives_a_kill_and_the_port_stays(apache_kafka, topic):
    # given
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    await _send(apache_kafka, topic, b"before")

    # when
    before = apache_kafka.bootstrap
    apache_kafka.kill()
    apache_kafka.start()

    # then
    assert apache_kafka.bootstrap == before
    assert await _read_all(apache_kafka, topic) == [b"before"]


async def test_it_can_be_made_to_lose_everything(apache_kafka, topic):
    # given
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    await _send(apache_kafka, topic, b"before")

    # when
    apache_kafka.lose_everything()
    apache_kafka.start()

    # then
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    assert await _read_all(apache_kafka, topic) == []


async def test_a_topic_is_never_emptied_even_if_it_is_called_spoilt(apache_kafka, topic):
    await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic)
    await _send(apache_kafka, topic, b"kept")

    assert await ensure_topics(KafkaConfig(apache_kafka.bootstrap), topic, anew=True) == []

    assert await _read_all(apache_kafka, topic) == [b"kept"]


async def test_topics_are_never_made_by_producing_to_them(apache_kafka, topic):
    with pytest.raises(KafkaError):
        await _send(apache_kafka, topic, b"x")
