"""The fence: a store that is older than its log neither publishes nor appends until it was brought in order.

A database restored from a backup, or a standby promoted before it had everything, lacks events that Kafka has and that
others have applied. Were it to go on, other events would get their positions, and every consumer would skip them as
duplicates. So the relay compares the last record of each partition with the store before it publishes anything, and
closes the log if the store lacks it or has another event there. ``take-back`` then reads the missing events out of
Kafka into the store, at their own positions. Where the topic is gone as well nothing can be compared; a database
that is not the one that published (``pg_control_system``, timeline, oid) is closed too, until a person opens it.
From a promotion until the relay has compared, nothing is appended and nothing published (``log_is_compared``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from events import metrics
from events.envelope import Malformed, Received, Recorded, topic_of
from events.kafka import KafkaConfig
from events.sqlfile import sql

log = structlog.get_logger(__name__)

READ_SECONDS = 8.0
PORTION = 500

_HEADS = """
SELECT c.shard, coalesce((SELECT e.position FROM events e WHERE e.shard = c.shard ORDER BY e.position DESC LIMIT 1), 0)
       AS position, c.position AS published, c.kafka_offset
  FROM relay_cursors c ORDER BY c.shard
"""
_IDS = """
SELECT e.shard, e.position, e.id FROM unnest($1::smallint[], $2::bigint[]) AS p(shard, position)
  JOIN events e USING (shard, position)
