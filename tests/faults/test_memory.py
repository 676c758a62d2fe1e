"""Services that want more memory than they may have: the kernel kills them at the work that wanted it."""

from __future__ import annotations

import asyncio
import signal

import pytest
from embedded.system import SERVICES

from .breaking import START_SECONDS, start, wait_until_ready
from .conftest import Scenario
from .memory import no_more_memory

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16


async def test_services_that_the_kernel_kills_for_want_of_memory_lose_nothing_and_repeat_nothing(
    scenario: Scenario,
) -> None:
    times = scenario.times(1, 5)
    async with scenario.load():
        for _ in range(times):
            for name in scenario.chance.sample(SERVICES, scenario.times(1, 4)):
                await wait_until_ready(scenario.system, name)
                process = scenario.system.services[name]
                with no_more_memory(process.pid) as group:
                    async with asyncio.timeout(START_SECONDS):
                        while process.running:
                            await asyncio.sleep(0.05)
                    assert (process.returncode, group.killed()) == (-signal.SIGKILL, 1)
                await start(process)
                scenario.note(f"{name} killed by the kernel for want of memory")

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * times)
