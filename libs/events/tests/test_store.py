"""The store against a real PostgreSQL: order, gaps, conflicts, immutability."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from events import metrics
from events.contracts.automation import TaskCompleted
from events.envelope import SHARDS, shard_of
from events.store import Append, Appended, Cause, Conflict, Store, TooLarge, append, append_all, append_one
from hypothesis import given, settings
from hypothesis import strategies as st

CAUSE = Cause("test", UUID(int=1))
AT = datetime(2026, 3, 2, tzinfo=UTC)


def decision(stream: UUID, expected: int = 0, count: int = 1) -> Append:
    return Append(stream, expected, [TaskCompleted(task_id=stream, result="done")] * count, CAUSE, AT)


async def pool_of(dsn: str, size: int = 4) -> asyncpg.Pool:
    return await asyncpg.create_pool(dsn, min_size=1, max_size=size)


async def test_an_appended_event_is_loaded_as_it_was_written(new_database) -> None:
    async with await pool_of(await new_database()) as pool:
        store = Store("automation", pool)
        stream = uuid4()

        appended = await store.commit(decision(stream, count=2))

        history = await store.load(stream)
        assert [entry.version for entry in history] == [1, 2]
        assert history[-1].position == appended.position
        assert history[0].event == TaskCompleted(task_id=stream, result="done")
        assert history[0].occurred_at == AT
        assert history[0].actor == "test"


async def test_a_decision_on_a_stale_version_is_refused_and_writes_nothing(new_database) -> None:
    async with await pool_of(await new_database()) as pool:
        store = Store("automation", pool)
        stream = uuid4()
        await store.commit(decision(stream))

        for expected in (0, 2, 7):
            with pytest.raises(Conflict):
                await store.commit(decision(stream, expected))

        assert len(await store.load(stream)) == 1


async def test_a_conflict_in_a_shared_transaction_hits_only_its_owner(new_database) -> None:
    async with await pool_of(await new_database()) as pool, pool.acquire() as connection:
        taken, free = uuid4(), uuid4()
        await append_one(connection, decision(taken))

        results = await append(connection, [decision(free), decision(taken), decision(uuid4(), 0, 3)])

        assert isinstance(results[0], Appended)
        assert isinstance(results[1], Conflict)
        assert isinstance(results[2], Appended)
        assert results[2].version == 3
        assert await connection.fetchval("SELECT count(*) FROM events") == 5


async def test_decisions_of_one_stream_that_follow_each_other_stand_together(new_database) -> None:
    async with await pool_of(await new_database()) as pool, pool.acquire() as connection:
        stream, doubled = uuid4(), uuid4()

        results = await append(
            connection, [decision(stream, 0, 2), decision(doubled), decision(stream, 2), decision(doubled)]
        )

        assert [r.version if isinstance(r, Appended) else None for r in results] == [2, None, 3, None]
        assert await connection.fetchval("SELECT count(*) FROM events") == 3


async def test_a_batch_that_meets_a_new_streams_double_leaves_no_gap(new_database) -> None:
    async with await pool_of(await new_database()) as pool, pool.acquire() as connection:
        streams = [UUID(int=16 * n) for n in range(1, 8)]
        await append(connection, [decision(stream) for stream in streams[::2]])

        results = await append(connection, [decision(stream) for stream in streams])

        assert [isinstance(result, Conflict) for result in results] == [True, False] * 3 + [True]
        positions = await connection.fetchval("SELECT array_agg(position ORDER BY position) FROM events")
        assert positions == list(range(1, 8))


async def test_decisions_that_stand_together_fall_together(new_database) -> None:
    async with await pool_of(await new_database()) as pool, pool.acquire() as connection:
        taken = uuid4()
        await append_one(connection, decision(taken))

        with pytest.raises(Conflict):
            async with connection.transaction():
                await append_all(connection, [decision(uuid4()), decision(taken)])

        assert await connection.fetchval("SELECT count(*) FROM events") == 1


async def test_concurrent_callers_share_transactions_and_each_gets_its_own_answer(new_database) -> None:
    async with await pool_of(await new_database()) as pool:
        store = Store("automation", pool)
        contested = uuid4()

        results = await asyncio.gather(
            *(store.commit(decision(uuid4())) for _ in range(200)),
            *(store.commit(decision(contested)) for _ in range(10)),
            return_exceptions=True,
        )

        assert sum(isinstance(r, Appended) for r in results) == 201
        assert sum(isinstance(r, Conflict) for r in results) == 9
        transactions = await pool.fetchval("SELECT count(DISTINCT xmin::text) FROM events")
        assert transactions < 50


async def test_a_value_the_database_refuses_hits_only_its_owner(new_database) -> None:
    async with await pool_of(await new_database()) as pool:
        store = Store("automation", pool)
        bad = Append(uuid4(), 0, [TaskCompleted(task_id=uuid4(), result="x")], Cause("nul\x00", UUID(int=1)), AT)

        results = await asyncio.gather(
            *(store.commit(decision(uuid4())) for _ in range(5)), store.commit(bad), return_exceptions=True
        )

        assert [type(r) for r in results[:5]] == [Appended] * 5
        assert isinstance(results[5], asyncpg.DataError)


def test_an_event_no_broker_would_take_is_refused() -> None:
    from events.store import body_of

    with pytest.raises(TooLarge):
        body_of(TaskCompleted(task_id=uuid4(), result="x" * 500_000))


@pytest.mark.parametrize("change", ["UPDATE events SET version = 9", "DELETE FROM events", "TRUNCATE events"])
async def test_the_log_refuses_every_change(new_database, change: str) -> None:
    connection = await asyncpg.connect(await new_database())
    await append_one(connection, decision(uuid4()))

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="immutable"):
        await connection.execute(change)
    await connection.execute("SET ROLE voronka_service")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await connection.execute(change)

    await append_one(connection, decision(uuid4()))
    assert await connection.fetchval("SELECT count(*) FROM events") == 2
    await connection.close()


async def test_sixteen_writers_with_rollbacks_leave_no_gap_and_no_inversion(new_database) -> None:
    dsn = await new_database()
    async with await pool_of(dsn, 17) as pool:
        seen: dict[int, list[int]] = {shard: [] for shard in range(SHARDS)}
        done = asyncio.Event()

        async def write(seed: int) -> int:
            random_ = random.Random(seed)
            committed = 0
            for _ in range(40):
                streams = [uuid4() for _ in range(random_.choice((1, 1, 5, 20)))]
                async with pool.acquire() as connection:
                    transaction = connection.transaction()
                    await transaction.start()
                    await append_all(connection, [decision(s, 0, random_.choice((1, 2))) for s in streams])
                    if random_.random() < 0.15:
                        await transaction.rollback()
                    else:
                        await asyncio.sleep(random_.random() / 500)
                        await transaction.commit()
                        committed += 1
            return committed

        async def read() -> None:
            cursor = dict.fromkeys(range(SHARDS), 0)
            while True:
                last = done.is_set()
                async with pool.acquire() as connection:
                    for shard in range(SHARDS):
                        rows = await connection.fetch(
                            "SELECT position FROM events WHERE shard = $1 AND position > $2 ORDER BY position",
                            shard,
                            cursor[shard],
                        )
                        seen[shard].extend(row["position"] for row in rows)
                        cursor[shard] = seen[shard][-1] if seen[shard] else 0
                if last:
                    return

        reader = asyncio.create_task(read())
        committed = await asyncio.gather(*(write(seed) for seed in range(16)))
        done.set()
        await reader

        assert sum(committed) > 400
        for positions in seen.values():
            assert positions == list(range(1, len(positions) + 1))
        assert sum(map(len, seen.values())) == await pool.fetchval("SELECT count(*) FROM events")
        inverted = await pool.fetchval(
            "SELECT count(*) FROM events a JOIN events b ON a.stream_id = b.stream_id"
            " AND a.version < b.version AND a.position > b.position"
        )
        assert inverted == 0


@given(st.uuids())
@settings(max_examples=200)
def test_the_shard_is_one_of_sixteen_and_the_low_bits_of_the_stream(stream: UUID) -> None:
    assert shard_of(stream) == stream.bytes[15] & 15


async def test_python_and_sql_agree_on_the_shard(new_database) -> None:
    connection = await asyncpg.connect(await new_database())
    streams = [UUID(int=n) for n in range(20)] + [uuid4() for _ in range(200)]
    shards = await connection.fetchval(
        "SELECT array_agg(event_shard(s) ORDER BY n) FROM unnest($1::uuid[]) WITH ORDINALITY u(s, n)", streams
    )
    assert shards == [shard_of(stream) for stream in streams]
    await connection.close()


async def test_each_way_to_append_is_measured_and_its_conflicts_are_counted(new_database, monkeypatch) -> None:
    service, stream = f"measured-{uuid4().hex}", uuid4()
    monkeypatch.setattr(metrics.PROCESS, "service", service)
    async with await pool_of(await new_database()) as pool, pool.acquire() as connection:
        await Store(service, pool).commit(decision(stream))
        await append_all(connection, [decision(uuid4())])
        await append_one(connection, decision(uuid4()))
        (refused,) = await append(connection, [decision(stream)])
        assert isinstance(refused, Conflict)
        with pytest.raises(Conflict):
            await append_one(connection, decision(stream))

    said = metrics.page().decode()
    assert f'voronka_append_seconds_count{{service="{service}"}} 5.0' in said
    assert f'voronka_append_conflicts_total{{service="{service}"}} 2.0' in said
