"""Members of the consumer groups that come and go all the time: work goes on, nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import time

import pytest

from .breaking import START_SECONDS, another, is_ready
from .conftest import Scenario
from .heads import are_applied, heads_of
from .invariants import databases_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SERVICES = ("automation", "analytics")


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


async def test_in_a_storm_of_rebalances_work_goes_on_and_nothing_is_lost_or_done_twice(scenario: Scenario) -> None:
    async with databases_of(scenario.system) as databases, scenario.load():
        storm = [asyncio.create_task(_comes_and_goes(scenario, name)) for name in (*SERVICES, *SERVICES)]
        slowest = 0.0
        try:
            while len(scenario.faults) < scenario.times(6, 60):
                began = time.monotonic()
                await are_applied(databases, await heads_of(databases, "leads"), *SERVICES)
                slowest = max(slowest, time.monotonic() - began)
                await asyncio.sleep(1)
        finally:
            for member in storm:
                member.cancel()
            ended = await asyncio.gather(*storm, return_exceptions=True)
    scenario.note(f"what was stored was applied within {slowest:.0f} s")
    assert [error for error in ended if not isinstance(error, asyncio.CancelledError)] == []

    await scenario.accounted_for()