"""
_PASSED = "UPDATE relay_cursors SET position = $2, published = greatest(published, $2) WHERE shard = $1"


class Diverged(Exception):
    """The store has other events than the log at some positions: nothing here can make them one."""


class Uncompared(ConnectionError):
    """The connection leads to another database than the one that was compared: a standby that was promoted."""


class Fence:
    """The fence of one service's log, as its relay keeps it."""

    def __init__(self, service: str, pool: asyncpg.Pool, kafka: KafkaConfig) -> None:
        self._service = service
        self._topic = topic_of(service)
        self._pool = pool
        self._kafka = kafka

    async def look(self) -> str | None:
        """Compares the store with the log and does what was asked for; why the log is closed, None if it is open.

        Raises what broker and database raise. Nothing may have been published before.
        """
        state = await self._pool.fetchrow(sql("fence_look"))
        assert state is not None
        async with self._reader() as reader:
            if state["closed_because"] and state["wanted"] == "take-back":
                try:
                    await self._take_back(reader)
                except Diverged as error:
                    log.error("log_diverged", service=self._service, reason=str(error))
            reason = await self._compare(reader, state)
        metrics.LOG_CLOSED.labels(self._service).set(reason is not None)
        if reason != state["closed_because"] or reason is None or state["wanted"]:
            await self._pool.execute(sql("fence_settle"), reason, state["here"])
            if reason:
                log.error("log_closed", service=self._service, reason=reason)
        return reason

    async def is_still_compared(self) -> None:
        """Raises :class:`Uncompared` if the pool has come to another database since the last look."""
        if not await self._pool.fetchval("SELECT log_is_compared()"):
            raise Uncompared

    async def _compare(self, reader: AIOKafkaConsumer, state: asyncpg.Record) -> str | None:
        last = await self._last_records(reader)
        heads = {row["shard"]: row for row in await self._pool.fetch(_HEADS)}
        stored = await self._stored([(shard, record.position) for shard, record in last.items()])
        missing = {shard: record for shard, record in last.items() if record.position > heads[shard]["position"]}
        others = [
            shard
            for shard, record in last.items()
            if shard not in missing and stored.get((shard, record.position)) != _id(record)
        ]
        if others:
            return f"the store has other events than the log in shards {others}"
        if missing:
            count = sum(record.position - heads[shard]["position"] for shard, record in missing.items())
            return f"the log has {count} events more than the store, in shards {sorted(missing)}"
        is_new = state["database"] is not None and state["database"] != state["here"]
        short = [
            shard
            for shard, row in heads.items()
            if row["published"] and (shard not in last or last[shard].position < row["published"])
        ]
        if is_new and short and state["wanted"] != "open":
            return f"this database was restored or promoted, and the log lacks its events in shards {short}"
        return None

    async def _take_back(self, reader: AIOKafkaConsumer) -> None:
        """Reads what the store lacks. A crash leaves a shorter gap; the next call goes on there."""
        last = await self._last_records(reader)
        heads = {row["shard"]: row for row in await self._pool.fetch(_HEADS)}
        for shard, record in last.items():
            if record.position > heads[shard]["position"]:
                await self._take_back_shard(reader, heads[shard], record)

    async def _take_back_shard(self, reader: AIOKafkaConsumer, head: asyncpg.Record, last: Received) -> None:
        tp = TopicPartition(self._topic, head["shard"])
        position = head["position"]
        start = (await reader.beginning_offsets([tp]))[tp]
        reader.assign([tp])
        reader.seek(tp, max(start, head["kafka_offset"] or start))
        give_up = time.monotonic() + READ_SECONDS
        while position < last.position:
            found = (await reader.getmany(tp, timeout_ms=500, max_records=PORTION)).get(tp, [])
            records = [record for one in found if (record := _readable(one)) is not None]
            if time.monotonic() > give_up:
                raise TimeoutError(f"{tp.topic}/{tp.partition} gives no records after position {position}")
            known = [record for record in records if record.position <= position]
            stored = await self._stored([(tp.partition, record.position) for record in known])
            if any(stored.get((tp.partition, record.position)) != _id(record) for record in known):
                raise Diverged(f"shard {tp.partition} has another event at or before position {position}")
            fresh = []
            for record in records:
                if record.position == position + 1:
                    fresh.append(record.recorded())
                    position += 1
            if fresh:
                give_up = time.monotonic() + READ_SECONDS
                await self._insert(fresh)

    async def _insert(self, events: Sequence[Recorded]) -> None:
        columns = [
            [getattr(event, name) for event in events]
            for name in ("shard", "position", "id", "stream_id", "version", "type", "body", "actor", "correlation_id")
        ]
        columns[6] = [event.body.decode() for event in events]
        columns += [
            [getattr(event, name) for event in events]
            for name in ("causation_id", "traceparent", "occurred_at", "recorded_at")
        ]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL voronka.taking_back = 'on'")
            await connection.execute(sql("take_back"), *columns)
            await connection.execute(_PASSED, events[-1].shard, events[-1].position)
            await connection.execute("UPDATE log_fence SET taken_back = taken_back + $1", len(events))
        log.warning("events_taken_back", service=self._service, shard=events[0].shard, events=len(events))

    async def _last_records(self, reader: AIOKafkaConsumer) -> dict[int, Received]:
        """The last record of ours in each partition that has one.

        What ``end_offsets`` answers may lie before the end (embedded broker), so it is read on to the high watermark.
        Partitions that give nothing are spoilt, and left to the relay.
        """
        partitions = [TopicPartition(self._topic, p) for p in reader.partitions_for_topic(self._topic) or ()]
        if not partitions:
            return {}
        starts, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
        waiting = {tp for tp in partitions if ends[tp] > starts[tp]}
        if not waiting:
            return {}
        reader.assign(waiting)
        for tp in waiting:
            reader.seek(tp, ends[tp] - 1)
        last: dict[int, Received] = {}
        give_up = time.monotonic() + READ_SECONDS
        while waiting and time.monotonic() < give_up:
            for tp, found in (await reader.getmany(*waiting, timeout_ms=500)).items():
                for one in found:
                    if (record := _readable(one)) is not None:
                        last[tp.partition] = record
            waiting = {tp for tp in waiting if not await _is_read(reader, tp)}
        if waiting:
            log.warning("partitions_silent", topic=self._topic, partitions=len(waiting))
        return last

    async def _stored(self, places: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], UUID]:
        columns = [list(column) for column in zip(*places, strict=True)] or [[], []]
        return {(row["shard"], row["position"]): row["id"] for row in await self._pool.fetch(_IDS, *columns)}

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        reader = AIOKafkaConsumer(**self._kafka.client(), group_id=None, request_timeout_ms=8_000)
        await reader.start()
        try:
            await reader.topics()
            yield reader
        finally:
            with suppress(KafkaError, OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(reader.stop(), 5)


async def _is_read(reader: AIOKafkaConsumer, tp: TopicPartition) -> bool:
    end = reader.highwater(tp)
    return end is not None and await reader.position(tp) >= end


def _readable(record: object) -> Received | None:
    try:
        return Received(record.topic, record.partition, record.offset, record.headers, record.value)  # type: ignore[attr-defined]
    except Malformed:
        return None


def _id(record: Received) -> UUID | None:
    try:
        return UUID(record.attributes["ce_id"].decode())
    except (KeyError, ValueError):
        return None
