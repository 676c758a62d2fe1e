"""The relay: publishes the log to Kafka, shard i to partition i, in order, at least once.

It locks cursor rows with SKIP LOCKED, so any number of relays may run and a dead one blocks nobody. One batch per
shard is in flight, and the cursor moves only after its acknowledgement; so a log never holds 8 before 5, and a hole
that a consumer sees is a real loss. Kafka may lose everything: what was lost is published again (``published.py``), as
is a shard whose acknowledgement names an offset that the log should have passed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownError

from events import database, metrics, tracing
from events.envelope import ATTRIBUTES, headers, topic_of
from events.event import REGISTRY
from events.fence import Fence, Uncompared
from events.kafka import SEND_MS, KafkaConfig, producer
from events.published import Published
from events.settings import Role
from events.sqlfile import sql
from events.store import Connection

log = structlog.get_logger(__name__)

BATCH = 500
SHARDS_AT_ONCE = 4
IDLE_POLL_SECONDS = 0.1
CHECK_SECONDS = 2.0
# Longer than the producer tries: when a round gives its cursors free, nothing of it is on its way any more.
ROUND_SECONDS = 2.5 * SEND_MS / 1000

_ATTRIBUTES = ", ".join(f"convert_to({expression}, 'UTF8')" for expression in ATTRIBUTES.values())
# Positions have no gaps, so the range holds what the limit takes; without it a plan from stale statistics would sort
# all that a relay far behind has still to publish, in every round.
_READ = f"""
SELECT c.shard, e.position, convert_to(e.data::text, 'UTF8'), {_ATTRIBUTES}
  FROM unnest($1::smallint[], $2::bigint[]) AS c(shard, after),
       LATERAL (SELECT * FROM events e
                 WHERE e.shard = c.shard AND e.position > c.after AND e.position <= c.after + $3::int
                 ORDER BY e.position LIMIT $3) e
