"""Services that want more memory than they may have: the kernel kills them at the work that wanted it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import pytest
from embedded.process import ChildProcess
from embedded.system import SERVICES
from events.request_head import MOST_HEAD_BYTES

from .breaking import START_SECONDS, start, wait_until_ready
from .conftest import Scenario
from .memory import no_more_memory

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16
BEGUN = b"GET /livez HTTP/1.1\r\nHost: here\r\nX-Unfinished: ".ljust(MOST_HEAD_BYTES, b"x")


async def _want_memory(process: ChildProcess, port: int) -> None:
    """Requests that do not end, one beside the other; a process that is warm can do its work with what it has."""
    open_ones: list[asyncio.StreamWriter] = []
    while process.running:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            open_ones.append(writer)
            writer.write(BEGUN)
            await writer.drain()
    for writer in open_ones:
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
                        await _want_memory(process, system.ports[name])
                    assert (process.returncode, group.killed()) == (-signal.SIGKILL, 1)
                await start(process)
                scenario.note(f"{name} killed by the kernel for want of memory")

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * times)
