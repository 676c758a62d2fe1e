"""A leads service that may fetch from this machine, and providers that speak their real protocols."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from leads_system import Running
from mail_server import MailServer


@pytest.fixture
async def leads(run: Any) -> AsyncIterator[Running]:
    async with run(outgoing_private_hosts=frozenset(["127.0.0.1", "localhost"])) as running:
        yield running


@pytest.fixture
def captured(leads: Running) -> Any:
    """Waits until that many touches were captured; gives their number."""

    async def wait(touches: int) -> int:
        async with asyncio.timeout(60):
            while await leads.pool.fetchval("SELECT count(*) FROM touches") < touches:
                await asyncio.sleep(0.05)
        await leads.settled()
        return await leads.pool.fetchval("SELECT count(*) FROM touches")

    return wait


@pytest.fixture
def looked(leads: Running) -> Any:
    """Has a source looked through again, and waits for the end of it."""

    async def look(channel: str, source: str = "main") -> Any:
        await leads.pool.execute("UPDATE source_pulls SET due_at = now(), last_success_at = NULL, last_error = NULL")
        async with asyncio.timeout(60):
            while True:
                row = await leads.pool.fetchrow(
                    "SELECT * FROM source_pulls WHERE channel = $1 AND source = $2", channel, source
                )
                if row and (row["last_success_at"] or row["last_error"]):
                    return row
                await asyncio.sleep(0.05)

    return look


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()
