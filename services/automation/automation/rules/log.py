"""The log of events as it was published, read from its beginning to where the consumer has applied it.

No group, no watermark: whoever reads here changes nothing. Positions tell what is a repeat, and what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from events.envelope import Received
from events.kafka import KafkaConfig
from events.store import Connection
from events.watermark import Shard

APPLIED = """
SELECT source, shard, position, kafka_offset FROM watermarks
 WHERE consumer = 'automation.rules' AND position > 0 AND kafka_offset IS NOT NULL
"""
FETCH_BYTES = 1_000_000
POLL_MS = 500
SILENT_POLLS = 20
"""Polls without a record after which the log is taken to end early: ten seconds."""
GUESSES = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where the consumer stands in a shard: position and Kafka offset of the last applied record."""

    position: int
    offset: int


async def applied(connection: Connection) -> dict[Shard, Place]:
    """How far each shard has been applied."""
    rows = await connection.fetch(APPLIED)
    return {(row["source"], row["shard"]): Place(row["position"], row["kafka_offset"]) for row in rows}


@dataclass
class Reading:
    """How far a reading has come, by shard; ``missing`` counts events that the log did not hold."""

    ends: Mapping[Shard, Place]
    positions: dict[Shard, int] = field(default_factory=dict)
    offsets: dict[Shard, int] = field(default_factory=dict)
    missing: int = 0
    is_cut_short: bool = False

    @classmethod
    def kept(cls, text: str, ends: Mapping[Shard, Place] | None = None) -> Reading:
        """What :meth:`text` kept; ``ends`` may have moved on since."""
        told = orjson.loads(text)
        before = {_shard(name): Place(**end) for name, end in told["ends"].items()}
        positions, offsets = (
            {_shard(shard): value for shard, value in told[name].items()} for name in ("positions", "offsets")
        )
        return cls(before if ends is None else ends, positions, offsets, told["missing"])

    def told(self) -> dict[str, Any]:
        """How far it is, as JSON has it."""
        return {
            "ends": {_name(shard): asdict(end) for shard, end in self.ends.items()},
            "positions": {_name(shard): position for shard, position in self.positions.items()},
            "offsets": {_name(shard): offset for shard, offset in self.offsets.items()},
            "missing": self.missing,
        }

    def text(self) -> str:
        """How far it is, for a row."""
        return orjson.dumps(self.told()).decode()

    def left(self) -> list[Shard]:
        """Shards that are not read to their ends."""
        return [shard for shard, end in self.ends.items() if self.positions.get(shard, 0) < end.position]

    def take(self, record: Received) -> bool:
        """Is it new, and before the end?"""
        shard = (record.source, record.shard)
        before = self.positions.get(shard, 0)
        self.offsets[shard] = record.offset
        if record.position <= before or record.position > self.ends[shard].position:
            return False
        self.missing += record.position - before - 1
        self.positions[shard] = record.position
        return True


def _name(shard: Shard) -> str:
    return f"{shard[0]}/{shard[1]}"


def _shard(name: str) -> Shard:
    source, _, shard = name.rpartition("/")
    return source, int(shard)


@asynccontextmanager
async def reader(kafka: KafkaConfig) -> AsyncIterator[AIOKafkaConsumer]:
    """A client that belongs to no group."""
    made = AIOKafkaConsumer(
        **kafka.client(), group_id=None, enable_auto_commit=False, max_partition_fetch_bytes=FETCH_BYTES
    )
    await made.start()
    try:
        yield made
    finally:
        # A task of the client's that has not begun when it is stopped ends it as if whoever stops it were cancelled.
        await asyncio.sleep(0)
        await made.stop()


async def read(consumer: AIOKafkaConsumer, reading: Reading) -> AsyncIterator[Sequence[Received]]:
    """What is left of a reading, in batches, each shard in its order."""
    partitions = {TopicPartition(*shard): shard for shard in reading.left()}
    consumer.assign(list(partitions))
    starts = await consumer.beginning_offsets(list(partitions)) if partitions else {}
    for tp, shard in partitions.items():
        consumer.seek(tp, max(starts[tp], reading.offsets.get(shard, -1) + 1))
    silent = 0
    while left := [TopicPartition(*shard) for shard in reading.left()]:
        found = await consumer.getmany(*left, timeout_ms=POLL_MS)
        records = [
            Received(r.topic, r.partition, r.offset, r.headers, r.value) for many in found.values() for r in many
        ]
        silent = 0 if records else silent + 1
        if silent > SILENT_POLLS:
            reading.is_cut_short = True
            return
        yield [record for record in records if reading.take(record)]
        await asyncio.sleep(0)


async def find(consumer: AIOKafkaConsumer, shard: Shard, position: int, end: Place) -> Received | None:
    """The event at a position: where it should stand, counted back from the end, and from there as far as it is off."""
    tp = TopicPartition(*shard)
    consumer.assign([tp])
    (start,) = (await consumer.beginning_offsets([tp])).values()
    guess = end.offset - (end.position - position)
    for _ in range(GUESSES):
        guess = max(start, guess)
        consumer.seek(tp, guess)
        found = await consumer.getmany(tp, timeout_ms=2_000)
        records = [Received(r.topic, r.partition, r.offset, r.headers, r.value) for r in found.get(tp, ())]
        here = next((record for record in records if record.position == position), None)
        if here is not None or not records:
            return here
        if records[0].position < position:
            guess = records[-1].offset + 1
        elif guess == start:
            return None
        else:
            guess -= records[0].position - position
    return None
