"""The consumer: applies what comes out of Kafka.

FastStream polls and hands over raw records (``subscription.py``); everything that must be true is decided in
PostgreSQL by the watermark. Kafka's own offsets are a hint for where to seek and for lag dashboards. Partitions may be
given away while a batch is still being written, the log may vanish or grow again from zero: the worst that can follow
is a duplicate, which is skipped, or a hole, which is healed by reading the partition from its beginning.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncpg
import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from events import database, metrics
from events.envelope import Malformed, Received, topic_of
from events.kafka import KafkaConfig, free_group
from events.lookout import Lookout
from events.quarantine import BadRelease, Quarantine
from events.replay import Handler
from events.subscription import MAX_RECORDS, Stuck, end, subscribe
from events.topics import Topics
from events.watermark import Apply, Shard, Watermark

log = structlog.get_logger(__name__)

WATCH_SECONDS = 1.0
CALL_SECONDS = 5.0
TOPICS_SECONDS = 10.0
STUCK_SECONDS = 30.0


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
        self._topics = Topics(name, self.topics, kafka)
        self.quarantine = Quarantine(name, parks_streams=parks_streams)
        self.watermark = Watermark(name, self.topics, pool, apply, self.quarantine)
        self._handler = Handler(apply, parks_streams, applied)
        self._pool = pool
        self._kafka = kafka
        self._max_records = max_records
        self._stopping = asyncio.Event()
        self._between_batches, self._in_hand = asyncio.Event(), 0
        self._between_batches.set()
        self._assigned: set[TopicPartition] = set()
        self._was_assigned = self._is_member = self._has_looked = False
        self._settled_at = time.monotonic()
        # A join takes up to a session, and begins anew when another member comes or goes.
        self._patience = STUCK_SECONDS + 2 * kafka.session_timeout_ms / 1000
        self._lookout = Lookout(name, self.topics)
        self._stopped_because: str | None = None
        self._trouble: str | None = None
        self._progress = time.monotonic()

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the watch or the last applied batch."""
        return self._progress

    def handler(self, consumer: str) -> Handler | None:
        """How quarantined events of this consumer are applied again; None for another's."""
        return self._handler if consumer == self.name else None

    def ends(self) -> dict[Shard, int]:
        """Offset behind the last event of each assigned partition, as of the last look, once a second."""
        return dict(self._lookout.ends)

    def seconds_since_look(self) -> float:
        """How long ago the look began that found the ends; infinite before the first."""
        return time.monotonic() - self._lookout.looked_at

    async def ready(self) -> str | None:
        """None once batches can be applied, or if nobody to listen to was ever started; else the reason."""
        if self._stopped_because:
            return f"stopped: {self._stopped_because}"
        is_idle = self._was_assigned or (self._has_looked and self._topics.nobody_there())
        return self._trouble or (None if is_idle else "no partitions assigned yet")

    async def run(self, stopping: asyncio.Event) -> None:
        """Consumes until told to stop; a consumer that stopped itself waits, visible, for the next release.

        Raises ``Orphaned`` or ``Stuck`` when it must be run again, as a new member of its group.
        """
        self._stopping = stopping
        metrics.CONSUMER_STOPPED.labels(self.name).set(self._stopped_because is not None)
        while not stopping.is_set() and self._stopped_because is None:
            if await self._find_topics():
                try:
                    await self._consume()
                except (Stuck, TimeoutError):
                    with suppress(KafkaError, OSError, TimeoutError):
                        await asyncio.wait_for(free_group(self._kafka, self.name), CALL_SECONDS)
                    raise
        while not stopping.is_set():
            await self._pause(WATCH_SECONDS)

    async def _consume(self) -> None:
        """Reads the topics that are there, until told to stop or one more is there."""
        self._lookout = Lookout(self.name, self._topics.here)
        self._is_member = False
        broker, self._subscriber = subscribe(
            self._kafka, self._topics.here, self.name, self._handle, listener=self, max_records=self._max_records
        )
        try:
            async with asyncio.timeout(self._patience):
                await broker.start()
            self._settled_at = time.monotonic()
            while not self._stopping.is_set() and self._stopped_because is None and not await self._watch():
                await self._pause(WATCH_SECONDS)
        finally:
            await end(broker, self._subscriber)
            self._assigned = set()

    async def _find_topics(self) -> bool:
        """Waits for a topic to read, and for those that a broker has lost; False if told to stop."""
        while not self._stopping.is_set():
            try:
                await self.watermark.prepare()
                is_found = await self._topics.find(self.watermark)
            except (KafkaError, OSError, TimeoutError, *database.ERRORS) as error:
                self._trouble = f"{type(error).__name__}: {error}"
            else:
                self._trouble, self._has_looked = self._topics.trouble, True
                if is_found:
                    return True
            await self._pause(0.5)
        return False

    async def _pause(self, seconds: float) -> None:
        self._progress = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _handle(self, records: Sequence[ConsumerRecord]) -> None:
        """Never raises: FastStream would go on to the next batch as if this one had been applied."""
        self._between_batches.clear()
        self._in_hand = len(records)
        try:
            await self._apply_or_retry(records)
        finally:
            self._in_hand = 0
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
                    self._handler.applied()
                self._progress = time.monotonic()
                self._lookout.applied(outcome, received, self._progress - started)
                return

    async def _receive(self, records: Sequence[ConsumerRecord]) -> list[Received]:
        received = []
        for r in records:
            try:
                received.append(Received(r.topic, r.partition, r.offset, r.headers, r.value))
            except Malformed as error:
                await self.quarantine.keep_foreign(self._pool, r.topic, r.partition, r.offset, r.value or b"", error)
                self._lookout.foreign(r)
        return received

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Lets the running batch end, which correctness does not depend on.

        Waits a while for topics that a broker has lost: the new assignment leaves out those that are not there.
        """
        consumer = self._subscriber.consumer
        assert consumer is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._between_batches.wait(), 10)
        self._assigned = set()
        self._is_member = False
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(TOPICS_SECONDS):
                await consumer.beginning_offsets([TopicPartition(topic, 0) for topic in self._topics.here])

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Seeks to the last applied records. Where a log ends before that, the watch finds out."""
        consumer = self._subscriber.consumer
        assert consumer is not None
        while not self._stopping.is_set():
            try:
                await self._lookout.resume(consumer, assigned, await self.watermark.positions())
            except (KafkaError, OSError, TimeoutError, *database.ERRORS) as error:
                self._trouble = f"{type(error).__name__}: {error}"
                await asyncio.sleep(0.5)
            else:
                self._assigned = set(assigned)
                self._trouble = None
                self._was_assigned = self._is_member = True
                return

    async def _watch(self) -> bool:
        """Whether the group is to be joined anew, because a topic is there that was not."""
        consumer, has_grown = self._subscriber.consumer, False
        if consumer is None:
            return False
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._lookout.look(consumer, self._assigned, self._in_hand)
                if self._is_member:
                    await self._lookout.tell_and_count(consumer, self._assigned, self._pool)
                has_grown = await self._topics.has_grown()
                await self.quarantine.count(self._pool)
        except (KafkaError, OSError, TimeoutError, AssertionError, *database.ERRORS) as error:
            log.warning("consumer_watch_failed", consumer=self.name, error=type(error).__name__)
        else:
            if self._is_member:
                self._settled_at = time.monotonic()
        if time.monotonic() - self._settled_at > self._patience:
            raise Stuck(f"no look at the log within {self._patience:g} s")
        return has_grown
