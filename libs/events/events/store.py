"""The store: one immutable table of events per service, gapless per shard. The table is also the outbox.

``append`` writes many decisions in one statement, ``append_one`` one decision; both must be the last statement of
their transaction, because they hold the locks of their shards until commit. ``Store.commit`` is the short way for a
lone decision: it shares its transaction with whatever else is being committed in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import uuid_utils
from asyncpg.pgproto import pgproto

from events import metrics, tracing
from events.envelope import Recorded, shard_of
from events.event import Event
from events.groupcommit import GroupCommit

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_ROOT = uuid_utils.uuid5(uuid_utils.NAMESPACE_URL, "https://voronka.dev/ids")
ROOT = UUID(int=_ROOT.int)


def deterministic_id(*parts: object) -> UUID:
    """A UUID (version 5) of what makes a thing the same thing: a second delivery finds the first.

    Of the subclass that asyncpg gives too, which is made, hashed and written out several times faster.
    """
    return pgproto.UUID(uuid_utils.uuid5(_ROOT, "\x1f".join(map(str, parts))).bytes)


MAX_EVENT_BYTES = 400_000


class TooLarge(ValueError):
    """An event over 400,000 bytes: no broker with default settings would take it."""


class Conflict(Exception):
    """The stream has moved on since it was read: load and decide again."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who did it and what led to it; stands in every event of the decision."""

    actor: str
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @property
    def trail(self) -> tracing.Trail:
        """The same for logs and calls."""
        return tracing.Trail(self.correlation_id, self.causation_id, self.traceparent)


@dataclass(frozen=True, slots=True)
class Appended:
    """Where the last event of a decision stands: what a reader waits for to see its own write."""

    shard: int
    position: int
    version: int


@dataclass(frozen=True, slots=True)
class Append:
    """One decision: events for one stream, to stand right after ``expected_version`` (0 = a new stream).

    Events with different causes or times (several requests of one person in a batch) carry them in ``stamps``, one per
    event; ``append`` and ``append_all`` know them.
    """

    stream_id: UUID
    expected_version: int
    events: Sequence[Event]
    cause: Cause
    occurred_at: datetime
    ids: Sequence[UUID] = field(default=())
    stamps: Sequence[tuple[Cause, datetime]] = field(default=())

    def event_ids(self) -> Sequence[UUID]:
        """Given ids, or the deterministic ids of (stream, version)."""
        if self.ids:
            return self.ids
        namespace, last = uuid_utils.UUID(bytes=self.stream_id.bytes), self.expected_version + len(self.events)
        versions = range(self.expected_version + 1, last + 1)
        return [pgproto.UUID(uuid_utils.uuid5(namespace, str(version)).bytes) for version in versions]

    def event_stamps(self) -> Sequence[tuple[Cause, datetime]]:
        """Cause and time of each event."""
        return self.stamps or ((self.cause, self.occurred_at),) * len(self.events)

    def appended(self, position: int) -> Appended:
        """What is answered once the last event stands at ``position``."""
        return Appended(shard_of(self.stream_id), position, self.expected_version + len(self.events))


_APPEND_EVENTS = "SELECT append_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"
_APPEND_ONE = "SELECT append_one($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)"
_LOAD = """
SELECT shard, position, stream_id, version, id, type, data, actor, correlation_id, causation_id, traceparent,
       occurred_at, recorded_at
  FROM events WHERE stream_id = $1 ORDER BY version
"""


def body_of(event: Event) -> str:
    """The stored JSON; raises :class:`TooLarge`."""
    body = event.to_json()
    if len(body) > MAX_EVENT_BYTES:
        raise TooLarge(f"{event.type} of {len(body)} bytes")
    return body.decode()


