"""Ten thousand timers due at once, two processes that fire them: one is killed, one is stopped and goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from automation.rules.rule import Rule, Rules
from automation_world import world
from events.contracts.deals import DealOpened, Money
from events.store import deterministic_id
from events.testing import Log, received

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

TIMERS = 10_000
LEASE_SECONDS = 3
WORKER = Path(__file__).parent / "timer_worker.py"
TITLE = {"ru": "Задача", "en": "Task"}
RULE = {
    "id": "later",
    "version": 1,
    "title": TITLE,
    "trigger": "deal.opened.v1",
    "actions": [{"do": "create_task", "id": "task", "kind": "call", "title": TITLE, "timing": {"after": {"hours": 1}}}],
}


async def process(dsn: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, str(WORKER), dsn, str(LEASE_SECONDS), env=os.environ)


async def fired(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM events WHERE type = 'task.created.v1'")
    return count


async def until(pool: asyncpg.Pool, count: int) -> None:
    async with asyncio.timeout(200):
        while await fired(pool) < count:
            await asyncio.sleep(0.1)


async def test_ten_thousand_timers_due_at_once_fire_once_each_whoever_is_killed_or_stopped(
    new_database: Callable[..., Awaitable[str]],
) -> None:
    # given ten thousand timers that are due
    dsn, log, at = await new_database("automation"), Log(), datetime.now(UTC) - timedelta(hours=2)
    value, records = Money(amount="1", currency="RUB"), []
    for n in range(TIMERS):
        deal = deterministic_id("deal", n)
        event = DealOpened(
            deal_id=deal, customer_id=deterministic_id("customer", n), number=str(n), pipeline="p", pipeline_version=1,
            stage="new", value=value,
        )  # fmt: skip
        (told,) = log.append(deal, event)
        records.append(
            received(event, deal, told.position, shard=told.shard, offset=told.offset, occurred_at=at, recorded_at=at)
        )
    async with world(dsn, Rules((Rule.model_validate(RULE),))) as automation:
        for start in range(0, TIMERS, 500):
            await automation.deliver(records[start : start + 500])
        assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == TIMERS
        killed, stopped = await process(dsn), await process(dsn)
        another = stopped
        try:
            # when one is killed, another put in its place, and one stopped for longer than its lease lasts
            await until(automation.pool, TIMERS // 10)
            killed.kill()
            stopped.send_signal(signal.SIGSTOP)
            another = await process(dsn)
            await until(automation.pool, TIMERS // 2)
            await asyncio.sleep(LEASE_SECONDS + 1)
            stopped.send_signal(signal.SIGCONT)
            await until(automation.pool, TIMERS)
            await asyncio.sleep(1)
        finally:
            for one in (killed, stopped, another):
                if one.returncode is None:
                    one.send_signal(signal.SIGCONT)
                    one.terminate()
                    await one.wait()
        # then each has fired once
        deals = await automation.pool.fetch(
            "SELECT data->>'deal_id' AS deal FROM events WHERE type = 'task.created.v1'"
        )
        assert len(deals) == len({row["deal"] for row in deals}) == TIMERS
        assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == 0
