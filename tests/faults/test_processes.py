"""Services that die, are replaced, and come back from the dead while customers keep coming."""

from __future__ import annotations

import asyncio

import pytest
from .breaking import start, wait_until_ready
from .conftest import Scenario
from embedded.system import SERVICES

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


async def test_a_system_without_faults_accounts_for_everything(scenario: Scenario) -> None:
    async with scenario.load():
        await asyncio.sleep(scenario.times(5, 20))

    await scenario.accounted_for()


async def test_services_killed_at_random_moments_lose_nothing_and_repeat_nothing(scenario: Scenario) -> None:
    """kill -9, also of services that are just starting, several at a time; each is started again at once."""
    system, chance = scenario.system, scenario.chance
    queue = [name for name in SERVICES for _ in range(scenario.times(3, 15))]
    chance.shuffle(queue)
    async with scenario.load(), asyncio.TaskGroup() as restarts:
        for name in queue:
            await asyncio.sleep(chance.uniform(0.2, 3.0))
            process = system.services[name]
            await asyncio.to_thread(process.kill)
            process.spawn()
            scenario.note(f"kill -9 of {name}")

    await scenario.accounted_for(letters_may_repeat=16 * queue.count("automation"))
