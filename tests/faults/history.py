"""The logs of a real run: as their topics hold them, and read back from the stores as a broker would deliver them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from events.envelope import ATTRIBUTES, SHARDS, Received, headers, topic_of
from events.watermark import Shard

_READ = f"""
SELECT shard, position, convert_to(data::text, 'UTF8'),
       {", ".join(f"convert_to({expression}, 'UTF8')" for expression in ATTRIBUTES.values())}
  FROM events
 WHERE position > coalesce((SELECT w.position FROM watermarks w
                             WHERE w.shard = events.shard AND w.consumer = $1 AND w.source = $2), 0) - $3::int
 ORDER BY shard, position
"""


async def read_log(pool: asyncpg.Pool, service: str, *, after: str | None = None, again: int = 0) -> list[Received]:
    """Events of a service, shard by shard, in order; a record's offset is its position less one.

    All of them, or in the service's own database those that its consumer ``after`` has still to apply, with the last
    ``again`` of each shard that it has applied.
    """
    source, topic = f"/voronka/{service}".encode(), topic_of(service)
    return [
        Received(topic, row[0], row[1] - 1, headers(source, row[3:]), row[2])
        for row in await pool.fetch(_READ, after, topic, again)
    ]


async def read_topics(bootstrap: str, heads: Mapping[Shard, int]) -> list[Received]:
    """What the broker holds of these topics, in the order in which it came, up to the given positions at least."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, max_partition_fetch_bytes=100_000)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, shard) for topic in {topic for topic, _ in heads} for shard in range(SHARDS)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[Received] = []
        read = dict.fromkeys(heads, 0)
        while any(read[shard] < head for shard, head in heads.items()):
            for tp, records in (await consumer.getmany(timeout_ms=1000)).items():
                found += [Received(r.topic, r.partition, r.offset, r.headers, r.value) for r in records]
                read[tp.topic, tp.partition] = found[-1].position
        return found
    finally:
        await consumer.stop()


def at_random(records: Sequence[Received], chance: random.Random, largest: int = 40) -> Iterator[list[Received]]:
    """Batches as a bad day may cut them: each shard in its order, shards against each other in any, every record at
    least twice.
    """
    shards: dict[tuple[str, int], list[Received]] = {}
    for record in records:
        shards.setdefault((record.source, record.shard), []).append(record)
    lines = list(shards.values())
    done = [0] * len(lines)
    while waiting := [n for n, line in enumerate(lines) if done[n] < len(line)]:
        batch: list[Received] = []
        for n in chance.sample(waiting, chance.randint(1, len(waiting))):
            again = max(0, done[n] - chance.randint(0, largest))
            upto = min(len(lines[n]), done[n] + chance.randint(1, largest))
            piece = lines[n][again:upto]
            batch.extend(record for record in piece for _ in range(chance.choice((2, 2, 3))))
            done[n] = upto
        yield batch
        if chance.random() < 0.5:
            yield batch
