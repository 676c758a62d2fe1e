"""Durable tasks: what must be done outside of a consumer's transaction, such as calling a provider.

A consumer inserts the row in the transaction of its watermark; its id is deterministic, so a second delivery inserts
nothing. A worker leases due rows with SKIP LOCKED, calls out with the task's id as idempotency key, and completes the
row together with the event that says so. Every terminal write filters on the lease: a worker that was stopped for
longer than its lease and continues writes nothing. Done rows are deleted; the events are the history.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog

from events import metrics
from events.quarantine import INFRASTRUCTURE
from events.settings import Role
from events.store import Append, Cause, Connection, Store, append_all

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
    """Not now: try again after ``seconds``, or after a growing pause if None. The message holds no personal data."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class PutOff(Exception):
    """Its time has not come: look again after ``seconds``. To wait is no attempt, so nothing is given up for it."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


Handler = Callable[[Task], Awaitable[Sequence[Append]]]

_ADD = """
INSERT INTO tasks (id, kind, payload, due_at, actor, correlation_id, causation_id, traceparent)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
                     $8::text[])
ON CONFLICT (id) DO NOTHING
"""
_LEASE = """
UPDATE tasks t SET lease = $1, leased_until = now() + make_interval(secs => $2), attempts = t.attempts + 1
  FROM (SELECT id FROM tasks
         WHERE failed_at IS NULL AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
           AND kind = ANY($3)
         ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) due
 WHERE t.id = due.id
RETURNING t.id, t.kind, t.payload, t.due_at, t.attempts, t.actor, t.correlation_id, t.causation_id, t.traceparent
"""
_LATER = """
UPDATE tasks SET lease = NULL, leased_until = NULL, last_error = $3, due_at = now() + make_interval(secs => $4)
 WHERE id = $1 AND lease = $2
"""
_PUT_OFF = """
UPDATE tasks SET lease = NULL, leased_until = NULL, attempts = attempts - 1, last_error = $3,
                 due_at = now() + make_interval(secs => $4)
 WHERE id = $1 AND lease = $2
"""
_FAIL = """
UPDATE tasks SET lease = NULL, leased_until = NULL, last_error = $3, failed_at = now() WHERE id = $1 AND lease = $2
"""
_STATUS = """
SELECT count(*)::int AS due, coalesce(extract(epoch FROM now() - min(due_at)), 0)::float AS age
  FROM tasks WHERE failed_at IS NULL AND due_at <= now()
"""


async def add(connection: Connection, tasks: Sequence[NewTask]) -> None:
    """Inserts tasks in the caller's transaction; one that exists already is left as it is."""
    if not tasks:
        return
    await connection.execute(
        _ADD,
        [task.task_id for task in tasks],
        [task.kind for task in tasks],
        [orjson.dumps(task.payload).decode() for task in tasks],
        [task.due_at for task in tasks],
        [task.cause.actor for task in tasks],
        [task.cause.correlation_id for task in tasks],
        [task.cause.causation_id for task in tasks],
        [task.cause.traceparent for task in tasks],
    )


class Worker:
    """A component that runs due tasks of the kinds it has handlers for.

    A handler calls out and returns the decisions that say what happened; it raises :class:`PutOff` where it is too
    early and :class:`Retry` for trouble that passes. Any other error counts as such trouble too, until
    ``give_up_after`` attempts: then the row is kept, marked as failed with its last error, and ``abandoned(task)``
    gives the decisions that say so.
    """

    role: Role = "worker"

    def __init__(
        self,
        name: str,
        store: Store,
        handlers: Mapping[str, Handler],
        *,
        abandoned: Callable[[Task, str], Sequence[Append]] = lambda task, reason: (),
        give_up_after: int = 12,
        concurrency: int = 16,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.name = name
        self._store = store
        self._handlers = handlers
        self._abandoned = abandoned
        self._give_up_after = give_up_after
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        self._progress = time.monotonic()
        self._trouble: str | None = None

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the loop."""
        return self._progress

    async def ready(self) -> str | None:
        """None while tasks can be leased, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs due tasks until told to stop; those leased by then are finished."""
        while not stopping.is_set():
            ran = 0
            try:
                ran = await self.run_due()
                self._trouble = None
            except INFRASTRUCTURE as error:
                self._trouble = type(error).__name__
                log.warning("worker_trouble", worker=self.name, error=type(error).__name__)
            self._progress = time.monotonic()
            if not ran:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), POLL_SECONDS)

    async def run_due(self) -> int:
        """Leases a handful of due tasks and runs them at once; returns how many."""
        lease = uuid4()
        async with self._store.pool.acquire() as connection:
            rows = await connection.fetch(_LEASE, lease, self._lease_seconds, list(self._handlers), self._concurrency)
            status = await connection.fetchrow(_STATUS)
        assert status is not None
        metrics.TASKS_DUE.labels(self.name).set(status["due"])
        metrics.TASK_AGE.labels(self.name).set(status["age"])
        await asyncio.gather(*(self._run(_task(row, lease)) for row in rows))
        return len(rows)

    async def _run(self, task: Task) -> None:
        try:
            decisions = await self._handlers[task.kind](task)
        except PutOff as early:
            async with self._store.pool.acquire() as connection:
                await connection.execute(_PUT_OFF, task.id, task.lease, str(early), float(early.seconds))
            return
        except Exception as error:
            await self._later(task, error)
            return
        await self._finish(task, decisions, "done")

    async def _later(self, task: Task, error: Exception) -> None:
        reason = str(error) if isinstance(error, Retry) else type(error).__name__
        if task.attempts >= self._give_up_after:
            log.error("task_abandoned", kind=task.kind, task=str(task.id), error=reason)
            await self._finish(task, self._abandoned(task, reason), "failed", reason)
            return
        pause = error.seconds if isinstance(error, Retry) and error.seconds is not None else None
        if pause is None:
            pause = min(FIRST_BACKOFF_SECONDS * 2 ** (task.attempts - 1), MAX_BACKOFF_SECONDS)
        metrics.TASK_RUNS.labels(task.kind, "retry").inc()
        log.warning("task_retries", kind=task.kind, task=str(task.id), error=reason, retry_in=pause)
        async with self._store.pool.acquire() as connection:
            await connection.execute(_LATER, task.id, task.lease, reason, float(pause))

    async def _finish(self, task: Task, decisions: Sequence[Append], outcome: str, error: str | None = None) -> None:
        async with self._store.pool.acquire() as connection, connection.transaction():
            if error is None:
                written = await connection.execute(
                    "DELETE FROM tasks WHERE id = $1 AND lease = $2", task.id, task.lease
                )
            else:
                written = await connection.execute(_FAIL, task.id, task.lease, error)
            if written.endswith(" 0"):
                log.warning("task_lease_lost", kind=task.kind, task=str(task.id))
                return
            appended = await append_all(connection, decisions)
        self._store.count(decisions, appended)
        metrics.TASK_RUNS.labels(task.kind, outcome).inc()


def _task(row: asyncpg.Record, lease: UUID) -> Task:
    cause = Cause(row["actor"], row["correlation_id"], row["causation_id"], row["traceparent"])
    return Task(row["id"], row["kind"], orjson.loads(row["payload"]), row["due_at"], row["attempts"], lease, cause)
