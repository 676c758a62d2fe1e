"""A database restored from a backup that is older than its log: nothing is published or appended in place of what is
missing, it is taken back out of Kafka, and others that were restored read what they lack.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from events import metrics
from events.consumer import Consumer
from events.contracts.automation import TaskCompleted
from events.envelope import Received, topic_of
from events.fence import Fence, Uncompared
from events.kafka import KafkaConfig, producer
from events.relay import Relay
from events.store import Append, Cause, append_all

AT = datetime(2026, 3, 2, tzinfo=UTC)
SESSION_MS = 6_000 if os.environ.get("VORONKA_TEST_BROKER") in ("kafka", "containers") else 1_500


class Site:
    """A service with its relay and a consumer of another database, each of which can be restored."""

    def __init__(self, bootstrap: str, dsn: str, consumer_dsn: str) -> None:
        self.service = f"t{uuid4().hex[:8]}"
        self.kafka = KafkaConfig(bootstrap, session_timeout_ms=SESSION_MS)
        self.dsn, self.consumer_dsn = dsn, consumer_dsn

    @asynccontextmanager
    async def store(self) -> AsyncIterator[asyncpg.Pool]:
        async with await asyncpg.create_pool(self.dsn, min_size=1, max_size=6) as pool:
            yield pool

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[tuple[Relay, asyncpg.Pool]]:
        async with self.store() as pool:
            relay = Relay(self.service, pool, self.kafka)
            async with running(relay):
                yield relay, pool

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Pool]:
        async def note(connection, records: Sequence[Received]) -> None:
            rows = [(r.recorded().id, r.shard, r.position) for r in records]
            await connection.executemany("INSERT INTO seen VALUES ($1, $2, $3)", rows)

        async with await asyncpg.create_pool(self.consumer_dsn, min_size=1, max_size=4) as pool:
            await pool.execute("CREATE TABLE IF NOT EXISTS seen (id uuid PRIMARY KEY, shard int, position bigint)")
            async with running(Consumer(f"{self.service}.notes", [self.service], pool, self.kafka, note)):
                yield pool


@asynccontextmanager
async def running(component) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(component.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(task, 60)


async def append(pool: asyncpg.Pool, count: int) -> None:
    decisions = [
        Append(uuid4(), 0, [TaskCompleted(task_id=uuid4(), result="done")], Cause("test", UUID(int=1)), AT)
        for _ in range(count)
    ]
    async with pool.acquire() as connection, connection.transaction():
        await append_all(connection, decisions)


async def log_of(pool: asyncpg.Pool) -> list[tuple]:
    """Everything that is published of an event, in order."""
    columns = "shard, position, id, stream_id, version, type, data::text, actor, occurred_at, recorded_at"
    return [tuple(row) for row in await pool.fetch(f"SELECT {columns} FROM events ORDER BY shard, position")]


async def seen(pool: asyncpg.Pool) -> list[tuple]:
    return [tuple(row) for row in await pool.fetch("SELECT shard, position, id FROM seen ORDER BY 1, 2")]


async def until(found, what, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await found() != what:
            await asyncio.sleep(0.05)


async def published(pool: asyncpg.Pool) -> bool:
    return await pool.fetchval("SELECT (SELECT sum(position) FROM relay_cursors) = (SELECT count(*) FROM events)")


async def backup(dsn: str) -> str:
    """A copy of a database as it stands; the DSN to restore it by."""
    name = dsn.rpartition("/")[2].partition("?")[0]
    copy = f"{name}_backup"
    connection = await asyncpg.connect(dsn.replace(f"/{name}", "/postgres"))
    await connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    await connection.close()
    return dsn.replace(f"/{name}", f"/{copy}")


@pytest.fixture
async def site(new_database, kafka_bootstrap) -> AsyncIterator[Site]:
    made = Site(kafka_bootstrap, await new_database(), await new_database())
    original = made.dsn, made.consumer_dsn
    yield made
    connection = await asyncpg.connect(original[0])
    for dsn in (made.dsn, made.consumer_dsn):
        if dsn not in original:
            name = dsn.rpartition("/")[2].partition("?")[0]
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


async def test_a_store_older_than_its_log_is_closed_and_takes_back_what_it_lacks(site: Site) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 100)
        await until(lambda: published(pool), True)
    old = await backup(site.dsn)
    async with site.relaying() as (_, pool), site.reading() as reader:
        await append(pool, 150)
        await until(lambda: reader.fetchval("SELECT count(*) FROM seen"), 250)
        whole = await log_of(pool)

    site.dsn = old
    async with site.relaying() as (relay, pool), site.reading() as reader:
        await until(lambda: pool.fetchval("SELECT closed_because IS NOT NULL FROM log_fence"), True)
        assert "150 events more" in await pool.fetchval("SELECT closed_because FROM log_fence")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await append(pool, 1)
        assert len(await log_of(pool)) == 100
        assert metrics.LOG_CLOSED.labels(site.service)._value.get() == 1

        await pool.execute("UPDATE log_fence SET wanted = 'take-back'")
        await until(lambda: relay.ready(), None)
        assert await log_of(pool) == whole
        assert await pool.fetchval("SELECT taken_back FROM log_fence") == 150
        assert metrics.LOG_CLOSED.labels(site.service)._value.get() == 0

        await append(pool, 50)
        await until(lambda: reader.fetchval("SELECT count(*) FROM seen"), 300)
        assert await seen(reader) == [row[:3] for row in await log_of(pool)]


async def test_what_a_crash_left_of_taking_back_is_gone_on_with(site: Site, monkeypatch) -> None:
    monkeypatch.setattr("events.fence.PORTION", 3)
    async with site.store() as pool:
        await pool.execute("SELECT")
    old = await backup(site.dsn)
    async with site.relaying() as (_, pool):
        await append(pool, 200)
        await until(lambda: published(pool), True)
        whole = await log_of(pool)

    site.dsn = old
    async with site.store() as pool:
        fence, inserted = Fence(site.service, pool, site.kafka), Fence._insert
        assert "200 events more" in (await fence.look() or "")
        await pool.execute("UPDATE log_fence SET wanted = 'take-back'")
        portions = 0

        async def dies(self, events) -> None:
            nonlocal portions
            portions += 1
            if portions == 5:
                raise OSError("killed")
            await inserted(self, events)

        monkeypatch.setattr(Fence, "_insert", dies)
        with pytest.raises(OSError, match="killed"):
            await fence.look()
        assert 0 < len(await log_of(pool)) < 200
        assert await fence.look() is None
        assert await log_of(pool) == whole
        assert await published(pool)


async def test_a_store_that_went_on_after_its_restoration_publishes_nothing_and_is_not_mixed(site: Site) -> None:
    async with site.store() as pool:
        await append(pool, 100)
    old = await backup(site.dsn)
    async with site.relaying() as (_, pool):
        await append(pool, 100)
        await until(lambda: published(pool), True)

    site.dsn = old
    async with site.store() as pool:
        await append(pool, 200)  # more than the log holds, so in every shard other events stand where the log ends
        mine = await log_of(pool)
        fence = Fence(site.service, pool, site.kafka)
        assert "other events than the log" in (await fence.look() or "")
        await pool.execute("UPDATE log_fence SET wanted = 'take-back'")
        assert "other events than the log" in (await fence.look() or "")
        assert await log_of(pool) == mine
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await append(pool, 1)


async def test_after_a_promotion_nothing_is_appended_until_the_relay_has_compared_which_it_does_by_itself(
    site: Site,
) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 20)
        await until(lambda: published(pool), True)
    async with site.store() as pool:
        # what a standby finds when it is promoted: the mark of the timeline before its own
        await pool.execute("UPDATE log_fence SET database = regexp_replace(database, '/[0-9]+/', '/4711/')")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await append(pool, 1)
        with pytest.raises(Uncompared):
            await Fence(site.service, pool, site.kafka).is_still_compared()

    async with site.relaying() as (_, pool):
        await until(lambda: pool.fetchval("SELECT log_is_compared()"), True)
        # the relay's pool came to the promoted one without a word: no call of it has failed
        await pool.execute("UPDATE log_fence SET database = regexp_replace(database, '/[0-9]+/', '/4711/')")
        await until(lambda: pool.fetchval("SELECT log_is_compared()"), True)
        await append(pool, 1)
        await until(lambda: published(pool), True)


async def test_a_restored_store_whose_topic_is_gone_too_waits_for_a_person(site: Site) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 100)
        await until(lambda: published(pool), True)
    site.dsn, site.service = await backup(site.dsn), f"t{uuid4().hex[:8]}"  # a topic that is not there

    async with site.relaying() as (relay, pool):
        await until(lambda: pool.fetchval("SELECT closed_because IS NOT NULL FROM log_fence"), True)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await append(pool, 1)
        await pool.execute("UPDATE log_fence SET wanted = 'open'")
        await until(lambda: relay.ready(), None)
        await append(pool, 10)
        await until(lambda: published(pool), True)


async def test_the_same_database_whose_topic_is_gone_goes_on_by_itself(site: Site) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 60)
        await until(lambda: published(pool), True)
    site.service = f"t{uuid4().hex[:8]}"

    async with site.relaying() as (relay, pool):
        await until(lambda: relay.ready(), None)
        await append(pool, 5)
        await until(lambda: published(pool), True)


async def test_a_restored_reader_reads_again_what_it_lacks(site: Site) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 100)
        async with site.reading() as reader:
            await until(lambda: reader.fetchval("SELECT count(*) FROM seen"), 100)
        old = await backup(site.consumer_dsn)
        async with site.reading() as reader:
            await append(pool, 100)
            await until(lambda: reader.fetchval("SELECT count(*) FROM seen"), 200)
        site.consumer_dsn = old
        async with site.reading() as reader:
            assert await reader.fetchval("SELECT count(*) FROM seen") == 100
            await until(lambda: reader.fetchval("SELECT count(*) FROM seen"), 200)
            assert await seen(reader) == [row[:3] for row in await log_of(pool)]


async def test_what_is_no_event_of_ours_at_the_end_of_the_log_does_not_close_it(site: Site) -> None:
    async with site.relaying() as (_, pool):
        await append(pool, 20)
        await until(lambda: published(pool), True)
    sender = producer(site.kafka)
    await sender.start()
    await sender.send_and_wait(topic_of(site.service), b"rubbish", partition=0)
    await sender.stop()
    async with site.relaying() as (relay, pool):
        await until(lambda: relay.ready(), None)
        assert await pool.fetchval("SELECT closed_because FROM log_fence") is None
