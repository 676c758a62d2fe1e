"""Builds of a projection: the first one, a rebuild that takes over, what blocks it, and what is left behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import asyncpg
import pytest
from analytics import builds
from analytics.main import SALES
from analytics.switch import Switching, switch
from events.envelope import topic_of
from events.projection import hashes
from events.quarantine import Quarantine
from events.watermark import Watermark

TOPICS = [topic_of(source) for source in SALES.sources]


async def reader(sales, build) -> Watermark:
    """What a consumer of a build does with batches."""
    watermark = Watermark(build.consumer_name, TOPICS, sales.pool, build.applier(), Quarantine(build.consumer_name))
    await watermark.prepare()
    return watermark


async def states(sales) -> list[tuple[int, str]]:
    async with sales.pool.acquire() as connection:
        return [(row.number, row.state) for row in await builds.builds(connection, SALES)]


async def rebuilding(sales):
    async with sales.pool.acquire() as connection, connection.transaction():
        return await builds.start(connection, SALES, "building")


async def test_many_replicas_that_start_at_once_make_one_build_and_it_is_live(new_database) -> None:
    async with await asyncpg.create_pool(await new_database("analytics"), min_size=1, max_size=6) as pool:
        await asyncio.gather(*(builds.ensure(pool, SALES) for _ in range(6)))

        assert [tuple(row) for row in await pool.fetch("SELECT build, state FROM projections")] == [(1, "live")]


async def test_a_rebuild_takes_over_when_it_has_caught_up_and_not_before(sales, history) -> None:
    records = history(1, 30).log.records
    live = await reader(sales, sales.build)
    await live.apply(records)
    build = await rebuilding(sales)
    following = await reader(sales, build)
    await following.apply(records[: len(records) // 2])

    assert await switch(sales.pool, SALES) is None
    assert await states(sales) == [(1, "live"), (2, "building")]

    await following.apply(records)
    assert await switch(sales.pool, SALES) == build
    assert await states(sales) == [(1, "retired"), (2, "live")]
    assert await hashes(sales.pool, build) == await hashes(sales.pool, sales.build)
    indexed = "SELECT indexname FROM pg_indexes WHERE schemaname = $1 ORDER BY 1"
    assert await sales.pool.fetch(indexed, build.schema) == await sales.pool.fetch(indexed, sales.build.schema)


async def test_a_rebuild_takes_over_although_events_keep_coming(sales, history) -> None:
    records = history(2, 60).log.records
    live, following = await reader(sales, sales.build), await reader(sales, await rebuilding(sales))
    await live.apply(records[:100])
    await following.apply(records[:100])

    async def keep_reading(watermark: Watermark) -> None:
        for start in range(100, len(records), 5):
            await watermark.apply(records[start : start + 5])
            await asyncio.sleep(0.01)

    reading = asyncio.gather(keep_reading(live), keep_reading(following))
    async with asyncio.timeout(60):
        while await switch(sales.pool, SALES) is None:
            await asyncio.sleep(0.05)
    await reading
    assert await states(sales) == [(1, "retired"), (2, "live")]


async def test_a_rebuild_with_an_event_in_quarantine_does_not_go_live_until_it_is_settled(sales, history) -> None:
    records = history(3, 5).log.records
    build = await rebuilding(sales)
    for watermark in (await reader(sales, sales.build), await reader(sales, build)):
        await watermark.apply(records)
    await sales.pool.execute(
        "INSERT INTO quarantine (consumer, source, shard, position, headers, reason, error)"
        " VALUES ($1, $2, 0, 1, '{}', 'ValueError', 'x')",
        build.consumer_name,
        TOPICS[0],
    )
    assert await switch(sales.pool, SALES) is None

    await sales.pool.execute("UPDATE quarantine SET discarded_at = now(), discarded_why = 'a test'")
    assert await switch(sales.pool, SALES) == build


async def test_views_that_a_release_changed_are_published_when_no_reader_holds_them(sales) -> None:
    elsewhere = replace(SALES, literals=(("timezone", "Asia/Vladivostok"),))
    switching = Switching(SimpleNamespace(pool=sales.pool), [elsewhere])
    stopping = asyncio.Event()

    async def told(trouble: str | None) -> None:
        async with asyncio.timeout(60):
            while await sales.pool.fetchval("SELECT trouble FROM projections") != trouble:
                await asyncio.sleep(0.05)

    async with sales.pool.acquire() as reader, reader.transaction():
        await reader.fetch("SELECT * FROM bi.fct_leads")
        running = asyncio.create_task(switching.run(stopping))
        await told("LockNotAvailableError")
    stopping.set()
    await running
    assert "Vladivostok" not in await sales.pool.fetchval("SELECT pg_get_viewdef('bi.fct_leads'::regclass)")

    running = asyncio.create_task(switching.run(stopping := asyncio.Event()))
    await told(None)
    stopping.set()
    await running
    assert "Vladivostok" in await sales.pool.fetchval("SELECT pg_get_viewdef('bi.fct_leads'::regclass)")


async def test_two_rebuilds_at_once_are_refused(sales) -> None:
    await rebuilding(sales)
    with pytest.raises(builds.AlreadyBuilding):
        await rebuilding(sales)


async def test_a_new_version_is_built_beside_the_live_one_and_the_old_release_leaves_it_alone(sales, history) -> None:
    newer = replace(SALES, version=SALES.version + 1)
    await builds.ensure(sales.pool, newer)
    await builds.ensure(sales.pool, newer)
    await builds.ensure(sales.pool, SALES)

    async with sales.pool.acquire() as connection:
        rows = await builds.builds(connection, SALES)
        assert [(row.version, row.number, row.state) for row in rows] == [
            (SALES.version, 1, "live"),
            (newer.version, 2, "building"),
        ]
        assert [row.of(SALES) is not None for row in rows] == [True, False]
        with pytest.raises(builds.NotBuiltYet):
            await builds.live_build(connection, newer)

    for build in (sales.build, newer.build(2)):
        await (await reader(sales, build)).apply(history(4, 3).log.records)
    assert await switch(sales.pool, SALES) is None
    assert await switch(sales.pool, newer) == newer.build(2)


async def test_what_is_retired_is_dropped_when_its_readers_have_left(sales) -> None:
    build = await rebuilding(sales)
    for each in (sales.build, build):
        await reader(sales, each)
    await switch(sales.pool, SALES)

    async def schemas() -> list[str]:
        return [
            row[0] for row in await sales.pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sales%'")
        ]

    async with sales.pool.acquire() as connection, connection.transaction():
        await builds.drop_retired(connection, SALES)
    assert len(await schemas()) == 2
    async with sales.pool.acquire() as connection, connection.transaction():
        await builds.drop_retired(connection, SALES, seconds=0)
    assert await schemas() == [build.schema]
    assert await sales.pool.fetchval("SELECT count(DISTINCT consumer) FROM watermarks") == 1
