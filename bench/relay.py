"""The relay, from the log to the broker, beside aiokafka alone that sends the same records in the same batches."""

from __future__ import annotations

import asyncio
import time
from itertools import islice

import asyncpg
from events import metrics
from events.envelope import ATTRIBUTES, SHARDS, headers, topic_of
from events.kafka import KafkaConfig, ensure_topics
from events.relay import BATCH, Relay
from events.store import append_all

from bench import raw, stories
from bench.bed import Bed
from bench.report import Row, at_least, compared
from bench.rounds import REFERENCE, in_turns

_ATTRIBUTES = ", ".join(f"convert_to({expression}, 'UTF8')" for expression in ATTRIBUTES.values())
_RECORDS = f"""
SELECT shard, convert_to(data::text, 'UTF8') AS value, ARRAY[{_ATTRIBUTES}] AS attributes
  FROM events ORDER BY shard, position
"""


async def measure(bed: Bed) -> list[Row]:
    """Events published per second."""
    async with await bed.pool(await bed.database("relay")) as pool:
        await fill(pool, bed.scale.relay_events)
        shards = await _ready_records(pool)
        kafka = await bed.empty_broker()
        found = await in_turns(
            {REFERENCE: lambda: _alone(kafka, shards), "relay": lambda: _relayed(pool, kafka)}, bed.scale.rounds
        )
    return [compared("relay / aiokafka alone", "events/s", found["relay"], found[REFERENCE], at_least(0.5))]


async def fill(pool: asyncpg.Pool, events: int) -> None:
    """At least so many events of leads in the log."""
    people = stories.people(events)
    stored = 0
    while stored < events:
        batch = [decision for chance in islice(people, 200) for decision in stories.leads_story(chance)[0]]
        async with pool.acquire() as connection:
            await append_all(connection, batch)
        stored += sum(len(decision.events) for decision in batch)


async def _ready_records(pool: asyncpg.Pool) -> list[list[raw.Record]]:
    shards: list[list[raw.Record]] = [[] for _ in range(SHARDS)]
    for shard, value, attributes in await pool.fetch(_RECORDS):
        shards[shard].append((attributes[2], value, headers(b"/voronka/bench", attributes)))
    return shards


async def _alone(kafka: KafkaConfig, shards: list[list[raw.Record]]) -> float:
    topic = topic_of(f"alone{time.monotonic_ns()}")
    await ensure_topics(kafka, topic)
    return await raw.publish(kafka, topic, shards, BATCH)


async def _relayed(pool: asyncpg.Pool, kafka: KafkaConfig) -> float:
    """A relay that found nothing to do is given everything. Its topic is there: for one it makes, it publishes anew."""
    service = f"relayed{time.monotonic_ns()}"
    await ensure_topics(kafka, topic_of(service))
    published = metrics.RELAY_PUBLISHED.labels(service)
    relay, stopping = Relay(service, pool, kafka), asyncio.Event()
    events = await pool.fetchval("SELECT count(*) FROM events")
    await pool.execute(
        "UPDATE relay_cursors SET kafka_offset = NULL,"
        " position = (SELECT max(position) FROM events WHERE events.shard = relay_cursors.shard)"
    )
    running = asyncio.create_task(relay.run(stopping))
    while await relay.ready() is not None:
        await asyncio.sleep(0.01)
    started = time.perf_counter()
    await pool.execute("UPDATE relay_cursors SET position = 0")
    relay.wake()
    while published._value.get() < events:
        await asyncio.sleep(0.002)
    seconds = time.perf_counter() - started
    stopping.set()
    await running
    return float(events) / seconds
