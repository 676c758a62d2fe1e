"""What becomes of the locks of a client that stands still: stopped, swapped out, on a machine that has stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest
from events.database import Connecting, make_pool
from events.settings import Settings

SECONDS = 1.0


@pytest.fixture
async def pool(new_database: Callable[[], Awaitable[str]]) -> AsyncIterator[asyncpg.Pool]:
    settings = Settings(
        database_url=await new_database(),
        database_idle_seconds=SECONDS,
        database_transaction_seconds=2 * SECONDS,
        database_lock_seconds=10,
    )
    pool = make_pool(settings, "test", Connecting(asyncio.Event(), lambda _: None))
    async with pool:
        yield pool


async def _idle(_connection: asyncpg.Connection) -> None:
    """Between two statements."""


async def _between_prepare_and_execute(connection: asyncpg.Connection) -> None:
    """asyncpg has sent a statement to be parsed, and nothing else: the session is active, and waits for its client."""
    await connection.prepare("SELECT 1")


async def _not_reading(connection: asyncpg.Connection) -> None:
    """More rows are on their way than all buffers hold: the session waits until they are taken."""
    connection._transport.pause_reading()
    rows = asyncio.create_task(connection.fetch("SELECT repeat('x', 10000) FROM generate_series(1, 5000)"))
    rows.add_done_callback(lambda task: task.exception())
    await asyncio.sleep(0)


@pytest.mark.parametrize("stands_still", [_idle, _between_prepare_and_execute, _not_reading])
async def test_the_rows_that_a_client_has_locked_are_free_again_soon_after_it_stands_still(
    pool: asyncpg.Pool, stands_still: Callable[[asyncpg.Connection], Awaitable[None]]
) -> None:
    async with pool.acquire() as other:
        await other.execute("SET transaction_timeout = 0")
        frozen = await pool.acquire()
        await frozen.transaction().start()
        await frozen.execute("SELECT FROM relay_cursors FOR UPDATE")
        await stands_still(frozen)
        try:
            async with asyncio.timeout(60):
                assert await other.fetchval("SELECT count(*) FROM (SELECT FROM relay_cursors FOR UPDATE) c") == 16
        finally:
            with suppress(asyncpg.InterfaceError):  # it may have noticed by now
                frozen.terminate()
