"""The subscription: FastStream as we use it, a poll loop that hands over raw batches and confirms nothing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import copy_context
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from events.kafka import MAX_BATCH_BYTES, KafkaConfig

MAX_RECORDS = 2_000
FETCH_BYTES = 8_000_000
POLL_MS = 500
SHUTDOWN_SECONDS = 14.0
BATCH_SECONDS = 10.0
CUT_OFF_SECONDS = 2.0


class Stuck(RuntimeError):
    """The client has got nowhere for too long: the consumer has to be run again, with a new one.

    After the loss of a broker aiokafka can wait for ever for metadata that nobody asks for (aiokafka issue 847).
    """


async def raw_message(records: tuple[ConsumerRecord, ...]) -> StreamMessage[Any]:
    """A parser in place of FastStream's own, which decodes every header of every record: dearer than applying them."""
    return StreamMessage(raw_message=records, body=b"")


async def raw_records(message: StreamMessage[Any]) -> Any:
    """The decoder that belongs to it."""
    return message.raw_message


def subscribe(
    kafka: KafkaConfig,
    topics: Sequence[str],
    group: str,
    handle: Callable[[Sequence[ConsumerRecord]], Coroutine[Any, Any, None]],
    *,
    listener: ConsumerRebalanceListener,
    max_records: int,
) -> tuple[KafkaBroker, Any]:
    """A broker to start and stop, and its subscriber, whose ``consumer`` is there after the start.

    ``handle`` must not raise: FastStream would go on to the next batch as if this one had been applied.
    """
    broker = KafkaBroker(
        **kafka.faststream(),
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=BATCH_SECONDS,
        logger=None,
        metadata_max_age_ms=5_000,
        request_timeout_ms=10_000,
    )
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_message,
        decoder=raw_records,
        listener=listener,
        fetch_max_wait_ms=kafka.fetch_max_wait_ms,
        group_instance_id=kafka.group_instance_id,
        session_timeout_ms=kafka.session_timeout_ms,
        heartbeat_interval_ms=kafka.session_timeout_ms // 3,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=MAX_BATCH_BYTES + 100_000,
    )
    context = copy_context()

    async def apart(records: Sequence[ConsumerRecord]) -> None:
        # FastStream keeps the batch in the context it calls from, and every timer keeps the context it is set in:
        # asyncpg's, of five minutes for each connection given back, would hold ten batches in memory.
        await asyncio.create_task(handle(records), context=context.copy())

    async def poll(consumer: AIOKafkaConsumer) -> tuple[ConsumerRecord, ...]:
        # FastStream's own sleeps after a poll that found nothing, for as long again: either it adds to the lag of every
        # event, or it polls a hundred times a second for nothing.
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=max_records)
        return tuple(chain.from_iterable(found.values()))

    subscriber(apart)
    subscriber.get_msg = poll  # type: ignore[method-assign]
    return broker, subscriber


async def end(broker: KafkaBroker, subscriber: Any) -> None:
    """Stops the client within 20 s; the batch in hand has 10 of them.

    One that does not end in time is cut off. It would stay a member of the group, with partitions that nobody reads.
    """
    consumer = subscriber.consumer
    try:
        await asyncio.wait_for(broker.stop(), SHUTDOWN_SECONDS)
    except (KafkaError, OSError, TimeoutError):
        await _cut_off(broker, subscriber, consumer)


async def _cut_off(broker: KafkaBroker, subscriber: Any, consumer: AIOKafkaConsumer | None) -> None:
    """Says nothing to the group, which misses it after a session. One that never started has no coordinator yet."""
    tasks, parts = list(subscriber.tasks), [broker.config.disconnect]
    if consumer is not None and (coordinator := consumer._coordinator) is not None:
        tasks += coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task
        parts += consumer._fetcher.close, consumer._client.close
    for task in filter(None, tasks):
        task.cancel()
    for close in parts:
        with suppress(KafkaError, OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(close(), CUT_OFF_SECONDS)
