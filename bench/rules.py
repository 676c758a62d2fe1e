"""Rules: the consumer against 200 enabled ones, and a back-test over the stored log, beside aiokafka's ``getmany``."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import asyncpg
from automation.react import Reactions
from automation.rules.backtest import Found
from automation.rules.backtesting import KIND, Asked, Backtesting, begin
from automation.rules.rule import SOURCES, Rule, Rules
from events import metrics
from events.consumer import Consumer
from events.envelope import topic_of
from events.kafka import KafkaConfig, ensure_topics
from events.store import Cause
from events.tasks import Task

from bench import raw
from bench.bed import Bed
from bench.projection import more_than, publish
from bench.report import Row, at_least, compared
from bench.rounds import REFERENCE, in_turns

UNIT: Final = "events/s"
RULES: Final = 200
TITLE: Final = {"ru": "Задача", "en": "Task"}
CONDITIONS: Final = {
    "customer.registered.v1": "event.direction == 'wholesale' && actor != 'user:{n}'",
    "lead.captured.v1": "!event.touch.is_test && event.touch.channel == 'fair' && event.touch.campaign == 'c-{n}'",
    "lead.assigned.v1": "event.strategy == 'by_hand' && event.manager_id == 'manager-{n}'",
    "lead.qualified.v1": "event.temperature == 'hot' && event.manager_id != 'manager-{n}'",
    "deal.opened.v1": "event.value.amount >= 1000000.0 && event.direction == 'retail-{n}'",
    "deal.stage-changed.v1": "event.to_stage == 'stage-{n}' || event.to_kind == 'lost'",
    "deal.won.v1": "event.value.amount > 500000.0 && occurred_at - recorded_at < duration('{n}h')",
}
"""Conditions of the kind that people write. None holds: what an effect costs, other rows measure."""


async def measure(bed: Bed) -> list[Row]:
    """Events per second of the consumer, which keeps the facts too; of a back-test with and without ``where``."""
    kafka = replace(await bed.empty_broker(), session_timeout_ms=2_000)
    topics = [topic_of(source) for source in SOURCES]
    await ensure_topics(kafka, *topics)
    events = await publish(bed, kafka, "ruled")
    rounds = [0]
    async with await bed.pool(await bed.database("raw_rules")) as plain, plain.acquire() as one:
        await one.execute(raw.COUNTERS)
        dsn = await bed.database("rules_0", "automation")
        async with await bed.pool(dsn) as pool:
            cpu = await _consumed_once(pool, kafka, events)
            found = await in_turns(
                {
                    REFERENCE: lambda: raw.project(plain, kafka, topics, events),
                    "consumer": lambda: _fresh(bed, kafka, events, rounds),
                    "backtest": lambda: _backtest(pool, kafka, events, where=""),
                    "where": lambda: _backtest(pool, kafka, events, where="customer.open_leads > 99"),
                },
                bed.scale.rounds,
            )
    ceiling = found[REFERENCE]
    return [
        compared(f"rules, consumer with {RULES} / raw getmany", UNIT, found["consumer"], ceiling, None),
        compared(f"rules, consumer with {RULES}", UNIT, found["consumer"], None, at_least(5_000, "value")),
        Row(f"rules, CPU of the consumer with {RULES}", cpu, "µs/event, without PostgreSQL"),
        compared("rules, back-test / raw getmany", UNIT, found["backtest"], ceiling, None),
        compared("rules, back-test", UNIT, found["backtest"], None, at_least(1_000_000 / 60, "value")),
        compared("rules, back-test that asks cards", UNIT, found["where"], None, None),
    ]


def rules() -> Rules:
    """Enabled rules, as many for each type."""
    triggers = list(CONDITIONS)
    task = {"do": "create_task", "id": "task", "kind": "call", "title": TITLE}
    return Rules(
        tuple(
            Rule.model_validate(
                {
                    "id": f"rule-{n}",
                    "version": 1,
                    "title": TITLE,
                    "trigger": (trigger := triggers[n % len(triggers)]),
                    "when": CONDITIONS[trigger].replace("{n}", str(n)),
                    "actions": [task],
                }
            )
            for n in range(RULES)
        )
    )


async def _fresh(bed: Bed, kafka: KafkaConfig, events: int, rounds: list[int]) -> float:
    """A round in a database of its own: facts are only added."""
    rounds[0] += 1
    async with await bed.pool(await bed.database(f"rules_{rounds[0]}", "automation")) as pool:
        return await _consumed(pool, kafka, events, f"rules.{rounds[0]}")


async def _consumed_once(pool: asyncpg.Pool, kafka: KafkaConfig, events: int) -> float:
    """Fills the database that back-tests ask; returns microseconds of CPU per event in this process."""
    before = time.process_time()
    await _consumed(pool, kafka, events, "automation.rules")
    return (time.process_time() - before) / events * 1e6


async def _consumed(pool: asyncpg.Pool, kafka: KafkaConfig, events: int, name: str) -> float:
    """Events per second, clocked from the end of the first batch: to join a group takes seconds."""
    reactions = Reactions(rules(), "en", lambda _: None)
    consumer = Consumer(name, SOURCES, pool, kafka, reactions.apply, parks_streams=True, max_records=500)
    applied, stopping = metrics.CONSUMER_APPLIED.labels(name), asyncio.Event()
    running = asyncio.create_task(consumer.run(stopping))
    try:
        first = await more_than(0, applied)
        started = time.perf_counter()
        await more_than(events - 1, applied)
        return (events - first) / (time.perf_counter() - started)
    finally:
        stopping.set()
        await running


async def _backtest(pool: asyncpg.Pool, kafka: KafkaConfig, events: int, where: str) -> float:
    """Events per second of a whole job over the log: every fourth event is a trigger, every eighth of those matches."""
    rule = Rule.model_validate(
        {
            "id": "tried",
            "version": 1,
            "title": TITLE,
            "trigger": "lead.captured.v1",
            "when": "!event.touch.is_test && event.touch.channel == 'vk'",
            "where": where,
            "actions": [{"do": "create_task", "id": "task", "kind": "call", "title": TITLE}],
        }
    )
    now = datetime.now(UTC)
    asked = Asked(uuid4(), rule, now - timedelta(days=9_999), now + timedelta(days=9_999), "bench", now)
    async with pool.acquire() as connection, connection.transaction():
        await begin(connection, asked)
    started = time.perf_counter()
    job = Backtesting(pool, kafka, "en", slice_seconds=3_600)
    await job(Task(asked.backtest_id, KIND, {}, now, 1, uuid4(), Cause("bench", uuid4())))
    seconds = time.perf_counter() - started
    text = await pool.fetchval("SELECT found FROM backtests WHERE backtest_id = $1", asked.backtest_id)
    found = Found.model_validate_json(text)
    assert found.events == events, f"{found.events} of {events} events were read"
    return events / seconds
