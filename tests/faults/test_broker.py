"""A broker that dies and has lost everything: topics, records, offsets and groups."""

from __future__ import annotations

import asyncio

import pytest

from .breaking import wait_until_ready
from .conftest import Scenario

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16


async def _lose_everything(scenario: Scenario, seconds: float) -> None:
    """kill -9, so many seconds without a broker, and an empty one in its place."""
    await asyncio.to_thread(scenario.system.broker.kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(scenario.system.broker.start)
    scenario.note("kill -9 of the broker")


async def test_a_broker_that_loses_everything_under_load_costs_no_event(scenario: Scenario) -> None:
    chance = scenario.chance
    async with scenario.load():
        for _ in range(scenario.times(4, 20)):
            await asyncio.sleep(chance.uniform(0.5, 8.0))
            await _lose_everything(scenario, chance.choice((0.0, 0.3, 3.0)))

    await scenario.accounted_for()


async def test_a_service_killed_while_the_broker_is_being_filled_again_costs_no_event(scenario: Scenario) -> None:
    """The relay dies between the acknowledgement of the new, empty log and the commit of its cursor, and so on."""
    chance, system = scenario.chance, scenario.system
    names = ("leads", "deals", "automation")
    deaths = 0
    async with scenario.load():
        for _ in range(scenario.times(2, 12)):
            await wait_until_ready(system)
            await asyncio.sleep(chance.uniform(0.5, 3.0))
            await _lose_everything(scenario, 0.0)
            for name in chance.sample(names, 2):
                await asyncio.sleep(chance.uniform(0.0, 1.0))
                process = system.services[name]
                await asyncio.to_thread(process.kill)
                process.spawn()
                deaths += name == "automation"
                scenario.note(f"kill -9 of {name}")
        await wait_until_ready(system)

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * deaths)
