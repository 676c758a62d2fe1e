"""Several nodes: two processes of every service with all roles on one database and one broker, and one of them dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext

import pytest
from embedded.process import ChildProcess
from embedded.system import SERVICES

from .breaking import START_SECONDS, another, is_ready
from .conftest import SHORT, Scenario
from .load import Load
from .pgbouncer import PgBouncer, pooling

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16
WAYS = [
    pytest.param("directly", marks=pytest.mark.skipif(SHORT, reason="the short version goes through PgBouncer")),
    "PgBouncer",
]

Twins = Mapping[str, tuple[tuple[ChildProcess, str], tuple[ChildProcess, str]]]
"""Of each service the two processes and their addresses."""


@asynccontextmanager
async def _twins(scenario: Scenario, bouncer: PgBouncer | None) -> AsyncIterator[Twins]:
    """One more process of each service; with PgBouncer it is the one that goes through it."""
    system, twins = scenario.system, {}
    for name in SERVICES:
        way = bouncer.environment(name) if bouncer else {}
        twins[name] = ((system.services[name], system.url(name)), another(system, name, **way))
    try:
        for _, (second, _) in twins.values():
            await asyncio.to_thread(second.spawn)
        await _are_ready(twins)
        yield twins
    finally:
        for _, (second, _) in twins.values():
            # the embedded broker's group may not survive that one member after the other says that it leaves
            await asyncio.to_thread(second.kill)


async def _are_ready(twins: Twins) -> None:
    async with asyncio.timeout(START_SECONDS):
        for pair in twins.values():
            for process, url in pair:
                while not await is_ready(url):
                    assert process.running
                    await asyncio.sleep(0.1)


async def _one_of_each_dies(scenario: Scenario, twins: Twins, load: Load, which: Mapping[str, int]) -> None:
    """kill -9 of the first or the second, one service after the other; who is left does the work of both, and is the
    only one in the rotation.
    """
    for name in scenario.chance.sample(SERVICES, len(SERVICES)):
        (dead, _), (_, url) = twins[name][which[name]], twins[name][1 - which[name]]
        await asyncio.to_thread(dead.kill)
        load.doors[name] = [url]
        scenario.note(f"kill -9 of one of two {name}")
    await asyncio.sleep(scenario.times(3, 6))
    for name in SERVICES:
        await asyncio.to_thread(twins[name][which[name]][0].spawn)
    await _are_ready(twins)
    load.doors |= {name: [url for _, url in pair] for name, pair in twins.items()}


@pytest.mark.parametrize("way", WAYS)
async def test_two_processes_of_every_service_share_the_work_and_either_may_die(scenario: Scenario, way: str) -> None:
    """With PgBouncer one of two reaches PostgreSQL through it, and for a while it is the only one there."""
    through = pooling(scenario.system) if way == "PgBouncer" else nullcontext()
    times = scenario.times(1, 6)
    with through as bouncer:
        async with _twins(scenario, bouncer) as twins, scenario.load() as load:
            load.doors |= {name: [url for _, url in pair] for name, pair in twins.items()}
            for number in range(times):
                await asyncio.sleep(scenario.times(3, 10))
                await _one_of_each_dies(scenario, twins, load, dict.fromkeys(SERVICES, number % 2))
                if bouncer is not None:
                    await asyncio.to_thread(bouncer.process.kill)
                    await asyncio.to_thread(bouncer.process.start)
                    scenario.note("kill -9 of PgBouncer")
                    await _are_ready(twins)
            await asyncio.sleep(2)

    # the deaths above, the breaks of PgBouncer, and all of the second at the end
    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * (2 * times + 1))
