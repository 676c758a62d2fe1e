"""The published log: is what the broker acknowledged still there?

A broker that keeps its data in memory loses everything with its process, and even Apache Kafka can lose a topic. The
relay's cursors remember the first offset of the last acknowledged batch. Where the log ends at or before it, begins
after it, or holds another event there, the shard is published again from its first event; consumers skip what they
have.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from events import metrics
from events.envelope import SHARDS, Malformed, Received, topic_of
from events.kafka import KafkaConfig, ensure_topics
from events.sqlfile import sql
from events.store import Connection

log = structlog.get_logger(__name__)

READ_SECONDS = 8.0
PROOF_SECONDS = 30.0

Cursors = Mapping[TopicPartition, asyncpg.Record]


class Published:
    """The log of one service as its relay left it."""

    def __init__(self, service: str, pool: asyncpg.Pool, kafka: KafkaConfig) -> None:
        self._service = service
        self._topic = topic_of(service)
        self._pool = pool
        self._kafka = kafka
        self._reader: AIOKafkaConsumer | None = None
        self._proven_at = -PROOF_SECONDS
        self._spoilt = False

    async def open(self) -> None:
        """Connects; a new connection begins with a proof."""
        self._reader = AIOKafkaConsumer(**self._kafka.client(), group_id=None, request_timeout_ms=8_000)
        await self._reader.start()
        self._proven_at = -PROOF_SECONDS

    async def close(self) -> None:
        """Disconnects."""
        if self._reader is not None:
            with suppress(KafkaError, OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._reader.stop(), 5)
            self._reader = None

    def spoilt(self) -> None:
        """Says that the topic takes or gives no records: an embedded broker's has to be made anew."""
        self._spoilt = True

    async def look(self) -> None:
        """Moves the cursors of what is lost back to the beginning. Raises what broker and database raise.

        The cursors are locked first: another relay must not move one between the two looks.
        """
        assert self._reader is not None
        if self._spoilt or self._topic not in await self._reader.topics():
            await self._make_topic()
        async with self._pool.acquire() as connection, connection.transaction():
            cursors = {
                TopicPartition(self._topic, row["shard"]): row
                for row in await connection.fetch("SELECT * FROM relay_cursors FOR UPDATE SKIP LOCKED")
                if row["kafka_offset"] is not None
            }
            if cursors:
                lost = await self._lost(self._reader, cursors)
                if time.monotonic() - self._proven_at > PROOF_SECONDS:
                    lost |= await self._others(self._reader, {tp: row for tp, row in cursors.items() if tp not in lost})
                    self._proven_at = time.monotonic()
                await self._publish_again(connection, sorted(tp.partition for tp in lost))

    async def _make_topic(self) -> None:
        """Makes the topic while nobody publishes: an embedded broker takes records for one that is not there, and they
        would spoil it.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            cursors = await connection.fetch("SELECT * FROM relay_cursors ORDER BY shard FOR UPDATE")
            if await ensure_topics(self._kafka, self._topic, anew=self._spoilt):
                await self._publish_again(connection, [row["shard"] for row in cursors if row["position"]])
        self._spoilt = False

    async def _lost(self, reader: AIOKafkaConsumer, cursors: Cursors) -> set[TopicPartition]:
        starts, ends = await reader.beginning_offsets(list(cursors)), await reader.end_offsets(list(cursors))
        return {tp for tp, row in cursors.items() if not starts[tp] <= row["kafka_offset"] < ends[tp]}

    async def _others(self, reader: AIOKafkaConsumer, cursors: Cursors) -> set[TopicPartition]:
        """Partitions where the remembered offset does not hold an event that the cursor has passed.

        So it is where the log was lost, and a relay wrote to the new one and died before its commit. Where nothing can
        be read at all the topic is spoilt: raises ``TimeoutError``.
        """
        others: set[TopicPartition] = set()
        silent = set(cursors)
        if not silent:
            return others
        reader.assign(silent)
        for tp in silent:
            reader.seek(tp, cursors[tp]["kafka_offset"])
        give_up = time.monotonic() + READ_SECONDS
        while silent and time.monotonic() < give_up:
            for tp, records in (await reader.getmany(*silent, timeout_ms=500, max_records=SHARDS)).items():
                silent.discard(tp)
                if not _is_passed(records[0], cursors[tp]["position"]):
                    others.add(tp)
        reader.unsubscribe()
        if silent:
            self.spoilt()
            raise TimeoutError(f"{len(silent)} partitions of {self._topic} give no records")
        return others

    async def _publish_again(self, connection: Connection, shards: Sequence[int]) -> None:
        if not shards:
            return
        await connection.execute(sql("relay_advance"), shards, [0] * len(shards), [None] * len(shards))
        log.warning("relay_refills", shards=shards)
        for shard in shards:
            metrics.RELAY_REFILLS.labels(self._service, shard).inc()


def _is_passed(record: ConsumerRecord, position: int) -> bool:
    try:
        return Received(record.topic, record.partition, record.offset, record.headers, None).position <= position
    except Malformed:
        return False
