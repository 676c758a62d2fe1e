"""The part that keeps the rollup near the facts: on a day of any size, and until it is told to end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from analytics.main import SALES
from analytics.rollup import filling, patience, worker
from analytics.rollup.filling import Filling
from analytics.rollup.verifying import compared
from analytics.rollup.worker import RollupWorker

from .conftest import MOSCOW

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_stop_cuts_a_portion_short_and_its_notes_are_still_there(sales, department, monkeypatch) -> None:
    # given: a portion that waits for somebody
    monkeypatch.setattr(worker, "ALIVE_SECONDS", 0.05)
    await sales.apply(department("cut short", 3))
    runtime = SimpleNamespace(pool=sales.pool, settings=SimpleNamespace(business_timezone=MOSCOW.key))
    stopping = asyncio.Event()
    async with sales.pool.acquire() as holder, holder.transaction():
        noted = await holder.fetchval(f"SELECT count(*) FROM {sales.build.schema}.rolled_changes")
        await holder.execute(f"LOCK TABLE {sales.build.schema}.rolled_state")
        rollup = RollupWorker(runtime, SALES)
        working = asyncio.create_task(rollup.run(stopping))
        async with asyncio.timeout(30):
            while not await sales.pool.fetchval(WAITS):
                await asyncio.sleep(0.02)
        seen_alive = rollup.last_progress()
        await asyncio.sleep(0.5)
        assert rollup.last_progress() > seen_alive, "who waits long is not taken for one who stands still"

        # when
        stopping.set()
        ended, _ = await asyncio.wait((working,), timeout=5)

        # then: it did not wait until it got the lock, or gave up
        assert ended
    await working
    assert await sales.pool.fetchval(f"SELECT count(*) FROM {sales.build.schema}.rolled_changes") == noted > 0
    assert await sales.pool.fetchval(WAITS) == 0


async def turns_of(sales) -> int:
    """Portions until nothing is left to do."""
    once, turns = Filling(sales.pool, MOSCOW, days_at_once=200), 1
    while await once.turn(sales.build):
        turns += 1
    return turns


async def same_as_the_facts(sales) -> bool:
    tables = await compared(sales.pool, sales.build, None, lambda: None)
    return any(table.kept for table in tables) and not any(table.different for table in tables)


@pytest.mark.parametrize("patient_with", ["filling", "verifying"])
async def test_what_takes_too_long_is_done_by_hashes_and_comes_out_the_same(
    sales, department, monkeypatch, patient_with
) -> None:
    await sales.apply(department("busy", 20))
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 1e-6 if patient_with == "verifying" else 2.0)
    await turns_of(sales)
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 1e-6 if patient_with == "filling" else 2.0)
    assert await same_as_the_facts(sales)


@pytest.mark.parametrize(("notes", "most_days", "few"), [(500, filling.MOST_DAYS, 12), (12, 0, 30)])
async def test_a_busy_day_is_computed_a_few_times_for_all_its_notes(
    sales, department, monkeypatch, notes, most_days, few
) -> None:
    # given: many notes on what happened on the same days
    await sales.apply(department("busy", 3))
    await turns_of(sales)
    schema = sales.build.schema
    await sales.pool.execute(
        f"INSERT INTO {schema}.rolled_changes (subject, subject_id)"
        f" SELECT 'lead', lead_id FROM (SELECT lead_id FROM {schema}.leads LIMIT 1) one, generate_series(1, $1)",
        notes,
    )
    monkeypatch.setattr(filling, "NOTES_AT_ONCE", 1)
    monkeypatch.setattr(filling, "MOST_DAYS", most_days)

    # when
    turns = await turns_of(sales)

    # then: portions grow, unless they turn out to concern too many days, and none is lost
    assert turns < few
    assert not await sales.pool.fetchval(f"SELECT count(*) FROM {schema}.rolled_changes")
    assert await same_as_the_facts(sales)
