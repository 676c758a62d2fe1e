"""A day on which the broker delivers everything twice, and partitions and topics in any order against each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from analytics.main import SALES
from events.envelope import Received, topic_of
from events.projection import hashes

from . import handlers
from .again import LIVE, again, found
from .conftest import Scenario
from .handlers import Handler
from .history import at_random, read_log, read_topics
from .invariants import Databases, databases_of, rebuild, recovers

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LOGS = ("leads", "deals", "automation", "analytics")
BATCH = 500


async def test_deliveries_doubled_and_reordered_against_each_other_have_the_effects_of_the_plain_ones(
    scenario: Scenario,
) -> None:
    async with scenario.load():
        await asyncio.sleep(scenario.times(5, 30))

    async with databases_of(scenario.system) as databases:
        await recovers(scenario.system, databases)
        topics = await _recorded(scenario, databases)
        for handler in (handlers.deals(), handlers.automation()):
            heard = [topics[source] for source in handler.sources if source != handler.service]
            await _reactions(scenario, databases, handler, heard)
        await _projection(scenario, databases, list(topics.values()))

    await scenario.accounted_for()


async def _recorded(scenario: Scenario, databases: Databases) -> dict[str, list[Received]]:
    """What the topics hold, by service; the stored bytes, but for how often."""
    logs = {name: await read_log(databases[name], name) for name in LOGS}
    heads = {(record.source, record.shard): record.position for log in logs.values() for record in log}
    records = await read_topics(scenario.system.broker.bootstrap, heads)
    topics = {name: [record for record in records if record.source == topic_of(name)] for name in LOGS}
    for name, log in logs.items():
        assert {_place(record): (record.attributes, record.body) for record in topics[name]} == {
            _place(record): (record.attributes, record.body) for record in log
        }
    return topics


async def _reactions(
    scenario: Scenario, databases: Databases, handler: Handler, heard: Sequence[list[Received]]
) -> None:
    async with again(scenario.system, handler) as once:
        plain = await once.hears(_in_order(heard), twice=False)
    effects = [row[:2] for row in plain["effects"]]
    assert len(effects) == len(set(effects)) > 10
    live = await found(databases[handler.service], LIVE[handler.service])
    assert {name: plain[name] for name in live} == live
    for _ in range(scenario.times(3, 12)):
        async with again(scenario.system, handler) as twice:
            deliveries = at_random([record for log in heard for record in log], scenario.chance)
            assert await twice.hears(deliveries, twice=True) == plain
        scenario.note(f"reactions of {handler.service} on doubled and interleaved deliveries")


async def _projection(scenario: Scenario, databases: Databases, heard: Sequence[list[Received]]) -> None:
    pool = databases["analytics"]
    plain = await rebuild(pool, list(_in_order(heard)))
    live = SALES.build(await pool.fetchval("SELECT build FROM projections WHERE name = 'sales' AND state = 'live'"))
    assert plain == (await hashes(pool, live), set())
    for _ in range(scenario.times(3, 12)):
        deliveries = at_random([record for log in heard for record in log], scenario.chance)
        assert await rebuild(pool, list(deliveries)) == plain
        scenario.note("build of sales on doubled and interleaved deliveries")


def _in_order(logs: Sequence[list[Received]]) -> list[list[Received]]:
    """One topic after the other."""
    return [log[start : start + BATCH] for log in logs for start in range(0, len(log), BATCH)]


def _place(record: Received) -> tuple[int, int]:
    return record.shard, record.position
