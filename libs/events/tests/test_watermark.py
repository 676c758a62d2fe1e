"""The watermark and the quarantine against a real PostgreSQL, with records as Kafka would deliver them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from events.contracts.automation import TaskCompleted
from events.envelope import Malformed, Received
from events.quarantine import BadRelease, Quarantine
from events.replay import replay
from events.testing import Log
from events.watermark import Watermark
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOPIC = "voronka.automation.v1"


async def note(connection, records: Sequence[Received]) -> None:
    """The projection under test: one row per event, refusing a second one and everything that says `poison`."""
    for record in records:
        if record.recorded().event.result == "poison":
            raise ValueError("poison")
    await connection.executemany(
        "INSERT INTO seen (shard, position) VALUES ($1, $2)", [(r.shard, r.position) for r in records]
    )


@asynccontextmanager
async def consumer(dsn: str, **options) -> AsyncIterator[Watermark]:
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=4) as pool:
        await pool.execute(
            "CREATE TABLE IF NOT EXISTS seen (shard int, position bigint, PRIMARY KEY (shard, position))"
        )
        watermark = Watermark("test", [TOPIC], pool, note, Quarantine("test", **options))
        watermark.pool = pool
        await watermark.prepare()
        yield watermark


def log_of(streams: int, events: int, poison: Sequence[int] = ()) -> Log:
    log = Log()
    for n in range(events):
        stream = UUID(int=n % streams)
        log.append(stream, TaskCompleted(task_id=stream, result="poison" if n in poison else "done"))
    return log


async def seen(watermark: Watermark) -> list[tuple[int, int]]:
    return [tuple(row) for row in await watermark.pool.fetch("SELECT shard, position FROM seen ORDER BY 1, 2")]


async def test_a_second_delivery_is_skipped_and_counted(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        log = log_of(3, 12)

        await watermark.apply(log.records)
        outcome = await watermark.apply(log.records)

        assert (outcome.applied, outcome.duplicates) == (0, 12 - 3)  # the last of each shard is known by its offset
        assert len(await seen(watermark)) == 12


async def test_a_hole_is_reported_and_nothing_behind_it_is_applied_until_it_is_filled(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        log = log_of(1, 5)

        outcome = await watermark.apply([log.records[0], *log.records[2:]])
        assert outcome.holes == {(TOPIC, 0): 2}
        assert await seen(watermark) == [(0, 1)]

        await watermark.apply(log.records)
        assert await seen(watermark) == [(0, n) for n in range(1, 6)]


async def test_two_consumers_of_one_name_apply_each_event_once(new_database) -> None:
    dsn = await new_database()
    async with consumer(dsn) as first, consumer(dsn) as zombie:
        log = log_of(20, 400)
        batches = [log.records[n : n + 37] for n in range(0, 400, 37)]

        for batch in batches:
            await asyncio.gather(first.apply(batch), zombie.apply(batch))

        assert len(await seen(first)) == 400


async def test_a_poison_event_is_set_apart_and_the_rest_goes_on(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        log = log_of(4, 100, poison=(17, 60))

        outcome = await watermark.apply(log.records)

        assert (outcome.applied, outcome.quarantined) == (98, 2)
        assert len(await seen(watermark)) == 98
        kept = await watermark.pool.fetch("SELECT body, reason FROM quarantine")
        assert [row["reason"] for row in kept] == ["ValueError", "ValueError"]
        assert all(b"poison" in row["body"] for row in kept)


async def test_an_event_whose_value_the_driver_cannot_send_is_set_apart_too(new_database) -> None:
    async def too_large(connection, records: Sequence[Received]) -> None:
        await connection.execute("SELECT $1::integer", 2**40)

    async with consumer(await new_database()) as watermark:
        watermark._apply = too_large
        outcome = await watermark.apply(log_of(1, 1).records)
        assert (outcome.applied, outcome.quarantined) == (0, 1)
        async with watermark.pool.acquire() as connection:
            assert await replay(connection, "test", too_large) == (0, 1)


async def test_where_order_matters_the_rest_of_a_stream_waits_with_its_poison_event(new_database) -> None:
    async with consumer(await new_database(), parks_streams=True) as watermark:
        log = log_of(2, 6, poison=(0,))

        await watermark.apply(log.records[:3])
        await watermark.apply(log.records[3:])

        parked = await watermark.pool.fetch("SELECT shard, position, reason FROM quarantine ORDER BY position")
        assert [tuple(row) for row in parked] == [(0, 1, "ValueError"), (0, 2, "Parked"), (0, 3, "Parked")]
        assert await seen(watermark) == [(1, 1), (1, 2), (1, 3)]


async def test_a_quarantined_event_is_replayed_by_the_same_handler_after_a_fix(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        await watermark.apply(log_of(1, 3, poison=(1,)).records)
        async with watermark.pool.acquire() as connection:
            assert await replay(connection, "test", note) == (0, 1)

            async def fixed(connection, records: Sequence[Received]) -> None:
                await connection.executemany("INSERT INTO seen VALUES ($1, $2)", [(0, 2)])

            assert await replay(connection, "test", fixed) == (1, 0)
            assert await replay(connection, "test", fixed) == (0, 0)

        assert await seen(watermark) == [(0, 1), (0, 2), (0, 3)]


async def test_eleven_failures_in_a_row_stop_the_consumer_and_change_nothing(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        with pytest.raises(BadRelease):
            await watermark.apply(log_of(1, 12, poison=range(11)).records)

        assert await watermark.pool.fetchval("SELECT count(*) FROM quarantine") == 0
        assert (await watermark.positions())[TOPIC, 0] == (0, None)


async def test_more_than_five_percent_of_the_last_thousand_stop_the_consumer(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        await watermark.apply(log_of(16, 500, poison=range(0, 500, 10)).records)

        with pytest.raises(BadRelease):
            log = log_of(16, 520, poison=range(0, 520, 10))
            await watermark.apply(log.records)


async def test_trouble_of_the_database_quarantines_nothing(new_database) -> None:
    async with consumer(await new_database()) as watermark:

        async def failing(connection, records) -> None:
            raise asyncpg.DeadlockDetectedError("deadlock")

        watermark._apply = failing
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await watermark.apply(log_of(1, 3).records)

        assert await watermark.pool.fetchval("SELECT count(*) FROM quarantine") == 0


async def test_a_record_that_is_no_envelope_is_kept_once(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        quarantine = Quarantine("test")
        with pytest.raises(Malformed) as malformed:
            Received(TOPIC, 3, 41, [("ce_sequence", b"x")], b"what")

        for _ in range(2):
            await quarantine.keep_foreign(watermark.pool, TOPIC, 3, 41, b"what", malformed.value)

        assert await watermark.pool.fetchval("SELECT position FROM quarantine WHERE shard = 3") == -42


@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_duplication_regrouping_and_interleaving_applies_every_event_once(
    new_database, data: st.DataObject
) -> None:
    log = log_of(24, data.draw(st.integers(1, 80), label="events"))
    deliveries: list[Received] = []
    queues = [list(shard) for shard in log.by_shard()]
    while any(queues):
        queue = data.draw(st.sampled_from([q for q in queues if q]))
        deliveries.append(queue.pop(0))
        if data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(deliveries) - 1))
            deliveries.extend([r for r in deliveries[start:] if r.shard == deliveries[-1].shard])
    cuts = sorted({0, len(deliveries), *data.draw(st.lists(st.integers(0, len(deliveries)), max_size=8))})

    async def scenario() -> list[tuple[int, int]]:
        async with consumer(await new_database()) as watermark:
            for start, end in itertools.pairwise(cuts):
                await watermark.apply(deliveries[start:end])
            return await seen(watermark)

    assert asyncio.run(scenario()) == sorted((r.shard, r.position) for r in log.records)


async def test_with_a_cap_it_goes_exactly_so_far_and_what_comes_after_is_no_hole(new_database) -> None:
    async with consumer(await new_database()) as watermark:
        log = log_of(2, 10)
        watermark.cap = {(TOPIC, 0): 3}

        outcome = await watermark.apply(log.records)
        assert outcome.holes == {}
        assert await seen(watermark) == [(0, 1), (0, 2), (0, 3)]

        watermark.cap = {(TOPIC, 0): 5, (TOPIC, 1): 4}
        outcome = await watermark.apply([record for record in log.records if record.position != 4])
        assert outcome.holes == {(TOPIC, 0): 4, (TOPIC, 1): 4}
