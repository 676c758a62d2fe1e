"""The consumer: the only place that knows how events come out of Kafka.

FastStream polls and hands over raw records; everything that must be true is decided in PostgreSQL by the watermark.
Kafka's own offsets are a hint for where to seek and for lag dashboards. Partitions may be given away while a batch is
still being written, the log may vanish or grow again from zero: the worst that can follow is a duplicate, which is
skipped, or a hole, which is healed by reading the partition from its beginning.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from events import database, metrics
from events.envelope import Malformed, Received, topic_of
from events.kafka import MAX_BATCH_BYTES, KafkaConfig, ensure_topics
from events.quarantine import BadRelease, Quarantine
from events.watermark import Apply, Outcome, Shard, Watermark

log = structlog.get_logger(__name__)

MAX_RECORDS = 2_000
FETCH_BYTES = 8_000_000
POLL_MS = 10
WATCH_SECONDS = 1.0
HEAL_SECONDS = 5.0
SHUTDOWN_SECONDS = 20.0


async def _raw_message(records: tuple[ConsumerRecord, ...]) -> StreamMessage[Any]:
    """FastStream's own parser decodes every header of every record, which costs more than applying them."""
    return StreamMessage(raw_message=records, body=b"")


async def _raw_records(message: StreamMessage[Any]) -> Any:
    return message.raw_message


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """A component that applies the events of some services, each once and in the order of its stream."""

    role = "consumer"

    def __init__(
        self,
        name: str,
        sources: Sequence[str],
        pool: asyncpg.Pool,
        kafka: KafkaConfig,
        apply: Apply,
        *,
        parks_streams: bool = False,
        applied: Callable[[], None] = lambda: None,
        max_records: int = MAX_RECORDS,
    ) -> None:
        """``sources`` are names of services; ``apply(connection, records)`` runs in the watermark's transaction.

        ``applied`` is called after each commit: it wakes the relay of a service whose reactions append events. Fewer
        ``max_records`` a batch take less memory where ``apply`` decodes each event.
        """
        self.name = name
        self.topics = [topic_of(source) for source in sources]
        self.quarantine = Quarantine(name, parks_streams=parks_streams)
        self.watermark = Watermark(name, self.topics, pool, apply, self.quarantine)
        self._pool = pool
        self._kafka = kafka
        self._max_records = max_records
        self._applied = applied
        self._kafka_consumer: AIOKafkaConsumer | None = None
        self._stopping = asyncio.Event()
        self._between_batches = asyncio.Event()
        self._between_batches.set()
        self._assigned: set[TopicPartition] = set()
        self._ends: dict[Shard, int] = {}
        self._known: dict[TopicPartition, int] = {}
        self._was_assigned = False
        self._holes: set[TopicPartition] = set()
        self._healed_at: dict[TopicPartition, float] = {}
        self._stopped_because: str | None = None
        self._trouble: str | None = None
        self._progress = time.monotonic()

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the watch or the last applied batch."""
        return self._progress

    def ends(self) -> dict[Shard, int]:
        """Offset of the next record of each assigned partition, as of the last look, once a second."""
        return dict(self._ends)

    async def ready(self) -> str | None:
        """None once partitions were assigned and batches can be applied, else the reason."""
        if self._stopped_because:
            return f"stopped: {self._stopped_because}"
        return self._trouble or (None if self._was_assigned else "no partitions assigned yet")

    async def run(self, stopping: asyncio.Event) -> None:
        """Consumes until told to stop; a consumer that stopped itself waits, visible, for the next release."""
        self._stopping = stopping
        await self._prepare()
        broker = self._broker()
        try:
            await broker.start()
            while not stopping.is_set() and self._stopped_because is None:
                self._progress = time.monotonic()
                await self._watch()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), WATCH_SECONDS)
        finally:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(broker.stop(), SHUTDOWN_SECONDS)
            self._kafka_consumer = None
        while not stopping.is_set():
            self._progress = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), WATCH_SECONDS)

    async def _prepare(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.watermark.prepare()
                await ensure_topics(self._kafka, *self.topics)
            except (KafkaError, OSError, TimeoutError, *database.ERRORS) as error:
                self._trouble = f"{type(error).__name__}: {error}"
                self._progress = time.monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), 1.0)
            else:
                self._trouble = None
                return

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            **self._kafka.faststream(),
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=SHUTDOWN_SECONDS,
            logger=None,
            metadata_max_age_ms=5_000,
            request_timeout_ms=10_000,
        )
        subscriber = broker.subscriber(
            *self.topics,
            batch=True,
            max_records=self._max_records,
            batch_timeout_ms=POLL_MS,
            group_id=self.name,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            parser=_raw_message,
            decoder=_raw_records,
            listener=self,
            fetch_max_wait_ms=self._kafka.fetch_max_wait_ms,
            group_instance_id=self._kafka.group_instance_id,
            session_timeout_ms=self._kafka.session_timeout_ms,
            heartbeat_interval_ms=self._kafka.session_timeout_ms // 3,
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=MAX_BATCH_BYTES + 100_000,
        )
        subscriber(self._handle)
        self._subscriber = subscriber
        return broker

    async def _handle(self, records: Sequence[ConsumerRecord]) -> None:
        """Never raises: FastStream would go on to the next batch as if this one had been applied."""
        self._between_batches.clear()
        try:
            await self._apply_or_retry(records)
        finally:
            self._between_batches.set()

    async def _apply_or_retry(self, records: Sequence[ConsumerRecord]) -> None:
        delay = 0.1
        while not self._stopping.is_set() and self._stopped_because is None:
            started = time.monotonic()
            try:
                received = await self._receive(records)
                outcome = await self.watermark.apply(received)
            except BadRelease as error:
                self._stopped_because = str(error)
                metrics.CONSUMER_STOPPED.labels(self.name).set(1)
                log.error("consumer_stopped", consumer=self.name, reason=str(error))
            except Exception as error:
                # Bad events are in quarantine by now: this is the infrastructure, and it comes back.
                self._trouble = f"{type(error).__name__}"
                log.warning("consumer_retries", consumer=self.name, error=type(error).__name__, retry_in=delay)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), delay)
                delay = min(delay * 2, 30.0)
            else:
                self._trouble = None
                if outcome.applied:
                    self._applied()
                self._observe(outcome, time.monotonic() - started)
                return

    async def _receive(self, records: Sequence[ConsumerRecord]) -> list[Received]:
        received = []
        for r in records:
            try:
                received.append(Received(r.topic, r.partition, r.offset, r.headers, r.value))
            except Malformed as error:
                await self.quarantine.keep_foreign(self._pool, r.topic, r.partition, r.offset, r.value or b"", error)
        return received

    def _observe(self, outcome: Outcome, seconds: float) -> None:
        self._progress = time.monotonic()
        self._holes |= {TopicPartition(source, shard) for source, shard in outcome.holes}
        metrics.CONSUMER_BATCH_SECONDS.labels(self.name).observe(seconds)
        metrics.CONSUMER_APPLIED.labels(self.name).inc(outcome.applied)
        metrics.CONSUMER_DUPLICATES.labels(self.name).inc(outcome.duplicates)
        metrics.CONSUMER_HOLES.labels(self.name).inc(len(outcome.holes))
        if outcome.last is not None:
            recorded = datetime.fromisoformat(outcome.last.attributes["ce_recordedtime"].decode())
            metrics.CONSUMER_LAG_SECONDS.labels(self.name).set((datetime.now(UTC) - recorded).total_seconds())

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Lets the running batch end; correctness does not depend on it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._between_batches.wait(), 10)
        self._assigned = set()
        self._ends = {}

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Seeks to the last applied record. Where the log ends before that, the watch finds out."""
        self._kafka_consumer = self._subscriber.consumer
        self._assigned = set(assigned)
        while not self._stopping.is_set():
            try:
                await self._seek(list(assigned))
            except (KafkaError, OSError, TimeoutError, *database.ERRORS) as error:
                self._trouble = f"{type(error).__name__}: {error}"
                await asyncio.sleep(0.5)
            else:
                self._trouble = None
                self._was_assigned = True
                return

    async def _seek(self, partitions: list[TopicPartition]) -> None:
        """The last applied record is read once more: it is the proof that this is still the same log.

        Behind it one could wait for ever: a log that was published again has other offsets, and may end just there.
        """
        assert self._kafka_consumer is not None
        if not partitions:
            return
        positions = await self.watermark.positions()
        starts = await self._kafka_consumer.beginning_offsets(partitions)
        for tp in partitions:
            _, offset = positions[tp.topic, tp.partition]
            self._known[tp] = -1 if offset is None else offset
            self._kafka_consumer.seek(tp, max(self._known[tp], starts[tp]))

    async def _watch(self) -> None:
        """Once a second: a log that lost its data, holes to heal, lag, and the hint for dashboards.

        The end of the log is the high watermark of the last fetch: what ``end_offsets`` answers is not the end on the
        embedded broker.
        """
        consumer = self._kafka_consumer
        if consumer is None or not self._assigned:
            return
        partitions = sorted(self._assigned)
        try:
            async with asyncio.timeout(5):
                starts = await consumer.beginning_offsets(partitions)
                waiting = 0
                ends = {}
                for tp in partitions:
                    position = await consumer.position(tp)
                    end = consumer.highwater(tp)
                    lost = end is not None and (position > end or self._known.get(tp, -1) >= end)
                    if lost or self._must_heal(tp):
                        log.warning("consumer_reads_again", consumer=self.name, topic=tp.topic, partition=tp.partition)
                        consumer.seek(tp, starts[tp])
                        position, self._known[tp] = starts[tp], -1
                    waiting += max(0, (end or 0) - position)
                    if end is not None:
                        ends[tp.topic, tp.partition] = end
                self._ends = ends
                metrics.CONSUMER_LAG.labels(self.name).set(waiting)
                if not waiting:
                    metrics.CONSUMER_LAG_SECONDS.labels(self.name).set(0)
                await consumer.commit()
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:
            log.warning("consumer_watch_failed", consumer=self.name, error=type(error).__name__)

    def _must_heal(self, tp: TopicPartition) -> bool:
        now = time.monotonic()
        if tp not in self._holes or now - self._healed_at.get(tp, -HEAL_SECONDS) < HEAL_SECONDS:
            return False
        self._holes.discard(tp)
        self._healed_at[tp] = now
        return True
