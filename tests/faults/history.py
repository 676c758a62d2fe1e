"""The logs of a real run, read back from the stores as the records that a broker would deliver."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import asyncpg
from events.envelope import ATTRIBUTES, Received, headers, topic_of

_READ = (
    "SELECT shard, position, convert_to(data::text, 'UTF8'), "
    + ", ".join(f"convert_to({expression}, 'UTF8')" for expression in ATTRIBUTES.values())
    + " FROM events ORDER BY shard, position"
)


async def read_log(pool: asyncpg.Pool, service: str) -> list[Received]:
    """Every event of a service, shard by shard, in order; a record's offset is its position less one."""
    source = f"/voronka/{service}".encode()
    return [
        Received(topic_of(service), row[0], row[1] - 1, headers(source, row[3:]), row[2])
        for row in await pool.fetch(_READ)
    ]


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
            batch.extend(record for record in piece for _ in range(chance.choice((1, 2, 2, 3))))
            done[n] = upto
        yield batch
        if chance.random() < 0.5:
            yield batch
