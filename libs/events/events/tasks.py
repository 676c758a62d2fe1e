"""Durable tasks: what must be done outside of a consumer's transaction, such as calling a provider.

A consumer inserts the row in the transaction of its watermark; its id is deterministic, so a second delivery inserts
nothing. A worker leases due rows with SKIP LOCKED, calls out with the task's id as idempotency key, and completes the
row together with the event that says so. Every terminal write filters on the lease: a worker that was stopped for
longer than its lease and continues writes nothing. Done rows are deleted; the events are the history.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog

from events import metrics, tracing
from events.poller import Poller
from events.quarantine import INFRASTRUCTURE
from events.seldom import Seldom
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Conflict, Connection, Store, append_all

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
POLL_SECONDS = 0.25
MAX_BACKOFF_SECONDS = 3600
FIRST_BACKOFF_SECONDS = 2


@dataclass(frozen=True, slots=True)
class NewTask:
    """Work to be done at ``due_at``; ``task_id`` is deterministic (event, rule, action)."""

    task_id: UUID
    kind: str
    payload: Mapping[str, Any]
    due_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Task:
    """A leased task; ``attempts`` counts this one."""

    id: UUID
    kind: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int
    lease: UUID
    cause: Cause


class Retry(Exception):
    """Not now: again after ``seconds``, or a growing pause. No personal data. What is ``awaited`` is logged seldom."""

    def __init__(self, reason: str, seconds: float | None = None, *, awaited: bool = False) -> None:
        super().__init__(reason)
        self.seconds, self.awaited = seconds, awaited


class PutOff(Exception):
    """Its time has not come: look again after ``seconds``, or ``until`` a time by the database's clock. To wait is no
    attempt, so nothing is given up for it.
    """

    def __init__(self, reason: str, seconds: float = 0, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.seconds, self.until = seconds, until


@dataclass(frozen=True, slots=True)
class Done:
    """What a handler may return instead of decisions alone: they, the work that follows, and what else is written by
    ``write``, in the one transaction that ends the task.
    """

    decisions: Sequence[Append] = ()
    tasks: Sequence[NewTask] = ()
    write: Callable[[Connection], Awaitable[object]] | None = None


Handled = Sequence[Append] | Done
Handler = Callable[[Task], Awaitable[Handled]]
Outcome = Handled | Exception
"""What a handler returned, or raised."""
Batch = Callable[[Sequence[Task]], Awaitable[Sequence[Outcome]]]
"""Handles many tasks at once, and says for each what a handler of it alone would return or raise."""


async def add(connection: Connection, tasks: Sequence[NewTask]) -> None:
    """Inserts tasks in the caller's transaction; one that exists already is left as it is."""
    if not tasks:
        return
    await connection.execute(
        sql("tasks_add"),
        [task.task_id for task in tasks],
        [task.kind for task in tasks],
        [orjson.dumps(task.payload).decode() for task in tasks],
        [task.due_at for task in tasks],
        [task.cause.actor for task in tasks],
        [task.cause.correlation_id for task in tasks],
        [task.cause.causation_id for task in tasks],
        [task.cause.traceparent for task in tasks],
    )


