"""What we rely on in FastStream and aiokafka. When one of these fails, read ``events/subscription.py`` again first."""

from __future__ import annotations

import asyncio
import gc
import inspect
import re
import weakref
from pathlib import Path
from uuid import uuid4

import events
import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import ConsumerRecord
from events.kafka import KafkaConfig, ensure_topics, producer
from events.subscription import raw_message, raw_records, subscribe
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

REPOSITORY = Path(events.__file__).parents[3]


async def _topic(bootstrap: str) -> str:
    topic = f"voronka.t{uuid4().hex[:8]}.v1"
    await ensure_topics(KafkaConfig(bootstrap), topic)
    return topic


def _subscribe(broker: KafkaBroker, topic: str, handler) -> None:
    subscriber = broker.subscriber(
        topic, batch=True, max_records=100, batch_timeout_ms=20, group_id=topic, auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL, parser=raw_message, decoder=raw_records, session_timeout_ms=6000,
        fetch_max_wait_ms=20,
    )  # fmt: skip
    subscriber(handler)


async def _send(bootstrap: str, topic: str, *partitions: int) -> None:
    sender = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await sender.start()
    for number, partition in enumerate(partitions):
        await sender.send_and_wait(topic, str(number).encode(), partition=partition, headers=[("h", b"\xff\x00")])
    await sender.stop()


async def test_our_parser_and_decoder_hand_over_raw_records_of_all_partitions(kafka_bootstrap) -> None:
    topic = await _topic(kafka_bootstrap)
    got: list[ConsumerRecord] = []

    async def handle(records) -> None:
        got.extend(records)

    broker = KafkaBroker(kafka_bootstrap, apply_types=False, allow_auto_create_topics=False, logger=None)
    _subscribe(broker, topic, handle)
    async with broker:
        await broker.start()
        await _send(kafka_bootstrap, topic, 0, 5, 15)
        async with asyncio.timeout(60):
            while len(got) < 3:
                await asyncio.sleep(0.05)

    assert all(isinstance(record, ConsumerRecord) for record in got)
    assert sorted((record.partition, record.value) for record in got) == [(0, b"0"), (5, b"1"), (15, b"2")]
    assert got[0].headers == (("h", b"\xff\x00"),)


async def test_a_handler_that_raises_is_swallowed_and_its_batch_is_not_delivered_again(kafka_bootstrap) -> None:
    """This is why the consumer's handler never raises."""
    topic = await _topic(kafka_bootstrap)
    calls: list[bytes] = []

    async def handle(records) -> None:
        calls.extend(record.value for record in records)
        if len(calls) == 1:
            raise ValueError("first batch fails")

    broker = KafkaBroker(kafka_bootstrap, apply_types=False, allow_auto_create_topics=False, logger=None)
    _subscribe(broker, topic, handle)
    async with broker:
        await broker.start()
        await _send(kafka_bootstrap, topic, 3)
        async with asyncio.timeout(60):
            while not calls:
                await asyncio.sleep(0.05)
        await _send(kafka_bootstrap, topic, 3)
        async with asyncio.timeout(60):
            while len(calls) < 2:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)

    assert calls == [b"0", b"0"]


async def test_a_timer_set_while_a_batch_is_handled_keeps_no_batch_in_memory(kafka_bootstrap) -> None:
    """A connection given back to asyncpg's pool sets such a timer, of five minutes."""
    topic = await _topic(kafka_bootstrap)
    seen: list[weakref.ref[ConsumerRecord]] = []
    timers: list[asyncio.TimerHandle] = []

    async def handle(records) -> None:
        timers.append(asyncio.get_running_loop().call_later(300, print))
        seen.extend(map(weakref.ref, records))

    config = KafkaConfig(kafka_bootstrap, session_timeout_ms=6_000)
    broker, _ = subscribe(config, [topic], topic, handle, listener=None, max_records=1)
    async with broker:
        await broker.start()
        await _send(kafka_bootstrap, topic, 3, 3)
        async with asyncio.timeout(60):
            while len(seen) < 2:
                await asyncio.sleep(0.05)
        await _send(kafka_bootstrap, topic, 3)
        async with asyncio.timeout(60):
            while len(seen) < 3:
                await asyncio.sleep(0.05)
        gc.collect()

        assert [record() is None for record in seen[:2]] == [True, True]
    for timer in timers:
        timer.cancel()


async def test_a_position_may_be_sought_while_a_poll_is_waiting(kafka_bootstrap) -> None:
    topic = await _topic(kafka_bootstrap)
    await _send(kafka_bootstrap, topic, 2, 2, 2)
    tp = TopicPartition(topic, 2)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, fetch_max_wait_ms=20)
    await consumer.start()
    consumer.assign([tp])
    consumer.seek(tp, 3)
    poll = asyncio.create_task(consumer.getmany(timeout_ms=3000))
    await asyncio.sleep(0.2)

    consumer.seek(tp, 1)

    records = (await poll)[tp]
    assert [record.offset for record in records] == [1, 2]
    assert consumer.highwater(tp) == 3
    await consumer.stop()


async def test_a_batch_goes_to_the_partition_it_is_given_and_is_acknowledged_by_its_first_offset(
    kafka_bootstrap,
) -> None:
    topic = await _topic(kafka_bootstrap)
    sender = producer(KafkaConfig(kafka_bootstrap))
    await sender.start()
    bases = []
    for _ in range(2):
        batch = sender.create_batch()
        for key in (b"a", b"b", b"c"):
            assert batch.append(timestamp=None, key=key, value=b"v", headers=[("ce_type", b"x")]) is not None
        batch.close()
        answer = await (await sender.send_batch(batch, topic, partition=11))
        bases.append((answer.partition, answer.offset))
    await sender.stop()

    assert bases == [(11, 0), (11, 3)]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_client_outlives_a_connection_that_closes_while_it_sends(kafka_bootstrap, run) -> None:
    """Under uvloop the write fails in its own way, before the connection is known to be closed."""

    async def refreshed_after_an_abort() -> bool:
        client = AIOKafkaClient(bootstrap_servers=kafka_bootstrap)
        await client.bootstrap()
        node = client.get_random_node()
        connection = await client._get_conn(node)
        connection._writer.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        try:
            return await asyncio.wait_for(client.force_metadata_update(), 60)
        finally:
            await client.close()

    assert run(refreshed_after_an_abort())


def test_defaults_that_lose_events_are_still_the_defaults_we_override() -> None:
    subscriber = inspect.signature(KafkaBroker.subscriber).parameters
    assert subscriber["auto_offset_reset"].default == "latest"
    assert "allow_auto_create_topics" in inspect.signature(KafkaBroker.__init__).parameters
    assert AckPolicy.MANUAL in AckPolicy


def test_a_poll_that_found_nothing_is_still_followed_by_a_sleep_that_we_do_without() -> None:
    """Once it is not, ``subscription.poll`` can go."""
    assert "anyio.sleep" in inspect.getsource(BatchSubscriber.get_msg)


def test_subscribers_are_made_in_one_place_only() -> None:
    sources = [p for p in REPOSITORY.rglob("*.py") if "tests" not in p.parts and ".venv" not in p.parts]
    makers = [path.name for path in sources if re.search(r"broker\.subscriber\(", path.read_text())]
    assert makers == ["subscription.py"]
