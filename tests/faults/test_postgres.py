"""A database that goes away in mid-transaction. PostgreSQL runs with fsync here: what it confirmed must be on disk."""

from __future__ import annotations

import asyncio

import pytest

from .breaking import wait_until_ready
from .conftest import SHORT, Scenario

pytestmark = [pytest.mark.faults, pytest.mark.durable, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16


async def test_postgresql_stopped_with_immediate_under_load_loses_nothing(scenario: Scenario) -> None:
    postgres, chance, times = scenario.system.postgres, scenario.chance, scenario.times(2, 12)
    async with scenario.load():
        for _ in range(times):
            await asyncio.sleep(chance.uniform(1.0, 6.0))
            await asyncio.to_thread(postgres.stop, "immediate")
            await asyncio.sleep(chance.choice((0.0, 0.5, 4.0)))
            await asyncio.to_thread(postgres.start)
            scenario.note("PostgreSQL stopped with immediate")
            await wait_until_ready(scenario.system)

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * times)


@pytest.mark.skipif(SHORT, reason="recovers as the one above does; and test_failover.py kills one")
async def test_postgresql_killed_under_load_loses_nothing(scenario: Scenario) -> None:
    """kill -9 of the postmaster; its backends notice and end by themselves."""
    postgres, chance, times = scenario.system.postgres, scenario.chance, scenario.times(2, 10)
    async with scenario.load():
        for _ in range(times):
            await asyncio.sleep(chance.uniform(1.0, 6.0))
            await asyncio.to_thread(postgres.kill)
            await asyncio.sleep(chance.choice((0.0, 0.5, 4.0)))
            await asyncio.to_thread(postgres.start)
            scenario.note("kill -9 of PostgreSQL")
            await wait_until_ready(scenario.system)

    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * times)
