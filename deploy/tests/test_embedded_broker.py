"""The embedded broker: what the system relies on, and where it differs from Apache Kafka.

Tests named `..._unlike_apache_kafka` pin a difference. When one fails, the wheel has changed: read the docstring of
`embedded.broker` again and see whether the code that allows for the difference may go.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAlreadyExistsError, UnknownError
from aiokafka.protocol.metadata import MetadataRequest
from embedded.broker import EmbeddedBroker
from events.kafka import KafkaConfig, ensure_topics

TOPIC = "voronka.test.v1"
P0 = TopicPartition(TOPIC, 0)
BUSINESS_TIME_MS = 1_700_000_000_000


@pytest.fixture
def embedded(tmp_path):
    with EmbeddedBroker(tmp_path / "broker.log") as broker:
        yield broker


@asynccontextmanager
async def _started(client):
    await client.start()
    try:
        yield client
    finally:
        await (client.close if isinstance(client, AIOKafkaAdminClient) else client.stop)()


def _admin(broker):
    return _started(AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap))


def _producer(broker, **options):
    return _started(AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", **options))


def _consumer(broker, *topics, **options):
    options = {"fetch_max_wait_ms": 10, "enable_auto_commit": False, "auto_offset_reset": "earliest", **options}
    return _started(AIOKafkaConsumer(*topics, bootstrap_servers=broker.bootstrap, **options))


async def _create_topic(broker):
    async with _admin(broker) as admin:
        answer = await admin.create_topics([NewTopic(TOPIC, 16, 1, topic_configs={"retention.ms": "-1"})])
    return answer.topic_errors[0][1]


async def _send_batch(producer, size, partition=0):
    """Offset of the first record of one batch of `size` records."""
    batch = producer.create_batch()
    for number in range(size):
        batch.append(
            key=b"k", value=b"%d" % number, timestamp=BUSINESS_TIME_MS + number, headers=[("ce_sequence", b"1")]
        )
    return (await (await producer.send_batch(batch, TOPIC, partition=partition))).offset


async def _read(consumer, tp, count, seconds=5.0):
    records = []
    give_up = time.monotonic() + seconds
    while len(records) < count and time.monotonic() < give_up:
        records += (await consumer.getmany(tp, timeout_ms=100)).get(tp, [])
    return records


async def test_create_topics_gives_16_partitions_and_keeps_unlimited_retention(embedded):
    # when
    error = await _create_topic(embedded)

    # then
    async with _admin(embedded) as admin:
        [topic] = await admin.describe_topics([TOPIC])
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
    assert error == 0
    assert sorted(partition["partition"] for partition in topic["partitions"]) == list(range(16))
    assert ("retention.ms", "-1") in [entry[:2] for entry in answer.resources[0][4]]


async def test_creating_a_topic_twice_says_that_it_exists(embedded):
    await _create_topic(embedded)
    assert await _create_topic(embedded) == TopicAlreadyExistsError.errno


async def test_an_unknown_topic_is_made_only_for_a_client_that_asks_for_it(embedded):
    client = AIOKafkaClient(bootstrap_servers=embedded.bootstrap)
    await client.bootstrap()
    try:
        [node] = client.cluster.brokers()
        for wanted, partitions in ((False, 0), (True, 4)):
            answer = await client.send(node.nodeId, MetadataRequest([TOPIC], allow_auto_topic_creation=wanted))
            [(_, _, _, found)] = answer.topics
            assert len(found) == partitions
    finally:
        await client.close()


async def test_ensure_topics_gives_16_partitions_also_while_a_consumer_waits_for_the_topic(embedded):
    async with _consumer(embedded) as consumer:
        consumer.assign([P0])
        assert await _read(consumer, P0, 1, seconds=1) == []

        await ensure_topics(KafkaConfig(embedded.bootstrap), TOPIC)

        async with _producer(embedded) as producer, _admin(embedded) as admin:
            [topic] = await admin.describe_topics([TOPIC])
            assert len(topic["partitions"]) == 16
            await _send_batch(producer, 3)
        assert len(await _read(consumer, P0, 3)) == 3


@asynccontextmanager
async def _a_batch_sent_before_its_topic_was_made(broker):
    """A producer whose batch was under way when the broker was killed, and arrived before anybody made the topic."""
    await _create_topic(broker)
    async with _producer(broker) as producer:
        await _send_batch(producer, 1)
        broker.kill()
        under_way = asyncio.create_task(_send_batch(producer, 10))
        await asyncio.sleep(0.2)
        broker.start()
        assert await under_way == 0
        yield producer


async def test_a_topic_made_after_its_first_records_is_spoilt_unlike_apache_kafka(embedded):
    async with _a_batch_sent_before_its_topic_was_made(embedded) as producer, _consumer(embedded) as consumer:
        assert await _create_topic(embedded) == 0

        consumer.assign([P0])
        assert await _read(consumer, P0, 1, seconds=0.5) == []
        assert consumer.highwater(P0) == 0
        with pytest.raises(UnknownError):
            await _send_batch(producer, 10)


async def test_what_follows_a_refused_batch_is_acknowledged_and_may_be_hidden_unlike_apache_kafka(embedded):
    """Which is why the relay makes the topic anew as soon as one batch is refused."""
    async with _a_batch_sent_before_its_topic_was_made(embedded) as producer, _consumer(embedded) as consumer:
        await _create_topic(embedded)
        with pytest.raises(UnknownError):
            await _send_batch(producer, 4)

        assert await _send_batch(producer, 3) == 4
        assert await _send_batch(producer, 5) == 7

        consumer.assign([P0])
        values = [record.value for record in await _read(consumer, P0, 20, seconds=1)]
        assert values == [b"%d" % n for n in (*range(10), *range(5))]


async def test_ensure_topics_heals_a_topic_whose_first_records_came_before_it(embedded):
    async with _a_batch_sent_before_its_topic_was_made(embedded) as producer, _consumer(embedded) as consumer:
        await ensure_topics(KafkaConfig(embedded.bootstrap), TOPIC)

        assert await consumer.end_offsets([P0]) == {P0: 0}
        assert await _send_batch(producer, 10) == 0
        consumer.assign([P0])
        assert len(await _read(consumer, P0, 10)) == 10


@pytest.mark.parametrize("compression", [None, "lz4", "gzip"])
async def test_key_value_headers_timestamp_and_partition_come_back_as_sent(embedded, compression):
    # given
    await _create_topic(embedded)
    headers = [("ce_sequence", b"7"), ("ce_subject", "лид".encode())]

    # when
    async with _producer(embedded, compression_type=compression) as producer:
        sent = await producer.send_and_wait(
            TOPIC, b"value", key=b"key", partition=15, headers=headers, timestamp_ms=BUSINESS_TIME_MS
        )

    # then
    tp = TopicPartition(TOPIC, 15)
    async with _consumer(embedded) as consumer:
        consumer.assign([tp])
        [record] = await _read(consumer, tp, 1)
    assert (sent.partition, sent.offset) == (15, 0)
    assert (record.key, record.value, list(record.headers)) == (b"key", b"value", headers)
    assert record.timestamp == BUSINESS_TIME_MS


@pytest.mark.parametrize("compression", [None, "lz4"])
async def test_batches_come_back_whole_and_in_order(embedded, compression):
    await _create_topic(embedded)
    async with _producer(embedded, compression_type=compression) as producer, _consumer(embedded) as consumer:
        consumer.assign([P0])

        assert [await _send_batch(producer, size) for size in (1, 500, 3)] == [0, 1, 501]

        assert [record.offset for record in await _read(consumer, P0, 504)] == list(range(504))


async def test_a_seek_into_the_middle_of_a_batch_skips_what_is_before_it(embedded):
    await _create_topic(embedded)
    async with _producer(embedded) as producer, _consumer(embedded) as consumer:
        await _send_batch(producer, 10)
        consumer.assign([P0])
        consumer.seek(P0, 7)
        assert [record.offset for record in await _read(consumer, P0, 3)] == [7, 8, 9]


async def test_end_offsets_is_one_above_the_start_of_the_last_batch_unlike_apache_kafka(embedded):
    await _create_topic(embedded)
    async with _producer(embedded) as producer, _consumer(embedded) as consumer:
        for size, end_of_log in ((1, 1), (10, 11), (100, 111)):
            base = await _send_batch(producer, size)

            assert await consumer.end_offsets([P0]) == {P0: base + 1}

            consumer.assign([P0])
            consumer.seek(P0, base)
            await _read(consumer, P0, size)
            assert consumer.highwater(P0) == end_of_log
        assert await consumer.beginning_offsets([P0]) == {P0: 0}


async def test_a_fetch_beyond_the_end_is_silent_and_shows_the_end_of_the_log_unlike_apache_kafka(embedded):
    await _create_topic(embedded)
    async with _producer(embedded) as producer, _consumer(embedded) as consumer:
        await _send_batch(producer, 10)
        consumer.assign([P0])
        consumer.seek(P0, 1_000)
        assert await _read(consumer, P0, 1, seconds=0.5) == []
        assert await consumer.position(P0) == 1_000
        assert consumer.highwater(P0) == 10


async def test_offsets_for_times_ignores_the_timestamps_of_records_unlike_apache_kafka(embedded):
    await _create_topic(embedded)
    async with _producer(embedded) as producer, _consumer(embedded) as consumer:
        await _send_batch(producer, 10)
        found = await consumer.offsets_for_times({P0: BUSINESS_TIME_MS + 5})
    assert found[P0].offset == 0


async def test_an_idempotent_producer_cannot_send_unlike_apache_kafka(embedded):
    await _create_topic(embedded)
    with pytest.raises(UnknownError):
        async with _producer(embedded, enable_idempotence=True) as producer:
            await asyncio.wait_for(producer.send_and_wait(TOPIC, b"x", partition=0), 60)


async def test_a_killed_broker_comes_back_empty_on_the_same_port(embedded):
    # given
    await _create_topic(embedded)
    async with _producer(embedded) as producer:
        await _send_batch(producer, 10)

    # when
    before = embedded.pid
    embedded.kill()
    assert not embedded.running
    embedded.start()

    # then
    async with _admin(embedded) as admin:
        assert await admin.list_topics() == []
    assert embedded.pid != before
    assert await _create_topic(embedded) == 0
    async with _producer(embedded) as producer:
        assert await _send_batch(producer, 10) == 0


async def test_a_consumer_that_lived_through_the_loss_sees_the_shorter_log_in_its_high_watermark(embedded):
    # given
    await _create_topic(embedded)
    async with _producer(embedded) as producer, _consumer(embedded, metadata_max_age_ms=1_000) as consumer:
        await _send_batch(producer, 10)
        consumer.assign([P0])
        await _read(consumer, P0, 10)
        assert (await consumer.position(P0), consumer.highwater(P0)) == (10, 10)

        # when
        embedded.restart()
        await _create_topic(embedded)
        assert await _send_batch(producer, 3) == 0

        # then
        assert await _read(consumer, P0, 1, seconds=3) == []
        assert (await consumer.position(P0), consumer.highwater(P0)) == (10, 3)
        consumer.seek(P0, 0)
        assert len(await _read(consumer, P0, 3)) == 3


async def test_restart_closes_in_a_second_although_clients_are_connected(embedded):
    async with _admin(embedded):
        started = time.monotonic()
        embedded.restart()
        assert time.monotonic() - started < 10


async def test_the_first_member_of_a_group_joins_after_half_its_session_timeout(embedded):
    await _create_topic(embedded)
    for session_seconds in (2, 5):
        member = {"group_id": f"g{session_seconds}", "session_timeout_ms": 1_000 * session_seconds}
        started = time.monotonic()
        async with _consumer(embedded, TOPIC, heartbeat_interval_ms=500, **member) as consumer:
            assert len(consumer.assignment()) == 16
            assert session_seconds / 2 <= time.monotonic() - started < session_seconds / 2 + 10


@pytest.mark.slow
async def test_a_group_keeps_its_committed_offsets_and_a_returning_member_needs_no_session_to_expire(embedded):
    """Joining took 8 s with a `group_instance_id` and aiokafka's defaults, the first time as well as again."""
    # given
    await _create_topic(embedded)
    member = {"group_id": "g", "group_instance_id": "one"}
    async with _producer(embedded) as producer:
        await _send_batch(producer, 10)

    # when
    async with _consumer(embedded, TOPIC, **member) as consumer:
        assert len(consumer.assignment()) == 16
        await consumer.commit({P0: 4})

    # then
    started = time.monotonic()
    async with _consumer(embedded, TOPIC, **member) as consumer:
        assert time.monotonic() - started < 15
        assert await consumer.committed(P0) == 4
        assert [record.offset for record in await _read(consumer, P0, 6)] == list(range(4, 10))


@pytest.mark.slow
async def test_two_named_members_share_a_group_and_may_both_come_back_after_leaving_at_once(embedded):
    await _create_topic(embedded)
    for _ in range(2):
        members = [
            AIOKafkaConsumer(TOPIC, bootstrap_servers=embedded.bootstrap, group_id="g", group_instance_id=name)
            for name in ("one", "two")
        ]
        await asyncio.wait_for(asyncio.gather(*(member.start() for member in members)), 30)
        give_up = time.monotonic() + 30
        while sorted(len(member.assignment()) for member in members) != [8, 8] and time.monotonic() < give_up:
            await asyncio.gather(*(member.getmany(timeout_ms=100) for member in members))
        assert [len(member.assignment()) for member in members] == [8, 8]
        await asyncio.gather(*(member.stop() for member in members))
