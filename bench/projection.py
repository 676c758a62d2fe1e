"""The sales projection, live and rebuilt, beside aiokafka's ``getmany`` with one upsert of counters per batch."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from itertools import islice

import asyncpg
from analytics import builds
from analytics.main import SALES
from events import metrics
from events.envelope import topic_of
from events.kafka import KafkaConfig, ensure_topics
from events.relay import Relay
from events.store import Append, append_all
from prometheus_client import Counter

from bench import raw, stories
from bench.bed import Bed
from bench.report import Row, at_least, compared
from bench.rounds import REFERENCE, in_turns

UNIT = "events/s"
TOPICS = [topic_of(source) for source in SALES.sources]


async def measure(bed: Bed) -> list[Row]:
    """Events applied per second; live keeps the indexes of reports, a rebuild makes them at its end."""
    kafka = replace(await bed.empty_broker(), session_timeout_ms=2_000)
    await ensure_topics(kafka, *TOPICS)
    events = await publish(bed, kafka)
    async with await bed.pool(await bed.database("projection", "analytics")) as pool:
        await pool.execute(raw.COUNTERS)
        found = await in_turns(
            {
                REFERENCE: lambda: raw.project(pool, kafka, TOPICS, events),
                "live": lambda: _filled(pool, kafka, events, indexed=True),
                "rebuild": lambda: _filled(pool, kafka, events, indexed=False),
            },
            bed.scale.rounds,
        )
    ceiling = found[REFERENCE]
    return [
        compared("projection, live / raw getmany", UNIT, found["live"], ceiling, at_least(0.3)),
        compared("projection, rebuild / raw getmany", UNIT, found["rebuild"], ceiling, at_least(0.5)),
        compared("projection, rebuild, on a quiet machine", UNIT, found["rebuild"], None, at_least(40_000, "value")),
    ]


async def publish(bed: Bed, kafka: KafkaConfig, logs: str = "projected") -> int:
    """Stories of leads and deals into new ``logs``, and from there, by relays, to the broker; how many events."""
    events = 0
    people = stories.people(bed.scale.stories)
    async with (
        await bed.pool(await bed.database(f"{logs}_leads")) as leads,
        await bed.pool(await bed.database(f"{logs}_deals")) as deals,
    ):
        while some := list(islice(people, 200)):
            of_leads: list[Append] = []
            of_deals: list[Append] = []
            for chance in some:
                story, customer_id, lead_id = stories.leads_story(chance)
                of_leads += story
                of_deals += stories.deals_story(chance, customer_id, lead_id)
            for pool, decisions in ((leads, of_leads), (deals, of_deals)):
                async with pool.acquire() as connection:
                    await append_all(connection, decisions)
                events += sum(len(decision.events) for decision in decisions)
        await asyncio.gather(_relay("leads", leads, kafka), _relay("deals", deals, kafka))
    return events


async def _relay(service: str, pool: asyncpg.Pool, kafka: KafkaConfig) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(Relay(service, pool, kafka).run(stopping))
    while await pool.fetchval("SELECT sum(position) FROM relay_cursors") < await pool.fetchval(
        "SELECT count(*) FROM events"
    ):
        await asyncio.sleep(0.1)
    stopping.set()
    await running


async def _filled(pool: asyncpg.Pool, kafka: KafkaConfig, events: int, *, indexed: bool) -> float:
    """Events per second of a new build, clocked from the end of its first batch: to join a group takes seconds."""
    async with pool.acquire() as connection, connection.transaction():
        build = await builds.start(connection, SALES, "shadow")
        if indexed:
            await builds.index(connection, build)
    consumer, stopping = build.consumer(pool, kafka), asyncio.Event()
    applied = metrics.CONSUMER_APPLIED.labels(build.consumer_name)
    running = asyncio.create_task(consumer.run(stopping))
    try:
        first = await more_than(0, applied)
        started = time.perf_counter()
        await more_than(events - 1, applied)
        seconds = time.perf_counter() - started
    finally:
        stopping.set()
        await running
    async with pool.acquire() as connection, connection.transaction():
        await builds.drop(connection, build)
    return (events - first) / seconds


async def more_than(count: int, applied: Counter) -> int:
    """Waits for it; raises ``TimeoutError`` after two minutes, for then something has gone wrong."""
    async with asyncio.timeout(120):
        while (seen := int(applied._value.get())) <= count:
            await asyncio.sleep(0.002)
    return seen
