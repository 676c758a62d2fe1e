"""The ceilings: what asyncpg and aiokafka do alone with the same rows and records, and nothing else asked of them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord
from events.envelope import SHARDS
from events.kafka import KafkaConfig
from events.store import Append, body_of

# The same columns, keys and checks as the log has; no order, no versions checked, no locks.
TABLES = """
CREATE TABLE raw_events (LIKE events INCLUDING ALL);
CREATE SEQUENCE raw_position CACHE 100;
"""
_COLUMNS = (
    "position, shard, version, stream_id, id, type, data, actor, correlation_id, causation_id, traceparent, occurred_at"
)
_INSERT = (
    f"INSERT INTO raw_events ({_COLUMNS}) VALUES (nextval('raw_position'), $1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
_UNNEST = f"""
INSERT INTO raw_events ({_COLUMNS})
SELECT nextval('raw_position'), g.shard, 1, g.stream_id, g.id, g.type, g.data::json, g.actor, g.correlation_id,
       g.causation_id, g.traceparent, g.occurred_at
  FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[],
              $9::text[], $10::timestamptz[])
       AS g(shard, stream_id, id, type, data, actor, correlation_id, causation_id, traceparent, occurred_at)
"""


async def insert_one(connection: asyncpg.Connection, event: Append) -> int:
    """One row in a transaction of its own."""
    await connection.execute(_INSERT, *_row(event))
    return 1


async def insert_many(connection: asyncpg.Connection, events: Sequence[Append]) -> int:
    """All rows by one statement."""
    await connection.execute(_UNNEST, *zip(*map(_row, events), strict=True))
    return len(events)


def _row(of: Append) -> tuple[Any, ...]:
    """An event as the columns of a row: the input is what the store gets, serialised in the same way."""
    stream_id, cause, event = uuid4(), of.cause, of.events[0]
    return (
        stream_id.int & (SHARDS - 1),
        stream_id,
        uuid4(),
        event.type,
        body_of(event),
        cause.actor,
        cause.correlation_id,
        cause.causation_id,
        cause.traceparent,
        of.occurred_at,
    )


Record = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers."""


async def publish(kafka: KafkaConfig, topic: str, shards: Sequence[Sequence[Record]], batch_size: int) -> float:
    """Events per second of aiokafka alone: ready records, the same batches, one in flight per partition."""
    producer = AIOKafkaProducer(**kafka.client(), acks="all", max_batch_size=900_000, max_request_size=1_800_000)
    await producer.start()

    async def one(partition: int, records: Sequence[Record]) -> None:
        for start in range(0, len(records), batch_size):
            batch = producer.create_batch()
            for key, value, headers in records[start : start + batch_size]:
                assert batch.append(timestamp=None, key=key, value=value, headers=headers) is not None
            batch.close()
            await (await producer.send_batch(batch, topic, partition=partition))

    try:
        await producer.partitions_for(topic)
        started = time.perf_counter()
        await asyncio.gather(*(one(shard, records) for shard, records in enumerate(shards)))
        return sum(map(len, shards)) / (time.perf_counter() - started)
    finally:
        await producer.stop()


COUNTERS = """
CREATE TABLE raw_counters (day date, type text, channel text, events bigint NOT NULL, PRIMARY KEY (day, type, channel));
CREATE TABLE raw_offsets (topic text, partition int, next bigint NOT NULL, PRIMARY KEY (topic, partition));
"""
_COUNT = """
INSERT INTO raw_counters AS c
SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (day, type, channel) DO UPDATE SET events = c.events + excluded.events
"""
_OFFSETS = """
INSERT INTO raw_offsets AS o SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next
"""


MAX_RECORDS = 5_000
"""More a poll gains nothing."""


async def project(pool: asyncpg.Pool, kafka: KafkaConfig, topics: Sequence[str], events: int) -> float:
    """Events per second of aiokafka's ``getmany``, orjson, and one upsert of counters per batch with the offsets.

    Clocked from the end of the first batch, as the subject is: to join and to connect is no part of it.
    """
    await pool.execute("TRUNCATE raw_counters, raw_offsets")
    consumer = AIOKafkaConsumer(
        **kafka.client(), group_id=None, fetch_max_wait_ms=kafka.fetch_max_wait_ms, max_partition_fetch_bytes=2_000_000
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, shard) for topic in topics for shard in range(SHARDS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        done = first = 0
        started = 0.0
        while done < events:
            polled = await consumer.getmany(timeout_ms=10, max_records=MAX_RECORDS)
            records = [record for of_partition in polled.values() for record in of_partition]
            if not records:
                continue
            await _count(pool, polled, records)
            done += len(records)
            if not started:
                started, first = time.perf_counter(), done
        return (done - first) / (time.perf_counter() - started)
    finally:
        await consumer.stop()


async def _count(
    pool: asyncpg.Pool, polled: dict[TopicPartition, list[ConsumerRecord]], records: Sequence[ConsumerRecord]
) -> None:
    counters: Counter[tuple[date, str, str]] = Counter()
    for record in records:
        attributes = dict(record.headers)
        touch = orjson.loads(record.value).get("touch")
        day = datetime.fromisoformat(attributes["ce_time"].decode()).date()
        counters[day, attributes["ce_type"].decode(), touch["channel"] if touch else ""] += 1
    days, types, channels = zip(*counters, strict=True)
    offsets = [(tp.topic, tp.partition, found[-1].offset + 1) for tp, found in polled.items() if found]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_COUNT, days, types, channels, list(counters.values()))
        await connection.execute(_OFFSETS, *zip(*offsets, strict=True))
