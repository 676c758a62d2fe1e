"""Services that want more memory than they may have: the kernel kills them at the work that wanted it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import pytest
from embedded.system import SERVICES

from .breaking import START_SECONDS, start, wait_until_ready
from .conftest import Scenario
from .memory import no_more_memory

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16
PORTION = b"x" * 2**16


async def _wants_memory(port: int) -> None:
    """A request whose header has no end; a process that is warm can do its work with the memory it has."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /livez HTTP/1.1\r\nHost: here\r\nX-Endless: ")
            while True:
                writer.write(PORTION)
                await writer.drain()
        finally:
            writer.close()


async def test_services_that_the_kernel_kills_for_want_of_memory_lose_nothing_and_repeat_nothing(
    scenario: Scenario,
) -> None:
    system, times = scenario.system, scenario.times(1, 3)
    async with scenario.load():
        for _ in range(times):
            for name in scenario.chance.sample(SERVICES, scenario.times(1, 4)):
                await wait_until_ready(system, name)
                process = system.services[name]
                with no_more_memory(process.pid) as group:
                    async with asyncio.timeout(START_SECONDS):
                        while process.running:
                            await _wants_memory(system.ports[name])
                            await asyncio.sleep(0.05)
                    assert (process.returncode, group.killed()) == (-signal.SIGKILL, 1)
                await start(process)
                scenario.note(f"{name} killed by the kernel for want of memory")

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * times)
