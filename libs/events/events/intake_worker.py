"""Understanding what intake has stored: in batches, each request settled in the transaction of its events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import asyncpg
import orjson
import structlog

from events import metrics, tracing
from events.quarantine import INFRASTRUCTURE, MOST_CONFLICTS
from events.settings import Role
from events.sqlfile import sql
from events.store import Append, Conflict, Connection, Store, append_all
from events.webhooks import RawRequest

log = structlog.get_logger(__name__)

BATCH = 500
MOST_DEFERRED = 100
"""Deferred requests taken along with a batch that is not full: they cost those who keep to their budget little."""
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one request; ``reason`` is in plain words and holds no personal data."""

    state: Literal["done", "ignored", "quarantined"]
    reason: str | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a batch came to: one :class:`Settled` per request, in order, and the decisions to append."""

    settled: Sequence[Settled]
    appends: Sequence[Append] = field(default=())


Understand = Callable[[Connection, Sequence[RawRequest]], Awaitable[Understood]]


class IntakeWorker:
    """A component that parses stored requests in batches; several may run, each takes other rows.

    ``understand`` works in the transaction that also settles the requests and appends the events. An error it raises
    for a batch is narrowed to the request that causes it, which goes to quarantine.
    """

    role: Role = "worker"

    def __init__(self, service: str, store: Store, understand: Understand) -> None:
        self.name = f"{service}.intake"
        self._service = service
        self._store = store
        self._understand = understand
        self._something = asyncio.Event()
        self._progress = time.monotonic()
        self._trouble: str | None = None
        self._conflicts = 0

    def wake(self) -> None:
        """Says that requests were stored."""
        self._something.set()

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the loop."""
        return self._progress

    async def ready(self) -> str | None:
        """None while requests can be parsed, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Parses until told to stop."""
        pause = 0.1
        while not stopping.is_set():
            self._something.clear()
            processed = 0
            try:
                processed = await self.process(None)
                self._trouble, self._conflicts, pause = None, 0, 0.1
            except INFRASTRUCTURE as error:
                self._trouble = type(error).__name__
                log.warning("intake_trouble", service=self._service, error=type(error).__name__, retry_in=pause)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause)
                pause = min(pause * 2, 10.0)
            self._progress = time.monotonic()
            if not processed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._something.wait(), POLL_SECONDS)

    async def process(self, ids: Sequence[UUID] | None) -> int:
        """Parses one batch of pending requests (of those ids); returns how many there were."""
        taken: list[UUID] = []
        try:
            return await self._process(ids, taken)
        except Exception as error:
            has_moved_on = isinstance(error, Conflict)
            # A stream that moves on again and again has events that the tables, restored from a backup, do not know.
            is_stuck = has_moved_on and self._conflicts >= MOST_CONFLICTS
            if not taken or (isinstance(error, INFRASTRUCTURE) and not is_stuck):
                self._conflicts += has_moved_on
                raise
            if len(taken) == 1:
                await self._give_up(taken[0], error)
                return 1
            middle = len(taken) // 2
            return await self.process(taken[:middle]) + await self.process(taken[middle:])

    async def _process(self, ids: Sequence[UUID] | None, taken: list[UUID]) -> int:
        started = time.time_ns()
        async with self._store.pool.acquire() as connection, connection.transaction():
            rows = await _claim(connection, ids)
            if ids is None:
                self._measure(rows)
            if not rows:
                return 0
            requests = [_request(row) for row in rows]
            taken.extend(request.id for request in requests)
            understood = await self._understand(connection, requests)
            await connection.execute(
                sql("intake_settle"),
                taken,
                [s.state for s in understood.settled],
                [s.reason for s in understood.settled],
                [s.subject_id for s in understood.settled],
            )
            appended = await append_all(connection, understood.appends)
        self._store.count(understood.appends, appended)
        for request, settled in zip(requests, understood.settled, strict=True):
            metrics.INTAKE_SETTLED.labels(request.channel, settled.state).inc()
        traces = tracing.sampled(request.traceparent for request in requests)
        tracing.worked(f"intake {self._service}", started, traces, attributes={"requests": len(rows)})
        metrics.INTAKE_PENDING.labels(self._service).set(max(0, rows[0]["pending"] - len(rows)))
        return len(rows)

    def _measure(self, rows: Sequence[asyncpg.Record]) -> None:
        """What is claimed first has waited longest, and is claimed again where it cannot be parsed now."""
        age = (datetime.now(UTC) - rows[0]["received_at"]).total_seconds() if rows else 0.0
        metrics.INTAKE_OLDEST.labels(self._service).set(age)
        if not rows:
            metrics.INTAKE_PENDING.labels(self._service).set(0)

    async def _give_up(self, request_id: UUID, error: Exception) -> None:
        log.error("request_quarantined", request=str(request_id), error=type(error).__name__)
        async with self._store.pool.acquire() as connection:
            await connection.execute(
                sql("intake_settle"), [request_id], ["quarantined"], [f"internal error: {type(error).__name__}"], [None]
            )


async def _claim(connection: Connection, ids: Sequence[UUID] | None) -> list[asyncpg.Record]:
    if ids is not None:
        return await connection.fetch(sql("intake_claim_these"), ids)
    rows = await connection.fetch(sql("intake_claim"), BATCH)
    if len(rows) < BATCH:
        rows += await connection.fetch(sql("intake_claim_deferred"), min(BATCH - len(rows), MOST_DEFERRED))
    return rows


def _request(row: asyncpg.Record) -> RawRequest:
    headers = tuple((name, value) for name, value in orjson.loads(row["headers"]))
    return RawRequest(
        row["id"],
        row["received_at"],
        row["channel"],
        row["source"],
        row["method"],
        row["url"],
        headers,
        row["body"],
        row["traceparent"],
    )
