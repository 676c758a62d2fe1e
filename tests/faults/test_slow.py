"""A consumer whose handler takes longer than its group waits for a member that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from .breaking import another_running
from .conftest import Scenario
from .heads import are_applied, heads_of
from .invariants import databases_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SLOW = """
CREATE OR REPLACE FUNCTION takes_long() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF current_setting('test.slept_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
    PERFORM set_config('test.slept_in', pg_current_xact_id()::text, true), pg_sleep({seconds});
  END IF;
  RETURN NULL;
END $$
"""
TRIGGER = "CREATE TRIGGER takes_long BEFORE INSERT ON leads FOR EACH STATEMENT EXECUTE FUNCTION takes_long()"


@asynccontextmanager
async def slow(pool: asyncpg.Pool, seconds: float) -> AsyncIterator[None]:
    """The first statement by which deals gets to know leads takes so long, in every batch that has one: there are three
    such statements, and a batch of 36 s would be another test.
    """
    await pool.execute(SLOW.format(seconds=seconds))
    await pool.execute(TRIGGER)
    try:
        yield
    finally:
        await pool.execute(SLOW.format(seconds=0))
        await pool.execute("DROP TRIGGER takes_long ON leads")


async def _is_at_it(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(60):
        while not await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            await asyncio.sleep(0.05)


async def test_a_slow_handler_holds_up_nobody_else_and_nothing_is_lost_or_done_twice(scenario: Scenario) -> None:
    """The session of a member of the group ends after 2 s here; the batch under way is given to another as well, who
    comes in the middle of it.
    """
    seconds = scenario.times(3, 12)  # the longer is longer than anybody waits for a lock, too
    async with databases_of(scenario.system) as databases, scenario.load(), slow(databases["deals"], seconds):
        for _ in range(scenario.times(1, 6)):
            await _is_at_it(databases["deals"])
            async with another_running(scenario.system, "deals", VORONKA_ROLES="consumer") as (process, _):
                heads = await heads_of(databases, "leads")
                await are_applied(databases, heads, "automation", "analytics")
                await are_applied(databases, heads, "deals")
                # the embedded broker's group may not survive that one member after the other says that it leaves
                await asyncio.to_thread(process.kill)
            scenario.note(f"a handler of deals took {seconds} s, and another process came for its work")

    await scenario.accounted_for()
