"""The part that keeps the rollup near the facts: it ends when it is told to, also in the middle of a portion."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from analytics.main import SALES
from analytics.rollup.worker import RollupWorker

from .conftest import MOSCOW

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_stop_cuts_a_portion_short_and_its_notes_are_still_there(sales, department) -> None:
    # given: a portion that waits for somebody
    await sales.apply(department("cut short", 3))
    runtime = SimpleNamespace(pool=sales.pool, settings=SimpleNamespace(business_timezone=MOSCOW.key))
    stopping = asyncio.Event()
    async with sales.pool.acquire() as holder, holder.transaction():
        noted = await holder.fetchval(f"SELECT count(*) FROM {sales.build.schema}.rolled_changes")
        await holder.execute(f"LOCK TABLE {sales.build.schema}.rolled_state")
        working = asyncio.create_task(RollupWorker(runtime, SALES).run(stopping))
        async with asyncio.timeout(30):
            while not await sales.pool.fetchval(WAITS):
                await asyncio.sleep(0.02)

        # when
        stopping.set()
        ended, _ = await asyncio.wait((working,), timeout=5)

        # then: it did not wait until it got the lock, or gave up
        assert ended
    await working
    assert await sales.pool.fetchval(f"SELECT count(*) FROM {sales.build.schema}.rolled_changes") == noted > 0
    assert await sales.pool.fetchval(WAITS) == 0