async def append(connection: Connection, decisions: Sequence[Append]) -> list[Appended | Conflict]:
    """Appends decisions, each whole or not at all; one result each, in order. The last statement of a transaction.

    Decisions of one stream must follow each other, and then stand or fall together.
    """
    events = [event for decision in decisions for event in decision.events]
    stamps = [stamp for decision in decisions for stamp in decision.event_stamps()]
    versions = (enumerate(decision.events, decision.expected_version + 1) for decision in decisions)
    columns = (
        [event_id for decision in decisions for event_id in decision.event_ids()],
        [decision.stream_id for decision in decisions for _ in decision.events],
        [version for of_one in versions for version, _ in of_one],
        [event.type for event in events],
        [body_of(event) for event in events],
        [cause.actor for cause, _ in stamps],
        [cause.correlation_id for cause, _ in stamps],
        [cause.causation_id for cause, _ in stamps],
        [cause.traceparent for cause, _ in stamps],
        [at for _, at in stamps],
    )
    with metrics.APPEND_SECONDS.labels(metrics.PROCESS.service).time():
        positions: Sequence[int | None] = await connection.fetchval(_APPEND_EVENTS, *columns)
    results: list[Appended | Conflict] = []
    last = -1
    for decision in decisions:
        last += len(decision.events)
        position = positions[last]
        results.append(Conflict() if position is None else decision.appended(position))
    metrics.APPEND_CONFLICTS.labels(metrics.PROCESS.service).inc(sum(isinstance(one, Conflict) for one in results))
    return results


async def append_one(connection: Connection, decision: Append) -> Appended:
    """Appends one decision; raises :class:`Conflict`. The last statement of a transaction."""
    cause = decision.cause
    columns = (
        decision.stream_id,
        decision.expected_version,
        decision.event_ids(),
        [event.type for event in decision.events],
        [body_of(event) for event in decision.events],
        cause.actor,
        cause.correlation_id,
        cause.causation_id,
        cause.traceparent,
        decision.occurred_at,
    )
    with metrics.APPEND_SECONDS.labels(metrics.PROCESS.service).time():
        position = await connection.fetchval(_APPEND_ONE, *columns)
    if position is None:
        metrics.APPEND_CONFLICTS.labels(metrics.PROCESS.service).inc()
        raise Conflict
    return decision.appended(position)


async def append_all(connection: Connection, decisions: Sequence[Append]) -> list[Appended]:
    """Appends decisions that stand or fall together: any conflict raises, and the transaction must be rolled back."""
    results = []
    for result in await append(connection, decisions) if decisions else ():
        if isinstance(result, Conflict):
            raise result
        results.append(result)
    return results


async def load(connection: Connection, service: str, stream_id: UUID) -> list[Recorded]:
    """The events of a stream, in order."""
    return [recorded(service, row) for row in await connection.fetch(_LOAD, stream_id)]


def recorded(service: str, row: asyncpg.Record) -> Recorded:
    """A stored row as an event."""
    fields = dict(row)
    return Recorded(service=service, body=fields.pop("data").encode(), **fields)


class Store:
    """The log of one service behind a pool. ``appended`` is called after every commit made here: it wakes the relay."""

    def __init__(self, service: str, pool: asyncpg.Pool, appended: Callable[[], None] = lambda: None) -> None:
        self.service = service
        self.pool = pool
        self.appended = appended
        self._group: GroupCommit[Append, Appended] = GroupCommit(
            self._write, isolate=(asyncpg.DataError,), conflicts=lambda decision: decision.stream_id
        )

    async def commit(self, decision: Append) -> Appended:
        """Appends one decision in a shared transaction; returns after commit, raises :class:`Conflict`."""
        return await self._group.submit(decision)

    async def load(self, stream_id: UUID) -> list[Recorded]:
        """The events of a stream, in order."""
        async with self.pool.acquire() as connection:
            return await load(connection, self.service, stream_id)

    async def _write(self, decisions: Sequence[Append]) -> Sequence[Appended | Exception]:
        started = time.time_ns()
        async with self.pool.acquire() as connection:
            results = await append(connection, decisions)
        traces = tracing.sampled(decision.cause.traceparent for decision in decisions)
        tracing.worked(f"append {self.service}", started, traces, attributes={"decisions": len(decisions)})
        self.count(decisions, results)
        return results

    def count(self, decisions: Sequence[Append], results: Sequence[Appended | Exception]) -> None:
        """Counts what was committed and wakes the relay; call it after the commit of your own transaction."""
        stored = sum(
            len(decision.events)
            for decision, result in zip(decisions, results, strict=True)
            if isinstance(result, Appended)
        )
        metrics.EVENTS_APPENDED.labels(self.service).inc(stored)
        self.appended()
