"""Apache Kafka itself as the tests run it, from whichever source it can be had."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from embedded.kafka import ApacheKafka
from events.kafka import KafkaConfig, ensure_topics

pytestmark = pytest.mark.kafka

TOPIC = "voronka.test.v1"
P7 = TopicPartition(TOPIC, 7)


@pytest.fixture
def kafka(apache_kafka):
    apache_kafka.lose_everything()
    apache_kafka.start()
    return apache_kafka


async def _send(kafka: ApacheKafka, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(TOPIC, value, partition=7, headers=[("ce_sequence", b"1")])
    finally:
        await producer.stop()


async def _read_all(kafka: ApacheKafka) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([P7])
        end = (await consumer.end_offsets([P7]))[P7]
        await consumer.seek_to_beginning(P7)
        values: list[bytes] = []
        while len(values) < end:
            values += [record.value for record in (await consumer.getmany(P7, timeout_ms=500)).get(P7, [])]
        return values
    finally:
        await consumer.stop()


async def test_what_was_sent_comes_back(kafka):
    await ensure_topics(KafkaConfig(kafka.bootstrap), TOPIC)
    await _send(kafka, b"one", b"two")
    assert await _read_all(kafka) == [b"one", b"two"]


async def test_what_was_acknowledged_survives_a_kill_and_the_port_stays(kafka):
    # given
    await ensure_topics(KafkaConfig(kafka.bootstrap), TOPIC)
    await _send(kafka, b"before")

    # when
    before = kafka.bootstrap
    kafka.kill()
    kafka.start()

    # then
    assert kafka.bootstrap == before
    assert await _read_all(kafka) == [b"before"]


async def test_it_can_be_made_to_lose_everything(kafka):
    # given
    await ensure_topics(KafkaConfig(kafka.bootstrap), TOPIC)
    await _send(kafka, b"before")

    # when
    kafka.lose_everything()
    kafka.start()

    # then
    await ensure_topics(KafkaConfig(kafka.bootstrap), TOPIC)
    assert await _read_all(kafka) == []


async def test_topics_are_never_made_by_producing_to_them(kafka):
    with pytest.raises(KafkaError):
        await _send(kafka, b"x")
