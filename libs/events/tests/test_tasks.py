"""Durable tasks: each runs once, whoever dies, stops or comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from events.contracts.automation import TaskCompleted
from events.store import Append, Cause, Store
from events.tasks import Done, NewTask, Outcome, PutOff, Retry, Task, Worker, add
from structlog.testing import capture_logs

CAUSE = Cause("test", UUID(int=1))


def task(task_id: UUID, due: datetime | None = None) -> NewTask:
    return NewTask(task_id, "note", {"n": 1}, due or datetime.now(UTC) - timedelta(seconds=1), CAUSE)


def said(task: Task) -> Sequence[Append]:
    return [Append(task.id, 0, [TaskCompleted(task_id=task.id, result="done")], task.cause, task.due_at)]


class World:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.store = Store("automation", pool)
        self.calls: list[UUID] = []

    def worker(self, handler=None, **options) -> Worker:
        async def note(task: Task) -> Sequence[Append]:
            self.calls.append(task.id)
            return said(task)

        return Worker("test", self.store, {"note": handler or note}, **options)

    async def events(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM events")

    async def waiting(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM tasks WHERE failed_at IS NULL")


async def world(dsn: str) -> World:
    return World(await asyncpg.create_pool(dsn, min_size=1, max_size=8))


async def test_a_due_task_runs_and_leaves_its_event_behind(new_database) -> None:
    w = await world(await new_database())
    await add(w.pool, [task(UUID(int=5)), task(UUID(int=6), datetime.now(UTC) + timedelta(hours=1))])

    assert await w.worker().run_due() == 1

    assert w.calls == [UUID(int=5)]
    assert (await w.events(), await w.waiting()) == (1, 1)
    await w.pool.close()


async def test_the_same_task_added_twice_is_one_task(new_database) -> None:
    w = await world(await new_database())
    for _ in range(3):
        await add(w.pool, [task(UUID(int=5))])

    await w.worker().run_due()

    assert w.calls == [UUID(int=5)]
    await w.pool.close()


async def test_what_a_task_writes_is_seen_only_once_the_task_is_gone(new_database) -> None:
    w = await world(await new_database())
    await w.pool.execute("CREATE TABLE notes (n int)")
    await add(w.pool, [task(UUID(int=5)), task(UUID(int=6))])

    async def note(task: Task) -> Done:
        async def write(connection) -> None:
            await connection.execute("INSERT INTO notes VALUES ($1)", task.id.int)
            beside = await w.pool.fetchrow("SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM tasks)")
            seen.append(tuple(beside))
            assert task.id != UUID(int=6), "and nothing of it if that fails"

        return Done(write=write)

    seen: list[tuple[int, int]] = []
    await w.worker(note, concurrency=1).run_due()
    await asyncio.gather(w.worker(note).run_due(), return_exceptions=True)

    assert seen[0] == (0, 2)
    assert [row["n"] for row in await w.pool.fetch("SELECT n FROM notes")] == [5]
    assert await w.waiting() == 1
    await w.pool.close()


async def test_two_workers_never_run_one_task(new_database) -> None:
    w = await world(await new_database())
    await add(w.pool, [task(uuid4()) for _ in range(200)])

    async def all_of(worker: Worker) -> None:
        while await worker.run_due():
            pass

    await asyncio.gather(*(all_of(w.worker()) for _ in range(4)))

    assert len(w.calls) == len(set(w.calls)) == await w.events() == 200
    await w.pool.close()


async def test_trouble_is_tried_again_later_and_then_given_up_with_an_event(new_database) -> None:
    w = await world(await new_database())

    async def down(task: Task) -> Sequence[Append]:
        w.calls.append(task.id)
        raise Retry("provider is down", seconds=0)

    worker = w.worker(down, give_up_after=3, abandoned=lambda task, reason: said(task))
    await add(w.pool, [task(UUID(int=5))])
    while await worker.run_due():
        pass

    assert len(w.calls) == 3
    assert await w.events() == 1
    row = await w.pool.fetchrow("SELECT last_error, failed_at FROM tasks")
    assert row["last_error"] == "provider is down"
    assert row["failed_at"] is not None
    await w.pool.close()


async def test_of_what_is_on_its_way_a_line_a_minute_is_written(new_database) -> None:
    w = await world(await new_database())

    async def nothing_there_yet(_task: Task) -> Sequence[Append]:
        raise Retry("no address is known yet", 60, awaited=True)

    await add(w.pool, [task(UUID(int=number)) for number in range(1, 40)])
    worker = w.worker(nothing_there_yet)
    with capture_logs() as lines:
        while await worker.run_due():
            pass
    assert [(line["event"], line["times"]) for line in lines] == [("task_retries", {"no address is known yet": 1})]
    assert await w.pool.fetchval("SELECT min(attempts) FROM tasks WHERE last_error = 'no address is known yet'") == 1
    await w.pool.close()


async def test_waiting_for_its_time_is_no_attempt_and_never_given_up(new_database) -> None:
    w = await world(await new_database())
    early = iter([True] * 5 + [False])

    async def opens_later(task: Task) -> Sequence[Append]:
        if next(early):
            raise PutOff("closed", 0)
        assert task.attempts == 1
        return said(task)

    await add(w.pool, [task(UUID(int=5))])
    waits = w.worker(opens_later, give_up_after=2)
    for _ in range(6):
        await waits.run_due()

    assert (await w.events(), await w.waiting()) == (1, 0)
    await w.pool.close()


async def test_work_that_waits_for_a_time_waits_by_the_clock_of_the_database(new_database) -> None:
    w = await world(await new_database())
    at = await w.pool.fetchval("SELECT now() + interval '1 hour'")

    async def opens_later(task: Task) -> Sequence[Append]:
        if task.due_at < at:
            raise PutOff("closed", until=at)
        return said(task)

    await add(w.pool, [task(UUID(int=5))])
    waits = w.worker(opens_later)
    assert [await waits.run_due(), await waits.run_due()] == [1, 0]
    assert await w.pool.fetchval("SELECT due_at FROM tasks") == at
    await w.pool.close()


async def test_many_are_handled_together_each_with_its_own_outcome(new_database) -> None:
    w = await world(await new_database())
    outcomes = {1: None, 2: PutOff("early", 60), 3: Retry("busy", 60), 4: None}

    async def together(tasks: Sequence[Task]) -> list[Outcome]:
        return [outcomes[one.id.int] or said(one) for one in tasks]

    await add(w.pool, [task(UUID(int=number)) for number in outcomes])
    worker = Worker("test", w.store, {}, batches={"note": together})
    assert [await worker.run_due(), await worker.run_due()] == [4, 0]
    assert (await w.events(), await w.waiting()) == (2, 2)
    rows = await w.pool.fetch("SELECT last_error, attempts FROM tasks ORDER BY id")
    assert list(map(tuple, rows)) == [("early", 0), ("busy", 1)]
    await w.pool.close()


async def test_one_that_spoils_a_batch_holds_up_none_of_the_others(new_database) -> None:
    w = await world(await new_database())

    async def together(tasks: Sequence[Task]) -> list[Outcome]:
        if any(one.id.int == 2 for one in tasks):
            raise ValueError("bad")
        return [said(one) for one in tasks]

    await add(w.pool, [task(UUID(int=number)) for number in (1, 2, 3)])
    await Worker("test", w.store, {}, batches={"note": together}).run_due()
    assert (await w.events(), await w.waiting()) == (2, 1)
    assert await w.pool.fetchval("SELECT last_error FROM tasks") == "ValueError"
    await w.pool.close()


async def test_two_of_a_portion_that_move_one_stream_are_decided_one_after_the_other(new_database) -> None:
    w = await world(await new_database())
    stream = UUID(int=7)

    async def together(tasks: Sequence[Task]) -> Sequence[Outcome]:
        height = len(await w.store.load(stream))
        completed = TaskCompleted(task_id=stream, result="done")
        return [[Append(stream, height, [completed], task.cause, task.due_at)] for task in tasks]

    await add(w.pool, [task(uuid4()) for _ in range(5)])
    worker = Worker("test", w.store, {}, batches={"note": together})
    while await worker.run_due():
        pass

    assert (await w.events(), await w.waiting()) == (5, 0)
    await w.pool.close()


async def test_an_error_pauses_with_growing_pauses_and_its_values_are_not_kept(new_database) -> None:
    w = await world(await new_database())

    async def broken(task: Task) -> Sequence[Append]:
        raise ValueError("anna@example.com refused")

    await add(w.pool, [task(UUID(int=5))])
    await w.worker(broken).run_due()

    row = await w.pool.fetchrow("SELECT last_error, due_at > now() + interval '1 second' AS later FROM tasks")
    assert tuple(row) == ("ValueError", True)
    await w.pool.close()


async def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_continues(new_database) -> None:
    w = await world(await new_database())
    stopped, go_on = asyncio.Event(), asyncio.Event()

    async def slow(task: Task) -> Sequence[Append]:
        stopped.set()
        await go_on.wait()
        return said(task)

    await add(w.pool, [task(UUID(int=5))])
    zombie = asyncio.create_task(w.worker(slow, lease_seconds=0.2).run_due())
    await stopped.wait()
    await asyncio.sleep(0.3)

    await w.worker().run_due()
    go_on.set()
    await zombie

    assert (await w.events(), await w.waiting()) == (1, 0)
    await w.pool.close()