"""  # noqa: S608

Sent = tuple[int, int, int, Counter[bytes]]
"""Offset of a batch's first record, how many events it held, the position of the last, and how many events of which
type were never published before."""


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
        self._published = Published(service, pool, kafka)
        self._fence = Fence(service, pool, kafka)
        self._looked_at = -CHECK_SECONDS
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
        for event in REGISTRY.values():
            # Prometheus sees no increase in a counter that begins with its first event.
            if event.owner() == self.service:
                metrics.LOG_EVENTS.labels(self.service, event.type)
        try:
            while not stopping.is_set():
                try:
                    await self._publish_until(stopping)
                except (KafkaError, OSError, TimeoutError, *database.ERRORS) as error:
                    self._trouble = f"{type(error).__name__}: {error}"
                    log.warning("relay_trouble", error=type(error).__name__, retry_in=backoff)
                    await self._close()
                    # What waits grows older while the broker is away.
                    with suppress(OSError, TimeoutError, *database.ERRORS):
                        await self._measure()
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
        self._looked_at = -CHECK_SECONDS
        if not await self._is_open(stopping):
            return
        while not stopping.is_set():
            if time.monotonic() - self._looked_at > CHECK_SECONDS:
                await self._fence.is_still_compared()
                await self._published.look()
                await self._measure()
                self._looked_at = time.monotonic()
            self._something.clear()
            async with asyncio.timeout(ROUND_SECONDS):
                published = await self.publish_round()
            self._progress = time.monotonic()
            self._trouble = None
            if not published:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._something.wait(), IDLE_POLL_SECONDS)

    async def _is_open(self, stopping: asyncio.Event) -> bool:
        """Waits while the store is older than the log; False if told to stop meanwhile."""
        while not stopping.is_set():
            reason = await self._fence.look()
            self._progress = time.monotonic()
            if reason is None:
                return True
            self._trouble = f"closed: {reason}"
            await database.sleep_unless(stopping, CHECK_SECONDS)
        return False

    async def publish_round(self) -> int:
        """One batch of every shard that this relay can lock; returns how many events were acknowledged."""
        async with self._pool.acquire() as connection, connection.transaction():
            cursors = {row["shard"]: row for row in await connection.fetch(sql("relay_claim"))}
            if not cursors:
                return 0
            if not all(row["is_compared"] for row in cursors.values()):
                raise Uncompared
            sending = await self._read_and_send(connection, list(cursors.values()))
            sent = dict(zip(sending, await asyncio.gather(*sending.values(), return_exceptions=True), strict=True))
            moved: list[tuple[int, int, int | None]] = []
            for shard, result in sent.items():
                if isinstance(result, BaseException):
                    continue
                base, _, position, _ = result
                remembered = cursors[shard]["kafka_offset"]
                if remembered is not None and base <= remembered:
                    metrics.RELAY_REFILLS.labels(self.service, shard).inc()
                    log.warning("relay_refills", shard=shard, offset=base, remembered=remembered)
                    moved.append((shard, 0, None))
                    self._looked_at = -CHECK_SECONDS
                else:
                    moved.append((shard, position, base))
            if moved:
                await connection.execute(sql("relay_advance"), *map(list, zip(*moved, strict=True)))
        advanced = {shard for shard, position, _ in moved if position}
        published = self._count([sent[shard] for shard in advanced])
        for failure in sent.values():
            if isinstance(failure, BaseException):
                raise failure
        return published

    def _count(self, acknowledged: Sequence[Sent | BaseException]) -> int:
        published = 0
        for result in acknowledged:
            assert not isinstance(result, BaseException)
            published += result[1]
            for type_, times in result[3].items():
                metrics.LOG_EVENTS.labels(self.service, type_.decode()).inc(times)
        metrics.RELAY_PUBLISHED.labels(self.service).inc(published)
        return published

    async def _read_and_send(
        self, connection: Connection, cursors: Sequence[asyncpg.Record]
    ) -> dict[int, asyncio.Task[Sent]]:
        """Reads a few shards at a time, so that the database renders the next while these are packed and sent."""
        sending: dict[int, asyncio.Task[Sent]] = {}
        published = {cursor["shard"]: cursor["published"] for cursor in cursors}
        try:
            for start in range(0, len(cursors), SHARDS_AT_ONCE):
                some = cursors[start : start + SHARDS_AT_ONCE]
                rows = await connection.fetch(
                    _READ, [cursor["shard"] for cursor in some], [cursor["position"] for cursor in some], BATCH
                )
                for shard, events in groupby(rows, itemgetter(0)):
                    sending[shard] = asyncio.create_task(self._send(shard, list(events), published[shard]))
        except BaseException:
            for task in sending.values():
                task.cancel()
            raise
        return sending

    async def _send(self, shard: int, events: Sequence[asyncpg.Record], published: int) -> Sent:
        """Sends one batch; what does not fit into it waits for the next round."""
        assert self._producer is not None
        batch = self._producer.create_batch()
        count, started = 0, time.time_ns()
        new: Counter[bytes] = Counter()
        for event in events:
            values = event[3:]
            if (
                batch.append(timestamp=None, key=values[2], value=event[2], headers=headers(self._source, values))
                is None
            ):
                break
            count += 1
            if event[1] > published:
                new[values[0]] += 1
        batch.close()
        position = events[count - 1][1]
        traces = tracing.sampled(event[-1] for event in events[:count])
        del events  # thousands of rows are not kept in memory for as long as the broker takes
        try:
            acknowledged = await (await self._producer.send_batch(batch, self.topic, partition=shard))
        except UnknownError:
            self._published.spoilt()
            raise
        tracing.worked(f"publish {self.topic}", started, traces, kind="producer", attributes={"events": count})
        return acknowledged.offset, count, position, new

    async def _measure(self) -> None:
        waiting = await self._pool.fetchrow(sql("relay_lag"))
        assert waiting is not None
        metrics.RELAY_LAG.labels(self.service).set(waiting["events"])
        metrics.RELAY_OLDEST.labels(self.service).set(waiting["oldest"])
        metrics.RELAY_REFILLING.labels(self.service).set(waiting["refilling"])

    async def _open(self) -> None:
        await self._published.open()
        self._producer = producer(self._kafka)
        await self._producer.start()

    async def _close(self) -> None:
        if self._producer is not None:
            with suppress(KafkaError, OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._producer.stop(), 5)
            self._producer = None
        await self._published.close()
