"""Ten thousand timers due at once, two processes that fire them: one is killed, one is stopped and goes on. And clocks
that are wrong.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from automation.rules.rule import Rule, Rules
from automation_world import world
from embedded.postgres import Postgres
from embedded.system import ROOT
from events.contracts.deals import DealOpened, Money
from events.envelope import Received
from events.migrate import migrate
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


async def process(dsn: str, **environment: str) -> asyncio.subprocess.Process:
    command = [sys.executable, str(WORKER), dsn, str(LEASE_SECONDS)]
    return await asyncio.create_subprocess_exec(*command, env=os.environ | environment)


def set_wrong(by: str) -> dict[str, str]:
    """What sets the clock of a process wrong: all but the monotonic one."""
    return libfaketime() | {"FAKETIME": by}


def libfaketime() -> dict[str, str]:
    """What puts https://github.com/wolfcw/libfaketime between a process and its clock."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None and os.environ.get("CI"):
        pytest.fail("CI has libfaketime: apt-get install libfaketime")
    if library is None:
        pytest.skip("needs libfaketime: apt-get install libfaketime")
    return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def timers(log: Log, numbers: range, ago: timedelta) -> list[Received]:
    """Deals that were opened so long ago; an hour later there is something to do."""
    at, value, records = datetime.now(UTC) - ago, Money(amount="1", currency="RUB"), []
    for n in numbers:
        deal = deterministic_id("deal", n)
        event = DealOpened(
            deal_id=deal, customer_id=deterministic_id("customer", n), number=str(n), pipeline="p", pipeline_version=1,
            stage="new", value=value,
        )  # fmt: skip
        (told,) = log.append(deal, event)
        records.append(
            received(event, deal, told.position, shard=told.shard, offset=told.offset, occurred_at=at, recorded_at=at)
        )
    return records


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
    dsn = await new_database("automation")
    records = timers(Log(), range(TIMERS), ago=timedelta(hours=2))
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


async def test_what_is_due_is_decided_by_the_databases_clock_however_wrong_those_of_the_processes_are(
    new_database: Callable[..., Awaitable[str]],
) -> None:
    # given timers that are due and timers that are not, and two processes, a day ahead and a day behind
    dsn, log = await new_database("automation"), Log()
    due = timers(log, range(300), ago=timedelta(hours=2))
    early = timers(log, range(300, 600), ago=timedelta(minutes=30))
    async with world(dsn, Rules((Rule.model_validate(RULE),))) as automation:
        await automation.deliver(due)
        await automation.deliver(early)
        processes = [await process(dsn, **set_wrong(by)) for by in ("+1d", "-1d")]
        try:
            # when they work
            await until(automation.pool, len(due))
            await asyncio.sleep(2)
        finally:
            for one in processes:
                one.terminate()
                await one.wait()
        # then those that are due have fired, once each, and no other
        assert await fired(automation.pool) == len(due)
        assert await automation.pool.fetchval("SELECT count(*) FROM tasks") == len(early)


@pytest.fixture
def jumping(reachable_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Postgres, Callable[[str], None]]]:
    """A PostgreSQL whose clock is set by what the function is called with, such as `+2h`."""
    home = reachable_tmp / "jumping"
    home.mkdir()
    clock = home / "clock"

    def jump(to: str) -> None:
        clock.with_suffix(".next").write_text(to)
        clock.with_suffix(".next").replace(clock)

    jump("+0")
    postgres = Postgres(home / "postgres", fsync=False)
    with monkeypatch.context() as environment:
        reads_file = {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
        for name, value in {**libfaketime(), **reads_file}.items():
            environment.setenv(name, value)
        postgres.start()
    try:
        yield postgres, jump
    finally:
        postgres.stop("immediate")


async def test_a_jump_of_the_databases_own_clock_makes_timers_early_or_late_and_fires_none_twice(
    jumping: tuple[Postgres, Callable[[str], None]],
) -> None:
    postgres, jump = jumping
    await asyncio.to_thread(postgres.create_database, "voronka_automation")
    dsn, log = postgres.dsn("voronka_automation"), Log()
    await asyncio.to_thread(migrate, dsn, ROOT / "services" / "automation" / "migrations")
    # given timers of which none is due, and two processes
    async with world(dsn, Rules((Rule.model_validate(RULE),))) as automation:
        await automation.deliver(timers(log, range(300), ago=timedelta(0)))
        processes = [await process(dsn), await process(dsn)]
        try:
            await asyncio.sleep(1)
            assert await fired(automation.pool) == 0
            # when the clock jumps ahead, then they are early
            jump("+2h")
            await until(automation.pool, 300)
            # when it jumps back, then what was due is late
            jump("-1d")
            await automation.deliver(timers(log, range(300, 600), ago=timedelta(hours=2)))
            await asyncio.sleep(1)
            assert await fired(automation.pool) == 300
            # when it jumps to and fro while they work, past every lease, then each is fired once all the same
            await automation.deliver(timers(log, range(600, 2_600), ago=timedelta(hours=2)))
            for to in ("+0", "+2h") * 8:
                jump(to)
                await asyncio.sleep(0.2)
            jump("+0")
            await until(automation.pool, 2_600)
        finally:
            for one in processes:
                one.terminate()
                await one.wait()
        deals = await automation.pool.fetch(
            "SELECT data->>'deal_id' AS deal FROM events WHERE type = 'task.created.v1'"
        )
        assert len(deals) == len({row["deal"] for row in deals}) == 2_600