class Worker(Poller):
    """A component that runs due tasks of the kinds it has handlers for.

    A handler calls out and returns the decisions that say what happened; it raises :class:`PutOff` where it is too
    early and :class:`Retry` for trouble that passes. Any other error counts as such trouble too, until
    ``give_up_after`` attempts: then the row is kept, marked as failed with its last error, and ``abandoned(task)``
    gives what says so, as a handler does. Kinds in ``batches`` are handled many at once, and end in one transaction;
    where that fails, one by one.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        handlers: Mapping[str, Handler],
        *,
        batches: Mapping[str, Batch] | None = None,
        abandoned: Callable[[Task, str], Handled] = lambda task, reason: (),
        give_up_after: int = 12,
        concurrency: int = 16,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        super().__init__(name, self.run_due, POLL_SECONDS)
        self._store = store
        self._handlers, self._batches = handlers, batches or {}
        self._abandoned = abandoned
        self._give_up_after, self._seldom = give_up_after, Seldom()
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        for kind, outcome in product((*self._handlers, *self._batches), ("done", "retry", "failed")):
            metrics.TASK_RUNS.labels(kind, outcome)

    async def run_due(self) -> int:
        """Leases a handful of due tasks and runs them at once; returns how many."""
        lease, kinds = uuid4(), [*self._handlers, *self._batches]
        async with self._store.pool.acquire() as connection:
            rows = await connection.fetch(sql("tasks_lease"), lease, self._lease_seconds, kinds, self._concurrency)
            status = await connection.fetchrow(sql("tasks_status"), kinds)
        assert status is not None
        metrics.TASKS_DUE.labels(self.name).set(status["due"])
        metrics.TASK_AGE.labels(self.name).set(status["age"])
        alone, together = [], defaultdict(list)
        for task in (_task(row, lease) for row in rows):
            if task.kind in self._batches:
                together[task.kind].append(task)
            else:
                alone.append(task)
        await asyncio.gather(*map(self._run, alone), *map(self._run_together, together.values()))
        return len(rows)

    async def _run(self, task: Task) -> None:
        with tracing.following(task.cause.trail), tracing.span(f"task {task.kind}"):
            try:
                outcome: Outcome = await self._handlers[task.kind](task)
            except Exception as error:
                outcome = error
            try:
                await self._settle([(task, outcome)])
            except Conflict as moved_on:
                await self._later(task, moved_on)

    async def _run_together(self, tasks: Sequence[Task]) -> None:
        started = time.time_ns()
        try:
            outcomes = await self._batches[tasks[0].kind](tasks)
            await self._settle(list(zip(tasks, outcomes, strict=True)))
            traces = tracing.sampled(task.cause.traceparent for task in tasks)
            tracing.worked(f"task {tasks[0].kind}", started, traces, attributes={"tasks": len(tasks)})
        except Exception as error:
            # A conflict passes only if all is decided anew: a stream moved on, or two tasks of the portion move one.
            if isinstance(error, INFRASTRUCTURE) and not isinstance(error, Conflict):
                raise
            if len(tasks) == 1:
                await self._later(tasks[0], error)
                return
            log.warning("tasks_one_by_one", kind=tasks[0].kind, error=type(error).__name__)
            for task in tasks:
                await self._run_together([task])

    async def _settle(self, outcomes: Sequence[tuple[Task, Outcome]]) -> None:
        await self._end([(task, outcome) for task, outcome in outcomes if not isinstance(outcome, Exception)])
        await self._put_off([(task, outcome) for task, outcome in outcomes if isinstance(outcome, PutOff)])
        for task, outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, PutOff):
                await self._later(task, outcome)

    async def _end(self, ended: Sequence[tuple[Task, Handled]]) -> None:
        if not ended:
            return
        async with self._store.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(sql("tasks_end"), [task.id for task, _ in ended], ended[0][0].lease)
            held = {row["id"] for row in rows}
            written = await _written(connection, [outcome for task, outcome in ended if task.id in held])
        self._store.count(*written)
        for task, _ in ended:
            self._ended(task, "done" if task.id in held else None)

    async def _put_off(self, early: Sequence[tuple[Task, PutOff]]) -> None:
        if early:
            columns = zip(*((task.id, str(off), float(off.seconds), off.until) for task, off in early), strict=True)
            async with self._store.pool.acquire() as connection:
                await connection.execute(sql("tasks_put_off"), early[0][0].lease, *map(list, columns))

    async def _later(self, task: Task, error: Exception) -> None:
        reason = str(error) if isinstance(error, Retry) else type(error).__name__
        if task.attempts >= self._give_up_after:
            await self._give_up(task, reason)
            return
        told = error.seconds if isinstance(error, Retry) else None
        pause = min(FIRST_BACKOFF_SECONDS * 2 ** (task.attempts - 1), MAX_BACKOFF_SECONDS) if told is None else told
        metrics.TASK_RUNS.labels(task.kind, "retry").inc()
        say = self._seldom if isinstance(error, Retry) and error.awaited else log.warning
        say("task_retries", kind=task.kind, task=str(task.id), error=reason, retry_in=pause)
        async with self._store.pool.acquire() as connection:
            await connection.execute(sql("tasks_later"), task.id, task.lease, reason, float(pause))

    async def _give_up(self, task: Task, reason: str) -> None:
        log.error("task_abandoned", kind=task.kind, task=str(task.id), error=reason)
        async with self._store.pool.acquire() as connection, connection.transaction():
            held = await connection.fetchval(sql("tasks_fail"), task.id, task.lease, reason)
            written = await _written(connection, [self._abandoned(task, reason)] if held else [])
        self._store.count(*written)
        self._ended(task, "failed" if held else None)

    def _ended(self, task: Task, outcome: str | None) -> None:
        if outcome is None:
            log.warning("task_lease_lost", kind=task.kind, task=str(task.id))
        else:
            metrics.TASK_RUNS.labels(task.kind, outcome).inc()


async def _written(connection: Connection, outcomes: Sequence[Handled]) -> tuple[list[Append], Sequence[Appended]]:
    done = [outcome if isinstance(outcome, Done) else Done(outcome) for outcome in outcomes]
    await add(connection, [following for one in done for following in one.tasks])
    for write in [one.write for one in done if one.write]:
        await write(connection)
    decisions = [decision for one in done for decision in one.decisions]
    return decisions, await append_all(connection, decisions)


def _task(row: asyncpg.Record, lease: UUID) -> Task:
    cause = Cause(row["actor"], row["correlation_id"], row["causation_id"], row["traceparent"])
    return Task(row["id"], row["kind"], orjson.loads(row["payload"]), row["due_at"], row["attempts"], lease, cause)
