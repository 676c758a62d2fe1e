"""What a consumer looks after once a second: logs that lost their data, holes, partitions that nobody reads.

What is applied, and what is not, the watermark decides. This keeps a consumer from waiting for ever for something that
it has missed: a position means nothing in another log, and a group may have been formed before all topics were there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from events import metrics, tracing
from events.envelope import SHARDS, Received
from events.sqlfile import sql
from events.watermark import Outcome, Shard

log = structlog.get_logger(__name__)

HEAL_SECONDS = 5.0
ORPHAN_SECONDS = 30.0
HELD_SECONDS = 5.0
SETTLE_SECONDS = 5.0
PROOF_SECONDS = 30.0


class Orphaned(RuntimeError):
    """Records wait in partitions that no member of the group has: it has to be joined anew."""


class Lookout:
    """The eyes of one consumer; all its topics have 16 partitions."""

    def __init__(self, name: str, topics: Iterable[str]) -> None:
        self.ends: dict[Shard, int] = {}
        """Offset behind the last event of each assigned partition, as of the last look: what the watermark comes to."""
        self.looked_at = -math.inf
        self._name = name
        self._all = {TopicPartition(topic, shard) for topic in topics for shard in range(SHARDS)}
        self._known: dict[TopicPartition, int] = {}
        self._foreign: dict[Shard, range] = {}
        self._holes: set[TopicPartition] = set()
        self._healed_at: dict[TopicPartition, float] = {}
        self._neglected: dict[TopicPartition, tuple[int | None, datetime | None]] = {}
        self._counted_at = -ORPHAN_SECONDS
        self._told_at = -math.inf
        self._proven_at = time.monotonic()
        self._current_until = datetime.now(UTC)

    async def resume(
        self,
        consumer: AIOKafkaConsumer,
        assigned: Iterable[TopicPartition],
        positions: Mapping[Shard, tuple[int, int | None]],
    ) -> None:
        """Seeks to the last applied record, which is read once more: the proof that this is still the same log.

        Behind it one could wait for ever: a log that was published again has other offsets, and may end just there.
        """
        partitions = list(assigned)
        starts = await consumer.beginning_offsets(partitions) if partitions else {}
        for tp in partitions:
            _, offset = positions[tp.topic, tp.partition]
            self._known[tp] = -1 if offset is None else offset
            self._foreign.pop((tp.topic, tp.partition), None)
            consumer.seek(tp, max(self._known[tp], starts[tp]))
        # While the partitions are shared out nobody says that he has them.
        self._told_at = -math.inf
        self._counted_at = max(self._counted_at, time.monotonic() - ORPHAN_SECONDS + SETTLE_SECONDS)

    def foreign(self, record: ConsumerRecord) -> None:
        """Remembers a record that is no event: no watermark moves to it, also when it is the last of its partition."""
        shard, offset = (record.topic, record.partition), record.offset
        run = self._foreign.get(shard, range(offset, offset))
        if offset not in run:
            self._foreign[shard] = range(run.start if run.stop == offset else offset, offset + 1)

    def applied(self, outcome: Outcome, received: Sequence[Received], seconds: float) -> None:
        """Says what became of a batch, and where records are missing before those that came."""
        if outcome.applied:
            began, traces = time.time_ns() - int(seconds * 1e9), (one.attributes.get("traceparent") for one in received)
            many = {"events": outcome.applied}
            tracing.worked(f"apply {self._name}", began, tracing.sampled(traces), kind="consumer", attributes=many)
        self._holes |= {TopicPartition(source, shard) for source, shard in outcome.holes}
        metrics.CONSUMER_BATCH_SECONDS.labels(self._name).observe(seconds)
        metrics.CONSUMER_APPLIED.labels(self._name).inc(outcome.applied)
        metrics.CONSUMER_DUPLICATES.labels(self._name).inc(outcome.duplicates)
        metrics.CONSUMER_HOLES.labels(self._name).inc(len(outcome.holes))
        # A record that is no event of ours was kept in quarantine, and has no time to tell the lag by.
        with suppress(KeyError, ValueError, TypeError):
            if outcome.last is not None:
                recorded = datetime.fromisoformat(outcome.last.attributes["ce_recordedtime"].decode())
                self._current_until = recorded
                self._tell_lag()

    def _tell_lag(self) -> None:
        behind = (datetime.now(UTC) - self._current_until).total_seconds()
        metrics.CONSUMER_LAG_SECONDS.labels(self._name).set(behind)

    async def look(self, consumer: AIOKafkaConsumer, assigned: Iterable[TopicPartition], in_hand: int = 0) -> None:
        """Reads again from the beginning what was lost or missed, and commits positions for those who look at lag.

        ``in_hand`` records were read and are not applied yet. Where nothing waits, the last record is read once more
        every 30 s: a log that was made anew under our feet may end just there. The end of the log is the high watermark
        of the last fetch: what ``end_offsets`` answers is not the end on the embedded broker. Raises ``KafkaError``.
        """
        started = time.monotonic()
        partitions = sorted(assigned)
        starts = await consumer.beginning_offsets(partitions) if partitions else {}
        is_proof_due = time.monotonic() - self._proven_at > PROOF_SECONDS
        waiting = in_hand
        ends = {}
        idle = []
        for tp in partitions:
            position = await consumer.position(tp)
            end = consumer.highwater(tp)
            lost = end is not None and (position > end or self._known.get(tp, -1) >= end)
            if lost or self._must_heal(tp):
                log.warning("consumer_reads_again", consumer=self._name, topic=tp.topic, partition=tp.partition)
                consumer.seek(tp, starts[tp])
                position, self._known[tp] = starts[tp], -1
                self._foreign.pop((tp.topic, tp.partition), None)
            elif position == end and position > starts[tp]:
                idle.append(tp)
            waiting += max(0, (end or 0) - position)
            if end is not None:
                shard = (tp.topic, tp.partition)
                run = self._foreign.get(shard)
                ends[shard] = run.start if run is not None and run.stop == end else end
        self.ends, self.looked_at = ends, started
        metrics.CONSUMER_LAG.labels(self._name).set(waiting)
        if not waiting:
            self._current_until = datetime.now(UTC)
            metrics.CONSUMER_LAG_SECONDS.labels(self._name).set(0)
        else:
            # Also of one who stands still.
            self._tell_lag()
        if partitions:
            await consumer.commit({tp: await consumer.position(tp) for tp in partitions})
        if is_proof_due:
            for tp in idle:
                consumer.seek(tp, await consumer.position(tp) - 1)
            self._proven_at = time.monotonic()

    async def tell_and_count(
        self, consumer: AIOKafkaConsumer, assigned: set[TopicPartition], pool: asyncpg.Pool
    ) -> None:
        """Says every 5 s which partitions are ours, also while a batch takes long, and looks at those of the others.

        Raises :class:`Orphaned` if records wait in one of them, which nobody has said to have and nobody has moved for
        30 s. Topics that are not there yet do not count.
        """
        now = time.monotonic()
        if assigned and now - self._told_at >= HELD_SECONDS:
            ours = [tp.topic for tp in assigned], [tp.partition for tp in assigned]
            await pool.execute(sql("partitions_hold"), self._name, *ours)
            self._told_at = now
        others = sorted(tp for tp in self._all - assigned if consumer.partitions_for_topic(tp.topic))
        if not others or now - self._counted_at < ORPHAN_SECONDS:
            return
        self._counted_at = now
        ends = await consumer.end_offsets(others)
        rows = await pool.fetch(sql("partitions_told"), self._name)
        told = {TopicPartition(row["source"], row["shard"]): (row["kafka_offset"], row["told_at"]) for row in rows}
        neglected = {tp: told[tp] for tp in others if ends[tp] > (-1 if told[tp][0] is None else told[tp][0]) + 1}
        orphans = [tp for tp, last in neglected.items() if tp in self._neglected and self._neglected[tp] == last]
        self._neglected = neglected
        if orphans:
            raise Orphaned(f"nobody reads {len(orphans)} partitions, such as {orphans[0].topic}/{orphans[0].partition}")

    def _must_heal(self, tp: TopicPartition) -> bool:
        now = time.monotonic()
        if tp not in self._holes or now - self._healed_at.get(tp, -HEAL_SECONDS) < HEAL_SECONDS:
            return False
        self._holes.discard(tp)
        self._healed_at[tp] = now
        return True
