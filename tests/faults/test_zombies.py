"""Processes that stand still with everything they hold, are replaced, and go on as if no time had passed."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest
from embedded.process import ChildProcess

from .breaking import frozen_with, holds_rows, in_parts
from .conftest import Scenario
from .heads import are_applied, heads_of
from .invariants import databases_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LIMITS = {"VORONKA_DATABASE_IDLE_SECONDS": "4", "VORONKA_DATABASE_TRANSACTION_SECONDS": "6"}
"""After so long PostgreSQL ends the transaction of one who stands still; nobody else is faster."""
TAKEN_OVER_SECONDS = 40.0


async def test_a_relay_that_stands_still_with_its_locks_is_replaced_and_harms_nobody_when_it_goes_on(
    scenario: Scenario,
) -> None:
    async with (
        databases_of(scenario.system) as databases,
        in_parts(scenario.system, "leads", "api,worker", "relay", **LIMITS) as relays,
        scenario.load(),
    ):
        for number in range(scenario.times(2, 10)):
            zombie = relays[number % 2]
            async with frozen_with(zombie, databases["leads"], "relay_cursors"):
                began = time.monotonic()
                await _lets_go(zombie, databases["leads"], "relay_cursors")
                await are_applied(databases, await heads_of(databases, "leads"), "analytics")
                seconds = time.monotonic() - began
            scenario.note(f"relay of leads stopped while publishing; the other took over within {seconds:.0f} s")
            await asyncio.sleep(1)

    await scenario.accounted_for()


async def test_consumers_that_stand_still_with_their_locks_are_replaced_and_apply_nothing_twice(
    scenario: Scenario,
) -> None:
    """Longer than the session timeout: the group gives their partitions to others, and takes them back in later."""
    async with (
        databases_of(scenario.system) as databases,
        in_parts(scenario.system, "automation", "api,worker", "consumer,relay", **LIMITS) as automation,
        in_parts(scenario.system, "analytics", "api", "consumer", **LIMITS) as analytics,
        scenario.load(),
    ):
        for number in range(scenario.times(2, 10)):
            zombies = {"automation": automation[number % 2], "analytics": analytics[number % 2]}
            async with (
                frozen_with(zombies["automation"], databases["automation"], "watermarks"),
                frozen_with(zombies["analytics"], databases["analytics"], "watermarks"),
            ):
                began = time.monotonic()
                for service, zombie in zombies.items():
                    await _lets_go(zombie, databases[service], "watermarks")
                heads = await heads_of(databases, "leads")
                for service in zombies:
                    await are_applied(databases, heads, service)
                    seconds = time.monotonic() - began
                    scenario.note(f"consumer of {service} stopped while applying, replaced within {seconds:.0f} s")
            await asyncio.sleep(1)

    await scenario.accounted_for()


async def _lets_go(zombie: ChildProcess, pool: asyncpg.Pool, table: str) -> None:
    """Until PostgreSQL has ended the transaction of one who stands still."""
    async with asyncio.timeout(TAKEN_OVER_SECONDS):
        while await holds_rows(zombie, pool, table):
            await asyncio.sleep(0.1)
