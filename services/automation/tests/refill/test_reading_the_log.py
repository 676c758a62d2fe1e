"""The history as a real broker holds it: read to its end, waited for where it is lost, counted where it has holes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from automation.refill.refilling import CONSUMER, Refilling, ask, log_of
from automation.rules import log as event_log
from automation_world import Story
from events import metrics
from events.envelope import Received, topic_of
from events.kafka import KafkaConfig, ensure_topics

CUSTOMERS = 40


async def published(kafka: KafkaConfig, records: Sequence[Received]) -> None:
    """As relays publish: a partition for each shard, in its order."""
    await ensure_topics(kafka, *{topic_of(name) for name in ("leads", "deals", "automation", "analytics")})
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for record in records:
            headers = list(record.attributes.items())
            await producer.send_and_wait(record.source, record.body, partition=record.shard, headers=headers)


def told() -> tuple[float, float]:
    unread, missing = (one.labels(CONSUMER)._value.get() for one in (metrics.HISTORY_UNREAD, metrics.HISTORY_MISSING))
    return unread, missing


async def test_a_history_is_read_from_a_broker_waited_for_where_it_is_lost_and_has_its_holes_counted(
    automation: Any, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "SILENT_POLLS", 2)
    story, kafka = Story(), KafkaConfig(broker.bootstrap)
    for n in range(CUSTOMERS):
        story.registered(f"c{n}", phones=[f"+7916{n:07}"])
    await automation.deliver(story.records)
    refilling = Refilling(automation.pool, log_of(kafka))

    async def state() -> tuple[Any, ...]:
        return tuple(await automation.pool.fetchrow("SELECT state, events, missing FROM refills"))

    async def again() -> None:
        async with automation.pool.acquire() as connection:
            await ask(connection)

    async def until(expected: tuple[Any, ...], reader: Refilling) -> None:
        """A look ends where the broker says nothing for a while, which a slow one does before the end."""
        async with asyncio.timeout(60):
            while await state() != expected:
                await reader.look()
        await reader.look()

    # given nothing to read, then it is let go of
    async with event_log.reader(kafka) as nothing:
        assert [batch async for batch in event_log.read(nothing, event_log.Reading({}))] == []

    # given a broker that has lost the last ten events of the log
    await published(kafka, story.records[:-10])
    await again()
    # when the history is read, it waits and says so
    await until(("reading", CUSTOMERS - 10, 0), refilling)
    unread, missing = told()
    assert (unread > 0, missing) == (True, 0)
    # and goes on when they are published
    await published(kafka, story.records[-10:])
    await until(("done", CUSTOMERS, 0), refilling)
    assert told() == (0, 0)

    # given another that has lost the beginnings of partitions
    broker.restart()
    longer = {record.shard for record in story.records if record.position == 2}
    lost = [record for record in story.records if record.position == 1 and record.shard in longer]
    await published(kafka, [record for record in story.records if record not in lost])
    await again()
    await until(("done", CUSTOMERS - len(lost), len(lost)), Refilling(automation.pool, log_of(kafka)))
    assert told() == (0, len(lost))
    # and the next look, of any process, says so too
    metrics.HISTORY_MISSING.labels(CONSUMER).set(0)
    await refilling.look()
    assert told() == (0, len(lost))
