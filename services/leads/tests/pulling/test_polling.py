"""A source is fetched by one process at a time, and nothing is lost or stored twice when one of them dies."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from events.outgoing import Trouble
from events.privacy import MasterKey
from events.webhooks import Source
from leads.channels.pulled import Pulled
from leads.pulling.polling import Page, Polling
from leads.sources.live import LiveSources

SOURCE = Source("imap", "main", ())


class Counting:
    """Gives a thing a page, ``until`` there are that many; a test may make it fail or wait."""

    def __init__(self, until: int) -> None:
        self.until = until
        self.fails_at: int | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    def wanted(self, source: Source) -> bool:
        return True

    def every(self, source: Source) -> float:
        return 3600.0

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        for number in range(int(cursor.get("next", 0)), self.until):
            await self.gate.wait()
            if number == self.fails_at:
                raise Trouble("the provider is away")
            yield Page([Pulled(str(number), str(number).encode(), "test://")], {"next": number + 1})


def polling(pool: asyncpg.Pool, puller: Counting) -> Polling:
    live = LiveSources({("imap", "main"): SOURCE}, pool, MasterKey(bytes(32)))
    return Polling(pool, live, {"imap": puller}, lambda: None)


async def bodies(pool: asyncpg.Pool) -> list[int]:
    return sorted(int(row["body"]) for row in await pool.fetch("SELECT body FROM intake"))


async def until(pool: asyncpg.Pool, condition: str) -> None:
    async with asyncio.timeout(60):
        while not await pool.fetchval(f"SELECT {condition} FROM source_pulls"):
            await asyncio.sleep(0.02)


async def test_two_processes_fetch_a_source_once(pool: asyncpg.Pool) -> None:
    one, other = polling(pool, Counting(5)), polling(pool, Counting(5))
    await asyncio.gather(one.look(), other.look())
    await until(pool, "last_success_at IS NOT NULL")

    assert await bodies(pool) == [0, 1, 2, 3, 4]
    assert await pool.fetchval("SELECT fetched FROM source_pulls") == 5


async def test_after_trouble_it_goes_on_where_it_was_with_a_pause(pool: asyncpg.Pool) -> None:
    puller = Counting(4)
    puller.fails_at = 2
    await polling(pool, puller).look()
    await until(pool, "last_error IS NOT NULL")
    assert await bodies(pool) == [0, 1]
    assert await pool.fetchval("SELECT last_error FROM source_pulls") == "the provider is away"
    assert await pool.fetchval("SELECT due_at - now() BETWEEN '50 s'::interval AND '61 s' FROM source_pulls")

    puller.fails_at = None
    await pool.execute("UPDATE source_pulls SET due_at = now()")
    await polling(pool, puller).look()
    await until(pool, "last_success_at IS NOT NULL")
    assert await bodies(pool) == [0, 1, 2, 3]


async def test_a_process_that_lost_its_lease_stores_nothing_more(pool: asyncpg.Pool) -> None:
    slow = Counting(3)
    slow.gate.clear()
    stopped = polling(pool, slow)
    await stopped.look()
    await pool.execute("UPDATE source_pulls SET leased_until = now() - interval '1 second'")
    await polling(pool, Counting(2)).look()
    await until(pool, "last_success_at IS NOT NULL")

    slow.gate.set()
    await asyncio.sleep(0.2)
    assert await bodies(pool) == [0, 1]
    assert await pool.fetchval("SELECT fetched FROM source_pulls") == 2


async def test_at_a_stop_the_source_is_given_back_at_once(pool: asyncpg.Pool) -> None:
    slow = Counting(3)
    slow.gate.clear()
    stopping = asyncio.Event()
    running = asyncio.create_task(polling(pool, slow).run(stopping))
    await until_leased(pool)
    stopping.set()
    await asyncio.wait_for(running, 60)

    assert await pool.fetchval("SELECT lease IS NULL AND due_at <= now() FROM source_pulls")


async def until_leased(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(60):
        while not await pool.fetchval("SELECT count(*) FROM source_pulls WHERE lease IS NOT NULL"):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("dies_after", [0, 1, 2])
async def test_a_process_that_died_after_a_page_is_followed_by_another_that_stores_the_rest(
    pool: asyncpg.Pool, dies_after: int
) -> None:
    dying = Counting(dies_after)
    process = polling(pool, dying)
    await process.look()
    for _, task in process._running.values():
        await task
    await pool.execute("UPDATE source_pulls SET lease = gen_random_uuid(), leased_until = now(), due_at = now()")

    await polling(pool, Counting(3)).look()
    await until(pool, "fetched = 3")
    assert await bodies(pool) == [0, 1, 2]
