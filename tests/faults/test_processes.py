"""Services that die, are replaced, and come back from the dead while customers keep coming."""

from __future__ import annotations

import asyncio

import pytest
from embedded.system import SERVICES

from .breaking import another_running, start, wait_until_ready
from .conftest import SHORT, Scenario

AT_ONCE = 16
"""Letters that one worker has in hand (the default of ``events.tasks.Worker``)."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.mark.skipif(SHORT, reason="every scenario ends as this one does")
async def test_a_system_without_faults_accounts_for_everything(scenario: Scenario) -> None:
    async with scenario.load():
        await asyncio.sleep(scenario.times(5, 20))

    await scenario.accounted_for()


async def test_services_killed_at_random_moments_lose_nothing_and_repeat_nothing(scenario: Scenario) -> None:
    """kill -9 of all four at once, each in its own rhythm: most while they work, some while they are still starting."""
    times = scenario.times(3, 15)
    async with scenario.load(), asyncio.TaskGroup() as killers:
        for name in SERVICES:
            killers.create_task(_kill_again_and_again(scenario, name, times))

    await scenario.accounted_for(letters_may_repeat=AT_ONCE * times)


async def _kill_again_and_again(scenario: Scenario, name: str, times: int) -> None:
    process, chance = scenario.system.services[name], scenario.chance
    for _ in range(times):
        if chance.random() < 0.8:
            await wait_until_ready(scenario.system, name)
        await asyncio.sleep(chance.uniform(0.2, 5.0))
        await asyncio.to_thread(process.kill)
        process.spawn()
        scenario.note(f"kill -9 of {name}")
    await wait_until_ready(scenario.system, name)


async def test_a_rolling_restart_under_load_refuses_nobody(scenario: Scenario) -> None:
    """SIGTERM, with the successor in the rotation before: the test plays the load balancer, which follows /readyz."""
    system, ledger = scenario.system, scenario.ledger
    failed_before = ledger.failures.copy()
    async with scenario.load() as load:
        for _ in range(scenario.times(1, 3)):
            for name in scenario.chance.sample(SERVICES, scenario.times(2, len(SERVICES))):
                async with another_running(system, name) as (_, url):
                    load.doors[name] = [url]
                    assert await asyncio.to_thread(system.services[name].stop) == 0
                    await start(system.services[name])
                    load.doors[name] = [system.url(name)]
                scenario.note(f"SIGTERM of {name} and of its stand-in")

    assert ledger.failures == failed_before
    await scenario.accounted_for()
