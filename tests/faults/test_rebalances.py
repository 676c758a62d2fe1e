"""Members of the consumer groups that come and go all the time: work goes on, nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import time

import pytest

from .breaking import START_SECONDS, another, is_ready
from .conftest import Scenario
from .invariants import CONSUMERS, Databases, databases_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SERVICES = ("automation", "analytics")
GOES_ON_SECONDS = 90

Heads = dict[tuple[str, int], int]


async def _comes_and_goes(scenario: Scenario, name: str) -> None:
    """One member more, and soon gone without a word; each time the group shares its partitions out twice."""
    while True:
        process, url = another(scenario.system, name, VORONKA_ROLES="consumer")
        process.spawn()
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await is_ready(url):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(scenario.chance.uniform(0.0, 2.0))
        finally:
            await asyncio.shield(asyncio.to_thread(process.kill))
        scenario.note(f"a consumer of {name} came and went")


async def _heads(databases: Databases) -> Heads:
    rows = await databases.rows("leads", "SELECT shard, max(position) FROM events GROUP BY 1")
    return {("voronka.leads.v1", shard): head for shard, head in rows}


async def _are_applied(databases: Databases, heads: Heads) -> None:
    """Until both services have applied what was stored at a moment in the storm."""
    prefixes = [prefix for prefix, service in CONSUMERS.items() if service in SERVICES]
    async with asyncio.timeout(GOES_ON_SECONDS):
        for prefix in prefixes:
            while True:
                marks = await databases.rows(
                    CONSUMERS[prefix],
                    "SELECT source, shard, position FROM watermarks WHERE starts_with(consumer, $1)",
                    prefix,
                )
                at = {(source, shard): position for source, shard, position in marks}
                if all(at[shard] >= head for shard, head in heads.items()):
                    break
                await asyncio.sleep(0.1)


async def test_in_a_storm_of_rebalances_work_goes_on_and_nothing_is_lost_or_done_twice(scenario: Scenario) -> None:
    async with databases_of(scenario.system) as databases, scenario.load():
        storm = [asyncio.create_task(_comes_and_goes(scenario, name)) for name in (*SERVICES, *SERVICES)]
        slowest = 0.0
        try:
            while len(scenario.faults) < scenario.times(6, 60):
                began = time.monotonic()
                await _are_applied(databases, await _heads(databases))
                slowest = max(slowest, time.monotonic() - began)
                await asyncio.sleep(1)
        finally:
            for member in storm:
                member.cancel()
            ended = await asyncio.gather(*storm, return_exceptions=True)
    scenario.note(f"what was stored was applied within {slowest:.0f} s")
    assert [error for error in ended if not isinstance(error, asyncio.CancelledError)] == []

    await scenario.accounted_for()
