"""The relay: publishes the log to Kafka, shard i to partition i, in order, at least once.

It locks cursor rows with SKIP LOCKED, so any number of relays may run and a dead one blocks nobody. One batch per
shard is in flight, and the cursor moves only after its acknowledgement; so a log never holds 8 before 5, and a hole
that a consumer sees is a real loss. Kafka may lose everything: the cursor remembers the first offset of the last
acknowledged batch, and when a log ends at or before it, or acknowledges a lower one, the shard is published again from
its first event, and consumers skip what they have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from events import metrics
from events.envelope import ATTRIBUTES, SHARDS, headers, topic_of
from events.kafka import KafkaConfig, ensure_topics, producer
from events.settings import Role
from events.sqlfile import sql

log = structlog.get_logger(__name__)

BATCH = 500
IDLE_POLL_SECONDS = 0.1
CHECK_SECONDS = 2.0
ROUND_SECONDS = 10.0

_ATTRIBUTES = ", ".join(f"convert_to({expression}, 'UTF8')" for expression in ATTRIBUTES.values())
_READ = f"""
SELECT c.shard, e.position, convert_to(e.data::text, 'UTF8'), {_ATTRIBUTES}
  FROM unnest($1::smallint[], $2::bigint[]) AS c(shard, after),
       LATERAL (SELECT * FROM events e WHERE e.shard = c.shard AND e.position > c.after ORDER BY e.position LIMIT $3) e
"""  # noqa: S608


class Relay:
    """A component that publishes one service's events; ``wake`` tells it that something was appended."""

    role: Role = "relay"

    def __init__(self, service: str, pool: asyncpg.Pool, kafka: KafkaConfig) -> None:
        self.name = f"{service}.relay"
        self.service = service
        self.topic = topic_of(service)
        self._source = f"/voronka/{service}".encode()
        self._pool = pool
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._watcher: AIOKafkaConsumer | None = None
        self._something = asyncio.Event()
        self._progress = time.monotonic()
        self._trouble: str | None = "not started"

    def wake(self) -> None:
        """Says that events were appended, so that nobody waits for the next poll."""
        self._something.set()

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the loop."""
        return self._progress

    async def ready(self) -> str | None:
        """None while publishing works, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Publishes until told to stop; trouble with broker or database is retried for ever, with backoff."""
        backoff = 0.1
        try:
            while not stopping.is_set():
                try:
                    await self._publish_until(stopping)
                except (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    self._trouble = f"{type(error).__name__}: {error}"
                    log.warning("relay_trouble", error=type(error).__name__, retry_in=backoff)
                    await self._close()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stopping.wait(), backoff)
                    backoff = min(backoff * 2, 5.0)
                    self._progress = time.monotonic()
                else:
                    backoff = 0.1
        finally:
            await self._close()

    async def _publish_until(self, stopping: asyncio.Event) -> None:
        await self._open()
        checked = 0.0
        while not stopping.is_set():
            if time.monotonic() - checked > CHECK_SECONDS:
                await self._check_log()
                checked = time.monotonic()
            self._something.clear()
            async with asyncio.timeout(ROUND_SECONDS):
                published = await self.publish_round()
            self._progress = time.monotonic()
            self._trouble = None
            if not published:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._something.wait(), IDLE_POLL_SECONDS)

    async def publish_round(self) -> int:
        """One batch of every shard that this relay can lock; returns how many events were acknowledged."""
        async with self._pool.acquire() as connection, connection.transaction():
            cursors = {r["shard"]: r for r in await connection.fetch(sql("relay_claim"))}
            if not cursors:
                return 0
            rows = await connection.fetch(_READ, list(cursors), [c["position"] for c in cursors.values()], BATCH)
            by_shard: dict[int, list[asyncpg.Record]] = {}
            for row in rows:
                by_shard.setdefault(row[0], []).append(row)
            sent = await asyncio.gather(
                *(self._send(shard, events) for shard, events in by_shard.items()), return_exceptions=True
            )
            moved: list[tuple[int, int, int | None]] = []
            for (shard, events), result in zip(by_shard.items(), sent, strict=True):
                if isinstance(result, BaseException):
                    continue
                base, count = result
                remembered = cursors[shard]["kafka_offset"]
                if remembered is not None and base <= remembered:
                    metrics.RELAY_REFILLS.labels(self.service, shard).inc()
                    log.warning("relay_refills", shard=shard, offset=base, remembered=remembered)
                    moved.append((shard, 0, None))
                else:
                    moved.append((shard, events[count - 1][1], base))
            if moved:
                await connection.execute(sql("relay_advance"), *map(list, zip(*moved, strict=True)))
        for failure in sent:
            if isinstance(failure, BaseException):
                raise failure
        published = sum(result[1] for result in sent if not isinstance(result, BaseException))
        metrics.RELAY_PUBLISHED.labels(self.service).inc(published)
        return published

    async def _send(self, shard: int, events: Sequence[asyncpg.Record]) -> tuple[int, int]:
        """Base offset and size of the one batch that went out; what did not fit waits for the next round."""
        assert self._producer is not None
        batch = self._producer.create_batch()
        count = 0
        for event in events:
            values = event[3:]
            if (
                batch.append(timestamp=None, key=values[2], value=event[2], headers=headers(self._source, values))
                is None
            ):
                break
            count += 1
        batch.close()
        future = await self._producer.send_batch(batch, self.topic, partition=shard)
        return (await future).offset, count

    async def _check_log(self) -> None:
        """Compares the ends of the log with what was acknowledged, and publishes again what the broker has lost."""
        assert self._watcher is not None
        await ensure_topics(self._kafka, self.topic)
        partitions = [TopicPartition(self.topic, shard) for shard in range(SHARDS)]
        ends = {tp.partition: end for tp, end in (await self._watcher.end_offsets(partitions)).items()}
        async with self._pool.acquire() as connection, connection.transaction():
            lost = [
                (row["shard"], 0, None)
                for row in await connection.fetch("SELECT * FROM relay_cursors FOR UPDATE SKIP LOCKED")
                if row["kafka_offset"] is not None and ends[row["shard"]] <= row["kafka_offset"]
            ]
            if lost:
                await connection.execute(sql("relay_advance"), *map(list, zip(*lost, strict=True)))
            waiting = await connection.fetchrow(sql("relay_lag"))
        for shard, *_ in lost:
            metrics.RELAY_REFILLS.labels(self.service, shard).inc()
            log.warning("relay_refills", shard=shard, end=ends[shard])
        assert waiting is not None
        metrics.RELAY_LAG.labels(self.service).set(waiting["events"])
        metrics.RELAY_OLDEST.labels(self.service).set(waiting["oldest"])

    async def _open(self) -> None:
        await ensure_topics(self._kafka, self.topic)
        self._producer = producer(self._kafka)
        await self._producer.start()
        self._watcher = AIOKafkaConsumer(**self._kafka.client(), group_id=None, request_timeout_ms=8_000)
        await self._watcher.start()

    async def _close(self) -> None:
        for client in (self._producer, self._watcher):
            if client is not None:
                with suppress(KafkaError, OSError, TimeoutError, asyncio.CancelledError):
                    await asyncio.wait_for(client.stop(), 5)
        self._producer = self._watcher = None
